"""Waves begin in their order, and no sooner."""

from shared.models.execution import ExecutionStatus
from shared.models.launch import LaunchState
from shared.models.server_record import HealthStatus, LaunchStatus
from shared.models.targets import Target
from shared.models.wave_record import WaveStatus
from tests.support.planned_wave import PlannedWave
from tests.support.stage import TARGET, Stage, server_key, stage
from tests.support.stage_stories import proved


def finish(made: Stage) -> None:
    for job in made.running_jobs():
        made.finish_job(job)
    made.settle()


def test_one_wave_with_one_server_is_launched_checked_and_completed() -> None:
    made = stage(PlannedWave((server_key(1),)))

    made.settle()
    assert made.status() is ExecutionStatus.RUNNING
    assert made.wave(0) is WaveStatus.LAUNCHING
    assert made.server(server_key(1)).launch is LaunchStatus.LAUNCHING

    finish(made)
    assert made.server(server_key(1)).health is HealthStatus.HEALTHY
    assert made.wave(0) is WaveStatus.COMPLETED
    assert made.status() is ExecutionStatus.COMPLETED
    assert made.header.recovered_at == made.header.ended_at


def test_without_any_dependency_waves_run_one_after_the_other() -> None:
    made = stage(PlannedWave((server_key(1),)), PlannedWave((server_key(2),)), PlannedWave((server_key(3),)))

    for expected in (1, 2, 3):
        made.settle()
        assert len(made.jobs) == expected
        finish(made)
    assert made.status() is ExecutionStatus.COMPLETED


def test_the_middle_waves_of_a_diamond_run_together_and_the_last_waits_for_both() -> None:
    made = stage(
        PlannedWave((server_key(1),)),
        PlannedWave((server_key(2),), depends_on=(0,)),
        PlannedWave((server_key(3),), depends_on=(0,)),
        PlannedWave((server_key(4),), depends_on=(1, 2)),
    )
    made.settle()
    finish(made)
    assert made.wave(1) is made.wave(2) is WaveStatus.LAUNCHING
    assert made.wave(3) is WaveStatus.PENDING

    first, second = made.running_jobs()
    made.finish_job(first)
    made.settle()
    assert made.wave(3) is WaveStatus.PENDING

    made.finish_job(second)
    made.settle()
    assert made.wave(3) is WaveStatus.LAUNCHING


def test_a_failed_wave_stops_the_plan_while_its_siblings_are_observed_to_their_end() -> None:
    made = stage(
        PlannedWave((server_key(1),)),
        PlannedWave((server_key(2),), depends_on=(0,)),
        PlannedWave((server_key(3),), depends_on=(0,)),
        PlannedWave((server_key(4),), depends_on=(1, 2)),
    )
    made.settle()
    finish(made)
    first, second = made.running_jobs()

    made.finish_job(first, failed=[server_key(2)])
    made.settle()
    assert made.wave(1) is WaveStatus.FAILED
    assert made.wave(2) is WaveStatus.LAUNCHING
    assert made.wave(3) is WaveStatus.SKIPPED
    assert made.status() is ExecutionStatus.RUNNING

    made.finish_job(second)
    made.settle()
    assert made.wave(2) is WaveStatus.COMPLETED
    assert made.status() is ExecutionStatus.PARTIAL


def test_a_start_that_comes_too_late_fails_and_launches_nothing() -> None:
    made = stage(PlannedWave((server_key(1),)))

    made.step(seconds=301)

    assert made.status() is ExecutionStatus.FAILED
    assert made.wave(0) is WaveStatus.SKIPPED
    assert not made.jobs


def test_servers_that_wait_for_room_are_not_launched_once_another_wave_has_stopped_the_plan() -> None:
    elsewhere = Target(account_id="444455556666", region="us-west-2")
    made = stage(
        PlannedWave((server_key(1),)),
        PlannedWave((server_key(2, elsewhere),), depends_on=(0,)),
        PlannedWave((server_key(3),), depends_on=(0,)),
    )
    made.settle()
    made.finish_job(made.running_jobs()[0])
    made.refuse[TARGET] = LaunchState.REFUSED
    made.settle()
    (running,) = made.running_jobs()

    made.refuse.clear()
    made.finish_job(running, failed=[server_key(2, elsewhere)])
    proved(made)

    assert made.server(server_key(3)).launch is LaunchStatus.SKIPPED
    assert made.wave(2) is WaveStatus.FAILED
    assert made.status() is ExecutionStatus.PARTIAL
