"""Room that was taken and is held by nothing any more."""

from orchestration.dependencies import Dependencies
from shared.models.execution import ExecutionHeader
from shared.models.launch import LIVE_LAUNCH_STATES
from shared.models.termination import TerminationStatus


def free_reservations(header: ExecutionHeader, deps: Dependencies) -> None:
    """Free what this execution holds in its accounts and regions without a launch or a termination's call behind it."""
    # the rows first: whoever takes room is known by its launch or its call at that moment
    taken = [
        (target, reservation.reservation_id)
        for target in header.targets
        for reservation in deps.quotas.get(target).reservations
        if reservation.execution_id == header.execution_id
    ]
    if not taken:
        return
    held = _held(header, deps)
    for target, reservation_id in taken:
        if reservation_id not in held:
            deps.quotas.release(target, reservation_id)


def _held(header: ExecutionHeader, deps: Dependencies) -> set[str]:
    """The launches that may run, abandoned ones included, and the calls of a termination under way."""
    present = deps.executions.get_header(header.execution_id, header.plan_id)
    held = {one.launch_id for one in deps.executions.launches(present) if one.state in LIVE_LAUNCH_STATES}
    termination = deps.executions.latest_termination(present)
    if termination is not None and termination.status is TerminationStatus.RUNNING:
        held |= {call.call_id for call in termination.calls}
    return held
