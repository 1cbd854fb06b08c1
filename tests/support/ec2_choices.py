"""EC2 as a test says it is, behind the same roles as the real one: there is what is asked for, unless it is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network
from types import MappingProxyType
from typing import Final, Literal, TypeVar

from local.drs_simulator import InMemoryEc2
from local.drs_simulator import prepared as simulated
from local.drs_simulator.prepared import ALLOWED, TAG
from shared.aws.choice_ports import After, ChoicePage
from shared.models.ec2 import HeldAddress, InstanceProfile, InstanceTypeOffer, SecurityGroup, Subnet, SubnetAddress
from shared.models.prepared_instance import Platform, PreparedInstance
from shared.models.targets import Target

VPC: Final = "vpc-0123456789abcdef0"
SUBNETS: Final = ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1")
GROUPS: Final = ("sg-0123456789abcdef0", "sg-0123456789abcdef1")
PROFILES: Final = ("Recovery", "Shop")
TYPES: Final = ("c6a.large", "m6i.large", "r7a.large")

Enter = Callable[[Target, Literal["ec2"]], None]
Choice = TypeVar("Choice")


def _stay_outside(_target: Target, _service: str) -> None:
    """No account is entered."""


@dataclass
class ChoicesOfTest:
    """EC2 and IAM, in every account and region the same; `missing` are ids and names that there are nowhere.

    Of instances there are those of `ec2`, each in its own place; `made_at` tells when one was made.
    """

    enter: Enter = _stay_outside
    missing: set[str] = field(default_factory=set)
    held: list[HeldAddress] = field(default_factory=list)
    ec2: InMemoryEc2 = field(default_factory=InMemoryEc2)
    made_at: Callable[[str], datetime | None] = lambda _: None
    asked: Counter[str] = field(default_factory=Counter)
    blocks: dict[str, IPv4Network] = field(default_factory=dict)
    """The addresses of those subnets that do not have every one."""

    def named(self, purpose: str) -> ChoicesOfTest:
        """The same for another purpose."""
        return self

    def subnets(self, target: Target, ids: Collection[str]) -> Mapping[str, Subnet]:
        """Subnets of one VPC, which have every address of 10.0.0.0/8."""
        return {each: subnet(target, each, self.blocks) for each in self._there(target, "subnets", ids)}

    def security_groups(self, target: Target, ids: Collection[str]) -> Mapping[str, SecurityGroup]:
        """Security groups of the same VPC."""
        return {each: security_group(each) for each in self._there(target, "security_groups", ids)}

    def zones_offering(self, target: Target, types: Collection[str]) -> Mapping[str, frozenset[str]]:
        """All are offered where the subnets are."""
        return {each: frozenset({zone(target)}) for each in self._there(target, "zones_offering", types)}

    def instance_profiles(self, target: Target, names: Collection[str]) -> frozenset[str]:
        """All that are not missing."""
        return frozenset(self._there(target, "instance_profiles", names))

    def held_addresses(self, target: Target, addresses: Collection[SubnetAddress]) -> tuple[HeldAddress, ...]:
        """Those that were said to be held."""
        if addresses:
            self._enter(target, "held_addresses")
        wanted = {(each.subnet_id, each.address) for each in addresses}
        return tuple(each for each in self.held if (each.subnet_id, each.address) in wanted)

    def addresses_of_instances(
        self, target: Target, subnets: Collection[str], instances: Collection[str]
    ) -> tuple[HeldAddress, ...]:
        """Those that were said to be held by them."""
        self._enter(target, "addresses_of_instances")
        return tuple(each for each in self.held if each.subnet_id in subnets and each.instance_id in instances)

    def instances(self, target: Target, ids: Collection[str]) -> Mapping[str, PreparedInstance]:
        """Those that were prepared there."""
        if ids:
            self._enter(target, "instances")
        return {each.instance_id: each for each in self._prepared(target) if each.instance_id in ids}

    def open_instances(self, target: Target) -> tuple[PreparedInstance, ...]:
        """Those of them that carry the tag."""
        self._enter(target, "open_instances")
        return tuple(each for each in self._prepared(target) if each.allows_launches)

    def _prepared(self, target: Target) -> list[PreparedInstance]:
        return [
            PreparedInstance(
                instance_id=each.instance_id,
                name=each.tags.get("Name"),
                state=each.state,
                allows_launches=each.tags.get(TAG) == ALLOWED,
                platform=Platform(each.platform),
                architecture=each.architecture,
                virtualization=each.virtualization,
                root_device=each.root_device,
                tenancy=each.tenancy,
                private_address=each.private_address or None,
                volume_ids=each.volumes,
                made_at=self.made_at(each.instance_id),
            )
            for each in self._instances(target)
        ]

    def _instances(self, target: Target) -> Iterator[simulated.PreparedInstance]:
        """Those that were prepared there, and those that DRS has launched."""
        place = (target.account_id, target.region)
        launched = (self.ec2.prepared(*place, instance_id) for instance_id in self.ec2.instances)
        every = [*self.ec2.targets.values(), *(each for each in launched if each is not None)]
        for each in sorted(every, key=lambda each: each.instance_id):
            if (each.account, each.region) == place:
                yield each

    def subnet_page(self, target: Target, vpc_id: str | None, limit: int, after: After) -> ChoicePage[Subnet]:
        """Two subnets of one VPC."""
        self._enter(target, "subnet_page")
        return _page([subnet(target, each, self.blocks) for each in SUBNETS if vpc_id in (None, VPC)], limit, after)

    def security_group_page(
        self, target: Target, vpc_id: str | None, limit: int, after: After
    ) -> ChoicePage[SecurityGroup]:
        """Two security groups of one VPC."""
        self._enter(target, "security_group_page")
        return _page([security_group(each) for each in GROUPS if vpc_id in (None, VPC)], limit, after)

    def instance_profile_page(self, target: Target, limit: int, after: After) -> ChoicePage[InstanceProfile]:
        """Two instance profiles."""
        self._enter(target, "instance_profile_page")
        arn = f"arn:aws:iam::{target.account_id}:instance-profile/"
        return _page(
            [InstanceProfile(instance_profile_name=each, arn=f"{arn}{each}", role_names=(each,)) for each in PROFILES],
            limit,
            after,
        )

    def offered_types(self, target: Target, zone: str | None = None) -> tuple[str, ...]:
        """A few types."""
        self._enter(target, "offered_types")
        return TYPES

    def instance_types(self, target: Target, names: Collection[str]) -> tuple[InstanceTypeOffer, ...]:
        """All alike."""
        self._enter(target, "instance_types")
        return tuple(
            InstanceTypeOffer(instance_type=each, vcpus=2, memory_mib=8192, architectures=("x86_64",))
            for each in sorted(names)
        )

    def _there(self, target: Target, verb: str, names: Collection[str]) -> Iterable[str]:
        if names:
            self._enter(target, verb)
        return (each for each in names if each not in self.missing)

    def _enter(self, target: Target, verb: str) -> None:
        self.asked[verb] += 1
        self.enter(target, "ec2")


def zone(target: Target) -> str:
    """The zone of all subnets."""
    return f"{target.region}a"


def subnet(target: Target, subnet_id: str, blocks: Mapping[str, IPv4Network] = MappingProxyType({})) -> Subnet:
    """A subnet that has every address, unless something else is said."""
    return Subnet(
        subnet_id=subnet_id,
        name="Recovery",
        vpc_id=VPC,
        cidr_block=blocks.get(subnet_id, IPv4Network("10.0.0.0/8")),
        availability_zone=zone(target),
        available_addresses=100,
    )


def security_group(group_id: str) -> SecurityGroup:
    """A security group."""
    return SecurityGroup(group_id=group_id, group_name="recovery", description="Of recovered servers", vpc_id=VPC)


def _page(items: Sequence[Choice], limit: int, after: After) -> ChoicePage[Choice]:
    begin = int(after.token or 0)
    more = len(items) > begin + limit
    return ChoicePage(tuple(items[begin : begin + limit]), After(str(begin + limit)) if more else None)
