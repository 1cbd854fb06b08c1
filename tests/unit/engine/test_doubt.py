"""Doubt about a launch ends by adoption or by proof, and a server is launched once per attempt."""

from datetime import timedelta

import pytest

from shared.drs_utils import job_tags
from shared.engine.effects import LoseLaunch, StartLaunch
from shared.models.drs import Job, JobStatus, JobType, Participant
from shared.models.execution import ExecutionStatus
from shared.models.launch import LaunchState
from shared.models.request import RequestKind
from shared.models.server_record import LaunchStatus
from shared.models.wave_record import WaveStatus
from tests.support.planned_wave import PlannedWave
from tests.support.stage import TARGET, Stage, server_key, stage
from tests.support.stage_stories import proved

ONE = server_key(1)


def in_doubt() -> Stage:
    made = stage(PlannedWave((ONE,)))
    made.refuse[TARGET] = LaunchState.OPEN
    made.settle()
    made.refuse.clear()
    return made


def calls(made: Stage) -> int:
    return sum(isinstance(effect, StartLaunch) for effect in made.effects)


def test_a_launch_in_doubt_is_looked_for_and_never_called_again() -> None:
    made = in_doubt()

    for _ in range(30):
        made.step(seconds=5)

    assert calls(made) == 1
    assert made.server(ONE).launch is LaunchStatus.LAUNCHING


def test_a_job_with_our_tag_is_adopted() -> None:
    made = in_doubt()
    (launch,) = made.launches.values()

    job = made.add_job(launch)
    made.settle()

    (launch,) = made.launches.values()
    assert (launch.state, launch.job_id) == (LaunchState.STARTED, job.job_id)
    assert made.server(ONE).job_id == job.job_id
    assert calls(made) == 1


def test_a_job_without_our_tag_is_not_adopted() -> None:
    made = in_doubt()
    made.jobs["drsjob-00000000000000009"] = (
        TARGET,
        Job(
            job_id="drsjob-00000000000000009",
            type=JobType.LAUNCH,
            status=JobStatus.STARTED,
            created_at=made.now,
            participants=(Participant(source_server_id=ONE.source_server_id),),
        ),
    )

    made.settle()

    (launch,) = made.launches.values()
    assert launch.state is LaunchState.OPEN


def test_servers_of_a_launch_that_is_refused_after_it_was_in_doubt_are_launched_anew() -> None:
    made = in_doubt()
    made.settle()
    (launch,) = made.launches.values()
    assert made.server(ONE).launch is LaunchStatus.LAUNCHING

    made.launches[launch.launch_id] = launch.model_copy(
        update={"state": LaunchState.REFUSED, "reason": "sent too late"}
    )
    made.settle()

    assert calls(made) == 2
    assert made.server(ONE).launch is LaunchStatus.LAUNCHING
    assert made.server(ONE).attempt == launch.servers[0].attempt
    assert [one.state for one in made.launches.values()] == [LaunchState.REFUSED, LaunchState.STARTED]


def test_a_launch_that_a_late_complete_listing_does_not_show_is_lost_and_made_again_as_the_next_attempt() -> None:
    made = in_doubt()

    made.step(seconds=170)
    assert not any(isinstance(effect, LoseLaunch) for effect in made.effects)

    made.step(seconds=10)
    made.settle()
    assert calls(made) == 2
    assert made.server(ONE).attempt == 2
    assert [launch.state for launch in made.launches.values()] == [LaunchState.LOST, LaunchState.STARTED]


def test_a_launch_is_not_lost_while_the_server_itself_reports_one() -> None:
    made = in_doubt()
    (launch,) = made.launches.values()
    made.sources[ONE] = made.sources[ONE].model_copy(
        update={"last_launch_initiated_at": launch.intent_at, "last_launch_job_id": "drsjob-00000000000000009"}
    )

    made.step(seconds=3600)
    made.settle()

    assert calls(made) == 1
    assert made.server(ONE).launch is LaunchStatus.LAUNCHING


def reported(made: Stage, tags: dict[str, str]) -> Job:
    """A job without tags in the listing, which the server names as its last launch; ListTagsForResource shows tags."""
    (launch,) = made.launches.values()
    job = made.add_job(launch)
    made.jobs[job.job_id] = (TARGET, job.model_copy(update={"tags": {}}))
    made.job_tags[job.job_id] = tags
    made.sources[ONE] = made.sources[ONE].model_copy(
        update={"last_launch_initiated_at": launch.intent_at, "last_launch_job_id": job.job_id}
    )
    return job


