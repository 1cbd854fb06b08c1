"""A late job is forgiven at the end if that says, in words and fields, that nobody could look for it there."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.proof.facts import Violation
from tests.proof.histories import ACCOUNT, EXECUTION, ONE, REGION, History

PLACE: Final = {"accountId": ACCOUNT, "region": REGION}
NAMED: Final[dict[str, Any]] = {
    "deniedIn": [PLACE],
    "statusReason": f"it could not be looked for in {ACCOUNT}/{REGION}",
}


def late(story: History, state: str = "LOST") -> History:
    """The job of a launch that was lost begins, and nobody lists it for some minutes."""
    story.started().intent("l-1", ONE).row(EXECUTION, "plan-1#LAUNCH#l-1", intentAt=story.now)
    return story.asleep(4).row(EXECUTION, "plan-1#LAUNCH#l-1", state=state).job("l-1", ONE, called=False).asleep(10)


@pytest.mark.parametrize("field", ["deniedIn", "unaskedIn"])
def test_one_that_runs_and_is_named_is_forgiven(field: str) -> None:
    told: dict[str, Any] = {field: [PLACE], "statusReason": NAMED["statusReason"]}
    late(History()).minutes(1).ends(**told)


def test_one_that_has_ended_unseen_is_forgiven_too() -> None:
    late(History()).effect("jobEnded", job_id="job-l-1").minutes(1).ends(**NAMED)


@pytest.mark.parametrize(
    ("state", "more"),
    [
        pytest.param("LOST", {"statusReason": NAMED["statusReason"]}, id="no field says so"),
        pytest.param("LOST", {**NAMED, "statusReason": "all is well"}, id="no word says so"),
        pytest.param("LOST", {**NAMED, "deniedIn": [PLACE | {"region": "eu-central-1"}]}, id="elsewhere"),
        pytest.param("STARTED", NAMED, id="it was not lost"),
    ],
)
def test_no_other_is(state: str, more: dict[str, Any]) -> None:
    with pytest.raises(Violation, match="run and are not listed as abandoned|does not know of its jobs"):
        late(History(), state).minutes(1).ends(**more)


def lost(story: History) -> History:
    """A launch was lost some minutes ago."""
    story.started().intent("l-1", ONE).row(EXECUTION, "plan-1#LAUNCH#l-1", intentAt=story.now)
    return story.asleep(4).row(EXECUTION, "plan-1#LAUNCH#l-1", state="LOST").asleep(10)


def end_in_the_same_step(story: History) -> None:
    """The execution ends in the step that was claimed last."""
    for number in (0, 1):
        story.wave(number, "FAILED")
    story.row(EXECUTION, "plan-1", status="FAILED")


def test_one_that_begins_behind_the_last_look_of_the_last_step_is_forgiven() -> None:
    story = lost(History()).header("RUNNING").call("DescribeJobs")
    end_in_the_same_step(story.job("l-1", ONE, called=False))


@pytest.mark.parametrize("filters", [{}, {"fromDate": "2026-01-28T00:00:00.000Z"}])
def test_one_that_begins_before_that_look_is_not(filters: dict[str, Any]) -> None:
    story = lost(History()).header("RUNNING").job("l-1", ONE, called=False)
    story.call("DescribeJobs", parameters={"filters": filters})
    with pytest.raises(Violation, match="run and are not listed as abandoned"):
        end_in_the_same_step(story)


def test_a_look_of_an_earlier_step_forgives_none() -> None:
    story = lost(History()).call("DescribeJobs").job("l-1", ONE, called=False).header("RUNNING")
    with pytest.raises(Violation, match="run and are not listed as abandoned"):
        end_in_the_same_step(story)


def test_a_look_at_some_jobs_by_their_ids_forgives_none() -> None:
    story = lost(History()).header("RUNNING").call("DescribeJobs", parameters={"filters": {"jobIDs": ["job-x"]}})
    with pytest.raises(Violation, match="run and are not listed as abandoned"):
        end_in_the_same_step(story.job("l-1", ONE, called=False))
