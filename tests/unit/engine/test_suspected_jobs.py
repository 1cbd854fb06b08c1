"""A job of a lost launch's servers that shows no tags, which nobody can read: it may be ours until they are read."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from shared.drs_utils import job_tags
from shared.engine.effects import StartLaunch
from shared.execution_utils import free_for_termination
from shared.models.drs import Job
from shared.models.launch import MOST_SUSPECTS, LaunchRecord, LaunchState
from shared.models.recovery_plan import FailurePolicy
from shared.models.request import RequestKind
from shared.models.server_record import HealthStatus, LaunchStatus
from shared.models.wave_record import ENDED_WAVE_STATUSES, WaveStatus
from tests.support.stage import TARGET, Stage, stage
from tests.support.stage_stories import (
    MINUTE,
    ONE,
    TWO,
    finish_running,
    heal,
    recovered_at_an_approval,
    run_out,
    wave_of,
)

DENIED = "could not read the tags of a job: ListTagsForResource: AccessDeniedException"


def lost(made: Stage) -> LaunchRecord:
    """The first launch is lost, and the next one of its server is not made yet."""
    made.refuse[TARGET] = LaunchState.OPEN
    made.step()
    (first,) = made.launches.values()
    while made.launches[first.launch_id].state is not LaunchState.LOST:
        made.step(5)
    return made.launches[first.launch_id]


def nameless(made: Stage, launch: LaunchRecord) -> Job:
    """A job of the launch's server that begins now, and that no listing shows tags of."""
    job = made.add_job(launch).model_copy(update={"tags": {}, "created_at": made.now})
    made.jobs[job.job_id] = (TARGET, job)
    return job


def suspected() -> tuple[Stage, LaunchRecord, Job]:
    """Such a job is there before the next launch is made, and nobody can read its tags."""
    made = stage(wave_of(1, policy=FailurePolicy.CONTINUE, deadline_minutes=60, drain_minutes=10))
    launch = lost(made)
    made.unread_tags = DENIED
    job = nameless(made, launch)
    made.refuse.clear()
    made.settle()
    return made, launch, job


def at_a_gate() -> tuple[Stage, LaunchRecord, Job]:
    """The first wave is over, a gate is before the second, and a job turns up whose tags nobody can read."""
    made = stage(wave_of(1, drain_minutes=10), wave_of(2, pause=True))
    launch = lost(made)
    made.refuse.clear()
    recovered_at_an_approval(made)
    made.unread_tags = DENIED
    job = nameless(made, launch)
    made.step(60)
    assert made.launches[launch.launch_id].suspects == (job.job_id,)
    return made, launch, job


def marks(made: Stage) -> tuple[datetime | None, str]:
    """Until when the jobs of the first wave are followed, and what is in its way."""
    return made.waves[0].record.drain_until, made.waves[0].record.obstacle


def steps_in(made: Stage, span: timedelta) -> int:
    """How many it takes, each when the engine says."""
    until, steps = made.now + span, 0
    while made.now < until:
        decision, steps = made.step(0), steps + 1
        made.now += timedelta(seconds=decision.wait_seconds)
    return steps


def calls(made: Stage) -> int:
    return sum(isinstance(effect, StartLaunch) for effect in made.effects)


def test_nothing_is_launched_beside_it_and_the_wave_says_why() -> None:
    made, launch, job = suspected()

    assert calls(made) == 1
    assert made.launches[launch.launch_id].suspects == (job.job_id,)
    words = f"job {job.job_id} in {TARGET} may be that of a lost launch and shows no tags: {DENIED}"
    assert words in made.waves[0].record.obstacle
    assert sum(words in event.message for event in made.events) == 1


@pytest.mark.parametrize("answers", [True, False], ids=["its tags are hidden", "its account does not answer either"])
def test_when_its_tags_are_read_and_ours_its_server_follows_it(answers: bool) -> None:
    made, launch, job = suspected()
    if not answers:
        made.unreachable[TARGET] = "the role is gone"
        made.step(30)
        made.unreachable.clear()

    made.unread_tags = None
    made.job_tags[job.job_id] = job_tags(launch.launch_id, launch.execution_id)
    made.settle()

    assert made.server(ONE).job_id == job.job_id
    assert made.launches[launch.launch_id].state is LaunchState.STARTED
    assert calls(made) == 1


