"""The room of a job that began when its launch was lost: none is reserved for it, and it counts once it is listed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from tests.proof.facts import Violation
from tests.proof.histories import EXECUTION, ONE, TWO, History

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


@pytest.mark.parametrize("since", ["its launch was lost", "it was adopted"])
def test_a_job_that_began_when_its_launch_was_lost_needs_no_reservation(since: str) -> None:
    story = belated()
    if since == "it was adopted":
        story.row(EXECUTION, ROW, state="STARTED", jobId="job-l-1")

    others(story.asleep(30), 19).reserve()


def test_it_takes_no_room_before_listings_have_shown_it() -> None:
    others(belated(), 20)


BROKEN: Final[dict[str, Callable[[], object]]] = {
    "a job that began in time": lambda: given_up(after=1).job("l-1", ONE, TWO, called=False).reserve(),
    "a job whose launch was not lost": lambda: (
        given_up(after=4, state="REFUSED").job("l-1", ONE, TWO, called=False).reserve()
    ),
    "a job that listings of a day do not show any more": lambda: belated().asleep(1441).reserve(),
    "a launch too many beside a job that listings have shown": lambda: others(belated().asleep(7), 20),
}


@pytest.mark.parametrize("how", BROKEN)
def test_nothing_else_is_forgiven(how: str) -> None:
    with pytest.raises(Violation) as seen:
        BROKEN[how]()

    assert seen.value.number == 3
