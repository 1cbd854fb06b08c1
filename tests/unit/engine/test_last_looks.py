"""An end waits for a look at late jobs of lost launches that the account or DRS refuses, and says what it could not."""

from __future__ import annotations

import pytest

from shared.models.event import EventType
from shared.models.execution import ExecutionStatus
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.request import RequestKind
from shared.models.targets import Target
from shared.models.wave_record import WaveStatus
from tests.support.stage import REGION, Stage
from tests.support.stage_stories import MINUTE, heal, lost_and_not_checked

HERE = Target(account_id="111122220000", region=REGION)
THERE = Target(account_id="111122220001", region=REGION)
WHY = f"could not read the jobs in {HERE}: AccessDenied: the role may not be assumed"
SOUGHT = f"its only wave completed; late jobs of lost launches are looked for in {HERE} before the end: {WHY}"
IN_VAIN = f"its only wave completed; late jobs of lost launches, which may run, could not be looked for: {WHY}"


def almost_over(drain_minutes: int = 60) -> tuple[Stage, LaunchRecord, str]:
    """A launch was lost here; there an instance has not passed its checks."""
    return lost_and_not_checked(HERE, THERE, drain_minutes=drain_minutes)


def at_the_end(drain_minutes: int = 60) -> tuple[Stage, LaunchRecord]:
    """The last server has its verdict in this step, and the account of a lost launch cannot be asked since."""
    made, lost, slow = almost_over(drain_minutes)
    heal(made, slow)
    made.unreachable[HERE] = WHY
    made.step(60)
    assert made.wave(0) is WaveStatus.COMPLETED, "the verdict does not wait for it"
    return made, lost


def ends(made: Stage) -> float:
    """After how many seconds it ends."""
    began = made.now
    for _ in range(200):
        if made.header.is_terminal:
            return (made.now - began).total_seconds()
        made.step(30)
    raise AssertionError(f"it does not end: {made.status()} {made.header.status_reason}")


def test_it_waits_and_says_for_what_and_why() -> None:
    made, _ = at_the_end()

    assert not made.header.is_terminal
    assert made.step(30).wait_seconds == 30
    assert (made.status(), made.header.status_reason) == (ExecutionStatus.DRAINING, SOUGHT)
    told = len(made.events)
    for _ in range(20):
        made.step(30)
    assert made.status() is ExecutionStatus.DRAINING
    assert len(made.events) == told, "it is told once"


def test_one_answer_ends_it() -> None:
    made, _ = at_the_end()
    made.step(30)
    made.unreachable.clear()
    made.step(30)

    assert (made.status(), made.header.status_reason) == (ExecutionStatus.COMPLETED, "its only wave completed")
    assert (made.header.denied_in, made.header.denied_until) == ((), None)


def test_a_job_that_the_answer_shows_is_followed_to_its_end() -> None:
    made, lost = at_the_end()
    made.step(30)
    late = made.add_job(lost)
    made.unreachable.clear()
    made.settle()
    assert made.launches[lost.launch_id].job_id == late.job_id
    assert (made.status(), made.header.status_reason) == (
        ExecutionStatus.DRAINING,
        "its only wave completed; jobs of ours still run",
    )

    made.finish_job(late.job_id)
    made.settle()
    assert made.status() is ExecutionStatus.COMPLETED


@pytest.mark.parametrize(("drain_minutes", "minutes"), [(60, 60), (1, 5)])
def test_an_account_that_is_gone_for_good_does_not_hold_it_open_for_longer_than_the_drain(
    drain_minutes: int, minutes: int
) -> None:
    made, lost = at_the_end(drain_minutes)
    assert ends(made) == minutes * MINUTE

    assert (made.status(), made.header.status_reason) == (ExecutionStatus.COMPLETED, IN_VAIN)
    assert made.header.denied_in == (HERE,)
    (line,) = [event for event in made.events if event.type is EventType.LAUNCH_LOST and "launchIds" in event.details]
    assert line.details["launchIds"] == [lost.launch_id]
    assert lost.launch_id in line.message
    assert WHY in line.message


def test_that_a_step_has_no_time_to_ask_again_makes_it_no_shorter() -> None:
    made, _ = at_the_end()
    judged_at = made.now
    for number in range(40):
        made.unreachable = {HERE: "" if number % 2 else WHY}
        made.step(30)
    assert (made.now - judged_at).total_seconds() == 1200
    assert (made.status(), made.header.status_reason) == (ExecutionStatus.DRAINING, SOUGHT)


def test_the_drain_of_a_job_there_counts() -> None:
    """The account is gone while a job of ours runs there: when that is abandoned the end does not wait once more."""
    made, lost = at_the_end()
    late = made.add_job(lost)
    made.unreachable.clear()
    made.settle()
    assert made.launches[lost.launch_id].job_id == late.job_id
    again = made.launches[lost.launch_id].model_copy(update={"launch_id": f"{lost.launch_id}9", "job_id": None})
    made.launches[again.launch_id] = again.model_copy(update={"state": LaunchState.LOST})
    made.unreachable = {HERE: WHY}
    assert ends(made) <= 70 * MINUTE
    assert "abandoned while they ran, or may have" in made.header.status_reason
    assert made.header.denied_in == (HERE,)


def test_a_cancelled_one_says_it_once_in_its_timeline() -> None:
    made, _, _ = almost_over()
    made.unreachable = {HERE: WHY}
    made.ask(RequestKind.CANCEL)
    for _ in range(20):
        made.step(30)

    assert made.status() is ExecutionStatus.CANCELLING
    lines = [event.message for event in made.events if event.message.startswith("The end waits")]
    assert lines == [f"The end waits: late jobs of lost launches are looked for in {HERE} before the end: {WHY}"]
