"""Operations on the launch configuration of a source server."""

from typing import Any

from local.drs_simulator import errors
from local.drs_simulator.ec2 import Ec2RefusedError
from local.drs_simulator.instances import ensure_template
from local.drs_simulator.operations.servers import server_named
from local.drs_simulator.prepared import LAUNCH_INTO, into_id, platform_of, refusal_of_instance, refusal_of_settings
from local.drs_simulator.state import Cell, SourceServer
from local.drs_simulator.world import World


def get_launch_configuration(world: World, cell: Cell, parameters: dict[str, Any]) -> dict[str, Any]:
    """The launch configuration of a server; raises ResourceNotFound."""
    server = server_named(cell, parameters["sourceServerID"])
    _ensure_template(world, cell, server)
    return dict(server.launch_configuration)


def update_launch_configuration(world: World, cell: Cell, parameters: dict[str, Any]) -> dict[str, Any]:
    """Change the members that are named and keep the others, with a new version of the launch template.

    That version is the default then; it has the recommended instance type unless the template's own is to be used.
    Raises ResourceNotFound, Conflict for a server in a running job, Validation if EC2 refuses the version or if the
    server cannot be launched into the instance that is named. An id that is empty names none any more.
    """
    server = server_named(cell, parameters["sourceServerID"])
    if server.busy_with:
        raise errors.conflict(
            f"Source server {server.server_id} is being processed by job {server.busy_with}",
            resource_id=server.server_id,
            resource_type="source-server",
        )
    _ensure_template(world, cell, server)
    configuration = server.launch_configuration | _taken(world, parameters)
    if not into_id(configuration):
        configuration[LAUNCH_INTO] = {}
    _check_launch_into(world, cell, server, configuration, is_new=LAUNCH_INTO in parameters)
    sized = configuration["targetInstanceTypeRightSizingMethod"] != "NONE"
    changes = {"InstanceType": server.spec.recommended_instance_type} if sized else {}
    try:
        world.ec2.renew_template(cell.account, cell.region, configuration["ec2LaunchTemplateID"], changes)
    except Ec2RefusedError as refusal:
        raise errors.validation("other", str(refusal)) from refusal
    server.launch_configuration = configuration
    world.note(cell, world.now, "launchConfigurationUpdated", server_id=server.server_id, detail=parameters)
    return dict(server.launch_configuration)


def _taken(world: World, parameters: dict[str, Any]) -> dict[str, Any]:
    """What of the request is taken; raises Validation for an empty id if that is refused."""
    said, quirk = parameters.get(LAUNCH_INTO), world.settings.quirks.empty_instance_id
    if said is None or into_id(parameters) or quirk == "clears":
        return parameters
    if said and quirk == "refused":
        raise errors.validation("fieldValidationFailed", "launchIntoEC2InstanceID must match i-[0-9a-fA-F]{8,}")
    if said or quirk == "kept":
        return {name: value for name, value in parameters.items() if name != LAUNCH_INTO}
    return parameters


def _check_launch_into(
    world: World, cell: Cell, server: SourceServer, configuration: dict[str, Any], *, is_new: bool
) -> None:
    """The instance is looked at when it is named, and again when the server is launched into it."""
    instance_id = into_id(configuration)
    if not instance_id:
        return
    refusal = refusal_of_settings(configuration)
    if is_new and not refusal:
        platform = platform_of(server.spec.os)
        try:
            found = world.ec2.prepared(cell.account, cell.region, instance_id)
        except Ec2RefusedError as error:
            raise errors.validation("other", str(error)) from error
        refusal = refusal_of_instance(found, instance_id, platform=platform, architecture=server.spec.architecture)
    if refusal:
        raise errors.validation("other", refusal)


def _ensure_template(world: World, cell: Cell, server: SourceServer) -> None:
    try:
        ensure_template(world, cell, server)
    except Ec2RefusedError as refusal:
        raise errors.validation("other", str(refusal)) from refusal
