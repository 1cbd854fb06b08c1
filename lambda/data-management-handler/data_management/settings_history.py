"""The lines in the histories of servers that tell who changed their own launch settings, however a group is saved."""

from collections.abc import Iterable, Mapping
from typing import Any

from data_management.app import ConfigurationApp
from shared.ids import new_ulid
from shared.models.launch_config import ServerOverride
from shared.models.launch_config_state import ConfigAction, ConfigDifference, ServerConfigEvent
from shared.models.protection_group import ProtectionGroup
from shared.models.targets import key_in
from shared.operations import Context


def note_own_settings(
    before: ProtectionGroup | None, after: ProtectionGroup | None, context: Context[ConfigurationApp]
) -> None:
    """Write a line for each server whose own settings are otherwise in the group that was saved than they were.

    A group that is new has none `before`, one that was deleted none `after`.
    """
    group = after or before
    if group is None:
        return
    were, are = _own_of(before), _own_of(after)
    lines = {
        key_in(group.target, server_id): _event(group, were.get(server_id, {}), are.get(server_id, {}), context)
        for server_id in sorted({*were, *are})
        if were.get(server_id, {}) != are.get(server_id, {})
    }
    context.app.launch_configs.append_each(lines)


def said_by(own: ServerOverride | None) -> dict[str, Any]:
    """What a server says of its own; that of drills by the name of the whole."""
    if own is None:
        return {}
    in_drills = {} if own.drill_launch_template is None else own.drill_launch_template.wire()
    always = {} if own.launch_template is None else own.launch_template.wire()
    return {**always, **{f"drillLaunchTemplate.{name}": value for name, value in in_drills.items()}}


def _own_of(group: ProtectionGroup | None) -> dict[str, dict[str, Any]]:
    return {} if group is None else {one.source_server_id: said_by(one) for one in group.servers}


def _event(
    group: ProtectionGroup, before: Mapping[str, Any], after: Mapping[str, Any], context: Context[ConfigurationApp]
) -> ServerConfigEvent:
    now = context.app.clock.now()
    return ServerConfigEvent(
        event_id=new_ulid(now),
        at=now,
        actor=context.actor,
        action=ConfigAction.SETTINGS_CHANGED if after else ConfigAction.SETTINGS_REMOVED,
        group_id=group.group_id,
        group_version=group.version,
        differences=tuple(_changes(before, after)),
    )


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[ConfigDifference]:
    """What is otherwise than it was; without `wanted` it is the group's again."""
    return (
        ConfigDifference(field=name, wanted=after.get(name), found=before.get(name))
        for name in sorted({*before, *after})
        if (name in before, before.get(name)) != (name in after, after.get(name))
    )
