"""When a run has to make room for another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orchestration.calls import AdvanceCall, Answer, FinalizeCall, Next, RunCall
from orchestration.continuing import LONGEST_RUN, within_run

BEGAN = datetime(2026, 1, 29, 2, 47, 18, tzinfo=UTC)
WAIT = Answer(next=Next.WAIT, timeout_seconds=2_592_000, step=4, seen=2)


def call(left: int | None, *, began: datetime | None = BEGAN) -> RunCall:
    return FinalizeCall(execution_id="e-1", plan_id="p-1", rounds_left=left, run_started_at=began)


def test_a_call_takes_one_round_of_its_run() -> None:
    assert within_run(WAIT, call(7), BEGAN) == WAIT.model_copy(update={"rounds_left": 6})


def test_a_step_takes_another_for_each_time_that_it_was_tried_in_vain() -> None:
    step = AdvanceCall(
        execution_id="e-1", plan_id="p-1", run_seq=1, entered_at="", retry_count=3, rounds_left=7, run_started_at=BEGAN
    )

    assert within_run(WAIT, step, BEGAN).rounds_left == 3


@pytest.mark.parametrize("left", [1, 0, -4])
def test_a_run_without_rounds_makes_room_instead_of_waiting(left: int) -> None:
    answer = within_run(WAIT, call(left), BEGAN)

    assert (answer.next, answer.step, answer.seen) == (Next.CONTINUE, 4, 2)


@pytest.mark.parametrize("word", [Next.DONE, Next.STALE])
def test_a_run_that_has_nothing_to_wait_for_ends_as_it_would(word: Next) -> None:
    assert within_run(Answer(next=word), call(1), BEGAN + 2 * LONGEST_RUN).next is word


@pytest.mark.parametrize(
    ("age", "seconds"),
    [
        (timedelta(), 2_592_000),
        (timedelta(days=270), 2_592_000),
        (timedelta(days=270, seconds=1), 2_591_999),
        (timedelta(days=299, hours=23, minutes=59, seconds=59), 1),
    ],
)
def test_no_wait_goes_past_day_three_hundred_of_its_run(age: timedelta, seconds: int) -> None:
    answer = within_run(WAIT, call(7), BEGAN + age)

    assert (answer.next, answer.timeout_seconds) == (Next.WAIT, seconds)


@pytest.mark.parametrize("late", [timedelta(milliseconds=-300), timedelta(), timedelta(days=40)])
def test_a_run_of_three_hundred_days_makes_room_instead_of_waiting(late: timedelta) -> None:
    assert within_run(WAIT, call(7), BEGAN + LONGEST_RUN + late).next is Next.CONTINUE


def test_a_run_of_a_definition_that_counts_nothing_waits_as_it_always_did() -> None:
    answer = within_run(WAIT, call(None, began=None), BEGAN + 2 * LONGEST_RUN)

    assert answer == WAIT
