"""What servers of an account and region can be launched with, as EC2 and IAM have it at this moment."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final, Protocol

from query.page_start import PageStart, page_after, token_after
from query.places import AsksDrs, ListOfPlace, judge_place, target_of
from shared.aws.choice_ports import After, Ec2ChoicesPort
from shared.errors import ErrorCode, ValidationError
from shared.models.base import Model
from shared.models.ec2 import InstanceProfile, InstanceTypeOffer, SecurityGroup, Subnet
from shared.models.forms import form
from shared.models.launch_config import SubnetId
from shared.models.targets import Target
from shared.models.violation import Violation
from shared.operations import Context, operation
from shared.roles import Permission
from shared.stores import page_token

_SUBNETS: Final = "ec2-subnets"
_GROUPS: Final = "ec2-security-groups"
_PROFILES: Final = "ec2-instance-profiles"
_TYPES: Final = "ec2-instance-types"
_ANY_PLACE: Final = (ErrorCode.DRS_SERVICE_ERROR, ErrorCode.CROSS_ACCOUNT_ERROR)

VpcId = Annotated[str, form(r"^vpc-[0-9a-f]{8,17}$", "the id of a VPC: vpc- and 8 to 17 digits or letters a to f")]
TypePrefix = Annotated[
    str, form(r"^[a-z0-9.-]{1,64}$", "how a type of EC2 instance begins, such as m6i. for all of a family")
]


class AsksEc2(AsksDrs, Protocol):
    """What asking EC2 in an account and region needs."""

    @property
    def ec2_choices(self) -> Ec2ChoicesPort:
        """What EC2 has for launches in all accounts and regions."""
        ...


class GetSubnets(ListOfPlace):
    """The subnets of a place, or of one of its VPCs."""

    vpc_id: VpcId | None = None


class GetSecurityGroups(GetSubnets):
    """The security groups of a place, of one of its VPCs, or of the VPC of a subnet."""

    subnet_id: SubnetId | None = None


class GetInstanceProfiles(ListOfPlace):
    """The instance profiles of an account, which are the same in all its regions."""


class GetInstanceTypes(ListOfPlace):
    """The types that a region offers, or the zone of a subnet, and of these those whose names begin so."""

    subnet_id: SubnetId | None = None
    type_prefix: TypePrefix | None = None


class Subnets(Model):
    """A page of subnets, in EC2's order; it may be short although there is another."""

    items: tuple[Subnet, ...]
    next_token: str | None = None


class SecurityGroups(Model):
    """A page of security groups, in EC2's order; it may be short although there is another."""

    items: tuple[SecurityGroup, ...]
    next_token: str | None = None


class InstanceProfiles(Model):
    """A page of instance profiles, in IAM's order; it may be short although there is another."""

    items: tuple[InstanceProfile, ...]
    next_token: str | None = None


class InstanceTypes(Model):
    """A page of types of instances, by name; without `availabilityZone` not every zone of the region need have them."""

    items: tuple[InstanceTypeOffer, ...]
    availability_zone: str | None = None
    next_token: str | None = None


def _begin_subnets(request: GetSubnets, app: AsksEc2) -> PageStart[Target, After]:
    return _begin(request, app, _SUBNETS, {"vpc": request.vpc_id})


def _begin_groups(request: GetSecurityGroups, app: AsksEc2) -> PageStart[Target, After]:
    filters = {"vpc": request.vpc_id, "subnet": request.subnet_id}
    return _begin(request, app, _GROUPS, filters, _one_filter(request))


def _begin_profiles(request: GetInstanceProfiles, app: AsksEc2) -> PageStart[Target, After]:
    return _begin(request, app, _PROFILES, {})


def _begin_types(request: GetInstanceTypes, app: AsksEc2) -> PageStart[Target, str]:
    """Where EC2 is asked, with which filters, and after which type the page begins; ValidationError."""
    target = target_of(request, app)
    filters = {"target": str(target), "subnet": request.subnet_id, "prefix": request.type_prefix}
    after = page_token.decode(request.next_token, _TYPES, filters, {"after"})["after"] if request.next_token else ""
    return PageStart(target, filters, after)


