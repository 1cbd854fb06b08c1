"""An execution may take longer than one run of the state machine can: other runs go on, and nothing shows of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.engine.run_changes import (
    MOST_EVENTS,
    SLOW,
    SLOW_END,
    gate_beside_a_running_branch,
    runs_of,
    silent,
)
from tests.support.asl.functions import LOST_BEFORE, Delivery, Invocation
from tests.support.world import DAY, HOUR, World
from tests.support.world.functions import ORCHESTRATION, function_arn
from tests.support.world.rest import QUICK, check_at_rest, launched_once


def check_runs(world: World, name: str, *, at_least: int) -> None:
    """One run after the other, each short enough, the last of which ended well."""
    runs = runs_of(world, name)
    assert [run.name for run in runs] == [name, *(f"{name}-r{number}" for number in range(2, len(runs) + 1))]
    assert len(runs) >= at_least
    assert max(len(run.history) for run in runs) <= MOST_EVENTS
    for before, after in zip(runs, runs[1:], strict=False):
        assert before.ended_at is not None
        assert after.started_at <= before.ended_at
    assert all(run.state == "Ended" for run in runs)


def test_a_day_of_polling_takes_several_runs_and_none_of_them_grows_too_long() -> None:
    world = silent(World(settings=SLOW))
    world.reconcile_every = HOUR
    plan_id = world.plan_of(2, deadlineMinutes=10_080)
    execution_id = world.start(plan_id)

    status = world.run_until_end(execution_id, limit=4 * DAY)

    header = world.header(execution_id)
    assert status == "COMPLETED"
    assert header.ended_at is not None
    assert (header.ended_at - header.started_at).total_seconds() > DAY
    check_runs(world, execution_id, at_least=4)
    launched_once(world, execution_id, world.expected_waves(plan_id)[0].servers)
    check_at_rest(world, execution_id)


def test_a_gate_that_is_open_for_three_hundred_days_outlives_its_execution_run() -> None:
    world = World()
    execution_id = gate_beside_a_running_branch(world)
    world.run_until_status(execution_id, "PAUSED")
    world.reconcile_every = DAY

    world.advance(305 * DAY)
    first, second = runs_of(world, execution_id)
    assert first.ended_at is not None
    assert 299.9 * DAY < (first.ended_at - first.started_at).total_seconds() <= 300 * DAY
    assert second.is_running
    assert world.approve_by_mail(world.mails("pause", execution_id)[-1])

    assert world.run_until_end(execution_id) == "COMPLETED"
    check_runs(world, execution_id, at_least=2)
    check_at_rest(world, execution_id)


def test_the_end_of_an_execution_may_take_several_runs() -> None:
    world = World(settings=QUICK, rounds=30)
    world.topic.refusals = 10_000
    execution_id = world.start(world.plan_of(1))

    assert world.run_until_end(execution_id) == "COMPLETED"
    world.advance(HOUR)

    assert [run.states.count("Finalize") > 1 for run in runs_of(world, execution_id)][-2:] == [True, True]
    check_runs(world, execution_id, at_least=3)
    check_at_rest(world, execution_id)


def test_a_termination_may_take_several_runs() -> None:
    world = World(settings=SLOW_END, rounds=50)
    execution_id = world.start(world.plan_of(2))
    world.run_until_end(execution_id)

    world.terminate(execution_id)
    world.run_until_terminated(execution_id)
    world.advance(1)

    world.oracle.check_gone(execution_id)
    check_runs(world, f"{execution_id}-terminate-1", at_least=3)
    check_at_rest(world, execution_id)


def test_a_step_that_breaks_off_for_a_day_is_tried_again_in_one_run_after_the_other() -> None:
    world = silent(World(settings=QUICK))
    healthy_at = world.clock.now().timestamp() + DAY

    def fault(invocation: Invocation) -> Delivery | None:
        is_broken = world.clock.now().timestamp() < healthy_at and invocation.payload.get("action") == "advance"
        return LOST_BEFORE if is_broken else None

    plan_id = world.plan_of(1)
    execution_id = world.start(plan_id)
    world.run_until_status(execution_id, "RUNNING")
    world.functions.fault = fault

    assert world.run_until_end(execution_id, limit=2 * DAY) == "COMPLETED"
    check_runs(world, execution_id, at_least=2)
    launched_once(world, execution_id, world.expected_waves(plan_id)[0].servers)
    check_at_rest(world, execution_id)


@pytest.mark.parametrize("broken_hours", [1, 30])
def test_an_execution_whose_function_is_down_goes_on_when_it_is_back(broken_hours: int) -> None:
    world = World(settings=QUICK)
    execution_id = gate_beside_a_running_branch(world)
    healthy_at = world.clock.now().timestamp() + broken_hours * HOUR

    def fault(invocation: Invocation) -> Delivery | None:
        is_broken = world.clock.now().timestamp() < healthy_at and invocation.function == function_arn(ORCHESTRATION)
        return LOST_BEFORE if is_broken else None

    world.functions.fault = fault
    world.resume(execution_id, 0)
    world.advance(broken_hours * HOUR)

    assert world.run_until_end(execution_id, limit=2 * HOUR) == "COMPLETED"
    assert max(len(run.history) for run in world.runs.runs) <= MOST_EVENTS
    assert all(run.state in {"Ended", "WornOut"} for run in world.runs.runs)
    check_at_rest(world, execution_id)


def test_a_run_that_cannot_begin_another_is_replaced_by_the_reconciler() -> None:
    world = silent(World(settings=QUICK, rounds=5))
    execution_id = gate_beside_a_running_branch(world)

    def fault(invocation: Invocation) -> Delivery | None:
        return LOST_BEFORE if invocation.payload.get("action") == "continueAsNew" else None

    world.functions.fault = fault
    world.run_until(lambda: len(runs_of(world, execution_id)) == 2)
    first, _ = runs_of(world, execution_id)
    assert (first.state, first.error) == ("WornOut", "DRSOrchestration.WornOut")

    world.functions.fault = lambda _invocation: None
    world.resume(execution_id, 0)
    assert world.run_until_end(execution_id) == "COMPLETED"
    check_at_rest(world, execution_id)


def test_a_run_that_got_its_number_and_never_began_is_begun_by_the_reconciler() -> None:
    world = silent(World(settings=QUICK, rounds=5))
    execution_id = gate_beside_a_running_branch(world)
    for number in range(1, 4):
        world.orchestration.crash("runs.start_run", nth=number)

    world.run_until(lambda: len(runs_of(world, execution_id)) == 2)

    world.resume(execution_id, 0)
    assert world.run_until_end(execution_id) == "COMPLETED"
    check_at_rest(world, execution_id)


def test_a_gate_whose_waits_break_all_the_time_opens_under_the_next_number() -> None:
    world = World(settings=QUICK, rounds=7)
    execution_id = world.start(world.plan_of(1, pauses=[0]))
    world.functions.fault = failing("awaitDecision")
    world.advance(10 * 60)
    assert world.mails("pause") == []

    world.functions.fault = lambda _invocation: None
    mail = world.run_until_mail("pause")

    assert {run.state for run in world.runs.runs if "-gate-" in run.name and not run.is_running} == {"WornOut"}
    assert world.approve_by_mail(mail)
    assert world.run_until_end(execution_id) == "COMPLETED"
    check_at_rest(world, execution_id)


def test_an_approval_that_cannot_be_recorded_for_a_day_is_not_lost() -> None:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(1, pauses=[0]))
    mail = world.run_until_mail("pause")
    world.functions.fault = failing("recordDecision")
    assert world.approve_by_mail(mail)
    world.advance(DAY)
    assert world.status(execution_id) == "PAUSED"

    world.functions.fault = lambda _invocation: None

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert len(world.mails("pause")) == 1
    assert max(len(run.history) for run in world.runs.runs) <= MOST_EVENTS
    check_at_rest(world, execution_id)


def failing(action: str) -> Callable[[Invocation], Delivery | None]:
    """Every call of that action raises."""

    def fault(invocation: Invocation) -> Delivery | None:
        return Delivery(runs=(), error="ValueError") if invocation.payload.get("action") == action else None

    return fault


def test_a_late_step_of_the_run_before_finds_itself_stale() -> None:
    world = silent(World(settings=QUICK, rounds=5))
    execution_id = gate_beside_a_running_branch(world)
    world.run_until(lambda: len(runs_of(world, execution_id)) == 2)
    world.settle()
    header = world.header(execution_id)
    late = {
        "action": "advance",
        "executionId": execution_id,
        "planId": header.plan_id,
        "runSeq": 1,
        "enteredAt": "9999-01-01T00:00:00.000Z",
        "retryCount": 0,
    }

    answer = world.functions.handlers[function_arn(ORCHESTRATION)](late)

    assert answer["next"] == "STALE"
    assert world.header(execution_id) == header
