"""What shows up late is cleaned up too: jobs that were given up, and instances that DRS does not show at once."""

from __future__ import annotations

import pytest

from orchestration.abandoned import settle_abandoned
from tests.integration.engine.terminations import (
    MINUTE,
    calls,
    end_with_nothing_left,
    end_without_trouble,
    until_late_job,
    with_abandoned_job,
    with_late_job,
)
from tests.support.world import DATABASE_ACCOUNT, HOUR, REGION, World, wave
from tests.support.world.rest import QUICK, check_at_rest, held_locks, reservations


@pytest.mark.requirement("SRS-E12")
def test_an_instance_that_a_late_job_does_not_show_yet_is_not_called_gone() -> None:
    world = World(settings=QUICK)
    servers, execution_id = with_late_job(world)
    world.fault("hiddenInstance", servers=servers, seconds=4 * MINUTE)
    until_late_job(world, execution_id)
    world.terminate(execution_id)

    end_with_nothing_left(world, execution_id)


@pytest.mark.parametrize("minutes", range(0, 5))
@pytest.mark.parametrize("hours", [3, 8])
def test_an_instance_that_an_abandoned_job_does_not_show_yet_is_not_called_gone(hours: int, minutes: int) -> None:
    world, execution_id, _ = with_abandoned_job(hours + minutes / 60, hidden_for=4 * MINUTE)
    world.terminate(execution_id)

    end_with_nothing_left(world, execution_id)


def test_servers_of_a_job_that_failed_are_not_waited_for() -> None:
    world = World(settings=QUICK)
    servers = world.add_servers(count=2)
    world.fault("launchFailure", servers=[servers[0]])
    execution_id = world.start(world.create_plan("plan", wave(0, world.create_group("group", servers))))
    world.run_until(lambda: world.execution(execution_id)["waves"][0]["status"] == "FAILED", HOUR, "the verdict")
    world.cancel(execution_id)
    world.run_until_end(execution_id)
    world.terminate(execution_id)

    world.run_until_terminated(execution_id, limit=4 * MINUTE)

    assert world.instances() == []


def test_a_late_job_whose_tags_no_listing_shows_is_ours_all_the_same() -> None:
    world = World(settings=QUICK)
    world.fault("hiddenTags", times=None)
    _, execution_id = with_late_job(world)
    until_late_job(world, execution_id)
    world.advance(20 * MINUTE)
    world.terminate(execution_id)

    world.run_until_terminated(execution_id, limit=8 * HOUR)

    assert world.termination(execution_id)["status"] == "COMPLETED"
    assert world.instances() == []


def test_a_launch_that_was_refused_and_has_a_job_all_the_same_can_be_terminated() -> None:
    world = World(settings=QUICK)
    world.fault("repeatedCall", operation="StartRecovery", answer="denied")
    world.fault("lateVisibility", seconds=100, byId=True)
    execution_id = world.start(world.plan_of(1))
    world.advance(2)
    world.cancel(execution_id)
    world.run_until_end(execution_id)
    world.advance(HOUR)
    assert len(world.instances()) == 1

    world.terminate(execution_id)
    world.run_until_terminated(execution_id)

    assert world.instances() == []


def test_an_instance_that_showed_after_the_verdict_is_terminated_and_its_server_stays_failed() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2, failurePolicy="STOP")
    server = min(world.expected_waves(plan_id)[0].servers)
    world.fault("stuckPending", servers=[server], launches=True)
    world.fault("hiddenInstance", seconds=2000)
    execution_id = world.start(plan_id)
    world.run_until_end(execution_id)
    world.advance(2000)
    world.terminate(execution_id)

    world.run_until_terminated(execution_id)

    assert world.instances() == []
    assert {one["sourceServerId"]: one["launchStatus"] for one in world.servers(execution_id)}[server] == "FAILED"
    check_at_rest(world, execution_id)


def test_a_server_of_a_once_abandoned_job_is_free_within_minutes_when_its_instance_is_gone() -> None:
    world, execution_id, servers = with_abandoned_job(1)
    world.fault("terminateFailure", servers=[servers[0]], times=None)
    world.terminate(execution_id)

    world.advance(90 * MINUTE)

    assert len(world.instances()) == 1
    assert world.termination(execution_id)["status"] == "RUNNING"
    [lock] = held_locks(world.history.scan())
    assert servers[0] in lock


