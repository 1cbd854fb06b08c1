"""The refusal of what the present state of an execution does not allow."""

from shared.errors import ConflictError, ConflictReason
from shared.models.execution import ExecutionHeader


def refused_because(header: ExecutionHeader, message: str, **details: object) -> ConflictError:
    """The present state does not allow it."""
    return ConflictError(
        message,
        reason=ConflictReason.INVALID_STATE,
        executionId=header.execution_id,
        status=header.status.value,
        **details,
    )
