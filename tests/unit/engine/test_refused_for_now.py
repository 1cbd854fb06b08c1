"""Launches that were refused for now: the call may have been sent twice, and then the refusal was the second's."""

from typing import Any

from shared.engine.effects import AbandonLaunch, StartLaunch
from shared.models.execution import ExecutionStatus
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.request import RequestKind
from shared.models.server_record import LaunchStatus
from shared.models.targets import Target
from shared.models.wave_record import WaveStatus
from tests.support.planned_wave import PlannedWave
from tests.support.stage import REGION, TARGET, Stage, server_key, stage
from tests.support.stage_stories import ONE, at_gate, open_gate, run_out, wave_of


def refused(**more: Any) -> tuple[Stage, LaunchRecord]:
    """A wave of one server whose only call was refused for now."""
    made = stage(wave_of(1, **more))
    made.refuse[TARGET] = LaunchState.REFUSED
    made.step()
    [launch] = made.launches.values()
    return made, launch


def calls(made: Stage) -> int:
    """How many calls of StartRecovery were asked for."""
    return sum(isinstance(effect, StartLaunch) for effect in made.effects)


def test_what_a_late_job_launched_of_a_server_that_the_deadline_let_go_is_found_by_a_retry() -> None:
    made, launch = refused(deadline_minutes=10)
    made.unreachable[TARGET] = "no answer"
    made.step(601)
    made.unreachable.clear()
    made.settle()
    assert made.launches == {}
    assert (made.wave(0), made.server(ONE).launch) == (WaveStatus.TIMEOUT, LaunchStatus.SKIPPED)
    job = made.add_job(launch).job_id
    made.launches[launch.launch_id] = launch.model_copy(update={"state": LaunchState.DONE, "job_id": job})
    made.finish_job(job)

    at_gate(made, RequestKind.RETRY, open_gate(made))
    made.settle()

    assert calls(made) == 1
    assert (made.server(ONE).launch, made.server(ONE).job_id) == (LaunchStatus.LAUNCHED, job)


def test_while_a_refused_call_may_have_launched_a_cancel_lets_none_of_its_servers_go() -> None:
    made, launch = refused()
    made.ask(RequestKind.CANCEL)

    decision = made.step()

    assert (made.status(), made.server(ONE).launch) == (ExecutionStatus.CANCELLING, LaunchStatus.PENDING)
    assert decision.wait_seconds == 176, "one look, when it is a proof"
    assert "is held up: whether a call that was refused in" in made.events[-1].message
    made.step(176)
    made.settle()
    assert (made.status(), made.server(ONE).launch) == (ExecutionStatus.CANCELLED, LaunchStatus.CANCELLED)
    assert made.launches == {}


def test_one_look_is_made_for_all_calls_that_were_refused_in_a_wave() -> None:
    made, _ = refused(deadline_minutes=1)
    made.step(30)
    asked = len(made.asked)
    made.step(30)
    assert made.wave(0) is WaveStatus.TIMEOUT
    assert len(made.launches) == 2

    decision = made.step(100)
    assert decision.wait_seconds == 46
    assert made.waves[0].record.obstacle == "", "its reason says what it waited for"
    made.step(46)
    made.settle()

    assert made.status() is ExecutionStatus.PAUSED
    assert made.waves[0].record.status_reason.endswith("of 1 server 1 waiting to be launched")
    assert sum(bool(one.jobs) for one in made.asked[asked:]) == 1
    assert made.launches == {}


def test_a_job_that_the_one_look_shows_is_followed_to_its_end() -> None:
    made, launch = refused()
    made.ask(RequestKind.CANCEL)
    made.step()
    job = made.add_job(launch).job_id

    made.step(176)
    made.settle()

    assert (made.status(), made.server(ONE).job_id) == (ExecutionStatus.CANCELLING, job)
    made.finish_job(job)
    made.settle()
    assert (made.status(), made.server(ONE).launch) == (ExecutionStatus.PARTIAL, LaunchStatus.LAUNCHED)


def test_a_later_job_of_its_server_proves_that_a_refused_call_launched_nothing() -> None:
    made, _ = refused()
    made.refuse.clear()
    made.step(30)
    [job] = made.running_jobs()
    asked = len(made.asked)

    made.finish_job(job)
    made.settle()

    assert made.status() is ExecutionStatus.COMPLETED
    assert all(question.since is None for one in made.asked[asked:] for question in one.jobs.values())


def test_what_nobody_can_tell_at_the_end_of_the_drain_is_abandoned_and_in_doubt_from_then_on() -> None:
    made, launch = refused(drain_minutes=1)
    made.ask(RequestKind.CANCEL)
    made.step()
    made.unreachable[TARGET] = "no answer"

    run_out(made)

    assert made.status() is ExecutionStatus.CANCELLED
    assert made.header.abandoned_count == 1
    left = made.launches[launch.launch_id]
    assert (left.is_abandoned, left.state) == (True, LaunchState.OPEN)
    assert made.server(ONE).launch is LaunchStatus.FAILED
    assert made.server(ONE).launch_reason.endswith("is abandoned: it may never have come about, for nobody could tell")
    assert any(isinstance(effect, AbandonLaunch) for effect in made.effects)


def test_a_call_that_was_never_sent_keeps_no_execution_from_its_end() -> None:
    made, launch = refused()
    made.launches[launch.launch_id] = launch.model_copy(update={"never_sent": True})
    made.ask(RequestKind.CANCEL)

    made.settle()

    assert made.status() is ExecutionStatus.CANCELLED


ELSEWHERE = Target(account_id="444455556666", region=REGION)


def test_what_is_listed_of_the_jobs_that_are_known_proves_nothing_of_a_refused_call() -> None:
    other = server_key(3, ELSEWHERE)
    made = stage(
        PlannedWave((ONE, other)), PlannedWave((server_key(2),)), PlannedWave((server_key(4),), depends_on=(0,))
    )
    made.header = made.header.model_copy(update={"targets": (TARGET, ELSEWHERE)})
    made.refuse = {TARGET: LaunchState.REFUSED, ELSEWHERE: LaunchState.REFUSED}
    made.step()
    refusal = next(one for one in made.launches.values() if one.servers[0].source_server_id == ONE.source_server_id)
    del made.sources[ONE], made.refuse[TARGET]
    made.step(30)
    assert made.server(ONE).launch is LaunchStatus.FAILED
    job = made.add_job(refusal)

    for _ in range(6):
        made.step(30)

    found = made.launches[refusal.launch_id]
    assert (found.state, found.job_id) == (LaunchState.STARTED, job.job_id)
