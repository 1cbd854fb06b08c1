"""Operations on extended source servers and on how servers are replicated."""

from functools import partial
from typing import Any, Final

from local.drs_simulator.clock import later
from local.drs_simulator.errors import invalid_field, resource_not_found, validation
from local.drs_simulator.operations.servers import server_named
from local.drs_simulator.paging import page
from local.drs_simulator.state import Cell, SourceServer
from local.drs_simulator.views import show_server
from local.drs_simulator.world import World, show_replication

_RETENTION: Final = (("MINUTE", 10, 60), ("HOUR", 1, 24), ("DAY", 1, 7))


def create_extended_source_server(world: World, cell: Cell, parameters: dict[str, Any]) -> dict[str, Any]:
    """Extend a server of another account into this one; how it replicates is seen after a while.

    Raises ResourceNotFound, and Validation for a server that cannot be extended into this account. Where the key's
    policy does not trust this account the extension is there and cannot be used, and says why.
    """
    original = _original(world, cell, parameters["sourceServerArn"])
    if original.encryption.ebs_encryption != "CUSTOM":
        raise validation(
            "other",
            f"{original.server_id} cannot be extended: the EBS encryption of its replication configuration is "
            f"{original.encryption.ebs_encryption}, and must be CUSTOM with a customer managed key that is shared",
        )
    extended = world.extend(cell, original, parameters.get("tags") or {})
    world.agenda.plan(later(world.now, world.settings.timings.extension), partial(show_replication, extended))
    world.note(
        cell, world.now, "serverExtended", server_id=extended.server_id, detail={"stagingSourceServerArn": original.arn}
    )
    return {"sourceServer": show_server(cell, extended, world.now)}


def list_staging_accounts(world: World, cell: Cell, parameters: dict[str, Any]) -> dict[str, Any]:
    """The accounts of which servers are extended into this one."""
    accounts = sorted({server.staging.account for server in cell.servers.values() if server.staging is not None})
    output = page(
        cell,
        world.settings.page_sizes,
        "ListStagingAccounts",
        parameters,
        accounts,
        position=int,
        show=lambda account: {"accountID": account},
    )
    return {"accounts": output.pop("items"), **output}


def list_extensible_source_servers(world: World, cell: Cell, parameters: dict[str, Any]) -> dict[str, Any]:
    """The servers of a staging account that are no extensions, and not yet extended into this account."""
    home = world.cell(parameters["stagingAccountID"], cell.region)
    extended = {server.staging.original.arn for server in cell.servers.values() if server.staging is not None}
    found = [server for server in home.servers.values() if server.staging is None and server.arn not in extended]
    return page(
        cell,
        world.settings.page_sizes,
        "ListExtensibleSourceServers",
        parameters,
        found if home is not cell else [],
        position=lambda server: server.sequence,
        show=lambda server: {"hostname": server.spec.hostname, "arn": server.arn, "tags": server.tags},
    )


def get_replication_configuration(_world: World, cell: Cell, parameters: dict[str, Any]) -> dict[str, Any]:
    """How a server is replicated, as far as the simulator knows; raises ResourceNotFound."""
    server = server_named(cell, parameters["sourceServerID"])
    return {
        "sourceServerID": server.server_id,
        "name": server.spec.hostname[:128],
        "ebsEncryption": server.encryption.ebs_encryption,
        "ebsEncryptionKeyArn": server.encryption.key_arn,
        "pitPolicy": [
            {"ruleID": rule, "units": units, "interval": interval, "retentionDuration": kept, "enabled": True}
            for rule, (units, interval, kept) in enumerate(_RETENTION, start=1)
        ],
    }


def _original(world: World, cell: Cell, arn: str) -> SourceServer:
    """The server that this ARN names; raises ResourceNotFound, Validation."""
    _, _, _, region, account, resource = arn.split(":", 5)
    home = world.cells.get((account, region))
    original = home.servers.get(resource.rpartition("/")[2]) if home else None
    if home is cell or region != cell.region:
        raise invalid_field("sourceServerArn", "the server must be of another account, in this region")
    if original is None or original.arn != arn:
        raise resource_not_found(f"Source server {arn} does not exist", arn, "SourceServer")
    if original.staging is not None:
        raise invalid_field("sourceServerArn", "the server is an extension itself")
    if any(one.staging is not None and one.staging.original is original for one in cell.servers.values()):
        raise invalid_field("sourceServerArn", "the server is extended into this account already")
    return original
