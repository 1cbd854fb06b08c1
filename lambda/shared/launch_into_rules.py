"""Which server is launched into which instance that is there already, and why one will not do.

What DRS asks of such an instance is what AWS documents of it: "Launch into source instance" and "Troubleshooting launch
errors" in the user guide of DRS. The instance must be stopped: DRS takes its volumes off and starts it, and stops none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from shared.engine.texts import first_few
from shared.launch_config_rules import LAUNCH_INTO, RIGHT_SIZING
from shared.models.drs import SourceServer
from shared.models.launch_config import LaunchConfig, RightSizing, ServerLaunchConfig, ServerOverride
from shared.models.prepared_instance import ALLOWED, TAG, Platform, PreparedInstance
from shared.models.protection_group import ProtectionGroupFields

NOT_FOUND: Final = "LAUNCH_INTO_NOT_FOUND"
AMBIGUOUS: Final = "LAUNCH_INTO_AMBIGUOUS"
TAKEN: Final = "LAUNCH_INTO_TAKEN"
NOT_ALLOWED: Final = "LAUNCH_INTO_NOT_ALLOWED"
NOT_STOPPED: Final = "LAUNCH_INTO_NOT_STOPPED"
UNFIT: Final = "LAUNCH_INTO_UNFIT"

STOPPED: Final = "stopped"
_ENDED: Final = frozenset({"shutting-down", "terminated"})
_X86: Final = "x86_64"
_HOST: Final = "host"
_NAMED: Final = 5


BY_NAME: Final = ""
"""Stands for the id of an instance that is found by the names of its server."""

BESIDE: Final[Mapping[str, object]] = MappingProxyType(
    {RIGHT_SIZING: RightSizing.NONE.value, "copyPrivateIp": False, "copyTags": False}
)
"""What DRS takes of these settings beside an instance to launch into, and nothing else."""

_FIELD: Final = "launch_into_instance_properties"


@dataclass(frozen=True, slots=True)
class Wish:
    """That a server be launched into an instance: that of the id, or without one that of one of its names.

    What is not known of the server is not held against an instance. `brings_license`: its own, for its system.
    """

    server_id: str
    instance_id: str | None = None
    names: tuple[str, ...] = ()
    platform: Platform | None = None
    architecture: str | None = None
    brings_license: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is in the account and region, asked for by id and by tag."""

    place: str
    by_id: Mapping[str, PreparedInstance] = field(default_factory=dict)
    allowed: Sequence[PreparedInstance] = ()


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why a server cannot be launched into an instance, which may not be known."""

    server_id: str
    code: str
    reason: str
    instance_id: str | None = None


@dataclass(frozen=True, slots=True)
class Matching:
    """The instance of each server that has one, whether or not it will do, and everything that is wrong."""

    found: Mapping[str, PreparedInstance]
    wrong: tuple[Mismatch, ...]

    def reasons(self, server_id: str) -> tuple[Mismatch, ...]:
        """What is wrong of one server."""
        return tuple(each for each in self.wrong if each.server_id == server_id)


def wants_any(group: ProtectionGroupFields, *, is_drill: bool) -> bool:
    """Whether any server of the group may be launched into an instance that is there already."""
    configs = [group.launch_config, *(one.launch_template for one in group.servers)]
    if is_drill:
        configs += [group.drill_launch_config, *(one.drill_launch_template for one in group.servers)]
    named = any(config is not None and config.launch_into_instance_properties is not None for config in configs)
    return named or group.launch_into_matching is not None


def wanted_instances(group: ProtectionGroupFields, server_ids: Iterable[str], *, is_drill: bool) -> dict[str, str]:
    """The instance into which each of these servers is to be launched, by id or BY_NAME; the others are left out."""
    own = {one.source_server_id: one for one in group.servers}
    found = ((server_id, _wanted(group, own.get(server_id), is_drill=is_drill)) for server_id in server_ids)
    return {server_id: instance_id for server_id, instance_id in found if instance_id is not None}


def instance_of(layers: Sequence[LaunchConfig | None]) -> tuple[str | None, bool]:
    """The instance that layers of settings name, each over those before it, and whether any of them decides it.

    One of a server decides it with null too.
    """
    for layer in reversed(layers):
        if layer is None:
            continue
        if layer.launch_into_instance_properties is not None:
            return layer.launch_into_instance_properties.launch_into_ec2_instance_id, True
        if isinstance(layer, ServerLaunchConfig) and _FIELD in layer.left_alone:
            return None, True
    return None, False


def _wanted(group: ProtectionGroupFields, own: ServerOverride | None, *, is_drill: bool) -> str | None:
    layers: list[LaunchConfig | None] = [group.launch_config, own.launch_template if own is not None else None]
    if is_drill:
        layers += [group.drill_launch_config, own.drill_launch_template if own is not None else None]
    instance_id, is_decided = instance_of(layers)
    if is_decided or group.launch_into_matching is None:
        return instance_id
    return BY_NAME


def into_instance(instance_id: str) -> dict[str, object]:
    """What DRS is told of a server that it is to launch into the instance, by the names of our settings."""
    return {LAUNCH_INTO: {"launchIntoEc2InstanceId": instance_id}, **BESIDE}


def wish_of(server: SourceServer, wanted: str, *, brings_license: bool = False) -> Wish:
    """What a server wishes, with what DRS knows of it; BY_NAME it goes by its Name tag and by its host name."""
    names = (server.tags.get("Name", ""), server.hostname) if wanted == BY_NAME else ()
    return Wish(
        server.source_server_id,
        wanted or None,
        names=tuple(dict.fromkeys(name for name in names if name)),
        platform=server.platform,
        architecture=server.architecture,
        brings_license=brings_license,
    )


def match(wishes: Iterable[Wish], seen: Seen) -> Matching:
    """Each server with its instance: the one of its id, or the only one that has one of its names.

    Two servers for one instance are wrong, both of them.
    """
    asked = list(wishes)
    found, wrong = dict[str, PreparedInstance](), list[Mismatch]()
    named = _by_name(seen.allowed)
    for wish in asked:
        fitting = _by_id(wish, seen) if wish.instance_id is not None else _of_names(wish, named)
        if len(fitting) == 1:
            found[wish.server_id] = fitting[0]
        else:
            wrong.append(_none_or_several(wish, fitting, seen))
    wrong += [each for wish in asked if wish.server_id in found for each in _unfit(wish, found[wish.server_id])]
    wrong += _taken_twice(found)
    return Matching(found, tuple(sorted(wrong, key=lambda each: each.server_id)))


def check_allowed(instance: PreparedInstance) -> Iterator[tuple[str, str]]:
    """Codes and reasons of what is wrong with an instance whoever is launched into it, and whenever."""
    name = _words(instance)
    if instance.state in _ENDED:
        yield NOT_FOUND, f"{name} is {instance.state}"
    if not instance.allows_launches:
        yield NOT_ALLOWED, f"{name} does not carry the tag {TAG}={ALLOWED}"
    if instance.virtualization not in (None, "hvm"):
        yield UNFIT, f"{name} has the virtualization {instance.virtualization}, and hvm is needed"
    if instance.root_device not in (None, "ebs"):
        yield UNFIT, f"{name} has a root device of the type {instance.root_device}, and ebs is needed"


def faults_now(instance: PreparedInstance) -> Iterator[tuple[str, str]]:
    """The same with what may be otherwise in a minute, and counts as the server is launched."""
    yield from check_allowed(instance)
    if instance.state != STOPPED and instance.state not in _ENDED:
        then = "wait until it is" if instance.state == "stopping" else "stop it"
        yield NOT_STOPPED, f"{_words(instance)} is {instance.state}, and DRS launches into stopped ones only: {then}"


def _by_id(wish: Wish, seen: Seen) -> list[PreparedInstance]:
    instance = seen.by_id.get(wish.instance_id or "")
    return [] if instance is None else [instance]


def _by_name(allowed: Iterable[PreparedInstance]) -> dict[str, list[PreparedInstance]]:
    """Those that there still are, by their names."""
    named: dict[str, list[PreparedInstance]] = {}
    for instance in allowed:
        if instance.name is not None and instance.state not in _ENDED:
            named.setdefault(instance.name, []).append(instance)
    return named


def _of_names(wish: Wish, named: Mapping[str, Sequence[PreparedInstance]]) -> list[PreparedInstance]:
    fitting = {instance.instance_id: instance for name in wish.names for instance in named.get(name, ())}
    return [fitting[instance_id] for instance_id in sorted(fitting)]


def _none_or_several(wish: Wish, fitting: Sequence[PreparedInstance], seen: Seen) -> Mismatch:
    if wish.instance_id is not None:
        reason = f"there is no {wish.instance_id} in {seen.place}, where the server is recovered"
        return Mismatch(wish.server_id, NOT_FOUND, reason, wish.instance_id)
    names = " or ".join(wish.names) or "any, because the server has none"
    if not fitting:
        reason = f"no instance in {seen.place} has the name {names} and the tag {TAG}={ALLOWED}"
        return Mismatch(wish.server_id, NOT_FOUND, reason)
    ids = [instance.instance_id for instance in fitting]
    named = first_few(ids, str, most=_NAMED, apart=", ")
    reason = f"{len(ids)} instances in {seen.place} have the name {names}: {named}"
    return Mismatch(wish.server_id, AMBIGUOUS, reason)


def _unfit(wish: Wish, instance: PreparedInstance) -> Iterator[Mismatch]:
    for code, reason in (*faults_now(instance), *_check_server(wish, instance)):
        yield Mismatch(wish.server_id, code, reason, instance.instance_id)


def _check_server(wish: Wish, instance: PreparedInstance) -> Iterator[tuple[str, str]]:
    name = _words(instance)
    if wish.platform is not None and instance.platform is not wish.platform:
        yield UNFIT, f"{name} is made for {instance.platform}, and the server runs {wish.platform}"
    architecture = wish.architecture or _X86
    if instance.architecture not in (None, architecture):
        yield UNFIT, f"{name} has the architecture {instance.architecture}, and the server {architecture}"
    if wish.brings_license and instance.platform is Platform.WINDOWS and instance.tenancy != _HOST:
        reason = f"{name} is on no dedicated host, so the server cannot bring its licence (licensing.osByol)"
        yield UNFIT, reason


def _taken_twice(found: Mapping[str, PreparedInstance]) -> Iterator[Mismatch]:
    servers: dict[str, list[str]] = {}
    for server_id, instance in found.items():
        servers.setdefault(instance.instance_id, []).append(server_id)
    for instance_id, listed in servers.items():
        for server_id in listed if len(listed) > 1 else ():
            others = sorted(each for each in listed if each != server_id)
            named = first_few(others, str, most=_NAMED, apart=", ")
            yield Mismatch(server_id, TAKEN, f"{instance_id} is also the instance of {named}", instance_id)


def _words(instance: PreparedInstance) -> str:
    return f"{instance.instance_id} ({instance.name})" if instance.name else instance.instance_id
