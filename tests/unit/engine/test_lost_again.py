"""Calls that are in doubt for hours, and lost each time: made ever more seldom, so that the header stays small."""

from datetime import timedelta

from shared.engine.bounds import LONGEST_WAIT_SECONDS
from shared.models.base import format_instant
from shared.models.launch import LaunchState
from shared.models.request import RequestKind
from shared.models.server_record import LaunchStatus
from tests.support.stage import START, TARGET, Stage, stage
from tests.support.stage_stories import (
    ONE,
    at_gate,
    open_gate,
    recovered_at_an_approval,
    wave_of,
)


def lose_for(made: Stage, span: timedelta) -> None:
    """Every call is in doubt, and no listing shows a job."""
    made.refuse[TARGET] = LaunchState.OPEN
    until = made.now + span
    decided = made.step()
    while made.now < until:
        decided = made.step(decided.wait_seconds)


def test_the_first_loss_is_followed_by_a_call_at_once() -> None:
    made = stage(wave_of(1))

    lose_for(made, timedelta(minutes=4))

    assert [launch.state for launch in made.launches.values()] == [LaunchState.LOST, LaunchState.OPEN]


def lost_twice() -> Stage:
    """Two launches of the server were lost, and the next is not made yet."""
    made = stage(wave_of(1, deadline_minutes=600))
    made.refuse[TARGET] = LaunchState.OPEN
    while [launch.state for launch in made.launches.values()] != [LaunchState.LOST, LaunchState.LOST]:
        made.step(5)
    made.settle()
    return made


def test_wave_execution_and_timeline_say_how_often_it_was_lost_and_when_the_next_is_made() -> None:
    made = lost_twice()

    due = max(launch.intent_at for launch in made.launches.values()) + timedelta(minutes=6)
    words = f"2 launches in 111122223333/us-west-2 were lost; the next is made at {format_instant(due)}"
    assert made.waves[0].record.obstacle == words
    assert words in made.header.status_reason
    assert [event.message for event in made.events if words in event.message] == [
        f"Wave 1 (Tier 0) is held up: {words}"
    ]


def test_the_next_is_made_when_it_was_said() -> None:
    made = lost_twice()
    due = max(launch.intent_at for launch in made.launches.values()) + timedelta(minutes=6)
    made.refuse.clear()

    decided = made.step()
    while not made.jobs:
        decided = made.step(decided.wait_seconds)

    assert due <= made.now < due + timedelta(seconds=2)


def test_a_job_that_turns_up_while_the_next_call_is_waited_for_is_watched_within_half_a_minute() -> None:
    made = lost_twice()
    first, appeared = next(iter(made.launches.values())), made.now
    wait = made.step().wait_seconds
    job = made.add_job(first)

    made.step(wait)

    assert made.now - appeared <= timedelta(seconds=30)
    assert made.launches[first.launch_id].job_id == job.job_id
    assert made.server(ONE).launch is LaunchStatus.LAUNCHING
    assert len(made.launches) == 2


def at_an_approval_with_a_lost_launch() -> Stage:
    """The first launch was lost, the second has recovered the server, and nothing is awaited but an approval."""
    made = stage(wave_of(1), wave_of(2, pause=True))
    made.refuse[TARGET] = LaunchState.OPEN
    made.settle()
    made.refuse.clear()
    recovered_at_an_approval(made)
    return made


def test_a_job_that_turns_up_while_a_gate_is_open_is_watched_before_it_is_a_tenth_later() -> None:
    made = at_an_approval_with_a_lost_launch()
    first = next(iter(made.launches.values()))
    wait = made.step(1800).wait_seconds
    job, appeared = made.add_job(first), made.now

    made.step(wait)

    assert made.launches[first.launch_id].job_id == job.job_id
    assert made.now - appeared <= (appeared - first.intent_at) / 10 + timedelta(seconds=1)


def test_a_gate_of_a_year_is_looked_at_for_a_lost_launch_for_a_day_and_seldom() -> None:
    made = at_an_approval_with_a_lost_launch()
    waits = list[int]()

    while not waits or waits[-1] < LONGEST_WAIT_SECONDS:
        waits.append(made.step(waits[-1] if waits else 0).wait_seconds)

    assert timedelta(days=1) <= made.now - START < timedelta(days=1.2)
    assert min(waits) >= 30
    assert len(waits) < 70


def test_it_goes_on_when_calls_are_answered() -> None:
    made = stage(wave_of(1, deadline_minutes=600))
    lose_for(made, timedelta(hours=2))

    made.refuse.clear()
    for _ in range(60):
        made.step(30)

    assert len(made.jobs) == 1


def test_a_retry_does_not_wait_for_what_was_lost_before() -> None:
    made = stage(wave_of(1, deadline_minutes=60))
    lose_for(made, timedelta(minutes=60))
    made.settle()
    made.refuse.clear()

    at_gate(made, RequestKind.RETRY, open_gate(made))
    made.step(1)

    assert len(made.jobs) == 1
    assert made.now - START < timedelta(minutes=75)
