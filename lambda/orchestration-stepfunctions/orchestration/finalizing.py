"""The end of an execution run: gates closed, locks and room freed, the last mail sent. Everything may be done again."""

from datetime import datetime

from orchestration.abandoned import close_if_over
from orchestration.acting import send_mail
from orchestration.calls import Answer, ExecutionCall, Next
from orchestration.dependencies import Dependencies
from orchestration.gates import end_gate_run
from orchestration.pace import Pace
from orchestration.reservations import free_reservations
from shared.execution_utils import locked_with
from shared.models.event import EventType, ExecutionEvent
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.gate import Gate, GateStatus
from shared.models.lock import LockOwner
from shared.models.mail import MailRecord, MailType

MAIL_POLL_SECONDS = 5
MAIL_PATIENCE_WALL_SECONDS = 600
"""After that the mail, or its OpsItem, is left to the dead-letter queue and its alarm."""

MAIL_TRY_WALL_SECONDS = 30
"""So long a mail that was asked for may take before nobody waits for it any longer."""


def finalize(call: ExecutionCall, deps: Dependencies) -> Answer:
    """One round; WAIT until the gates' runs have ended and the mail is out, DONE when nothing is left to do."""
    header = deps.executions.get_header(call.execution_id, call.plan_id)
    if not header.is_terminal:
        return Answer(next=Next.WAIT, timeout_seconds=MAIL_POLL_SECONDS)
    deps.locks.release(locked_with(deps.executions.servers(header, None)), LockOwner.of_execution(header))
    free_reservations(header, deps)
    gates_closed = _close_gates(header, deps)
    sent = _send_mail(header, deps)
    if not (gates_closed and sent):
        return Answer(next=Next.WAIT, timeout_seconds=MAIL_POLL_SECONDS)
    # else the reconciler still has to look after a termination, or after abandoned jobs, the last of which closes it
    close_if_over(header, deps)
    return Answer(next=Next.DONE)


def final_mail(header: ExecutionHeader) -> MailType:
    """Which mail ends the story of an execution."""
    if header.cancelled_by is not None:
        return MailType.CANCEL
    return MailType.COMPLETE if header.status is ExecutionStatus.COMPLETED else MailType.FAIL


def _close_gates(header: ExecutionHeader, deps: Dependencies) -> bool:
    """Whether the run of every gate has ended; when the time of a step is over, the rest is for the next round."""
    pace, all_closed = Pace.begin(deps.clock), True
    for gate in deps.executions.gates(header):
        if pace.is_over:
            return False
        all_closed = _is_closed(gate, deps) and all_closed
    return all_closed


def _is_closed(gate: Gate, deps: Dependencies) -> bool:
    if gate.run_closed:
        return True
    if gate.status is GateStatus.OPEN:
        gate = deps.executions.decide_gate(
            gate,
            status=GateStatus.CLOSED,
            decided_by="engine",
            decision_id="",
            at=deps.clock.now(),
        )
    return end_gate_run(gate, deps)


def is_finalized(header: ExecutionHeader, deps: Dependencies) -> bool:
    """Whether the run of a terminal execution has done its work: then it is open for what comes afterwards only."""
    return _mail_is_out(header, deps) and all(gate.run_closed for gate in deps.executions.gates(header))


def _mail_is_out(header: ExecutionHeader, deps: Dependencies) -> bool:
    """Whether the last mail was sent, and its OpsItem made, or they are waited for no more."""
    record = deps.executions.mail(header, final_mail(header))
    return record is not None and (record.is_done or _is_given_up(record, header, deps))


def _send_mail(header: ExecutionHeader, deps: Dependencies) -> bool:
    """Whether the last mail is out with its OpsItem; if not, they are asked for."""
    kind = final_mail(header)
    record = deps.executions.mail(header, kind)
    if record is not None and record.is_done:
        return True
    if record is not None and _is_given_up(record, header, deps):
        deps.executions.append_events((_given_up(record, header, deps),))
        return True
    # whatever kept this from being done before, it is asked for at least once
    send_mail(header, kind, deps)
    return False


def _is_given_up(record: MailRecord, header: ExecutionHeader, deps: Dependencies) -> bool:
    """Whether its time is over, and the last try has had a chance: the first may come late itself."""
    now = deps.clock.now()
    return now > _patience_ends(header, deps) and now - record.requested_at >= deps.clock.wall(MAIL_TRY_WALL_SECONDS)


def _patience_ends(header: ExecutionHeader, deps: Dependencies) -> datetime:
    return (header.ended_at or header.started_at) + deps.clock.wall(MAIL_PATIENCE_WALL_SECONDS)


def _given_up(record: MailRecord, header: ExecutionHeader, deps: Dependencies) -> ExecutionEvent:
    """The same line however often this is done."""
    lost = (
        "The last mail is not known to be sent and is not waited for any longer"
        if record.sent_at is None
        else "No OpsItem is known to be made, and none is waited for any longer"
    )
    return ExecutionEvent(
        execution_id=header.execution_id,
        plan_id=header.plan_id,
        time=_patience_ends(header, deps),
        step=header.step,
        index=0,
        type=EventType.WAITING,
        message=f"{lost}; if it failed, the dead-letter queue has it",
    )
