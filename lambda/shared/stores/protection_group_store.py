"""Protection groups: a name belongs to one group, an explicitly listed server too, everywhere."""

from __future__ import annotations

from collections.abc import Mapping

from shared.errors import ConflictError, ConflictReason
from shared.models.protection_group import ProtectionGroup
from shared.stores.owned_items import Kind, OwnedItems
from shared.stores.table import Item, Table


class ProtectionGroupStore:
    """The table of protection groups."""

    def __init__(self, table: Table) -> None:
        self._items = OwnedItems(
            table,
            Kind(
                noun="protection group",
                model=ProtectionGroup,
                key="groupId",
                list_key="group",
                index="groups-by-name",
                id_of=lambda group: group.group_id,
                name_of=lambda group: group.group_name,
                rows_of=_server_rows,
                rows_taken=self._servers_taken,
            ),
        )
        self.get = self._items.get
        self.get_many = self._items.get_many
        self.find_by_name = self._items.find_by_name
        self.page = self._items.page
        self.check_new = self._items.check_new
        self.put_new = self._items.put_new
        self.put = self._items.put

    def _servers_taken(self, owners: Mapping[str, str]) -> ConflictError:
        names = {group.group_id: group.group_name for group in self._items.get_many(sorted(set(owners.values())))}
        servers = [
            {"server": row_id.rsplit("#", 1)[1], "groupId": group_id, "groupName": names.get(group_id, "")}
            for row_id, group_id in sorted(owners.items())
        ]
        others = f" and {len(servers) - 1} more" if len(servers) > 1 else ""
        owner = servers[0]["groupName"] or servers[0]["groupId"]
        return ConflictError(
            f"Server {servers[0]['server']}{others} belongs to the protection group {owner}",
            reason=ConflictReason.SERVER_CONFLICT,
            servers=servers,
        )


def _server_rows(group: ProtectionGroup) -> dict[str, Item]:
    return {f"server#{group.account_id}#{group.region}#{server_id}": {} for server_id in group.source_server_ids}
