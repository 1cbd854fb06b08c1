"""Results and errors become answers here, and nowhere else."""

from collections.abc import Callable
from typing import Any

import pydantic
from aws_lambda_powertools import Logger

from shared.errors import DrsOrchestrationError, InternalError, ValidationError
from shared.models.violation import violations_of
from shared.operations import WireModel

_WHOLE_REQUEST = "request"


def validation_error(error: pydantic.ValidationError) -> ValidationError:
    """Every wrong field with its path, the reason and the code of the rule; never the value itself."""
    found = (violation.wire() for violation in violations_of(error))
    return ValidationError.of([{**each, "field": each["field"] or _WHOLE_REQUEST} for each in found])


def success_answer(result: WireModel | None) -> dict[str, Any]:
    """The bare result object, for direct callers; an operation without a result answers an empty one."""
    return {} if result is None else result.wire()


def error_answer(error: DrsOrchestrationError, request_id: str) -> dict[str, Any]:
    """The envelope of both doors."""
    return {
        "error": error.code.value,
        "message": error.message,
        "details": error.details,
        "retryable": error.is_retryable,
        "requestId": request_id,
    }


def answer(call: Callable[[], WireModel | None], request_id: str, logger: Logger) -> dict[str, Any]:
    """Call, and answer whatever happens; of what nobody foresaw the log gets the stack, the caller a reference."""
    try:
        return success_answer(call())
    except DrsOrchestrationError as error:
        return error_answer(error, request_id)
    except Exception:
        # the outermost catch of a call: it is logged with its stack, and a caller must not wait for nothing
        logger.exception("unforeseen error", requestId=request_id)
        return error_answer(
            InternalError("something went wrong here; the log has more under this reference", reference=request_id),
            request_id,
        )
