"""The work `verify-settings`: looks at the launch settings of a wave's servers before they are launched.

The engine asks for it while earlier waves run, and again whenever a look is missing or too old. One looks at a wave at
a time; what it finds it writes down server by server, with the time at which it began to look.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from data_management.app import ConfigurationApp
from shared.errors import NotFoundError
from shared.ids import new_claim
from shared.launch_config_rules import effective_config
from shared.models.base import Instant, Model
from shared.models.execution import ExecutionHeader
from shared.models.launch_config_state import ConfigOutcome, DriftPolicy
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import WaveNumber
from shared.models.server_record import LaunchStatus, ServerRecord
from shared.models.targets import Target
from shared.models.verified_settings import SettingsVerdict, VerifiedSettings
from shared.patience import patience_left
from shared.services.launch_config_bringing import Brought, How, Wanted, bring

AT_ONCE: Final = 25
"""So many servers of one account and region, then what was found is written down: waves may begin to launch."""

FRESH: Final = timedelta(minutes=5)
"""What was found right so long before it was asked for is not looked at again; the engine believes it for longer."""

LEAST_SECONDS: Final = 30.0
"""Without so much time left nothing is begun."""

_LASTING: Final = frozenset({"LAUNCH_TEMPLATE_MISSING", "SERVER_NOT_FOUND", "NOT_AS_WRITTEN", "ValidationException"})
"""With these a server is refused; whatever else goes wrong may be better at the next look."""

_INVALID: Final = "Invalid"
"""How EC2's codes begin for what does not exist or cannot be."""


class VerifySettings(Model):
    """A wave of an execution, and when it was asked for."""

    execution_id: str
    plan_id: str
    wave_number: WaveNumber
    asked_at: Instant


def verify_settings(fields: Mapping[str, Any], app: ConfigurationApp) -> Mapping[str, Any]:
    """How many servers were looked at; none if somebody else does, or the execution has ended."""
    asked = VerifySettings.model_validate(fields)
    try:
        header = app.executions.get_header(asked.execution_id, asked.plan_id)
    except NotFoundError:
        return {"verified": 0}
    if header.is_terminal:
        return {"verified": 0}
    claim, now = new_claim(), app.clock.now()
    until = now + app.clock.wall(patience_left() or LEAST_SECONDS)
    if not app.executions.begin_verifying(header, asked.wave_number, claim, now, until):
        return {"verified": 0}
    try:
        return {"verified": _verify(asked, header, app)}
    finally:
        app.executions.end_verifying(header, asked.wave_number, claim)


def _verify(asked: VerifySettings, header: ExecutionHeader, app: ConfigurationApp) -> int:
    due = _due(asked, header, app)
    ids = sorted({str(server.settings_group_id) for server in due})
    groups = {group.group_id: group for group in app.groups.get_many(ids)}
    done = 0
    for (target, group_id), servers in sorted(_by_place(due).items(), key=str):
        group = groups.get(group_id)
        for start in range(0, len(servers), AT_ONCE):
            left = patience_left()
            if left is not None and left < LEAST_SECONDS:
                return done
            part = servers[start : start + AT_ONCE]
            done += _look(target, group, part, header, app)
    return done


def _due(asked: VerifySettings, header: ExecutionHeader, app: ConfigurationApp) -> list[ServerRecord]:
    """The servers that wait for their launch and of which too little is known."""
    seen = app.executions.verified_settings(header, asked.wave_number)
    return [
        server
        for server in app.executions.servers(header, asked.wave_number)
        if server.settings_group_id is not None
        and server.launch is LaunchStatus.PENDING
        and not _is_known(seen.get(server.server), asked.asked_at)
    ]


def _is_known(seen: VerifiedSettings | None, asked_at: datetime) -> bool:
    if seen is None:
        return False
    fresh = FRESH if seen.verdict is SettingsVerdict.READY else timedelta(0)
    return seen.verified_at >= asked_at - fresh


def _by_place(servers: Iterable[ServerRecord]) -> dict[tuple[Target, str], list[ServerRecord]]:
    places: dict[tuple[Target, str], list[ServerRecord]] = {}
    for server in servers:
        places.setdefault((server.server.target, str(server.settings_group_id)), []).append(server)
    return places


def _look(
    target: Target,
    group: ProtectionGroup | None,
    servers: Sequence[ServerRecord],
    header: ExecutionHeader,
    app: ConfigurationApp,
) -> int:
    began, until = app.clock.now(), app.clock.now() + app.clock.wall(patience_left() or LEAST_SECONDS)
    if group is None:
        found = dict.fromkeys(
            (server.server.source_server_id for server in servers),
            Brought(ConfigOutcome.FAILED, code="SERVER_NOT_FOUND", reason="the group with its settings does not exist"),
        )
        policy = DriftPolicy.BLOCK
    else:
        policy = group.drift_policy
        ids = [server.server.source_server_id for server in servers]
        wanted = {server_id: Wanted(effective_config(group, server_id)) for server_id in ids}
        how = How(policy, note=f"DRS Orchestration {header.execution_id}", until=until)
        found = bring(target, wanted, how, app.bringing)
    for server in servers:
        brought = found.get(server.server.source_server_id)
        if brought is not None:
            verdict, reason = verdict_of(brought, policy)
            app.executions.note_verified(
                VerifiedSettings(
                    execution_id=header.execution_id,
                    plan_id=header.plan_id,
                    wave_number=server.wave_number,
                    server=server.server,
                    verdict=verdict,
                    reason=reason,
                    verified_at=began,
                )
            )
    return len(found)


def verdict_of(brought: Brought, policy: DriftPolicy) -> tuple[SettingsVerdict, str]:
    """Whether a server may be launched with what was found, and the reason in words if there is something to say."""
    fields = ", ".join(difference.field for difference in brought.differences)
    match brought.outcome:
        case ConfigOutcome.UNCHANGED:
            return SettingsVerdict.READY, ""
        case ConfigOutcome.APPLIED:
            return SettingsVerdict.READY, f"repaired: {fields}"
        case ConfigOutcome.DRIFTED if policy is DriftPolicy.BLOCK:
            return (
                SettingsVerdict.REFUSED,
                f"its settings in DRS differ from its group's, whose policy is BLOCK: {fields}",
            )
        case ConfigOutcome.DRIFTED:
            return SettingsVerdict.READY, f"differs from its group: {fields}"
        case ConfigOutcome.FAILED:
            lasts = brought.code in _LASTING or brought.code.startswith(_INVALID)
            return (SettingsVerdict.REFUSED if lasts else SettingsVerdict.UNREAD), f"{brought.reason} ({brought.code})"
