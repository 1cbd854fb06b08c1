"""Verdicts come from recovery instances of the very job, and "not found" is never success."""

from datetime import timedelta

import pytest

from shared.models.drs import JobLogEntry, LaunchSettings, ParticipantStatus, RecoveryInstance
from shared.models.execution import ExecutionStatus
from shared.models.launch_config import LaunchDisposition
from shared.models.server_record import HealthStatus, LaunchStatus
from shared.models.wave_record import WaveStatus
from tests.support.planned_wave import PlannedWave
from tests.support.stage import TARGET, Stage, server_key, stage

ONE, TWO = server_key(1), server_key(2)


def launched(*servers: int) -> tuple[Stage, str]:
    made = stage(PlannedWave(tuple(server_key(number) for number in servers)))
    made.settle()
    (job,) = made.running_jobs()
    return made, job


@pytest.mark.requirement("SRS-E02")
def test_a_failed_server_has_the_reason_of_the_job_log_and_the_others_are_judged() -> None:
    made, job = launched(1, 2)
    made.logs[job] = (
        JobLogEntry(time=made.now, event="JOB_START"),
        JobLogEntry(
            time=made.now, event="LAUNCH_FAILED", source_server_id=ONE.source_server_id, raw_error="No capacity"
        ),
    )

    made.finish_job(job, failed=[ONE])
    made.settle()

    assert made.server(ONE).launch is LaunchStatus.FAILED
    assert made.server(ONE).launch_reason == f"Could not launch {ONE.source_server_id}: No capacity"
    assert made.server(TWO).launch is LaunchStatus.LAUNCHED
    assert made.server(TWO).health is HealthStatus.HEALTHY
    assert made.status() is ExecutionStatus.PARTIAL


def test_an_instance_of_an_earlier_job_is_never_taken_for_this_one() -> None:
    made, job = launched(1)
    made.finish_job(job, without_instance=[ONE])
    made.instances[ONE] = (
        RecoveryInstance(
            recovery_instance_id="i-0000000000000beef",
            ec2_instance_id="i-0000000000000beef",
            source_server_id=ONE.source_server_id,
            job_id="drsjob-99999999999999999",
        ),
    )

    made.settle()
    assert made.server(ONE).launch is LaunchStatus.LAUNCHING

    made.step(seconds=300)
    made.settle()
    assert made.server(ONE).launch is LaunchStatus.LAUNCHED
    assert made.server(ONE).health is HealthStatus.UNHEALTHY
    assert made.server(ONE).health_reason == "no instance found"
    assert made.wave(0) is WaveStatus.FAILED


def test_a_server_that_an_ended_job_leaves_pending_fails_after_the_grace() -> None:
    made, job = launched(1)
    made.finish_job(job, without_instance=[ONE], status=ParticipantStatus.PENDING)

    made.step(seconds=299)
    assert made.server(ONE).launch is LaunchStatus.LAUNCHING

    made.step(seconds=2)
    assert made.server(ONE).launch is LaunchStatus.FAILED
    assert "PENDING" in made.server(ONE).launch_reason


def test_an_instance_that_shows_within_the_grace_is_taken() -> None:
    made, job = launched(1)
    made.finish_job(job, without_instance=[ONE], status=ParticipantStatus.IN_PROGRESS)
    made.settle()

    made.add_instance(ONE, job)
    made.settle()

    assert made.server(ONE).launch is LaunchStatus.LAUNCHED
    assert made.status() is ExecutionStatus.COMPLETED


def test_a_job_that_no_listing_shows_is_no_success_and_no_failure() -> None:
    made, job = launched(1)
    del made.jobs[job]

    made.step(seconds=3600)

    assert made.server(ONE).launch is LaunchStatus.LAUNCHING
    assert made.wave(0) is WaveStatus.LAUNCHING


def test_an_account_that_cannot_be_reached_is_waited_for() -> None:
    made, job = launched(1)
    made.finish_job(job)
    made.unreachable[TARGET] = "the role is gone"

    decision = made.step(seconds=3600)

    assert made.wave(0) is WaveStatus.LAUNCHING
    assert decision.wait_seconds == 30
    assert decision.wait_reason in {"the role is gone", "jobs run in 111122223333/us-west-2"}

    made.unreachable.clear()
    made.settle()
    assert made.status() is ExecutionStatus.COMPLETED


@pytest.mark.requirement("SRS-E02")
def test_checks_that_never_pass_make_the_server_unhealthy_in_the_end() -> None:
    made, job = launched(1)
    made.finish_job(job, without_instance=[ONE])
    made.add_instance(ONE, job, checks="impaired")

    made.settle()
    assert made.wave(0) is WaveStatus.VALIDATING

    made.step(seconds=900)
    assert made.server(ONE).health is HealthStatus.UNHEALTHY
    assert "impaired" in made.server(ONE).health_reason
    assert made.wave(0) is WaveStatus.FAILED


def test_ec2_is_asked_again_when_its_first_checks_can_be_there() -> None:
    made, job = launched(1)
    made.finish_job(job, without_instance=[ONE])
    made.add_instance(ONE, job, checks="initializing")

    assert made.step().wait_seconds == 121

    made.now += timedelta(seconds=121)
    assert made.step().wait_seconds == 3


@pytest.mark.requirement("SRS-E02")
def test_a_stopped_instance_is_healthy_only_if_it_was_to_stay_stopped() -> None:
    for disposition, health in (
        (LaunchDisposition.STOPPED, HealthStatus.HEALTHY),
        (LaunchDisposition.STARTED, HealthStatus.UNKNOWN),
    ):
        made, job = launched(1)
        made.finish_job(job, without_instance=[ONE])
        made.add_instance(ONE, job, state="stopped", checks="not-applicable")
        made.settings[ONE] = LaunchSettings(source_server_id=ONE.source_server_id, disposition=disposition)

        made.settle()

        assert made.server(ONE).health is health


def test_a_terminated_instance_is_unhealthy_at_once() -> None:
    made, job = launched(1)
    made.finish_job(job, without_instance=[ONE])
    made.add_instance(ONE, job, state="terminated", checks="not-applicable")

    made.settle()

    assert made.server(ONE).health is HealthStatus.UNHEALTHY


def test_a_job_that_ends_without_saying_when_has_the_grace_from_when_that_was_seen() -> None:
    made, job = launched(1)
    made.finish_job(job, without_instance=[ONE], status=ParticipantStatus.PENDING)
    target, ended = made.jobs[job]
    made.jobs[job] = (target, ended.model_copy(update={"ended_at": None}))

    made.step(seconds=60)
    assert made.server(ONE).launch is LaunchStatus.LAUNCHING

    made.step(seconds=301)
    assert made.server(ONE).launch is LaunchStatus.FAILED


def test_an_instance_that_is_to_stay_stopped_is_not_waited_for_as_long_as_checks_take() -> None:
    made, job = launched(1)
    made.settings[ONE] = LaunchSettings(source_server_id=ONE.source_server_id, disposition=LaunchDisposition.STOPPED)
    made.finish_job(job, without_instance=[ONE])
    instance = made.add_instance(ONE, job, state="stopping")

    assert made.step(1).wait_seconds == 3
    made.health[instance] = made.health[instance].model_copy(update={"state": "stopped"})
    made.step(3)

    assert made.status() is ExecutionStatus.COMPLETED
