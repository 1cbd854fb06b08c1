"""Calls that meet as threads, on AWS's own engine; the bench runs a thousand races of each situation of starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

import pytest

from tests.functional.executions.recorded import ended
from tests.support.at_once import at_once
from tests.support.configuration import wave
from tests.support.control_room import ControlRoom
from tests.support.start_races import SITUATIONS
from tests.support.threaded_races import Course, course

RACES: Final = 30
FEW: Final = 20


@pytest.fixture(scope="module")
def races_on(local_endpoint: str) -> Iterator[Course]:
    with course(local_endpoint) as made:
        yield made


@pytest.mark.parametrize("plans", SITUATIONS.values(), ids=SITUATIONS)
def test_of_starts_that_meet_one_wins_and_the_others_leave_no_row(races_on: Course, plans: Sequence[str]) -> None:
    outcomes = races_on.races(plans, RACES)

    assert {outcome.winners for outcome in outcomes} == {1}
    # Whoever met after the check was refused by a lock.
    assert sum(count for outcome, count in outcomes.items() if outcome.refused_by_lock) >= RACES // 2


@pytest.fixture
def room(races_on: Course) -> Iterator[ControlRoom]:
    """One plan over two servers, and nothing in the table of executions."""
    races_on.swept()
    room = ControlRoom(races_on.history)
    room.group_of("db", 1, 2)
    room.plan_of(wave(0, "db"))
    yield room
    races_on.swept()


def test_the_same_start_twice_at_the_same_moment_is_one_execution(races_on: Course, room: ControlRoom) -> None:
    for number in range(FEW):
        start = partial(room.start, clientToken=f"token-{number}")

        answers = at_once(start, start)

        [execution] = [header for header in room.headers() if not header.is_terminal]
        told: list[Any] = [answer["executionId"] for answer in answers if "executionId" in answer]
        assert set(told) == {execution.execution_id}
        assert all("executionId" in answer or answer["error"] == "THROTTLED" for answer in answers)
        assert start()["executionId"] == execution.execution_id
        races_on.swept()


def test_two_terminations_at_the_same_moment_are_one(races_on: Course, room: ControlRoom) -> None:
    for _ in range(FEW):
        execution_id = ended(room)
        terminate = partial(room.call, "terminate_instances", executionId=execution_id)

        one, other = at_once(terminate, terminate)

        assert one == other
        assert [name for name in room.runs.inputs if name.startswith(f"{execution_id}-terminate")] == [
            f"{execution_id}-terminate-1"
        ]
        races_on.swept()
