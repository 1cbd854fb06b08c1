"""What the engine cannot read is told once, stays visible while it lasts, and goes when it is over."""

from collections.abc import Callable

import pytest

from shared.models.event import EventType
from shared.models.execution import ExecutionStatus
from tests.support.planned_wave import PlannedWave
from tests.support.stage import TARGET, Stage, server_key, stage

CLOSED = "could not read anything in the account: the role is closed"


def held_up(made: Stage) -> list[str]:
    """The lines of the timeline that tell of an obstacle."""
    return [event.message for event in made.events if event.type is EventType.WAITING and "held up" in event.message]


def at_launch(made: Stage) -> None:
    """Nothing has begun."""


def during_the_job(made: Stage) -> None:
    made.settle()


def after_the_job(made: Stage) -> None:
    made.settle()
    (job,) = made.running_jobs()
    made.finish_job(job, without_instance=[server_key(1)])
    made.step(1)


@pytest.mark.parametrize("until_then", [at_launch, during_the_job, after_the_job])
def test_an_account_that_is_closed_holds_the_wave_up_and_the_timeline_says_so_once(
    until_then: Callable[[Stage], None],
) -> None:
    made = stage(PlannedWave((server_key(1),)))
    until_then(made)
    made.unreachable[TARGET] = CLOSED

    for _ in range(3):
        assert made.step(seconds=30).wait_seconds <= 30

    assert made.status() is ExecutionStatus.RUNNING
    assert held_up(made) == [f"Wave 1 ({made.waves[0].record.wave_name}) is held up: {CLOSED}"]
    assert made.waves[0].record.present_reason == CLOSED


def test_an_obstacle_is_forgotten_when_it_is_gone_and_told_anew_when_it_comes_back() -> None:
    made = stage(PlannedWave((server_key(1),)))
    made.unreachable[TARGET] = CLOSED
    made.settle()

    made.unreachable.clear()
    made.settle()
    assert made.waves[0].record.obstacle == ""
    assert made.waves[0].record.present_reason == made.waves[0].record.status_reason != ""
    assert len(made.running_jobs()) == 1

    made.unreachable[TARGET] = CLOSED
    made.settle()
    assert len(held_up(made)) == 2


def test_the_execution_says_what_holds_it_up_and_the_timeline_when_nothing_does_any_more() -> None:
    made = stage(PlannedWave((server_key(1),)))
    made.settle()
    began = made.header.status_reason
    made.unreachable[TARGET] = CLOSED
    made.settle()

    assert began != made.header.status_reason == f"it is held up: wave 1 (Tier 0): {CLOSED}"
    told = len(of_the_execution(made))

    made.unreachable.clear()
    made.settle()
    assert made.header.status_reason == "nothing holds it up any more"
    assert of_the_execution(made)[told:] == ["Execution is RUNNING: nothing holds it up any more"]


def test_that_somebody_has_to_decide_is_said_before_what_holds_another_wave_up() -> None:
    one, two, three = (server_key(number) for number in (1, 2, 3))
    made = stage(PlannedWave((one,)), PlannedWave((two,), pause=True), PlannedWave((three,), depends_on=(0,)))
    made.settle()
    made.unreachable[TARGET] = CLOSED
    made.settle()

    assert made.waves[0].record.obstacle == CLOSED
    assert made.header.status_reason.startswith("it runs, and waits for a decision: ")


def of_the_execution(made: Stage) -> list[str]:
    return [event.message for event in made.events if event.type is EventType.EXECUTION_STATUS]
