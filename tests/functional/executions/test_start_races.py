"""Starts that meet, interleaved by a seed before every call of the table: two hundred races of each situation."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import pytest

from shared.stores import schemas
from shared.stores.memory_table import MemoryTable
from tests.support.agenda import Agenda
from tests.support.scheduler import Scheduler, Temper
from tests.support.start_races import SITUATIONS, Outcome, RaceRoom, judge
from tests.support.world.seams import Seam

RACES: Final = 100
"""In each of two ways to take locks: all of a start in one transaction, and one by one. The bench races a thousand
threads."""
SHARES: Final = (1.0, 0.5, 0.2)
"""Of all calls, those before which a start stands still and lets another go on."""


class Steps:
    """Lets the starts stand still before their calls, and writes down whose call it then is."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self.told = ""

    @property
    def working(self) -> int:
        return self._scheduler.working

    def pause(self) -> None:
        self._scheduler.pause()
        self.told += str(self._scheduler.working)


def race(room: RaceRoom, plans: Sequence[str], seed: int) -> tuple[Outcome, str]:
    """What came of starts of these plans in the order of the seed, and whose call was whose."""
    order = random.Random(f"{plans}/{seed}")
    table = MemoryTable(schemas.EXECUTION_HISTORY)
    agenda = Agenda(room.clock, order)
    scheduler = Scheduler(agenda, order, Temper(SHARES[seed % len(SHARES)], 0, 0))
    steps = Steps(scheduler)
    answers: list[Any] = [None] * len(plans)

    def begin(number: int, plan: str) -> None:
        def work() -> None:
            answers[number] = room.start_on(Seam("start", steps).watch(table, "history"), plan)

        scheduler.begin(work, f"start {number}")

    for number, plan in enumerate(plans):
        agenda.at(room.clock.now(), partial(begin, number, plan))
    agenda.settle()
    return judge(room, plans, answers, table.scan()), steps.told


@pytest.mark.parametrize("locks_at_once", [100, 1])
@pytest.mark.parametrize("plans", SITUATIONS.values(), ids=SITUATIONS)
def test_of_starts_that_meet_one_wins_and_the_others_leave_no_row(plans: Sequence[str], locks_at_once: int) -> None:
    room = RaceRoom()
    room.locks_at_once = locks_at_once
    outcomes: Counter[Outcome] = Counter()
    orders: set[str] = set()

    for seed in range(RACES):
        outcome, told = race(room, plans, seed + 10_000 * locks_at_once)
        outcomes[outcome] += 1
        orders.add(told)

    assert {outcome.winners for outcome in outcomes} == {1}
    # The races are worth their time: half of them differ from all others, and each of the two checks decided many.
    assert len(orders) > 0.5 * RACES
    assert sum(count for outcome, count in outcomes.items() if outcome.refused_by_lock) > 0.1 * RACES
    assert sum(count for outcome, count in outcomes.items() if outcome.refused_by_check) > 0.1 * RACES
