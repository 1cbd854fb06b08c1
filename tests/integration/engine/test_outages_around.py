"""Outages before an execution begins and while its instances are terminated."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest

from tests.support.world import HOUR, Refused, World
from tests.support.world.outages import (
    DRS_FAILS,
    DRS_HANGS,
    DRS_REFUSES,
    NO_STARTS,
    ROLE_REVOKED,
    TABLE_THROTTLED,
    WRITES_THROTTLED,
    Outage,
)
from tests.support.world.rest import QUICK, check_at_rest, held_locks, launched_once

REFUSALS: Final = {
    DRS_FAILS: "PREFLIGHT_FAILED",
    DRS_REFUSES: "PREFLIGHT_FAILED",
    ROLE_REVOKED: "PREFLIGHT_FAILED",
    TABLE_THROTTLED: "THROTTLED",
    WRITES_THROTTLED: "THROTTLED",
}
MOMENTS: Final = ("asked", "before the call", "after the call", "its job runs")
DURING: Final = (DRS_FAILS, DRS_REFUSES, DRS_HANGS, ROLE_REVOKED, TABLE_THROTTLED, WRITES_THROTTLED, NO_STARTS)


@pytest.mark.parametrize("outage", REFUSALS, ids=str)
def test_a_start_during_an_outage_is_refused_by_name_holds_nothing_and_succeeds_afterwards(outage: Outage) -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2, 1)
    outage.begin(world)

    with pytest.raises(Refused) as refused:
        world.start(plan_id)

    assert refused.value.code == REFUSALS[outage]
    assert held_locks(world.history.scan()) == []
    outage.pass_over(world)
    execution_id = world.start(plan_id)
    assert world.run_until_end(execution_id) == "COMPLETED"
    launched_once(world, execution_id, [one for each in world.expected_waves(plan_id).values() for one in each.servers])
    check_at_rest(world, execution_id)


def terminating(world: World, outage: Outage, moment: str) -> str:
    """An execution whose termination the outage strikes at that moment."""
    execution_id = world.start(world.plan_of(2, 1))
    assert world.run_until_end(execution_id) == "COMPLETED"
    struck: list[bool] = []

    def strike() -> None:
        outage.begin(world)
        struck.append(True)

    world.orchestration.forget()
    if moment == "before the call":
        world.orchestration.on("drs.terminate", strike)
    elif moment == "after the call":
        world.orchestration.on("drs.terminate", strike, moment="after")
    world.terminate(execution_id)
    if moment == "its job runs":
        world.run_until(lambda: "drs.terminate" in world.orchestration.calls, HOUR, "the call")
        world.settle()
    if moment in ("asked", "its job runs"):
        strike()
    world.run_until(lambda: bool(struck), HOUR, moment)
    return execution_id


@pytest.mark.sweep
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("outage", DURING, ids=str)
def test_a_termination_outlives_an_outage_and_terminates_each_instance_once(outage: Outage, moment: str) -> None:
    world = World(settings=QUICK)
    execution_id = terminating(world, outage, moment)
    before = len(world.simulator_record.calls())

    outage.pass_over(world, execution_id, ending=False)

    assert len(world.simulator_record.calls()) - before <= 3 * outage.seconds / 60, "no storm"
    if outage in (DRS_FAILS, DRS_REFUSES, DRS_HANGS, ROLE_REVOKED):
        shown = world.termination(execution_id)
        assert shown["status"] == "RUNNING"
        reason = shown["termination"]["statusReason"]
        assert reason.startswith("111122223333/us-west-2: "), "it says what it waits for"
        told = Counter(event["message"] for event in world.events(execution_id) if "TERMINATION" in event["type"])
        assert told[reason] == 1
        assert all(count == 1 for count in told.values()), told
    world.allow_everything()
    world.run_until_terminated(execution_id, limit=2 * HOUR)
    assert world.termination(execution_id)["status"] == "COMPLETED"
    world.oracle.check_gone(execution_id)
    world.oracle.check_terminated_only([execution_id])
    check_at_rest(world, execution_id)


def test_a_termination_that_may_not_terminate_says_so_once_and_goes_on_when_it_may() -> None:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(2))
    assert world.run_until_end(execution_id) == "COMPLETED"
    world.fault("revokedRole", operation="TerminateRecoveryInstances", times=None)
    world.terminate(execution_id)
    world.advance(HOUR / 2)

    reason = world.termination(execution_id)["termination"]["statusReason"]
    assert "not authorized to perform: drs:TerminateRecoveryInstances" in reason
    told = [event["message"] for event in world.events(execution_id) if "not authorized" in event["message"]]
    assert told == [reason]

    world.allow_everything()
    world.run_until_terminated(execution_id)
    world.oracle.check_gone(execution_id)
    check_at_rest(world, execution_id)
