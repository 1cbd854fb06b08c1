"""One call in another account: expired credentials are replaced once, errors are translated into ours."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Final, TypeVar

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)
from botocore.parsers import ResponseParserError

from shared.cross_account import AccountSession, Sessions
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.targets import Target
from shared.patience import (
    READ_SECONDS,
    OutOfPatienceError,
    Throttle,
    answer_of,
    hearing_throttles,
    patience,
    why_unanswered,
    words_of,
)

Result = TypeVar("Result")

NOT_INITIALIZED: Final = "NOT_INITIALIZED"
REGION_NOT_ENABLED: Final = "REGION_NOT_ENABLED"
ENDPOINT_UNREACHABLE: Final = "ENDPOINT_UNREACHABLE"
UNREADABLE_ANSWER: Final = "UNREADABLE_ANSWER"
_OUR_WORDS: Final = {
    "UninitializedAccountException": (NOT_INITIALIZED, "DRS is not initialised in this account and region"),
    "UnrecognizedClientException": (REGION_NOT_ENABLED, "the region is not enabled in this account"),
}
_EXPIRED: Final = frozenset({"ExpiredTokenException", "ExpiredToken", "RequestExpired"})
NO_CREDENTIALS: Final = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError)


def in_session(
    sessions: Sessions, purpose: str, target: Target, operation: str, call: Callable[[AccountSession], Result]
) -> Result:
    """Call with a session in the target's account; once more with a new one if AWS says that it has expired.

    An expired session is refused at AWS's door, so the second call is never a repetition.
    """
    session = sessions.session(target.account_id, purpose)
    try:
        return call(session)
    except ClientError as error:
        if code_of(error) not in _EXPIRED:
            raise
        sessions.drop(session)
    session = sessions.session(target.account_id, purpose)
    try:
        return call(session)
    except ClientError as error:
        if code_of(error) not in _EXPIRED:
            raise
        raise _no_credentials(session, target, operation, code_of(error)) from error


def read(
    sessions: Sessions, purpose: str, target: Target, operation: str, call: Callable[[AccountSession], Result]
) -> Result:
    """A call that changes nothing, bounded in time; raises DrsServiceError or CrossAccountError."""
    heard: list[Throttle] = []
    try:
        with patience(READ_SECONDS), hearing_throttles(heard):
            return in_session(sessions, purpose, target, operation, lambda session: answer_of(lambda: call(session)))
    except ClientError as error:
        raise service_error(error, target, operation) from error
    except NO_CREDENTIALS as error:
        raise missing_credentials(error, target, operation) from error
    except ParamValidationError as error:
        raise refused_unsent(error, target, operation) from error
    except BotoCoreError as error:
        if heard and isinstance(error, OutOfPatienceError):
            raise _throttled(heard, error, target, operation) from error
        raise _failure(ENDPOINT_UNREACHABLE, "did not answer", why_unanswered(error), target, operation) from error
    except (ResponseParserError, KeyError, ValueError) as error:
        raise _failure(
            UNREADABLE_ANSWER, "answered what cannot be read", type(error).__name__, target, operation
        ) from error


def _throttled(heard: Sequence[Throttle], error: OutOfPatienceError, target: Target, operation: str) -> DrsServiceError:
    """The same as the SDK tells when it has no tries left."""
    return DrsServiceError(
        f"{operation} in {target}: {words_of(heard)}, and {error}",
        drsCode=heard[-1].code,
        httpStatus=HTTPStatus.TOO_MANY_REQUESTS.value,
        accountId=target.account_id,
        region=target.region,
        operation=operation,
    )


def code_of(error: ClientError) -> str:
    """AWS's own code; a bare number if the answer was not one of the service's errors."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: ClientError) -> int:
    """The HTTP status of the answer."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def service_error(error: ClientError, target: Target, operation: str) -> DrsServiceError:
    """What the service answered, with its code, account and region."""
    said = str(error.response.get("Error", {}).get("Message", ""))
    code, words = _OUR_WORDS.get(code_of(error), (code_of(error), said))
    return DrsServiceError(
        f"{operation} in {target}: {words} ({code})",
        drsCode=code,
        httpStatus=status_of(error),
        accountId=target.account_id,
        region=target.region,
        operation=operation,
        **_retry_after(error),
    )


def _retry_after(error: ClientError) -> dict[str, int]:
    """When the service says that the call may be made again, if it says so."""
    said = str(error.response.get("retryAfterSeconds", ""))
    return {"retryAfterSeconds": int(said)} if said.isdecimal() else {}


def refused_unsent(error: ParamValidationError, target: Target, operation: str) -> DrsServiceError:
    """The request has not the shape that the service's model demands; AWS would have said 400."""
    return DrsServiceError(
        f"{operation} in {target}: {error}",
        drsCode="ValidationException",
        httpStatus=400,
        accountId=target.account_id,
        region=target.region,
        operation=operation,
    )


def missing_credentials(error: BotoCoreError, target: Target, operation: str) -> CrossAccountError:
    """There is nothing to sign the call with."""
    return CrossAccountError(
        f"{operation} in {target}: no credentials ({error})",
        accountId=target.account_id,
        step=operation,
    )


def _no_credentials(session: AccountSession, target: Target, operation: str, code: str) -> CrossAccountError:
    role: dict[str, Any] = {} if session.role_arn is None else {"roleArn": session.role_arn}
    whose = f"the role {session.role_arn}" if session.role_arn else "this function"
    return CrossAccountError(
        f"{operation} in {target}: the credentials of {whose} have expired, also after they were fetched anew ({code})",
        accountId=target.account_id,
        step=operation,
        awsCode=code,
        **role,
    )


def _failure(code: str, what: str, why: str, target: Target, operation: str) -> DrsServiceError:
    return DrsServiceError(
        f"{operation} in {target}: the endpoint {what} ({why})",
        drsCode=code,
        accountId=target.account_id,
        region=target.region,
        operation=operation,
    )
