"""How an execution stands, and how it ends."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from shared.engine.effects import RestoreSettings
from shared.engine.last_looks import (
    SOUGHT,
    awaits_looks,
    end_looks,
    forget_denials,
    forget_looks,
    note_denials,
    note_looks,
    wait_for_looks,
    words_of_waiting,
)
from shared.engine.state import Draft
from shared.engine.texts import GATE_REASON_TOLD, LONGEST_REASON, first_few, shortened
from shared.execution_utils import WAVES_GONE_WRONG
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.gate import Gate, GateStatus
from shared.models.launch import LaunchRecord
from shared.models.recovery_plan import wave_words
from shared.models.server_record import HealthStatus, LaunchStatus
from shared.models.wave_record import WaveStatus

HELD_UP: Final = "it is held up: "

OBSTACLE_TOLD: Final = 150
"""So much of what holds a wave up stands in the execution's reason; the whole is with the wave."""

END_TOLD: Final = 150
"""So much of why an execution ended is told, whatever else is."""

SUSPICION: Final = "nobody could read the tags that tell whether this is ours: "

WAITS_FOR_SOMEBODY: Final = "it runs, and waits for a decision: "


def conclude(draft: Draft) -> None:
    """End the execution when every wave has ended and no job of ours runs; else say how it stands.

    One that had no room to record what became of all ends nothing; one that had no time to look for late jobs, not for
    some minutes; one that was refused that look, not for as long as the jobs would be drained.
    """
    still_runs = any(True for _ in draft.live_launches) or any(wave.draining for wave in draft.header.waves)
    if draft.is_unfinished or draft.state.more_requests:
        forget_looks(draft)
        forget_denials(draft)
        _run_or_pause(draft)
    elif still_runs:
        forget_looks(draft)
        note_denials(draft)
        _drain(draft)
    elif draft.is_full:
        draft.wait(1, "what became of more launches is recorded before the end")
    else:
        note_denials(draft)
        note_looks(draft)
        if awaits_looks(draft):
            _wait_for_looks(draft)
        else:
            _end(draft)


def _end(draft: Draft) -> None:
    draft.count_servers()
    status, reason = _verdict(draft)
    _leave_pause(draft)
    left = _abandoned_words(draft) + _unread_words(draft) + end_looks(draft)
    # what is left may alone be longer than there is room: then its end is cut off, not why the execution ended
    draft.move_execution(status, shortened(reason, max(LONGEST_REASON - len(left), END_TOLD)) + left)
    draft.change_header(ended_at=draft.now, abandoned_count=len(draft.abandoned_launches))
    if draft.header.lends_settings:
        draft.effects.append(RestoreSettings())


def _wait_for_looks(draft: Draft) -> None:
    """From the second step on it is told."""
    if draft.state.header.unasked_since is not None and draft.header.status is not ExecutionStatus.CANCELLING:
        _leave_pause(draft)
        words = words_of_waiting(draft)
        if words:
            draft.move_execution(ExecutionStatus.DRAINING, f"{_what_failed(draft)}; {words}")
    wait_for_looks(draft)


def tell_obstacles(draft: Draft) -> None:
    """An execution that runs says what is in the way of its waves, and its timeline when nothing is any more.

    What it is, the timeline has been told by the wave. That somebody has to decide comes first.
    """
    header = draft.header
    if header.status is not ExecutionStatus.RUNNING or header.status_reason.startswith(WAITS_FOR_SOMEBODY):
        return
    held_up = [
        draft.waves[number] for number in draft.observed if number in draft.waves and draft.waves[number].obstacle
    ]
    if held_up:
        told = first_few(
            held_up,
            lambda wave: f"{wave_words(wave.wave_number, wave.wave_name)}: {shortened(wave.obstacle, OBSTACLE_TOLD)}",
        )
        draft.change_header(status_reason=shortened(f"{HELD_UP}{told}", LONGEST_REASON))
    elif header.status_reason.startswith(HELD_UP):
        draft.move_execution(ExecutionStatus.RUNNING, "nothing holds it up any more")


def _drain(draft: Draft) -> None:
    """Judged, while a job of ours still runs."""
    _leave_pause(draft)
    status, suspicion = draft.header.status, _suspicion(draft)
    if status is ExecutionStatus.DRAINING:
        if not suspicion and not any(words in draft.header.status_reason for words in (SUSPICION, SOUGHT)):
            return
    elif status not in (ExecutionStatus.RUNNING, ExecutionStatus.PAUSED):
        return
    draft.move_execution(ExecutionStatus.DRAINING, f"{_what_failed(draft)}; {suspicion or 'jobs of ours still run'}")


def _suspicion(draft: Draft) -> str:
    """Which jobs may be ours, if nothing else is waited for."""
    live = list(draft.live_launches)
    if not live or not all(launch.is_suspected for launch in live):
        return ""
    told = _each_suspect_once(live)
    named = first_few(told, lambda launch: f"{launch.suspect_words} in {launch.target}", apart=", ")
    return f"{SUSPICION}{named}"


