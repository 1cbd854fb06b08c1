"""Pause, resume and cancel."""

from typing import Final

from execution.approvals import approve_the_gate_of, approve_the_open_gate, wave_of, words_for
from execution.asking import ControlsExecutions, RequestAccepted, Wish, ask
from execution.refusing import refused_because
from shared.models.base import Model
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.gate import PAUSE_SCOPE
from shared.models.recovery_plan import WaveNumber
from shared.models.request import RequestKind
from shared.models.wave_record import WaveStatus
from shared.operations import Context, Permission, Success, operation
from shared.services.execution_fields import ExecutionId, Reason

_LIVE: Final = frozenset({ExecutionStatus.PENDING, ExecutionStatus.RUNNING, ExecutionStatus.PAUSED})
"""Before the execution is judged; in PREPARING nobody reads requests yet."""

_NOT_STARTED: Final = frozenset({WaveStatus.PENDING, WaveStatus.AWAITING_APPROVAL})


class PauseExecution(Model):
    """Let running waves finish and start nothing new."""

    execution_id: ExecutionId
    reason: Reason = ""


class ResumeExecution(Model):
    """Approve a wave's gate, or the one gate that is open."""

    execution_id: ExecutionId
    wave_number: WaveNumber | None = None
    reason: Reason = ""


class CancelExecution(Model):
    """Start nothing new, observe what runs, then end."""

    execution_id: ExecutionId
    reason: Reason = ""


@operation(
    "pause_execution",
    http="POST /executions/{executionId}/pause",
    permission=Permission.STOP_RECOVERY,
    success=Success.ACCEPTED,
)
def pause_execution(request: PauseExecution, context: Context[ControlsExecutions]) -> RequestAccepted:
    """Open the gate of the whole execution: running waves finish, nothing new starts."""
    header = context.app.executions.find(request.execution_id)
    _must_be_live(header, "paused")
    if not header.pause_closed:
        raise refused_because(header, f"execution {header.execution_id} is paused already")
    if not any(wave.status in _NOT_STARTED for wave in header.waves):
        raise refused_because(header, "nothing is left to start: every wave has begun or ended")
    wish = Wish(RequestKind.PAUSE, _LIVE, request.reason, "Pause", scope=PAUSE_SCOPE)
    return ask(header, wish, context.actor, context.app)


@operation(
    "resume_execution",
    http="POST /executions/{executionId}/resume",
    permission=Permission.START_RECOVERY,
    success=Success.ACCEPTED,
)
def resume_execution(request: ResumeExecution, context: Context[ControlsExecutions]) -> RequestAccepted:
    """Approve: the gate of `waveNumber`, open or still to come; without it the one open gate."""
    executions = context.app.executions
    header = executions.find(request.execution_id)
    number = request.wave_number
    if number is not None:
        wave_of(header, number)
    _must_be_live(header, "resumed")
    requests, gates = executions.requests(header), executions.gates(header)
    if number is None:
        approval = approve_the_open_gate(header, gates, requests)
    else:
        approval = approve_the_gate_of(header, executions.waves(header, [number])[number], gates, requests)
    wave_number = None if approval.scope == PAUSE_SCOPE else int(approval.scope)
    wish = Wish(
        RequestKind.APPROVE,
        _LIVE,
        request.reason,
        "Resumption" if wave_number is None else f"Approval of {words_for(header.summary(wave_number))}",
        approval.scope,
        approval.number,
        wave_number,
    )
    return ask(header, wish, context.actor, context.app)


@operation(
    "cancel_execution",
    http="POST /executions/{executionId}/cancel",
    permission=Permission.STOP_RECOVERY,
    success=Success.ACCEPTED,
)
def cancel_execution(request: CancelExecution, context: Context[ControlsExecutions]) -> RequestAccepted:
    """Cancel with draining: nothing new starts, running jobs are observed to their end."""
    header = context.app.executions.find(request.execution_id)
    if header.status is ExecutionStatus.CANCELLING:
        return RequestAccepted(
            execution_id=header.execution_id,
            status=header.status,
            requested=RequestKind.CANCEL,
            message=f"being cancelled already, by {header.cancelled_by}",
        )
    _must_be_live(header, "cancelled")
    return ask(header, Wish(RequestKind.CANCEL, _LIVE, request.reason, "Cancellation"), context.actor, context.app)


def _must_be_live(header: ExecutionHeader, verb: str) -> None:
    if header.status in _LIVE:
        return
    match header.status:
        case ExecutionStatus.PREPARING:
            why = "is still being started: try again in a few seconds"
        case ExecutionStatus.CANCELLING | ExecutionStatus.DRAINING:
            why = f"is {header.status}: it ends by itself and cannot be {verb}"
        case _:
            why = f"has ended {header.status} and cannot be {verb}"
    raise refused_because(header, f"execution {header.execution_id} {why}")
