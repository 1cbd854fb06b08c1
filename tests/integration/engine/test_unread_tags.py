"""The late job of a lost launch whose tags no listing shows and nobody can read: it is never taken for none."""

from __future__ import annotations

from typing import Any, Final

import pytest

from shared.models.launch import LaunchState
from shared.models.targets import ServerKey
from tests.integration.engine.terminations import MINUTE
from tests.support.world import DATABASE_ACCOUNT, HOUR, REGION, World, wave
from tests.support.world.rest import QUICK, check_at_rest, held_locks, reservations

TARGET: Final = f"{DATABASE_ACCOUNT}/{REGION}"
DENIED: Final[dict[str, Any]] = {"kind": "revokedRole", "operation": "ListTagsForResource", "times": None}
BROKEN: Final[dict[str, Any]] = {"kind": "serverError", "operation": "ListTagsForResource", "times": None}


def with_late_job(*, hangs: float, drain: int = 30, **fault: Any) -> tuple[World, str, list[str]]:
    """The first launch has its effect an hour late, when its server has long been launched again; its job hangs for so
    many hours. The second wave is over minutes later; answers the servers too.
    """
    world = World(settings=QUICK)
    servers = world.add_servers(count=2)
    first, second = (world.create_group(name, [name]) for name in servers)
    world.fault("hiddenTags", times=None)
    world.fault("lateEffect", operation="StartRecovery", seconds=HOUR)
    world.fault("stuckJob", seconds=HOUR * hangs, nth=2)
    if fault:
        world.fault(**fault)
    waves = (wave(0, first, drainMinutes=drain), wave(1, second, dependsOnWaves=[0], waitMinutes=62))
    return world, world.start(world.create_plan("plan", *waves)), servers


def lock_of(server: str) -> str:
    return f"lock#{ServerKey(account_id=DATABASE_ACCOUNT, region=REGION, source_server_id=server)}"


def told(world: World, execution_id: str, words: str) -> list[str]:
    """The lines of the timeline with these words."""
    return [event["message"] for event in world.events(execution_id) if words in event["message"]]


def until_suspected(world: World, execution_id: str) -> str:
    """Both waves are judged, and only the late job runs; answers its id."""
    world.run_until(lambda: world.status(execution_id) == "DRAINING", 3 * HOUR, "the drain")
    [job] = [job for job in world.oracle.jobs_of(execution_id) if job.ended is None]
    return job.job_id


@pytest.mark.parametrize("fault", [DENIED, BROKEN], ids=["denied", "broken"])
def test_an_execution_does_not_end_while_a_job_runs_that_may_be_its_own(fault: dict[str, Any]) -> None:
    world, execution_id, servers = with_late_job(hangs=3, **fault)

    job_id = until_suspected(world, execution_id)

    assert sorted(held_locks(world.history.scan())) == sorted(map(lock_of, servers))
    reason = world.header(execution_id).status_reason
    assert f"nobody could read the tags that tell whether this is ours: job {job_id} in {TARGET}" in reason
    [line] = told(world, execution_id, f"job {job_id} in {TARGET} may be that of a lost launch and shows no tags")
    assert line.startswith("Wave 1 (") and "ListTagsForResource" in line


def test_when_its_tags_can_be_read_it_is_watched_to_its_end_like_every_job_of_ours() -> None:
    world, execution_id, _ = with_late_job(hangs=1, drain=360, **DENIED)
    until_suspected(world, execution_id)

    world.simulator.clear_faults()

    assert world.run_until_end(execution_id, limit=3 * HOUR) == "COMPLETED"
    launches = world.executions.launches(world.header(execution_id))
    assert [launch.state for launch in launches] == [LaunchState.DONE] * 3
    check_at_rest(world, execution_id)


def test_when_nobody_can_read_them_it_is_abandoned_after_the_drain_and_its_server_stays_locked() -> None:
    world, execution_id, servers = with_late_job(hangs=3, **DENIED)
    job_id = until_suspected(world, execution_id)

    assert world.run_until_end(execution_id, limit=HOUR) == "COMPLETED"

    assert f"; abandoned while they ran, or may have: perhaps job {job_id} in {TARGET}" in (
        world.header(execution_id).status_reason
    )
    [line] = told(world, execution_id, "is abandoned")
    assert line.endswith(
        f"it may be job {job_id}, for nobody could read whose that is; its server stays locked until DRS has ended it"
    )
    world.advance(HOUR)
    assert held_locks(world.history.scan()) == [lock_of(servers[0])]


def test_it_takes_room_like_every_job_that_hangs_until_drs_has_ended_it() -> None:
    world, execution_id, _ = with_late_job(hangs=3, **DENIED)
    until_suspected(world, execution_id)
    lost = next(iter(world.header(execution_id).launch_ids))
    world.advance(10 * MINUTE)
    assert reservations(world.history.scan()) == [lost]

    world.run_until_end(execution_id, limit=HOUR)

    world.advance(10 * MINUTE)
    assert reservations(world.history.scan()) == [lost]
    world.advance(4 * HOUR)
    assert reservations(world.history.scan()) == []