def test_a_launch_that_the_server_reports_is_explained_by_a_job_that_is_not_ours() -> None:
    made = in_doubt()
    reported(made, {"Owner": "somebody"})

    made.step(seconds=180)
    made.settle()

    assert [launch.state for launch in made.launches.values()] == [LaunchState.LOST, LaunchState.STARTED]


def test_a_job_whose_tags_no_listing_shows_is_adopted_by_the_tags_themselves() -> None:
    made = in_doubt()
    (launch,) = made.launches.values()
    job = reported(made, dict(job_tags(launch.launch_id, launch.execution_id)))

    made.step(seconds=180)
    made.settle()

    assert [(one.state, one.job_id) for one in made.launches.values()] == [(LaunchState.STARTED, job.job_id)]
    assert calls(made) == 1


def test_nothing_is_lost_while_jobs_cannot_be_listed() -> None:
    made = in_doubt()
    made.unreachable[TARGET] = "throttled"

    made.step(seconds=3600)

    assert [launch.state for launch in made.launches.values()] == [LaunchState.OPEN]


def test_a_lost_launch_that_shows_late_is_adopted_and_the_new_attempt_is_judged_by_its_own_job() -> None:
    made = in_doubt()
    made.step(seconds=176)
    made.settle()
    lost = next(launch for launch in made.launches.values() if launch.state is LaunchState.LOST)
    (second,) = made.running_jobs()

    late = made.add_job(lost)
    made.finish_job(late.job_id, failed=[ONE])
    made.settle()
    assert made.server(ONE).launch is LaunchStatus.LAUNCHING

    made.finish_job(second)
    made.settle()
    assert made.server(ONE).launch is LaunchStatus.LAUNCHED
    assert made.status() is ExecutionStatus.COMPLETED


def test_a_cancel_waits_for_a_launch_in_doubt() -> None:
    made = in_doubt()
    made.ask(RequestKind.CANCEL)

    made.settle()
    assert made.status() is ExecutionStatus.CANCELLING

    (launch,) = made.launches.values()
    job = made.add_job(launch)
    made.settle()
    assert made.status() is ExecutionStatus.CANCELLING

    made.finish_job(job.job_id)
    made.settle()
    assert made.wave(0) is WaveStatus.COMPLETED
    assert made.status() is ExecutionStatus.PARTIAL


def test_a_refusal_for_want_of_room_puts_the_servers_back_into_the_queue() -> None:
    made = stage(PlannedWave((ONE,)))
    made.refuse[TARGET] = LaunchState.REFUSED
    made.settle()
    assert made.server(ONE).launch is LaunchStatus.PENDING

    made.refuse.clear()
    made.step(seconds=30)
    made.settle()
    assert made.server(ONE).launch is LaunchStatus.LAUNCHING
    assert made.server(ONE).attempt == 1


def test_a_wave_of_more_than_a_hundred_servers_becomes_several_jobs() -> None:
    made = stage(PlannedWave(tuple(server_key(number) for number in range(1, 251))))

    made.settle()

    assert sorted(len(launch.servers) for launch in made.launches.values()) == [50, 100, 100]


def test_missing_servers_and_servers_without_a_point_in_time_fail_and_the_rest_is_launched() -> None:
    gone, fresh, cut_off = server_key(1), server_key(2), server_key(3)
    made = stage(PlannedWave((gone, fresh, cut_off)))
    del made.sources[gone]
    made.sources[fresh] = made.sources[fresh].model_copy(update={"replication_state": "INITIAL_SYNC"})
    made.sources[cut_off] = made.sources[cut_off].model_copy(update={"replication_state": "DISCONNECTED"})

    made.settle()

    assert made.server(gone).launch is LaunchStatus.FAILED
    assert made.server(fresh).launch is LaunchStatus.FAILED
    assert "INITIAL_SYNC" in made.server(fresh).launch_reason
    assert made.server(cut_off).launch is LaunchStatus.LAUNCHING


def test_a_step_that_broke_off_between_its_call_and_its_commit_launches_nothing_again() -> None:
    made = stage(PlannedWave((ONE,)), PlannedWave((server_key(2),)))
    before = made.header
    made.step()
    assert calls(made) == 1

    # items and launch are there, the header still says that the wave has not begun
    made.header = before.model_copy(update={"step": made.header.step, "launch_ids": made.header.launch_ids})
    made.settle()

    assert calls(made) == 1
    assert made.server(ONE).launch is LaunchStatus.LAUNCHING


