"""Who holds a server or a prepared instance: an execution, a termination, or a job that outlived its execution."""

from enum import StrEnum
from typing import Self, TypeAlias

from shared.models.base import Instant, Model, format_instant
from shared.models.execution import ExecutionHeader
from shared.models.launch import LaunchRecord
from shared.models.targets import InstanceKey, ServerKey


class OwnerKind(StrEnum):
    """What a lock belongs to; it holds while that is not terminal."""

    EXECUTION = "EXECUTION"
    TERMINATION = "TERMINATION"
    JOB = "JOB"


class LockOwner(Model):
    """The owner, with what a person needs to know of it; `number` is the termination's.

    Of a job that is its launch, and `since`, when it was begun; its id may be unknown.
    """

    kind: OwnerKind
    execution_id: str
    plan_id: str
    plan_name: str
    execution_type: str
    number: int | None = None
    job_id: str | None = None
    launch_id: str | None = None
    since: Instant | None = None

    @classmethod
    def of_execution(cls, header: ExecutionHeader) -> Self:
        """The execution itself."""
        return cls._of(OwnerKind.EXECUTION, header)

    @classmethod
    def of_termination(cls, header: ExecutionHeader, number: int) -> Self:
        """One of its terminations."""
        return cls._of(OwnerKind.TERMINATION, header, number=number)

    @classmethod
    def of_job(cls, header: ExecutionHeader, launch: LaunchRecord) -> Self:
        """The job of a launch that outlived its execution; while its id is unknown the launch stands for it."""
        return cls._of(OwnerKind.JOB, header).model_copy(
            update={"job_id": launch.job_id, "launch_id": launch.launch_id, "since": launch.intent_at}
        )

    @classmethod
    def _of(cls, kind: OwnerKind, header: ExecutionHeader, number: int | None = None) -> Self:
        return cls(
            kind=kind,
            execution_id=header.execution_id,
            plan_id=header.plan_id,
            plan_name=header.plan_name,
            execution_type=header.execution_type.value,
            number=number,
        )

    @property
    def noun(self) -> str:
        """What holds the server, up to the id of the execution that it belongs to."""
        match self.kind:
            case OwnerKind.EXECUTION:
                return "execution"
            case OwnerKind.TERMINATION:
                return "the termination of execution"
            case OwnerKind.JOB:
                since = f", begun at {format_instant(self.since)}," if self.since else ""
                return f"{f'DRS job {self.job_id}' if self.job_id else 'an unknown DRS job'}{since} of execution"

    def state_words(self, status: str, execution_status: str) -> str:
        """How it stands: `execution RUNNING`, or `job ABANDONED, execution PARTIAL` of what outlives an execution."""
        of_execution = f"execution {execution_status}"
        return of_execution if self.kind is OwnerKind.EXECUTION else f"{self.kind.lower()} {status}, {of_execution}"

    @property
    def facts(self) -> dict[str, str]:
        """The owner for a machine to read."""
        known = {
            "ownerKind": self.kind.value,
            "executionId": self.execution_id,
            "planId": self.plan_id,
            "planName": self.plan_name,
            "executionType": self.execution_type,
            "jobId": self.job_id,
            "launchId": self.launch_id,
            "since": format_instant(self.since) if self.since else None,
        }
        return {name: value for name, value in known.items() if value is not None}

    @property
    def owner_key(self) -> str:
        """One text per owner, for conditions."""
        match self.kind:
            case OwnerKind.EXECUTION:
                return f"execution#{self.execution_id}"
            case OwnerKind.TERMINATION:
                return f"termination#{self.execution_id}#{self.number}"
            case OwnerKind.JOB:
                return f"job#{self.job_id or self.launch_id}"


class ServerLock(Model):
    """One server, one owner; there is no expiry."""

    server: ServerKey
    owner: LockOwner
    taken_at: Instant

    @property
    def held(self) -> ServerKey:
        """What is held."""
        return self.server


class InstanceLock(Model):
    """One instance that was there before, for as long as a server may be launched into it."""

    instance: InstanceKey
    owner: LockOwner
    taken_at: Instant

    @property
    def held(self) -> InstanceKey:
        """What is held."""
        return self.instance


LockKey: TypeAlias = ServerKey | InstanceKey
Lock: TypeAlias = ServerLock | InstanceLock
