"""A job that came late is forgiven while nobody of ours could know of it; from then on it counts like any other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.proof.facts import Violation
from tests.proof.histories import EXECUTION, ONE, THREE, TWO, History

LAUNCH: Final = "plan-1#LAUNCH#{}"
Tell = Callable[[History], object]


def lost(story: History, launch_id: str = "l-1") -> History:
    """A launch was intended, called, and given up."""
    story.intent(launch_id, ONE).row(EXECUTION, LAUNCH.format(launch_id), intentAt=story.now)
    return story.asleep(4).row(EXECUTION, LAUNCH.format(launch_id), state="LOST")


def listed(story: History) -> History:
    """Somebody of ours lists all jobs, and the next step is claimed."""
    return story.asleep(0.2).call("DescribeJobs").minutes(0.5)


def late(story: History, **more: Any) -> History:
    """The job of the launch that was lost begins."""
    return lost(story.started()).job("l-1", ONE, called=False, **more)


def recorded(story: History) -> History:
    """The launch names its late job, and the next step is claimed."""
    return story.row(EXECUTION, LAUNCH.format("l-1"), state="STARTED", jobId="job-l-1").minutes(0.5)


def suspected(story: History) -> History:
    """Nobody can read whose the late job is, and the next step is claimed."""
    return late(story, hidesTags=True).row(EXECUTION, LAUNCH.format("l-1"), suspects=["job-l-1"]).minutes(0.5)


def over(story: History, *, launches: bool = True) -> History:
    """The late job ends, and somebody looks at it."""
    if launches:
        story.effect("instanceLaunched", job_id="job-l-1", server_id=ONE, instance_id=f"i-l-1-{ONE}")
    return story.ended("l-1")


def asked(story: History, relaunch: bool = False) -> History:
    return story.act("retry", "0", relaunch=relaunch).minutes(0.5)


def replaced(story: History) -> History:
    """A server is HEALTHY by its second launch, whose instance the job of the first has replaced since; it is known."""
    lost(story.started()).launched("l-2", ONE, TWO, attempt=2).well("l-2", ONE, TWO)
    story.job("l-1", ONE, called=False)
    story.effect("instanceTerminated", job_id="job-l-1", server_id=ONE, instance_id=f"i-l-2-{ONE}")
    return story


def ends(story: History) -> History:
    """Wave 0 has its verdict, and the execution ends."""
    return skips(judged(story))


def judged(story: History) -> History:
    return story.wave(0, "COMPLETED").header("RUNNING")


def skips(story: History) -> History:
    """Somebody skips what is left."""
    return story.wave(1, "SKIPPED").act("skip", "1").header("PARTIAL")


def given_up(story: History, status: str) -> History:
    """No server is said to be launched, and the execution ends with that status."""
    for server in (ONE, TWO, THREE):
        story.server(server, launch="SKIPPED")
    return story.minutes(10).ends(status)


@pytest.mark.parametrize(
    "tell",
    [
        pytest.param(lambda it: over(late(it)).launch("l-2", ONE, attempt=2), id="in the step that sees it first"),
        pytest.param(
            lambda it: listed(over(late(it, hidesTags=True))).launch("l-2", ONE, attempt=2),
            id="when listings do not tell whose it is",
        ),
        pytest.param(
            lambda it: asked(listed(over(late(it), launches=False))).launch("l-2", ONE, attempt=2),
            id="when it has launched nothing, and somebody asked",
        ),
        pytest.param(
            lambda it: asked(listed(over(late(it))), relaunch=True).launch("l-2", ONE, attempt=2),
            id="in its place, when somebody asked for that",
        ),
    ],
)
def test_a_launch_after_a_late_job_breaks_nothing(tell: Tell) -> None:
    tell(History())


def test_a_call_that_drs_refuses_for_a_late_job_of_this_moment_breaks_nothing() -> None:
    late(History()).intent("l-2", ONE, attempt=2).start_call("l-2", ONE, outcome="refused")


def test_a_call_for_a_server_of_a_job_that_is_ruled_out_breaks_nothing() -> None:
    suspected(History()).row(EXECUTION, LAUNCH.format("l-1"), suspects=[]).intent("l-2", ONE, attempt=2).start_call(
        "l-2", ONE, outcome="refused"
    )


def test_a_healthy_server_whose_instance_is_gone_may_be_given_up() -> None:
    replaced(History()).minutes(5).server(ONE, launch="CANCELLED", health="UNKNOWN")


def test_what_a_late_job_does_to_an_instance_after_the_verdict_breaks_nothing() -> None:
    story = lost(History().started()).launched("l-2", ONE, TWO, attempt=2).well("l-2", ONE, TWO)
    judged(story).job("l-1", ONE, called=False)
    story.effect("instanceTerminated", job_id="job-l-1", server_id=ONE, instance_id=f"i-l-2-{ONE}")
    skips(over(story).minutes(5))


def test_what_a_late_job_that_runs_at_the_verdict_has_taken_away_breaks_nothing() -> None:
    story = listed(replaced(History()).server(TWO, health="UNKNOWN"))
    skips(over(story.wave(0, "TIMEOUT").header("RUNNING"), launches=False))


def test_an_instance_that_somebody_else_takes_away_before_the_verdict_breaks_nothing() -> None:
    story = History().started().launched("l-1", ONE, TWO).well("l-1", ONE, TWO)
    story.effect("instanceTerminated", server_id=ONE, instance_id=f"i-l-1-{ONE}")
    ends(story.minutes(5))


def test_an_end_that_says_that_nothing_was_launched_breaks_nothing_if_nobody_had_to_find_it() -> None:
    story = History()
    story.checker.ledger.hidden[ONE] = 900
    given_up(story.started().launched("l-1", ONE), "FAILED")


BROKEN: Final[dict[int, dict[str, Tell]]] = {
    1: {
        "a launch beside it, in the step after the listing": lambda it: listed(late(it)).launch("l-2", ONE, attempt=2),
        "a call beside it that DRS refuses": lambda it: (
            recorded(late(it)).intent("l-2", ONE, attempt=2).start_call("l-2", ONE, outcome="refused")
        ),
        "a call beside what may be ours": lambda it: (
            suspected(it).intent("l-2", ONE, attempt=2).start_call("l-2", ONE, outcome="refused")
        ),
        "a call beside what may be that of another launch": lambda it: (
            lost(suspected(it), "l-3")
            .row(EXECUTION, LAUNCH.format("l-3"), suspects=["job-l-1"])
            .row(EXECUTION, LAUNCH.format("l-1"), suspects=[])
            .minutes(0.5)
            .intent("l-2", ONE, attempt=2)
            .start_call("l-2", ONE, outcome="refused")
        ),
        "a launch in its place that nobody asked for": lambda it: (
            recorded(over(late(it))).asleep(30).launch("l-2", ONE, attempt=2)
        ),
        "a launch after it that somebody had asked for long before": lambda it: listed(
            over(lost(asked(it.started())).asleep(10).job("l-1", ONE, called=False), launches=False)
        ).launch("l-2", ONE, attempt=2),
        "a launch in its place although nobody asked for a relaunch": lambda it: asked(recorded(over(late(it)))).launch(
            "l-2", ONE, attempt=2
        ),
        "a launch when its tags have told": lambda it: (
            over(late(it, hidesTags=True))
            .call("ListTagsForResource", parameters={"resourceArn": "arn:aws:drs:us-west-2:111122223333:job/job-l-1"})
            .minutes(0.5)
            .launch("l-2", ONE, attempt=2)
        ),
    },
    3: {
        "a launch too many beside it, as soon as it is known": lambda it: recorded(late(it).reserve()).reserve(
            *(f"other-{number}" for number in range(20))
        ),
    },
    11: {
        "its server is let go": lambda it: recorded(late(it)).server(ONE, launch="SKIPPED"),
        "its healthy server is let go": lambda it: (
            listed(over(replaced(it))).asleep(5).minutes(1).server(ONE, launch="CANCELLED", health="UNKNOWN")
        ),
        "healthy by an instance that it has replaced": lambda it: ends(listed(over(replaced(it)))),
        "healthy by an instance that it has taken away": lambda it: ends(listed(over(replaced(it), launches=False))),
        "failed although it has launched something": lambda it: given_up(recorded(over(late(it))), "FAILED"),
        "failed although its job has launched something": lambda it: given_up(
            it.started().launched("l-1", ONE), "FAILED"
        ),
        "cancelled although its job has launched something": lambda it: (
            it.started().launched("l-1", ONE).minutes(10).ends("CANCELLED", "CANCELLED", "CANCELLED", cancelledBy="her")
        ),
    },
}


@pytest.mark.parametrize(
    ("number", "how"),
    [pytest.param(number, how, id=f"{number} {how}") for number, ways in BROKEN.items() for how in ways],
)
def test_a_late_job_that_is_known_counts(number: int, how: str) -> None:
    with pytest.raises(Violation) as seen:
        BROKEN[number][how](History())

    assert seen.value.number == number, seen.value
