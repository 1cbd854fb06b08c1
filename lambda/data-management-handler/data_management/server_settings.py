"""The launch settings of single servers of a group, put into it: replaced where they are, rules told by the request."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from data_management.app import ConfigurationApp
from data_management.config_runs import begin_if_none_runs, check_none_runs
from data_management.group_checks import world_now
from data_management.import_merging import group_fields
from data_management.saving_groups import change_group
from data_management.settings_history import said_by
from shared.errors import ValidationError
from shared.group_rules import check_group
from shared.launch_config_contradictions import COPIED_ADDRESS_REPLACES_STATIC, RIGHT_SIZING_REPLACES_TYPE
from shared.launch_config_rules import LAUNCH_INTO
from shared.launch_into_contradictions import EXCLUDES
from shared.models.launch_config import ServerLaunchConfig, ServerOverride
from shared.models.launch_config_state import ConfigRun
from shared.models.protection_group import ProtectionGroup, ProtectionGroupFields
from shared.models.violation import Violation, refuse
from shared.operations import Context
from shared.security_group_rules import SECURITY_GROUP_COUNT
from shared.well_formed import WHATEVER

_OF_SERVER: Final = re.compile(r"servers\[(?P<position>\d+)\]\.?(?P<rest>.*)")

OwnSettings = Mapping[str, ServerOverride]
"""By the id of a server what it is to have of its own, if anything is set."""

Named = Callable[[int, str], str]
"""The path in a request of a path below the settings of the server that is so many in it."""


def rests_on(around: str = "") -> dict[str, tuple[str, ...]]:
    """On what the rules of a server's settings rest (well_formed), which stand below that of a request."""
    paths = (f"{around}launchTemplate", f"{around}drillLaunchTemplate")

    def both(name: str) -> tuple[str, ...]:
        return tuple(f"{path}.{name}" for path in paths)

    return {
        "MISSING_SUBNET": (WHATEVER, *both("subnetId")),
        RIGHT_SIZING_REPLACES_TYPE: both("instanceType"),
        COPIED_ADDRESS_REPLACES_STATIC: (*both("staticPrivateIp"), *both("subnetId")),
        EXCLUDES: both(LAUNCH_INTO),
        SECURITY_GROUP_COUNT: ("=…",),
    }


class SaysOwn(Protocol):
    """What a server is to have of its own, as a request says it."""

    @property
    def launch_template(self) -> ServerLaunchConfig | None:
        """Its settings; None for none."""
        ...

    @property
    def drill_launch_template(self) -> ServerLaunchConfig | None:
        """Those for drills; None for none, if it was said."""
        ...

    @property
    def model_fields_set(self) -> set[str]:
        """What was said."""
        ...


def own_of(group: ProtectionGroup, server_id: str, said: SaysOwn) -> ServerOverride:
    """What the server is to have of its own: of drills what was said, or what it has."""
    if "drill_launch_template" in said.model_fields_set:
        in_drills = said.drill_launch_template
    else:
        stored = next((one for one in group.servers if one.source_server_id == server_id), None)
        in_drills = None if stored is None else stored.drill_launch_template
    return override(server_id, said.launch_template, in_drills)


def override(
    server_id: str, own: ServerLaunchConfig | None = None, in_drills: ServerLaunchConfig | None = None
) -> ServerOverride:
    """What a server has of its own."""
    found = ServerOverride(source_server_id=server_id, launch_template=own, drill_launch_template=in_drills)
    return found.model_copy(update={"use_group_defaults": not said_by(found)})


@dataclass(frozen=True, slots=True)
class Saved:
    """The group as it is now, and the run that applies what was saved, if one was asked for and began."""

    group: ProtectionGroup
    changed: tuple[str, ...]
    run: ConfigRun | None = None


def broken_rules(group: ProtectionGroup, own: OwnSettings, named: Named, app: ConfigurationApp) -> Iterator[Violation]:
    """Every rule that these settings break, by the paths of the request.

    What others of the group break is not told: it was stored before. So the changed ones come last, and of two that
    break a rule together the one that is named is changed.
    """
    asked = list(own)
    others = [one for one in group.servers if one.source_server_id not in own]
    changed = list(own.values())
    fields = group_fields(group).model_copy(update={"servers": (*others, *changed)})
    for each in check_group(fields, drs_regions=app.drs_regions, stored=group):
        found = _OF_SERVER.fullmatch(each.field)
        position = int(found["position"]) - len(others) if found else -1
        if found and position >= 0:
            yield _told(each, named(position, found["rest"]), [*others, *changed])
        elif not found and each.field == "servers" and asked:
            yield Violation(named(0, ""), each.reason, each.code)


def save(
    group: ProtectionGroup, own: OwnSettings, context: Context[ConfigurationApp], *, applies: bool, named: Named
) -> Saved:
    """Give servers these settings of their own, all or none; nothing is stored if nothing is otherwise.

    ConflictError SYNC_IN_PROGRESS, before anything is stored, if they are to be applied and a run goes on.
    """
    app = context.app
    refuse(broken_rules(group, own, named, app))
    if applies:
        check_none_runs(group, app)
    before = {one.source_server_id: one for one in group.servers}
    changed = tuple(
        server_id
        for server_id, one in own.items()
        if said_by(before.get(server_id)) != said_by(one) or (server_id in before and not said_by(one))
    )
    if changed:
        fields = _with(group, {server_id: own[server_id] for server_id in changed})
        group = _stored(group, fields, context, named, list(own))
    run = begin_if_none_runs(group, sorted(own), context) if applies else None
    return Saved(group, changed, run)


def _stored(
    group: ProtectionGroup,
    fields: ProtectionGroupFields,
    context: Context[ConfigurationApp],
    named: Named,
    asked: Sequence[str],
) -> ProtectionGroup:
    """The group with these fields; what the world refuses of them is told by the paths of the request."""

    def path(stored_path: str) -> str:
        found = _OF_SERVER.fullmatch(stored_path)
        position = int(found["position"]) if found else len(fields.servers)
        server_id = fields.servers[position].source_server_id if position < len(fields.servers) else ""
        return named(asked.index(server_id), found["rest"]) if found and server_id in asked else stored_path

    try:
        return change_group(group, fields, context, world_now(context.app))
    except ValidationError as error:
        raise error.renamed(path) from error


def _with(group: ProtectionGroup, own: OwnSettings) -> ProtectionGroupFields:
    """The group with these settings in place of what the servers had, those that are new to it at the end."""
    replaced = [own.get(one.source_server_id, one) for one in group.servers]
    there = {one.source_server_id for one in replaced}
    new = [one for server_id, one in own.items() if server_id not in there]
    kept = [one for one in (*replaced, *new) if one.source_server_id not in own or said_by(one)]
    return group_fields(group).model_copy(update={"servers": tuple(kept)})


def _told(each: Violation, field: str, servers: Sequence[ServerOverride]) -> Violation:
    """The violation at a path of the request; another server is named by its id."""
    other = _OF_SERVER.fullmatch(each.other or "")
    if other is None:
        return Violation(field, each.reason, each.code)
    reason = each.reason.replace(other[0], f"server {servers[int(other['position'])].source_server_id}")
    return Violation(field, reason, each.code)
