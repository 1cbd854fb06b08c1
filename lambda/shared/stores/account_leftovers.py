"""What is kept beside a target account about its regions, its tags and its staging accounts, and goes with it."""

from __future__ import annotations

from collections.abc import Iterable

from shared.models.targets import Target
from shared.stores.region_state_store import RegionStateStore
from shared.stores.staging_sync_store import StagingSyncStore
from shared.stores.table import Table
from shared.stores.tag_sync_store import TagSyncStore


class AccountLeftovers:
    """Rows of the table of target accounts whose keys hold a `#`."""

    def __init__(self, table: Table) -> None:
        self._regions = RegionStateStore(table)
        self._syncs = StagingSyncStore(table)
        self._tags = TagSyncStore(table)

    def forget(self, account_id: str, regions: Iterable[str]) -> None:
        """Delete what is known of the account in these regions; what is not there is no error."""
        self._regions.forget(account_id)
        self._syncs.forget(account_id)
        self._tags.forget(Target(account_id=account_id, region=region) for region in regions)
