"""What DRS knows in one account and region: source servers, jobs, recovery instances."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from local.drs_simulator.estate import EncryptionSpec, RegionState, ReplicationSpec, SourceServerSpec
from local.drs_simulator.settings import Quotas
from local.drs_simulator.shapes import Constant

JobType = Literal["LAUNCH", "TERMINATE", "CREATE_CONVERTED_SNAPSHOT"]
JobStatus = Literal["PENDING", "STARTED", "COMPLETED"]
LaunchStatus = Literal["PENDING", "IN_PROGRESS", "LAUNCHED", "FAILED", "TERMINATED"]


@dataclass(slots=True)
class LastLaunch:
    """The most recent launch of a server, as its life cycle shows it."""

    at: datetime
    job_id: str
    is_drill: bool
    status: LaunchStatus


@dataclass(slots=True)
class Snapshot:
    """A point in time of a source server."""

    snapshot_id: str
    at: datetime
    volumes: tuple[str, ...]


@dataclass(slots=True)
class StagingArea:
    """Where an extended server is replicated: another account, and the server there of which it is the extension."""

    account: str
    original: "SourceServer"
    error: str = ""
    """Why the extension cannot be used, if so."""


@dataclass(slots=True)
class SourceServer:
    """A protected server and what its launches left on it."""

    sequence: int
    server_id: str
    arn: str
    spec: SourceServerSpec
    added: datetime
    pace: float
    tags: dict[str, str]
    replication: ReplicationSpec
    replication_since: datetime
    launch_configuration: dict[str, Any]
    encryption: EncryptionSpec
    """Of its volumes in the staging area."""
    staging: StagingArea | None = None
    """Of an extension only."""
    has_template: bool = False
    """Whether its launch template is made; until it is, launches are what the template would say."""
    recovery_instance_id: str = ""
    last_launch: LastLaunch | None = None
    busy_with: str = ""
    """The running job it takes part in."""
    held_until: datetime | None = None
    on_demand_snapshots: list[Snapshot] = field(default_factory=list)
    constants: dict[str, Constant] = field(default_factory=dict)
    """Parts of its description that seldom change, by member."""


@dataclass(slots=True)
class Participant:
    """A server in a job."""

    server_id: str
    status: LaunchStatus = "PENDING"
    recovery_instance_id: str = ""


@dataclass(slots=True)
class LogItem:
    """One line of a job's log."""

    at: datetime
    event: str
    data: dict[str, Any]


@dataclass(slots=True)
class Job:
    """A launch or termination, from creation to the end."""

    sequence: int
    job_id: str
    arn: str
    type: JobType
    initiated_by: str
    created: datetime
    is_drill: bool
    participants: dict[str, Participant]
    tags: dict[str, str]
    status: JobStatus = "PENDING"
    ended: datetime | None = None
    log: list[LogItem] = field(default_factory=list)
    participants_from: datetime | None = None
    """Its servers are not shown before this instant."""
    participants_gone: bool = False
    shows_tags: bool = True
    """Whether listings show its tags."""
    listed_from: datetime | None = None
    """Listings do not show the job before this instant."""
    found_from: datetime | None = None
    """Nor do questions by its id before this one."""

    @property
    def is_running(self) -> bool:
        """Whether it holds its servers and counts against the quotas."""
        return self.status != "COMPLETED"


@dataclass(slots=True)
class RecoveryInstance:
    """The record DRS keeps of an instance it launched."""

    sequence: int
    instance_id: str
    arn: str
    server_id: str
    job_id: str
    is_drill: bool
    launched: datetime
    point_in_time: datetime
    tags: dict[str, str]
    shown_from: datetime | None = None
    launched_into: bool = False
    """Whether the instance was there before, and stays when its record goes for a new launch."""
    is_disconnected: bool = False


@dataclass(slots=True)
class Boot:
    """When an instance started, for its status checks; kept after DRS forgot the instance."""

    at: datetime
    impaired: bool = False
    state: str = "running"
    """What DRS made of it last; EC2 may know better."""


@dataclass(slots=True)
class Bucket:
    """The tokens of one operation."""

    tokens: float
    filled: datetime


@dataclass(slots=True)
class Cell:
    """One account and region."""

    account: str
    region: str
    partition: str
    initialized: bool = False
    encryption: EncryptionSpec = EncryptionSpec()
    """Of servers that are protected here from now on, if nothing else is said of them."""
    state: RegionState = "initialized"
    """What it says to whoever asks; that it is not initialised is said by `initialized` alone."""
    quotas: Quotas | None = None
    """Its own, if they are not those of the settings."""
    servers: dict[str, SourceServer] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    instances: dict[str, RecoveryInstance] = field(default_factory=dict)
    boots: dict[str, Boot] = field(default_factory=dict)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    running: dict[str, Job] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)
    """How often each quota, by its code, refused a call."""
    pages: int = 0

    def arn(self, kind: str, resource_id: str) -> str:
        """The ARN of a resource here."""
        return f"arn:{self.partition}:drs:{self.region}:{self.account}:{kind}/{resource_id}"
