"""Waves in their order: who may begin, who waits for a person or a while, who has a verdict, who never starts."""

from collections.abc import Sequence
from datetime import timedelta
from graphlib import TopologicalSorter

from shared.engine.alarms import read_alarms
from shared.engine.bounds import LOOK_PATIENCE, POLL_SECONDS
from shared.engine.deadlines import end_judgement, is_past_deadline, keep_deadline, tell_the_end
from shared.engine.findings import keep_findings, keep_instance
from shared.engine.gates import gate_scope, open_wave_gate
from shared.engine.graph import dependencies
from shared.engine.losses import is_missed
from shared.engine.state import FINAL_LAUNCH_STATUSES, RUNNING_WAVE_STATUSES, Draft
from shared.engine.texts import counted
from shared.engine.verdicts import verdict_of
from shared.execution_utils import WAVES_GONE_WRONG, WAVES_NOT_STARTED, awaits_relaunch
from shared.models.base import format_instant
from shared.models.execution import ExecutionStatus, WaveSummary
from shared.models.gate import GateKind, GateStatus
from shared.models.health_checks import AlarmVerdict
from shared.models.recovery_plan import FailurePolicy, wave_words
from shared.models.server_record import HealthStatus, LaunchStatus, ServerRecord
from shared.models.wave_record import WaveRecord, WaveStatus

SUCCEEDED = frozenset({WaveStatus.COMPLETED, WaveStatus.PARTIAL})
PAUSED_WORDS = "the execution is paused"


def whose_turn_it_is(waves: Sequence[WaveSummary]) -> list[int]:
    """The waves that have not begun and whose dependencies allow it.

    A skipped wave stands for its own dependencies: to skip one in the middle does not bring the next before the first.
    """
    needed = dependencies(waves)
    by_number = {wave.wave_number: wave for wave in waves}
    allowed: dict[int, bool] = {}
    for number in TopologicalSorter(needed).static_order():
        wave = by_number[number]
        its_turn = all(allowed[dependency] for dependency in needed[number])
        allowed[number] = its_turn if wave.status is WaveStatus.SKIPPED else lets_others_start(wave)
    return [
        wave.wave_number
        for wave in waves
        if wave.status in WAVES_NOT_STARTED and all(allowed[dependency] for dependency in needed[wave.wave_number])
    ]


def lets_others_start(wave: WaveSummary) -> bool:
    """Whether a wave that was not skipped is as good as done for those that depend on it."""
    goes_on = wave.failure_policy is FailurePolicy.CONTINUE or wave.continued
    return wave.status in SUCCEEDED or (wave.status in WAVES_GONE_WRONG and goes_on)


def end_what_cannot_start(draft: Draft) -> None:
    """Cancel, expiry and a failed wave of policy STOP: what has not started never will; what runs is observed."""
    reason = draft.why_nothing_starts
    if reason is None:
        return
    dropped = LaunchStatus.CANCELLED if draft.header.status is ExecutionStatus.CANCELLING else LaunchStatus.SKIPPED
    for number in draft.numbers(WAVES_NOT_STARTED | RUNNING_WAVE_STATUSES):
        if draft.attend(number):
            drop_servers(draft, number, dropped, reason)
            if draft.header.status is ExecutionStatus.CANCELLING:
                keep_findings(draft, number)
            if draft.waves[number].status in WAVES_NOT_STARTED:
                draft.move_wave(number, _dropped_status(draft, number), reason)


def _dropped_status(draft: Draft, number: int) -> WaveStatus:
    if draft.header.status is ExecutionStatus.CANCELLING:
        return WaveStatus.CANCELLED
    gate = draft.latest_gate(gate_scope(number))
    if gate is not None and gate.status is GateStatus.EXPIRED:
        return WaveStatus.TIMEOUT
    return WaveStatus.SKIPPED


def drop_servers(draft: Draft, number: int, status: LaunchStatus, reason: str) -> None:
    """Let those servers of a loaded wave go that no launch may have reached."""
    reached = {key for launch in draft.live_launches_of(number) for key in launch.held}
    for server in draft.servers_of(number):
        if server.launch is LaunchStatus.PENDING and server.server not in reached:
            if server.replaced_instance_id is None:
                draft.change_server(server.server, launch=status, reason=reason)
            else:
                keep_instance(draft, server, reason)