def test_when_its_tags_are_read_and_those_of_others_the_server_is_launched() -> None:
    made, launch, job = suspected()

    made.unread_tags = None
    made.job_tags[job.job_id] = {"Owner": "somebody"}
    made.settle()

    assert calls(made) == 2
    found = made.launches[launch.launch_id]
    assert (found.strangers, found.suspects) == ((job.job_id,), ())


def test_at_its_deadline_the_server_is_not_let_go_and_after_the_drain_it_has_failed_and_is_held() -> None:
    made, launch, job = suspected()
    made.step(60 * MINUTE)
    made.settle()
    assert made.wave(0) is WaveStatus.TIMEOUT
    assert made.server(ONE).launch is LaunchStatus.PENDING

    run_out(made)

    found = made.launches[launch.launch_id]
    assert (found.is_abandoned, found.state) == (True, LaunchState.OPEN)
    assert made.server(ONE).launch is LaunchStatus.FAILED
    assert f"it may be job {job.job_id}, for nobody could read whose that is" in made.server(ONE).launch_reason
    assert calls(made) == 1


def test_a_step_without_time_to_read_its_tags_does_not_let_the_execution_end() -> None:
    made, _, _ = suspected()
    made.unread_tags = ""
    made.step(60 * MINUTE)
    made.step(10 * MINUTE)

    for _ in range(20):
        made.step(MINUTE)

    assert not made.header.is_terminal


def test_it_is_suspected_as_long_as_no_listing_shows_it_any_more() -> None:
    made, launch, job = suspected()
    del made.jobs[job.job_id]

    made.settle()

    assert made.launches[launch.launch_id].suspects == (job.job_id,)
    assert calls(made) == 1


def test_of_many_such_jobs_a_few_are_remembered() -> None:
    made, launch, _ = suspected()
    for _ in range(2 * MOST_SUSPECTS):
        nameless(made, launch)

    made.step(30)

    assert len(made.launches[launch.launch_id].suspects) == MOST_SUSPECTS
    assert made.now < made.header.started_at + timedelta(hours=1)


def test_when_it_has_ended_its_server_is_launched_and_the_timeline_tells_that_nobody_knows_whose_it_was() -> None:
    made, launch, job = suspected()
    made.finish_job(job.job_id, failed=[ONE])
    made.settle()
    made.step(30)

    assert calls(made) == 2
    assert made.launches[launch.launch_id].suspects == ()
    words = f"Job {job.job_id} in {TARGET} has ended, and nobody could read whether it was that of a lost launch"
    assert [event.message for event in made.events].count(words) == 1


def test_a_step_without_time_to_read_the_tags_of_one_that_has_ended_launches_nothing_beside_it() -> None:
    made, launch, job = suspected()
    made.unread_tags = ""
    made.finish_job(job.job_id)
    made.step(30)
    made.step(30)
    assert calls(made) == 1

    made.unread_tags = None
    made.job_tags[job.job_id] = job_tags(launch.launch_id, launch.execution_id)
    made.settle()

    assert made.server(ONE).job_id == job.job_id
    assert calls(made) == 1


@pytest.mark.parametrize("shows", ["one server", "none", "too many jobs"])
def test_it_holds_the_servers_that_it_shows_and_all_if_it_may_have_more(shows: str) -> None:
    made = stage(wave_of(1, 2, 3, 4, policy=FailurePolicy.CONTINUE, deadline_minutes=60, drain_minutes=10))
    launch = lost(made)
    made.unread_tags = DENIED
    for _ in range(MOST_SUSPECTS if shows == "too many jobs" else 1):
        job = nameless(made, launch)
        participants = () if shows == "none" else job.participants[:1]
        made.jobs[job.job_id] = (TARGET, job.model_copy(update={"participants": participants}))
    made.refuse.clear()
    made.settle()

    held = 1 if shows == "one server" else 4
    launching = [server.launch for server in made.waves[0].servers].count(LaunchStatus.LAUNCHING)
    assert launching == 4 - held
    assert calls(made) == (2 if held == 1 else 1)


