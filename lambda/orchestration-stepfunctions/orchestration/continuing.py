"""One run after the other: no history of Step Functions is without end, an execution may be."""

from datetime import datetime, timedelta
from typing import Final, assert_never

from orchestration.calls import Answer, ContinueCall, ExecutionRun, Next, RunCall, TerminationRun
from orchestration.dependencies import Dependencies
from shared.errors import NotFoundError
from shared.models.termination import TerminationStatus
from shared.services.runs import start_execution_run, start_termination_run
from shared.stores.refusals import StaleRunError

LONGEST_RUN: Final = timedelta(days=300)
"""Step Functions ends a run after a year; a wait that goes past this day is cut there."""


def within_run(answer: Answer, call: RunCall, now: datetime) -> Answer:
    """The same answer, with what it leaves of the run; CONTINUE in place of a wait that the run has no room for.

    The state machine says how many rounds a run has: so many that its history stays under 15,000 events.
    """
    left = 0 if call.rounds_left is None else call.rounds_left - call.rounds
    answer = answer.model_copy(update={"rounds_left": left})
    if answer.next is not Next.WAIT:
        return answer
    time_left = None if call.run_started_at is None else call.run_started_at + LONGEST_RUN - now
    if (call.rounds_left is not None and left <= 0) or (time_left is not None and time_left < timedelta(seconds=1)):
        return answer.model_copy(update={"next": Next.CONTINUE})
    if time_left is None:
        return answer
    return answer.model_copy(update={"timeout_seconds": min(answer.timeout_seconds, int(time_left.total_seconds()))})


def continue_as_new(call: ContinueCall, deps: Dependencies) -> Answer:
    """Commit the number of the next run, unless that is done already, and start the run of the number that is stored.

    Who dies in between is repeated, or the reconciler starts what has a number and no run. Nothing goes from run to
    run but the ids: whatever was asked or told meanwhile is in the table, where the next step finds it.
    """
    match call.run:
        case ExecutionRun():
            started = _continue_execution(call.run, deps)
        case TerminationRun():
            started = _continue_termination(call.run, deps)
        case _:
            assert_never(call.run)
    deps.observability.logger.info(
        "another run goes on", executionId=call.run.execution_id, after=call.run.run_seq, started=started
    )
    return Answer(next=Next.DONE)


def _continue_execution(run: ExecutionRun, deps: Dependencies) -> bool:
    header = deps.executions.get_header(run.execution_id, run.plan_id)
    if header.run_seq == run.run_seq:
        try:
            header = deps.executions.replace_run(header)
        except StaleRunError as replaced:
            header = replaced.header
    return start_execution_run(header, deps.runs)


def _continue_termination(run: TerminationRun, deps: Dependencies) -> bool:
    header = deps.executions.get_header(run.execution_id, run.plan_id)
    termination = deps.executions.termination(header, run.number)
    if termination is None:
        raise NotFoundError(f"There is no termination {run.number}", id=run.execution_id)
    if termination.status is not TerminationStatus.RUNNING:
        # it has ended after all; whatever is left to be closed is the reconciler's
        return False
    if termination.run_seq == run.run_seq:
        termination = deps.executions.update_termination(termination.model_copy(update={"run_seq": run.run_seq + 1}))
    return start_termination_run(termination, deps.runs)
