"""Every error that a caller may see.

DrsOrchestrationError
├── ValidationError            VALIDATION_ERROR      bad input; names every field and the rule
├── AuthenticationError        AUTHENTICATION_ERROR
├── AuthorizationError         AUTHORIZATION_ERROR   names the permission
├── NotFoundError              RESOURCE_NOT_FOUND
├── OperationNotFoundError     OPERATION_NOT_FOUND
├── ConflictError              CONFLICT_ERROR        `details.reason` says which conflict
├── PreflightFailedError       PREFLIGHT_FAILED      findings per account and region
├── QuotaExceededError         QUOTA_EXCEEDED        retryable
├── DrsServiceError            DRS_SERVICE_ERROR     DRS code, account, region
├── CrossAccountError          CROSS_ACCOUNT_ERROR   role and step that failed
├── ExecutionError             EXECUTION_ERROR       Step Functions refused; retryable
├── ThrottledError             THROTTLED             retryable after a time
└── InternalError              INTERNAL_ERROR        a reference only; retryable
    └── NewerSchemaError       INTERNAL_ERROR        a later version wrote it, which alone may go on with it
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from http import HTTPStatus
from itertools import islice
from typing import Any, ClassVar, Final

MOST_FIELDS: Final = 100
"""So many wrong fields are named, each twice; an answer of Lambda has at most 6 MB."""

LONGEST_PATH: Final = 256
"""So much of a wrong field's path is shown, in characters: a name in it is the caller's own."""

LONGEST_REASON: Final = 1000
"""So much of the reason is shown, in characters: it may quote what somebody wrote."""


MOST_SERVERS: Final = 100
"""So many servers of a conflict are named with their owners, for the same reason: a plan may have thousands."""


THROTTLED: Final = frozenset(
    {"RequestLimitExceeded", "RequestThrottled", "Throttling", "ThrottlingException", "TooManyRequestsException"}
)
"""AWS's codes for it; EC2 says so with 503 and DRS with 429."""

_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


class ErrorCode(StrEnum):
    """The thirteen codes of the contract."""

    VALIDATION_ERROR = "VALIDATION_ERROR"
    AUTHENTICATION_ERROR = "AUTHENTICATION_ERROR"
    AUTHORIZATION_ERROR = "AUTHORIZATION_ERROR"
    RESOURCE_NOT_FOUND = "RESOURCE_NOT_FOUND"
    OPERATION_NOT_FOUND = "OPERATION_NOT_FOUND"
    CONFLICT_ERROR = "CONFLICT_ERROR"
    PREFLIGHT_FAILED = "PREFLIGHT_FAILED"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    DRS_SERVICE_ERROR = "DRS_SERVICE_ERROR"
    CROSS_ACCOUNT_ERROR = "CROSS_ACCOUNT_ERROR"
    EXECUTION_ERROR = "EXECUTION_ERROR"
    THROTTLED = "THROTTLED"
    INTERNAL_ERROR = "INTERNAL_ERROR"


class ConflictReason(StrEnum):
    """Why a CONFLICT_ERROR was raised, in `details.reason`."""

    NAME_EXISTS = "NAME_EXISTS"
    SERVER_CONFLICT = "SERVER_CONFLICT"
    TAG_CONFLICT = "TAG_CONFLICT"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    IN_USE = "IN_USE"
    ACTIVE_EXECUTION = "ACTIVE_EXECUTION"
    INVALID_STATE = "INVALID_STATE"
    SYNC_IN_PROGRESS = "SYNC_IN_PROGRESS"


def shortened(text: str, most: int) -> str:
    """The text in at most so many characters; what was cut off is shown by an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def servers_in_the_way(servers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The details of a SERVER_CONFLICT: the first MOST_SERVERS in `servers`, and in `moreServers` how many others."""
    more = len(servers) - MOST_SERVERS
    return {"servers": list(servers[:MOST_SERVERS])} | ({"moreServers": more} if more > 0 else {})


class DrsOrchestrationError(Exception):
    """An error with a code, a sentence for people, and details for programs."""

    code: ClassVar[ErrorCode]
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, Any] = details

    @property
    def is_retryable(self) -> bool:
        """Whether the same call may be made again after a moment, and nobody need look or do anything meanwhile."""
        return self.retryable

    def also(self, words: str, **details: Any) -> None:
        """Say more at the end of the sentence: what became of what had been begun."""
        self.message += words
        self.args = (self.message,)
        self.details.update(details)


