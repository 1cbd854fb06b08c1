"""A thousand races of starts that meet as threads, in each situation, on AWS's own engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from tests.bench.areas import Area, Line, at_least, exactly
from tests.bench.findings import Findings
from tests.support.start_races import SITUATIONS
from tests.support.threaded_races import Course, course

RACES: Final = 1000

AREAS: Final = tuple(
    Area(
        f"Starts that meet on DynamoDB Local: {situation}",
        (
            Line("races, of which no loser left a row", exactly(RACES)),
            Line("most winners of a race", exactly(1)),
            Line("fewest winners of a race", exactly(1)),
            Line("races in which a lock refused all losers", at_least(RACES // 2), varies=True),
        ),
    )
    for situation in SITUATIONS
)


@pytest.fixture(scope="module")
def races_on(local_endpoint: str) -> Iterator[Course]:
    with course(local_endpoint) as made:
        yield made


@pytest.mark.parametrize(("area", "situation"), list(zip(AREAS, SITUATIONS, strict=True)), ids=SITUATIONS)
def test_a_thousand_starts_that_meet_never_have_two_winners(
    races_on: Course, area: Area, situation: str, report: Findings
) -> None:
    plans = SITUATIONS[situation]

    outcomes = races_on.races(plans, RACES)

    report(
        area,
        {
            "races, of which no loser left a row": outcomes.total(),
            "most winners of a race": max(outcome.winners for outcome in outcomes),
            "fewest winners of a race": min(outcome.winners for outcome in outcomes),
            "races in which a lock refused all losers": sum(
                count for outcome, count in outcomes.items() if outcome.refused_by_lock == len(plans) - 1
            ),
        },
    )
