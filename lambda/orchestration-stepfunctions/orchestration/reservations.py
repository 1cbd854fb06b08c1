"""Room that was taken and is held by nothing any more."""

from collections.abc import Sequence

from orchestration.dependencies import Dependencies
from shared.models.execution import ExecutionHeader
from shared.models.launch import LIVE_LAUNCH_STATES, LaunchRecord
from shared.models.quota import Reservation
from shared.models.targets import Target
from shared.models.termination import TerminationStatus


def keep_room(launch: LaunchRecord, deps: Dependencies) -> None:
    """The job of a launch that runs takes its room: what ended with a loss or a refusal is reserved anew.

    That listings show the job is not enough: they go back a day, and it may hang for longer.
    """
    if launch.job_id is None or launch.state not in LIVE_LAUNCH_STATES:
        return
    reservation = Reservation(
        reservation_id=launch.launch_id,
        execution_id=launch.execution_id,
        server_count=len(launch.servers),
        job_id=launch.job_id,
        taken_at=deps.clock.now(),
    )
    deps.quotas.keep_job(launch.target, reservation)


def free_reservations(header: ExecutionHeader, deps: Dependencies) -> set[str]:
    """Free what this execution holds in its accounts and regions without a launch or a termination's call behind it.

    Once it is terminal, and no termination of it runs, it waits for nothing either: its tickets go too. Answers whose
    other reservations there are.
    """
    # the rows first: whoever takes room is known by its launch or its call at that moment
    rows = [deps.quotas.get(target) for target in header.targets]
    taken = [(row.target, reservation) for row in rows for reservation in row.reservations]
    ours = [(target, one.reservation_id) for target, one in taken if one.execution_id == header.execution_id]
    queues = [row.target for row in rows if any(ticket.holder == header.execution_id for ticket in row.tickets)]
    if ours or queues:
        _free(header, ours, queues, deps)
    return {one.execution_id for _, one in taken} - {header.execution_id}


def _free(
    header: ExecutionHeader, taken: Sequence[tuple[Target, str]], queues: Sequence[Target], deps: Dependencies
) -> None:
    """Of the room that was taken what nothing stands behind; an abandoned launch keeps its own."""
    present = deps.executions.get_header(header.execution_id, header.plan_id)
    termination = deps.executions.latest_termination(present)
    terminates = termination is not None and termination.status is TerminationStatus.RUNNING
    held = {one.launch_id for one in deps.executions.launches(present) if one.state in LIVE_LAUNCH_STATES}
    if termination is not None and terminates:
        held |= {call.call_id for call in termination.calls}
    for target, reservation_id in taken:
        if reservation_id not in held:
            deps.quotas.release(target, reservation_id)
    if present.is_terminal and not terminates:
        for target in queues:
            deps.quotas.leave_queue(target, header.execution_id)
