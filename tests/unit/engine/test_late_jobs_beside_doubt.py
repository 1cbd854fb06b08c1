"""The late job of a lost launch ends while the next launch of its server is in doubt: what it has done counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.models.drs import Job
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.recovery_plan import FailurePolicy
from shared.models.server_record import HealthStatus, LaunchStatus
from tests.support.stage import TARGET, Stage, stage
from tests.support.stage_stories import ONE, run_out, wave_of
from tests.unit.engine.test_suspected_jobs import calls, lost


def beside_doubt() -> tuple[Stage, LaunchRecord, LaunchRecord, Job]:
    """The first launch was lost and has a job by now, the second is in doubt; answers both, and the job."""
    made = stage(wave_of(1, policy=FailurePolicy.CONTINUE, deadline_minutes=60, drain_minutes=10))
    first = lost(made)
    made.settle()
    job = made.add_job(first)
    made.step(5)
    second = next(launch for launch in made.launches.values() if launch.launch_id != first.launch_id)
    assert made.launches[first.launch_id].state is LaunchState.STARTED
    assert (second.state, made.server(ONE).launch_id) == (LaunchState.OPEN, second.launch_id)
    return made, first, second, job


def until_lost(made: Stage, launch: LaunchRecord) -> None:
    """The doubt about the launch ends: it has no job."""
    while made.launches[launch.launch_id].state is LaunchState.OPEN:
        made.step(5)
    assert made.launches[launch.launch_id].state is LaunchState.LOST


def ended_just_before_the_loss(made: Stage, launch: LaunchRecord, job: Job, **how: list[object]) -> None:
    """The job ends in the last seconds of the doubt."""
    while made.now < launch.intent_at + timedelta(seconds=170):
        made.step(5)
    made.finish_job(job.job_id, **how)  # type: ignore[arg-type]
    made.step(1)
    until_lost(made, launch)
    made.refuse.clear()


def test_that_it_failed_is_the_verdict() -> None:
    made, _, second, job = beside_doubt()

    ended_just_before_the_loss(made, second, job, failed=[ONE])
    made.step(30)
    made.settle()

    assert (made.server(ONE).launch, made.server(ONE).job_id) == (LaunchStatus.FAILED, job.job_id)
    assert calls(made) == 2


@pytest.mark.parametrize("after", [0, 60], ids=["shown at once", "shown a minute later"])
def test_what_it_launched_is_taken(after: int) -> None:
    made, first, second, job = beside_doubt()

    ended_just_before_the_loss(made, second, job, without_instance=[ONE])
    made.step(after)
    instance = made.add_instance(ONE, job.job_id)
    made.step(30)
    made.step(130)
    made.settle()

    server = made.server(ONE)
    assert (server.launch, server.health) == (LaunchStatus.LAUNCHED, HealthStatus.HEALTHY)
    assert (server.recovery_instance_id, server.launch_id) == (instance, first.launch_id)
    assert made.launches[first.launch_id].state is LaunchState.DONE
    assert calls(made) == 2


def test_if_the_next_launch_has_a_job_all_the_same_the_server_stays_with_that() -> None:
    made, first, second, job = beside_doubt()
    made.finish_job(job.job_id)
    made.step(5)
    other = made.add_job(second)
    made.settle()

    assert made.server(ONE).job_id == other.job_id
    assert made.launches[first.launch_id].state is LaunchState.DONE


def test_if_the_doubt_never_ends_what_it_launched_is_told_after_the_drain() -> None:
    made, first, second, job = beside_doubt()
    made.finish_job(job.job_id, without_instance=[ONE])
    instance = made.add_instance(ONE, job.job_id)
    # a job of that time that shows no tags keeps the doubt: it works on another server too
    other = made.add_job(second)
    participants = (*other.participants, other.participants[0].model_copy(update={"source_server_id": "s-another"}))
    made.jobs[other.job_id] = (TARGET, other.model_copy(update={"tags": {}, "participants": participants}))

    run_out(made)

    assert made.launches[second.launch_id].is_abandoned
    assert made.launches[first.launch_id].state is LaunchState.DONE
    server = made.server(ONE)
    assert (server.launch, server.recovery_instance_id) == (LaunchStatus.LAUNCHED, instance)
