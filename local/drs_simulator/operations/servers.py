"""Operations that read source servers and their points in time."""

from datetime import UTC, datetime
from typing import Any

from local.drs_simulator.clock import parse_stamp
from local.drs_simulator.errors import invalid_field, resource_not_found
from local.drs_simulator.paging import page
from local.drs_simulator.snapshots import snapshots_of
from local.drs_simulator.state import Cell, SourceServer
from local.drs_simulator.views import hardware_id_of_instance, show_server, show_snapshot
from local.drs_simulator.world import World


def describe_source_servers(world: World, cell: Cell, parameters: dict[str, Any]) -> dict[str, Any]:
    """Source servers that pass all filters; ids that do not exist are simply not there."""
    filters = parameters.get("filters", {})
    ids, staging = set(filters.get("sourceServerIDs", ())), set(filters.get("stagingAccountIDs", ()))
    hardware = filters.get("hardwareId")
    found = [
        server
        for server in cell.servers.values()
        if (not ids or server.server_id in ids)
        and (not staging or (server.staging.account if server.staging else cell.account) in staging)
        and (not hardware or hardware in _hardware_ids(server))
    ]
    return page(
        cell,
        world.settings.page_sizes,
        "DescribeSourceServers",
        parameters,
        found,
        position=lambda server: server.sequence,
        show=lambda server: show_server(cell, server, world.now),
    )


def describe_recovery_snapshots(world: World, cell: Cell, parameters: dict[str, Any]) -> dict[str, Any]:
    """A server's points in time, oldest first unless DESC is asked for.

    Raises ResourceNotFound for an unknown server.
    """
    server = server_named(cell, parameters["sourceServerID"])
    filters = parameters.get("filters", {})
    since, until = instant_in(filters, "fromDateTime"), instant_in(filters, "toDateTime")
    found = [
        snapshot
        for snapshot in snapshots_of(server, world.now)
        if (since is None or snapshot.at >= since) and (until is None or snapshot.at <= until)
    ]
    descending = parameters.get("order") == "DESC"
    return page(
        cell,
        world.settings.page_sizes,
        "DescribeRecoverySnapshots",
        parameters,
        found[::-1] if descending else found,
        position=lambda snapshot: int(snapshot.at.timestamp() * 1000),
        show=lambda snapshot: show_snapshot(server, snapshot),
        newest_first=descending,
    )


def server_named(cell: Cell, server_id: str) -> SourceServer:
    """The source server with this id; raises ResourceNotFound."""
    server = cell.servers.get(server_id)
    if server is None:
        raise resource_not_found(f"Source server {server_id} does not exist", server_id, "SourceServer")
    return server


def instant_in(filters: dict[str, Any], name: str) -> datetime | None:
    """The instant a filter names, or None; raises Validation for a day that does not exist."""
    if name not in filters:
        return None
    try:
        return parse_stamp(filters[name]).astimezone(UTC)
    except ValueError as error:
        raise invalid_field(f"filters.{name}", "no such day or time") from error


def _hardware_ids(server: SourceServer) -> set[str | None]:
    spec = server.spec
    instance = hardware_id_of_instance(server) if spec.origin == "ec2" else None
    return {spec.hardware_id, spec.vmware_uuid, instance}
