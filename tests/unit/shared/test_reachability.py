"""What an answer of AWS says of an account and region, and which finding that is: one rule for all who ask."""

import pytest

from shared.errors import DrsServiceError
from shared.models.places import PlaceState
from shared.services.reachability import obstacle_of, state_of
from tests.support.configuration import DATABASE


@pytest.mark.parametrize(
    ("code", "status", "state", "told"),
    [
        ("NOT_INITIALIZED", 400, "NOT_INITIALIZED", ("FAIL", "NOT_INITIALIZED")),
        ("REGION_NOT_ENABLED", 403, "NOT_ENABLED", ("FAIL", "REGION_NOT_ENABLED")),
        ("ENDPOINT_UNREACHABLE", 0, "SILENT", ("UNKNOWN", "NO_ANSWER")),
        ("AccessDeniedException", 403, "DENIED", ("FAIL", "DENIED")),
        ("AccessDenied", 400, "DENIED", ("FAIL", "DENIED")),
        ("UnauthorizedOperation", 403, "DENIED", ("FAIL", "DENIED")),
        ("SomethingElse", 403, "DENIED", ("FAIL", "DENIED")),
        ("ThrottlingException", 429, "THROTTLED", ("UNKNOWN", "THROTTLED")),
        ("TooManyRequestsException", 429, "THROTTLED", ("UNKNOWN", "THROTTLED")),
        ("Throttling", 400, "THROTTLED", ("UNKNOWN", "THROTTLED")),
        ("RequestLimitExceeded", 503, "THROTTLED", ("UNKNOWN", "THROTTLED")),
        ("SomethingElse", 429, "THROTTLED", ("UNKNOWN", "THROTTLED")),
        ("InternalServerException", 500, "UNREADABLE", ("UNKNOWN", "REFUSED")),
        ("", 502, "UNREADABLE", ("UNKNOWN", "REFUSED")),
    ],
)
def test_an_answer_has_one_state_and_the_finding_follows_from_it(
    code: str, status: int, state: str, told: tuple[str, str]
) -> None:
    error = DrsServiceError("no", drsCode=code, httpStatus=status)

    finding = obstacle_of(DATABASE, error)

    assert state_of(error) is PlaceState(state)
    assert (finding.outcome, finding.reason) == told
    assert error.is_retryable is (state in ("THROTTLED", "SILENT", "UNREADABLE"))
