"""What a step decides only after it was told what became of its launches is carried out as it is told."""

from __future__ import annotations

import pytest

from shared.models.gate import GateStatus
from tests.integration.engine.test_deadlines import fill
from tests.support.world import HOUR, WEB_ACCOUNT, World, wave
from tests.support.world.rest import QUICK, check_at_rest


@pytest.mark.parametrize("beside", [True, False], ids=["while a job runs elsewhere", "at the end"])
def test_a_gate_that_a_refused_launch_leaves_nothing_to_decide_for_is_closed_when_it_is_told(beside: bool) -> None:
    world = World(settings=QUICK)
    [bad] = world.add_servers(name="bad")
    first = world.create_group("bad", [bad])
    gated = world.create_group("gated", world.add_servers(name="gated"))
    web = world.create_group("web", world.add_servers(WEB_ACCOUNT, name="web"), account=WEB_ACCOUNT)
    last = world.create_group("last", world.add_servers(name="last"))
    waves = [wave(0, first, failurePolicy="STOP"), wave(1, gated, pause=True), wave(2, last, after=[1])]
    plan_id = world.create_plan("stops", *waves, *([wave(3, web)] if beside else []))
    fill(world)
    world.fault("rejectedServer", servers=[bad], times=None)
    execution_id = world.start(plan_id)
    world.run_until(lambda: bool(world.mails("pause")), HOUR, "the gate's mail")

    world.run_until(lambda: bool(told(world, execution_id)), HOUR, "that the gate is closed")

    [gate] = world.executions.gates(world.header(execution_id))
    assert gate.status is GateStatus.CLOSED
    world.run_until_end(execution_id)
    assert len(told(world, execution_id)) == 1
    check_at_rest(world, execution_id)


def told(world: World, execution_id: str) -> list[str]:
    """What the timeline tells of gates that are decided."""
    return [event["message"] for event in world.events(execution_id) if event["type"] == "GATE_DECIDED"]
