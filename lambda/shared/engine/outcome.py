"""How an execution stands, and how it ends."""

from datetime import datetime

from shared.engine.state import RUNNING_WAVE_STATUSES, Draft
from shared.models.execution import ExecutionStatus
from shared.models.gate import GateStatus
from shared.models.recovery_plan import wave_words
from shared.models.wave_record import WaveStatus


def conclude(draft: Draft) -> None:
    """End the execution when every wave has ended and no job of ours runs; else say whether it runs or is paused."""
    if draft.unfinished or draft.state.more_requests or any(True for _ in draft.live_launches):
        _run_or_pause(draft)
        return
    draft.count_servers()
    status, reason = _verdict(draft)
    _leave_pause(draft)
    draft.move_execution(status, reason)
    draft.change_header(ended_at=draft.now)


def _verdict(draft: Draft) -> tuple[ExecutionStatus, str]:
    header = draft.header
    launched = any(wave.launched_count for wave in header.waves)
    if draft.stillborn:
        return ExecutionStatus.FAILED, draft.stillborn
    match header.status:
        case ExecutionStatus.CANCELLING:
            return (ExecutionStatus.PARTIAL if launched else ExecutionStatus.CANCELLED), header.status_reason
        case ExecutionStatus.DRAINING:
            return (ExecutionStatus.PARTIAL if launched else ExecutionStatus.TIMEOUT), header.status_reason
    if all(wave.status is WaveStatus.COMPLETED for wave in header.waves):
        return ExecutionStatus.COMPLETED, f"all {header.wave_count} waves completed"
    failed = [wave for wave in header.waves if wave.status is WaveStatus.FAILED]
    named = failed[0] if failed else next(w for w in header.waves if w.status is not WaveStatus.COMPLETED)
    reason = f"{wave_words(named.wave_number, named.wave_name)} is {named.status}"
    return (ExecutionStatus.PARTIAL if launched else ExecutionStatus.FAILED), reason


def _run_or_pause(draft: Draft) -> None:
    """PAUSED: nothing runs and a gate is open."""
    if draft.header.status not in (ExecutionStatus.RUNNING, ExecutionStatus.PAUSED):
        return
    running = draft.numbers(RUNNING_WAVE_STATUSES)
    open_gates = [gate for gate in draft.gates.values() if gate.status is GateStatus.OPEN]
    if open_gates and not running and not any(True for _ in draft.live_launches):
        draft.move_execution(ExecutionStatus.PAUSED, "; ".join(gate.reason for gate in open_gates))
        if draft.header.paused_since is None:
            draft.change_header(paused_since=draft.now)
        return
    _leave_pause(draft)
    if draft.header.status is ExecutionStatus.PAUSED:
        draft.move_execution(ExecutionStatus.RUNNING, "the gate is decided")


def _leave_pause(draft: Draft) -> None:
    since = draft.header.paused_since
    if since is not None:
        draft.change_header(
            paused_since=None, seconds_at_gates=draft.header.seconds_at_gates + _seconds(since, draft.now)
        )


def _seconds(start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds())
