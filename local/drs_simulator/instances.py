"""Recovery instances: launched into EC2, replaced, terminated, and the records that DRS keeps of them."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from local.drs_simulator import faults
from local.drs_simulator.clock import later, stamp
from local.drs_simulator.ec2 import Ec2RefusedError, LaunchOrder
from local.drs_simulator.prepared import IntoOrder, into_id, platform_of
from local.drs_simulator.state import Boot, Cell, Job, RecoveryInstance, Snapshot, SourceServer
from local.drs_simulator.templates import TemplateOrder, rewritten
from local.drs_simulator.world import World

MADE_BY_DRS: Final = {"AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com"}
"""On every resource that DRS makes in EC2. AWS's managed policies for DRS ask for it by name, whatever its value."""


def launch_instance(
    world: World,
    cell: Cell,
    job: Job,
    server: SourceServer,
    at: datetime,
    *,
    snapshot: Snapshot | None,
    met: Sequence[faults.ServerFault],
) -> tuple[str, str]:
    """Launch a server's recovery instance, or it into one: the id and "", or "" and the reason why EC2 refused."""
    into = into_id(server.launch_configuration)
    try:
        instance_id = _ordered(world, cell, job, server, into)
    except Ec2RefusedError as refusal:
        return "", str(refusal)
    kinds = {fault.kind: fault for fault in met}
    hidden = kinds.get("hiddenInstance")
    cell.boots[instance_id] = Boot(at, impaired="impairedStatus" in kinds)
    if server.launch_configuration["launchDisposition"] == "STOPPED":
        _stop(world, cell, instance_id)
    point_in_time = snapshot.at if snapshot else at
    cell.instances[instance_id] = RecoveryInstance(
        sequence=world.next_sequence(),
        instance_id=instance_id,
        arn=cell.arn("recovery-instance", instance_id),
        server_id=server.server_id,
        job_id=job.job_id,
        is_drill=job.is_drill,
        launched=at,
        point_in_time=point_in_time,
        tags=dict(server.tags) if server.launch_configuration["copyTags"] else {},
        shown_from=later(at, hidden.seconds) if isinstance(hidden, faults.HiddenInstance) else None,
        launched_into=bool(into),
    )
    server.recovery_instance_id = instance_id
    world.note(
        cell,
        at,
        "instanceLaunched",
        job_id=job.job_id,
        server_id=server.server_id,
        instance_id=instance_id,
        detail={"pointInTime": stamp(point_in_time), **({"launchedInto": True} if into else {})},
    )
    return instance_id, ""


def _ordered(world: World, cell: Cell, job: Job, server: SourceServer, into: str) -> str:
    """The instance that EC2 has launched, or launched into; Ec2RefusedError if it does neither."""
    if into:
        world.ec2.launch_into(cell.account, cell.region, _order_into(job, server, into))
        return into
    order = _order(job, server)
    _rewrite_template(world, cell, order)
    return world.ec2.launch(cell.account, cell.region, order)


def replace_instance(world: World, cell: Cell, server: SourceServer, job: Job, at: datetime) -> str:
    """Terminate and forget what an earlier launch of the server left: "", or the reason why EC2 refused.

    An instance that the server was launched into is not DRS's: it is forgotten, and stays, unless a quirk says that a
    launch elsewhere ends it.
    """
    instance_id = server.recovery_instance_id
    found = cell.instances.get(instance_id)
    is_again = into_id(server.launch_configuration) == instance_id
    stays = found is not None and found.launched_into and (is_again or not world.settings.quirks.ends_prepared)
    try:
        if not stays:
            terminate_in_ec2(world, cell, instance_id)
    except Ec2RefusedError as refusal:
        return str(refusal)
    forget_instance(world, cell, instance_id, job, at, reason="left" if stays else "replaced")
    return ""


def forget_instance(world: World, cell: Cell, instance_id: str, job: Job, at: datetime, *, reason: str) -> None:
    """Delete the record of an instance that is terminated, or left alone, and clear the server's reference to it."""
    instance = cell.instances.get(instance_id)
    if instance is not None:
        kind = "instanceLeft" if reason == "left" else "instanceTerminated"
        drop_instance(world, cell, instance, at, kind=kind, reason=reason, job_id=job.job_id)


