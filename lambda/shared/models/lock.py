"""Who holds a server: an execution, a termination, or a job that outlived its execution."""

from enum import StrEnum
from typing import Self

from shared.models.base import Instant, Model
from shared.models.execution import ExecutionHeader
from shared.models.targets import ServerKey


class OwnerKind(StrEnum):
    """What a lock belongs to; it holds while that is not terminal."""

    EXECUTION = "EXECUTION"
    TERMINATION = "TERMINATION"
    JOB = "JOB"


class LockOwner(Model):
    """The owner, with what a person needs to know of it; `number` is the termination's."""

    kind: OwnerKind
    execution_id: str
    plan_id: str
    plan_name: str
    execution_type: str
    number: int | None = None
    job_id: str | None = None

    @classmethod
    def of_execution(cls, header: ExecutionHeader) -> Self:
        """The execution itself."""
        return cls._of(OwnerKind.EXECUTION, header)

    @classmethod
    def of_termination(cls, header: ExecutionHeader, number: int) -> Self:
        """One of its terminations."""
        return cls._of(OwnerKind.TERMINATION, header, number=number)

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
    def owner_key(self) -> str:
        """One text per owner, for conditions."""
        match self.kind:
            case OwnerKind.EXECUTION:
                return f"execution#{self.execution_id}"
            case OwnerKind.TERMINATION:
                return f"termination#{self.execution_id}#{self.number}"
            case OwnerKind.JOB:
                return f"job#{self.job_id}"


class ServerLock(Model):
    """One server, one owner; there is no expiry."""

    server: ServerKey
    owner: LockOwner
    taken_at: Instant