def test_a_late_job_of_a_lost_launch_is_this_attempt_if_the_server_still_waits_to_be_launched() -> None:
    made = in_doubt()
    made.refuse[TARGET] = LaunchState.REFUSED
    made.step(seconds=176)
    made.settle()
    lost = next(launch for launch in made.launches.values() if launch.state is LaunchState.LOST)
    assert made.server(ONE).launch is LaunchStatus.PENDING
    before = calls(made)

    late = made.add_job(lost)
    made.refuse.clear()
    made.step(seconds=30)
    assert calls(made) == before
    assert made.server(ONE).job_id == late.job_id

    made.finish_job(late.job_id)
    proved(made)
    assert made.status() is ExecutionStatus.COMPLETED


def test_a_job_of_the_launchs_time_whose_tags_no_listing_shows_is_asked_for_them_before_a_launch_is_lost() -> None:
    made = in_doubt()
    (launch,) = made.launches.values()
    job = Job(
        job_id="drsjob-00000000000000009", type=JobType.LAUNCH, status=JobStatus.STARTED, created_at=launch.intent_at
    )
    made.jobs[job.job_id] = (TARGET, job)
    made.job_tags[job.job_id] = job_tags(launch.launch_id, launch.execution_id)

    made.step(seconds=3600)
    made.settle()

    assert calls(made) == 1
    assert made.server(ONE).job_id == job.job_id


def test_a_launch_in_doubt_does_not_hide_an_older_job_of_the_same_account_and_region() -> None:
    made = stage(PlannedWave((ONE,)), PlannedWave((server_key(2),), depends_on=(0,)), PlannedWave((server_key(3),)))
    made.settle()
    first, second = made.running_jobs()
    made.finish_job(first)
    made.refuse[TARGET] = LaunchState.OPEN
    made.step(seconds=1200)

    made.finish_job(second)
    made.settle()

    assert made.wave(2) is WaveStatus.COMPLETED


def test_a_doubt_in_an_account_that_does_not_answer_is_looked_into_no_oftener_than_anything_else() -> None:
    made = in_doubt()
    assert made.step(1).wait_seconds == 5

    made.unreachable[TARGET] = "DRS is down"

    assert made.step(1).wait_seconds == 30


def lost(made: Stage) -> str:
    """The launch in doubt was lost, and made again; its next one is done before anything else happens."""
    made.step(seconds=180)
    made.settle()
    first, second = made.launches.values()
    assert (first.state, second.state) == (LaunchState.LOST, LaunchState.STARTED)
    return first.launch_id


def late_job(made: Stage, launch_id: str, tags: dict[str, str]) -> Job:
    """A job of a LOST launch's server that begins now; only ListTagsForResource shows its tags."""
    job = made.add_job(made.launches[launch_id])
    late = job.model_copy(update={"tags": {}, "created_at": made.now})
    made.jobs[job.job_id] = (TARGET, late)
    made.job_tags[job.job_id] = tags
    return late


def asked_for_tags(made: Stage, job: Job) -> int:
    return sum(job.job_id in ids for questions in made.asked for ids in questions.job_tags.values())


def test_the_job_of_a_lost_launch_is_found_however_late_by_tags_that_no_listing_shows() -> None:
    made = in_doubt()
    launch_id = lost(made)
    made.now += timedelta(minutes=50)

    job = late_job(made, launch_id, job_tags(launch_id, made.header.execution_id))
    made.step()

    assert (made.launches[launch_id].state, made.launches[launch_id].job_id) == (LaunchState.STARTED, job.job_id)


@pytest.mark.parametrize("tags", [{"Owner": "somebody"}, {}], ids=["other tags", "no tags"])
def test_a_job_of_others_is_asked_for_its_tags_until_they_tell_and_never_again(tags: dict[str, str]) -> None:
    made = in_doubt()
    launch_id = lost(made)
    job = late_job(made, launch_id, tags)

    for _ in range(10):
        made.step(seconds=20)
    times = asked_for_tags(made, job)
    for _ in range(10):
        made.step(seconds=20)

    assert 1 <= times == asked_for_tags(made, job)
    assert made.launches[launch_id].strangers == (job.job_id,)
    assert made.launches[launch_id].state is LaunchState.LOST
