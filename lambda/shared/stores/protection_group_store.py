"""Protection groups: a name belongs to one group, an explicitly listed server too, tags to one in each place.

So does a static address of a subnet, in whichever accounts: a subnet may be shared, and its id is known to one region.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from shared.errors import ConflictError, ConflictReason, ValidationError, servers_in_the_way
from shared.launch_rules import duplicate_address
from shared.models.ec2 import SubnetAddress
from shared.models.protection_group import ProtectionGroup
from shared.models.targets import Target
from shared.said_settings import addresses_of
from shared.stores.names import find_by_names
from shared.stores.owned_items import OwnedItems
from shared.stores.owned_kinds import Kind
from shared.stores.table import Item, Table

_TAGS: Final = "tags#"
_ADDRESS: Final = "address#"


class ProtectionGroupStore:
    """The table of protection groups."""

    def __init__(self, table: Table) -> None:
        self._table = table
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
                rows_of=_rows_of,
                rows_taken=self._taken,
            ),
        )
        self.get = self._items.get
        self.get_many = self._items.get_many
        self.find_by_name = self._items.find_by_name
        self.page = self._items.page
        self.every = self._items.every
        self.check_new = self._items.check_new
        self.put_new = self._items.put_new
        self.put = self._items.put
        self.check_put = self._items.check_put
        self.delete = self._items.delete

    def find_by_names(self, names: Iterable[str]) -> dict[str, ProtectionGroup]:
        """The groups of these names, whatever their case, by their folded names; read consistently, many at a time."""
        return find_by_names(self._table, "groupId", names, self.get_many, lambda group: group.group_id)

    def owners_of(self, target: Target, server_ids: Sequence[str]) -> dict[str, ProtectionGroup]:
        """The group that lists each of these servers of an account and region; groups that select by tags are not."""
        rows = self._items.owners([_server_row(target.account_id, target.region, each) for each in server_ids])
        return {row_id.rsplit("#", 1)[1]: group for row_id, group in rows.items()}

    def address_owners(self, region: str, addresses: Iterable[SubnetAddress]) -> dict[SubnetAddress, ProtectionGroup]:
        """The group that has each of these addresses of a region's subnets for one of its servers."""
        by_row = {_address_row(region, each): each for each in addresses}
        return {by_row[row_id]: group for row_id, group in self._items.owners(sorted(by_row)).items()}

    def _taken(self, new: ProtectionGroup, owners: Mapping[str, str]) -> ConflictError | ValidationError:
        names = {group.group_id: group.group_name for group in self._items.get_many(sorted(set(owners.values())))}
        chosen = {row_id: group_id for row_id, group_id in owners.items() if not row_id.startswith(_ADDRESS)}
        return _selection_taken(chosen, names) if chosen else _addresses_taken(new, owners, names)


def _selection_taken(owners: Mapping[str, str], names: Mapping[str, str]) -> ConflictError:
    row_id, group_id = min(owners.items())
    if row_id.startswith(_TAGS):
        _, account_id, region, _ = row_id.split("#")
        return ConflictError(
            f"group {names.get(group_id) or group_id} already selects servers of {account_id}/{region} "
            "by the same tags",
            reason=ConflictReason.TAG_CONFLICT,
            groupId=group_id,
            groupName=names.get(group_id, ""),
        )
    return _servers_taken(owners, names)


def _servers_taken(owners: Mapping[str, str], names: Mapping[str, str]) -> ConflictError:
    servers = [
        {"server": row_id.rsplit("#", 1)[1], "groupId": group_id, "groupName": names.get(group_id, "")}
        for row_id, group_id in sorted(owners.items())
    ]
    first, owner = servers[0]["server"], servers[0]["groupName"] or servers[0]["groupId"]
    what = f"Servers {first} and {len(servers) - 1} more belong" if len(servers) > 1 else f"Server {first} belongs"
    others = " and to others" if len({each["groupId"] for each in servers}) > 1 else ""
    return ConflictError(
        f"{what} to the protection group {owner}{others}",
        reason=ConflictReason.SERVER_CONFLICT,
        **servers_in_the_way(servers),
    )


def _addresses_taken(new: ProtectionGroup, owners: Mapping[str, str], names: Mapping[str, str]) -> ValidationError:
    said = {_address_row(new.region, address): each for address, each in addresses_of(new).items()}
    return ValidationError.of(
        duplicate_address(said[row_id], names.get(group_id) or group_id).wire()
        for row_id, group_id in sorted(owners.items())
    )


def _rows_of(group: ProtectionGroup) -> dict[str, Item]:
    """A row for each listed server and each static address; one for all tags, by which one group of a place selects."""
    place = f"{group.account_id}#{group.region}"
    rows: dict[str, Item] = {
        _server_row(group.account_id, group.region, server_id): {} for server_id in group.source_server_ids
    }
    if group.server_selection_tags:
        tags = json.dumps(group.server_selection_tags, sort_keys=True)
        rows[f"{_TAGS}{place}#{hashlib.sha256(tags.encode()).hexdigest()}"] = {}
    return rows | {_address_row(group.region, address): {} for address in addresses_of(group)}


def _server_row(account_id: str, region: str, server_id: str) -> str:
    return f"server#{account_id}#{region}#{server_id}"


def _address_row(region: str, address: SubnetAddress) -> str:
    return f"{_ADDRESS}{region}#{address.subnet_id}#{address.address}"
