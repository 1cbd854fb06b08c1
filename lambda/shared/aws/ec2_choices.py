"""EC2 and IAM: what there is for launches, looked up by id in few calls, or a page at a time."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from shared.aws.calls import read
from shared.aws.choice_ports import SMALLEST_PAGE, After, ChoicePage
from shared.aws.ec2_words import (
    held_addresses_of,
    instance_profile_of,
    instance_type_of,
    security_group_of,
    subnet_of,
)
from shared.cross_account import AccountSession, Sessions
from shared.models.ec2 import HeldAddress, InstanceProfile, InstanceTypeOffer, SecurityGroup, Subnet, SubnetAddress
from shared.models.targets import Target
from shared.patience import patient

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import FilterTypeDef

VALUES_PER_FILTER: Final = 200
"""A filter of EC2 takes 200 values (EC2 API reference)."""
_PAGES: Final[Any] = {"PageSize": 1000}
"""The longest pages of EC2 and IAM, because calls are rationed."""

_Filter: TypeAlias = tuple[str, Collection[str]]
"""What is compared, and with which values."""

Result = TypeVar("Result")


class Ec2Choices:
    """What there is for launches in any account and region, in sessions named after a purpose."""

    def __init__(self, sessions: Sessions, purpose: str = "drs-orchestration") -> None:
        self._sessions = sessions
        self._purpose = purpose

    def named(self, purpose: str) -> "Ec2Choices":
        """The same gateway for another purpose."""
        return Ec2Choices(self._sessions, purpose)

    def subnets(self, target: Target, ids: Collection[str]) -> Mapping[str, Subnet]:
        """The subnets by id; by filter, because a call with one unknown id is refused as a whole."""

        def listed(client: "EC2Client") -> dict[str, Subnet]:
            items = _described(client, "describe_subnets", "Subnets", ("subnet-id", ids))
            return {item["SubnetId"]: subnet_of(item) for item in items}

        return self._read(target, "DescribeSubnets", listed) if ids else {}

    def security_groups(self, target: Target, ids: Collection[str]) -> Mapping[str, SecurityGroup]:
        """The security groups by id."""

        def listed(client: "EC2Client") -> dict[str, SecurityGroup]:
            items = _described(client, "describe_security_groups", "SecurityGroups", ("group-id", ids))
            return {item["GroupId"]: security_group_of(item) for item in items}

        return self._read(target, "DescribeSecurityGroups", listed) if ids else {}

    def zones_offering(self, target: Target, types: Collection[str]) -> Mapping[str, frozenset[str]]:
        """The availability zones that offer each type of instance; a type that none offers is left out."""

        def listed(client: "EC2Client") -> dict[str, frozenset[str]]:
            zones: dict[str, set[str]] = {}
            for name, zone in _offerings(client, "availability-zone", _filters("instance-type", types)):
                zones.setdefault(name, set()).add(zone)
            return {name: frozenset(found) for name, found in zones.items()}

        return self._read(target, "DescribeInstanceTypeOfferings", listed) if types else {}

    def instance_profiles(self, target: Target, names: Collection[str]) -> frozenset[str]:
        """The names for which there is an instance profile, whose case counts: all are listed, 1,000 a call."""

        def listed(session: AccountSession) -> frozenset[str]:
            pages = patient(session.client("iam", target.region)).get_paginator("list_instance_profiles")
            found = (
                item["InstanceProfileName"]
                for page in pages.paginate(PaginationConfig=_PAGES)
                for item in page["InstanceProfiles"]
            )
            return frozenset(names).intersection(found)

        return self._call(target, "ListInstanceProfiles", listed) if names else frozenset()

    def held_addresses(self, target: Target, addresses: Collection[SubnetAddress]) -> tuple[HeldAddress, ...]:
        """Those of the addresses that network interfaces have, be it as their second one."""
        wanted = {(each.subnet_id, each.address) for each in addresses}
        subnets = {subnet_id for subnet_id, _ in wanted}
        texts = {str(address) for _, address in wanted}
        found = self._addresses(target, subnets, ("addresses.private-ip-address", texts))
        return tuple(each for each in found if (each.subnet_id, each.address) in wanted)

    def addresses_of_instances(
        self, target: Target, subnets: Collection[str], instances: Collection[str]
    ) -> tuple[HeldAddress, ...]:
        """Every address that these instances have in these subnets."""
        return self._addresses(target, subnets, ("attachment.instance-id", instances))

    def _addresses(self, target: Target, subnets: Collection[str], of: _Filter) -> tuple[HeldAddress, ...]:
        """The addresses of interfaces in these subnets of which that is true."""

        def listed(client: "EC2Client") -> tuple[HeldAddress, ...]:
            places = ("subnet-id", subnets)
            items = _described(client, "describe_network_interfaces", "NetworkInterfaces", places, of)
            return tuple(held for item in items for held in held_addresses_of(item))

        return self._read(target, "DescribeNetworkInterfaces", listed) if subnets and of[1] else ()

    def subnet_page(self, target: Target, vpc_id: str | None, limit: int, after: After) -> ChoicePage[Subnet]:
        """The subnets, of one VPC or of all, in EC2's order."""

        def page(client: "EC2Client") -> ChoicePage[Subnet]:
            answer = client.describe_subnets(Filters=_of_vpc(vpc_id), **_asking(limit, after))
            return _page(map(subnet_of, answer["Subnets"]), answer.get("NextToken"), limit, after)

        return self._read(target, "DescribeSubnets", page)

    def security_group_page(
        self, target: Target, vpc_id: str | None, limit: int, after: After
    ) -> ChoicePage[SecurityGroup]:
        """The security groups, of one VPC or of all, in EC2's order."""

        def page(client: "EC2Client") -> ChoicePage[SecurityGroup]:
            answer = client.describe_security_groups(Filters=_of_vpc(vpc_id), **_asking(limit, after))
            return _page(map(security_group_of, answer["SecurityGroups"]), answer.get("NextToken"), limit, after)

        return self._read(target, "DescribeSecurityGroups", page)

    def instance_profile_page(self, target: Target, limit: int, after: After) -> ChoicePage[InstanceProfile]:
        """The instance profiles of the account, in IAM's order."""

        def page(session: AccountSession) -> ChoicePage[InstanceProfile]:
            begin = {} if after.token is None else {"Marker": after.token}
            client = patient(session.client("iam", target.region))
            answer = client.list_instance_profiles(MaxItems=limit, **begin)
            marker = answer.get("Marker")
            return _page(map(instance_profile_of, answer["InstanceProfiles"]), marker, limit, After(after.token))

        return self._call(target, "ListInstanceProfiles", page)

    def offered_types(self, target: Target, zone: str | None = None) -> tuple[str, ...]:
        """The names of all types that the region offers, or the zone, in their order."""
        where = "region" if zone is None else "availability-zone"
        filters: Iterator[FilterTypeDef] = iter(()) if zone is None else _filters("location", [zone])

        def listed(client: "EC2Client") -> tuple[str, ...]:
            return tuple(sorted({name for name, _ in _offerings(client, where, filters)}))

        return self._read(target, "DescribeInstanceTypeOfferings", listed)

    def instance_types(self, target: Target, names: Collection[str]) -> tuple[InstanceTypeOffer, ...]:
        """At most 100 types by their names, in their order."""
        wanted: Any = sorted(names)

        def listed(client: "EC2Client") -> tuple[InstanceTypeOffer, ...]:
            found = client.describe_instance_types(InstanceTypes=wanted)["InstanceTypes"]
            return tuple(sorted(map(instance_type_of, found), key=lambda each: each.instance_type))

        return self._read(target, "DescribeInstanceTypes", listed) if names else ()

    def _read(self, target: Target, operation: str, asked: "Callable[[EC2Client], Result]") -> Result:
        return self._call(target, operation, lambda session: asked(patient(session.client("ec2", target.region))))

    def _call(self, target: Target, operation: str, asked: Callable[[AccountSession], Result]) -> Result:
        return read(self._sessions, self._purpose, target, operation, asked)


