"""The rules of launch settings that rest on what there is in EC2: everything that is broken is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from shared.launch_into_rules import NOT_FOUND, TAKEN, check_allowed
from shared.models.ec2 import HeldAddress, SecurityGroup, Subnet, SubnetAddress
from shared.models.prepared_instance import PreparedInstance
from shared.models.targets import Target
from shared.models.violation import Violation
from shared.said_settings import SaidSettings
from shared.static_ip_rules import NO_SUBNET, check_in_subnet, check_private


@dataclass(frozen=True, slots=True)
class SeenWorld:
    """What of that which settings name there is in an account and region.

    `zones` are those that offer a type; `held` the addresses that network interfaces have; `instances` the present
    recovery instances by the server of each, but those that were there before and outlive a launch; `prepared` those
    into which servers are to be launched.
    """

    target: Target
    subnets: Mapping[str, Subnet] = field(default_factory=dict)
    security_groups: Mapping[str, SecurityGroup] = field(default_factory=dict)
    zones: Mapping[str, frozenset[str]] = field(default_factory=dict)
    profiles: frozenset[str] = frozenset()
    held: Mapping[SubnetAddress, HeldAddress] = field(default_factory=dict)
    instances: Mapping[str, frozenset[str]] = field(default_factory=dict)
    prepared: Mapping[str, PreparedInstance] = field(default_factory=dict)

    def subnet_of(self, said: SaidSettings) -> Subnet | None:
        """The subnet of a server, if it says one and there is one."""
        return self.subnets.get(said.settings.subnet_id) if said.settings.subnet_id is not None else None

    def own_holder(self, said: SaidSettings) -> HeldAddress | None:
        """The interface of the server's own recovery instance, if that has its address: a launch replaces it."""
        held = self._holder(said)
        return held if held is not None and held.instance_id in self._instances_of(said) else None

    def foreign_holder(self, said: SaidSettings) -> HeldAddress | None:
        """Any other interface that has its address."""
        held = self._holder(said)
        return held if held is not None and held.instance_id not in self._instances_of(said) else None

    def _holder(self, said: SaidSettings) -> HeldAddress | None:
        return None if said.address is None else self.held.get(said.address)

    def _instances_of(self, said: SaidSettings) -> frozenset[str]:
        return frozenset() if said.server_id is None else self.instances.get(said.server_id, frozenset())


def check_launch_settings(said: Iterable[SaidSettings], seen: SeenWorld) -> tuple[Violation, ...]:
    """Every rule that they break, each told once however many servers it is about; what is known is not told again."""
    return tuple(dict.fromkeys(violation for each in said for violation in _broken(each, seen)))


def duplicate_address(said: SaidSettings, owner: str) -> Violation:
    """That another group has the address of a server."""
    reason = f"{said.settings.static_private_ip} in {said.settings.subnet_id} is an address of the group {owner}"
    return Violation(said.path_of("static_private_ip"), reason, "DUPLICATE_IP")


def taken_instance(said: SaidSettings, owner: str) -> Violation:
    """That a server of another group is launched into the instance of a server."""
    reason = f"{said.instance_id} is the instance of a server of the group {owner}"
    return Violation(_path_of_instance(said), reason, TAKEN)


def _path_of_instance(said: SaidSettings) -> str:
    return f"{said.path_of('launch_into_instance_properties')}.launchIntoEc2InstanceId"


def _broken(said: SaidSettings, seen: SeenWorld) -> Iterator[Violation]:
    if said.rests_on_subnet:
        yield from _subnet(said, seen)
    if said.asks(said.of_groups):
        yield from _security_groups(said, seen)
    if said.asks(said.of_type):
        yield from _type(said, seen)
    if said.asks(said.of_profile):
        yield from _profile(said, seen)
    if said.asks(said.of_address):
        yield from _address(said, seen)
    if said.asks(said.of_instance):
        yield from _instance(said, seen)


