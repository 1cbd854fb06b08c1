"""Nothing is abandoned of which the next step may know more: whose end is being settled, or could not be asked once."""

from __future__ import annotations

from datetime import timedelta

from shared.engine.bounds import DOUBT_POLL_SECONDS, OUTCOMES_PER_STEP
from shared.engine.effects import AdoptJob
from shared.models.execution import ExecutionStatus
from shared.models.launch import LaunchState
from shared.models.recovery_plan import FailurePolicy
from shared.models.server_record import LaunchStatus
from shared.models.targets import Target
from tests.support.planned_wave import PlannedWave
from tests.support.stage import TARGET, server_key, stage
from tests.support.stage_stories import MINUTE, ONE, drained, in_doubt, launched, minutes, run_out, wave_of

STOP = FailurePolicy.STOP


def test_a_job_that_has_just_ended_gets_its_grace_before_it_may_be_abandoned() -> None:
    made, job = launched(wave_of(1, policy=STOP, deadline_minutes=60, drain_minutes=10))
    drained(made, 60 * MINUTE)
    made.step(9 * MINUTE)
    made.finish_job(job, without_instance=[ONE])
    drained(made, MINUTE)
    assert made.header.abandoned_count == 0

    made.add_instance(ONE, job)
    run_out(made)

    assert minutes(made) < 71
    assert made.server(ONE).launch is LaunchStatus.LAUNCHED
    assert made.header.abandoned_count == 0


def test_a_job_that_has_ended_and_whose_instances_cannot_be_read_is_abandoned_after_its_grace() -> None:
    made, job = launched(wave_of(1, policy=STOP, deadline_minutes=60, drain_minutes=10))
    drained(made, 60 * MINUTE)
    made.step(9 * MINUTE)
    made.finish_job(job, without_instance=[ONE])
    made.step(MINUTE)
    made.unreachable[TARGET] = "the role is gone"

    assert 75 <= run_out(made) < 76
    assert made.header.abandoned_count == 1
    assert made.server(ONE).launch_reason.endswith("it may still have run, for nobody could ask")


def test_one_failed_answer_at_the_end_of_the_drain_decides_nothing() -> None:
    made, job = launched(wave_of(1, policy=STOP, deadline_minutes=60, drain_minutes=10))
    drained(made, 60 * MINUTE)
    made.step(9 * MINUTE)
    made.finish_job(job)
    made.unreachable[TARGET] = "throttled"
    drained(made, MINUTE)
    assert not made.header.is_terminal

    made.unreachable.clear()
    made.step(30)

    assert made.server(ONE).launch is LaunchStatus.LAUNCHED
    assert made.header.abandoned_count == 0


def test_of_a_job_that_nobody_could_ask_about_it_is_not_said_that_it_runs() -> None:
    made, job = launched(wave_of(1, policy=STOP, deadline_minutes=60, drain_minutes=10))
    drained(made, 60 * MINUTE)
    made.unreachable[TARGET] = "the role is gone"

    assert 75 <= run_out(made) < 76

    assert made.server(ONE).launch_reason.endswith(
        f"{job} in {TARGET} is abandoned: it may still have run, for nobody could ask"
    )


def test_an_account_that_had_no_turn_is_asked_before_its_job_is_abandoned() -> None:
    made, job = launched(wave_of(1, policy=STOP, deadline_minutes=60, drain_minutes=10))
    drained(made, 60 * MINUTE)
    made.finish_job(job)
    made.unreachable[TARGET] = ""
    for _ in range(3):
        made.step(10 * MINUTE)
        assert made.header.abandoned_count == 0
        assert not made.header.is_terminal

    made.unreachable.clear()
    made.settle()

    assert made.server(ONE).launch is LaunchStatus.LAUNCHED
    assert made.status() is ExecutionStatus.PARTIAL


def test_jobs_whose_end_finds_no_room_in_a_step_are_settled_in_the_next() -> None:
    places = [Target(account_id=f"{number:012d}", region="us-west-2") for number in range(2 * OUTCOMES_PER_STEP + 1)]
    keys = [server_key(1 + number, target) for number, target in enumerate(places)]
    made = stage(PlannedWave(tuple(keys), policy=STOP, deadline_minutes=60, drain_minutes=10))
    made.settle()
    drained(made, 60 * MINUTE)
    for job in made.running_jobs():
        made.finish_job(job)

    made.step(11 * MINUTE)
    assert made.header.abandoned_count == 0
    assert not made.header.is_terminal
    run_out(made)

    assert made.header.abandoned_count == 0
    assert {made.server(key).launch for key in keys} == {LaunchStatus.LAUNCHED}


def test_a_launch_in_doubt_is_not_abandoned_before_its_loss_could_be_proved() -> None:
    made = stage(wave_of(1, policy=STOP, deadline_minutes=1, drain_minutes=1))
    made.refuse[TARGET] = LaunchState.OPEN
    made.step(0)
    made.step(MINUTE)
    [launch] = made.launches.values()

    run_out(made)

    assert made.launches[launch.launch_id].state is LaunchState.LOST
    assert made.header.abandoned_count == 0
    assert minutes(made) * MINUTE < 175 + 2 * DOUBT_POLL_SECONDS


def test_a_job_that_is_found_when_its_time_is_up_is_looked_at_once_more() -> None:
    made = in_doubt()
    drained(made, 60 * MINUTE)
    made.unreachable.clear()
    [launch] = made.launches.values()
    made.add_job(launch)
    made.now += timedelta(minutes=31)

    adopted = made.decision()

    assert [type(effect) for effect in adopted.effects] == [AdoptJob]
    assert adopted.wait_seconds == 1
    run_out(made)
    assert made.header.abandoned_count == 1
    assert made.launches[launch.launch_id].job_id is not None
