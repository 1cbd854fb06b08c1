"""The errors of DRS: its own codes, HTTP statuses and members, raised by operations and written by the wire.

DrsError
  AccessDenied 403 · Conflict 409 · InternalServer 500 · ResourceNotFound 404 · ServiceQuotaExceeded 402
  Throttling 429 · UninitializedAccount 400 · Validation 400            (modelled by AWS)
  ExpiredToken, UnrecognizedClient, MissingAuthenticationToken … 403     (common to all services)
  NotSimulated 501                                                       (ours)
"""

from collections.abc import Sequence
from typing import Any, Final

SERVICE_UNAVAILABLE: Final = 503


class DrsError(Exception):
    """An answer that is not a success: code, status and the members its shape has."""

    def __init__(self, error_code: str, status: int, message: str, **members: Any) -> None:
        super().__init__(message)
        self.code = error_code
        self.status = status
        self.quota_code = ""
        """The quota that stood in the way, if one did."""
        self.members: dict[str, Any] = {"message": message, **members}


def access_denied(message: str) -> DrsError:
    """The caller may not do this."""
    return DrsError("AccessDeniedException", 403, message, code="AccessDeniedException")


def conflict(message: str, resource_id: str, resource_type: str, quota_code: str = "") -> DrsError:
    """The resource is busy; the quota behind it is counted and not said."""
    error = DrsError(
        "ConflictException",
        409,
        message,
        code="ConflictException",
        resourceId=resource_id,
        resourceType=resource_type,
    )
    error.quota_code = quota_code
    return error


def internal_server(message: str, retry_after_seconds: int | None = None) -> DrsError:
    """The service failed; whether the effect took place is not said."""
    members = {} if retry_after_seconds is None else {"retryAfterSeconds": retry_after_seconds}
    return DrsError("InternalServerException", 500, message, **members)


def service_unavailable() -> DrsError:
    """The service's front end failed: a 503 without a modelled shape."""
    return DrsError("ServiceUnavailableException", SERVICE_UNAVAILABLE, "Service is unable to handle request.")


def resource_not_found(message: str, resource_id: str, resource_type: str) -> DrsError:
    """No resource has this id."""
    return DrsError(
        "ResourceNotFoundException",
        404,
        message,
        code="ResourceNotFoundException",
        resourceId=resource_id,
        resourceType=resource_type,
    )


def quota_exceeded(message: str, quota_code: str, resource_id: str, resource_type: str) -> DrsError:
    """A hard quota of the account and region stands in the way; AWS answers 402."""
    error = DrsError(
        "ServiceQuotaExceededException",
        402,
        message,
        code="ServiceQuotaExceededException",
        resourceId=resource_id,
        resourceType=resource_type,
        serviceCode="drs",
        quotaCode=quota_code,
    )
    error.quota_code = quota_code
    return error


def throttling(retry_after_seconds: int) -> DrsError:
    """Too many calls; the answer says when the next one may pass."""
    return DrsError(
        "ThrottlingException",
        429,
        "Rate exceeded",
        serviceCode="drs",
        retryAfterSeconds=str(retry_after_seconds),
    )


def uninitialized_account() -> DrsError:
    """DRS was never initialised in this account and region."""
    return DrsError(
        "UninitializedAccountException",
        400,
        "Account is not initialized. Call InitializeService first.",
        code="UninitializedAccountException",
    )


def validation(reason: str, message: str, fields: Sequence[tuple[str, str]] = ()) -> DrsError:
    """The request cannot be accepted; `fields` are (name, message) of the members at fault."""
    field_list = [{"name": name, "message": text} for name, text in fields]
    members: dict[str, Any] = {"fieldList": field_list} if field_list else {}
    return DrsError("ValidationException", 400, message, code="ValidationException", reason=reason, **members)


def invalid_field(name: str, problem: str) -> DrsError:
    """One member has a well-formed value that cannot be used."""
    message = f"1 validation error detected: Value at '{name}' is not usable: {problem}"
    return validation("fieldValidationFailed", message, [(name, problem)])


def expired_token() -> DrsError:
    """The session behind these credentials has ended."""
    return DrsError("ExpiredTokenException", 403, "The security token included in the request is expired")


def unrecognized_client() -> DrsError:
    """What a region that is not enabled says about any credentials."""
    return DrsError("UnrecognizedClientException", 403, "The security token included in the request is invalid.")


def missing_authentication() -> DrsError:
    """The request carries no usable Authorization header."""
    return DrsError("MissingAuthenticationTokenException", 403, "Missing Authentication Token")


def wrong_service(scope: str) -> DrsError:
    """The request was signed for another service."""
    return DrsError(
        "InvalidSignatureException",
        403,
        f"Credential should be scoped to correct service: 'drs', not '{scope}'.",
    )


def not_simulated(operation: str) -> DrsError:
    """DRS has this operation and the simulator does not: never a silent success."""
    return DrsError(
        "NotImplementedException",
        501,
        f"The DRS simulator does not implement {operation}; see local/drs_simulator/README.md.",
    )
