"""Executions beside each other: one owner per server, and room in DRS that is waited for, never asked for in vain."""

from __future__ import annotations

import pytest

from tests.support.world import DATABASE_ACCOUNT, HOUR, REGION, WEB_ACCOUNT, Refused, World, wave
from tests.support.world.rest import QUICK, check_at_rest, launched_once


def overlapping_plans(world: World) -> tuple[str, str]:
    """Two plans that share one of their two groups."""
    left, shared, right = (world.create_group(name, world.add_servers(name=name)) for name in ("left", "both", "right"))
    return world.create_plan("one", wave(0, left, shared)), world.create_plan("two", wave(0, shared, right))


def fill(world: World, jobs: int, servers_each: int = 1) -> None:
    """Let somebody else start that many jobs."""
    servers = world.add_servers(count=jobs * servers_each, name="foreign")
    for start in range(0, len(servers), servers_each):
        world.simulator.start_foreign_job(DATABASE_ACCOUNT, REGION, servers[start : start + servers_each])


def servers_of(world: World, plan_id: str) -> list[str]:
    return [server for one in world.expected_waves(plan_id).values() for server in one.servers]


def completed(world: World, plan_id: str, execution_id: str) -> None:
    """It completes, each server launched once."""
    assert world.run_until_end(execution_id, limit=6 * HOUR) == "COMPLETED", world.events(execution_id)[-5:]
    launched_once(world, execution_id, servers_of(world, plan_id))


def test_a_start_over_a_held_server_is_refused_and_names_who_holds_it() -> None:
    world = World(settings=QUICK)
    one, two = overlapping_plans(world)
    first = world.start(one)

    with pytest.raises(Refused) as refused:
        world.start(two)

    assert refused.value.code == "CONFLICT_ERROR"
    (held,) = refused.value.details["servers"]
    assert (held["executionId"], held["planName"], held["executionType"]) == (first, "one", "DRILL")
    assert len(world.listed()) == 1
    completed(world, one, first)
    second = world.start(two)
    completed(world, two, second)
    check_at_rest(world, first, second)


def test_of_two_starts_that_pass_the_same_check_one_wins() -> None:
    world = World(settings=QUICK)
    one, two = overlapping_plans(world)
    won: list[str] = []
    # The rival begins between the check and the locks of the other.
    world.seams["execution-handler"].on("history.transact", lambda: won.append(world.start(one)))

    with pytest.raises(Refused) as refused:
        world.start(two)

    assert refused.value.code == "CONFLICT_ERROR"
    assert won[0] in str(refused.value.envelope)
    completed(world, one, won[0])
    check_at_rest(world, won[0])
    assert [one["status"] for one in world.listed()] == ["COMPLETED"], "who lost leaves no trace"


def test_two_executions_in_one_account_run_side_by_side() -> None:
    world = World(settings=QUICK)
    plans = [world.plan_of(2, 1, name=name) for name in ("one", "two")]

    executions = [world.start(plan_id) for plan_id in plans]

    for plan_id, execution_id in zip(plans, executions, strict=True):
        completed(world, plan_id, execution_id)
    first, second = (world.oracle.jobs_of(execution_id)[0] for execution_id in executions)
    assert first.overlaps(second)
    check_at_rest(world, *executions)


@pytest.mark.parametrize(("jobs", "servers_each"), [(20, 1), (5, 100)], ids=["20 jobs", "500 servers"])
def test_room_that_others_have_taken_is_waited_for(jobs: int, servers_each: int) -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2)
    fill(world, jobs, servers_each)
    execution_id = world.start(plan_id)
    world.advance(60)
    assert world.oracle.jobs_of(execution_id) == []
    assert "are taken" in str(world.events(execution_id))

    completed(world, plan_id, execution_id)
    check_at_rest(world, execution_id)


def test_room_that_is_left_for_one_job_is_taken_by_one_execution_after_the_other() -> None:
    world = World(settings=QUICK)
    plans = [world.plan_of(2, name=name) for name in ("one", "two", "three")]
    fill(world, 19)

    executions = [world.start(plan_id) for plan_id in plans]

    for plan_id, execution_id in zip(plans, executions, strict=True):
        completed(world, plan_id, execution_id)
    check_at_rest(world, *executions)


def test_a_wave_of_250_servers_is_three_jobs() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(250)
    execution_id = world.start(plan_id)

    completed(world, plan_id, execution_id)

    assert sorted(len(job.servers) for job in world.oracle.jobs_of(execution_id)) == [50, 100, 100]
    world.terminate(execution_id)
    world.run_until_terminated(execution_id)
    world.oracle.check_gone(execution_id)
    calls = world.simulator_record.calls("TerminateRecoveryInstances")
    assert sorted(len(call.parameters["recoveryInstanceIDs"]) for call in calls) == [50, 100, 100]
    check_at_rest(world, execution_id)


def test_an_account_that_is_full_keeps_no_other_account_waiting() -> None:
    world = World(settings=QUICK)
    full = world.create_group("full", world.add_servers(DATABASE_ACCOUNT, 1, name="full"))
    free = world.create_group("free", world.add_servers(WEB_ACCOUNT, 1, name="free"), account=WEB_ACCOUNT)
    plan_id = world.create_plan("both", wave(0, full, free))
    fill(world, 20)
    execution_id = world.start(plan_id)
    world.advance(30)

    assert [job.account for job in world.oracle.jobs_of(execution_id)] == [WEB_ACCOUNT]
    completed(world, plan_id, execution_id)
    check_at_rest(world, execution_id)
