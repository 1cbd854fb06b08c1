"""Every minute: what was begun and not gone on with is taken up. No status is written here, only new runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from orchestration.abandoned import close_if_over, settle_abandoned
from orchestration.acting import send_mail
from orchestration.dependencies import Dependencies
from orchestration.finalizing import is_finalized
from orchestration.gates import end_gate_run, mail_gate
from orchestration.reservations import free_reservations
from shared.aws.ports import RunStatus
from shared.engine.gates import gate_words, opening_words
from shared.errors import NotFoundError
from shared.execution_utils import locked_with
from shared.models.event import EventType, ExecutionEvent
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.gate import PAUSE_SCOPE, Gate, GateStatus
from shared.models.lock import LockOwner
from shared.models.mail import MailType
from shared.models.targets import Target
from shared.models.termination import Termination, TerminationStatus
from shared.services.runs import start_execution_run, start_gate_run, start_termination_run
from shared.services.waking import wake
from shared.stores.refusals import AlreadyExistsError, NotOpenError, StaleRunError, StepLostError

BEGIN_WALL_SECONDS = 60
ROUND_WALL_SECONDS = 50
"""The next round begins after 60."""

STUCK_AFTER: Final = timedelta(hours=24)
"""So long an execution may run, the time at its gates left out, before somebody is called: it should be long over."""

ACTOR: Final = "reconciler"


@dataclass
class Round:
    """One look after everything that is open; `silent` accounts and regions did not answer in it.

    `others` have reservations beside those that were looked after.
    """

    deps: Dependencies
    began: datetime
    silent: set[Target] = field(default_factory=set)
    others: set[str] = field(default_factory=set)

    def has_lasted(self, wall_seconds: float) -> bool:
        """Whether it goes on for so long already."""
        return self.deps.clock.now() - self.began >= self.deps.clock.wall(wall_seconds)


def reconcile(deps: Dependencies) -> int:
    """Look after every open execution, one failing none of the others; how many there were.

    A round ends after 50 wall seconds; what it had no time for comes first in the next.
    """
    this = Round(deps, deps.clock.now())
    listed = sorted(deps.executions.list_open())
    last, count = deps.executions.last_turn() if listed else "", 0
    for execution_id, plan_id in sorted(listed, key=lambda one: (one[0] <= last, one)):
        if count and this.has_lasted(ROUND_WALL_SECONDS):
            deps.observability.logger.warning("the round has no time for all", open=len(listed), lookedAfter=count)
            break
        if this.has_lasted(ROUND_WALL_SECONDS / 2):
            deps.executions.note_turn(execution_id)
        count += 1
        with _one_failing_none_of_the_others(execution_id, deps):
            header = _found(execution_id, plan_id, deps)
            if header is not None:
                _look_after(header, this)
    for execution_id in sorted(this.others - {execution_id for execution_id, _ in listed}):
        with _one_failing_none_of_the_others(execution_id, deps):
            _free_what_is_left(execution_id, deps)
    return count


@contextmanager
def _one_failing_none_of_the_others(execution_id: str, deps: Dependencies) -> Iterator[None]:
    try:
        yield
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


def _found(execution_id: str, plan_id: str, deps: Dependencies) -> ExecutionHeader | None:
    """The header; None if the list lags behind: a start that lost its servers to another has left no row."""
    try:
        return deps.executions.get_header(execution_id, plan_id)
    except NotFoundError:
        return None


def _free_what_is_left(execution_id: str, deps: Dependencies) -> None:
    """Room of an execution that is closed: whoever took it stood still until then, and died before its call."""
    header = deps.executions.find(execution_id)
    if header.is_terminal and not header.open:
        free_reservations(header, deps)


def _look_after(header: ExecutionHeader, this: Round) -> None:
    deps = this.deps
    if header.status is ExecutionStatus.PREPARING:
        _bury(header, deps)
        return
    if not header.open:
        # the list lags behind
        return
    _count_if_stuck(header, deps)
    termination = deps.executions.latest_termination(header)
    is_terminating = termination is not None and termination.status is TerminationStatus.RUNNING
    has_more_to_do = is_terminating or header.abandoned_count > 0
    has_ended = has_more_to_do and header.is_terminal and is_finalized(header, deps)
    if not has_ended:
        _tend_run(header, deps)
    for gate in deps.executions.gates(header):
        _tend_gate(gate, header, deps)
    if termination is not None and is_terminating:
        _tend_termination(termination, deps)
    this.others |= free_reservations(header, deps)
    if header.is_terminal and header.abandoned_count and not is_terminating:
        # last, because it alone asks other accounts, which may take long to answer
        deps.executions.note_turn(header.execution_id)
        if not settle_abandoned(header, deps, silent=this.silent) and has_ended:
            close_if_over(header, deps)


def _count_if_stuck(header: ExecutionHeader, deps: Dependencies) -> None:
    if is_stuck(header, deps.clock.now()):
        deps.observability.count("StuckExecutions")


def is_stuck(header: ExecutionHeader, now: datetime) -> bool:
    """Whether an execution runs for longer than any should; what waits for people at a gate does not run."""
    if header.is_terminal:
        return False
    ran = now - header.started_at - timedelta(seconds=header.gate_seconds_by(now))
    return ran > STUCK_AFTER


def _bury(header: ExecutionHeader, deps: Dependencies) -> None:
    """A start that nobody carries on is FAILED; only then are the locks free that it is known to have taken."""
    failed = deps.executions.bury(header)
    if failed.is_terminal:
        deps.locks.release(locked_with(deps.executions.servers(failed, None)), LockOwner.of_execution(failed))


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
        waited = deps.clock.now() - header.started_at
        if waited >= deps.clock.wall(BEGIN_WALL_SECONDS):
            # only a first run can be late: one that takes the place of another began when that ended
            if header.run_seq == 1 and waited > deps.bounds.pending and not header.begins_late:
                deps.executions.note_late(header)
            start_execution_run(header, deps.runs)
        return
    # it may have ended well since the header was read
    present = deps.executions.get_header(header.execution_id, header.plan_id)
    if present.open and present.run_seq == header.run_seq:
        replaced = deps.executions.replace_run(present)
        start_execution_run(replaced, deps.runs)
        # afterwards: what cannot be told now must not keep the run waiting
        deps.executions.append_events([_run_event(present, replaced, status, deps.clock.now())])


def _run_event(before: ExecutionHeader, after: ExecutionHeader, status: RunStatus, now: datetime) -> ExecutionEvent:
    return ExecutionEvent(
        execution_id=after.execution_id,
        plan_id=after.plan_id,
        time=now,
        step=0,
        # after the two of a gate that is replaced at the same instant
        index=2,
        type=EventType.RUN_REPLACED,
        message=f"The run {before.run_name} is {status} and its execution had not ended: {after.run_name} goes on",
        actor=ACTOR,
        details={"run": before.run_name, "status": status.value, "replacedBy": after.run_name},
    )


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
            termination.model_copy(update={"run_seq": termination.run_seq + 1})
        )
        start_termination_run(replaced, deps.runs)
