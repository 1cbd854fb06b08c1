"""What cannot stand beside a launch into an instance that is there already: told when it is saved."""

from collections.abc import Iterator
from typing import Final

from shared.launch_config_layers import DEFAULTS, DRILL_DEFAULTS, stacks_of
from shared.launch_config_rules import ADDRESS, LAUNCH_INTO
from shared.launch_into_rules import BESIDE, TAKEN, instance_of, wanted_instances
from shared.models.launch_config import LaunchConfig, ServerOverride
from shared.models.protection_group import ProtectionGroupFields
from shared.models.violation import Violation

NEEDS_SERVER: Final = "LAUNCH_INTO_NEEDS_SERVER"
EXCLUDES: Final = "LAUNCH_INTO_EXCLUDES"


def check_launch_into(group: ProtectionGroupFields, stored: ProtectionGroupFields | None = None) -> Iterator[Violation]:
    """An instance for all servers of a group, two servers for one, and each setting that excludes a launch into one.

    What is not said follows from it, and null leaves it to that. What of it the `stored` group said passes.
    """
    if stored is not None and _said(stored) == _said(group):
        return
    before = (None, None) if stored is None else (stored.launch_config, stored.drill_launch_config)
    yield from _of_all(DEFAULTS, group.launch_config, before[0])
    yield from _of_all(DRILL_DEFAULTS, group.drill_launch_config, before[1])
    # what is wrong always is so in drills too, and what holds for all may be in the way of several
    taken = (each for is_drill in (False, True) for each in _taken(group, is_drill=is_drill))
    yield from dict.fromkeys((*taken, *_excluded_in(group)))


def _said(group: ProtectionGroupFields) -> tuple[object, ...]:
    return (group.launch_config, group.drill_launch_config, group.servers, group.launch_into_matching)


def _of_all(path: str, config: LaunchConfig | None, before: LaunchConfig | None) -> Iterator[Violation]:
    into = config.launch_into_instance_properties if config is not None else None
    if into is not None and (before is None or into != before.launch_into_instance_properties):
        reason = "one instance takes one server: name it for the server, or let launchIntoMatching find them"
        yield Violation(f"{path}.{LAUNCH_INTO}", reason, NEEDS_SERVER)


def _taken(group: ProtectionGroupFields, *, is_drill: bool) -> Iterator[Violation]:
    wanted = wanted_instances(group, [one.source_server_id for one in group.servers], is_drill=is_drill)
    first: dict[str, int] = {}
    for position, override in enumerate(group.servers):
        path = _path_of_instance(position, override, is_drill=is_drill)
        instance_id = wanted.get(override.source_server_id)
        if not instance_id or path is None:
            continue
        if instance_id in first:
            other = f"servers[{first[instance_id]}]"
            yield Violation(path, f"{instance_id} is also the instance of {other}", TAKEN, other=other)
        first.setdefault(instance_id, position)


def _path_of_instance(position: int, override: ServerOverride, *, is_drill: bool) -> str | None:
    """Where a server names its instance, if it does itself."""
    names = ("drillLaunchTemplate", override.drill_launch_template), ("launchTemplate", override.launch_template)
    for name, own in names if is_drill else names[1:]:
        if own is not None and own.launch_into_instance_properties is not None:
            return f"servers[{position}].{name}.{LAUNCH_INTO}.launchIntoEc2InstanceId"
    return None


def _excluded_in(group: ProtectionGroupFields) -> Iterator[Violation]:
    """The settings of each layer that do not stand beside what holds with it."""
    for stack in stacks_of(group):
        instance_id, is_decided = instance_of([layer.config for layer in stack.layers])
        is_named = instance_id is not None and stack.server_id is not None
        if is_named or (group.launch_into_matching is not None and not is_decided):
            top = stack.layers[-1]
            yield from _excluded(top.path, top.config)


def _excluded(path: str, config: LaunchConfig) -> Iterator[Violation]:
    """The settings that were said and that DRS does not take beside it, or that have no effect."""
    said = {name: value for name, value in config.wire().items() if value is not None}
    told = {
        name: taken if isinstance(taken, str) else str(taken).lower()
        for name, taken in BESIDE.items()
        if said.get(name, taken) != taken
    }
    if ADDRESS in said:
        told[ADDRESS] = "the address of the instance, which keeps it"
    for name, instead in told.items():
        reason = f"of a server that is launched into an existing instance it is {instead}: leave it out"
        yield Violation(f"{path}.{name}", reason, EXCLUDES)
