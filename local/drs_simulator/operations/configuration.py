"""Operations on the launch configuration of a source server."""

from typing import Any

from local.drs_simulator.operations.servers import server_named
from local.drs_simulator.state import Cell
from local.drs_simulator.world import World


def get_launch_configuration(_world: World, cell: Cell, parameters: dict[str, Any]) -> dict[str, Any]:
    """The launch configuration of a server; raises ResourceNotFound."""
    return dict(server_named(cell, parameters["sourceServerID"]).launch_configuration)


def update_launch_configuration(world: World, cell: Cell, parameters: dict[str, Any]) -> dict[str, Any]:
    """Change the members that are named and keep the others; raises ResourceNotFound."""
    server = server_named(cell, parameters["sourceServerID"])
    server.launch_configuration = server.launch_configuration | parameters
    world.note(cell, world.now, "launchConfigurationUpdated", server_id=server.server_id, detail=parameters)
    return dict(server.launch_configuration)
