"""The room of jobs: kept while they run, and freed when nothing stands behind it any more."""

from collections.abc import Sequence
from typing import Final

from orchestration.dependencies import Dependencies
from shared.models.execution import ExecutionHeader
from shared.models.launch import LIVE_LAUNCH_STATES, LaunchRecord, LaunchState
from shared.models.quota import Reservation
from shared.models.targets import Target
from shared.models.termination import TerminationStatus

ADOPTION_WALL_SECONDS: Final = 300
"""So long a function may run that has reserved a late job's room and not recorded the job yet."""


def keep_room(launch: LaunchRecord, deps: Dependencies) -> None:
    """The job of a launch that runs takes its room: what ended with a loss or a refusal is reserved anew.

    That listings show the job is not enough: they go back a day, and it may hang for longer. So does the job that may
    be its own, for all that anybody can read, of a launch that was lost: once, whosever it is.
    """
    if not _takes_room(launch):
        return
    reservation = Reservation(
        reservation_id=launch.launch_id,
        execution_id=launch.execution_id,
        server_count=len(launch.held),
        job_id=launch.job_id,
        taken_at=deps.clock.now(),
    )
    if launch.job_id is not None:
        deps.quotas.keep_job(launch.target, reservation)
    elif launch.suspects:
        deps.quotas.keep_suspect(launch.target, reservation, launch.suspects)


def _takes_room(launch: LaunchRecord) -> bool:
    return launch.state in LIVE_LAUNCH_STATES or launch.is_suspected


def adopt(launch: LaunchRecord, job_id: str, deps: Dependencies, step: ExecutionHeader | None = None) -> LaunchRecord:
    """Record the job of a launch, which may be a late one; answers what is stored then.

    The room first, which ended with a loss or a refusal: after a step that dies in between the job is adopted once
    more, and nobody would reserve for one that is recorded. Raises StepLostError if it was found in a step that is not
    ours any more.
    """
    keep_room(launch.model_copy(update={"state": LaunchState.STARTED, "job_id": job_id}), deps)
    stored = deps.executions.record_job(launch, job_id, step)
    deps.executions.expect_reports(launch, job_id)
    return stored


def free_reservations(header: ExecutionHeader, deps: Dependencies) -> set[str]:
    """Free what this execution holds in its accounts and regions without a launch or a termination's call behind it.

    Once it is terminal, and no termination of it runs, it waits for nothing either: its tickets go too. Answers whose
    other reservations there are.
    """
    # the rows first: whoever takes room is known by its launch or its call at that moment
    rows = [deps.quotas.get(target) for target in header.targets]
    taken = [(row.target, reservation) for row in rows for reservation in row.reservations]
    ours = [(target, one) for target, one in taken if one.execution_id == header.execution_id]
    queues = [row.target for row in rows if any(ticket.holder == header.execution_id for ticket in row.tickets)]
    if ours or queues:
        _free(header, ours, queues, deps)
    return {one.execution_id for _, one in taken} - {header.execution_id}


def _free(
    header: ExecutionHeader, taken: Sequence[tuple[Target, Reservation]], queues: Sequence[Target], deps: Dependencies
) -> None:
    """Of the room that was taken what nothing stands behind; an abandoned launch keeps its own, and so does one whose
    late job is just being adopted, or that may have one, as long as anybody looks for late jobs.
    """
    present = deps.executions.get_header(header.execution_id, header.plan_id)
    termination = deps.executions.latest_termination(present)
    terminates = termination is not None and termination.status is TerminationStatus.RUNNING
    launches = deps.executions.launches(present)
    is_looked_for = terminates or not present.is_terminal
    holding = [one for one in launches if one.is_abandoned or (is_looked_for and _takes_room(one))]
    held = {one.launch_id for one in holding}
    states = {one.launch_id: one.state for one in launches if is_looked_for}
    since = deps.clock.now() - deps.clock.wall(ADOPTION_WALL_SECONDS)
    for _, one in taken:
        had_none = states.get(one.reservation_id) in (LaunchState.LOST, LaunchState.REFUSED)
        if had_none and one.job_id is not None and one.taken_at > since:
            held.add(one.reservation_id)
    if termination is not None and terminates:
        held |= {call.call_id for call in termination.calls}
    freed = [(target, one) for target, one in taken if one.reservation_id not in held]
    for target, one in freed:
        deps.quotas.release(target, one.reservation_id)
    _hand_on(freed, holding, deps)
    if present.is_terminal and not terminates:
        for target in queues:
            deps.quotas.leave_queue(target, header.execution_id)


def _hand_on(freed: Sequence[tuple[Target, Reservation]], launches: Sequence[LaunchRecord], deps: Dependencies) -> None:
    """What one launch held for a job that is not its own another one holds, if the job may be that one's."""
    for launch in launches:
        if any(target == launch.target and one.job_id in launch.suspects for target, one in freed):
            keep_room(launch, deps)
