"""A server of an execution: two verdicts, launch and health."""

from enum import StrEnum

from shared.models.base import Instant, Model
from shared.models.finding import AcceptedFinding
from shared.models.health_checks import SentCommand
from shared.models.recovery_plan import WaveNumber
from shared.models.targets import ServerKey


class LaunchStatus(StrEnum):
    """Whether DRS launched the server; the legal moves are in `shared.execution_utils`."""

    PENDING = "PENDING"
    LAUNCHING = "LAUNCHING"
    LAUNCHED = "LAUNCHED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    CANCELLED = "CANCELLED"
    TERMINATED = "TERMINATED"


class HealthStatus(StrEnum):
    """Whether the launched instance passed its checks."""

    UNKNOWN = "UNKNOWN"
    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"


class ChosenSnapshot(Model):
    """The recovery snapshot that an attempt is launched from, and when it was looked up."""

    snapshot_id: str
    taken_at: Instant
    chosen_at: Instant


class UnreadSnapshots(Model):
    """Why a server's recovery snapshots could not be read, and when that was found out last."""

    reason: str
    at: Instant


class Survival(Model):
    """That the server's instance outlived `tries` calls of a termination, which has this number, and why.

    `seen_at` is when the last of them was found to have failed.
    """

    number: int
    tries: int
    seen_at: Instant
    instance_id: str
    reason: str


class ServerRecord(Model):
    """One server of one wave; `attempt` counts its launches from 1, `launch_id` is the LAUNCH item of that attempt.

    An `optional` one never fails its wave. `checked_from` is when its checks last began anew, or a look found
    nothing to check; with `relaunch` it is launched again instead of being found unhealthy, in place of
    `replaced_instance_id`, which is adopted then only if it has become healthy; until a job has launched in its place
    the record tells of that one. `finding` is what was found wrong with its instance, while a retry owes it a new
    verdict: without one `relaunch` means only if no instance is found. `judged_launch_id` is the launch of the attempt
    before, whose job tells nothing more of it.
    `snapshot` is there if the execution names a point in time; `recovery_point` is what DRS says of the instance.
    `unread_snapshots` tells that it was asked in vain, while others had to wait for their turn.
    `commands` are those of its wave that were sent to its instance; they are due since `commands_due_at`.
    `staging` is the server in a staging account of which it is the extension, and None of any other.
    `accepted_findings` is what the start was made in spite of, and None of nothing.
    One with a `settings_group_id` has launch settings of that group, and is launched only once they are found right;
    `settings_note` is what was repaired of them, or differs. One with `launch_into` is launched into the instance of
    this id and into no other, which is never terminated; nor is that of `found_into`, which DRS was told of by others.
    `survival` is there while a termination fails at its instance. One that `is_let_go` was proved to have none; it
    `was_found` if a termination has seen its instance and the execution had not, which was launched by `found_job_id`.
    """

    execution_id: str
    plan_id: str
    wave_number: WaveNumber
    server: ServerKey
    name: str = ""
    staging: ServerKey | None = None
    optional: bool = False
    accepted_findings: tuple[AcceptedFinding, ...] | None = None
    settings_group_id: str | None = None
    settings_note: str | None = None
    launch_into: str | None = None
    found_into: str | None = None
    launch: LaunchStatus = LaunchStatus.PENDING
    launch_reason: str = ""
    health: HealthStatus = HealthStatus.UNKNOWN
    health_reason: str = ""
    attempt: int = 1
    launch_id: str | None = None
    judged_launch_id: str | None = None
    job_id: str | None = None
    recovery_instance_id: str | None = None
    snapshot: ChosenSnapshot | None = None
    unread_snapshots: UnreadSnapshots | None = None
    recovery_point: Instant | None = None
    instance_started_at: Instant | None = None
    launched_at: Instant | None = None
    checked_from: Instant | None = None
    relaunch: bool = False
    replaced_instance_id: str | None = None
    finding: str | None = None
    commands_due_at: Instant | None = None
    commands: tuple[SentCommand, ...] = ()
    survival: Survival | None = None
    is_let_go: bool = False
    was_found: bool = False
    found_job_id: str | None = None
    updated_at: Instant

    @property
    def into(self) -> str | None:
        """The instance that was there before and into which it is launched, or was found to be."""
        return self.found_into or self.launch_into