def test_a_late_job_that_hangs_keeps_no_other_server_locked() -> None:
    world = World(settings=QUICK)
    late, other = world.add_servers(count=2)
    first, second = (world.create_group(name, [name]) for name in (late, other))
    world.fault("lateEffect", operation="StartRecovery", seconds=2 * HOUR)
    world.fault("stuckJob", servers=[late], seconds=48 * HOUR, nth=2)
    execution_id = world.start(world.create_plan("plan", wave(0, first), wave(1, second)))
    assert world.run_until_end(execution_id, limit=90 * MINUTE) == "COMPLETED"
    world.run_until(lambda: len(world.oracle.jobs_of(execution_id)) == 3, 3 * HOUR, "the late job")
    world.terminate(execution_id)

    world.advance(30 * MINUTE)

    [lock] = held_locks(world.history.scan())
    assert late in lock
    assert len(calls(world)) == 1


def test_a_late_job_has_its_room_while_it_runs_and_not_while_its_instance_survives() -> None:
    world = World(settings=QUICK)
    world.fault("stuckJob", seconds=HOUR, nth=2)
    servers, execution_id = with_late_job(world)
    until_late_job(world, execution_id)
    world.fault("terminateFailure", servers=servers, times=None)
    world.terminate(execution_id)

    world.advance(20 * MINUTE)
    assert reservations(world.history.scan()) == [world.header(execution_id).launch_ids[0]]

    world.advance(70 * MINUTE)
    assert world.termination(execution_id)["status"] == "RUNNING"
    assert world.header(execution_id).launch_ids[0] not in reservations(world.history.scan())
    end_without_trouble(world, execution_id)


def test_a_late_instance_of_a_server_that_was_freed_is_terminated_under_its_lock() -> None:
    world = World(settings=QUICK)
    servers, execution_id = with_late_job(world, 2)
    world.fault("terminateFailure", servers=[servers[0]], times=None)
    world.terminate(execution_id)
    world.advance(HOUR)
    assert len(held_locks(world.history.scan())) == 1

    world.advance(2 * HOUR)

    assert len(world.oracle.jobs_of(execution_id)) == 2
    assert len(world.instances()) == 1
    assert len(held_locks(world.history.scan())) == 1
    end_without_trouble(world, execution_id)


def test_a_server_whose_instance_a_late_job_does_not_show_yet_stays_locked() -> None:
    world = World(settings=QUICK)
    servers, execution_id = with_late_job(world, 2)
    world.fault("hiddenInstance", servers=[servers[1]], seconds=5 * MINUTE)
    world.fault("terminateFailure", servers=[servers[0]], times=None)
    until_late_job(world, execution_id)
    world.terminate(execution_id)

    world.advance(6 * MINUTE)
    assert len(held_locks(world.history.scan())) == 2
    world.advance(15 * MINUTE)

    assert len(world.instances()) == 1
    assert len(held_locks(world.history.scan())) == 1
    end_without_trouble(world, execution_id)


def hidden_for(seconds: float) -> tuple[World, str, str]:
    """An ended execution of two servers, of which DRS says that it was launched, and shows no instance for a while."""
    world = World(settings=QUICK)
    hidden, shown = world.add_servers(count=2)
    world.fault("hiddenInstance", servers=[hidden], seconds=seconds)
    group = world.create_group("group", [hidden, shown])
    execution_id = world.start(world.create_plan("plan", wave(0, group, failurePolicy="CONTINUE")))
    world.run_until_end(execution_id)
    return world, execution_id, hidden


def test_an_instance_that_nobody_ever_saw_is_not_said_to_be_terminated() -> None:
    world, execution_id, hidden = hidden_for(3 * HOUR)
    world.terminate(execution_id)

    world.run_until_terminated(execution_id)

    shown = world.termination(execution_id)["termination"]
    assert shown["status"] == "COMPLETED"
    assert "DRS may have launched" in shown["statusReason"]
    records = {one["sourceServerId"]: one for one in world.servers(execution_id)}
    assert records.pop(hidden)["launchStatus"] == "LAUNCHED"
    assert [one["launchStatus"] for one in records.values()] == ["TERMINATED"]

    world.advance(3 * HOUR)
    world.terminate(execution_id)
    world.run_until_terminated(execution_id)

    assert world.termination(execution_id)["termination"]["statusReason"] == "no instance of this execution is left"
    assert world.instances() == []
    assert {one["launchStatus"] for one in world.servers(execution_id)} == {"TERMINATED"}


def test_an_instance_that_only_the_termination_saw_is_terminated() -> None:
    world, execution_id, _ = hidden_for(HOUR)
    world.advance(2 * HOUR)
    world.terminate(execution_id)

    world.run_until_terminated(execution_id)

    assert world.termination(execution_id)["termination"]["statusReason"] == "no instance of this execution is left"
    assert {one["launchStatus"] for one in world.servers(execution_id)} == {"TERMINATED"}


