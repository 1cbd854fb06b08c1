"""Jobs that show no tags at all: what may be ours is never launched beside, and what tells nothing people decide."""

from datetime import timedelta
from typing import Any

import pytest

from shared.engine.effects import StartLaunch
from shared.models.drs import Job, JobStatus, JobType, Participant
from shared.models.gate import GateKind
from shared.models.launch import LaunchState
from shared.models.recovery_plan import FailurePolicy
from shared.models.server_record import LaunchStatus
from shared.models.wave_record import WaveStatus
from tests.support.stage import TARGET, Stage, server_key, stage
from tests.support.stage_stories import open_gate, wave_of

ONE, TWO, OTHER = server_key(1), server_key(2), server_key(3)


def in_doubt() -> Stage:
    """A launch of two servers whose answer was lost, while no listing shows a job."""
    made = stage(wave_of(1, 2, policy=FailurePolicy.PAUSE))
    made.refuse[TARGET] = LaunchState.OPEN
    made.settle()
    made.refuse.clear()
    return made


def nameless(made: Stage, number: int, *servers: Any, **facts: Any) -> Job:
    """A job without tags, of the time of the call unless `facts` say otherwise."""
    (launch,) = made.launches.values()
    job = Job(
        job_id=f"drsjob-{number:017d}",
        type=JobType.LAUNCH,
        status=JobStatus.STARTED,
        initiated_by="START_DRILL",
        created_at=launch.intent_at,
        participants=tuple(Participant(source_server_id=key.source_server_id) for key in servers),
    ).model_copy(update=facts)
    made.jobs[job.job_id] = (TARGET, job)
    return job


def calls(made: Stage) -> int:
    return sum(isinstance(effect, StartLaunch) for effect in made.effects)


def after_the_doubt(made: Stage) -> None:
    made.step(seconds=180)
    made.settle()


def test_one_with_just_our_servers_and_of_our_time_is_ours() -> None:
    made = in_doubt()
    job = nameless(made, 7, ONE, TWO)

    after_the_doubt(made)

    assert [(one.state, one.job_id) for one in made.launches.values()] == [(LaunchState.STARTED, job.job_id)]
    assert calls(made) == 1
    assert any("by its servers and its time" in event.message for event in made.events)


@pytest.mark.parametrize(
    "facts",
    [
        {"initiated_by": "START_RECOVERY"},
        {"created_at": "late"},
        {"participants": (Participant(source_server_id=ONE.source_server_id),)},
        {"participants": tuple(Participant(source_server_id=one.source_server_id) for one in (ONE, TWO, OTHER))},
    ],
    ids=["a recovery", "created too late", "one of our servers", "ours and another"],
)
def test_one_that_overlaps_and_is_not_ours_is_waited_for_before_the_launch_is_made_again(facts: dict[str, Any]) -> None:
    made = in_doubt()
    (launch,) = made.launches.values()
    if facts.get("created_at") == "late":
        facts = {"created_at": launch.not_after + timedelta(seconds=101)}
    job = nameless(made, 7, ONE, TWO, **facts)

    after_the_doubt(made)
    assert calls(made) == 1
    assert made.waves[0].record.obstacle.startswith(f"{job.job_id} in {TARGET} may be ours and shows no tags")

    made.jobs[job.job_id] = (TARGET, job.model_copy(update={"status": JobStatus.COMPLETED, "ended_at": made.now}))
    made.settle()
    assert calls(made) == 2
    assert [one.state for one in made.launches.values()] == [LaunchState.LOST, LaunchState.STARTED]


def test_one_that_does_not_show_its_servers_yet_keeps_the_doubt() -> None:
    made = in_doubt()
    job = nameless(made, 7)

    after_the_doubt(made)
    assert [one.state for one in made.launches.values()] == [LaunchState.OPEN]

    nameless(made, 7, ONE, TWO)
    made.settle()
    assert [(one.state, one.job_id) for one in made.launches.values()] == [(LaunchState.STARTED, job.job_id)]


def test_of_two_that_may_be_ours_both_are_watched_and_then_a_person_decides() -> None:
    made = in_doubt()
    jobs = [nameless(made, number, ONE, TWO) for number in (7, 8)]

    after_the_doubt(made)
    assert [one.state for one in made.launches.values()] == [LaunchState.OPEN]
    assert all(job.job_id in made.waves[0].record.obstacle for job in jobs)

    for job in jobs:
        made.jobs[job.job_id] = (TARGET, job.model_copy(update={"status": JobStatus.COMPLETED, "ended_at": made.now}))
    made.settle()

    assert calls(made) == 1, "nothing is launched beside them"
    assert {made.server(key).launch for key in (ONE, TWO)} == {LaunchStatus.FAILED}
    assert "no tag tells which" in made.server(ONE).launch_reason
    assert made.wave(0) is WaveStatus.FAILED
    assert open_gate(made).kind is GateKind.FAILURE
