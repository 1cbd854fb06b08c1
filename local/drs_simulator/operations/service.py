"""Operations on the service itself."""

from typing import Any

from local.drs_simulator.state import Cell
from local.drs_simulator.world import World


def initialize_service(world: World, cell: Cell, _parameters: dict[str, Any]) -> dict[str, Any]:
    """Make DRS usable in an account and region; a repetition changes nothing."""
    if not cell.initialized:
        cell.initialized = True
        world.note(cell, world.now, "serviceInitialized")
    return {}
