"""Operations that read recovery instances."""

from typing import Any

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
