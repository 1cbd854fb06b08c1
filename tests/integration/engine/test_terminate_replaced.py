"""A relaunch is abandoned beside the instance that it was to replace: who has seen that one has not seen its own."""

from __future__ import annotations

import pytest

from tests.integration.engine.terminations import MINUTE, end_with_nothing_left
from tests.support.world import DATABASE_ACCOUNT, HOUR, REGION, World, wave
from tests.support.world.rest import QUICK


def with_abandoned_relaunch(*, hidden_for: float) -> tuple[World, str]:
    """An execution that has ended; its only server has an instance, and the job that replaces it still runs."""
    world = World(settings=QUICK)
    [server] = world.add_servers(count=1)
    group = world.create_group("group", [server])
    plan_id = world.create_plan("plan", wave(0, group, deadlineMinutes=30, drainMinutes=10))
    world.fault("impairedStatus", servers=[server], nth=1, times=1)
    world.fault("stuckJob", servers=[server], seconds=4 * HOUR, nth=2)
    world.fault("hiddenInstance", servers=[server], seconds=hidden_for, nth=2)
    execution_id = world.start(plan_id)
    world.run_until_mail("pause")
    world.retry(execution_id, 0, relaunch=True)
    world.advance(60 * MINUTE)
    world.skip(execution_id, 0)
    world.run_until_end(execution_id, limit=10 * HOUR)
    return world, execution_id


@pytest.mark.parametrize("asked", ["while the job runs", "when it has ended"])
def test_the_instance_that_a_relaunch_does_not_show_yet_is_not_called_gone(asked: str) -> None:
    world, execution_id = with_abandoned_relaunch(hidden_for=4 * MINUTE)
    job_id = world.oracle.jobs_of(execution_id)[1].job_id
    if asked == "when it has ended":
        jobs = world.simulator._world.cells[(DATABASE_ACCOUNT, REGION)].jobs
        world.run_until(lambda: not jobs[job_id].is_running, 9 * HOUR, "the end of the relaunch")
    world.terminate(execution_id)

    end_with_nothing_left(world, execution_id)


def test_a_relaunch_that_is_abandoned_tells_no_more_of_the_instance_it_was_to_replace() -> None:
    world, execution_id = with_abandoned_relaunch(hidden_for=0)

    [server] = world.executions.servers(world.header(execution_id), None)

    assert (server.launch.value, server.recovery_instance_id, server.recovery_point) == ("FAILED", None, None)
