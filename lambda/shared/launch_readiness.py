"""Whether what the servers of an account and region are launched with is there, and is enough for all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from itertools import groupby
from typing import Any, Final

from shared.engine.texts import counted, servers_in_words
from shared.launch_rules import SeenWorld, check_launch_settings
from shared.models.ec2 import HeldAddress, Subnet, SubnetAddress
from shared.models.finding import Finding, FindingCode, FindingReason, Outcome, failure_at, warning_at
from shared.models.launch_config import ServerLaunchConfig
from shared.models.recovery_plan import wave_words
from shared.models.targets import Target
from shared.models.violation import Violation
from shared.said_settings import Kind, Named, SaidSettings
from shared.static_ip_rules import check_in_subnet

RESTS_ON: Final[Mapping[FindingCode, tuple[Kind, ...]]] = {
    FindingCode.SUBNET_MISSING: (Kind.SUBNETS,),
    FindingCode.SUBNET_ADDRESSES: (Kind.SUBNETS, Kind.REPLACED),
    FindingCode.SECURITY_GROUP: (Kind.SECURITY_GROUPS, Kind.SUBNETS),
    FindingCode.INSTANCE_TYPE: (Kind.TYPES, Kind.SUBNETS),
    FindingCode.INSTANCE_PROFILE: (Kind.PROFILES,),
    FindingCode.STATIC_IP: (Kind.ADDRESSES, Kind.SUBNETS, Kind.REPLACED),
}
"""The checks, and what each must know; it is made where something of the first kind is named."""

_CODES: Final[Mapping[str, FindingCode]] = {
    "SUBNET_NOT_FOUND": FindingCode.SUBNET_MISSING,
    "SECURITY_GROUPS_NOT_FOUND": FindingCode.SECURITY_GROUP,
    "SECURITY_GROUPS_WRONG_VPC": FindingCode.SECURITY_GROUP,
    "INSTANCE_TYPE_UNAVAILABLE": FindingCode.INSTANCE_TYPE,
    "IAM_PROFILE_NOT_FOUND": FindingCode.INSTANCE_PROFILE,
}
"""By the code with which settings are refused when they are saved; every other is about a static address."""

_REASONS: Final[Mapping[str, FindingReason]] = {reason.value: reason for reason in FindingReason}
"""Those codes are reasons too where a check ends badly in more than one way."""

_NOT_TOLD_WITHOUT: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.SUBNETS: frozenset({"SUBNET_NOT_FOUND"}),
    Kind.SECURITY_GROUPS: frozenset({"SECURITY_GROUPS_NOT_FOUND", "SECURITY_GROUPS_WRONG_VPC"}),
    Kind.TYPES: frozenset({"INSTANCE_TYPE_UNAVAILABLE"}),
    Kind.PROFILES: frozenset({"IAM_PROFILE_NOT_FOUND"}),
    Kind.ADDRESSES: frozenset({"IP_IN_USE"}),
    Kind.REPLACED: frozenset({"IP_IN_USE"}),
}
"""What cannot be said where nothing is known of a kind; all else that is broken is broken whatever there is."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A server that a wave is going to launch, and with what; `replaces` is the instance that the launch ends first."""

    wave_number: int
    server_id: str
    name: str
    settings: ServerLaunchConfig
    replaces: str | None = None
    source_address: IPv4Address | None = None

    @property
    def copied(self) -> IPv4Address | None:
        """The address of its source that DRS copies, if its settings say so."""
        return self.source_address if self.settings.copy_private_ip else None

    @property
    def said(self) -> SaidSettings:
        """Its settings, as questions."""
        return SaidSettings(self.settings, server_id=self.server_id)


@dataclass(frozen=True, slots=True)
class Crowd:
    """A subnet that has fewer free addresses than launches; `replaced` are the instances that these end first."""

    subnet: Subnet
    launches: tuple[Launch, ...]

    @property
    def replaced(self) -> frozenset[str]:
        """The instances of which some may be in the subnet."""
        return frozenset(launch.replaces for launch in self.launches if launch.replaces)


def checks_of(named: Named) -> tuple[FindingCode, ...]:
    """What is checked where this is named."""
    there: Mapping[Kind, Any] = {
        Kind.SUBNETS: named.subnets,
        Kind.SECURITY_GROUPS: named.security_groups,
        Kind.TYPES: named.types,
        Kind.PROFILES: named.profiles,
        Kind.ADDRESSES: named.addresses,
    }
    return tuple(code for code, kinds in RESTS_ON.items() if there[kinds[0]])


def check_launches(
    launches: Sequence[Launch], seen: SeenWorld, unread: Mapping[Kind, Finding], checks: Iterable[FindingCode]
) -> Iterator[Finding]:
    """A FAIL for each thing that is not there or not right, with all servers that need it.

    UNKNOWN is each of these checks that rests on what could not be read, which has its finding in `unread`.
    """
    silent = frozenset(code for kind in unread for code in _NOT_TOLD_WITHOUT[kind])
    for violation, servers in _broken(launches, seen).items():
        if violation.code not in silent:
            code = _CODES.get(violation.code, FindingCode.STATIC_IP)
            yield _failed(seen.target, code, violation.reason, servers, _REASONS.get(violation.code))
    yield from _copied(launches, seen)
    yield from _twice(launches, seen.target)
    yield from _unplaced(launches, seen.target)
    for code in checks:
        for kind in RESTS_ON[code]:
            if kind in unread:
                yield unread[kind].model_copy(update={"code": code, "outcome": Outcome.UNKNOWN})


