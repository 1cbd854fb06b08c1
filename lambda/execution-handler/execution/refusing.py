"""The refusal of what the present state of an execution does not allow."""

from typing import Final

from shared.errors import ConflictError, ConflictReason
from shared.models.execution import ExecutionHeader, ExecutionStatus

TAKES_REQUESTS: Final = frozenset({ExecutionStatus.PENDING, ExecutionStatus.RUNNING, ExecutionStatus.PAUSED})
"""Before the execution is judged; in PREPARING nobody reads requests yet."""


def refused_because(header: ExecutionHeader, message: str, **details: object) -> ConflictError:
    """The present state does not allow it."""
    return ConflictError(
        message,
        reason=ConflictReason.INVALID_STATE,
        executionId=header.execution_id,
        status=header.status.value,
        **details,
    )


def must_take_requests(header: ExecutionHeader, what_not: str, **details: object) -> None:
    """ConflictError unless somebody would take a request up; `what_not` ends its sentence: `cannot be paused`."""
    if header.status in TAKES_REQUESTS:
        return
    match header.status:
        case ExecutionStatus.PREPARING:
            why = "is still being started: try again in a few seconds"
        case ExecutionStatus.CANCELLING | ExecutionStatus.DRAINING:
            why = f"is {header.status}: it ends by itself and {what_not}"
        case _:
            why = f"has ended {header.status} and {what_not}"
    raise refused_because(header, f"execution {header.execution_id} {why}", **details)
