"""Whatever happens on the very moment at which one run follows another: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import pytest

from tests.integration.engine.run_changes import (
    CHANGE,
    gate_beside_a_running_branch,
    runs_of,
    silent,
    when_changing,
    within_change,
)
from tests.support.world import HOUR, World
from tests.support.world.rest import QUICK, check_at_rest
from tests.support.world.seams import Moment
from tests.support.world.sweep import STILL, TROUBLES, Trouble, tell

MOMENTS: Final[tuple[Moment, ...]] = ("before", "after")
Wish = Callable[[World, str], Any]
WISHES: Final[dict[str, Wish]] = {
    "approves": lambda world, execution_id: world.resume(execution_id, 0),
    "approves by mail": lambda world, execution_id: world.approve_by_mail(world.mails("pause", execution_id)[-1]),
    "rejects by mail": lambda world, execution_id: world.reject_by_mail(world.mails("pause", execution_id)[-1]),
    "pauses": lambda world, execution_id: world.pause(execution_id),
    "skips": lambda world, execution_id: world.skip(execution_id, 0),
    "cancels": lambda world, execution_id: world.cancel(execution_id),
}


def trouble_of(world: World, trouble: Trouble) -> tuple[Callable[[], None], Moment]:
    """What goes wrong within the call that comes next."""
    moment: Moment = "before" if trouble.endswith("before") else "after"
    if trouble.startswith("dies"):
        return world.orchestration._die, moment

    def stand_still() -> None:
        world.functions.give_up()
        world.advance(STILL)

    return stand_still, moment


def is_heard(world: World, execution_id: str, number: int) -> bool:
    """Whether everything that was asked is decided, and at least that much was asked."""
    plan_id = world.header(execution_id).plan_id
    asked = [row for row in world.history.scan() if str(row["planId"]).startswith(f"{plan_id}#REQUEST#")]
    return len(asked) >= number and all(row["state"] != "NEW" for row in asked)


@pytest.mark.sweep
@pytest.mark.parametrize("wish", WISHES.values(), ids=WISHES)
@pytest.mark.parametrize("verb", CHANGE)
@pytest.mark.parametrize("moment", MOMENTS)
def test_what_is_asked_while_the_runs_change_is_heard_at_once(verb: str, moment: Moment, wish: Wish) -> None:
    world = silent(World(settings=QUICK, rounds=4))
    execution_id = gate_beside_a_running_branch(world)
    world.reconcile_every = None

    within_change(world, verb, lambda: wish(world, execution_id), moment)
    world.run_until(lambda: len(runs_of(world, execution_id)) == 2)
    world.advance(2)

    assert is_heard(world, execution_id, 1), "the next run has begun with it, though nobody looked after it"
    finish(world, execution_id)


def finish(world: World, execution_id: str) -> None:
    """Let the execution come to its end, with everything approved."""
    world.reconcile_every = 60.0
    world.functions.fault = lambda _invocation: None
    for _ in range(100):
        if world.header(execution_id).is_terminal:
            break
        for gate in world.execution(execution_id)["gates"]:
            if gate["status"] == "OPEN":
                world.call("resume_execution", executionId=execution_id, waveNumber=gate.get("waveNumber"))
        world.advance(60)
    world.run_until_end(execution_id, limit=HOUR)
    check_at_rest(world, execution_id)


@pytest.mark.sweep
@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("verb", CHANGE)
@pytest.mark.parametrize("change", [1, 2])
def test_the_change_itself_may_go_wrong(verb: str, trouble: Trouble, change: int) -> None:
    world = silent(World(rounds=4))
    execution_id = gate_beside_a_running_branch(world)
    action, moment = trouble_of(world, trouble)

    within_change(world, verb, action, moment, change=change)
    world.run_until(lambda: len(runs_of(world, execution_id)) > change)

    finish(world, execution_id)
    assert world.status(execution_id) == "COMPLETED"


@pytest.mark.sweep
@pytest.mark.parametrize("seed", range(12))
def test_a_wish_and_a_mishap_may_meet_in_a_change(seed: int) -> None:
    rng = random.Random(seed)
    world = silent(World(seed=seed, stale_indexes=True, rounds=3))
    execution_id = gate_beside_a_running_branch(world)
    wish = rng.choice(list(WISHES.values()))

    def arrange() -> None:
        action, moment = trouble_of(world, rng.choice(TROUBLES))
        world.orchestration.on(rng.choice(CHANGE), partial(wish, world, execution_id), moment=rng.choice(MOMENTS))
        world.orchestration.on(rng.choice(CHANGE), action, moment=moment)

    when_changing(world, arrange, change=rng.randint(1, 3))
    world.run_until(lambda: is_heard(world, execution_id, 1))

    finish(world, execution_id)


@pytest.mark.sweep
@pytest.mark.requirement("SRS-E16")
@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("verb", [*CHANGE, "history.put"])
def test_a_drill_and_its_termination_end_the_same_in_many_runs(verb: str, trouble: Trouble) -> None:
    world = World(settings=QUICK, rounds=3)
    action, moment = trouble_of(world, trouble)
    within_change(world, verb, action, moment, change=2)

    execution_id = tell(world)

    assert len(runs_of(world, execution_id)) > 3
    assert len(runs_of(world, f"{execution_id}-terminate-1")) > 1


def test_the_event_of_a_jobs_end_is_heard_while_the_runs_change() -> None:
    world = silent(World(settings=QUICK, rounds=3))
    execution_id = gate_beside_a_running_branch(world)
    world.reconcile_every = None
    header = world.header(execution_id)
    seen = header.seen

    def tell_of_the_end() -> None:
        world.executions.signal(execution_id, header.plan_id, world.clock.now())

    when_changing(world, tell_of_the_end)
    world.run_until(lambda: len(runs_of(world, execution_id)) == 2)
    world.advance(1)

    assert world.header(execution_id).seen == seen + 1
    finish(world, execution_id)


def test_a_run_whose_name_is_taken_is_no_success() -> None:
    world = silent(World(settings=QUICK, rounds=4))
    execution_id = gate_beside_a_running_branch(world)
    name = f"{execution_id}-r2"
    world.runs.start_run(name, {"kind": "OTHER"})
    world.advance(1)
    assert not world.run(name).is_running

    world.run_until(lambda: world.header(execution_id).run_seq == 3)

    finish(world, execution_id)
    assert world.status(execution_id) == "COMPLETED"