def test_a_termination_that_hangs_at_one_server_keeps_no_other_locked() -> None:
    world = World(settings=QUICK)
    servers = world.add_servers(count=150)
    groups = [world.create_group(f"group-{start}", servers[start : start + 50]) for start in (0, 50, 100)]
    execution_id = world.start(world.create_plan("plan", wave(0, *groups)))
    assert world.run_until_end(execution_id) == "COMPLETED"
    cell = world.simulator._world.cells[(DATABASE_ACCOUNT, REGION)]
    cell.servers[servers[70]].pace = 3000
    world.terminate(execution_id)

    world.advance(20 * MINUTE)

    assert len(world.instances()) == 1
    [lock] = held_locks(world.history.scan())
    assert servers[70] in lock
    assert world.termination(execution_id)["status"] == "RUNNING"


def test_a_server_of_an_abandoned_job_whose_instance_is_never_shown_is_named_at_the_end() -> None:
    world, execution_id, _ = with_abandoned_job(3, hidden_for=3 * HOUR)
    world.terminate(execution_id)

    world.run_until_terminated(execution_id, limit=14 * HOUR)

    shown = world.termination(execution_id)["termination"]
    assert shown["status"] == "COMPLETED"
    assert "DRS may have launched" in shown["statusReason"]
    assert f"in {DATABASE_ACCOUNT}/{REGION} and showed no instance: look for it in EC2" in shown["statusReason"]


def test_a_server_that_an_ended_job_leaves_pending_and_never_shows_is_named_at_the_end() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2, failurePolicy="STOP")
    server = min(world.expected_waves(plan_id)[0].servers)
    world.fault("stuckPending", servers=[server], launches=True)
    world.fault("hiddenInstance", servers=[server], seconds=3 * HOUR)
    execution_id = world.start(plan_id)
    world.run_until_end(execution_id)
    world.terminate(execution_id)

    world.run_until_terminated(execution_id)

    assert "look for it in EC2" in world.termination(execution_id)["termination"]["statusReason"]


def test_a_late_job_whose_tags_no_listing_shows_is_observed_while_its_execution_lives() -> None:
    world = World(settings=QUICK)
    first, second = (world.create_group(name, [name]) for name in world.add_servers(count=2))
    world.fault("hiddenTags", times=None)
    world.fault("lateEffect", operation="StartRecovery", seconds=HOUR)
    waves = (wave(0, first), wave(1, second, dependsOnWaves=[0], waitMinutes=120))
    execution_id = world.start(world.create_plan("plan", *waves))

    assert world.run_until_end(execution_id, limit=6 * HOUR) == "COMPLETED"

    launches = world.executions.launches(world.header(execution_id))
    assert [launch.state.value for launch in launches] == ["DONE", "DONE", "DONE"]
    world.oracle.check_nothing_runs(execution_id)


def is_running(world: World, job_id: str) -> bool:
    """Whether the job goes on."""
    return world.simulator._world.cells[(DATABASE_ACCOUNT, REGION)].jobs[job_id].status != "COMPLETED"


def test_an_instance_of_an_abandoned_job_is_left_alone_if_another_execution_has_taken_its_server_meanwhile() -> None:
    world, execution_id, servers = with_abandoned_job(3)
    rows = world.tables.protection_groups.scan()
    late = next(row for row in rows if servers[1] in str(row.get("sourceServerIds", "")))
    [first] = world.instances()
    other = world.create_plan("other", wave(0, late["groupId"]))
    world.run_until(lambda: len(world.instances()) == 2, 4 * HOUR, "the abandoned job's instance")
    job = world.oracle.jobs_of(execution_id)[1].job_id
    world.run_until(lambda: not is_running(world, job), HOUR, "the end of the abandoned job")
    others: list[str] = []

    def overtaken() -> None:
        """The reconciler frees the server after the round took its locks, and somebody starts another execution."""
        if not others:
            others.append("")
            settle_abandoned(world.header(execution_id), world.parts._orchestration())
            others[:] = [world.start(other)]

    world.orchestration.on("drs.jobs", overtaken)
    world.terminate(execution_id)
    world.run_until(lambda: bool(calls(world)), HOUR, "the first call")

    assert others[0].startswith("exec-")
    assert calls(world)[0].parameters["recoveryInstanceIDs"] == [first]


def test_a_late_job_that_does_not_say_when_it_ended_keeps_no_termination_for_ever() -> None:
    world = World(settings=QUICK)
    servers, execution_id = with_late_job(world)
    world.fault("hiddenInstance", servers=servers, seconds=48 * HOUR)
    until_late_job(world, execution_id)
    late = world.oracle.jobs_of(execution_id)[1].job_id
    world.run_until(lambda: not is_running(world, late), HOUR, "the end of the late job")
    for job in world.simulator._world.cells[(DATABASE_ACCOUNT, REGION)].jobs.values():
        job.ended = None

    world.terminate(execution_id)

    world.run_until_terminated(execution_id, limit=HOUR)
    assert world.termination(execution_id)["status"] == "COMPLETED"
