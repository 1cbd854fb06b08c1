"""Who holds which server, for those who only want to know: nothing is taken, freed or buried here."""

from collections.abc import Collection

from shared.clock import Clock
from shared.conflict_detection import Holder
from shared.errors import NotFoundError
from shared.models.lock import LockOwner, OwnerKind, ServerLock
from shared.models.targets import ServerKey
from shared.models.termination import TerminationStatus
from shared.stores import keys
from shared.stores.dead_starts import is_dead
from shared.stores.headers import Headers
from shared.stores.items import row_model
from shared.stores.lock_owners import RUNNING_JOB
from shared.stores.table import Table
from shared.stores.terminations import Terminations


class LockHolders:
    """Reads lock rows and their owners, each owner once per question."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._headers = Headers(table)
        self._terminations = Terminations(table)

    def holders(self, servers: Collection[ServerKey]) -> dict[ServerKey, Holder]:
        """The holders of those servers that a start could not take, read consistently."""
        items = self._table.batch_get([keys.lock(server) for server in sorted(servers)])
        locks = [row_model(ServerLock, item) for item in items]
        owners = {lock.owner.owner_key: lock.owner for lock in locks}
        states = {key: self._state(owner) for key, owner in owners.items()}
        return {lock.server: Holder(lock.owner, state) for lock in locks if (state := states[lock.owner.owner_key])}

    def _state(self, owner: LockOwner) -> str | None:
        """The owner's state in a word; None if its locks may be taken over."""
        if owner.kind is OwnerKind.JOB:
            return RUNNING_JOB
        try:
            header = self._headers.get_header(owner.execution_id, owner.plan_id)
        except NotFoundError:
            return None
        if owner.kind is OwnerKind.TERMINATION:
            termination = self._terminations.termination(header, owner.number or 0)
            running = termination is not None and termination.status is TerminationStatus.RUNNING
            return TerminationStatus.RUNNING.value if running else None
        return None if header.is_terminal or is_dead(header, self._clock) else header.status.value
