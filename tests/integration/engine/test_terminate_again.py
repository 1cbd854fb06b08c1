"""A termination after one that was given up: others may hold by now what the first has let go of."""

from __future__ import annotations

from typing import Final

import pytest

from tests.support.asl.functions import Crash
from tests.support.world import HOUR, World, wave
from tests.support.world.rest import QUICK, check_at_rest

MINUTE: Final = 60.0


def given_up() -> tuple[World, str, str]:
    """A world with a termination that freed one of two servers and gave up the other; a recovery of the first runs."""
    world = World(settings=QUICK)
    kept, freed = world.add_servers(count=2)
    groups = [world.create_group(name, [name]) for name in (kept, freed)]
    execution_id = world.start(world.create_plan("plan", wave(0, *groups)))
    assert world.run_until_end(execution_id) == "COMPLETED"
    world.fault("terminateFailure", servers=[kept], times=None)
    world.terminate(execution_id)
    world.run_until_terminated(execution_id, limit=8 * HOUR)
    assert world.termination(execution_id)["status"] == "FAILED"
    recovery = world.start(world.create_plan("freed", wave(0, groups[1])), "RECOVERY")
    world.simulator.clear_faults()
    return world, execution_id, recovery


def ends_well(world: World, execution_id: str, recovery: str) -> None:
    """The second termination takes what is left; the recovery is not touched."""
    world.run_until_terminated(execution_id)
    assert world.run_until_end(recovery) == "COMPLETED"

    shown = world.termination(execution_id)
    assert (shown["status"], shown["termination"]["number"]) == ("COMPLETED", 2)
    world.oracle.check_terminated_only([execution_id])
    assert len(world.instances()) == 1
    check_at_rest(world, execution_id, recovery)


def test_it_needs_no_server_that_the_first_has_let_go_of() -> None:
    world, execution_id, recovery = given_up()

    world.terminate(execution_id)

    ends_well(world, execution_id, recovery)


@pytest.mark.parametrize(("verb", "nth"), [("history.transact", 2), ("runs.start_run", 1)])
def test_nor_if_the_operation_dies_and_its_run_takes_the_locks(verb: str, nth: int) -> None:
    world, execution_id, recovery = given_up()
    world.seams["execution-handler"].crash(verb, nth=nth, moment="before")

    with pytest.raises(Crash):
        world.terminate(execution_id)

    ends_well(world, execution_id, recovery)


def test_a_late_instance_of_a_server_that_another_holds_by_now_is_left_alone_until_it_is_free() -> None:
    world = World(settings=QUICK)
    [server] = world.add_servers(count=1)
    plan_id = world.create_plan("plan", wave(0, world.create_group("group", [server])))
    world.fault("lateEffect", operation="StartRecovery", seconds=2 * HOUR)
    execution_id = world.start(plan_id)
    assert world.run_until_end(execution_id, limit=HOUR) == "COMPLETED"
    world.terminate(execution_id)
    world.run_until_terminated(execution_id)
    assert {one["launchStatus"] for one in world.servers(execution_id)} == {"TERMINATED"}
    world.run_until(lambda: len(world.oracle.jobs_of(execution_id)) == 2, 3 * HOUR, "the late job")
    world.advance(10 * MINUTE)
    assert len(world.instances()) == 1

    world.terminate(execution_id)
    world.run_until_terminated(execution_id)

    assert world.instances() == []
    check_at_rest(world, execution_id)
