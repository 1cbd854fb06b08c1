"""How the launch settings of a plan's servers stand, by what was written down when they were applied or looked at last.

DRS is not asked: every server is looked at before its wave launches, and that is when it counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from shared.engine.texts import counted
from shared.launch_config_records import lasts, status_of
from shared.launch_config_rules import EffectiveConfig
from shared.models.finding import Finding, FindingCode, failure_at, warning_at
from shared.models.launch_config_state import ConfigStatus, DriftPolicy, ServerConfigState
from shared.models.protection_group import ProtectionGroup
from shared.models.targets import ServerKey
from shared.plan_resolution import Resolution

_NAMED = 20
"""So many servers are in the sentence of a finding; its `serverIds` are all of them."""

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


def _names(ids: list[str]) -> str:
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return ", ".join(ids[:_NAMED]) + more
