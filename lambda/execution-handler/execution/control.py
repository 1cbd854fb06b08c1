"""Pause, resume and cancel."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final, Literal

from execution.approvals import Approval, approve_the_gate_of, approve_the_open_gate
from execution.asking import ControlsExecutions, RequestAccepted, Wish, ask
from execution.named_wave import named_wave, words_for
from execution.refusing import must_take_requests, refused_because
from execution.wave_rules import must_mean
from shared.errors import ErrorCode
from shared.execution_utils import WAVES_NOT_STARTED, may_still_launch, waits_at_failure_gate
from shared.models.base import Model
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.gate import PAUSE_SCOPE, GateKind
from shared.models.recovery_plan import WaveNumber
from shared.models.request import RequestKind
from shared.models.violation import Violation, refuse
from shared.models.wave_record import WaveStatus
from shared.operations import Context, Success, operation
from shared.roles import Permission
from shared.services.judging import ID, judge_by, of_request, told
from shared.services.request_fields import ExecutionId, GateNumber, Reason
from shared.services.wave_naming import execution_has_wave
from shared.stores.execution_store import ExecutionStore
from shared.well_formed import RestsOn


class PauseExecution(Model):
    """Let running jobs and their checks finish; launch nothing, be it of a wave that has begun."""

    execution_id: ExecutionId
    reason: Reason = ""


class ResumeExecution(Model):
    """Approve a wave's gate, be it before the wave or after its failure, or the one gate that is open.

    With `scope` = `all` the gate of the pause is meant, whatever else is open; with `gate_number`, as `gates` in
    get_execution gives it, only that gate of the wave.
    """

    execution_id: ExecutionId
    wave_number: WaveNumber | None = None
    scope: Literal["all"] | None = None
    gate_number: GateNumber | None = None
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
    raises=(ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.CONFLICT_ERROR),
)
def pause_execution(request: PauseExecution, context: Context[ControlsExecutions]) -> RequestAccepted:
    """Open the gate of the whole execution: running jobs finish, nothing is launched."""
    header = context.app.executions.find(request.execution_id)
    must_take_requests(header, "cannot be paused")
    if not header.pause_closed:
        raise refused_because(header, f"execution {header.execution_id} is paused already")
    if not _may_start_something(header, context.app.executions):
        raise refused_because(header, "nothing is left to start: every wave has launched its servers or ended")
    wish = Wish(RequestKind.PAUSE, request.reason, "Pause", scope=PAUSE_SCOPE)
    return ask(header, wish, context)


def _one_gate(request: ResumeExecution) -> Iterator[Violation]:
    if request.wave_number is not None and request.scope is not None:
        yield Violation("scope", "give waveNumber or scope, not both", "ONE_GATE")
    if request.gate_number is not None and request.wave_number is None:
        yield Violation("gateNumber", "name the wave whose gate it is by waveNumber", "ONE_GATE")


GATES_REST_ON: Final[RestsOn] = MappingProxyType({"ONE_GATE": ("waveNumber",)})


@operation(
    "resume_execution",
    http="POST /executions/{executionId}/resume",
    permission=Permission.START_RECOVERY,
    success=Success.ACCEPTED,
    raises=(ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.CONFLICT_ERROR),
    judge=judge_by(
        ResumeExecution,
        of_request(_one_gate),
        execution_has_wave,
        stand_ins={"executionId": ID},
        rests_on=GATES_REST_ON,
    ),
)
def resume_execution(request: ResumeExecution, context: Context[ControlsExecutions]) -> RequestAccepted:
    """Approve: the gate of `waveNumber`, open or still to come; that of the pause; or else the one open gate.

    At the gate of a wave that failed it means: go on without what failed.
    """
    wrong = tuple(_one_gate(request))
    if wrong:
        refuse((*wrong, *told(execution_has_wave, request, context)))
    executions = context.app.executions
    header = executions.find(request.execution_id)
    # The requests first: one that is taken up meanwhile has decided the gate that is read later.
    requests = executions.requests(header)
    wave = None if request.wave_number is None else named_wave(header, request.wave_number, executions)
    must_take_requests(header, "cannot be resumed", **(wave.present_state if wave else {}))
    gates = executions.gates(header)
    if wave is None:
        meant = [gate for gate in gates if request.scope in (None, gate.scope)]
        approval = approve_the_open_gate(header, meant, requests)
    else:
        approval = approve_the_gate_of(wave, gates, requests)
        if request.gate_number is not None:
            must_mean(wave, request.gate_number, approval.number, gates)
    wish = Wish(
        RequestKind.APPROVE,
        request.reason,
        _words_for_approval(header, approval),
        approval.scope,
        approval.number,
        None if approval.scope == PAUSE_SCOPE else int(approval.scope),
    )
    return ask(header, wish, context)


def _words_for_approval(header: ExecutionHeader, approval: Approval) -> str:
    if approval.scope == PAUSE_SCOPE:
        return "Resumption"
    wave = words_for(header.summary(int(approval.scope)))
    if approval.kind is GateKind.FAILURE:
        return f"Continuation without what failed in {wave}"
    return f"Approval of {wave}"


@operation(
    "cancel_execution",
    http="POST /executions/{executionId}/cancel",
    permission=Permission.STOP_RECOVERY,
    success=Success.ACCEPTED,
    raises=(ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.CONFLICT_ERROR),
)
def cancel_execution(request: CancelExecution, context: Context[ControlsExecutions]) -> RequestAccepted:
    """Cancel with draining: nothing new starts, running jobs are followed for as long as their waves say."""
    header = context.app.executions.find(request.execution_id)
    if header.status is ExecutionStatus.CANCELLING:
        return RequestAccepted(
            execution_id=header.execution_id,
            status=header.status,
            requested=RequestKind.CANCEL,
            message=f"being cancelled already, by {header.cancelled_by}",
        )
    must_take_requests(header, "cannot be cancelled")
    return ask(header, Wish(RequestKind.CANCEL, request.reason, "Cancellation"), context)


def _may_start_something(header: ExecutionHeader, executions: ExecutionStore) -> bool:
    """Whether there is anything that a pause holds back: waves to come or to be retried, launches still to be made."""
    if any(wave.status in WAVES_NOT_STARTED or waits_at_failure_gate(wave.status, wave) for wave in header.waves):
        return True
    launches = executions.launches(header)
    return any(
        may_still_launch(
            executions.servers(header, wave.wave_number),
            [launch for launch in launches if launch.wave_number == wave.wave_number],
        )
        for wave in header.waves
        if wave.status is WaveStatus.LAUNCHING
    )
