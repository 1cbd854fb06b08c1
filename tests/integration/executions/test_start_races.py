"""Starts that meet as threads, on AWS's own engine; the bench runs a thousand races of each situation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import pytest

from tests.support.start_races import SITUATIONS
from tests.support.threaded_races import Course, course

RACES: Final = 60


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
