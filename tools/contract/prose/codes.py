"""What each code means, what its details hold, and what to do."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from shared.errors import MOST_FIELDS, ErrorCode


class CodeWords(NamedTuple):
    """The words about one code; links are those of ERROR_CODES.md."""

    means: str
    details: str
    do: str


CODES: Final[Mapping[ErrorCode, CodeWords]] = {
    ErrorCode.VALIDATION_ERROR: CodeWords(
        means="the input is wrong",
        details=f"`fields`: path, reason and [code](#field-codes) of each, {MOST_FIELDS} at most; `moreFields`: how many more",
        do="correct them; a body that is too large has status 413",
    ),
    ErrorCode.AUTHENTICATION_ERROR: CodeWords(
        means="nobody is signed in: no token, or one that is not a valid ID token of ours",
        details="`reason`, if the API's authorizer refused the token: its own words, such as `The incoming token has expired`",
        do="sign in, and send the ID token",
    ),
    ErrorCode.AUTHORIZATION_ERROR: CodeWords(
        means="the caller's roles lack the permission",
        details="`permission`",
        do="ask for the role, which is a group of the user pool, or for `DirectInvocationRole`",
    ),
    ErrorCode.RESOURCE_NOT_FOUND: CodeWords(
        means="there is no such thing",
        details="`id`, or `ids` where several were named, and `resource`: what there is none of",
        do="check the id",
    ),
    ErrorCode.OPERATION_NOT_FOUND: CodeWords(
        means="this function has no such operation",
        details="`operation`, `function` that has it",
        do="invoke that one",
    ),
    ErrorCode.CONFLICT_ERROR: CodeWords(
        means="the present state does not allow it",
        details="`reason`, see [below](#conflicts)",
        do="read the message",
    ),
    ErrorCode.PREFLIGHT_FAILED: CodeWords(
        means="the plan cannot be started now",
        details="`findings`, see [below](#findings)",
        do="mend the errors",
    ),
    ErrorCode.QUOTA_EXCEEDED: CodeWords(
        means="the notification topic has no room for another plan's address; executions wait for room in DRS instead",
        details="`quota`, `needed`",
        do="raise that quota of SNS, or name an address that other plans have",
    ),
    ErrorCode.DRS_SERVICE_ERROR: CodeWords(
        means="DRS or EC2 answered with an error, or not in time",
        details="`drsCode`, `httpStatus`, `accountId`, `region`, `operation`",
        do="see DRS's code; retryable if it was busy or silent",
    ),
    ErrorCode.CROSS_ACCOUNT_ERROR: CodeWords(
        means="the role in another account could not be used",
        details="`accountId`, `roleArn`, `step`; `awsCode`, if AWS answered",
        do="[verify the account](../guides/DRS_CROSS_ACCOUNT_SETUP_VERIFICATION.md#verify)",
    ),
    ErrorCode.EXECUTION_ERROR: CodeWords(
        means="Step Functions refused, or did not answer",
        details="`operation`; `awsCode`, if it answered",
        do="try again; what was stored is taken up within a minute",
    ),
    ErrorCode.THROTTLED: CodeWords(
        means="too busy, or the same start is under way; the message says whether a start was undone",
        details="`retryAfterSeconds`, if known; `executionId` of a start that was not, or of which it is not known",
        do="try again after it; look at that execution first",
    ),
    ErrorCode.INTERNAL_ERROR: CodeWords(
        means="something nobody foresaw; or a later version of this software wrote the execution",
        details="`reference`; `schemaVersion`, `knownVersion`",
        do="look it up in the log; go back to that version",
    ),
}
