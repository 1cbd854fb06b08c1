"""Whether the owner of a lock still holds it: looked up, never guessed from the lock's age."""

from __future__ import annotations

from typing import Final

from shared.clock import Clock
from shared.errors import NotFoundError
from shared.models.lock import LockOwner, OwnerKind
from shared.models.termination import TerminationStatus
from shared.stores.dead_starts import bury
from shared.stores.headers import Headers
from shared.stores.table import Table
from shared.stores.terminations import Terminations

RUNNING_JOB: Final = "RUNNING"
GONE: Final = "GONE"


class LockOwners:
    """Reads owners consistently, each once; make a new one for every attempt."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._headers = Headers(table)
        self._terminations = Terminations(table)
        self._clock = clock
        self._statuses: dict[str, tuple[str, bool]] = {}

    def status(self, owner: LockOwner) -> str:
        """The owner's status in a word, for the person whose start it blocks."""
        return self._look(owner)[0]

    def holds(self, owner: LockOwner) -> bool:
        """Whether locks of this owner are to be respected; a start found dead is moved to FAILED first."""
        return self._look(owner)[1]

    def _look(self, owner: LockOwner) -> tuple[str, bool]:
        if owner.owner_key not in self._statuses:
            self._statuses[owner.owner_key] = self._read(owner)
        return self._statuses[owner.owner_key]

    def _read(self, owner: LockOwner) -> tuple[str, bool]:
        if owner.kind is OwnerKind.JOB:
            # Only DRS knows when a job ends; the reconciler looks there and releases.
            return RUNNING_JOB, True
        try:
            header = self._headers.get_header(owner.execution_id, owner.plan_id)
        except NotFoundError:
            # A header is never deleted while it owns a lock, so nobody is left to release this one.
            return GONE, False
        if owner.kind is OwnerKind.TERMINATION:
            termination = self._terminations.termination(header, owner.number or 0)
            if termination is None:
                return GONE, False
            return termination.status.value, termination.status is TerminationStatus.RUNNING
        header = bury(header, self._headers, self._clock)
        return header.status.value, not header.is_terminal
