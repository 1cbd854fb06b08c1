"""Cleaning up after an execution: its own run, its own record."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from enum import StrEnum
from hashlib import blake2s
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
    """One call of TerminateRecoveryInstances; `job_id` is unknown while its outcome is in doubt.

    `members` tells for which instances: six letters for each, so that hundreds of them have room in an item. It is
    `first` if one of them was never called for before.
    """

    call_id: str
    target: Target
    server_count: int
    members: str = ""
    first: bool = False
    job_id: str | None = None
    made_at: Instant

    def was_for(self, instance_id: str) -> bool:
        """Whether the instance was in the call; one in millions is taken for a member that was none."""
        known = {self.members[at : at + _LETTERS] for at in range(0, len(self.members), _LETTERS)}
        return not known or _digest(instance_id) in known


def members_of(instance_ids: Iterable[str]) -> str:
    """What a call keeps of its instances."""
    return "".join(_digest(instance_id) for instance_id in instance_ids)


_LETTERS: Final = 6


def _digest(instance_id: str) -> str:
    return urlsafe_b64encode(blake2s(instance_id.encode(), digest_size=4).digest()).decode()[:_LETTERS]


class PlaceLeft(Model):
    """What was found left in an account and region: `count` instances, the `fewest` ever, a `digest` of the last ones.

    There is no digest while a job of ours may work there that no listing shows. The servers without an instance of this
    digest were let go of if it `is_freed`. `going_at`: jobs were at work there then, when it was read last. Of
    `unseen_count` servers, of which it names some, DRS may have launched an instance that nobody has seen. Of
    `unread_count` jobs that have ended, of which it names some, nobody may read whether they are of this execution. It
    `is_slow` if the look took long.
    """

    fewest: int
    count: int = 0
    digest: str = ""
    is_freed: bool = False
    going_at: Instant | None = None
    unseen: tuple[str, ...] = ()
    unseen_count: int = 0
    unread: tuple[str, ...] = ()
    unread_count: int = 0
    is_slow: bool = False


EVERYWHERE: Final = "*"


def _by_place(stored: Any) -> Any:
    """One number for all accounts and regions together, as an earlier version counted."""
    return {EVERYWHERE: stored} if isinstance(stored, int) else stored


class Termination(Model):
    """`clean_reads` counts, by account and region, consecutive complete reads that found nothing of this execution.

    An account and region that was never looked at is not in it.

    `server_count` servers may have been launched, and of `left_count` of them the instance is left as it is, because it
    was there before. It holds the locks of those that were not let go of once
    `has_locks`; it `lacks_locks` if it let go of some, or an earlier termination did: then each server is locked
    before its instance is touched. `run_seq` counts the runs of the state machine that drove it, `calls` are those
    whose jobs may still run. `left` and `silent` are by account and region: what was found there, and why nothing
    could be learnt in the last round. Of `unseen_count` servers DRS may have launched an instance that nobody has
    seen; None until that is counted. `progress_at` is when something was achieved or learnt last; once it
    `is_given_up`, it makes no call any more and ends. `version` counts what is written, `visit` names the round that
    writes.

    Of each account and region it keeps at most 8 KB: up to 20 calls with 500 instances, the room that DRS has.
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
    left_count: int = 0
    has_locks: bool = False
    found_count: int = 0
    remaining_count: int = 0
    clean_reads: Annotated[dict[str, int], BeforeValidator(_by_place)] = Field(default_factory=dict)
    calls: tuple[TerminationCall, ...] = ()
    left: dict[str, PlaceLeft] = Field(default_factory=dict)
    silent: dict[str, str] = Field(default_factory=dict)
    survivor_count: int = 0
    unseen_count: int | None = None
    progress_at: Instant | None = None
    is_given_up: bool = False
    lacks_locks: bool = False
    run_seq: int = 1
    visit: str = ""
    version: int = 0

    @property
    def run_name(self) -> str:
        """The name of its run of the state machine."""
        again = f"-r{self.run_seq}" if self.run_seq > 1 else ""
        return f"{self.execution_id}-terminate-{self.number}{again}"
