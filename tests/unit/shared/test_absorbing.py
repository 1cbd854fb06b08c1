"""Calls at the pace of AWS: who is told to wait waits as long, who is refused is told, and time ends it all."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.clock import VirtualClock
from shared.errors import CrossAccountError, DrsServiceError
from shared.services.absorbing import FEW_TRIES, LONGEST_PAUSE, Absorbing, TimeOverError

START = datetime(2026, 1, 29, tzinfo=UTC)


def refusal(status: int, code: str = "", **more: Any) -> DrsServiceError:
    return DrsServiceError("no", drsCode=code, httpStatus=status, **more)


def shut_out(code: str = "", **more: Any) -> CrossAccountError:
    return CrossAccountError("no", awsCode=code, **more)


class Called:
    """A call that is refused so often, then answers."""

    def __init__(self, *refusals: DrsServiceError | CrossAccountError) -> None:
        self.refusals = list(refusals)
        self.count = 0

    def __call__(self) -> str:
        self.count += 1
        if self.refusals:
            raise self.refusals.pop(0)
        return "done"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


def absorbing(clock: VirtualClock, seconds: float | None = None, workers: int = 1) -> Absorbing:
    until = None if seconds is None else START + timedelta(seconds=seconds)
    return Absorbing(clock, clock.advance, until, workers)


def test_who_is_told_to_wait_waits_as_long_as_that_and_never_longer_than_the_longest(clock: VirtualClock) -> None:
    call = Called(refusal(429, retryAfterSeconds=7), refusal(503, "RequestLimitExceeded", retryAfterSeconds=900))

    assert absorbing(clock).one(call) == "done"

    assert clock.now() - START == timedelta(seconds=7 + LONGEST_PAUSE)


def test_what_fails_within_aws_is_tried_a_few_times_only(clock: VirtualClock) -> None:
    call = Called(*(refusal(500) for _ in range(9)))

    with pytest.raises(DrsServiceError):
        absorbing(clock).one(call)

    assert call.count == FEW_TRIES


@pytest.mark.parametrize(
    ("error", "tries"),
    [(shut_out("Throttling"), 6), (shut_out(unanswered=True), FEW_TRIES), (shut_out("AccessDenied"), 1)],
    ids=["throttled", "silent", "refused"],
)
def test_a_role_that_is_asked_for_too_often_or_in_vain_is_asked_for_again(
    clock: VirtualClock, error: CrossAccountError, tries: int
) -> None:
    call = Called(*[error] * 5)

    with suppress(CrossAccountError):
        absorbing(clock).one(call)

    assert call.count == tries


def test_a_refusal_is_told_at_once(clock: VirtualClock) -> None:
    call = Called(refusal(403, "AccessDeniedException"))

    with pytest.raises(DrsServiceError):
        absorbing(clock).one(call)

    assert (call.count, clock.now()) == (1, START)


def test_nobody_waits_beyond_the_end(clock: VirtualClock) -> None:
    with pytest.raises(TimeOverError):
        absorbing(clock, 5).one(Called(refusal(429, retryAfterSeconds=6)))

    assert clock.now() == START


@pytest.mark.parametrize("workers", [1, 4])
def test_of_many_some_answer_some_fail_and_some_are_not_begun(clock: VirtualClock, workers: int) -> None:
    def call(name: str) -> str:
        if name == "bad":
            raise refusal(400, "ValidationException")
        if name == "late":
            raise TimeOverError
        return name.upper()

    made = absorbing(clock, workers=workers).each(["a", "bad", "late", "b"], call)

    assert made.answers == {"a": "A", "b": "B"}
    assert [error.details["drsCode"] for error in made.failed.values()] == ["ValidationException"]
