"""Operations that read recovery instances, or give them up."""

from typing import Any

from local.drs_simulator.errors import conflict, invalid_field, resource_not_found
from local.drs_simulator.instances import drop_instance
from local.drs_simulator.paging import page
from local.drs_simulator.state import Cell, RecoveryInstance
from local.drs_simulator.views import show_instance
from local.drs_simulator.world import World


def describe_recovery_instances(world: World, cell: Cell, parameters: dict[str, Any]) -> dict[str, Any]:
    """Recovery instances that pass all filters, with the state that EC2 gives them now."""
    filters = parameters.get("filters", {})
    ids, servers = set(filters.get("recoveryInstanceIDs", ())), set(filters.get("sourceServerIDs", ()))
    found = [
        instance
        for instance in cell.instances.values()
        if (not ids or instance.instance_id in ids)
        and (not servers or instance.server_id in servers)
        and (instance.shown_from is None or world.now >= instance.shown_from)
    ]
    states: dict[str, str] = {}
    output = page(
        cell,
        world.settings.page_sizes,
        "DescribeRecoveryInstances",
        parameters,
        found,
        position=lambda instance: instance.sequence,
        show=lambda instance: _show(cell, instance),
    )
    shown = [item["recoveryInstanceID"] for item in output["items"]]
    if shown:
        states.update(world.ec2.states(cell.account, cell.region, shown))
    for item in output["items"]:
        item["ec2InstanceState"] = states.get(item["recoveryInstanceID"], "NOT_FOUND").upper()
    return output


def _show(cell: Cell, instance: RecoveryInstance) -> dict[str, Any]:
    return show_instance(cell, instance, "PENDING")


def disconnect_recovery_instance(world: World, cell: Cell, parameters: dict[str, Any]) -> dict[str, Any]:
    """Let DRS replicate the instance no more; the EC2 instance and DRS's record of it stay.

    Raises ResourceNotFound, Conflict if its server is in a job.
    """
    instance_id = parameters["recoveryInstanceID"]
    if instance_id not in cell.instances:
        raise resource_not_found(f"{instance_id} does not exist", instance_id, "RecoveryInstance")
    instance = cell.instances[instance_id]
    _check_no_job(cell, instance)
    instance.is_disconnected = True
    world.note(cell, world.now, "instanceDisconnected", server_id=instance.server_id, instance_id=instance_id)
    return {}


def delete_recovery_instance(world: World, cell: Cell, parameters: dict[str, Any]) -> dict[str, Any]:
    """Delete DRS's record of an instance that is disconnected; the EC2 instance stays.

    Raises Validation for an instance that DRS does not know, Conflict if it is not disconnected or its server in a job.
    """
    instance_id = parameters["recoveryInstanceID"]
    if instance_id not in cell.instances:
        raise invalid_field("recoveryInstanceID", f"{instance_id} does not exist")
    instance = cell.instances[instance_id]
    _check_no_job(cell, instance)
    if not instance.is_disconnected:
        raise conflict(f"{instance_id} must be disconnected before it is deleted", instance_id, "RecoveryInstance")
    drop_instance(world, cell, instance, world.now, kind="instanceLeft", reason="deleted", job_id="")
    return {}


def _check_no_job(cell: Cell, instance: RecoveryInstance) -> None:
    if cell.servers[instance.server_id].busy_with:
        message = f"{instance.server_id} is currently being processed by a job"
        raise conflict(message, instance.server_id, "SourceServer")
