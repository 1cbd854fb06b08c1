"""Results and errors become answers here, and nowhere else."""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

import pydantic

from shared.errors import DrsOrchestrationError, ErrorCode, ValidationError
from shared.models.violation import violations_of
from shared.operations import Success, WireModel, WrongField

STATUSES: Final[Mapping[ErrorCode, HTTPStatus]] = MappingProxyType(
    {
        ErrorCode.VALIDATION_ERROR: HTTPStatus.BAD_REQUEST,
        ErrorCode.AUTHENTICATION_ERROR: HTTPStatus.UNAUTHORIZED,
        ErrorCode.AUTHORIZATION_ERROR: HTTPStatus.FORBIDDEN,
        ErrorCode.RESOURCE_NOT_FOUND: HTTPStatus.NOT_FOUND,
        ErrorCode.OPERATION_NOT_FOUND: HTTPStatus.NOT_FOUND,
        ErrorCode.CONFLICT_ERROR: HTTPStatus.CONFLICT,
        ErrorCode.PREFLIGHT_FAILED: HTTPStatus.UNPROCESSABLE_ENTITY,
        ErrorCode.QUOTA_EXCEEDED: HTTPStatus.TOO_MANY_REQUESTS,
        ErrorCode.DRS_SERVICE_ERROR: HTTPStatus.BAD_GATEWAY,
        ErrorCode.CROSS_ACCOUNT_ERROR: HTTPStatus.BAD_GATEWAY,
        ErrorCode.EXECUTION_ERROR: HTTPStatus.BAD_GATEWAY,
        ErrorCode.THROTTLED: HTTPStatus.TOO_MANY_REQUESTS,
        ErrorCode.INTERNAL_ERROR: HTTPStatus.INTERNAL_SERVER_ERROR,
    }
)
"""The status of each error (contract, section 4); API Gateway itself says 413 to a body that is too large."""

SUCCESSES: Final[Mapping[Success, HTTPStatus]] = MappingProxyType(
    {
        Success.OK: HTTPStatus.OK,
        Success.CREATED: HTTPStatus.CREATED,
        Success.ACCEPTED: HTTPStatus.ACCEPTED,
        Success.DELETED: HTTPStatus.NO_CONTENT,
    }
)
"""The status of what went well."""

SECURITY_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Cache-Control": "no-store",
        "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    }
)
"""On every answer: JSON that nobody keeps, frames, guesses the type of or runs anything from."""

_WHOLE_REQUEST: Final = "request"
_EXPOSED: Final = "X-Request-Id, Retry-After"


def validation_error(error: pydantic.ValidationError, sent: Any) -> ValidationError:
    """Every wrong field of what was `sent`, with its path, the reason and the code of the rule; never the value."""
    return refusal(violations_of(error, sent))


def refusal(wrong: Iterable[WrongField]) -> ValidationError:
    """All that is wrong, what is wrong of the request as a whole by that name."""
    found = (each.wire() for each in wrong)
    return ValidationError.of([{**each, "field": each["field"] or _WHOLE_REQUEST} for each in found])


def success_object(result: WireModel | None) -> dict[str, Any]:
    """The bare result object, for direct callers; an operation without a result answers an empty one."""
    return {} if result is None else result.wire()


def error_object(error: DrsOrchestrationError, request_id: str) -> dict[str, Any]:
    """The envelope of both doors."""
    return {
        "error": error.code.value,
        "message": error.message,
        "details": error.details,
        "retryable": error.is_retryable,
        "requestId": request_id,
    }


def http_success(result: WireModel | None, success: Success, request_id: str, origin: str) -> dict[str, Any]:
    """The proxy answer for a result; what was deleted has no body."""
    status = SUCCESSES[success]
    body = None if status is HTTPStatus.NO_CONTENT else success_object(result)
    return _http(status, body, headers(request_id, origin))


def http_error(error: DrsOrchestrationError, request_id: str, origin: str) -> dict[str, Any]:
    """The proxy answer for an error, with the seconds to wait if it names them."""
    more = headers(request_id, origin)
    if "retryAfterSeconds" in error.details:
        more["Retry-After"] = str(error.details["retryAfterSeconds"])
    return _http(STATUSES[error.code], error_object(error, request_id), more)


def headers(request_id: str, origin: str) -> dict[str, str]:
    """The headers of every answer; `origin` is the console's, empty if no browser may read it."""
    found = {"Content-Type": "application/json", "X-Request-Id": request_id, **SECURITY_HEADERS}
    if origin:
        found |= {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED, "Vary": "Origin"}
    return found


def _http(status: HTTPStatus, body: Mapping[str, Any] | None, with_headers: Mapping[str, str]) -> dict[str, Any]:
    text = "" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return {"statusCode": status.value, "headers": dict(with_headers), "body": text, "isBase64Encoded": False}
