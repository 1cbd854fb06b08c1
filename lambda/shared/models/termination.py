"""Cleaning up after an execution: its own run, its own record."""

from enum import StrEnum

from shared.models.base import Instant, Model
from shared.models.targets import ServerKey


class TerminationStatus(StrEnum):
    """RUNNING until two reads agree that nothing is left."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class Termination(Model):
    """`clean_reads` counts consecutive complete reads that found no instance of this execution."""

    execution_id: str
    plan_id: str
    number: int
    status: TerminationStatus = TerminationStatus.RUNNING
    status_reason: str = ""
    requested_by: str
    requested_at: Instant
    ended_at: Instant | None = None
    locked_servers: tuple[ServerKey, ...] = ()
    found_count: int = 0
    remaining_count: int = 0
    clean_reads: int = 0
    visit: str = ""

    @property
    def run_name(self) -> str:
        """The name of its run of the state machine."""
        return f"{self.execution_id}-terminate-{self.number}"