def _verdict(draft: Draft) -> tuple[ExecutionStatus, str]:
    header = draft.header
    launched = header.launched_anything
    if draft.stillborn:
        return ExecutionStatus.FAILED, draft.stillborn
    if header.cancelled_by is not None:
        return (ExecutionStatus.PARTIAL if launched else ExecutionStatus.CANCELLED), header.status_reason
    if header.expired_gate is not None:
        return (ExecutionStatus.PARTIAL if launched else ExecutionStatus.TIMEOUT), header.expired_gate
    if all(wave.status is WaveStatus.COMPLETED for wave in header.waves):
        return ExecutionStatus.COMPLETED, _all_completed(header)
    return (ExecutionStatus.PARTIAL if launched else ExecutionStatus.FAILED), _what_failed(draft)


def _abandoned_words(draft: Draft) -> str:
    """Which jobs the execution ended without, if any."""
    left = _each_suspect_once(draft.abandoned_launches)
    if not left:
        return ""
    named = first_few(left, lambda launch: f"{_job_of(launch)} in {launch.target}", apart=", ")
    return f"; abandoned while they ran, or may have: {named}"


def _unread_words(draft: Draft) -> str:
    """Which jobs have ended that may have replaced what the execution tells of, if any."""
    known = {launch.job_id for launch in draft.launches.values()}
    unread = {
        job_id: launch.target
        for launch in draft.launches.values()
        if launch.job_id is None
        for job_id in launch.unread
        if job_id not in known
    }
    if not unread:
        return ""
    named = first_few(list(unread.items()), lambda one: f"job {one[0]} in {one[1]}", apart=", ")
    return f"; look at what was launched late, for nobody could read whether it is ours: {named}"


def _each_suspect_once(launches: Iterable[LaunchRecord]) -> list[LaunchRecord]:
    """The launches to tell of: a job that may be that of several is told with the first of them."""
    told, left = set[str](), list[LaunchRecord]()
    for launch in launches:
        suspects = tuple(one for one in launch.suspects if one not in told)
        told.update(suspects)
        if suspects or launch.job_id is not None or not launch.suspects:
            left.append(launch.model_copy(update={"suspects": suspects}))
    return left


def _job_of(launch: LaunchRecord) -> str:
    return launch.job_id or (f"perhaps {launch.suspect_words}" if launch.suspects else "a job that nobody knows")


def _what_failed(draft: Draft) -> str:
    """The waves that did not complete, those first that failed."""
    incomplete = [wave for wave in draft.header.waves if wave.status is not WaveStatus.COMPLETED]
    incomplete.sort(key=lambda wave: (wave.status not in WAVES_GONE_WRONG, wave.wave_number))
    named = first_few(
        incomplete,
        lambda wave: f"{wave_words(wave.wave_number, wave.wave_name)} is {wave.status}",
        apart=", ",
        rest="more did not complete",
    )
    return named or _all_completed(draft.header)


def _all_completed(header: ExecutionHeader) -> str:
    return "its only wave completed" if header.wave_count == 1 else f"all {header.wave_count} waves completed"


def _run_or_pause(draft: Draft) -> None:
    """PAUSED: nothing runs and a gate is open."""
    if draft.header.status not in (ExecutionStatus.RUNNING, ExecutionStatus.PAUSED):
        return
    open_gates = [gate for gate in draft.gates.values() if gate.status is GateStatus.OPEN]
    if open_gates and not _something_runs(draft):
        draft.move_execution(ExecutionStatus.PAUSED, _why_paused(open_gates))
        if draft.header.paused_since is None:
            draft.change_header(paused_since=draft.now)
        return
    _leave_pause(draft)
    if open_gates:
        # what goes on beside a gate must not hide that somebody has to decide
        draft.move_execution(ExecutionStatus.RUNNING, f"{WAITS_FOR_SOMEBODY}{_why_paused(open_gates)}")
    elif draft.header.status is ExecutionStatus.PAUSED or draft.header.status_reason.startswith(WAITS_FOR_SOMEBODY):
        draft.move_execution(ExecutionStatus.RUNNING, "the gate is decided")


def _why_paused(gates: Sequence[Gate]) -> str:
    return first_few(gates, lambda gate: shortened(gate.reason, GATE_REASON_TOLD))


def _something_runs(draft: Draft) -> bool:
    """A job, a check, a wait; what an operator's pause holds back does not run."""
    if any(True for _ in draft.live_launches):
        return True
    held = draft.pause_is_open
    for number, wave in draft.waves.items():
        if wave.status is WaveStatus.PENDING and wave.wait_until is not None and not held:
            return True
        if draft.is_observed(number) and not (held and number in draft.members and _is_held_back(draft, number)):
            return True
    return bool(set(draft.observed) - set(draft.waves))


def _is_held_back(draft: Draft, number: int) -> bool:
    """Whether all that is left to do in the wave is to launch servers."""
    return draft.has_waiting(number) and not any(
        server.launch is LaunchStatus.LAUNCHED and server.health is HealthStatus.UNKNOWN
        for server in draft.servers_of(number)
    )


def _leave_pause(draft: Draft) -> None:
    since = draft.header.paused_since
    if since is not None:
        draft.change_header(
            paused_since=None, seconds_at_gates=draft.header.seconds_at_gates + _seconds(since, draft.now)
        )


def _seconds(start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds())
