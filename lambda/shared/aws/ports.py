"""What the services and the engine's shell need of AWS: protocols, and the errors that are not answers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from shared.drs_limits import DrsQuotas
from shared.errors import CrossAccountError
from shared.models.checks_seen import AlarmReading, Document, Invocation, SentListing
from shared.models.drs import (
    InstanceHealth,
    Job,
    JobListing,
    JobLogEntry,
    JobPage,
    LaunchSettings,
    RecoveryInstance,
    RecoverySnapshot,
    SourceServer,
    SourceServerPage,
)
from shared.models.health_checks import CommandCheck
from shared.models.targets import Target


class NotSentError(Exception):
    """Surely nothing reached AWS: too late to send, no connection, or no credentials (then it has a `cause`).

    `why` is for sentences that say already what was not sent, and where.
    """

    def __init__(self, message: str, cause: CrossAccountError | None = None, *, why: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cause = cause
        self.why = why or message


class DoubtError(Exception):
    """The call may or may not have been carried out; it must not be made again."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class RunExistsError(Exception):
    """A run of that name exists or existed (Step Functions keeps closed names for 90 days)."""

    def __init__(self, name: str) -> None:
        super().__init__(f"a run named {name} exists")
        self.name = name


class HandOverError(Exception):
    """Another service did not take what was handed to it; the caller may hand it over again."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class RunStatus(StrEnum):
    """The states of a run of the state machine."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"
    PENDING_REDRIVE = "PENDING_REDRIVE"


class DrsPort(Protocol):
    """DRS in any account and region; reads raise DrsServiceError or CrossAccountError.

    The two changing calls raise NotSentError, DoubtError, or DrsServiceError for what DRS surely refused.
    """

    def named(self, purpose: str) -> "DrsPort":
        """The same, in sessions named after the purpose: an execution id, which CloudTrail shows."""
        ...

    def source_servers(self, target: Target, ids: Sequence[str] | None = None) -> tuple[SourceServer, ...]:
        """The named source servers that exist, or all of the account and region."""
        ...

    def jobs(
        self,
        target: Target,
        *,
        ids: Sequence[str] | None = None,
        since: datetime | None = None,
    ) -> JobListing:
        """A complete listing, all pages; `began_at` was read before the first page was asked for."""
        ...

    def source_server_page(
        self, target: Target, *, ids: Sequence[str] | None, limit: int, token: str | None
    ) -> SourceServerPage:
        """One page of all source servers, or of those with at most 200 ids; it may hold fewer than `limit`."""
        ...

    def job_page(
        self,
        target: Target,
        *,
        ids: Sequence[str] | None,
        since: datetime | None,
        until: datetime | None,
        limit: int,
        token: str | None,
    ) -> JobPage:
        """One page of jobs, newest first as DRS lists them; it may hold fewer than `limit`."""
        ...

    def ended_launches(self, target: Target, count: int) -> tuple[Job, ...]:
        """The latest LAUNCH jobs that have ended, newest first, at most `count`."""
        ...

    def job_tags(self, target: Target, job_id: str) -> dict[str, str]:
        """The tags of a job by ListTagsForResource, for jobs that show none in a listing."""
        ...

    def job_log(self, target: Target, job_id: str) -> tuple[JobLogEntry, ...]:
        """The whole log of a job, in the order DRS gives."""
        ...

    def recovery_instances(
        self,
        target: Target,
        *,
        source_server_ids: Sequence[str] | None = None,
        instance_ids: Sequence[str] | None = None,
    ) -> tuple[RecoveryInstance, ...]:
        """The recovery instances of those servers or with those ids; all if neither is given."""
        ...

    def launch_settings(self, target: Target, source_server_id: str) -> LaunchSettings:
        """What DRS will do with the server when it launches it."""
        ...

    def newest_snapshot(
        self, target: Target, source_server_id: str, *, not_later_than: datetime
    ) -> RecoverySnapshot | None:
        """The newest recovery snapshot of a server that was taken at that instant or before; None if there is none."""
        ...

    def oldest_snapshot(self, target: Target, source_server_id: str) -> RecoverySnapshot | None:
        """The oldest recovery snapshot of a server; None if it has none."""
        ...

    def start_recovery(
        self,
        target: Target,
        server_ids: Sequence[str],
        *,
        is_drill: bool,
        tags: Mapping[str, str],
        not_after: datetime,
        snapshots: Mapping[str, str] | None = None,
    ) -> Job:
        """One call of StartRecovery, never repeated, not sent after `not_after` of the clock.

        `snapshots` names the recovery snapshot of each server that is not to be launched from its latest data.
        """
        ...

    def terminate(self, target: Target, instance_ids: Sequence[str], *, not_after: datetime) -> Job:
        """One call of TerminateRecoveryInstances, never repeated, not sent after `not_after` of the clock."""
        ...


