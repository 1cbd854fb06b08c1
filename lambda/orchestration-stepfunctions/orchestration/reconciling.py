"""Every minute: what was begun and not gone on with is taken up. No status is written here, only new runs."""

from datetime import datetime
from typing import Final

from orchestration.abandoned import close_if_over, settle_abandoned
from orchestration.acting import send_mail
from orchestration.dependencies import Dependencies
from orchestration.finalizing import mail_is_out
from orchestration.gates import end_gate_run, mail_gate
from orchestration.reservations import free_reservations
from shared.aws.ports import RunStatus
from shared.engine.gates import gate_words, opening_words
from shared.models.event import EventType, ExecutionEvent
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.gate import PAUSE_SCOPE, Gate, GateStatus
from shared.models.mail import MailType
from shared.models.termination import Termination, TerminationStatus
from shared.services.runs import start_execution_run, start_gate_run, start_termination_run
from shared.services.waking import wake
from shared.stores.refusals import AlreadyExistsError, NotOpenError, StaleRunError, StepLostError

BEGIN_WALL_SECONDS = 60
ACTOR: Final = "reconciler"


def reconcile(deps: Dependencies) -> int:
    """Look after every open execution, one failing none of the others; how many there are."""
    count = 0
    for execution_id, plan_id in deps.executions.list_open():
        count += 1
        try:
            _look_after(deps.executions.get_header(execution_id, plan_id), deps)
        except (AlreadyExistsError, NotOpenError, StaleRunError, StepLostError) as lost:
            deps.observability.logger.info(
                "another was faster; the next minute looks at what there is then",
                executionId=execution_id,
                reason=str(lost),
            )
        except Exception:
            # the outermost catch for this execution: whatever is wrong with it must not keep the others waiting
            deps.observability.logger.exception("reconciling an execution failed", executionId=execution_id)
            deps.observability.count("ReconcileFailures")
    return count


def _look_after(header: ExecutionHeader, deps: Dependencies) -> None:
    if header.status is ExecutionStatus.PREPARING:
        deps.executions.bury(header)
        return
    if not header.open:
        # the list lags behind
        return
    termination = deps.executions.latest_termination(header)
    is_terminating = termination is not None and termination.status is TerminationStatus.RUNNING
    has_more_to_do = is_terminating or header.abandoned_count > 0
    is_finalized = has_more_to_do and header.is_terminal and _is_finalized(header, deps)
    if not is_finalized:
        _tend_run(header, deps)
    if header.is_terminal and not is_terminating and not settle_abandoned(header, deps) and is_finalized:
        # the last of its jobs is over
        close_if_over(header, deps)
    for gate in deps.executions.gates(header):
        _tend_gate(gate, header, deps)
    if termination is not None and is_terminating:
        _tend_termination(termination, deps)
    free_reservations(header, deps)


def _tend_run(header: ExecutionHeader, deps: Dependencies) -> None:
    """A run that never began begins; one that ended too early is replaced; a signal that woke nobody wakes."""
    status = deps.runs.run_status(header.run_name)
    if status is RunStatus.RUNNING:
        inbox = deps.executions.get_inbox(header.execution_id, header.plan_id)
        if inbox.signals > header.seen or inbox.wait_step < header.committed_step:
            # once too often does no harm
            wake(inbox, deps.runs)
        _tend_mail(header, MailType.START, deps)
        return
    if status is None:
        if deps.clock.now() - header.started_at >= deps.clock.wall(BEGIN_WALL_SECONDS):
            start_execution_run(header, deps.runs)
        return
    # it may have ended well since the header was read
    present = deps.executions.get_header(header.execution_id, header.plan_id)
    if present.open and present.run_seq == header.run_seq:
        start_execution_run(deps.executions.replace_run(present), deps.runs)


def _is_finalized(header: ExecutionHeader, deps: Dependencies) -> bool:
    """Whether the run of a terminal execution has done its work: then it is open for what comes afterwards only."""
    return mail_is_out(header, deps) and all(gate.run_closed for gate in deps.executions.gates(header))


def _tend_mail(header: ExecutionHeader, mail: MailType, deps: Dependencies) -> None:
    record = deps.executions.mail(header, mail)
    if record is not None and record.sent_at is None:
        send_mail(header, mail, deps)


def _tend_gate(gate: Gate, header: ExecutionHeader, deps: Dependencies) -> None:
    """An open gate has a run and a mail; a decided one has no run."""
    if gate.status is not GateStatus.OPEN:
        if not gate.run_closed:
            end_gate_run(gate, deps)
        return
    status = deps.runs.run_status(gate.run_name)
    if status is None:
        start_gate_run(gate, deps.runs)
    elif status is not RunStatus.RUNNING:
        if not _is_decided_soon(gate, header, deps):
            _replace_gate(gate, deps)
    elif (
        gate.token is not None
        and gate.notified_at is None
        and deps.clock.now() - gate.opened_at >= deps.clock.wall(BEGIN_WALL_SECONDS)
    ):
        mail_gate(gate, deps)


def _is_decided_soon(gate: Gate, header: ExecutionHeader, deps: Dependencies) -> bool:
    """Whether the engine's next step, or Finalize, decides the gate: a run that ended well has left its decision."""
    inbox = deps.executions.get_inbox(header.execution_id, header.plan_id)
    return header.is_terminal or inbox.signals > header.seen or deps.executions.has_decision(gate)


def _replace_gate(gate: Gate, deps: Dependencies) -> None:
    """The same gate under the next number: opened when it was opened, with a run and a token of its own."""
    new = Gate(
        execution_id=gate.execution_id,
        plan_id=gate.plan_id,
        scope=gate.scope,
        number=gate.number + 1,
        kind=gate.kind,
        reason=gate.reason,
        opened_by=gate.opened_by,
        opened_at=gate.opened_at,
        expires_at=gate.expires_at,
        token_count=gate.token_count,
    )
    now = deps.clock.now()
    reason = f"its run ended without a decision; gate {new.number} takes its place"
    closed = f"The gate {gate_words(gate)} is {GateStatus.CLOSED} by the {ACTOR}: {reason}"
    events = [
        _gate_event(gate, EventType.GATE_DECIDED, closed, 0, now, status=GateStatus.CLOSED.value),
        _gate_event(new, EventType.GATE_OPENED, opening_words(new), 1, now),
    ]
    deps.executions.replace_gate(gate, new, decided_by=ACTOR, reason=reason, at=now, events=events)
    start_gate_run(new, deps.runs)


def _gate_event(
    gate: Gate, type_: EventType, message: str, index: int, now: datetime, **details: str
) -> ExecutionEvent:
    return ExecutionEvent(
        execution_id=gate.execution_id,
        plan_id=gate.plan_id,
        time=now,
        step=0,
        index=index,
        type=type_,
        message=message,
        actor=ACTOR,
        wave_number=None if gate.scope == PAUSE_SCOPE else int(gate.scope),
        details={"scope": gate.scope, "number": gate.number, **details},
    )


def _tend_termination(termination: Termination, deps: Dependencies) -> None:
    status = deps.runs.run_status(termination.run_name)
    if status is None:
        start_termination_run(termination, deps.runs)
    elif status is not RunStatus.RUNNING:
        replaced = deps.executions.update_termination(
            termination.model_copy(update={"run_seq": termination.run_seq + 1}), expected_visit=termination.visit
        )
        start_termination_run(replaced, deps.runs)
