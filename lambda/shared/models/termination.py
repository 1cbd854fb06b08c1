"""Cleaning up after an execution: its own run, its own record."""

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from shared.models.base import Instant, Model
from shared.models.targets import Target


class TerminationStatus(StrEnum):
    """RUNNING until two reads agree that nothing is left; FAILED if that comes to pass no more, or could not begin."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class TerminationCall(Model):
    """One call of TerminateRecoveryInstances; `job_id` is unknown while its outcome is in doubt."""

    call_id: str
    target: Target
    server_count: int
    job_id: str | None = None
    made_at: Instant


class PlaceLeft(Model):
    """What was found left in an account and region: the `fewest` instances ever, and a `digest` of the last ones.

    There is no digest while a job of ours works there. `freed` servers without instances were let go so far, those of
    this digest if it `is_freed`.
    """

    fewest: int
    digest: str = ""
    is_freed: bool = False
    freed: int = 0


EVERYWHERE: Final = "*"


def _by_place(stored: Any) -> Any:
    """One number for all accounts and regions together, as an earlier version counted."""
    return {EVERYWHERE: stored} if isinstance(stored, int) else stored


class Termination(Model):
    """`clean_reads` counts, by account and region, consecutive complete reads that found nothing of this execution.

    An account and region that was never looked at is not in it.

    It holds the locks of `server_count` servers once `has_locks`; `run_seq` counts the runs of the state machine that
    drove it, `calls` are those whose jobs may still run. `left` and `silent` are by account and region: what was found
    there, and why nothing could be learnt in the last round. `progress_at` is when something was achieved or learnt
    last; once it `is_given_up`, it makes no call any more and ends. `has_freed` tells that it let go of some locks, or
    that an earlier termination did, and that it did not take them.

    Of each account and region it keeps at most 1 KB.
    """

    execution_id: str
    plan_id: str
    number: int
    status: TerminationStatus = TerminationStatus.RUNNING
    status_reason: str = ""
    requested_by: str
    requested_at: Instant
    ended_at: Instant | None = None
    server_count: int = 0
    has_locks: bool = False
    found_count: int = 0
    remaining_count: int = 0
    clean_reads: Annotated[dict[str, int], BeforeValidator(_by_place)] = Field(default_factory=dict)
    calls: tuple[TerminationCall, ...] = ()
    left: dict[str, PlaceLeft] = Field(default_factory=dict)
    silent: dict[str, str] = Field(default_factory=dict)
    survivor_count: int = 0
    progress_at: Instant | None = None
    is_given_up: bool = False
    has_freed: bool = False
    run_seq: int = 1
    visit: str = ""

    @property
    def run_name(self) -> str:
        """The name of its run of the state machine."""
        again = f"-r{self.run_seq}" if self.run_seq > 1 else ""
        return f"{self.execution_id}-terminate-{self.number}{again}"