@pytest.mark.parametrize("is_ours", [True, False])
def test_one_so_young_that_its_tags_may_not_be_there_yet_holds_the_end_until_they_tell(is_ours: bool) -> None:
    made = stage(wave_of(1, policy=FailurePolicy.CONTINUE, drain_minutes=1))
    launch = lost(made)
    made.refuse.clear()
    made.settle()
    (running,) = made.running_jobs()
    made.finish_job(running, without_instance=[ONE])
    instance = made.add_instance(ONE, running, checks="initializing")
    made.settle()
    heal(made, instance)
    job = nameless(made, launch)
    for _ in range(6):
        made.step(20)

    assert not made.header.is_terminal
    assert made.launches[launch.launch_id].suspects == (job.job_id,)

    if is_ours:
        made.job_tags[job.job_id] = job_tags(launch.launch_id, launch.execution_id)
    for _ in range(3):
        made.step(20)

    assert made.header.is_terminal is not is_ours
    assert (made.launches[launch.launch_id].state is LaunchState.STARTED) is is_ours
    assert (made.launches[launch.launch_id].strangers == (job.job_id,)) is not is_ours


def test_while_it_runs_a_gate_is_looked_at_every_ten_minutes_once_its_drain_is_over() -> None:
    made, _, job = at_a_gate()
    made.step(10 * MINUTE)

    assert 140 <= steps_in(made, timedelta(days=1)) <= 160

    assert made.waves[0].record.obstacle.startswith(f"job {job.job_id} in {TARGET} may be that of a lost launch")


@pytest.mark.parametrize("why", ["tags", "account"])
def test_when_it_has_ended_a_gate_is_left_in_peace_whatever_cannot_be_read(why: str) -> None:
    made, _, job = at_a_gate()
    made.finish_job(job.job_id)
    made.settle()
    if why == "account":
        made.unreachable[TARGET] = "the role is gone"

    assert steps_in(made, timedelta(days=1)) < 100
    assert steps_in(made, timedelta(days=3)) <= 5


def test_an_account_is_asked_every_30_seconds_while_the_job_of_an_open_wave_is_awaited_there() -> None:
    made, _, _ = suspected()
    made.unreachable[TARGET] = "the role is gone"

    assert steps_in(made, timedelta(minutes=10)) == 20


@pytest.mark.parametrize("commits", [True, False], ids=["committed", "commit lost"])
@pytest.mark.parametrize("why", ["a stranger", "ended"])
def test_when_it_is_ruled_out_a_wave_that_is_over_tells_of_it_no_more(why: str, commits: bool) -> None:
    made, launch, job = at_a_gate()
    assert marks(made)[0] is not None
    if why == "ended":
        made.finish_job(job.job_id)
    else:
        made.unread_tags = None
        made.job_tags[job.job_id] = {"Owner": "somebody"}
    if not commits:
        header = made.header
        made.step(60)
        made.header = header

    made.step(60)
    made.settle()

    assert marks(made) == (None, "")
    assert made.launches[launch.launch_id].suspects == ()


def test_of_two_that_are_ruled_out_one_after_the_other_the_last_takes_it_back() -> None:
    made, launch, first = at_a_gate()
    second = nameless(made, launch)
    made.step(30)
    made.finish_job(first.job_id)
    made.step(30)
    assert second.job_id in made.waves[0].record.obstacle

    made.finish_job(second.job_id)
    made.step(30)
    made.settle()

    assert marks(made) == (None, "")


def test_a_job_that_turns_up_later_has_a_drain_of_its_own() -> None:
    made, launch, job = at_a_gate()
    made.unread_tags = None
    made.job_tags[job.job_id] = {"Owner": "somebody"}
    made.step(30)
    made.settle()
    made.step(60 * MINUTE)
    made.ask(RequestKind.CANCEL)
    made.add_job(launch)
    appeared = made.now

    run_out(made)

    assert made.now - appeared >= timedelta(minutes=10)


