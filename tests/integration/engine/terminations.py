"""What tests of terminations ask and do: the calls to DRS, the timeline, and an end when nothing is in the way."""

from __future__ import annotations

from typing import Any

from tests.support.world import World
from tests.support.world.rest import check_at_rest


def told(world: World, execution_id: str) -> list[str]:
    """What the timeline tells of the termination."""
    return [event["message"] for event in world.events(execution_id) if event["type"] == "TERMINATION_STATUS"]


def calls(world: World) -> list[Any]:
    """Every call that DRS was asked to terminate instances by."""
    return world.simulator_record.calls("TerminateRecoveryInstances")


def end_without_trouble(world: World, execution_id: str) -> None:
    """Nothing is in the way any more: the termination that runs takes all that is left, and holds nothing."""
    world.simulator.clear_faults()
    world.run_until_terminated(execution_id)
    world.oracle.check_gone(execution_id)
    check_at_rest(world, execution_id)
