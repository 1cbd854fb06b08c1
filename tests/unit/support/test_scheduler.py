"""Processes side by side: who goes on is the seed's choice, and nothing is left standing."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import pytest

from shared.clock import VirtualClock
from tests.support.agenda import Agenda
from tests.support.asl.functions import Crash, LambdaService
from tests.support.scheduler import Scheduler, Temper
from tests.support.world import HOUR, World
from tests.support.world.rest import QUICK, check_at_rest
from tests.support.world.seams import Seam

START: Final = datetime(2026, 1, 29, 2, 47, 18, tzinfo=UTC)
RESTLESS: Final = Temper(instants=0.5, whiles=0.3, long=0.0)


class Room:
    """An agenda with processes, and what they did."""

    def __init__(self, seed: int = 0, temper: Temper = RESTLESS) -> None:
        self.clock = VirtualClock(START)
        self.agenda = Agenda(self.clock, random.Random(seed))
        self.scheduler = Scheduler(self.agenda, random.Random(seed), temper)
        self.seam = Seam("function", self.scheduler)
        self.done: list[str] = []

    def works(self, name: str, calls: int = 4) -> Callable[[], None]:
        """A process that makes some calls."""

        def work() -> None:
            for number in range(calls):
                self.seam.pass_through("call", partial(self.done.append, f"{name}{number}"))

        return work

    def begin(self, *names: str) -> None:
        """Let processes begin at once."""
        for name in names:
            self.agenda.after(0, partial(self.scheduler.begin, self.works(name), name))
        self.agenda.run_until_idle()


def order_of(seed: int) -> list[str]:
    room = Room(seed)
    room.begin("a", "b", "c")
    return room.done


def test_processes_interleave_between_their_calls_as_the_seed_decides() -> None:
    orders = {tuple(order_of(seed)) for seed in range(30)}

    assert len(orders) > 20
    assert all(sorted(order) == sorted(order_of(0)) for order in orders)
    assert order_of(7) == order_of(7)


def test_each_process_keeps_its_own_order() -> None:
    assert [one for one in order_of(3) if one.startswith("b")] == ["b0", "b1", "b2", "b3"]


def test_time_passes_while_a_process_sleeps_and_others_work_meanwhile() -> None:
    room = Room()

    def sleeper() -> None:
        room.scheduler.sleep(60)
        room.done.append("awake")

    room.agenda.after(0, lambda: room.scheduler.begin(sleeper, "sleeper"))
    room.agenda.after(30, lambda: room.done.append("half a minute"))
    room.agenda.run_until_idle()

    assert room.done == ["half a minute", "awake"]
    assert room.clock.now() == START + timedelta(seconds=60)


def test_what_a_process_raises_comes_out_where_it_was_let_go_on() -> None:
    room = Room()

    def fails() -> None:
        room.scheduler.sleep(5)
        raise AssertionError("wrong")

    room.agenda.after(0, lambda: room.scheduler.begin(fails, "fails"))
    room.agenda.after(1, lambda: None)

    with pytest.raises(AssertionError, match="wrong"):
        room.agenda.run_until_idle()


def test_a_crash_ends_one_process_and_no_other_of_the_same_function() -> None:
    room = Room()
    room.seam.crash("call", nth=2)
    crashed: list[str] = []

    def work(name: str) -> None:
        try:
            room.works(name)()
        except Crash:
            crashed.append(name)

    for name in "ab":
        room.agenda.after(0, partial(room.scheduler.begin, partial(work, name), name))
    room.agenda.run_until_idle()

    assert len(crashed) == 1
    [other] = {"a", "b"} - set(crashed)
    assert sum(one.startswith(other) for one in room.done) == 4
    assert len(room.done) < 8


def test_closing_ends_what_stands_still_and_its_last_words_reach_nothing() -> None:
    room = Room()

    def work() -> None:
        try:
            room.scheduler.sleep(HOUR)
        finally:
            room.seam.pass_through("call", lambda: room.done.append("too late"))

    room.agenda.after(0, lambda: room.scheduler.begin(work, "work"))
    room.agenda.after(1, lambda: None)
    room.agenda.advance(2)

    room.scheduler.close()

    assert room.done == []


@pytest.mark.parametrize("kills", [False, True])
def test_a_function_that_works_too_long_is_given_up_and_goes_on_or_dies(kills: bool) -> None:
    room = Room()
    functions = LambdaService(room.agenda, {"f": lambda _payload: late(room)})
    functions.processes, functions.timeouts, functions.kills_late = room.scheduler, {"f": 30.0}, lambda: kills
    told: list[str] = []

    functions.invoke("f", {}, lambda _answer: told.append("answered"), lambda error: told.append(error.name))
    room.agenda.run_until_idle()

    assert told == ["Sandbox.Timedout"]
    assert functions.given_up == 1
    assert room.done == ([] if kills else ["f0"])


def late(room: Room) -> None:
    room.scheduler.sleep(60)
    room.works("f", 1)()


def drill(seed: int) -> tuple[World, str]:
    world = World(seed=seed, settings=QUICK, temper=Temper(instants=0.5, whiles=0.3, long=0.01))
    execution_id = world.start(world.plan_of(2, 1))
    assert world.run_until_end(execution_id, limit=6 * HOUR) == "COMPLETED"
    check_at_rest(world, execution_id)
    world.close()
    return world, execution_id


def test_the_whole_system_works_side_by_side_and_the_same_seed_leaves_the_same_record() -> None:
    (one, execution_id), (other, same) = drill(5), drill(5)

    assert one.scheduler is not None and one.scheduler.switches > 5
    assert execution_id == same
    assert list(one.simulator_record.as_json()) == list(other.simulator_record.as_json())
