"""Starts that broke off: whoever meets one that is dead moves it to FAILED, and only then its locks are free."""

from datetime import datetime
from typing import Final

from shared.clock import Clock
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.stores.headers import Headers

DEAD_AFTER_SECONDS: Final = 900
"""Wall seconds of PREPARING after which a start is dead; it undoes itself after 25, and no function runs longer."""


def is_dead(header: ExecutionHeader, clock: Clock) -> bool:
    """Whether the execution is a start that nobody carries on."""
    age = clock.now() - header.started_at
    return header.status is ExecutionStatus.PREPARING and age > clock.wall(DEAD_AFTER_SECONDS)


def never_started(header: ExecutionHeader, reason: str, at: datetime) -> ExecutionHeader:
    """The header of a start that came to nothing."""
    return header.model_copy(
        update={
            "status": ExecutionStatus.FAILED,
            "status_reason": reason,
            "ended_at": at,
            "progress": 100,
            "open": False,
        }
    )


def bury(header: ExecutionHeader, headers: Headers, clock: Clock) -> ExecutionHeader:
    """The header, FAILED if it was a dead start; whoever loses that race reads what came of it."""
    if not is_dead(header, clock):
        return header
    failed = never_started(header, "the start broke off before the execution was complete", clock.now())
    if headers.move_from_preparing(failed):
        return failed
    return headers.get_header(header.execution_id, header.plan_id)
