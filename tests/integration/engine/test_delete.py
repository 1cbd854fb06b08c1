"""Executions that really ran are deleted once nobody looks after them, and not while a job that outlived them runs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.world import HOUR, Refused, World, wave
from tests.support.world.rest import QUICK, check_at_rest


def delete(world: World, execution_id: str) -> None:
    answer = world.call("delete_executions", executionIds=[execution_id])
    if answer:
        raise Refused(answer)


def rows_of(world: World, execution_id: str) -> list[Any]:
    """Everything that names it, but whom the reconciler looked after last."""
    return [row for row in world.history.scan() if execution_id in str(row) and row["planId"] != "turn"]


def assert_gone(world: World, execution_id: str) -> None:
    rows = rows_of(world, execution_id)
    assert len(rows) == 1, rows
    [trace] = rows
    assert set(trace) == {"executionId", "planId", "deletedAt", "expiresAt"}
    assert world.listed() == []
    with pytest.raises(Refused, match="no execution"):
        world.execution(execution_id)


def test_a_drill_that_was_cleaned_up_is_deleted_and_its_plan_starts_again() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(1, 1)
    execution_id = world.start(plan_id)
    with pytest.raises(Refused, match="wait for its end"):
        delete(world, execution_id)
    world.run_until_end(execution_id)
    world.terminate(execution_id)
    world.run_until_terminated(execution_id)
    world.advance(180)
    check_at_rest(world, execution_id)

    delete(world, execution_id)

    assert_gone(world, execution_id)
    world.advance(HOUR)
    assert_gone(world, execution_id)
    again = world.start(plan_id)
    assert world.run_until_end(again) == "COMPLETED"


def test_an_execution_that_ended_without_a_job_is_kept_until_drs_has_ended_it() -> None:
    world = World(settings=QUICK)
    hangs = world.add_servers(name="hangs")
    slow: dict[str, Any] = {"deadlineMinutes": 4, "drainMinutes": 2, "failurePolicy": "CONTINUE"}
    group = world.create_group("hangs", hangs)
    plan_id = world.create_plan("plan", wave(0, group, **slow))
    world.fault("stuckJob", seconds=HOUR, servers=hangs)
    execution_id = world.start(plan_id)
    world.run_until_end(execution_id, limit=HOUR)
    world.advance(300)

    with pytest.raises(Refused, match="still holds servers"):
        delete(world, execution_id)
    with pytest.raises(Refused, match="held by DRS job"):
        world.start(plan_id)

    world.advance(2 * HOUR)
    delete(world, execution_id)
    assert_gone(world, execution_id)
    world.start(plan_id)
