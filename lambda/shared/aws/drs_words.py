"""DRS's answers in our words; what DRS may leave out may be absent, what it may invent is read the careful way."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any, TypeVar

from shared.models.drs import (
    Ec2Origin,
    ExtensionStatus,
    Job,
    JobLogEntry,
    JobStatus,
    JobType,
    LaunchSettings,
    Participant,
    ParticipantStatus,
    RecoveryInstance,
    RecoverySnapshot,
    SourceServer,
)
from shared.models.launch_config import LaunchDisposition
from shared.models.prepared_instance import Platform

if TYPE_CHECKING:
    from mypy_boto3_drs.type_defs import (
        JobLogTypeDef,
        JobTypeDef,
        ParticipatingServerTypeDef,
        RecoveryInstanceTypeDef,
        RecoverySnapshotTypeDef,
        SourceServerTypeDef,
    )

Word = TypeVar("Word", bound=StrEnum)


def job_of(item: "JobTypeDef") -> Job:
    """A job; an unknown type counts as LAUNCH and an unknown status as running, so that quotas stay safe."""
    return Job(
        job_id=item["jobID"],
        type=_known(JobType, item.get("type")) or JobType.LAUNCH,
        status=_known(JobStatus, item.get("status")) or JobStatus.STARTED,
        initiated_by=item.get("initiatedBy", ""),
        created_at=_instant(item.get("creationDateTime")),
        ended_at=_instant(item.get("endDateTime")),
        participants=tuple(_participant(server) for server in item.get("participatingServers", ())),
        tags=dict(item.get("tags") or {}),
    )


def _participant(item: "ParticipatingServerTypeDef") -> Participant:
    return Participant(
        source_server_id=item.get("sourceServerID", ""),
        status=_known(ParticipantStatus, item.get("launchStatus")),
        recovery_instance_id=item.get("recoveryInstanceID"),
    )


def log_entry_of(item: "JobLogTypeDef") -> JobLogEntry:
    """One line of a job's log; DRS calls its time `logDateTime`."""
    about: Mapping[str, Any] = item.get("eventData") or {}
    return JobLogEntry(
        time=_instant(item.get("logDateTime")) or datetime.fromtimestamp(0, UTC),
        event=item.get("event", ""),
        source_server_id=about.get("sourceServerID"),
        conversion_server_id=about.get("conversionServerID"),
        target_instance_id=about.get("targetInstanceID"),
        raw_error=about.get("rawError"),
    )


def recovery_instance_of(item: "RecoveryInstanceTypeDef") -> RecoveryInstance:
    """A recovery instance; its id is the EC2 instance's id in practice, so it stands in for a missing one."""
    recovery_instance_id = item.get("recoveryInstanceID") or item["ec2InstanceID"]
    return RecoveryInstance(
        recovery_instance_id=recovery_instance_id,
        ec2_instance_id=item.get("ec2InstanceID") or recovery_instance_id,
        source_server_id=item.get("sourceServerID"),
        job_id=item.get("jobID"),
        ec2_state=item.get("ec2InstanceState"),
        is_drill=item.get("isDrill"),
        point_in_time=_instant(item.get("pointInTimeSnapshotDateTime")),
    )


def source_server_of(item: "SourceServerTypeDef") -> SourceServer:
    """A source server; the hostname stands under the identification hints."""
    replication: Mapping[str, Any] = item.get("dataReplicationInfo") or {}
    error: Mapping[str, Any] = replication.get("dataReplicationError") or {}
    properties: Mapping[str, Any] = item.get("sourceProperties") or {}
    hints: Mapping[str, Any] = properties.get("identificationHints") or {}
    life: Mapping[str, Any] = item.get("lifeCycle") or {}
    last: Mapping[str, Any] = life.get("lastLaunch") or {}
    initiated: Mapping[str, Any] = last.get("initiated") or {}
    staging: Mapping[str, Any] = item.get("stagingArea") or {}
    return SourceServer(
        source_server_id=item["sourceServerID"],
        arn=item.get("arn", ""),
        hostname=hints.get("hostname") or hints.get("fqdn") or "",
        platform=_platform((properties.get("os") or {}).get("fullString")),
        architecture=properties.get("architecture"),
        private_address=_primary_address(properties.get("networkInterfaces") or ()),
        tags=dict(item.get("tags") or {}),
        replication_state=replication.get("dataReplicationState"),
        replication_error=error.get("error"),
        lag_duration=replication.get("lagDuration"),
        last_launch_job_id=initiated.get("jobID"),
        last_launch_initiated_at=_instant(initiated.get("apiCallDateTime")),
        last_launch_status=last.get("status"),
        recovery_instance_id=item.get("recoveryInstanceId"),
        staging_account_id=staging.get("stagingAccountID"),
        staging_source_server_arn=staging.get("stagingSourceServerArn"),
        extension_status=_known(ExtensionStatus, staging.get("status")),
        extension_error=staging.get("errorMessage"),
        origin=_origin(hints.get("awsInstanceID"), item.get("sourceCloudProperties") or {}),
    )


def _primary_address(interfaces: Sequence[Mapping[str, Any]]) -> IPv4Address | None:
    """The first IPv4 address of the primary interface, or of the first where none is called so."""
    for interface in sorted(interfaces, key=lambda one: not one.get("isPrimary")):
        for text in interface.get("ips") or ():
            with suppress(ValueError):
                return IPv4Address(text)
    return None


def _platform(system: str | None) -> Platform | None:
    """By the name of the operating system, which is any text; DRS protects Linux and Windows."""
    if not system:
        return None
    return Platform.WINDOWS if Platform.WINDOWS in system.lower() else Platform.LINUX


def _origin(instance_id: str | None, cloud: Mapping[str, Any]) -> Ec2Origin | None:
    """The instance that the server is: its id is one of the hints, its place stands with what DRS knows of clouds."""
    if not instance_id:
        return None
    account, region = cloud.get("originAccountID") or "", cloud.get("originRegion") or ""
    return Ec2Origin(instance_id=instance_id, account_id=account, region=region)


def launch_settings_of(source_server_id: str, item: Mapping[str, Any]) -> LaunchSettings:
    """DRS starts what it launches unless it is told otherwise."""
    disposition = _known(LaunchDisposition, item.get("launchDisposition"))
    into = item.get("launchIntoInstanceProperties") or {}
    return LaunchSettings(
        source_server_id=source_server_id,
        disposition=disposition or LaunchDisposition.STARTED,
        launch_into=into.get("launchIntoEC2InstanceID") or None,
    )


def snapshot_of(item: "RecoverySnapshotTypeDef") -> RecoverySnapshot | None:
    """A recovery snapshot; None for one that is only expected: nothing can be launched from it yet."""
    taken_at = _instant(item.get("timestamp"))
    if taken_at is None:
        return None
    return RecoverySnapshot(snapshot_id=item["snapshotID"], source_server_id=item["sourceServerID"], taken_at=taken_at)


def _instant(text: str | None) -> datetime | None:
    """DRS writes instants as ISO 8601 text in UTC, with or without fractions."""
    if not text:
        return None
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _known(words: type[Word], text: str | None) -> Word | None:
    return next((word for word in words if word.value == text), None)