def crowds(launches: Sequence[Launch], seen: SeenWorld) -> list[Crowd]:
    """The subnets that have fewer free addresses than servers are launched into them; those of IPv6 have no number."""
    into: dict[str, list[Launch]] = {}
    for launch in launches:
        into.setdefault(launch.settings.subnet_id or "", []).append(launch)
    return [
        Crowd(subnet, tuple(sorted(into[subnet_id], key=lambda one: one.wave_number)))
        for subnet_id, subnet in sorted(seen.subnets.items())
        if subnet.cidr_block is not None and len(into.get(subnet_id, ())) > subnet.available_addresses
    ]


def check_crowd(
    target: Target, crowd: Crowd, held: Iterable[HeldAddress], wave_names: Mapping[int, str | None]
) -> Finding | None:
    """A FAIL that names the first wave for which there are too few addresses; what earlier waves launched stays.

    `held` are addresses of the instances that launches replace: a launch ends its instance first.
    """
    subnet = crowd.subnet
    freed = Counter(each.instance_id for each in held if each.subnet_id == subnet.subnet_id)
    launched, replaced = list[Launch](), 0
    for number, wave in groupby(crowd.launches, key=lambda one: one.wave_number):
        joining = list(wave)
        launched += joining
        replaced += sum(freed[launch.replaces] for launch in joining if launch.replaces)
        if len(launched) > subnet.available_addresses + replaced:
            return _too_many(target, subnet, joining, (len(launched), replaced), wave_words(number, wave_names[number]))
    return None


def _too_many(target: Target, subnet: Subnet, joining: Sequence[Launch], counts: tuple[int, int], wave: str) -> Finding:
    needed, replaced = counts
    freed = f", and {replaced} more once instances of before are replaced" if replaced else ""
    free = subnet.available_addresses
    addresses = "1 free address" if free == 1 else f"{free} free addresses"
    message = (
        f"{subnet.subnet_id} in {target} has {addresses}{freed}: too few for the "
        f"{counted(needed, 'server')} that are launched into it up to {wave}"
    )
    return failure_at(
        target,
        FindingCode.SUBNET_ADDRESSES,
        message,
        wave_number=joining[0].wave_number,
        server_ids=tuple(launch.server_id for launch in joining),
        details={
            "subnetId": subnet.subnet_id,
            "availableAddresses": subnet.available_addresses,
            "replacedAddresses": replaced,
            "needed": needed,
        },
    )


def _broken(launches: Iterable[Launch], seen: SeenWorld) -> dict[Violation, list[Launch]]:
    """Each rule that is broken, with the servers; those that are launched alike are judged once."""
    alike: dict[tuple[ServerLaunchConfig, str], list[Launch]] = {}
    for launch in launches:
        whose = "" if launch.settings.static_private_ip is None else launch.server_id
        alike.setdefault((launch.settings, whose), []).append(launch)
    broken: dict[Violation, list[Launch]] = {}
    for servers in alike.values():
        for violation in check_launch_settings([servers[0].said], seen):
            broken.setdefault(violation, []).extend(servers)
    return broken


def _copied(launches: Iterable[Launch], seen: SeenWorld) -> Iterator[Finding]:
    """Addresses that DRS copies from the sources and that their subnets do not have, all of a subnet at once."""
    wrong: dict[tuple[str, str], list[tuple[Launch, str]]] = {}
    for launch in launches:
        subnet = seen.subnet_of(launch.said)
        if launch.copied is not None and subnet is not None:
            for reason, code in check_in_subnet(launch.copied, subnet.subnet_id, subnet.cidr_block):
                wrong.setdefault((subnet.subnet_id, code), []).append((launch, reason))
    for (_, code), told in wrong.items():
        more = f", and so it is of {len(told) - 1} more" if len(told) > 1 else ""
        words = f"with copyPrivateIp DRS copies the address of the source: {told[0][1]}{more}"
        servers = [launch for launch, _ in told]
        yield _failed(seen.target, FindingCode.STATIC_IP, words, servers, FindingReason(code))


def _twice(launches: Iterable[Launch], target: Target) -> Iterator[Finding]:
    """Addresses that more than one of them is to have."""
    wanted: dict[SubnetAddress, list[Launch]] = {}
    for launch in launches:
        if (address := launch.said.address) is not None:
            wanted.setdefault(address, []).append(launch)
    for address, servers in wanted.items():
        if len(servers) > 1:
            reason = f"{address.address} in {address.subnet_id} is to be the address of {len(servers)} servers"
            yield _failed(target, FindingCode.STATIC_IP, reason, servers, FindingReason.DUPLICATE_IP)


def _unplaced(launches: Iterable[Launch], target: Target) -> Iterator[Finding]:
    """A warning for security groups of servers whose subnet is the one that DRS has."""
    servers = [one for one in launches if one.settings.security_group_ids and one.settings.subnet_id is None]
    if servers:
        message = (
            f"the launch settings of {_names(servers)} in {target} name security groups and no subnet: whether they "
            "are in the VPC of the subnet that DRS has was not looked at"
        )
        ids, reason = tuple(launch.server_id for launch in servers), FindingReason.MISSING_SUBNET
        yield warning_at(target, FindingCode.SECURITY_GROUP, message, reason=reason, server_ids=ids)


def _names(servers: Iterable[Launch]) -> str:
    return servers_in_words([launch.name or launch.server_id for launch in servers])


def _failed(
    target: Target, code: FindingCode, words: str, servers: Sequence[Launch], reason: FindingReason | None
) -> Finding:
    whose = f"the launch settings of {_names(servers)} in {target}"
    ids = tuple(launch.server_id for launch in servers)
    return failure_at(target, code, f"{whose} cannot be had: {words}", reason=reason, server_ids=ids)