class LimitsPort(Protocol):
    """The quotas of DRS in any account and region; where nothing is known, the documented ones, which say why."""

    def named(self, purpose: str) -> "LimitsPort":
        """The same, in sessions named after the purpose."""
        ...

    def limits(self, target: Target) -> DrsQuotas:
        """How many jobs and servers DRS takes at once there."""
        ...


class Ec2Port(Protocol):
    """EC2 in any account and region; raises DrsServiceError or CrossAccountError."""

    def named(self, purpose: str) -> "Ec2Port":
        """The same, in sessions named after the purpose."""
        ...

    def instance_health(self, target: Target, ids: Sequence[str]) -> tuple[InstanceHealth, ...]:
        """State and status checks of the instances that exist; unknown ids are left out."""
        ...

    def open_to_launches(self, target: Target, ids: Sequence[str]) -> Mapping[str, datetime | None]:
        """Those of the instances that live and whose owner lets DRS launch into them, and when each was made.

        Their tag says so; None where EC2 does not tell when that was.
        """
        ...


class CloudWatchPort(Protocol):
    """CloudWatch in any account and region; raises DrsServiceError or CrossAccountError."""

    def named(self, purpose: str) -> "CloudWatchPort":
        """The same, in sessions named after the purpose."""
        ...

    def alarms(self, target: Target, names: Sequence[str]) -> tuple[AlarmReading, ...]:
        """The named alarms that exist, of whatever kind; unknown names are left out."""
        ...


class SsmPort(Protocol):
    """SSM in any account and region; reads raise DrsServiceError or CrossAccountError.

    `send` raises NotSentError, DoubtError, or DrsServiceError for what SSM surely refused.
    """

    def named(self, purpose: str) -> "SsmPort":
        """The same, in sessions named after the purpose."""
        ...

    def document(self, target: Target, name: str) -> Document | None:
        """A document of the account or of AWS; None if there is none of that name."""
        ...

    def agents(self, target: Target, instance_ids: Sequence[str]) -> dict[str, str]:
        """What SSM says of the agents of these instances: `Online`, or else; who never registered is left out."""
        ...

    def sent_since(self, target: Target, since: datetime) -> SentListing:
        """All commands sent since an instant, all pages."""
        ...

    def invocations(self, target: Target, command_id: str) -> tuple[Invocation, ...]:
        """How a command is on each of its instances, as far as SSM lists them."""
        ...

    def send(
        self,
        target: Target,
        instance_ids: Sequence[str],
        command: CommandCheck,
        *,
        marker: str,
        not_after: datetime,
    ) -> str:
        """One call of SendCommand for at most 50 instances, never repeated, not sent after `not_after`; its id."""
        ...


class RunsPort(Protocol):
    """The state machine; raises ExecutionError when Step Functions refuses or cannot be reached."""

    def start_run(self, name: str, run_input: Mapping[str, Any]) -> None:
        """Start a run; RunExistsError if the name is taken, now or within the last 90 days."""
        ...

    def run_status(self, name: str) -> RunStatus | None:
        """The status of a run; None if there is none of that name."""
        ...

    def succeed(self, token: str, output: Mapping[str, Any]) -> bool:
        """End the wait that has this token; False if it had ended already."""
        ...

    def fail(self, token: str, error: str, cause: str) -> bool:
        """Fail the wait that has this token; False if it had ended already."""
        ...


class FunctionsPort(Protocol):
    """Other functions of ours."""

    def invoke_later(self, function_arn: str, payload: Mapping[str, Any]) -> None:
        """Hand the payload over for asynchronous invocation; HandOverError if it was not taken."""
        ...


class TopicPort(Protocol):
    """The notification topic."""

    def publish(self, subject: str, message: str, attributes: Mapping[str, str]) -> None:
        """Publish one mail; HandOverError if it was not taken."""
        ...


class SubscribedOtherwiseError(Exception):
    """The address has a subscription of the topic already, with another filter or with none."""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription that is there; `plan_ids` are those it is filtered by, None if by anything else or not at all."""

    arn: str
    plan_ids: frozenset[str] | None


class SubscriptionsPort(Protocol):
    """The e-mail subscriptions of the notification topic: SNS keeps one for each address.

    Every call may raise ThrottledError: SNS did not answer, and may have done it all the same.
    """

    def subscribe(self, address: str, plan_ids: Collection[str]) -> str:
        """Have the address get the mails of these plans, once it has confirmed; the ARN, also if that was so already.

        SubscribedOtherwiseError; ValidationError naming notificationEmail for an address that SNS does not take;
        QuotaExceededError.
        """
        ...

    def existing(self, address: str) -> Subscribed:
        """The subscription of an address that has one; never asked for one that may have none, which would make it."""
        ...

    def filter(self, arn: str, plan_ids: Collection[str]) -> bool:
        """Have a subscription get the mails of these plans and of no others; False if it is gone.

        ConflictError if SNS does not change it.
        """
        ...

    def unsubscribe(self, arn: str) -> bool:
        """End a subscription; False if that cannot be done yet, because nobody has confirmed it."""
        ...
