"""Who holds which server, for those who only want to know: nothing is taken, freed or buried here."""

from collections.abc import Collection

from shared.clock import Clock
from shared.conflict_detection import Holder
from shared.models.lock import ServerLock
from shared.models.targets import ServerKey
from shared.stores import keys
from shared.stores.items import row_model
from shared.stores.lock_owners import LockOwners
from shared.stores.table import Table


class LockHolders:
    """Reads lock rows and their owners, each owner once per question."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def holders(self, servers: Collection[ServerKey]) -> dict[ServerKey, Holder]:
        """The holders of those servers that a start could not take, read consistently."""
        items = self._table.batch_get([keys.lock(server) for server in sorted(servers)])
        owners = LockOwners(self._table, self._clock)
        found = [(lock, owners.standing(lock.owner)) for lock in (row_model(ServerLock, item) for item in items)]
        return {
            lock.server: Holder(lock.owner, standing.status, standing.execution_status)
            for lock, standing in found
            if standing.holds
        }