def _filters(name: str, values: Iterable[str]) -> "Iterator[FilterTypeDef]":
    """As many filters as the values need, one for each call."""
    every = sorted(set(values))
    for start in range(0, len(every), VALUES_PER_FILTER):
        yield {"Name": name, "Values": every[start : start + VALUES_PER_FILTER]}


def _described(client: "EC2Client", verb: Any, answer: str, *by: _Filter) -> Iterator[Any]:
    """All items for which each of the filters is true, a call for each slice of their values."""
    pages: Any = client.get_paginator(verb)
    for filters in product(*(list(_filters(name, values)) for name, values in by)):
        for page in pages.paginate(Filters=list(filters), PaginationConfig=_PAGES):
            yield from page[answer]


def _of_vpc(vpc_id: str | None) -> "Sequence[FilterTypeDef]":
    return [] if vpc_id is None else list(_filters("vpc-id", [vpc_id]))


def _offerings(client: "EC2Client", where: Any, filters: "Iterable[FilterTypeDef]") -> Iterator[tuple[str, str]]:
    """Types and where they are offered, by each of the filters, or all."""
    pages = client.get_paginator("describe_instance_type_offerings")
    for each in [[one] for one in filters] or [[]]:
        for page in pages.paginate(LocationType=where, Filters=each, PaginationConfig=_PAGES):
            for item in page["InstanceTypeOfferings"]:
                yield item["InstanceType"], item["Location"]


def _asking(limit: int, after: After) -> Any:
    """How EC2 is asked for a page of ours, with what was seen of its own page before."""
    begin = {} if after.token is None else {"NextToken": after.token}
    return {"MaxResults": max(after.skip + limit, SMALLEST_PAGE), **begin}


def _page(items: Iterable[Result], token: str | None, limit: int, after: After) -> ChoicePage[Result]:
    """A page of ours out of one of AWS's, which is longer where AWS gives no shorter one."""
    unseen = tuple(items)[after.skip :]
    if len(unseen) > limit:
        return ChoicePage(unseen[:limit], After(after.token, after.skip + limit))
    return ChoicePage(unseen, After(token) if token else None)
