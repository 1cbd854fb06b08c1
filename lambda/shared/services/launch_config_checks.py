"""Whether launch settings can be had in their account and region: what they name is looked up together, and judged.

Everything is asked about in a few calls, however many servers there are. What cannot be asked is raised: it never
passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from shared.aws.choice_ports import Ec2LookupsPort
from shared.launch_rules import SeenWorld, check_launch_settings, duplicate_address
from shared.models.drs import RecoveryInstance
from shared.models.ec2 import HeldAddress, SubnetAddress
from shared.models.protection_group import ProtectionGroup
from shared.models.targets import Target
from shared.models.violation import Violation
from shared.said_settings import Kind, Named, SaidSettings, named_in

Found: TypeAlias = Mapping[Any, Any]
"""What there is of one kind, by what names it."""


class RecoveryInstances(Protocol):
    """DRS as far as it is asked; raises DrsServiceError or CrossAccountError."""

    def recovery_instances(
        self, target: Target, *, source_server_ids: Sequence[str] | None = None
    ) -> tuple[RecoveryInstance, ...]:
        """The recovery instances of those servers."""
        ...


class AddressOwners(Protocol):
    """Which groups have static addresses."""

    def address_owners(
        self, region: str, addresses: Iterable[SubnetAddress]
    ) -> Mapping[SubnetAddress, ProtectionGroup]:
        """The group that has each of these addresses for one of its servers."""
        ...


@dataclass(frozen=True, slots=True)
class LaunchWorld:
    """Where launch settings are held against."""

    ec2: Ec2LookupsPort
    drs: RecoveryInstances
    groups: AddressOwners


@dataclass(frozen=True, slots=True)
class ReplacedAddress:
    """An address that the server's present recovery instance has, and that its next launch takes over from it."""

    server_id: str
    address: SubnetAddress
    instance_id: str


@dataclass(frozen=True, slots=True)
class LaunchConfigVerdict:
    """Everything that is wrong, and the addresses that are taken over."""

    violations: tuple[Violation, ...]
    replaced: tuple[ReplacedAddress, ...]


def check_launch_config_in_world(
    said: Iterable[SaidSettings], target: Target, world: LaunchWorld, group_id: str
) -> LaunchConfigVerdict:
    """What of the open questions of these settings, of a group in an account and region, is answered with no.

    Raises DrsServiceError or CrossAccountError if something could not be asked.
    """
    asked = [each for each in said if each.open_questions]
    seen = _look(asked, target, world)
    return LaunchConfigVerdict(
        violations=(*check_launch_settings(asked, seen), *_taken(asked, target, world, group_id)),
        replaced=tuple(_replaced(asked, seen)),
    )


def lookups(target: Target, named: Named, ec2: Ec2LookupsPort) -> dict[Kind, Callable[[], Found]]:
    """How all that is named is looked up, kind by kind; of a kind of which nothing is named nothing is asked."""
    every: dict[Kind, tuple[bool, Callable[[], Found]]] = {
        Kind.SUBNETS: (bool(named.subnets), lambda: ec2.subnets(target, named.subnets)),
        Kind.SECURITY_GROUPS: (
            bool(named.security_groups),
            lambda: ec2.security_groups(target, named.security_groups),
        ),
        Kind.TYPES: (bool(named.types), lambda: ec2.zones_offering(target, named.types)),
        Kind.PROFILES: (
            bool(named.profiles),
            lambda: dict.fromkeys(ec2.instance_profiles(target, named.profiles)),
        ),
        Kind.ADDRESSES: (bool(named.addresses), lambda: _by_address(ec2.held_addresses(target, named.addresses))),
    }
    return {kind: ask for kind, (is_named, ask) in every.items() if is_named}


def _by_address(held: Iterable[HeldAddress]) -> dict[SubnetAddress, HeldAddress]:
    return {SubnetAddress(subnet_id=each.subnet_id, address=each.address): each for each in held}


def seen_world(target: Target, found: Mapping[Kind, Found], instances: Mapping[str, frozenset[str]]) -> SeenWorld:
    """What was found, with the present recovery instances by server."""
    return SeenWorld(
        target,
        subnets=found.get(Kind.SUBNETS, {}),
        security_groups=found.get(Kind.SECURITY_GROUPS, {}),
        zones=found.get(Kind.TYPES, {}),
        profiles=frozenset(found.get(Kind.PROFILES, {})),
        held=found.get(Kind.ADDRESSES, {}),
        instances=instances,
    )


def _look(asked: Sequence[SaidSettings], target: Target, world: LaunchWorld) -> SeenWorld:
    found = {kind: ask() for kind, ask in lookups(target, named_in(asked), world.ec2).items()}
    held = tuple(found.get(Kind.ADDRESSES, {}).values())
    return seen_world(target, found, _instances(asked, held, target, world))


def _instances(
    asked: Sequence[SaidSettings], held: Sequence[HeldAddress], target: Target, world: LaunchWorld
) -> dict[str, frozenset[str]]:
    """The recovery instances of servers whose address an instance has; DRS is not asked about any other."""
    of_instances = {SubnetAddress(subnet_id=each.subnet_id, address=each.address) for each in held if each.instance_id}
    servers = sorted({each.server_id for each in asked if each.server_id and each.address in of_instances})
    found: dict[str, frozenset[str]] = {}
    for instance in world.drs.recovery_instances(target, source_server_ids=servers) if servers else ():
        server_id = instance.source_server_id or ""
        found[server_id] = found.get(server_id, frozenset()) | {instance.ec2_instance_id}
    return found


def _taken(asked: Sequence[SaidSettings], target: Target, world: LaunchWorld, group_id: str) -> Iterator[Violation]:
    """Addresses that other groups have."""
    wanted = {each.address: each for each in asked if each.address and each.asks(each.of_address)}
    owners = world.groups.address_owners(target.region, wanted) if wanted else {}
    for address, said in wanted.items():
        owner = owners.get(address)
        if owner is not None and owner.group_id != group_id:
            yield duplicate_address(said, owner.group_name)


def _replaced(asked: Sequence[SaidSettings], seen: SeenWorld) -> Iterator[ReplacedAddress]:
    for each in asked:
        held = seen.own_holder(each)
        if held is not None and held.instance_id and each.server_id and each.address and each.asks(each.of_address):
            yield ReplacedAddress(each.server_id, each.address, held.instance_id)
