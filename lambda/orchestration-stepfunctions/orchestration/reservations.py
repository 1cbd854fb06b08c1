"""Room that was taken and is held by nothing any more."""

from orchestration.dependencies import Dependencies
from shared.models.execution import ExecutionHeader
from shared.models.launch import LIVE_LAUNCH_STATES
from shared.models.termination import TerminationStatus


def free_reservations(header: ExecutionHeader, deps: Dependencies) -> None:
    """Free what this execution holds in its accounts and regions without a launch or a termination's call behind it.

    Once it is terminal, and no termination of it runs, it waits for nothing either: its tickets go too.
    """
    # the rows first: whoever takes room is known by its launch or its call at that moment
    rows = [deps.quotas.get(target) for target in header.targets]
    taken = [
        (row.target, reservation.reservation_id)
        for row in rows
        for reservation in row.reservations
        if reservation.execution_id == header.execution_id
    ]
    queues = [row.target for row in rows if any(ticket.holder == header.execution_id for ticket in row.tickets)]
    if not taken and not queues:
        return
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
