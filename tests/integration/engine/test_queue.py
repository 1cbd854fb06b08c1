"""Many chunks and executions in one account: DRS refuses none of their calls, and none of them is left behind."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import pytest

from tests.support.world import DATABASE_ACCOUNT, HOUR, REGION, World
from tests.support.world.functions import LAUNCH_STAGGER
from tests.support.world.rest import QUICK, check_at_rest, launched_once


def servers_of(world: World, plan_id: str) -> list[str]:
    return [server for one in world.expected_waves(plan_id).values() for server in one.servers]


def calls(world: World) -> list[datetime]:
    """When StartRecovery was called."""
    return [call.time for call in world.simulator_record.calls("StartRecovery")]


@pytest.mark.requirement("SRS-E08")
def test_two_large_waves_and_a_foreign_job_share_an_account_without_a_refusal() -> None:
    world = World(settings=QUICK)
    plans = [world.plan_of(340, name="large"), world.plan_of(300, name="beside")]
    foreign = world.add_servers(count=50, name="foreign")
    world.simulator.start_foreign_job(DATABASE_ACCOUNT, REGION, foreign)

    executions = [world.start(plan_id) for plan_id in plans]

    for plan_id, execution_id in zip(plans, executions, strict=True):
        assert world.run_until_end(execution_id, limit=6 * HOUR) == "COMPLETED", world.events(execution_id)[-5:]
        launched_once(world, execution_id, servers_of(world, plan_id))
    large, beside = (world.oracle.jobs_of(execution_id) for execution_id in executions)
    assert [len(job.servers) for job in large] == [100, 100, 100, 40]
    assert [len(job.servers) for job in beside] == [100, 100, 100]
    assert len(calls(world)) == 7, "no call was made in vain"
    assert all(later - earlier >= LAUNCH_STAGGER for earlier, later in pairwise(calls(world)))
    begun = sorted(job.at for job in (*large, *beside))
    assert beside[0].at <= begun[2], "who comes second is served after the turn that was asked for before"
    check_at_rest(world, *executions)


@pytest.mark.requirement("SRS-E08")
def test_twenty_executions_in_one_account_all_end_and_are_never_refused() -> None:
    world = World(settings=QUICK)
    plans = [world.plan_of(30, 30, name=f"p{number}") for number in range(20)]

    executions = [world.start(plan_id) for plan_id in plans]

    for plan_id, execution_id in zip(plans, executions, strict=True):
        assert world.run_until_end(execution_id, limit=6 * HOUR) == "COMPLETED", world.events(execution_id)[-5:]
        launched_once(world, execution_id, servers_of(world, plan_id))
    assert len(calls(world)) == 40
    firsts = [world.oracle.jobs_of(execution_id)[0].at for execution_id in executions]
    assert firsts == sorted(firsts), "whoever began earlier is served earlier"
    check_at_rest(world, *executions)


def test_a_refused_call_gives_up_no_turn_that_another_execution_has_taken_meanwhile() -> None:
    world = World(settings=QUICK)
    plans = [world.plan_of(2, name=name) for name in ("refused", "beside")]
    bad = min(servers_of(world, plans[0]))
    world.fault("rejectedServer", servers=[bad], times=None)
    world.stall("drs.start_recovery", 16)
    refused = world.start(plans[0])
    beside = world.start(plans[1])
    world.run_until(lambda: len(calls(world)) > 2, HOUR)

    [job] = world.oracle.jobs_of(beside)
    first, second, third, *_ = calls(world)
    assert job.at == first < second, "the one that stood still called after the other"
    assert third - first >= LAUNCH_STAGGER
    assert world.run_until_end(beside) == "COMPLETED"
    world.run_until_status(refused, "PAUSED")


def test_a_cancelled_execution_keeps_nobody_behind_it() -> None:
    world = World(settings=QUICK)
    plans = [world.plan_of(100, name=name) for name in ("cancelled", "next")]
    for _ in range(5):
        world.simulator.start_foreign_job(DATABASE_ACCOUNT, REGION, world.add_servers(count=90, name="foreign"))
    first = world.start(plans[0])
    world.advance(5)
    second = world.start(plans[1])
    world.advance(40)
    [row] = [row for row in world.history.scan() if str(row["executionId"]).startswith("quota#")]
    assert [ticket["holder"] for ticket in row["tickets"]] == [first, second]

    world.cancel(first)
    world.advance(2)

    [row] = [row for row in world.history.scan() if str(row["executionId"]).startswith("quota#")]
    assert [ticket["holder"] for ticket in row["tickets"]] == [second]
    assert world.run_until_end(second, limit=6 * HOUR) == "COMPLETED"
    assert world.header(second).queued_in == ()
    check_at_rest(world, first, second)