def ended_without_time_to_ask() -> tuple[Stage, LaunchRecord, Job]:
    """The server is well; its wave awaits a suspect that has just ended, and the step has no time to read its tags."""
    made = stage(wave_of(1, drain_minutes=10), wave_of(2, pause=True))
    launch = lost(made)
    made.refuse.clear()
    made.settle()
    made.unread_tags = DENIED
    job = nameless(made, launch)
    finish_running(made, but=job.job_id)
    made.step(130)
    made.settle()
    assert made.wave(0) not in ENDED_WAVE_STATUSES

    made.finish_job(job.job_id)
    made.unread_tags = ""
    made.step(30)
    return made, launch, job


def test_a_wave_has_no_verdict_in_a_step_without_time_to_read_the_tags_of_one_that_has_ended() -> None:
    made, launch, job = ended_without_time_to_ask()
    assert made.launches[launch.launch_id].suspects == (job.job_id,)
    assert made.wave(0) not in ENDED_WAVE_STATUSES

    made.unread_tags = None
    made.job_tags[job.job_id] = job_tags(launch.launch_id, launch.execution_id)
    made.settle()
    made.step(130)
    made.settle()

    server = made.server(ONE)
    assert (made.wave(0), server.health, server.job_id) == (WaveStatus.COMPLETED, HealthStatus.HEALTHY, job.job_id)
    assert server.recovery_instance_id == made.instances[ONE][0].recovery_instance_id


def test_that_it_has_ended_is_told_also_if_there_was_no_time_to_ask_at_first() -> None:
    made, _, job = ended_without_time_to_ask()

    made.unread_tags = DENIED
    made.settle()

    words = f"Job {job.job_id} in {TARGET} has ended, and nobody could read whether it was that of a lost launch"
    assert [event.message for event in made.events].count(words) == 1


@pytest.mark.parametrize("at_the_deadline", [True, False], ids=["deadline", "cancel"])
def test_servers_that_it_does_not_show_are_let_go_at_once_and_are_not_held_after_the_end(at_the_deadline: bool) -> None:
    made = stage(wave_of(1, 2, 3, 4, policy=FailurePolicy.CONTINUE, deadline_minutes=60, drain_minutes=10))
    launch = lost(made)
    made.unread_tags = DENIED
    job = nameless(made, launch)
    made.jobs[job.job_id] = (TARGET, job.model_copy(update={"participants": job.participants[:1]}))
    if at_the_deadline:
        made.step(60 * MINUTE)
    else:
        made.ask(RequestKind.CANCEL)
    made.settle()

    let_go = LaunchStatus.SKIPPED if at_the_deadline else LaunchStatus.CANCELLED
    assert [server.launch for server in made.waves[0].servers] == [LaunchStatus.PENDING, *[let_go] * 3]

    run_out(made)

    assert [server.launch for server in made.waves[0].servers] == [LaunchStatus.FAILED, *[let_go] * 3]
    [line] = [event.message for event in made.events if "is abandoned" in event.message and "stay" in event.message]
    assert line.endswith("its server stays locked until DRS has ended it")
    assert made.launches[launch.launch_id].held == (ONE,)


def test_once_it_is_known_to_be_ours_it_holds_every_server_of_its_launch() -> None:
    made, launch, job = suspected()
    known = made.launches[launch.launch_id].model_copy(
        update={"servers": (launch.servers[0].model_copy(update={"spared": True}),)}
    )

    assert known.held == ()
    assert known.model_copy(update={"job_id": job.job_id}).held == (ONE,)


def test_a_termination_holds_the_servers_that_an_abandoned_one_does_not_show() -> None:
    made = stage(wave_of(1, 2))
    launch = lost(made)
    shown, other = launch.servers
    left = launch.model_copy(
        update={
            "state": LaunchState.OPEN,
            "abandoned_at": made.now,
            "suspects": ("drsjob-1",),
            "servers": (shown, other.model_copy(update={"spared": True})),
        }
    )

    assert free_for_termination([left]) == (TWO,)
