"""The late job of a lost launch and the server that has its verdict by then: what it replaces, and what it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from shared.drs_limits import DOCUMENTED
from shared.engine.texts import LONGEST_REASON
from shared.models.drs import Job, JobLogEntry
from shared.models.launch import LaunchState
from shared.models.request import RequestKind
from shared.models.server_record import HealthStatus, LaunchStatus
from shared.models.targets import ServerKey
from shared.models.wave_record import WaveStatus
from tests.support.stage import Stage, stage
from tests.support.stage_stories import (
    FOUR,
    MINUTE,
    ONE,
    THREE,
    TWO,
    at_gate,
    failed,
    finish_running,
    launched,
    open_gate,
    wave_of,
)

NO_CAPACITY = (
    "An error occurred (InsufficientInstanceCapacity) when calling the RunInstances operation: "
    "We currently do not have sufficient m5.4xlarge capacity"
)


def late_job(made: Stage, key: ServerKey) -> Job:
    """The job of a launch of the server that was made before all others, and was lost; it runs, and is watched."""
    first = next(iter(made.launches.values()))
    servers = tuple(one for launch in made.launches.values() for one in launch.servers if one.attempt == 1)
    lost = first.model_copy(
        update={
            "launch_id": "exec-1-lost",
            "state": LaunchState.LOST,
            "job_id": None,
            "ended_at": None,
            "servers": tuple(one for one in servers if one.source_server_id == key.source_server_id),
        }
    )
    made.launches[lost.launch_id] = lost
    job = made.add_job(lost)
    made.settle()
    assert made.launches[lost.launch_id].job_id == job.job_id
    return job


def while_the_other_is_checked() -> tuple[Stage, str]:
    """The first server is well, the second's instance has no checks yet; answers the first's instance."""
    made, job = launched(wave_of(1, 2))
    made.finish_job(job, without_instance=[ONE, TWO])
    instance = made.add_instance(ONE, job)
    made.add_instance(TWO, job, checks="initializing")
    made.settle()
    assert (made.wave(0), made.server(ONE).health) == (WaveStatus.VALIDATING, HealthStatus.HEALTHY)
    return made, instance


def test_while_its_wave_runs_a_server_that_is_well_takes_what_the_late_job_has_launched() -> None:
    made, before = while_the_other_is_checked()
    job = late_job(made, ONE)

    made.finish_job(job.job_id)
    made.settle()

    server = made.server(ONE)
    assert (server.job_id, server.health) == (job.job_id, HealthStatus.HEALTHY)
    assert server.recovery_instance_id != before


def test_after_the_verdict_of_its_wave_a_server_that_is_well_stays_what_that_rests_on() -> None:
    made, job = launched(wave_of(1), wave_of(2, pause=True))
    made.finish_job(job)
    made.settle()
    before = made.server(ONE)
    assert made.wave(0) is WaveStatus.COMPLETED

    made.finish_job(late_job(made, ONE).job_id)
    made.settle()
    made.step(300)
    made.settle()

    assert made.server(ONE) == before
    assert made.launches["exec-1-lost"].state is LaunchState.DONE


def test_the_old_job_of_a_server_that_was_launched_again_is_no_late_one() -> None:
    made, job = launched(wave_of(1, 2, deadline_minutes=10))
    made.step(540)
    made.finish_job(job, without_instance=[ONE, TWO])
    made.add_instance(ONE, job, state="terminated")
    (old,) = made.instances[ONE]
    made.step(1)
    made.step(70)
    made.settle()
    assert (made.wave(0), made.server(ONE).health) == (WaveStatus.TIMEOUT, HealthStatus.UNHEALTHY)
    at_gate(made, RequestKind.RETRY, open_gate(made), relaunch=True)
    made.settle()
    made.step(60)
    (again,) = made.running_jobs()

    made.finish_job(again)
    # DRS shows it for as long as it likes, and the old job's other server has its grace
    made.instances[ONE] = (old, *made.instances[ONE])
    made.settle()

    assert made.launches[next(iter(made.launches))].state is LaunchState.STARTED
    assert (made.server(ONE).job_id, made.server(ONE).attempt) == (again, 2)


def test_what_the_late_job_has_launched_is_taken_although_drs_shows_it_only_after_minutes() -> None:
    made = failed(wave_of(1, 2))
    job = late_job(made, ONE)
    made.finish_job(job.job_id, without_instance=[ONE])
    made.settle()
    made.step(240)
    assert made.server(ONE).launch is LaunchStatus.FAILED

    made.add_instance(ONE, job.job_id)
    made.step(30)
    made.settle()

    assert (made.server(ONE).launch, made.server(ONE).job_id) == (LaunchStatus.LAUNCHED, job.job_id)


def test_a_server_whose_instance_drs_still_shows_is_not_checked_again_for_a_late_job_that_launched_none() -> None:
    made, instance = while_the_other_is_checked()
    made.finish_job(late_job(made, ONE).job_id, failed=[ONE])

    until = made.now + timedelta(minutes=6)
    while made.now < until:
        made.step(10)
        assert (made.server(ONE).health, made.server(ONE).recovery_instance_id) == (HealthStatus.HEALTHY, instance)


def test_a_wave_tells_its_end_when_all_its_jobs_have_ended_and_not_with_the_late_one() -> None:
    made = stage(wave_of(1, 2, deadline_minutes=10))
    made.limits = replace(DOCUMENTED, servers_per_job=1)
    made.settle()
    bad, _ = made.running_jobs()
    made.finish_job(bad, failed=[ONE])
    made.settle()
    made.step(600)
    made.settle()
    timed_out = made.waves[0].record
    assert (timed_out.status, timed_out.draining) == (WaveStatus.TIMEOUT, True)

    made.finish_job(late_job(made, ONE).job_id)
    made.settle()
    assert made.server(ONE).launch is LaunchStatus.LAUNCHED
    assert made.waves[0].record.status_reason == timed_out.status_reason

    finish_running(made)
    assert "; in the end 2 of 2 servers launched" in made.waves[0].record.status_reason


def fail_at_length(made: Stage, *keys: ServerKey) -> None:
    """The running jobs have failed these servers when an hour is over, as EC2 explains at length."""
    made.step(60 * MINUTE)
    made.settle()
    for job in made.running_jobs():
        made.logs[job] = tuple(
            JobLogEntry(
                event="LAUNCH_FAILED", time=made.now, source_server_id=key.source_server_id, raw_error=NO_CAPACITY
            )
            for key in keys
        )
        made.finish_job(job, failed=keys)
    made.settle()


def test_what_a_late_job_has_launched_is_told_however_long_the_end_was_that_was_told_before() -> None:
    made, _ = launched(wave_of(1, 2, 3, 4, deadline_minutes=60))
    fail_at_length(made, ONE, TWO, THREE, FOUR)
    before = made.waves[0].record.status_reason
    assert "; in the end 0 of 4 servers launched; " in before
    assert len(before) > LONGEST_REASON - 2

    made.finish_job(late_job(made, ONE).job_id)
    made.settle()

    after = made.waves[0].record.status_reason
    assert after.startswith("its time of 60 minutes is over; in the end 1 of 4 servers launched, 1 not checked to the ")
    assert open_gate(made).reason.startswith(
        "Wave 1 (Tier 0) is TIMEOUT: its time of 60 minutes is over; in the end 1 "
    )


def test_that_it_is_enough_is_told_behind_the_longest_end() -> None:
    made = stage(wave_of(1, 2, 3, 4, minimum=1, deadline_minutes=60))
    made.limits = replace(DOCUMENTED, servers_per_job=1)
    made.settle()
    while not (jobs := made.running_jobs())[3:]:
        made.step(30)
    made.finish_job(jobs[0])
    made.settle()
    fail_at_length(made, TWO, THREE, FOUR)

    reason = made.waves[0].record.status_reason
    assert reason.startswith("its time of 60 minutes is over; in the end 1 of 4 servers launched; ")
    assert reason.endswith("…; its minimum of 1 is met")