class ValidationError(DrsOrchestrationError):
    """Bad input; `details.fields` is a list of {field, reason, code}, `details.moreFields` how many more are wrong."""

    code = ErrorCode.VALIDATION_ERROR

    @classmethod
    def of(cls, fields: Iterable[Mapping[str, str]]) -> "ValidationError":
        """One error for all the wrong fields: the first MOST_FIELDS are named, the rest counted."""
        rest = iter(fields)
        named = [
            {
                "field": shortened(field["field"], LONGEST_PATH),
                "reason": shortened(field["reason"], LONGEST_REASON),
                "code": field["code"],
            }
            for field in islice(rest, MOST_FIELDS)
        ]
        return cls._naming(named, sum(1 for _ in rest))

    @classmethod
    def _naming(cls, named: Sequence[Mapping[str, str]], more: int) -> "ValidationError":
        sentence = "; ".join(f"{field['field']}: {field['reason']}" for field in named)
        if not more:
            return cls(sentence, fields=named)
        return cls(f"{sentence}; and {more:,} more", fields=named, moreFields=more)

    def renamed(self, name: Callable[[str], str]) -> "ValidationError":
        """The same error, each field by another name."""
        fields = [{**field, "field": name(field["field"])} for field in self.details["fields"]]
        return self._naming(fields, self.details.get("moreFields", 0))

    @classmethod
    def one(cls, field: str, reason: str, code: str) -> "ValidationError":
        """One error for one wrong field."""
        return cls.of([{"field": field, "reason": reason, "code": code}])


class AuthenticationError(DrsOrchestrationError):
    """Nobody is signed in."""

    code = ErrorCode.AUTHENTICATION_ERROR


class AuthorizationError(DrsOrchestrationError):
    """The caller lacks the permission that the message names."""

    code = ErrorCode.AUTHORIZATION_ERROR


class NotFoundError(DrsOrchestrationError):
    """The named thing does not exist."""

    code = ErrorCode.RESOURCE_NOT_FOUND


class OperationNotFoundError(DrsOrchestrationError):
    """No such operation here; the message names the function that has it, if one does."""

    code = ErrorCode.OPERATION_NOT_FOUND


class ConflictError(DrsOrchestrationError):
    """The present state does not allow it; `details.reason` is a ConflictReason."""

    code = ErrorCode.CONFLICT_ERROR

    def __init__(self, message: str, *, reason: ConflictReason, **details: Any) -> None:
        super().__init__(message, reason=reason.value, **details)
        self.reason = reason


class PreflightFailedError(DrsOrchestrationError):
    """A check before the start failed; `details.findings` lists them per account and region."""

    code = ErrorCode.PREFLIGHT_FAILED


class QuotaExceededError(DrsOrchestrationError):
    """A quota leaves no room: quota, limit, inUse, needed."""

    code = ErrorCode.QUOTA_EXCEEDED
    retryable = True


class DrsServiceError(DrsOrchestrationError):
    """DRS answered with an error: drsCode, httpStatus, accountId, region, operation."""

    code = ErrorCode.DRS_SERVICE_ERROR

    @property
    def drs_code(self) -> str:
        """DRS's own code, or NOT_INITIALIZED, REGION_NOT_ENABLED, ENDPOINT_UNREACHABLE."""
        return str(self.details.get("drsCode", ""))

    @property
    def http_status(self) -> int:
        """The status of DRS's answer; 0 if there was none."""
        return int(self.details.get("httpStatus") or 0)

    @property
    def is_throttled(self) -> bool:
        """Whether AWS wants fewer calls, and may take this one in a moment."""
        return self.http_status == HTTPStatus.TOO_MANY_REQUESTS or self.drs_code in THROTTLED

    @property
    def is_denied(self) -> bool:
        """Whether the role may not do this."""
        return self.http_status == HTTPStatus.FORBIDDEN or self.drs_code in _DENIED

    @property
    def is_retryable(self) -> bool:
        """As DRS says: quotas in use (402), throttling, its own failures (5xx), no answer at all (0)."""
        return self.http_status in {0, 402} or self.http_status >= 500 or self.is_throttled


class CrossAccountError(DrsOrchestrationError):
    """The role in another account could not be used: accountId, roleArn, step; `unanswered` if STS said nothing."""

    code = ErrorCode.CROSS_ACCOUNT_ERROR

    def __init__(self, message: str, *, unanswered: bool = False, **details: Any) -> None:
        super().__init__(message, **details)
        self._unanswered = unanswered

    @property
    def is_throttled(self) -> bool:
        """Whether STS wants fewer calls, and may take this one in a moment."""
        return self.details.get("awsCode") in THROTTLED

    @property
    def is_retryable(self) -> bool:
        """Where STS gave no answer, or wants fewer calls; what it refuses else it refuses again."""
        return self._unanswered or self.is_throttled


class ExecutionError(DrsOrchestrationError):
    """Step Functions refused."""

    code = ErrorCode.EXECUTION_ERROR
    retryable = True


class ThrottledError(DrsOrchestrationError):
    """Try again later: retryAfterSeconds."""

    code = ErrorCode.THROTTLED
    retryable = True


class InternalError(DrsOrchestrationError):
    """Something unknown went wrong; the caller gets a reference, the log has the stack."""

    code = ErrorCode.INTERNAL_ERROR
    retryable = True


class NewerSchemaError(InternalError):
    """A later version of this software wrote the execution, which nothing may touch: schemaVersion, knownVersion."""
