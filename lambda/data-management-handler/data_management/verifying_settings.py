"""The work `verify-settings`: looks at the launch settings of a wave's servers before they are launched.

The engine asks for it while earlier waves run, and again whenever a look is missing or too old. One looks at a wave at
a time; what it finds it writes down server by server, with the time at which it began to look. Whom his time does not
allow he hands on to the next work, so that a large wave is looked at without a pause.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from data_management.app import ConfigurationApp
from data_management.applying import Order, Part
from data_management.background import work_later
from data_management.launching_into import look_at_instances_of
from data_management.lending_settings import Lender
from data_management.restoring_settings import restored_before, until_of
from data_management.settings_verdicts import Verdict, may_keep_what_is_left, standing_verdict, verdict_of
from shared.aws.ports import HandOverError
from shared.engine.bounds import SETTINGS_FRESH
from shared.errors import NotFoundError
from shared.ids import new_claim
from shared.launch_config_overlays import NOTHING, Overlay, drill_overlays, with_instance
from shared.launch_config_records import Brought, in_words
from shared.launch_config_rules import effective_configs
from shared.models.base import Instant, Model, format_instant
from shared.models.execution import ExecutionHeader
from shared.models.launch_config_state import DriftPolicy
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import WaveNumber
from shared.models.server_record import LaunchStatus, ServerRecord
from shared.models.targets import ServerKey
from shared.models.verified_settings import SettingsVerdict, VerifiedSettings
from shared.patience import patience_left

AT_ONCE: Final = 25
"""So many servers of a group, then what was found is written down: waves may begin to launch."""

LEAST_SECONDS: Final = 30.0
"""Without so much time left nothing is begun."""

WORK: Final = "verify-settings"

HOPS: Final = 10
"""So many works hand over to one another, as `config_runs` has it; the engine begins the next chain within a minute."""

_NO_GROUP: Final[Verdict] = (SettingsVerdict.REFUSED, "the group with its launch settings does not exist")


class VerifySettings(Model):
    """A wave of an execution, and when it was asked for; `hop` works have looked at some of it before."""

    execution_id: str
    plan_id: str
    wave_number: WaveNumber
    asked_at: Instant
    hop: int = 0


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
    if not app.executions.begin_verifying(header, asked.wave_number, claim, now, until_of(app)):
        return {"verified": 0}
    try:
        done, is_through = _verify(asked, header, app)
    finally:
        app.executions.end_verifying(header, asked.wave_number, claim)
    if not is_through:
        _hand_on(asked, app)
    return {"verified": done}


def _hand_on(asked: VerifySettings, app: ConfigurationApp) -> None:
    if asked.hop >= HOPS:
        return
    try:
        work_later(app, WORK, **asked.model_copy(update={"hop": asked.hop + 1}).wire())
    except HandOverError as error:
        # the engine asks again within a minute
        app.observability.logger.warning("a look at launch settings waits for the engine", reason=error.message)


def _verify(asked: VerifySettings, header: ExecutionHeader, app: ConfigurationApp) -> tuple[int, bool]:
    """At how many servers was looked, and whether those were all."""
    done, is_through = 0, True
    for group_id, servers in _by_group(_due(asked, header, app)):
        group = next(iter(app.groups.get_many([group_id])), None)
        for start in range(0, len(servers), AT_ONCE):
            left = patience_left()
            if left is not None and left < LEAST_SECONDS:
                return done, False
            part = servers[start : start + AT_ONCE]
            looked = list(_look(asked, header, group, part, app))
            for seen in looked:
                app.executions.note_verified(seen)
            done += len(looked)
            is_through = is_through and len(looked) == len(part)
    return done, is_through


def _due(asked: VerifySettings, header: ExecutionHeader, app: ConfigurationApp) -> list[ServerRecord]:
    """The servers that wait for their launch and of which too little is known of their groups as they are now."""
    seen = app.executions.verified_settings(header, asked.wave_number)
    groups = app.groups.get_many(sorted({each.group_id for each in seen.values()}))
    versions = {group.group_id: group.version for group in groups}
    return [
        server
        for server in app.executions.servers(header, asked.wave_number)
        if server.settings_group_id is not None
        and server.launch is LaunchStatus.PENDING
        and not _is_known(seen.get(server.server), versions, asked.asked_at)
    ]


def _is_known(seen: VerifiedSettings | None, versions: Mapping[str, int], asked_at: datetime) -> bool:
    if seen is None or not seen.is_about(versions):
        return False
    fresh = SETTINGS_FRESH if seen.verdict is SettingsVerdict.READY else timedelta(0)
    return seen.verified_at >= asked_at - fresh


def _by_group(servers: Iterable[ServerRecord]) -> list[tuple[str, list[ServerRecord]]]:
    groups: dict[str, list[ServerRecord]] = {}
    for server in servers:
        groups.setdefault(str(server.settings_group_id), []).append(server)
    return sorted(groups.items())


def _look(
    asked: VerifySettings,
    header: ExecutionHeader,
    group: ProtectionGroup | None,
    servers: Sequence[ServerRecord],
    app: ConfigurationApp,
) -> Iterator[VerifiedSettings]:
    """What was found of these servers of a group; those that time did not allow are left out.

    What other executions left is restored first. Nobody is launched before it is of whom the start has not accepted it.
    """
    began = app.clock.now()
    left = restored_before([server.server for server in servers], app, except_of=header.execution_id)
    kept = _kept(servers, left, app)
    left = {key: reason for key, reason in left.items() if key not in kept}
    found: dict[ServerKey, Verdict] = {key: (SettingsVerdict.UNREAD, reason) for key, reason in left.items()}
    others = [server for server in servers if server.server not in left]
    if group is None:
        found |= dict.fromkeys((server.server for server in others), _NO_GROUP)
    else:
        found |= look_at_instances_of(others, group, app, is_drill=header.is_drill)
        ready = [server for server in others if server.server not in found]
        found |= _brought(asked, ready, Lender(header, asked.wave_number, group, app, takes_over=kept))
    for server in servers:
        if server.server in found:
            verdict, reason = found[server.server]
            notes = (kept.get(server.server, ""), reason)
            looked = _seen(server, verdict, "; ".join(note for note in notes if note), began)
            yield looked.model_copy(update={"group_version": 0 if group is None else group.version})


def _kept(
    servers: Sequence[ServerRecord], left: Mapping[ServerKey, str], app: ConfigurationApp
) -> dict[ServerKey, str]:
    """Those that may be launched with what could not be restored of them, and what is to be said of it."""
    asked = [server.server for server in servers if server.server in left and may_keep_what_is_left(server)]
    rows = app.temporary.of(asked) if asked else {}
    return {
        key: f"launched although settings of execution {row.for_execution} are left of it "
        f"({', '.join(sorted(row.put))}), as the start has accepted: {in_words(row.reason, row.code)}"
        for key, row in rows.items()
        if row.code
    }


def _brought(asked: VerifySettings, servers: Sequence[ServerRecord], lender: Lender) -> dict[ServerKey, Verdict]:
    """Bring each server to its settings, and, if it may be launched with them, to those of this execution over them."""
    group, app = lender.group, lender.app
    run_id = f"{asked.execution_id}-{asked.wave_number}-{format_instant(asked.asked_at)}"
    actor = f"execution {asked.execution_id}"
    order = Order(run_id, actor, asked.execution_id, group.drift_policy, minds_holders=False, minds_leaving=False)
    keys = [server.server for server in servers]
    overlays = _overlays(lender.header, group, servers)
    part = Part(order, group, [key.source_server_id for key in keys], app, overlays)
    part.settle_without_looking()
    part.bring(until_of(app))
    part.write_down()
    beneath = {
        server.server: standing_verdict(brought, group.drift_policy, server)
        for server in servers
        if (brought := part.came_of(server.server.source_server_id)) is not None
    }
    lent = {
        key: overlays[key.source_server_id]
        for key, (verdict, _) in beneath.items()
        if verdict is SettingsVerdict.READY and key.source_server_id in overlays
    }
    put = lender.put_over(lent)
    return {
        key: _both(verdict, put[key]) if key in lent else verdict
        for key, verdict in beneath.items()
        if key not in lent or key in put
    }


def _overlays(header: ExecutionHeader, group: ProtectionGroup, servers: Sequence[ServerRecord]) -> dict[str, Overlay]:
    """What is put over the settings of servers for this execution: those of drills, and the instance to launch into."""
    ids = [server.server.source_server_id for server in servers]
    overlays = drill_overlays(group, ids) if header.is_drill else {}
    into = {server.server.source_server_id: server.launch_into for server in servers if server.launch_into}
    standing = effective_configs(group, list(into))
    return overlays | {
        server_id: with_instance(overlays.get(server_id, NOTHING), standing[server_id], instance_id)
        for server_id, instance_id in into.items()
    }


def _both(beneath: Verdict, put: Brought) -> Verdict:
    """The verdict upon a server whose settings have others over them."""
    verdict, reason = verdict_of(put, DriftPolicy.REPAIR, done="for this execution only")
    return verdict, "; ".join(part for part in (beneath[1], reason) if part)


def _seen(server: ServerRecord, verdict: SettingsVerdict, reason: str, at: datetime) -> VerifiedSettings:
    return VerifiedSettings(
        execution_id=server.execution_id,
        plan_id=server.plan_id,
        wave_number=server.wave_number,
        server=server.server,
        verdict=verdict,
        reason=reason,
        verified_at=at,
        group_id=str(server.settings_group_id),
    )
