"""What DRS and EC2 tell us, in our words."""

from enum import StrEnum
from ipaddress import IPv4Address

from pydantic import Field

from shared.models.base import Instant, Model
from shared.models.launch_config import LaunchDisposition
from shared.models.prepared_instance import Platform
from shared.models.targets import ServerKey, key_of_server


class JobType(StrEnum):
    """Kinds of DRS jobs."""

    LAUNCH = "LAUNCH"
    TERMINATE = "TERMINATE"
    CREATE_CONVERTED_SNAPSHOT = "CREATE_CONVERTED_SNAPSHOT"


class JobStatus(StrEnum):
    """A job always ends COMPLETED, even if every server failed."""

    PENDING = "PENDING"
    STARTED = "STARTED"
    COMPLETED = "COMPLETED"


class ParticipantStatus(StrEnum):
    """A server's state within a job."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    LAUNCHED = "LAUNCHED"
    FAILED = "FAILED"
    TERMINATED = "TERMINATED"


class Participant(Model):
    """One server of a job; the instance id may be missing even when it launched."""

    source_server_id: str
    status: ParticipantStatus | None = None
    recovery_instance_id: str | None = None


class Job(Model):
    """A DRS job; `participants` may be empty just after creation and after a TERMINATE job."""

    job_id: str
    type: JobType
    status: JobStatus
    initiated_by: str = ""
    created_at: Instant | None = None
    ended_at: Instant | None = None
    participants: tuple[Participant, ...] = ()
    tags: dict[str, str] = Field(default_factory=dict)

    @property
    def is_running(self) -> bool:
        """Whether it still counts against the quota of jobs at once."""
        return self.status is not JobStatus.COMPLETED


class JobListing(Model):
    """A complete listing of jobs; `began_at` is when the first page was asked for."""

    began_at: Instant
    jobs: tuple[Job, ...]


class JobPage(Model):
    """Some jobs of an account and region as DRS pages them; `next_token` is DRS's own."""

    jobs: tuple[Job, ...]
    next_token: str | None = None


class JobLogEntry(Model):
    """One line of a job's log."""

    time: Instant
    event: str
    source_server_id: str | None = None
    conversion_server_id: str | None = None
    target_instance_id: str | None = None
    raw_error: str | None = None


class RecoveryInstance(Model):
    """A recovery instance; `job_id` links it to the launch that made it."""

    recovery_instance_id: str
    ec2_instance_id: str
    source_server_id: str | None = None
    job_id: str | None = None
    ec2_state: str | None = None
    is_drill: bool | None = None
    point_in_time: Instant | None = None


class ExtensionStatus(StrEnum):
    """Whether a source server is an extension of one that another account replicates, and whether it can be used."""

    EXTENDED = "EXTENDED"
    EXTENSION_ERROR = "EXTENSION_ERROR"
    NOT_EXTENDED = "NOT_EXTENDED"


class Ec2Origin(Model):
    """The EC2 instance that a source server is, where its own account has it; DRS may not say where."""

    instance_id: str
    account_id: str = ""
    region: str = ""


class SourceServer(Model):
    """A source server: what tells whether it can be launched, and which EC2 instance it is, if it is one.

    `private_address` is what DRS would copy to its instance. Of an extension `staging_source_server_arn` is the server
    in the staging account, `extension_error` why it cannot be used.
    """

    source_server_id: str
    arn: str
    hostname: str = ""
    platform: Platform | None = None
    architecture: str | None = None
    private_address: IPv4Address | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    replication_state: str | None = None
    replication_error: str | None = None
    lag_duration: str | None = None
    last_launch_job_id: str | None = None
    last_launch_initiated_at: Instant | None = None
    last_launch_status: str | None = None
    recovery_instance_id: str | None = None
    staging_account_id: str | None = None
    staging_source_server_arn: str | None = None
    extension_status: ExtensionStatus | None = None
    extension_error: str | None = None
    origin: Ec2Origin | None = None

    @property
    def is_extension(self) -> bool:
        """Whether another account replicates it, also if the extension cannot be used."""
        return self.extension_status in (ExtensionStatus.EXTENDED, ExtensionStatus.EXTENSION_ERROR)

    @property
    def staging_server(self) -> ServerKey | None:
        """The server in the staging account of which it is the extension; None of any other, or if DRS names none."""
        if self.staging_source_server_arn is None or not self.is_extension:
            return None
        try:
            return key_of_server(self.staging_source_server_arn)
        except ValueError:
            return None


class SourceServerPage(Model):
    """Some source servers of an account and region as DRS pages them; `next_token` is DRS's own."""

    servers: tuple[SourceServer, ...]
    next_token: str | None = None


class LaunchSettings(Model):
    """What DRS will do with a server when it launches it; `launch_into` is the instance, if it is to take one."""

    source_server_id: str
    disposition: LaunchDisposition = LaunchDisposition.STARTED
    launch_into: str | None = None


class RecoverySnapshot(Model):
    """A recovery snapshot: a point in time that a server can be launched from."""

    snapshot_id: str
    source_server_id: str
    taken_at: Instant


class InstanceHealth(Model):
    """EC2's view of an instance; absent checks are those that EC2 does not report for its state.

    `allows_launches` says that it carries the tag by which its owner lets DRS launch servers into it, `made_at` when it
    was made, and `launched_at` when it was started last.
    """

    instance_id: str
    state: str
    system_status: str | None = None
    instance_status: str | None = None
    launched_at: Instant | None = None
    allows_launches: bool = False
    made_at: Instant | None = None