def drop_instance(
    world: World, cell: Cell, instance: RecoveryInstance, at: datetime, *, kind: str, reason: str, job_id: str
) -> None:
    """Delete the record of the instance, and the server's reference to it; EC2 is not asked."""
    del cell.instances[instance.instance_id]
    server = cell.servers.get(instance.server_id)
    if server is not None and server.recovery_instance_id == instance.instance_id:
        server.recovery_instance_id = ""
    world.note(
        cell,
        at,
        kind,
        job_id=job_id,
        server_id=instance.server_id,
        instance_id=instance.instance_id,
        detail={"reason": reason, "launchedBy": instance.job_id},
    )


def terminate_in_ec2(world: World, cell: Cell, instance_id: str) -> None:
    """Terminate the EC2 instance and keep DRS's record of it. Raises Ec2RefusedError."""
    world.ec2.terminate(cell.account, cell.region, instance_id)
    if instance_id in cell.boots:
        cell.boots[instance_id].state = "terminated"


def _stop(world: World, cell: Cell, instance_id: str) -> None:
    with suppress(Ec2RefusedError):
        world.ec2.stop(cell.account, cell.region, instance_id)
        cell.boots[instance_id].state = "stopped"


def ensure_template(world: World, cell: Cell, server: SourceServer) -> None:
    """Make the server's launch template as soon as somebody may ask for it; raises Ec2RefusedError.

    DRS makes it with the server. Thousands of servers are protected in tests, and few are ever configured.
    """
    if server.has_template:
        return
    spec, configuration = server.spec, server.launch_configuration
    order = TemplateOrder(
        server_id=server.server_id,
        template_id=configuration["ec2LaunchTemplateID"],
        name=configuration["name"] or spec.hostname,
        instance_type=spec.recommended_instance_type,
        disks=[(disk.device_name, disk.gib) for disk in spec.disks],
        tags={**MADE_BY_DRS, "AWSElasticDisasterRecoverySourceServerID": server.server_id},
    )
    configuration["ec2LaunchTemplateID"] = world.ec2.make_template(cell.account, cell.region, order)
    server.has_template = True


def _rewrite_template(world: World, cell: Cell, order: LaunchOrder) -> None:
    """Have the template say what DRS launches with in the place of what it said; raises Ec2RefusedError."""
    if not order.template_id:
        return
    place = (cell.account, cell.region, order.template_id)
    changes = rewritten(world.ec2.template_data(*place), order.instance_type, order.private_address)
    if changes:
        world.ec2.renew_template(*place, changes)


def _order(job: Job, server: SourceServer) -> LaunchOrder:
    configuration = server.launch_configuration
    tags = dict(server.tags) if configuration["copyTags"] else {}
    tags["Name"] = configuration["name"] or server.spec.hostname
    tags |= {**MADE_BY_DRS, "AWSElasticDisasterRecoverySourceServerID": server.server_id}
    return LaunchOrder(
        server_id=server.server_id,
        hostname=server.spec.hostname,
        job_id=job.job_id,
        instance_type="" if is_sized_by_template(server) else server.spec.recommended_instance_type,
        tags=tags,
        template_id=configuration["ec2LaunchTemplateID"] if server.has_template else "",
        private_address=next(iter(server.spec.ip_addresses), "") if configuration["copyPrivateIp"] else "",
    )


def _order_into(job: Job, server: SourceServer, instance_id: str) -> IntoOrder:
    spec = server.spec
    return IntoOrder(
        instance_id=instance_id,
        job_id=job.job_id,
        server_id=server.server_id,
        disks=[(disk.device_name, disk.gib) for disk in spec.disks],
        platform=platform_of(spec.os),
        architecture=spec.architecture,
        tags={**MADE_BY_DRS, "AWSElasticDisasterRecoverySourceServerID": server.server_id},
    )


def is_sized_by_template(server: SourceServer) -> bool:
    """Whether the instance type of its template is used, and not the one that DRS recommends."""
    return server.has_template and server.launch_configuration["targetInstanceTypeRightSizingMethod"] == "NONE"
