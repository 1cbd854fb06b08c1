"""Several gates at once: a pause beside a wave's own gate, one branch's gate while the other launches."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.engine.gate_steps import at_the_gate, before_the_gate, by_latest_mail, ends
from tests.support.world import DATABASE_ACCOUNT, Refused, World, wave
from tests.support.world.rest import QUICK, check_told_the_same

Decide = Callable[[World, str], object]


def test_a_pause_holds_a_wave_back_although_its_own_gate_is_approved() -> None:
    world, execution_id, _ = at_the_gate()
    world.pause(execution_id)
    world.run_until_mail("pause", 2)
    with pytest.raises(Refused, match="several gates are open"):
        world.resume(execution_id)

    world.resume(execution_id, 1)
    world.advance(120)
    assert check_told_the_same(world, execution_id) == "PAUSED"
    assert len(world.oracle.jobs_of(execution_id)) == 1

    world.resume(execution_id)
    ends(world, execution_id, "COMPLETED", "APPROVED", "APPROVED")


def test_a_pause_that_is_over_leaves_the_waves_own_gate_to_decide() -> None:
    world, execution_id = before_the_gate()
    world.pause(execution_id)
    pause = world.run_until_mail("pause")
    world.run_until_status(execution_id, "PAUSED")

    assert world.approve_by_mail(pause)
    world.run_until_mail("pause", 2)
    world.advance(60)
    assert check_told_the_same(world, execution_id) == "PAUSED"

    by_latest_mail(world, execution_id)
    ends(world, execution_id, "COMPLETED", "APPROVED", "APPROVED")


def test_a_second_pause_holds_although_the_first_ones_run_was_stopped() -> None:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(1, 1))
    world.pause(execution_id)
    world.run_until_mail("pause")
    world.runs.stop_run(f"{execution_id}-gate-all-1")
    world.run_until_mail("pause", 2)
    by_latest_mail(world, execution_id)
    world.run_until_status(execution_id, "RUNNING")

    world.pause(execution_id)

    world.run_until_status(execution_id, "PAUSED")
    world.advance(300)
    assert len(world.oracle.jobs_of(execution_id)) <= 1
    by_latest_mail(world, execution_id)
    ends(world, execution_id, "COMPLETED", "CLOSED", "APPROVED", "APPROVED")


@pytest.mark.parametrize("approve", [by_latest_mail, lambda world, one: world.resume(one, 1)], ids=["mail", "name"])
def test_the_gate_of_one_branch_is_decided_while_the_other_branch_launches(approve: Decide) -> None:
    world = World(settings=QUICK)
    groups = [world.create_group(f"group {n}", world.add_servers(DATABASE_ACCOUNT, 1, name=f"h{n}")) for n in range(3)]
    plan_id = world.create_plan(
        "branches", wave(0, groups[0]), wave(1, groups[1], after=[0], pause=True), wave(2, groups[2], after=[0])
    )
    execution_id = world.start(plan_id)
    world.run_until_mail("pause")
    world.run_until(lambda: len(world.oracle.jobs_of(execution_id)) == 2)
    assert check_told_the_same(world, execution_id) == "RUNNING"
    assert world.header(execution_id).status_reason.startswith("it runs, and waits for a decision: ")

    approve(world, execution_id)
    world.run_until(lambda: len(world.oracle.jobs_of(execution_id)) == 3)
    assert world.header(execution_id).status_reason == "the gate is decided"

    second, third = world.oracle.jobs_of(execution_id)[1:]
    assert second.overlaps(third)
    ends(world, execution_id, "COMPLETED", "APPROVED")
