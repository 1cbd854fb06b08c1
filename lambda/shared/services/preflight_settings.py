"""How the launch settings of a plan's servers stand, by what was written down when they were applied or looked at last.

DRS is not asked: every server is looked at before its wave launches, and that is when it counts.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from shared.engine.texts import counted
from shared.launch_config_records import lasts, status_of
from shared.launch_config_rules import EffectiveConfig
from shared.models.base import format_instant
from shared.models.finding import Finding, FindingCode, failure_at, warning_at
from shared.models.launch_config_state import ConfigStatus, DriftPolicy, ServerConfigState
from shared.models.protection_group import ProtectionGroup
from shared.models.targets import ServerKey, Target
from shared.models.temporary_settings import TemporarySettings
from shared.plan_resolution import Resolution

_NAMED = 20
"""So many servers are in the sentence of a finding; its `serverIds` are all of them."""

_TRIES = 3
"""So often restoring a server has failed that nobody counts on the next attempt, minutes later."""

_THEN = {
    DriftPolicy.REPAIR: "what differs in DRS is repaired before they are launched",
    DriftPolicy.WARN: "they are launched as DRS has them",
    DriftPolicy.BLOCK: "one that differs in DRS is not launched",
}


class ConfigStates(Protocol):
    """What is known of the launch settings of servers."""

    def states(self, servers: Sequence[ServerKey]) -> Mapping[ServerKey, ServerConfigState]:
        """How those of the servers stand of which anything is known."""
        ...


def settings_findings(
    groups: Mapping[str, ProtectionGroup],
    resolution: Resolution,
    configs: Mapping[ServerKey, EffectiveConfig],
    known: ConfigStates,
) -> list[Finding]:
    """Of each group a warning for the servers whose settings are not known to be in DRS, or a FAIL if it wants that.

    And a FAIL for those of which DRS or EC2 has refused them. `configs` are what the servers are effectively launched
    with; what is known of them is read at once, whatever groups they are of.
    """
    members: dict[str, list[ServerKey]] = {}
    for wave in resolution.servers_by_wave.values():
        for found in wave:
            if found.server in configs and configs[found.server].settings:
                members.setdefault(found.group_id, []).append(found.server)
    settled = [server for servers in members.values() for server in servers]
    states = known.states(settled) if settled else {}
    return [
        finding
        for group_id, servers in members.items()
        for finding in _of_group(groups[group_id], {server: configs[server] for server in servers}, states)
    ]


def _of_group(
    group: ProtectionGroup,
    configs: Mapping[ServerKey, EffectiveConfig],
    states: Mapping[ServerKey, ServerConfigState],
) -> Iterator[Finding]:
    refused: list[ServerConfigState] = []
    unapplied: dict[str, str] = {}
    for server, config in configs.items():
        state = states.get(server)
        status = status_of(config, state, None)
        if status is ConfigStatus.FAILED and state is not None and lasts(state.code):
            refused.append(state)
        elif status is not ConfigStatus.APPLIED:
            unapplied[server.source_server_id] = status.value
    place = {"group_id": group.group_id, "group_name": group.group_name}
    if unapplied:
        made = failure_at if group.drift_policy is DriftPolicy.BLOCK else warning_at
        message = (
            f"the launch settings of {counted(len(unapplied), 'server')} of group {group.group_name} are not known "
            f"to be in DRS: {_names(list(unapplied))}; {_THEN[group.drift_policy]}"
        )
        ids, details = tuple(unapplied), {"statuses": unapplied}
        code = FindingCode.LAUNCH_CONFIG_DRIFT
        yield made(group.target, code, message, server_ids=ids, details=details, **place)
    if refused:
        ids = tuple(state.server.source_server_id for state in refused)
        why = "; ".join(dict.fromkeys(f"{state.reason} ({state.code})" for state in refused))
        message = f"the launch settings of {_names(list(ids))} of group {group.group_name} could not be applied: {why}"
        yield failure_at(group.target, FindingCode.LAUNCH_CONFIG_INVALID, message, server_ids=ids, **place)


def temporary_findings(servers: Collection[ServerKey], rows: Iterable[TemporarySettings]) -> Iterator[Finding]:
    """What is to be said of those of the servers, which nobody else holds, that have settings of an earlier execution.

    A warning, because they are restored before they are launched; a FAIL where that will not be possible.
    """
    asked = set(servers)
    left: dict[tuple[Target, str, bool], list[TemporarySettings]] = {}
    for row in rows:
        if row.server in asked:
            left.setdefault((row.server.target, row.for_execution, _stays(row)), []).append(row)
    for (target, execution_id, stays), found in sorted(left.items()):
        rows_of = {row.server.source_server_id: row for row in sorted(found, key=lambda row: row.server)}
        since = format_instant(min(row.at for row in found))
        message = (
            f"DRS has launch settings of {counted(len(rows_of), 'server')} that are for execution {execution_id} only, "
            f"since {since}: {_names(list(rows_of))}; {_ahead(found, stays=stays)}"
        )
        details = {
            "executionId": execution_id,
            "since": since,
            "fields": {server_id: sorted(row.put) for server_id, row in rows_of.items()},
        }
        made = failure_at if stays else warning_at
        code = FindingCode.TEMPORARY_SETTINGS_LEFT
        yield made(target, code, message, server_ids=tuple(rows_of), details=details)


def _stays(row: TemporarySettings) -> bool:
    """Whether nobody will restore it until somebody does something about it."""
    return bool(row.code) and (lasts(row.code) or row.attempts >= _TRIES)


def _ahead(rows: Iterable[TemporarySettings], *, stays: bool) -> str:
    """What becomes of them before a launch."""
    listed = list(rows)
    why = "; ".join(dict.fromkeys(f"{row.reason} ({row.code})" for row in listed if row.code))
    if not stays:
        return f"they are restored before they are launched{f', which failed so far: {why}' if why else ''}"
    fields = ", ".join(sorted({name for row in listed for name in row.put}))
    return (
        f"the fields {fields} could not be restored: {why}. Put that right, or override this finding: then they are "
        "launched with what is left, but for what their group sets otherwise"
    )


def _names(ids: list[str]) -> str:
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return ", ".join(ids[:_NAMED]) + more
