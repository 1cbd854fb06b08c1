"""A call that was sent twice on its way, and refused the second time: its job is found, however much comes between."""

from __future__ import annotations

import pytest

from tests.support.world import DATABASE_ACCOUNT, HOUR, World
from tests.support.world.rest import QUICK, check_at_rest, launched_once

REFUSALS = ("throttling", "denied", "quota")


def refused_world(answer: str = "throttling", minutes: int = 120, policy: str = "PAUSE") -> tuple[World, str, str]:
    """A wave of two servers whose job has just begun although DRS's answer was a refusal."""
    world = World(settings=QUICK)
    plan_id = world.plan_of(2, deadlineMinutes=minutes, failurePolicy=policy)
    world.fault("repeatedCall", operation="StartRecovery", answer=answer)
    execution_id = world.start(plan_id)
    world.run_until(lambda: bool(world.oracle.jobs_of(execution_id)), HOUR)
    world.advance(3)
    return world, plan_id, execution_id


@pytest.mark.parametrize("answer", REFUSALS)
def test_after_a_pause_of_a_day_nothing_is_launched_twice(answer: str) -> None:
    world, plan_id, execution_id = refused_world(answer)
    world.pause(execution_id)
    world.advance(25 * HOUR)
    world.resume(execution_id)

    assert world.run_until_end(execution_id) == "COMPLETED"
    launched_once(world, execution_id, world.expected_waves(plan_id)[0].servers)
    check_at_rest(world, execution_id)


@pytest.mark.parametrize("answer", REFUSALS)
def test_after_a_day_without_the_role_nothing_is_launched_twice(answer: str) -> None:
    world, plan_id, execution_id = refused_world(answer, minutes=10080)
    world.remove_role(DATABASE_ACCOUNT)
    world.advance(25 * HOUR)
    world.restore_role(DATABASE_ACCOUNT)

    assert world.run_until_end(execution_id, limit=48 * HOUR) == "COMPLETED"
    launched_once(world, execution_id, world.expected_waves(plan_id)[0].servers)
    check_at_rest(world, execution_id)


def test_a_retry_on_the_next_day_launches_nothing_twice() -> None:
    world, plan_id, execution_id = refused_world(minutes=1)
    world.remove_role(DATABASE_ACCOUNT)
    world.run_until_status(execution_id, "PAUSED")
    world.restore_role(DATABASE_ACCOUNT)
    world.advance(30 * HOUR)
    world.retry(execution_id, 0)

    assert world.run_until_end(execution_id) == "COMPLETED"
    launched_once(world, execution_id, world.expected_waves(plan_id)[0].servers)
    check_at_rest(world, execution_id)
