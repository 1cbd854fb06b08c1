"""How servers, jobs and instances look on the wire; members without a value are left out."""

from datetime import datetime
from typing import Any, Final

from local.drs_simulator.clock import later, stamp
from local.drs_simulator.ec2 import OriginInstance
from local.drs_simulator.estate import SourceServerSpec
from local.drs_simulator.shapes import Constant
from local.drs_simulator.state import Cell, Job, LogItem, RecoveryInstance, Snapshot, SourceServer

GIB: Final = 1024**3
ORIGIN_REGION: Final = "us-east-1"
_INITIATION_STEPS: Final = (
    "WAIT",
    "CREATE_SECURITY_GROUP",
    "LAUNCH_REPLICATION_SERVER",
    "BOOT_REPLICATION_SERVER",
    "AUTHENTICATE_WITH_SERVICE",
    "DOWNLOAD_REPLICATION_SOFTWARE",
    "CREATE_STAGING_DISKS",
    "ATTACH_STAGING_DISKS",
    "PAIR_REPLICATION_SERVER_WITH_AGENT",
    "CONNECT_AGENT_TO_REPLICATION_SERVER",
    "START_DATA_TRANSFER",
)
_INITIATED: Final = [Constant({"name": name, "status": "SUCCEEDED"}) for name in _INITIATION_STEPS]
_CATCHING_UP: Final = frozenset({"INITIAL_SYNC", "BACKLOG", "RESCAN"})
_RESULT: Final = {"LAUNCHED": "SUCCEEDED", "TERMINATED": "SUCCEEDED", "FAILED": "FAILED"}


def show_server(cell: Cell, server: SourceServer, now: datetime) -> dict[str, Any]:
    """A SourceServer."""
    spec, launch = server.spec, server.last_launch
    shown: dict[str, Any] = {
        "sourceServerID": server.server_id,
        "arn": server.arn,
        "tags": server.tags,
        "recoveryInstanceId": server.recovery_instance_id or None,
        "lastLaunchResult": _RESULT.get(launch.status, "PENDING") if launch else "NOT_STARTED",
        "dataReplicationInfo": _replication(cell, server, now),
        "lifeCycle": _life_cycle(server, now),
        "replicationDirection": spec.replication_direction,
        "sourceNetworkID": spec.source_network_id,
        "agentVersion": spec.agent_version,
    }
    if not server.constants:
        server.constants = _constants(cell, server)
    return shown | server.constants


def _constants(cell: Cell, server: SourceServer) -> dict[str, Constant]:
    constants = {
        "sourceProperties": Constant(_source_properties(server)),
        "stagingArea": Constant(_staging_area(cell, server)),
    }
    spec = server.spec
    if spec.origin == "ec2":
        instance = origin_of(server.server_id, spec, cell.account)
        origin = {
            "originAccountID": instance.account,
            "originRegion": instance.region,
            "originAvailabilityZone": instance.region + "a",
        }
        constants["sourceCloudProperties"] = Constant(origin)
    return constants


def _replication(cell: Cell, server: SourceServer, now: datetime) -> dict[str, Any]:
    replication = server.replication
    share = replication.replicated_percent / 100
    info: dict[str, Any] = {
        "dataReplicationState": replication.state,
        "replicatedDisks": [
            {
                "deviceName": disk.device_name,
                "totalStorageBytes": disk.gib * GIB,
                "replicatedStorageBytes": int(disk.gib * GIB * share),
                "rescannedStorageBytes": 0,
                "backloggedStorageBytes": replication.backlog_bytes if index == 0 else 0,
                "volumeStatus": "REGULAR",
            }
            for index, disk in enumerate(server.spec.disks)
        ],
        "dataReplicationInitiation": {
            "startDateTime": stamp(server.added),
            "steps": _initiation(replication.state == "INITIATING"),
        },
        "stagingAvailabilityZone": cell.region + "a",
    }
    if replication.tells_lag:
        info["lagDuration"] = f"PT{_lag(server, now):.0f}S"
    if replication.error:
        info["dataReplicationError"] = {"error": replication.error, "rawError": replication.raw_error}
    if replication.state in _CATCHING_UP:
        remaining = max(disk.gib for disk in server.spec.disks) * (1 - share)
        info["etaDateTime"] = stamp(later(server.replication_since, 60 * (1 + remaining)))
    return info


