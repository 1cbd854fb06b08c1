"""Jobs that outlive judgement are followed for a while, then abandoned: only at the end, and never launched again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.engine.bounds import DRAINED_POLL_SECONDS
from shared.engine.effects import AbandonLaunch, StartLaunch
from shared.models.event import EventType
from shared.models.execution import ExecutionStatus
from shared.models.gate import GateKind
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.recovery_plan import FailurePolicy
from shared.models.request import RequestKind
from shared.models.server_record import LaunchStatus
from shared.models.wave_record import WaveStatus
from tests.support.stage import TARGET, stage
from tests.support.stage_stories import (
    MINUTE,
    ONE,
    TWO,
    at_gate,
    drained,
    finish_running,
    in_doubt,
    launched,
    minutes,
    open_gate,
    open_gates,
    run_out,
    wave_of,
)

STOP, PAUSE, CONTINUE = FailurePolicy.STOP, FailurePolicy.PAUSE, FailurePolicy.CONTINUE


# -- how the drain begins, and how it ends --------------------------------------------------------------------------


def test_a_deadline_begins_the_drain_and_its_end_ends_the_execution() -> None:
    made, job = launched(wave_of(1, 2, policy=STOP, deadline_minutes=60, drain_minutes=90))

    drained(made, 60 * MINUTE)
    assert (made.wave(0), made.status()) == (WaveStatus.TIMEOUT, ExecutionStatus.DRAINING)
    record = made.waves[0].record
    assert record.ended_at is not None
    assert record.drain_until == record.ended_at + timedelta(minutes=90)

    assert run_out(made) < 151
    assert made.status() is ExecutionStatus.FAILED
    assert made.header.abandoned_count == 1
    [launch] = made.launches.values()
    assert (launch.state, launch.job_id, launch.abandoned_at) == (LaunchState.STARTED, job, made.now)
    assert launch.is_abandoned
    assert f"; abandoned while they ran, or may have: {job} in {TARGET}" in made.header.status_reason
    for key in (ONE, TWO):
        assert made.server(key).launch is LaunchStatus.FAILED
        assert made.server(key).launch_reason.endswith(f"job {job} in {TARGET} is abandoned: it still ran")
    assert not made.waves[0].record.draining


def test_without_a_word_in_the_plan_jobs_are_followed_for_six_hours() -> None:
    made, _ = launched(wave_of(1, policy=STOP, deadline_minutes=60))

    assert 420 <= run_out(made) < 421


def test_a_job_that_ends_in_time_is_judged_and_not_abandoned() -> None:
    made, _ = launched(wave_of(1, policy=STOP, deadline_minutes=60))
    drained(made, 60 * MINUTE)
    made.step(359 * MINUTE)
    finish_running(made)

    assert made.status() is ExecutionStatus.PARTIAL
    assert made.header.abandoned_count == 0
    assert made.server(ONE).launch is LaunchStatus.LAUNCHED


def test_the_wave_and_its_gate_tell_in_the_end_which_servers_were_launched_and_why_others_were_not() -> None:
    made, job = launched(wave_of(1, 2, policy=PAUSE, deadline_minutes=60))
    drained(made, 60 * MINUTE)
    assert made.waves[0].record.status_reason == "its time of 60 minutes is over: of 2 servers 2 in running jobs"
    made.finish_job(job, failed=[TWO])

    drained(made, 10 * MINUTE)

    late = (
        "its time of 60 minutes is over; in the end 1 of 2 servers launched, 1 not checked to the end; "
        f"{TWO.source_server_id}: DRS reports the launch as failed"
    )
    assert made.waves[0].record.status_reason == late
    assert open_gate(made).reason == f"Wave 1 (Tier 0) is TIMEOUT: {late}"
    assert made.header.status_reason.startswith(
        "Wave 1 (Tier 0) is TIMEOUT: its time of 60 minutes is over; in the end"
    )


def test_what_held_the_wave_up_until_its_deadline_is_told_only_while_it_does() -> None:
    stories = []
    for answers in (True, False):
        made, _ = launched(wave_of(1, policy=STOP, deadline_minutes=60))
        made.unreachable[TARGET] = "the role is gone"
        made.step(59 * MINUTE)
        if answers:
            made.unreachable.clear()
        made.step(2 * MINUTE)
        stories.append(made.waves[0].record.status_reason)

    told = "its time of 60 minutes is over: of 1 server 1 in running jobs"
    assert stories == [told, f"{told} (the role is gone)"]


def test_a_job_that_is_found_ended_when_its_time_is_up_is_judged() -> None:
    made, job = launched(wave_of(1, policy=STOP, deadline_minutes=60))
    drained(made, 60 * MINUTE)
    made.finish_job(job)

    drained(made, 400 * MINUTE)

    assert made.server(ONE).launch is LaunchStatus.LAUNCHED
    assert made.header.abandoned_count == 0


def test_a_wave_that_is_dormant_is_woken_to_abandon_its_jobs() -> None:
    made, _ = launched(wave_of(1, policy=STOP, deadline_minutes=60, drain_minutes=10))
    drained(made, 60 * MINUTE)
    assert made.waves[0].record.dormant

    run_out(made)

    assert made.server(ONE).launch is LaunchStatus.FAILED


def test_a_cancel_begins_the_drain_of_what_is_not_judged_yet() -> None:
    made, _ = launched(wave_of(1, deadline_minutes=600, drain_minutes=30))
    made.step(MINUTE)
    cancelled = minutes(made)
    made.ask(RequestKind.CANCEL)

    assert cancelled + 30 <= run_out(made) < cancelled + 31
    assert made.status() is ExecutionStatus.CANCELLED
    assert made.server(ONE).launch is LaunchStatus.FAILED
    assert made.wave(0) is WaveStatus.FAILED


def test_a_cancel_does_not_begin_the_drain_of_a_judged_wave_anew() -> None:
    made, _ = launched(wave_of(1, deadline_minutes=60, drain_minutes=60))
    drained(made, 60 * MINUTE)
    drained(made, 50 * MINUTE)
    made.ask(RequestKind.CANCEL)

    assert run_out(made) < 121


def test_after_a_failed_wave_of_policy_stop_the_other_keeps_its_own_deadline_and_drain() -> None:
    made = stage(
        wave_of(1, policy=STOP, deadline_minutes=600),
        wave_of(2, policy=CONTINUE, deadline_minutes=120, drain_minutes=60),
        wave_of(3, depends_on=(0, 1)),
    )
    made.settle()
    made.finish_job(next(job for job in made.running_jobs()), failed=[ONE, TWO])
    made.settle()

    assert 180 <= run_out(made) < 181
    assert (made.wave(0), made.wave(1), made.wave(2)) == (
        WaveStatus.FAILED,
        WaveStatus.TIMEOUT,
        WaveStatus.SKIPPED,
    )


def test_after_an_expired_gate_what_runs_has_its_deadline_and_its_drain() -> None:
    made = stage(wave_of(1, deadline_minutes=60, drain_minutes=30), wave_of(2, pause=True), wave_of(3, depends_on=(0,)))
    made.settle()
    at_gate(made, RequestKind.EXPIRED, open_gate(made, GateKind.APPROVAL))

    assert 90 <= run_out(made) < 91
    assert made.header.abandoned_count == 1


# -- while the execution goes on nothing is abandoned ---------------------------------------------------------------


def test_at_a_failure_gate_the_job_is_looked_at_seldom_and_is_not_abandoned() -> None:
    made, _ = launched(wave_of(1, policy=PAUSE, deadline_minutes=60, drain_minutes=10))
    drained(made, 60 * MINUTE)
    drained(made, 11 * MINUTE)

    for _ in range(50):
        decision = made.step(DRAINED_POLL_SECONDS)
        assert not any(isinstance(effect, AbandonLaunch) for effect in decision.effects)
        assert decision.wait_seconds == DRAINED_POLL_SECONDS
    assert open_gates(made) == [("FAILURE", "0")]

    at_gate(made, RequestKind.APPROVE, open_gate(made))
    made.settle()
    assert made.status() is ExecutionStatus.FAILED
    assert made.header.abandoned_count == 1


def test_a_retry_after_the_drain_judges_the_same_job_and_launches_nothing() -> None:
    made, job = launched(wave_of(1, policy=PAUSE, deadline_minutes=60, drain_minutes=10))
    drained(made, 60 * MINUTE)
    drained(made, 300 * MINUTE)

    at_gate(made, RequestKind.RETRY, open_gate(made))
    made.settle()
    assert (made.wave(0), made.waves[0].record.drain_until) == (WaveStatus.LAUNCHING, None)
    made.finish_job(job)
    made.settle()
    made.step(200)

    assert made.status() is ExecutionStatus.COMPLETED
    assert sum(isinstance(effect, StartLaunch) for effect in made.effects) == 1


def test_what_another_wave_still_does_keeps_a_job_from_being_abandoned() -> None:
    made, _ = launched(
        wave_of(1, policy=CONTINUE, deadline_minutes=60, drain_minutes=10),
        wave_of(2, policy=CONTINUE, deadline_minutes=600, drain_minutes=10),
    )
    drained(made, 60 * MINUTE)
    drained(made, 100 * MINUTE)
    assert made.header.abandoned_count == 0

    assert 670 <= run_out(made) < 671
    assert made.header.abandoned_count == 2


def test_a_lost_launchs_job_that_turns_up_late_is_followed_from_then_on() -> None:
    made = stage(wave_of(1, policy=CONTINUE, drain_minutes=30), wave_of(2, pause=True))
    made.refuse[TARGET] = LaunchState.OPEN
    made.settle()
    made.refuse.clear()
    made.step(400)
    made.settle()
    lost = next(launch for launch in made.launches.values() if launch.state is LaunchState.LOST)
    finish_running(made)
    made.step(300)
    made.settle()
    assert made.wave(0) is WaveStatus.COMPLETED
    made.step(1000 * MINUTE)
    found = minutes(made)
    made.add_job(lost)
    made.settle()
    assert made.launches[lost.launch_id].state is LaunchState.STARTED

    at_gate(made, RequestKind.REJECT, open_gate(made, GateKind.APPROVAL))

    assert found + 30 <= run_out(made) < found + 31
    assert made.header.abandoned_count == 1


# -- launches in doubt ----------------------------------------------------------------------------------------------


def test_a_launch_in_doubt_in_an_account_that_does_not_answer_is_abandoned_with_its_job_unknown() -> None:
    made = in_doubt()

    assert 95 <= run_out(made) < 96

    [launch] = made.launches.values()
    assert (launch.state, launch.job_id, launch.is_abandoned) == (LaunchState.OPEN, None, True)
    assert made.server(ONE).launch_reason.endswith("it may never have come about, for nobody could tell")
    assert "abandoned while they ran, or may have: a job that nobody knows in" in made.header.status_reason
    assert sum(isinstance(effect, StartLaunch) for effect in made.effects) == 1


def test_a_cancel_of_a_paused_execution_with_a_launch_in_doubt_closes_the_gate_and_ends() -> None:
    made = in_doubt()
    made.ask(RequestKind.PAUSE)
    made.settle()
    assert open_gates(made) == [("PAUSE", "all")]

    made.ask(RequestKind.CANCEL)
    made.settle()

    assert open_gates(made) == []
    assert run_out(made) < 37


# -- a step that loses its commit -----------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["nothing", "the launch", "all"])
@pytest.mark.parametrize("acts", [False, True])
def test_whoever_dies_before_the_commit_leaves_what_the_next_step_ends_the_same_way(written: str, acts: bool) -> None:
    made, job = launched(wave_of(1, policy=STOP, deadline_minutes=60, drain_minutes=10))
    drained(made, 60 * MINUTE)
    made.now += timedelta(minutes=11)
    lost = made.decision()
    assert any(isinstance(effect, AbandonLaunch) for effect in lost.effects)
    if written == "the launch":
        made._write(replace(lost, items=tuple(item for item in lost.items if isinstance(item, LaunchRecord))))
    if written == "all":
        made._write(lost)
        if acts:
            for effect in lost.effects:
                made._act(effect)
    made.header = made.header.model_copy(update={"step": made.header.step + 1})

    made.finish_job(job)

    decision = made.step(30)

    if written == "nothing":
        assert made.server(ONE).launch is LaunchStatus.LAUNCHED, "it has ended meanwhile"
        return
    # the servers are passed on again: whoever noted the launch may have died before that
    assert [type(effect) for effect in decision.effects if isinstance(effect, AbandonLaunch)] == [AbandonLaunch]
    assert made.status() is ExecutionStatus.FAILED
    assert made.header.abandoned_count == 1
    assert made.server(ONE).launch is LaunchStatus.FAILED


@pytest.mark.parametrize(
    ("servers", "drain", "over", "locked"),
    [(1, 1, "1 minute", "its server stays locked"), (2, 10, "10 minutes", "its 2 servers stay locked")],
)
def test_an_abandoned_job_is_told_once_with_its_servers(servers: int, drain: int, over: str, locked: str) -> None:
    made, job = launched(wave_of(*range(1, servers + 1), policy=STOP, deadline_minutes=60, drain_minutes=drain))

    run_out(made)

    [event] = [event for event in made.events if event.type is EventType.LAUNCH_ABANDONED]
    assert event.message == (
        f"its wave's drain of {over} is over and job {job} in {TARGET} is abandoned: it still ran; "
        f"{locked} until DRS has ended it"
    )


# -- every execution ends -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trouble:
    """A plan of independent or chained waves, and what becomes of it."""

    waves: tuple[tuple[int, int], ...]
    policy: FailurePolicy
    cancel_after: int | None
    silent_after: int | None
    doubt: bool


troubles = st.builds(
    Trouble,
    waves=st.lists(st.tuples(st.integers(1, 90), st.integers(1, 90)), min_size=1, max_size=3).map(tuple),
    policy=st.sampled_from([STOP, CONTINUE]),
    cancel_after=st.none() | st.integers(0, 200),
    silent_after=st.none() | st.integers(0, 200),
    doubt=st.booleans(),
)


@settings(max_examples=25, deadline=None)
@example(Trouble(waves=((1, 1), (1, 1)), policy=CONTINUE, cancel_after=None, silent_after=None, doubt=True))
@example(Trouble(waves=((4, 1),), policy=STOP, cancel_after=4, silent_after=4, doubt=True))
@given(trouble=troubles)
def test_an_execution_whose_jobs_never_end_ends_within_its_deadlines_plus_drain(trouble: Trouble) -> None:
    made = stage(
        *(
            wave_of(number + 1, policy=trouble.policy, deadline_minutes=deadline, drain_minutes=drain)
            for number, (deadline, drain) in enumerate(trouble.waves)
        )
    )
    if trouble.doubt:
        made.refuse[TARGET] = LaunchState.OPEN
    drain = max(drain for _, drain in trouble.waves)
    limit = sum(deadline for deadline, _ in trouble.waves) + drain + 6
    if trouble.doubt and trouble.silent_after is not None:
        limit += max(drain, 5)  # a launch was lost, and the look for a late job of it is refused
    cancel_after = trouble.cancel_after
    while not made.header.is_terminal:
        if cancel_after is not None and minutes(made) >= cancel_after:
            cancel_after = None
            made.ask(RequestKind.CANCEL)
        if trouble.silent_after is not None and minutes(made) >= trouble.silent_after:
            made.unreachable[TARGET] = "the role is gone"
        wait = made.step(0).wait_seconds
        assert minutes(made) <= limit
        made.now += timedelta(seconds=min(wait, 5 * MINUTE))

    launches = list(made.launches.values())
    running = [one for one in launches if one.state is LaunchState.OPEN or one.job_id in made.running_jobs()]
    assert running == abandoned(launches)
    assert made.header.abandoned_count == len(running)
    servers = [member for one in launches if one.state is not LaunchState.LOST for member in one.servers]
    assert len(servers) == len(set(servers)), "launched twice"


def abandoned(launches: list[LaunchRecord]) -> list[LaunchRecord]:
    return [launch for launch in launches if launch.is_abandoned]
