"""A call that must not be repeated: bounded in time, not sent too late, and its errors sorted by what is known."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeVar

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
)
from botocore.parsers import ResponseParserError

from shared.aws.calls import (
    NO_CREDENTIALS,
    code_of,
    in_session,
    missing_credentials,
    refused_unsent,
    service_error,
    status_of,
)
from shared.aws.ports import DoubtError, NotSentError
from shared.clock import Clock
from shared.cross_account import AccountSession, Sessions
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.base import format_instant
from shared.models.targets import Target

Result = TypeVar("Result")

CALL_SECONDS: Final = 65
"""The whole call in real time; the engine's rule for giving up on a lost call counts on it (engine.md, section 6)."""
_DEFINITE: Final = frozenset({400, 402, 403, 404, 409, 429})
"""The statuses with which DRS says that it did nothing; a 409 is still to be explained by a listing."""


@dataclass(frozen=True, slots=True)
class _Limit:
    clock: Clock
    not_after: datetime


class _TooLateError(Exception):
    """The moment to send had passed."""


_BEFORE_SENDING: Final = (
    CrossAccountError,
    _TooLateError,
    EndpointConnectionError,
    ConnectTimeoutError,
    *NO_CREDENTIALS,
)

_limit: ContextVar[_Limit] = ContextVar("limit")


def _refuse_if_late(**_request: Any) -> None:
    """Runs within botocore right before the bytes leave, after credentials, signing and any pause of the process."""
    limit = _limit.get()
    now = limit.clock.now()
    if now > limit.not_after:
        raise _TooLateError(f"it was {format_instant(now)}, not to be sent after {format_instant(limit.not_after)}")


def call_once(
    sessions: Sessions,
    purpose: str,
    target: Target,
    operation: str,
    call: Callable[[Any], Result],
    *,
    clock: Clock,
    not_after: datetime,
    service: Literal["drs", "ssm"] = "drs",
    seconds: float = CALL_SECONDS,
) -> Result:
    """Make the call at most once; raises NotSentError, DrsServiceError (a definite refusal) or DoubtError."""

    def in_region(session: AccountSession) -> Result:
        client: Any = session.client(service, target.region, once=True)
        client.meta.events.register_first(f"before-send.{service}", _refuse_if_late, unique_id="not-after")
        return call(client)

    def bounded() -> Result:
        _limit.set(_Limit(clock, not_after))
        return in_session(sessions, purpose, target, operation, in_region)

    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=operation)
    try:
        return executor.submit(bounded).result(timeout=seconds)
    except ClientError as error:
        raise _answered(error, target, operation) from error
    except ParamValidationError as error:
        raise refused_unsent(error, target, operation) from error
    except _BEFORE_SENDING as error:
        raise _not_sent(error, target, operation) from error
    except (BotoCoreError, ResponseParserError, KeyError, ValueError, TimeoutError) as error:
        raise _doubt(error, target, operation) from error
    finally:
        executor.shutdown(wait=False)


def _answered(error: ClientError, target: Target, operation: str) -> DrsServiceError | DoubtError:
    """A number instead of a code means that something in between answered, not DRS."""
    if status_of(error) in _DEFINITE and not code_of(error).isdigit():
        return service_error(error, target, operation)
    return _doubt(error, target, operation)


def _not_sent(error: Exception, target: Target, operation: str) -> NotSentError:
    if isinstance(error, CrossAccountError):
        return NotSentError(error.message, error)
    if isinstance(error, NO_CREDENTIALS):
        cause = missing_credentials(error, target, operation)
        return NotSentError(cause.message, cause)
    return NotSentError(f"{operation} in {target} was not sent: {error}", why=str(error))


def _doubt(error: Exception, target: Target, operation: str) -> DoubtError:
    return DoubtError(f"{operation} in {target} may have been carried out: {type(error).__name__}: {error}")
