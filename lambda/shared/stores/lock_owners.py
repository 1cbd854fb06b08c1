"""Whether the owner of a lock still holds it: looked up, never guessed from the lock's age."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from shared.clock import Clock
from shared.errors import NotFoundError
from shared.models.execution import ExecutionHeader
from shared.models.launch import LIVE_LAUNCH_STATES
from shared.models.lock import LockOwner, OwnerKind
from shared.models.termination import TerminationStatus
from shared.stores.dead_starts import bury, is_dead
from shared.stores.headers import Headers
from shared.stores.launches import Launches
from shared.stores.table import Table
from shared.stores.terminations import Terminations

ABANDONED_JOB: Final = "ABANDONED"
"""Whether DRS still runs it nobody may know: its locks hold until it is seen that it has ended."""
GONE_EXECUTION: Final = "GONE"


@dataclass(frozen=True, slots=True)
class Standing:
    """The owner's status in a word, and whether its locks are to be respected.

    `execution_status` is that of the execution it belongs to, which has ended before its terminations and its abandoned
    jobs. A `dead_start` holds nothing, but its locks may be taken only after it was moved to FAILED.
    """

    status: str
    execution_status: str
    holds: bool
    dead_start: ExecutionHeader | None = None


GONE: Final = Standing(GONE_EXECUTION, GONE_EXECUTION, holds=False)


class LockOwners:
    """Reads owners consistently, each once; make a new one for every question and every attempt."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._headers = Headers(table)
        self._terminations = Terminations(table)
        self._launches = Launches(table)
        self._clock = clock
        self._standings: dict[str, Standing] = {}

    def standing(self, owner: LockOwner) -> Standing:
        """How the owner stands; nothing is changed."""
        if owner.owner_key not in self._standings:
            self._standings[owner.owner_key] = self._read(owner)
        return self._standings[owner.owner_key]

    def standing_for_taking(self, owner: LockOwner) -> Standing:
        """How the owner stands for somebody who wants its locks: a start found dead is moved to FAILED first."""
        found = self.standing(owner)
        if found.dead_start is not None:
            found = _of_execution(bury(found.dead_start, self._headers, self._clock))
            self._standings[owner.owner_key] = found
        return found

    def _read(self, owner: LockOwner) -> Standing:
        try:
            header = self._headers.get_header(owner.execution_id, owner.plan_id)
        except NotFoundError:
            if owner.kind is OwnerKind.JOB:
                return self._of_job(owner, GONE_EXECUTION)
            # A header is never deleted while it owns a lock, so nobody is left to release this one.
            return GONE
        if owner.kind is OwnerKind.JOB:
            return self._of_job(owner, header.status.value)
        if owner.kind is OwnerKind.TERMINATION:
            termination = self._terminations.termination(header, owner.number or 0)
            if termination is None:
                return GONE
            is_running = termination.status is TerminationStatus.RUNNING
            return Standing(termination.status.value, header.status.value, holds=is_running)
        if is_dead(header, self._clock):
            return Standing(header.status.value, header.status.value, holds=False, dead_start=header)
        return _of_execution(header)

    def _of_job(self, owner: LockOwner, execution_status: str) -> Standing:
        """Only DRS knows when a job ends; the reconciler looks there, and writes it into the LAUNCH item."""
        launch = self._launches.launch(owner.execution_id, owner.plan_id, owner.launch_id or "")
        if launch is not None and launch.state not in LIVE_LAUNCH_STATES:
            return Standing(launch.state.value, execution_status, holds=False)
        return Standing(ABANDONED_JOB, execution_status, holds=True)


def _of_execution(header: ExecutionHeader) -> Standing:
    return Standing(header.status.value, header.status.value, holds=not header.is_terminal)