def _subnet(said: SaidSettings, seen: SeenWorld) -> Iterator[Violation]:
    subnet_id = said.settings.subnet_id
    if subnet_id is not None and subnet_id not in seen.subnets:
        yield Violation(said.path_of("subnet_id"), f"there is no {subnet_id} in {seen.target}", "SUBNET_NOT_FOUND")


def _security_groups(said: SaidSettings, seen: SeenWorld) -> Iterator[Violation]:
    """Without a subnet to be seen, they must at least be of one VPC."""
    ids = said.settings.security_group_ids or ()
    found = {group_id: seen.security_groups[group_id] for group_id in ids if group_id in seen.security_groups}
    subnet = seen.subnet_of(said)
    vpc_id = subnet.vpc_id if subnet is not None else next((group.vpc_id for group in found.values()), None)
    where = f"that of {subnet.subnet_id}" if subnet is not None else "that of the first"
    for position, group_id in enumerate(ids):
        path = f"{said.path_of('security_group_ids')}[{position}]"
        if group_id not in found:
            yield Violation(path, f"there is no {group_id} in {seen.target}", "SECURITY_GROUPS_NOT_FOUND")
        elif found[group_id].vpc_id != vpc_id:
            reason = f"{group_id} is in {found[group_id].vpc_id}, and not in {vpc_id}, {where}"
            yield Violation(path, reason, "SECURITY_GROUPS_WRONG_VPC")


def _type(said: SaidSettings, seen: SeenWorld) -> Iterator[Violation]:
    name, subnet = said.settings.instance_type or "", seen.subnet_of(said)
    zones = seen.zones.get(name, frozenset())
    path = said.path_of("instance_type")
    if not zones:
        yield Violation(path, f"{name} is not offered in {seen.target.region}", "INSTANCE_TYPE_UNAVAILABLE")
    elif subnet is not None and subnet.availability_zone not in zones:
        reason = (
            f"{name} is offered in {', '.join(sorted(zones))}, and not in {subnet.availability_zone}, "
            f"where {subnet.subnet_id} is"
        )
        yield Violation(path, reason, "INSTANCE_TYPE_UNAVAILABLE")


def _profile(said: SaidSettings, seen: SeenWorld) -> Iterator[Violation]:
    name = said.settings.instance_profile_name
    if name not in seen.profiles:
        reason = f"there is no instance profile {name} in account {seen.target.account_id}"
        yield Violation(said.path_of("instance_profile_name"), reason, "IAM_PROFILE_NOT_FOUND")


def _address(said: SaidSettings, seen: SeenWorld) -> Iterator[Violation]:
    address, subnet = said.settings.static_private_ip, seen.subnet_of(said)
    if address is None:
        return
    path = said.path_of("static_private_ip")
    for reason, code in check_private(address):
        yield Violation(path, reason, code)
    if said.settings.subnet_id is None:
        yield Violation(path, NO_SUBNET, "MISSING_SUBNET")
    if subnet is None:
        return
    for reason, code in check_in_subnet(address, subnet.subnet_id, subnet.cidr_block):
        yield Violation(path, reason, code)
    held = seen.foreign_holder(said)
    if held is not None:
        whose = f" of {held.instance_id}" if held.instance_id else ""
        reason = f"{address} in {subnet.subnet_id} is the address of {held.interface_id}{whose}"
        yield Violation(path, reason, "IP_IN_USE")


def _instance(said: SaidSettings, seen: SeenWorld) -> Iterator[Violation]:
    """Whether it is stopped counts when a server is launched into it, and is not asked before."""
    path = _path_of_instance(said)
    instance = seen.prepared.get(said.instance_id or "")
    if instance is None:
        yield Violation(path, f"there is no {said.instance_id} in {seen.target}", NOT_FOUND)
        return
    for code, reason in check_allowed(instance):
        yield Violation(path, reason, code)
