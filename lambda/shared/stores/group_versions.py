"""Which version protection groups have, for whoever only has to know whether one was changed."""

from __future__ import annotations

from collections.abc import Collection

from shared.stores.table import Table


class GroupVersions:
    """The table of protection groups, of which nothing else is read."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, group_ids: Collection[str]) -> dict[str, int]:
        """The versions of those of the groups that exist, read consistently and all at once."""
        items = self._table.batch_get([{"groupId": group_id} for group_id in sorted(group_ids)])
        return {item["groupId"]: int(item["version"]) for item in items}