def _lag(server: SourceServer, now: datetime) -> float:
    lag = server.replication.lag_seconds
    if server.replication.state in {"STALLED", "DISCONNECTED", "PAUSED"}:
        lag += max(0.0, (now - server.replication_since).total_seconds())
    return lag


def _initiation(running: bool) -> list[Constant]:
    if not running:
        return _INITIATED
    done, current = 4, 5
    words = ["SUCCEEDED"] * done + ["IN_PROGRESS"] + ["NOT_STARTED"] * (len(_INITIATION_STEPS) - current)
    return [Constant({"name": name, "status": word}) for name, word in zip(_INITIATION_STEPS, words, strict=True)]


def _life_cycle(server: SourceServer, now: datetime) -> dict[str, Any]:
    seen = server.replication_since if server.replication.state == "DISCONNECTED" else now
    cycle: dict[str, Any] = {
        "addedToServiceDateTime": stamp(server.added),
        "firstByteDateTime": stamp(server.added),
        "elapsedReplicationDuration": f"PT{max(0, int((now - server.added).total_seconds()))}S",
        "lastSeenByServiceDateTime": stamp(max(seen, server.added)),
    }
    launch = server.last_launch
    if launch is not None:
        cycle["lastLaunch"] = {
            "initiated": {
                "apiCallDateTime": stamp(launch.at),
                "jobID": launch.job_id,
                "type": "DRILL" if launch.is_drill else "RECOVERY",
            },
            "status": launch.status,
        }
    return cycle


def _source_properties(server: SourceServer) -> dict[str, Any]:
    spec = server.spec
    hex_id = server.server_id[2:]
    return {
        "lastUpdatedDateTime": stamp(server.added),
        "recommendedInstanceType": spec.recommended_instance_type,
        "identificationHints": _hints(server),
        "networkInterfaces": [
            {
                "macAddress": "02:" + ":".join(hex_id[index : index + 2] for index in range(0, 10, 2)),
                "ips": list(spec.ip_addresses),
                "isPrimary": True,
            }
        ],
        "disks": [{"deviceName": disk.device_name, "bytes": disk.gib * GIB} for disk in spec.disks],
        "cpus": [{"cores": spec.cpu_cores, "modelName": "Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz"}],
        "ramBytes": spec.ram_gib * GIB,
        "os": {"fullString": spec.os},
        "supportsNitroInstances": True,
        "architecture": spec.architecture,
    }


def _hints(server: SourceServer) -> dict[str, Any]:
    spec = server.spec
    return {
        "fqdn": spec.fqdn or spec.hostname,
        "hostname": spec.hostname,
        "vmWareUuid": spec.vmware_uuid if spec.origin == "vm" else None,
        "awsInstanceID": hardware_id_of_instance(server) if spec.origin == "ec2" else None,
    }


def hardware_id_of_instance(server: SourceServer) -> str:
    """The EC2 instance that a server of EC2 origin is."""
    return instance_id_of(server.server_id, server.spec)


def instance_id_of(server_id: str, spec: SourceServerSpec) -> str:
    """The id that the estate gives to the instance, or one that belongs to the server's own."""
    return spec.origin_instance_id or "i-" + f"{int.from_bytes(server_id.encode()[-8:], 'big'):017x}"[-17:]


