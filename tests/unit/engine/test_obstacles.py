"""What the engine cannot read is told once, stays visible while it lasts, and goes when it is over."""

from collections.abc import Callable

import pytest

from shared.models.event import EventType
from shared.models.execution import ExecutionStatus
from tests.support.stage import TARGET, PlannedWave, Stage, server_key, stage

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
