"""A job that began when its launch was lost: the room it takes, and the waves that do not wait for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from tests.proof.facts import Violation
from tests.proof.histories import EXECUTION, ONE, THREE, TWO, History

ROW: Final = "plan-1#LAUNCH#l-1"


def given_up(after: float, state: str = "LOST") -> History:
    """A launch came to a state so many minutes after its intent, and its room is free again."""
    story = History().started()
    story.intent("l-1", ONE, TWO).row(EXECUTION, ROW, intentAt=story.now)
    return story.asleep(after).row(EXECUTION, ROW, state=state).reserve()


def belated() -> History:
    """The launch was lost, and then its job of two servers began."""
    return given_up(after=4).job("l-1", ONE, TWO, called=False)


def others(story: History, count: int) -> History:
    """So many launches of one server get room; DRS runs twenty jobs at once."""
    return story.reserve(*(f"other-{number}" for number in range(count)))


def adopted(*, after: str) -> History:
    """The launch, of that state, names its late job; room was not made anew."""
    story = given_up(after=4, state=after).job("l-1", ONE, TWO, called=False)
    return story.row(EXECUTION, ROW, state="STARTED", jobId="job-l-1")


def test_a_job_that_began_when_its_launch_was_lost_needs_no_reservation() -> None:
    others(belated().asleep(30), 19).reserve()


def test_what_may_be_ours_needs_no_reservation_while_its_execution_goes_on() -> None:
    others(belated().row(EXECUTION, ROW, suspects=["job-l-1"]).minutes(10), 19)


def test_an_execution_that_ends_without_its_late_job_keeps_the_room() -> None:
    story = belated().reserve("l-1").row(EXECUTION, ROW, state="OPEN", suspects=["job-l-1"], abandonedAt="now")

    story.ends()


def test_it_takes_no_room_before_listings_have_shown_it() -> None:
    others(belated(), 20)


ROOM: Final[dict[str, Callable[[], object]]] = {
    "a job that began in time": lambda: given_up(after=1).job("l-1", ONE, TWO, called=False).reserve(),
    "a job whose launch was not lost": lambda: (
        given_up(after=4, state="REFUSED").job("l-1", ONE, TWO, called=False).reserve()
    ),
    "a job that is adopted, in a row that is written": lambda: adopted(after="LOST").reserve(),
    "a job that is adopted, in a step that is committed": lambda: adopted(after="LOST").header("RUNNING"),
    "a job that is adopted whose launch was refused": lambda: adopted(after="REFUSED").header("RUNNING"),
    "a job that may be ours when its execution ends without it": lambda: (
        belated().row(EXECUTION, ROW, state="OPEN", suspects=["job-l-1"], abandonedAt="now").ends()
    ),
    "a job that listings of a day do not show any more": lambda: belated().asleep(1441).reserve(),
    "a launch too many beside a job that listings have shown": lambda: others(belated().asleep(7), 20),
}


def launched_again(story: History) -> History:
    """The servers of the lost launch are launched by another."""
    return story.launched("l-2", ONE, TWO, attempt=2)


def judged(story: History) -> History:
    """Wave 0 has launched what it needs, and its verdict is given; wave 1 is approved."""
    return story.well("l-2", ONE, TWO).minutes(1).wave(0, "COMPLETED").header("RUNNING").act("approve", "1")


def test_a_wave_does_not_wait_for_a_job_that_began_after_the_verdict_of_the_wave_before() -> None:
    story = judged(launched_again(given_up(after=4)))

    story.job("l-1", ONE, TWO, called=False).launch("l-3", THREE)


def called_now(story: History) -> History:
    """Somebody asked for the launch that was lost, and it was called at this moment."""
    return story.act("retry", "0", relaunch=True).reserve("l-1").row(EXECUTION, ROW, intentAt=story.now)


ORDER: Final[dict[str, Callable[[], object]]] = {
    "a job that listings showed before the verdict": lambda: judged(
        launched_again(given_up(after=4)).job("l-1", ONE, TWO, called=False)
    ).launch("l-3", THREE),
    "a job that began in time, after the verdict": lambda: (
        called_now(judged(launched_again(given_up(after=4)))).job("l-1", ONE, TWO, called=False).launch("l-3", THREE)
    ),
    "a wave that is tried again": lambda: (
        judged(launched_again(given_up(after=4)))
        .job("l-1", ONE, TWO, called=False)
        .wave(0, "LAUNCHING")
        .launch("l-3", THREE)
    ),
}


@pytest.mark.parametrize(
    ("number", "tell"),
    [pytest.param(number, tell, id=how) for number, ways in ((2, ORDER), (3, ROOM)) for how, tell in ways.items()],
)
def test_nothing_else_is_forgiven(number: int, tell: Callable[[], object]) -> None:
    with pytest.raises(Violation) as seen:
        tell()

    assert seen.value.number == number