def origin_of(server_id: str, spec: SourceServerSpec, account: str) -> OriginInstance:
    """The instance that a server of EC2 origin is, of its own account and region unless the estate says otherwise."""
    return OriginInstance(
        instance_id=instance_id_of(server_id, spec),
        account=spec.origin_account_id or account,
        region=spec.origin_region or ORIGIN_REGION,
        instance_type=spec.recommended_instance_type,
        tags={"Name": spec.hostname} if spec.origin_tags is None else spec.origin_tags,
    )


def _staging_area(cell: Cell, server: SourceServer) -> dict[str, Any]:
    staging = server.staging
    if staging is None:
        return {"status": "NOT_EXTENDED", "stagingAccountID": cell.account}
    area = {"stagingAccountID": staging.account, "stagingSourceServerArn": staging.original.arn}
    if staging.error:
        return {"status": "EXTENSION_ERROR", **area, "errorMessage": staging.error}
    return {"status": "EXTENDED", **area}


def show_job(job: Job, now: datetime, *, reveal: bool = False) -> dict[str, Any]:
    """A Job as of now; `reveal` shows servers that DRS would not show."""
    gone = job.participants_gone or (job.participants_from is not None and now < job.participants_from)
    hidden = gone and not reveal
    return {
        "jobID": job.job_id,
        "arn": job.arn,
        "type": job.type,
        "initiatedBy": job.initiated_by,
        "creationDateTime": stamp(job.created),
        "endDateTime": stamp(job.ended) if job.ended else None,
        "status": job.status,
        "participatingServers": []
        if hidden
        else [
            {
                "sourceServerID": participant.server_id,
                "recoveryInstanceID": participant.recovery_instance_id or None,
                "launchStatus": participant.status,
            }
            for participant in job.participants.values()
        ],
        "tags": job.tags if job.shows_tags or reveal else {},
    }


def show_log_item(item: LogItem) -> dict[str, Any]:
    """A JobLog."""
    return {"logDateTime": stamp(item.at), "event": item.event, "eventData": item.data}


def show_instance(cell: Cell, instance: RecoveryInstance, ec2_state: str) -> dict[str, Any]:
    """A RecoveryInstance."""
    server = cell.servers[instance.server_id]
    return {
        "recoveryInstanceID": instance.instance_id,
        "ec2InstanceID": instance.instance_id,
        "ec2InstanceState": ec2_state,
        "jobID": instance.job_id,
        "sourceServerID": instance.server_id,
        "arn": instance.arn,
        "tags": instance.tags,
        "isDrill": instance.is_drill,
        "pointInTimeSnapshotDateTime": stamp(instance.point_in_time),
        "originEnvironment": "AWS" if server.spec.origin == "ec2" else "ON_PREMISES",
        "agentVersion": server.spec.agent_version,
        "failback": {"state": "FAILBACK_NOT_STARTED"},
        "dataReplicationInfo": {"dataReplicationState": "DISCONNECTED" if instance.is_disconnected else "NOT_STARTED"},
        "recoveryInstanceProperties": {
            "lastUpdatedDateTime": stamp(instance.launched),
            "identificationHints": {
                "hostname": server.spec.hostname,
                "fqdn": server.spec.fqdn or server.spec.hostname,
                "awsInstanceID": instance.instance_id,
            },
            "disks": [{"internalDeviceName": disk.device_name, "bytes": disk.gib * GIB} for disk in server.spec.disks],
            "cpus": [{"cores": server.spec.cpu_cores}],
            "ramBytes": server.spec.ram_gib * GIB,
            "os": {"fullString": server.spec.os},
        },
    }


def show_snapshot(server: SourceServer, snapshot: Snapshot) -> dict[str, Any]:
    """A RecoverySnapshot."""
    return {
        "snapshotID": snapshot.snapshot_id,
        "sourceServerID": server.server_id,
        "expectedTimestamp": stamp(snapshot.at),
        "timestamp": stamp(snapshot.at),
        "ebsSnapshots": list(snapshot.volumes),
    }
