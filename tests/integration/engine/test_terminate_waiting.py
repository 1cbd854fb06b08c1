"""A termination that waits for what hangs: others do not wait with it, and it does not lose patience meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from local.drs_simulator import Quirks
from shared.errors import DrsServiceError
from tests.integration.engine.terminations import (
    MINUTE,
    calls,
    end_without_trouble,
    launched,
    told,
    until_late_job,
    with_abandoned_job,
)
from tests.support.world import DATABASE_ACCOUNT, HOUR, REGION, WEB_ACCOUNT, World, wave
from tests.support.world.rest import QUICK


@pytest.mark.parametrize("operation", ["DescribeRecoveryInstances", "DescribeJobs"])
def test_one_silence_after_hours_of_waiting_for_an_abandoned_job_is_not_the_end(operation: str) -> None:
    world, execution_id, _ = with_abandoned_job(48)
    world.terminate(execution_id)
    world.advance(8 * HOUR)

    world.fault("serverError", operation=operation, times=4)
    world.advance(20 * MINUTE)

    assert world.termination(execution_id)["status"] == "RUNNING"


def test_want_of_room_after_hours_of_waiting_for_an_abandoned_job_is_not_the_end() -> None:
    world, execution_id, _ = with_abandoned_job(8)
    world.terminate(execution_id)
    world.advance(7.5 * HOUR)
    world.fault("throttling", operation="TerminateRecoveryInstances", times=8)

    world.run_until_terminated(execution_id, limit=14 * HOUR)

    assert world.termination(execution_id)["status"] == "COMPLETED"


def test_an_instance_that_comes_when_the_others_are_gone_is_counted_too() -> None:
    world, execution_id, _ = with_abandoned_job(1)
    world.terminate(execution_id)

    world.run_until_terminated(execution_id, limit=4 * HOUR)

    assert world.termination(execution_id)["termination"]["foundCount"] == 2


def test_what_an_earlier_termination_had_found_is_known_as_long_as_nobody_answers() -> None:
    world, execution_id, servers = launched(2)
    world.fault("terminateFailure", servers=servers, times=None)
    world.terminate(execution_id)
    world.run_until_terminated(execution_id, limit=24 * HOUR)
    world.fault("serverError", operation="DescribeJobs", times=None)

    world.terminate(execution_id)
    world.advance(5 * MINUTE)

    assert world.termination(execution_id)["termination"]["foundCount"] == 2


@pytest.mark.parametrize("blip", [False, True])
def test_it_does_not_end_while_its_own_job_hangs(*, blip: bool) -> None:
    world, execution_id, servers = launched()
    world.simulator._world.cells[(DATABASE_ACCOUNT, REGION)].servers[servers[0]].pace = 3000
    world.terminate(execution_id)
    world.advance(7 * HOUR)
    if blip:
        world.fault("serverError", operation="DescribeJobs", times=4)

    world.advance(10 * MINUTE)

    assert world.termination(execution_id)["status"] == "RUNNING"


def test_an_instance_that_outlives_a_job_of_many_hours_is_called_for_again() -> None:
    world, execution_id, servers = launched(1)
    server = world.simulator._world.cells[(DATABASE_ACCOUNT, REGION)].servers[servers[0]]
    server.pace = 1500
    world.fault("terminateFailure", servers=servers, times=1)
    world.terminate(execution_id)
    world.advance(2 * MINUTE)
    server.pace = 1

    world.run_until_terminated(execution_id, limit=48 * HOUR)

    assert world.termination(execution_id)["status"] == "COMPLETED"
    assert len(calls(world)) == 2


@pytest.mark.parametrize("slow", [1, 2, 3])
def test_accounts_that_answer_slowly_for_their_abandoned_jobs_keep_no_other_waiting(slow: int) -> None:
    world = World(settings=QUICK)
    groups, hanging = [], []
    for region in (REGION, "us-east-1", "eu-west-1")[:slow]:
        [server] = world.add_servers(DATABASE_ACCOUNT, 1, region=region, name=f"h{region}")
        hanging.append(server)
        groups.append(world.create_group(f"group-{region}", [server], region=region))
    [left] = world.add_servers(WEB_ACCOUNT, 1, name="left")
    first = world.create_group("left", [left], account=WEB_ACCOUNT)
    judged: dict[str, Any] = {"failurePolicy": "STOP", "deadlineMinutes": 10, "drainMinutes": 10, "dependsOnWaves": [0]}
    plan_id = world.create_plan("plan", wave(0, first), wave(1, *groups, **judged))
    for server in hanging:
        world.fault("stuckJob", servers=[server], seconds=48 * HOUR)
    execution_id = world.start(plan_id)
    world.run_until_end(execution_id)
    world.fault("lateReply", operation="DescribeJobs", account=DATABASE_ACCOUNT, seconds=35, times=None)

    world.terminate(execution_id)
    world.advance(HOUR)

    assert world.instances() == []


@pytest.mark.parametrize("hidden", [20.0, 45.0])
@pytest.mark.parametrize("pace", [1, 20])
def test_what_its_job_terminates_is_not_called_for_again_although_drs_names_nobody_yet(
    hidden: float, pace: float
) -> None:
    quirky = replace(QUICK, quirks=Quirks(event_loss=0, participants_hidden=hidden))
    world, execution_id, servers = launched(world=World(settings=quirky))
    cell = world.simulator._world.cells[(DATABASE_ACCOUNT, REGION)]
    for server in servers:
        cell.servers[server].pace = pace
    world.terminate(execution_id)

    world.run_until_terminated(execution_id)

    assert len(calls(world)) == 1
    assert [line for line in told(world, execution_id) if "could not be terminated" in line] == []


def test_what_became_of_a_call_is_not_forgotten_because_the_instances_cannot_be_read() -> None:
    world, execution_id, servers = launched(1)
    world.fault("terminateFailure", servers=servers, times=None)
    world.terminate(execution_id)
    world.run_until(lambda: len(calls(world)) == 1, HOUR, "the call")
    world.orchestration.refuse("drs.recovery_instances", lambda: DrsServiceError("busy", http_status=500))
    world.advance(10 * MINUTE)
    world.orchestration.allow()

    world.advance(45)

    [left] = world.termination(execution_id)["left"]
    assert left["reason"] == "The EC2 instance could not be terminated"
    assert len(calls(world)) == 1
    end_without_trouble(world, execution_id)


def with_late_stuck_job(hours: float) -> tuple[World, str]:
    """A termination that awaits the late job of a launch that was given up, which hangs for so long.

    An earlier one has left no instance whose end could be taken for progress when the job launches another.
    """
    world = World(settings=QUICK)
    [server] = world.add_servers(count=1)
    world.fault("lateEffect", operation="StartRecovery", seconds=2 * HOUR)
    world.fault("stuckJob", servers=[server], seconds=hours * HOUR, nth=2)
    execution_id = world.start(world.create_plan("plan", wave(0, world.create_group("group", [server]))))
    assert world.run_until_end(execution_id, limit=90 * MINUTE) == "COMPLETED"
    world.terminate(execution_id)
    world.run_until_terminated(execution_id)
    assert world.instances() == []
    until_late_job(world, execution_id)
    world.terminate(execution_id)
    return world, execution_id


def test_want_of_room_after_hours_of_waiting_for_a_launch_job_of_ours_is_not_the_end() -> None:
    world, execution_id = with_late_stuck_job(8)
    world.advance(7.5 * HOUR)
    # until DRS surely shows what the job has launched, and nobody waits for that any more
    world.fault("throttling", operation="TerminateRecoveryInstances", untilSeconds=45 * MINUTE, times=None)

    world.run_until_terminated(execution_id, limit=4 * HOUR)

    assert world.termination(execution_id)["status"] == "COMPLETED"
    assert world.instances() == []


def with_slow_repeated_call(seconds: float) -> tuple[World, str]:
    """A termination whose first call failed, and whose second hangs for so long."""
    world, execution_id, servers = launched(1)
    world.fault("terminateFailure", servers=servers, times=1)
    world.terminate(execution_id)
    world.run_until(lambda: len(calls(world)) == 1, HOUR, "the first call")
    world.advance(30)
    world.simulator._world.cells[(DATABASE_ACCOUNT, REGION)].servers[servers[0]].pace = seconds
    world.run_until(lambda: len(calls(world)) == 2, HOUR, "the second call")
    return world, execution_id


def test_one_silence_after_hours_of_a_repeated_call_that_still_runs_is_not_the_end() -> None:
    world, execution_id = with_slow_repeated_call(3000)
    world.advance(7 * HOUR)

    world.fault("serverError", operation="DescribeJobs", times=4)
    world.advance(10 * MINUTE)

    assert world.termination(execution_id)["status"] == "RUNNING"


def test_a_place_where_a_job_ran_and_that_never_answers_again_is_given_up_all_the_same() -> None:
    world, execution_id = with_slow_repeated_call(3000)
    world.advance(HOUR)

    world.fault("serverError", operation="DescribeJobs", times=None)
    world.run_until_terminated(execution_id, limit=8 * HOUR)

    assert world.termination(execution_id)["status"] == "FAILED"
