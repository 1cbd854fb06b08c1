"""Who holds which server or instance, for those who only want to know: nothing is taken, freed or buried here."""

from collections.abc import Collection, Iterator

from shared.clock import Clock
from shared.conflict_detection import Holder
from shared.models.lock import LockKey
from shared.models.targets import InstanceKey, ServerKey
from shared.stores import keys
from shared.stores.lock_owners import LockOwners
from shared.stores.lock_store import lock_of
from shared.stores.table import Table


class LockHolders:
    """Reads lock rows and their owners, each owner once per question."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def holders(self, servers: Collection[ServerKey]) -> dict[ServerKey, Holder]:
        """The holders of those servers that a start could not take, read consistently."""
        return {key: holder for key, holder in self._holding(servers) if isinstance(key, ServerKey)}

    def instance_holders(self, instances: Collection[InstanceKey]) -> dict[InstanceKey, Holder]:
        """The same of instances into which servers are launched."""
        return {key: holder for key, holder in self._holding(instances) if isinstance(key, InstanceKey)}

    def _holding(self, wanted: Collection[LockKey]) -> Iterator[tuple[LockKey, Holder]]:
        items = self._table.batch_get([keys.lock(key) for key in sorted(wanted)])
        owners = LockOwners(self._table, self._clock)
        found = [(lock, owners.standing(lock.owner)) for lock in map(lock_of, items)]
        for lock, standing in found:
            if standing.holds:
                yield lock.held, Holder(lock.owner, standing.status, standing.execution_status)
