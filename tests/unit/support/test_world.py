"""The world of simulations: the whole system runs in it, and what a test lets go wrong there goes wrong."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from shared.stores.table import Throttled
from tests.support.agenda import EndlessError
from tests.support.asl.functions import LOST_AFTER, LOST_BEFORE, TWICE, Crash, Delivery, Invocation
from tests.support.world import DATABASE_ACCOUNT, DAY, WEB_ACCOUNT, Refused, World, wave


def drill(world: World, plan_id: str, gates: int = 0) -> str:
    """A drill from its start to its end, every gate approved by mail; answers its id."""
    execution_id = world.start(plan_id)
    for number in range(1, gates + 1):
        assert world.approve_by_mail(world.run_until_mail("pause", number))
    assert world.run_until_end(execution_id) == "COMPLETED", world.events(execution_id)[-5:]
    return execution_id


def check(world: World, plan_id: str, execution_id: str) -> None:
    """The whole oracle, of a plan whose every server was launched."""
    expected = world.expected_waves(plan_id)
    world.oracle.check()
    world.oracle.check_order(execution_id, expected)
    world.oracle.check_one_launch_each(execution_id, [one for each in expected.values() for one in each.servers])
    world.oracle.check_nothing_runs(execution_id)


def test_a_drill_of_three_waves_and_two_gates_runs_and_is_terminated() -> None:
    world = World()
    plan_id = world.plan_of(2, 3, 2, pauses=[1, 2])

    execution_id = drill(world, plan_id, gates=2)
    check(world, plan_id, execution_id)
    assert len(world.instances()) == 7
    assert [mail.type for mail in world.mails()] == ["start", "pause", "pause", "complete"]
    assert world.execution(execution_id)["rto"]["isFinal"]
    assert [one["executionId"] for one in world.listed()] == [execution_id]
    assert world.events(execution_id)[0]["type"] == "EXECUTION_STARTED"

    world.terminate(execution_id)
    world.run_until_terminated(execution_id)
    assert world.instances() == []
    world.oracle.check_gone(execution_id)
    world.oracle.check_terminated_only([execution_id])
    assert world.runs.largest_input < 1024
    assert world.functions.failures == []


def test_two_accounts_and_a_graph_of_waves_keep_their_order() -> None:
    world = World()
    database = world.create_group("database", world.add_servers(DATABASE_ACCOUNT, 2))
    left = world.create_group("left", world.add_servers(WEB_ACCOUNT, 2), account=WEB_ACCOUNT)
    right = world.create_group("right", world.add_servers(DATABASE_ACCOUNT, 1, name="right"))
    top = world.create_group("top", world.add_servers(WEB_ACCOUNT, 1, name="top"), account=WEB_ACCOUNT)
    plan_id = world.create_plan(
        "diamond", wave(0, database), wave(1, left, after=[0]), wave(2, right, after=[0]), wave(3, top, after=[1, 2])
    )

    check(world, plan_id, drill(world, plan_id))


def test_a_mail_that_was_used_answers_nothing_more() -> None:
    world = World()
    plan_id = world.plan_of(1, 1, pauses=[1])
    world.start(plan_id)
    mail = world.run_until_mail("pause")

    assert world.reject_by_mail(mail)
    assert not world.approve_by_mail(mail)


def test_a_throttled_topic_delays_the_mail_and_decides_nothing() -> None:
    world = World()
    plan_id = world.plan_of(1, 1, pauses=[1])
    execution_id = world.start(plan_id)
    world.run_until_status(execution_id, "PAUSED")
    world.topic.refusals = 2
    world.run_until_mail("pause")

    assert world.status(execution_id) == "PAUSED"
    assert [failure.invocation.payload["eventType"] for failure in world.functions.failures] == ["pause", "pause"]


def test_a_missing_role_refuses_the_start_and_names_the_step() -> None:
    world = World()
    plan_id = world.plan_of(1)
    world.remove_role(DATABASE_ACCOUNT)

    with pytest.raises(Refused) as refused:
        world.start(plan_id)
    assert refused.value.code == "PREFLIGHT_FAILED"
    assert "AssumeRole" in str(refused.value.details)


def test_without_events_and_reconciler_the_safety_net_carries_the_drill() -> None:
    world = World()
    world.events_on = False
    world.reconcile_every = None
    plan_id = world.plan_of(2, 2)

    check(world, plan_id, drill(world, plan_id))
    assert all("source" not in invocation.payload for invocation in world.functions.invocations)


def test_a_crash_at_a_call_ends_the_invocation_there() -> None:
    world = World()
    plan_id = world.plan_of(2)
    world.orchestration.crash("drs.start_recovery", moment="after")
    execution_id = drill(world, plan_id)

    assert isinstance(world.functions.failures[0].error, Crash)
    check(world, plan_id, execution_id)


def test_a_dead_function_reaches_nothing_until_its_next_invocation() -> None:
    world = World()
    seam = world.orchestration
    table = seam.watch(world.history, "history")
    seam.crash("history.get")

    with pytest.raises(Crash):
        table.get({"executionId": "any", "planId": "any"})
    with pytest.raises(Crash):
        table.scan()
    seam.revive()
    assert table.scan() == []


def test_something_may_happen_between_two_calls_of_a_step() -> None:
    world = World()
    plan_id = world.plan_of(2, 2)
    execution_id = world.start(plan_id)
    world.orchestration.on("drs.start_recovery", lambda: cancel(world, execution_id))

    assert world.run_until_end(execution_id) == "PARTIAL"
    assert len(world.oracle.jobs_of(execution_id)) == 1


def cancel(world: World, execution_id: str) -> None:
    world.cancel(execution_id)


def test_the_state_machines_own_call_may_be_refused() -> None:
    def refuse() -> None:
        raise Throttled("too many")

    world = World()
    plan_id = world.plan_of(1)
    world.seams["state-machine"].on("history.update", refuse)

    check(world, plan_id, drill(world, plan_id))
    assert any(visit.state == "Backoff" for run in world.runs.runs for visit in run.visits)


def test_a_run_that_is_stopped_from_outside_is_replaced() -> None:
    world = World()
    plan_id = world.plan_of(2, 2)
    execution_id = world.start(plan_id)
    world.advance(100)
    world.runs.stop_run(world.header(execution_id).run_name)

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert world.header(execution_id).run_seq == 2


def test_what_does_not_come_is_named() -> None:
    world = World()
    execution_id = world.start(world.plan_of(1, 1, pauses=[1]))

    with pytest.raises(EndlessError, match="COMPLETED of exec-"):
        world.run_until_status(execution_id, "COMPLETED", limit=DAY)


def test_a_year_passes_quickly_when_the_reconciler_sleeps() -> None:
    world = World()
    execution_id = world.start(world.plan_of(1, 1, pauses=[1]))
    world.run_until_status(execution_id, "PAUSED")
    world.reconcile_every = DAY
    world.advance(365 * DAY)

    assert world.status(execution_id) == "PARTIAL"


def unreliable(seed: int) -> Callable[[Invocation], Delivery | None]:
    """Every tenth invocation is lost, doubled or late."""
    rng = random.Random(seed)
    faults = [LOST_BEFORE, LOST_AFTER, TWICE, Delivery(runs=(0, 40)), Delivery(runs=(15,), error="Lambda.Unknown")]
    return lambda _invocation: rng.choice(faults) if rng.random() < 0.1 else None


@pytest.mark.parametrize("seed", range(5))
def test_a_seed_replays_an_unreliable_lambda_to_the_millisecond(seed: int) -> None:
    def story() -> tuple[str, list[tuple[str, str]]]:
        world = World(seed=seed, stale_indexes=True)
        world.functions.fault = unreliable(seed)
        plan_id = world.plan_of(2, 3, pauses=[1])
        execution_id = drill(world, plan_id, gates=1)
        check(world, plan_id, execution_id)
        return str(world.clock.now()), [(one["time"], one["message"]) for one in world.events(execution_id)]

    assert story() == story()