def test_an_abandoned_one_is_watched_once_its_tags_can_be_read_and_freed_when_it_has_ended() -> None:
    world, execution_id, servers = with_late_job(hangs=3, **DENIED)
    job_id = until_suspected(world, execution_id)
    world.run_until_end(execution_id, limit=HOUR)

    world.simulator.clear_faults()
    world.advance(5 * MINUTE)

    assert [one["jobId"] for one in world.execution(execution_id)["abandonedJobs"]] == [job_id]
    assert held_locks(world.history.scan()) == [lock_of(servers[0])]
    world.advance(4 * HOUR)
    check_at_rest(world, execution_id)


def test_an_abandoned_one_whose_tags_nobody_may_read_is_freed_when_drs_has_ended_the_job() -> None:
    world, execution_id, _ = with_late_job(hangs=3, **DENIED)
    job_id = until_suspected(world, execution_id)
    world.run_until_end(execution_id, limit=HOUR)

    world.advance(4 * HOUR)

    [line] = told(world, execution_id, "the abandoned launch is given up")
    assert line.startswith(f"job {job_id} in {TARGET} has ended, and nobody may read whether it was ")
    check_at_rest(world, execution_id)


def test_where_the_tags_can_be_read_nothing_is_held_up() -> None:
    world, execution_id, _ = with_late_job(hangs=0)

    assert world.run_until_end(execution_id, limit=3 * HOUR) == "COMPLETED"

    assert not told(world, execution_id, "may be that of a lost launch")
    check_at_rest(world, execution_id)


def test_once_it_has_ended_it_holds_neither_its_wave_nor_room_nor_the_launch_of_a_retry() -> None:
    world = World(settings=QUICK)
    group = world.create_group("late", world.add_servers(count=1))
    world.fault("hiddenTags", times=None)
    world.fault(**DENIED)
    world.fault("lateEffect", operation="StartRecovery", seconds=330)
    execution_id = world.start(world.create_plan("plan", wave(0, group)))

    world.run_until_status(execution_id, "PAUSED", limit=HOUR)

    # it was ours, and what it launched took the place of the other's instance
    assert [job.ended is None for job in world.oracle.jobs_of(execution_id)] == [False, False]
    assert len(told(world, execution_id, "has ended, and nobody could read whether it was that of a lost launch")) == 1
    world.advance(6 * MINUTE)
    assert reservations(world.history.scan()) == []
    world.retry(execution_id, 0, relaunch=True)
    assert world.run_until_end(execution_id, limit=HOUR) == "COMPLETED"
    assert len(world.oracle.jobs_of(execution_id)) == 3


def test_after_the_end_a_job_of_one_server_holds_that_one_and_takes_its_room_alone() -> None:
    world = World(settings=QUICK)
    servers, [other] = world.add_servers(count=20), world.add_servers(count=1, name="other")
    first, second = world.create_group("a", servers), world.create_group("b", [other])
    world.fault("hiddenTags", times=None)
    world.fault("serverError", operation="StartRecovery", times=1)
    world.fault("stuckJob", seconds=HOUR * 6, nth=2)
    world.fault(**DENIED)
    waves = (wave(0, first, drainMinutes=30), wave(1, second, dependsOnWaves=[0], waitMinutes=30))
    execution_id = world.start(world.create_plan("plan", *waves))
    world.advance(20 * MINUTE)
    world.simulator.start_foreign_job(DATABASE_ACCOUNT, REGION, servers[:1], tags={"Owner": "somebody"})

    assert world.run_until_end(execution_id, limit=4 * HOUR) == "COMPLETED"

    world.advance(10 * MINUTE)
    assert held_locks(world.history.scan()) == [lock_of(servers[0])]
    assert sum(server_counts(world)) == 1
    [job] = world.execution(execution_id)["abandonedJobs"]
    assert job["serverIds"] == servers[:1]


def test_one_that_may_be_the_job_of_several_lost_launches_takes_its_room_once_and_is_named_once() -> None:
    world = World(settings=QUICK)
    servers, [other] = world.add_servers(count=3), world.add_servers(count=1, name="other")
    first, second = world.create_group("a", servers), world.create_group("b", [other])
    world.fault("hiddenTags", times=None)
    world.fault("lateEffect", operation="StartRecovery", seconds=HOUR)
    world.fault("serverError", operation="StartRecovery", nth=2, times=2)
    world.fault("stuckJob", seconds=HOUR * 6, nth=2)
    world.fault(**DENIED)
    waves = (wave(0, first, drainMinutes=30), wave(1, second, dependsOnWaves=[0], waitMinutes=62))
    execution_id = world.start(world.create_plan("plan", *waves))

    job_id = until_suspected(world, execution_id)
    assert world.header(execution_id).status_reason.count(job_id) == 1

    assert world.run_until_end(execution_id, limit=2 * HOUR) == "COMPLETED"

    assert len(world.execution(execution_id)["abandonedJobs"]) == 3
    assert world.header(execution_id).status_reason.count(job_id) == 1
    assert server_counts(world) == [3]
    assert sorted(held_locks(world.history.scan())) == sorted(map(lock_of, servers))
    world.advance(6 * HOUR)
    check_at_rest(world, execution_id)


def server_counts(world: World) -> list[int]:
    """For how many servers room is reserved, one number for each reservation."""
    rows = [row for row in world.history.scan() if str(row["executionId"]).startswith("quota#")]
    return [int(one["serverCount"]) for row in rows for one in row.get("reservations", ())]