def advance_waves(draft: Draft) -> None:
    """Give running waves their verdict, then let those begin whose dependencies have succeeded."""
    _advance_observed_ones(draft)
    if draft.why_nothing_starts is not None:
        end_what_cannot_start(draft)
        # what was dropped may have been the last that a wave waited for
        _advance_observed_ones(draft)
        return
    if draft.header.status is ExecutionStatus.PENDING:
        return
    for number in whose_turn_it_is(draft.header.waves):
        if draft.load(number):
            _advance_waiting(draft, number)


def _advance_observed_ones(draft: Draft) -> None:
    for number in draft.observed:
        # a deadline wakes a dormant wave
        if draft.load(number) if is_past_deadline(draft, number) else draft.attend(number):
            if draft.waves[number].status in RUNNING_WAVE_STATUSES:
                _advance_running(draft, number)
            else:
                _advance_draining(draft, number)
        if number in draft.waves:
            keep_deadline(draft, number)


def _advance_waiting(draft: Draft, number: int) -> None:
    """A wave whose turn it is: to its gate, into its wait, or on; an operator's pause holds all of them back."""
    wave = draft.waves[number]
    if wave.status not in WAVES_NOT_STARTED:
        return
    if draft.header.summary(number).pause_before_wave and wave.approved_by is None:
        _await_approval(draft, wave)
    elif wave.wait_minutes is not None and wave.wait_until is None:
        until = draft.now + timedelta(minutes=wave.wait_minutes)
        reason = f"{_allowed_by(wave)}; it waits {counted(wave.wait_minutes, 'minute')}, until {format_instant(until)}"
        draft.move_wave(number, WaveStatus.PENDING, reason, wait_until=until)
        _wait_or_begin(draft, number)
    else:
        _wait_or_begin(draft, number)


def _wait_or_begin(draft: Draft, number: int) -> None:
    wave = draft.waves[number]
    if wave.wait_until is not None and draft.now < wave.wait_until:
        draft.wait((wave.wait_until - draft.now).total_seconds(), f"{wave_words(number)} waits")
    elif draft.pause_is_open:
        draft.move_wave(number, WaveStatus.PENDING, f"{_allowed_by(wave)}; {PAUSED_WORDS}")
    else:
        draft.move_wave(
            number, WaveStatus.LAUNCHING, _allowed_by(wave), started_at=draft.now, tried_at=draft.now, wait_until=None
        )
        keep_deadline(draft, number)


def _allowed_by(wave: WaveRecord) -> str:
    return f"approved by {wave.approved_by}" if wave.approved_by else "its turn has come"


def _await_approval(draft: Draft, wave: WaveRecord) -> None:
    scope = gate_scope(wave.wave_number)
    gate = draft.open_gate(scope, GateKind.APPROVAL)
    if gate is None:
        if wave.status is WaveStatus.PENDING and draft.pause_is_open:
            return
        words = wave_words(wave.wave_number, wave.wave_name, first=True)
        number = open_wave_gate(draft, GateKind.APPROVAL, wave, f"{words} waits for approval")
    else:
        number = gate.number
    draft.move_wave(wave.wave_number, WaveStatus.AWAITING_APPROVAL, "it waits for approval", gate_number=number)


def _has_live_launch(draft: Draft, number: int) -> bool:
    return any(True for _ in draft.live_launches_of(number))


