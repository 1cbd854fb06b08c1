"""A job of which nobody may read whether it is ours keeps no other instance, is never touched, and is always told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from local.drs_simulator import Quirks
from tests.integration.engine.terminations import MINUTE, calls, told, until_late_job, with_late_job
from tests.support.world import DATABASE_ACCOUNT, HOUR, REGION, World, wave
from tests.support.world.rest import QUICK, check_at_rest, held_locks

TARGET: Final = f"{DATABASE_ACCOUNT}/{REGION}"
DENIED: Final[dict[str, Any]] = {"kind": "revokedRole", "operation": "ListTagsForResource", "times": None}


def with_a_persons_job(
    *, hangs: float = 0, fails: bool = False, names_nobody_for: float = 0
) -> tuple[World, str, list[str], str]:
    """An execution of three servers has lost a launch and recovered them; a person launches the first of them.

    That job hangs for so many seconds, or fails, and nobody may read its tags. Jobs name nobody when they begin.
    """
    world = World(settings=replace(QUICK, quirks=Quirks(event_loss=0, participants_hidden=names_nobody_for)))
    servers = world.add_servers(count=3)
    world.fault("hiddenTags", times=None)
    world.fault("serverError", operation="StartRecovery", times=1)
    if hangs:
        world.fault("stuckJob", seconds=hangs, nth=2)
    execution_id = world.start(world.create_plan("plan", wave(0, world.create_group("group", servers))))
    assert world.run_until_end(execution_id, limit=HOUR) == "COMPLETED"
    world.fault(**DENIED)
    if fails:
        world.fault("launchFailure", servers=servers[:1])
    job_id = world.simulator.start_foreign_job(DATABASE_ACCOUNT, REGION, servers[:1], tags={"Owner": "somebody"})
    return world, execution_id, servers, job_id


def reason(world: World, execution_id: str) -> str:
    """The sentence of the termination."""
    return str(world.termination(execution_id)["termination"]["statusReason"])


def test_while_it_runs_only_its_server_waits_for_it() -> None:
    world, execution_id, servers, job_id = with_a_persons_job(hangs=2 * HOUR)
    world.terminate(execution_id)

    world.advance(20 * MINUTE)

    [lock] = held_locks(world.history.scan())
    assert servers[0] in lock
    assert [len(call.parameters["recoveryInstanceIDs"]) for call in calls(world)] == [2]
    words = (
        f"{TARGET}: job {job_id} still runs, and nobody may read whether it is of this execution: ListTagsForResource"
    )
    assert words in reason(world, execution_id)
    assert len([line for line in told(world, execution_id) if line.startswith(words)]) == 1


def test_while_it_names_nobody_all_servers_of_the_lost_launch_wait() -> None:
    world, execution_id, _, _ = with_a_persons_job(hangs=HOUR, names_nobody_for=MINUTE)
    world.terminate(execution_id)

    world.advance(MINUTE)
    assert calls(world) == []
    world.advance(10 * MINUTE)

    assert [len(call.parameters["recoveryInstanceIDs"]) for call in calls(world)] == [2]


def test_when_it_has_ended_the_termination_ends_without_its_instance_and_names_it() -> None:
    world, execution_id, _, job_id = with_a_persons_job(hangs=2 * HOUR)
    world.terminate(execution_id)

    world.run_until_terminated(execution_id, limit=4 * HOUR)

    assert world.termination(execution_id)["status"] == "COMPLETED"
    assert reason(world, execution_id) == (
        "no instance is left that is known to be of this execution; "
        f"look at what was launched by job {job_id} in {TARGET}, for nobody may read whose that is"
    )
    assert len(world.instances()) == 1
    check_at_rest(world, execution_id)


def test_one_that_has_ended_before_is_told_by_the_timeline_at_once() -> None:
    world, execution_id, _, job_id = with_a_persons_job()
    world.advance(HOUR)
    world.terminate(execution_id)

    world.run_until_terminated(execution_id)

    words = (
        f"{TARGET}: job {job_id} has ended, and nobody may read whether it was of this execution: ListTagsForResource"
    )
    assert len([line for line in told(world, execution_id) if line.startswith(words)]) == 1
    assert f"job {job_id} in {TARGET}" in reason(world, execution_id)
    assert len(world.instances()) == 1


def test_nothing_is_told_of_it_once_its_tags_can_be_read() -> None:
    world, execution_id, _, _ = with_a_persons_job()
    world.advance(HOUR)
    world.terminate(execution_id)
    world.run_until_terminated(execution_id)

    world.simulator.clear_faults()
    world.terminate(execution_id)
    world.run_until_terminated(execution_id)

    assert reason(world, execution_id) == "no instance of this execution is left"
    assert len(world.instances()) == 1


def test_what_was_ours_after_all_is_terminated_once_its_tags_can_be_read() -> None:
    world = World(settings=QUICK)
    world.fault("hiddenTags", times=None)
    _, execution_id = with_late_job(world)
    until_late_job(world, execution_id)
    world.advance(20 * MINUTE)
    world.fault(**DENIED)
    late = world.oracle.jobs_of(execution_id)[1].job_id
    world.terminate(execution_id)
    world.run_until_terminated(execution_id)
    assert f"job {late} in {TARGET}" in reason(world, execution_id)
    assert len(world.instances()) == 1

    world.simulator.clear_faults()
    world.terminate(execution_id)
    world.run_until_terminated(execution_id)

    assert reason(world, execution_id) == "no instance of this execution is left"
    assert world.instances() == []
    check_at_rest(world, execution_id)


def test_one_that_launched_nothing_is_not_told() -> None:
    world, execution_id, _, _ = with_a_persons_job(fails=True)
    world.advance(HOUR)
    world.terminate(execution_id)

    world.run_until_terminated(execution_id)

    assert reason(world, execution_id) == "no instance of this execution is left"
    assert world.instances() == []
