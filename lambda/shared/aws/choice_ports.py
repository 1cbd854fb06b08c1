"""What is asked of EC2 and IAM about what launches are given: by id for checks, a page at a time for people."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from shared.models.ec2 import HeldAddress, InstanceProfile, InstanceTypeOffer, SecurityGroup, Subnet, SubnetAddress
from shared.models.targets import Target

Choice = TypeVar("Choice")

SMALLEST_PAGE: Final = 5
"""Fewer than 5 items a page EC2 does not give (EC2 API reference)."""


@dataclass(frozen=True, slots=True)
class After:
    """Where a page begins: behind so many items of the page to which AWS's own token leads; at first nowhere.

    So many are always fewer than SMALLEST_PAGE.
    """

    token: str | None = None
    skip: int = 0


@dataclass(frozen=True, slots=True)
class ChoicePage(Generic[Choice]):
    """A page, and where the next one begins, if there may be another."""

    items: tuple[Choice, ...]
    following: After | None = None


class Ec2LookupsPort(Protocol):
    """Which of the named things there are in an account and region; raises DrsServiceError or CrossAccountError.

    Each is a few calls however many are named. What there is none of is left out.
    """

    def subnets(self, target: Target, ids: Collection[str]) -> Mapping[str, Subnet]:
        """The subnets by id."""
        ...

    def security_groups(self, target: Target, ids: Collection[str]) -> Mapping[str, SecurityGroup]:
        """The security groups by id."""
        ...

    def zones_offering(self, target: Target, types: Collection[str]) -> Mapping[str, frozenset[str]]:
        """The availability zones that offer each type of instance."""
        ...

    def instance_profiles(self, target: Target, names: Collection[str]) -> frozenset[str]:
        """The names for which there is an instance profile."""
        ...

    def held_addresses(self, target: Target, addresses: Collection[SubnetAddress]) -> tuple[HeldAddress, ...]:
        """Those of the addresses that network interfaces have, be it as their second one."""
        ...


class Ec2ReadinessPort(Ec2LookupsPort, Protocol):
    """The same, and what instances have that launches replace."""

    def addresses_of_instances(
        self, target: Target, subnets: Collection[str], instances: Collection[str]
    ) -> tuple[HeldAddress, ...]:
        """Every address that these instances have in these subnets."""
        ...


class Ec2ChoicesPort(Ec2ReadinessPort, Protocol):
    """The same, and everything that there is to choose from, a page at a time."""

    def named(self, purpose: str) -> "Ec2ChoicesPort":
        """The same, in sessions named after the purpose."""
        ...

    def subnet_page(self, target: Target, vpc_id: str | None, limit: int, after: After) -> ChoicePage[Subnet]:
        """The subnets, of one VPC or of all."""
        ...

    def security_group_page(
        self, target: Target, vpc_id: str | None, limit: int, after: After
    ) -> ChoicePage[SecurityGroup]:
        """The security groups, of one VPC or of all."""
        ...

    def instance_profile_page(self, target: Target, limit: int, after: After) -> ChoicePage[InstanceProfile]:
        """The instance profiles of the account."""
        ...

    def offered_types(self, target: Target, zone: str | None = None) -> tuple[str, ...]:
        """The names of all types that the region offers, or the zone, in their order."""
        ...

    def instance_types(self, target: Target, names: Collection[str]) -> tuple[InstanceTypeOffer, ...]:
        """At most 100 types by their names, in their order."""
        ...