def _begin(
    request: ListOfPlace, app: AsksEc2, name: str, filters: Mapping[str, Any], broken: Iterable[Violation] = ()
) -> PageStart[Target, After]:
    """Where EC2 is asked, with which filters, and where in its own pages the page begins; ValidationError."""
    target = target_of(request, app, broken)
    bound = {"target": str(target), **filters}
    return PageStart(target, bound, page_after(request.next_token, name, bound))


def _one_filter(request: GetSecurityGroups) -> Iterator[Violation]:
    if request.vpc_id is not None and request.subnet_id is not None:
        yield Violation("subnetId", "give vpcId or subnetId, not both", "ONE_FILTER")


@operation(
    "get_ec2_subnets",
    http="GET /ec2/subnets",
    permission=Permission.VIEW_ACCOUNTS,
    judge=judge_place(GetSubnets, _begin_subnets),
    raises=_ANY_PLACE,
)
def get_ec2_subnets(request: GetSubnets, context: Context[AsksEc2]) -> Subnets:
    """The subnets of an account and region, read from EC2 now, with the addresses that are free in each."""
    start = _begin_subnets(request, context.app)
    page = context.app.ec2_choices.subnet_page(start.of, request.vpc_id, request.limit, start.begin)
    return Subnets(items=page.items, next_token=token_after(page.following, _SUBNETS, start.filters))


@operation(
    "get_ec2_security_groups",
    http="GET /ec2/security-groups",
    permission=Permission.VIEW_ACCOUNTS,
    judge=judge_place(GetSecurityGroups, _begin_groups, _one_filter),
    raises=_ANY_PLACE,
)
def get_ec2_security_groups(request: GetSecurityGroups, context: Context[AsksEc2]) -> SecurityGroups:
    """The security groups of an account and region, read from EC2 now; those of a subnet are those of its VPC."""
    start, ec2 = _begin_groups(request, context.app), context.app.ec2_choices
    subnet = _subnet(request.subnet_id, start.of, ec2)
    vpc_id = request.vpc_id if subnet is None else subnet.vpc_id
    page = ec2.security_group_page(start.of, vpc_id, request.limit, start.begin)
    return SecurityGroups(items=page.items, next_token=token_after(page.following, _GROUPS, start.filters))


@operation(
    "get_ec2_instance_profiles",
    http="GET /ec2/instance-profiles",
    permission=Permission.VIEW_ACCOUNTS,
    judge=judge_place(GetInstanceProfiles, _begin_profiles),
    raises=_ANY_PLACE,
)
def get_ec2_instance_profiles(request: GetInstanceProfiles, context: Context[AsksEc2]) -> InstanceProfiles:
    """The instance profiles of an account, read from IAM now, with the roles that they give."""
    start = _begin_profiles(request, context.app)
    page = context.app.ec2_choices.instance_profile_page(start.of, request.limit, start.begin)
    return InstanceProfiles(items=page.items, next_token=token_after(page.following, _PROFILES, start.filters))


@operation(
    "get_ec2_instance_types",
    http="GET /ec2/instance-types",
    permission=Permission.VIEW_ACCOUNTS,
    judge=judge_place(GetInstanceTypes, _begin_types),
    raises=_ANY_PLACE,
)
def get_ec2_instance_types(request: GetInstanceTypes, context: Context[AsksEc2]) -> InstanceTypes:
    """The types of instances that a region offers, or the zone of a subnet, read from EC2 now, by name."""
    start, ec2 = _begin_types(request, context.app), context.app.ec2_choices
    subnet = _subnet(request.subnet_id, start.of, ec2)
    zone = None if subnet is None else subnet.availability_zone
    left = [
        name
        for name in ec2.offered_types(start.of, zone)
        if name > start.begin and name.startswith(request.type_prefix or "")
    ]
    names = left[: request.limit]
    return InstanceTypes(
        items=ec2.instance_types(start.of, names),
        availability_zone=zone,
        next_token=page_token.encode(_TYPES, start.filters, {"after": names[-1]}) if len(left) > len(names) else None,
    )


def _subnet(subnet_id: str | None, target: Target, ec2: Ec2ChoicesPort) -> Subnet | None:
    """The subnet that a request names; ValidationError if there is none of that id."""
    if subnet_id is None:
        return None
    found = ec2.subnets(target, {subnet_id}).get(subnet_id)
    if found is None:
        raise ValidationError.one("subnetId", f"there is no {subnet_id} in {target}", "SUBNET_NOT_FOUND")
    return found
