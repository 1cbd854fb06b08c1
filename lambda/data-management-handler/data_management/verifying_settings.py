"""The work `verify-settings`: looks at the launch settings of a wave's servers before they are launched.

The engine asks for it while earlier waves run, and again whenever a look is missing or too old. One looks at a wave at
a time; what it finds it writes down server by server, with the time at which it began to look. Whom his time does not
allow he hands on to the next work, so that a large wave is looked at without a pause.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from data_management.app import ConfigurationApp
from data_management.applying import Order, Part
from data_management.background import work_later
from data_management.launching_into import look_at_instances_of
from data_management.lending_settings import Lender
from data_management.restoring_settings import left_before, restored_before, until_of
from data_management.settings_due import by_group, due_of, with_unread_since
from data_management.settings_verdicts import (
    Verdict,
    accepted_of,
    asked_for,
    may_keep_what_is_left,
    mended_next,
    standing_verdict,
    unmended,
    verdict_of,
    was_accepted,
)
from shared.aws.ports import HandOverError
from shared.clock import Clock
from shared.engine.bounds import SETTINGS_TRUST, TRUST_WALL_SECONDS
from shared.errors import NotFoundError
from shared.ids import new_claim
from shared.launch_config_overlays import NOTHING, Overlay, drill_overlays, with_instance
from shared.launch_config_records import Brought, in_words
from shared.launch_config_rules import LAUNCH_INTO, effective_configs
from shared.models.base import Instant, Model, format_instant
from shared.models.execution import ExecutionHeader
from shared.models.launch_config_state import ConfigOutcome, DriftPolicy
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import WaveNumber
from shared.models.server_record import ServerRecord
from shared.models.targets import ServerKey
from shared.models.temporary_settings import TemporarySettings
from shared.models.verified_settings import SettingsVerdict, VerifiedSettings
from shared.models.wave_record import WaveRecord
from shared.patience import is_time_for

AT_ONCE: Final = 25
"""So many servers of a group, then what was found is written down: waves may begin to launch."""

LEAST_SECONDS: Final = 30.0
"""Without so much time left nothing is begun."""

LAUNCH_SECONDS: Final = 60.0
"""From a step that believes a look until the call of its launch is sent, which may be 20 s after what it decided."""

WORK: Final = "verify-settings"

HOPS: Final = 10
"""So many works hand over to one another, as `config_runs` has it; the engine begins the next chain within a minute."""

_NO_GROUP: Final = Verdict(SettingsVerdict.REFUSED, "the group with its launch settings does not exist")


class VerifySettings(Model):
    """A wave of an execution, and when it was asked for; `hop` works have looked at some of it before."""

    execution_id: str
    plan_id: str
    wave_number: WaveNumber
    asked_at: Instant
    hop: int = 0


@dataclass(frozen=True, slots=True)
class _Work:
    """What was asked for, of which wave of which execution, and what the last looks at it have found."""

    asked: VerifySettings
    header: ExecutionHeader
    wave: WaveRecord
    known: Mapping[ServerKey, VerifiedSettings]
    app: ConfigurationApp

    def accepted(self, server: ServerRecord) -> frozenset[str]:
        """What was accepted of a server."""
        return accepted_of(server, self.wave)


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
    broke_off = app.executions.verifying_until(header, asked.wave_number)
    if not app.executions.begin_verifying(header, asked.wave_number, claim, now, until_of(app)):
        return {"verified": 0}
    if broke_off is not None:
        app.observability.logger.warning(
            "a look at launch settings was cut off",
            executionId=asked.execution_id,
            waveNumber=asked.wave_number,
            hadUntil=broke_off,
        )
    try:
        wave = app.executions.waves(header, [asked.wave_number])[asked.wave_number]
        known = app.executions.verified_settings(header, asked.wave_number)
        done, is_through = _verify(_Work(asked, header, wave, known, app))
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


def _verify(work: _Work) -> tuple[int, bool]:
    """At how many servers was looked, and whether those were all, by what their groups say now.

    It ends where a group is saved meanwhile: at those of before somebody has to look once more.
    """
    done, is_through, app = 0, True, work.app
    of_wave = app.executions.servers(work.header, work.asked.wave_number)
    groups = app.groups.get_many(sorted({each.settings_group_id for each in of_wave if each.settings_group_id}))
    versions = {group.group_id: group.version for group in groups}
    due = due_of(of_wave, work.known, versions, work.asked.asked_at)
    for (group_id, may_write), servers in by_group(due, work.known, app.clock.now(), _trust(app.clock)):
        for start in range(0, len(servers), AT_ONCE):
            group = next(iter(app.groups.get_many([group_id])), None)
            if not is_time_for(LEAST_SECONDS) or versions.get(group_id, 0) != (0 if group is None else group.version):
                return done, False
            part = servers[start : start + AT_ONCE]
            looked = list(_look(work, group, part, may_write=may_write))
            for seen in looked:
                app.executions.note_verified(with_unread_since(work.known.get(seen.server), seen))
            done += len(looked)
            is_through = is_through and len(looked) == len(part)
    return done, is_through


def _trust(clock: Clock) -> timedelta:
    """How long a server may be being launched by a look that found it READY."""
    return max(SETTINGS_TRUST, clock.wall(TRUST_WALL_SECONDS)) + clock.wall(LAUNCH_SECONDS)


def _look(
    work: _Work, group: ProtectionGroup | None, servers: Sequence[ServerRecord], *, may_write: bool
) -> Iterator[VerifiedSettings]:
    """What was found of these servers of a group; those that time did not allow are left out.

    Unless it `may_write` nothing is changed: who is otherwise than at the last look may not be launched any more, and
    the next look mends it.
    What other executions left is restored first. Nobody is launched before it is of whom nobody has accepted it.
    """
    header, app = work.header, work.app
    began = app.clock.now()
    keys = [server.server for server in servers]
    left = (restored_before if may_write else left_before)(keys, app, by=header.execution_id)
    kept = _kept(work, servers, left)
    left = {key: reason for key, reason in left.items() if key not in kept}
    found = {key: Verdict(SettingsVerdict.UNREAD, reason) for key, reason in left.items()}
    others = [server for server in servers if server.server not in left]
    if group is None:
        found |= dict.fromkeys((server.server for server in others), _NO_GROUP)
    else:
        found |= look_at_instances_of(others, group, app, is_drill=header.is_drill)
        ready = [server for server in others if server.server not in found]
        lender = Lender(header, work.asked.wave_number, group, app, takes_over=kept, may_write=may_write)
        found |= _brought(work, ready, lender, kept)
    for server in servers:
        if server.server in found:
            verdict = _with_what_is_left(found[server.server], kept.get(server.server))
            looked = _seen(server, verdict, began)
            yield looked.model_copy(update={"group_version": 0 if group is None else group.version})


def _kept(
    work: _Work, servers: Sequence[ServerRecord], left: Mapping[ServerKey, str]
) -> dict[ServerKey, TemporarySettings]:
    """Those that may be launched with what could not be restored of them, and what that is.

    Never into an instance that only an earlier execution had asked for: nobody has accepted that, and nobody holds it.
    """
    may_keep = (server for server in servers if may_keep_what_is_left(work.accepted(server)))
    asked = [server.server for server in may_keep if server.server in left]
    rows = work.app.temporary.of(asked) if asked else {}
    now = work.app.clock.now()
    return {
        key: row
        for key, row in rows.items()
        if row.code and LAUNCH_INTO not in row.put and not row.is_being_restored(now)
    }


def _with_what_is_left(found: Verdict, row: TemporarySettings | None) -> Verdict:
    """The verdict; of a server that is launched with what is left, that is told behind it."""
    if row is None or found.verdict is not SettingsVerdict.READY:
        return found
    note = (
        f"launched although settings of execution {row.for_execution} are left of it "
        f"({', '.join(sorted(row.put))}), as was accepted: {in_words(row.reason, row.code)}"
    )
    return _told(found, found.reason, note)


def _brought(
    work: _Work, servers: Sequence[ServerRecord], lender: Lender, kept: Mapping[ServerKey, TemporarySettings]
) -> dict[ServerKey, Verdict]:
    """Bring each server to its settings, and, if it may be launched with them, to those of this execution over them."""
    group, app, asked = lender.group, lender.app, work.asked
    run_id = f"{asked.execution_id}-{asked.wave_number}-{format_instant(asked.asked_at)}"
    actor = f"execution {asked.execution_id}"
    policy = group.drift_policy if lender.may_write else DriftPolicy.WARN
    order = Order(run_id, actor, asked.execution_id, policy, is_of_execution=True)
    by_key = {server.server: server for server in servers}
    overlays = _overlays(lender.header, group, servers)
    part = Part(order, group, [key.source_server_id for key in by_key], app, overlays)
    part.settle_without_looking()
    part.bring(until_of(app))
    part.write_down()
    beneath = {
        key: asked_for(server, brought, _beneath(brought, group, server, work, kept.get(key)))
        for key, server in by_key.items()
        if (brought := part.came_of(key.source_server_id)) is not None
    }
    lent = {
        key: overlays[key.source_server_id]
        for key, found in beneath.items()
        if found.verdict is SettingsVerdict.READY and key.source_server_id in overlays
    }
    put = lender.put_over(lent)
    return {
        key: asked_for(by_key[key], put[key], _both(found, put[key])) if key in lent else found
        for key, found in beneath.items()
        if key not in lent or key in put
    }


def _beneath(
    brought: Brought, group: ProtectionGroup, server: ServerRecord, work: _Work, kept: TemporarySettings | None
) -> Verdict:
    """The verdict upon a server's own settings; where they are to be mended, who is otherwise waits for that."""
    now = work.app.clock.now()
    if group.drift_policy is DriftPolicy.REPAIR and brought.outcome is ConfigOutcome.DRIFTED:
        return unmended(brought, work.known.get(server.server), now)
    is_accepted = was_accepted(brought, work.accepted(server), kept)
    return standing_verdict(brought, group.drift_policy, now, is_accepted=is_accepted)


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
    if put.outcome is ConfigOutcome.DRIFTED:
        return mended_next(put)
    over = verdict_of(put, DriftPolicy.REPAIR, done="for this execution only")
    return _told(over._replace(accepted=beneath.accepted), beneath.reason, over.reason)


def _told(verdict: Verdict, *parts: str) -> Verdict:
    """The verdict with these reasons."""
    return verdict._replace(reason="; ".join(part for part in parts if part))


def _seen(server: ServerRecord, found: Verdict, at: datetime) -> VerifiedSettings:
    return VerifiedSettings(
        execution_id=server.execution_id,
        plan_id=server.plan_id,
        wave_number=server.wave_number,
        server=server.server,
        verdict=found.verdict,
        reason=found.reason,
        accepted=found.accepted,
        verified_at=at,
        group_id=str(server.settings_group_id),
    )