def _advance_running(draft: Draft, number: int) -> None:
    servers = draft.servers_of(number)
    may_launch = draft.why_nothing_starts is None
    if _has_live_launch(draft, number) or any(
        server.launch not in FINAL_LAUNCH_STATUSES or (may_launch and awaits_relaunch(server)) for server in servers
    ):
        _end_at_deadline(draft, number)
        return
    launched = sum(server.launch is LaunchStatus.LAUNCHED for server in servers)
    if launched and draft.waves[number].status is WaveStatus.LAUNCHING:
        draft.move_wave(number, WaveStatus.LAUNCHED, f"{launched} of {counted(len(servers), 'server')} launched")
    unchecked = any(
        server.launch is LaunchStatus.LAUNCHED and server.health is HealthStatus.UNKNOWN for server in servers
    )
    unfinished = unchecked or any(
        server.launch is LaunchStatus.CANCELLED
        or (server.launch is LaunchStatus.LAUNCHED and server.finding is not None)
        for server in servers
    )
    if draft.header.status is ExecutionStatus.CANCELLING and unfinished:
        draft.move_wave(number, WaveStatus.CANCELLED, draft.header.status_reason)
    elif unchecked:
        draft.move_wave(number, WaveStatus.VALIDATING, "its instances are checked")
        _end_at_deadline(draft, number)
    elif _is_looked_at(draft, number, servers):
        _give_verdict(draft, number, servers)
    else:
        seconds = POLL_SECONDS if number in draft.rechecking else 1
        draft.wait(seconds, f"what late jobs have done is looked for before the verdict of {wave_words(number)}")


def _is_looked_at(draft: Draft, number: int, servers: Sequence[ServerRecord]) -> bool:
    """Whether this step has looked for the late jobs of the wave's lost launches: one may have replaced what is well.

    So may one that has ended, as the next looks tell. The next one has room. That there was no time is no reason to
    wait for long, nor beyond the wave's own time.
    """
    if number in draft.rechecking:
        return is_past_deadline(draft, number)
    if not any(is_missed(draft, launch) for launch in draft.launches_of(number)):
        return True
    latest = max(server.updated_at for server in servers)
    return not draft.is_full and (draft.now >= latest + LOOK_PATIENCE or is_past_deadline(draft, number))


def _end_at_deadline(draft: Draft, number: int) -> None:
    """A deadline ends judgement, not observation: nothing of the wave starts any more, its jobs are followed."""
    if is_past_deadline(draft, number):
        end_judgement(draft, number, draining=_has_live_launch(draft, number))
        _advance_draining(draft, number)


def _advance_draining(draft: Draft, number: int) -> None:
    """Whoever has not been launched never will; once no launch is left the wave is let go, and tells the end."""
    wave = draft.waves[number]
    drop_servers(draft, number, LaunchStatus.SKIPPED, f"its wave is {wave.status}: it was not launched in time")
    busy = any(server.launch is LaunchStatus.LAUNCHING for server in draft.servers_of(number))
    draining = busy or _has_live_launch(draft, number)
    if wave.draining and not draining:
        tell_the_end(draft, number)
    draft.change_wave(number, draining=draining)


def _give_verdict(draft: Draft, number: int, servers: list[ServerRecord]) -> None:
    if draft.waves[number].status is WaveStatus.LAUNCHED:
        draft.move_wave(number, WaveStatus.VALIDATING, "its instances are checked")
    minimum, alarms = draft.waves[number].minimum_success, None
    if draft.waves[number].alarm_checks and verdict_of(servers, minimum).status in SUCCEEDED:
        if draft.header.status is ExecutionStatus.CANCELLING:
            draft.move_wave(number, WaveStatus.CANCELLED, draft.header.status_reason)
            return
        alarms = read_alarms(draft, number)
        if alarms is None or alarms.verdict is AlarmVerdict.WAITING:
            words = f": {alarms.reason}" if alarms else ""
            draft.move_wave(number, WaveStatus.VALIDATING, f"it waits for its alarms{words}")
            _end_at_deadline(draft, number)
            return
    verdict = verdict_of(servers, minimum, alarms)
    draft.move_wave(number, verdict.status, verdict.reason)


def measure_recovery(draft: Draft) -> None:
    """RTO actual is counted up to the last wave's verdict, whichever step gave it."""
    for wave in draft.waves.values():
        latest = draft.header.recovered_at
        is_judged = wave.status in SUCCEEDED | WAVES_GONE_WRONG and wave.tried_at is not None
        if is_judged and wave.ended_at is not None and (latest is None or wave.ended_at > latest):
            draft.change_header(
                recovered_at=wave.ended_at, gate_seconds_at_recovery=draft.header.gate_seconds_by(wave.ended_at)
            )
