"""Finished executions cost nothing: whoever looks, lists, starts or takes steps reads no more for a long history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import pytest

from orchestration.reconciling import reconcile
from tests.support.world import World
from tests.support.world.rest import QUICK

HISTORY: Final = 1000


def world_with(finished: int) -> tuple[World, str]:
    """A world in which so many executions of a plan have ended, and another plan that is to run."""
    world = World(settings=QUICK)
    world.reconcile_every = None
    execution_id = world.start(world.plan_of(2, name="earlier"))
    assert world.run_until_end(execution_id) == "COMPLETED"
    rows = [row for row in world.history.scan() if row["executionId"] == execution_id]
    for number in range(1, finished):
        for row in rows:
            world.history.put(renamed(row, execution_id, f"{execution_id[:-6]}{number:06d}"))
    return world, world.plan_of(2, 1, name="next")


def renamed(value: Any, old: str, new: str) -> Any:
    """The same row, of another execution."""
    match value:
        case dict():
            return {name: renamed(each, old, new) for name, each in value.items()}
        case list():
            return [renamed(each, old, new) for each in value]
        case str():
            return value.replace(old, new)
        case _:
            return value


def calls(world: World, work: Callable[[], object]) -> Counter[str]:
    """What all functions and the state machine call meanwhile."""
    for seam in world.seams.values():
        seam.forget()
    work()
    return Counter(call for seam in world.seams.values() for call in seam.calls)


def terminate(world: World, execution_id: str) -> None:
    """Terminate what the execution launched, and wait for the end of that."""
    world.terminate(execution_id)
    world.run_until_terminated(execution_id)


@cache
def costs(finished: int) -> dict[str, Counter[str]]:
    """Each thing that people and functions do every day."""
    world, plan_id = world_with(finished)
    assert len(world.listed()) == finished
    started: list[str] = []
    return {
        "the reconciler": calls(world, lambda: reconcile(world.parts._orchestration())),
        "a page of the list": calls(world, lambda: world.ask("list_executions", limit=20)),
        "a start": calls(world, lambda: started.append(world.start(plan_id))),
        "the reconciler beside an open one": calls(world, lambda: reconcile(world.parts._orchestration())),
        "all steps to the end": calls(world, lambda: world.run_until_end(started[0])),
        "a termination": calls(world, lambda: terminate(world, started[0])),
    }


@pytest.mark.parametrize(
    "what",
    [
        "the reconciler",
        "a page of the list",
        "a start",
        "the reconciler beside an open one",
        "all steps to the end",
        "a termination",
    ],
)
def test_a_thousand_finished_executions_cost_no_call_more_than_one(what: str) -> None:
    short, long = costs(1)[what], costs(HISTORY)[what]

    assert short.total() > 0
    assert long == short
