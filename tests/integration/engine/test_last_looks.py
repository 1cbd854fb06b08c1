"""A late job in an account that cannot be asked about the end: its execution does not end beside it unsaid."""

from __future__ import annotations

import pytest

from shared.models.launch import LaunchState
from tests.support.world import DATABASE_ACCOUNT, HOUR, World, wave
from tests.support.world.machinery import WEB_ACCOUNT
from tests.support.world.rest import QUICK, check_at_rest, reservations


def recovered_late(seconds: float, *, account: str = DATABASE_ACCOUNT) -> tuple[World, str]:
    """Two waves, of which the second waits and is in that account; a call for the first takes so long."""
    world = World(settings=QUICK)
    first = world.create_group("late", world.add_servers(count=1))
    other = world.create_group("other", world.add_servers(account, count=1, name="other"), account=account)
    world.fault("lateEffect", operation="StartRecovery", seconds=seconds)
    plan = world.create_plan("plan", wave(0, first), wave(1, other, dependsOnWaves=[0], waitMinutes=20))
    return world, world.start(plan)


def running(world: World, execution_id: str) -> list[str]:
    return [job.job_id for job in world.oracle.jobs_of(execution_id) if job.ended is None]


@pytest.mark.parametrize("how", ["the role is revoked", "DRS is down"])
def test_a_late_job_is_found_when_its_account_answers_again(how: str) -> None:
    world, execution_id = recovered_late(1500, account=WEB_ACCOUNT)
    world.fault("stuckJob", seconds=HOUR, nth=2)
    world.advance(1450)
    if how == "the role is revoked":
        world.revoke_role(DATABASE_ACCOUNT)
    else:
        world.fault("serverError", account=DATABASE_ACCOUNT, status=503, times=None)
    world.advance(HOUR / 2)
    assert running(world, execution_id)
    header = world.header(execution_id)
    assert header.status == "DRAINING"
    assert f"late jobs of lost launches are looked for in {DATABASE_ACCOUNT}" in header.status_reason
    assert "DescribeJobs" in header.status_reason
    assert any(header.status_reason in event["message"] for event in world.events(execution_id))

    world.allow_everything()
    world.run_until_end(execution_id, limit=6 * HOUR)

    assert not running(world, execution_id)
    assert {one.state for one in world.executions.launches(world.header(execution_id))} == {LaunchState.DONE}
    check_at_rest(world, execution_id)


def test_one_that_is_gone_for_good_is_named_when_the_drain_is_over() -> None:
    world, execution_id = recovered_late(1500, account=WEB_ACCOUNT)
    world.advance(1450)
    world.revoke_role(DATABASE_ACCOUNT)
    world.run_until_end(execution_id, limit=8 * HOUR)

    header = world.header(execution_id)
    assert header.ended_at is not None
    assert 6 * HOUR < (header.ended_at - header.started_at).total_seconds() < 7 * HOUR
    assert "late jobs of lost launches, which may run, could not be looked for" in header.status_reason
    assert DATABASE_ACCOUNT in header.status_reason
    (lost,) = [one for one in world.executions.launches(header) if one.state is LaunchState.LOST]
    assert any(lost.launch_id in event["message"] for event in world.events(execution_id)[-3:])
    world.allow_everything()
    assert reservations(world.history.scan()) == []


def test_one_failed_listing_in_the_last_step_does_not_end_it_beside_its_job() -> None:
    world, execution_id = recovered_late(1690 + 85)
    world.run_until(
        lambda: any("Wave 2 (wave 1) is VALIDATING" in event["message"] for event in world.events(execution_id)), HOUR
    )
    world.advance(90)
    world.fault("serverError", operation="DescribeJobs", status=500, times=None)
    world.run_until(lambda: world.header(execution_id).recovered_at is not None, HOUR)
    assert running(world, execution_id)
    world.advance(35)
    assert not world.header(execution_id).is_terminal
    world.allow_everything()

    world.run_until_end(execution_id, limit=HOUR)

    assert not running(world, execution_id)
    check_at_rest(world, execution_id)
