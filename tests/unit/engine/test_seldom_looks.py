"""A gate may be open for a year: what cannot be read for long is asked for every ten minutes, not every 30 seconds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.engine.bounds import JUDGEMENT_GRACE
from shared.models.launch import LaunchState
from shared.models.server_record import LaunchStatus
from shared.models.wave_record import WaveStatus
from tests.support.stage import TARGET, Stage, stage
from tests.support.stage_stories import MINUTE, ONE, launched, recovered_at_an_approval, wave_of
from tests.unit.engine.test_suspected_jobs import lost, steps_in

DAY = timedelta(days=1)
SELDOM = range(140, 161)
"""Every ten minutes of a day."""


def with_a_late_job() -> Stage:
    """A gate is open, and the late job of a wave that is over runs for longer than its drain."""
    made = stage(wave_of(1, drain_minutes=10), wave_of(2, pause=True))
    launch = lost(made)
    made.refuse.clear()
    recovered_at_an_approval(made)
    made.add_job(launch)
    made.step(60)
    assert made.launches[launch.launch_id].state is LaunchState.STARTED
    made.step(11 * MINUTE)
    return made


@pytest.mark.parametrize("answers", [True, False], ids=["its account answers", "its account does not answer"])
def test_the_job_of_a_launch_that_was_lost(answers: bool) -> None:
    made = with_a_late_job()
    if not answers:
        made.unreachable[TARGET] = "the role is gone"

    assert steps_in(made, DAY) in SELDOM


def timed_out_and_ended() -> tuple[Stage, str]:
    """The wave is TIMEOUT, its gate is open, and its job has ended with an instance that nobody shows yet."""
    made, job = launched(wave_of(1, drain_minutes=10, deadline_minutes=60))
    made.step(60 * MINUTE)
    made.settle()
    assert made.wave(0) is WaveStatus.TIMEOUT
    return made, job


def test_what_an_ended_job_has_launched() -> None:
    made, job = timed_out_and_ended()
    made.finish_job(job)
    made.hidden_instances = "could not read the recovery instances"
    made.step(60 * MINUTE)
    made.settle()

    assert steps_in(made, DAY) in SELDOM
    assert made.waves[0].record.obstacle == "could not read the recovery instances"

    made.hidden_instances = None
    made.step(0)
    assert made.server(ONE).launch is LaunchStatus.LAUNCHED


def test_not_before_its_servers_have_had_their_grace() -> None:
    made, job = timed_out_and_ended()
    made.step(60 * MINUTE)
    made.finish_job(job, without_instance=[ONE])
    made.hidden_instances = "could not read the recovery instances"

    assert steps_in(made, JUDGEMENT_GRACE) == JUDGEMENT_GRACE // timedelta(seconds=30)


def test_why_an_ended_job_has_failed() -> None:
    made, job = timed_out_and_ended()
    made.finish_job(job, failed=[ONE])
    made.hidden_logs = "could not read the log of a job"
    made.step(60 * MINUTE)
    made.settle()

    assert steps_in(made, DAY) in SELDOM
