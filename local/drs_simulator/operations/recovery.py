"""Operations that start jobs."""

from typing import Any

from local.drs_simulator.admission import admit
from local.drs_simulator.converting import admit_launch
from local.drs_simulator.errors import invalid_field
from local.drs_simulator.launching import begin_launch
from local.drs_simulator.snapshots import snapshots_of
from local.drs_simulator.state import Cell, Snapshot, SourceServer
from local.drs_simulator.terminating import begin_termination
from local.drs_simulator.views import show_job
from local.drs_simulator.world import World


def start_recovery(world: World, cell: Cell, parameters: dict[str, Any]) -> dict[str, Any]:
    """Start a LAUNCH job for all the servers or none.

    Raises Validation for a server or snapshot that does not exist or is named twice, Conflict if one of them is in a
    job, ServiceQuotaExceeded.
    """
    wanted: dict[str, Snapshot | None] = {}
    for index, item in enumerate(parameters["sourceServers"]):
        place = f"sourceServers[{index}]"
        server = cell.servers.get(item["sourceServerID"])
        if server is None:
            raise invalid_field(f"{place}.sourceServerID", f"{item['sourceServerID']} does not exist")
        if server.server_id in wanted:
            raise invalid_field(f"{place}.sourceServerID", f"{server.server_id} is named twice")
        wanted[server.server_id] = _snapshot(world, server, item.get("recoverySnapshotID"), place)
    admit_launch(world, cell, [cell.servers[server_id] for server_id in wanted])
    job = begin_launch(
        world,
        cell,
        world.now,
        wanted,
        is_drill=parameters.get("isDrill", False),
        tags=parameters.get("tags"),
    )
    return {"job": show_job(job, world.now)}


def terminate_recovery_instances(world: World, cell: Cell, parameters: dict[str, Any]) -> dict[str, Any]:
    """Start a TERMINATE job for all the instances or none.

    Raises Validation for an instance that DRS does not know or that is named twice, Conflict if its server is in a
    job, ServiceQuotaExceeded.
    """
    instances = {}
    for index, instance_id in enumerate(parameters["recoveryInstanceIDs"]):
        place = f"recoveryInstanceIDs[{index}]"
        if instance_id not in cell.instances:
            raise invalid_field(place, f"{instance_id} does not exist")
        if instance_id in instances:
            raise invalid_field(place, f"{instance_id} is named twice")
        instances[instance_id] = cell.instances[instance_id]
    servers = [cell.servers[instance.server_id] for instance in instances.values()]
    admit(cell, world.quotas_of(cell), servers, world.now)
    job = begin_termination(world, cell, world.now, list(instances.values()))
    return {"job": show_job(job, world.now)}


def _snapshot(world: World, server: SourceServer, snapshot_id: str | None, place: str) -> Snapshot | None:
    if snapshot_id is None:
        return None
    found = (one for one in snapshots_of(server, world.now) if one.snapshot_id == snapshot_id)
    snapshot = next(found, None)
    if snapshot is None:
        raise invalid_field(f"{place}.recoverySnapshotID", f"{snapshot_id} is no point in time of {server.server_id}")
    return snapshot
