"""A job whose tags nobody may read is known to an execution whose launch says so, once it has ended, and no sooner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from tests.proof.facts import Violation
from tests.proof.histories import EXECUTION, ONE, START, TWO, History

ROW: Final = "plan-1#LAUNCH#l-1"


def unread(story: History, *jobs: str) -> History:
    """The launch says of these jobs that nobody could read whose they were."""
    return story.row(EXECUTION, ROW, unread=list(jobs)).asleep(10)


def running() -> History:
    """A job of a launch that nothing names."""
    return History().started().intent("l-1", ONE).job("l-1", ONE)


def test_an_execution_may_end_whose_launch_names_it_when_it_has_ended() -> None:
    unread(running().ended("l-1"), "job-l-1").ends()


@pytest.mark.parametrize(
    "story", [lambda: unread(running().ended("l-1"), "job-2"), lambda: unread(running(), "job-l-1")]
)
def test_not_if_it_names_another_or_the_job_still_runs(story: Callable[[], History]) -> None:
    told = story()
    with pytest.raises(Violation, match="does not know of its jobs") as caught:
        told.ends()
    assert caught.value.number == 1


@pytest.mark.parametrize("named", ["suspects", "unread"])
def test_what_one_has_done_to_a_healthy_server_counts_from_when_its_launch_names_it(named: str) -> None:
    story = History().started().intent("l-1", ONE).row(EXECUTION, ROW, intentAt=START.isoformat()).asleep(4)
    story.row(EXECUTION, ROW, state="LOST").launched("l-2", ONE, TWO, attempt=2).well("l-2", ONE, TWO)
    story.job("l-1", ONE, called=False, hidesTags=True)
    story.effect("instanceTerminated", job_id="job-l-1", server_id=ONE, instance_id=f"i-l-2-{ONE}")
    if named == "suspects":
        story.row(EXECUTION, ROW, suspects=["job-l-1"])
    unread(story.ended("l-1"), "job-l-1").row(EXECUTION, ROW, suspects=[])
    story.minutes(6).wave(0, "COMPLETED").header("RUNNING").wave(1, "SKIPPED").act("skip", "1")

    with pytest.raises(Violation, match="had taken away") as caught:
        story.header("PARTIAL")
    assert caught.value.number == 11
