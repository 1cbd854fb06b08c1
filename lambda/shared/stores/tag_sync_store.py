"""The copying of tags, beside the target accounts: settings, the newest run, and what was written onto which server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from shared.errors import ConflictError, ConflictReason
from shared.models.tag_sync import TagSyncPlace, TagSyncRow, TagSyncSettings, WrittenTags
from shared.models.targets import Target
from shared.stores.conditions import Equals, NotExists, Or
from shared.stores.table import DeleteItem, Item, PutItem, Table, TransactionRefused, Write, chunks

KEY: Final = "accountId"
_SETTINGS: Final = {KEY: "settings#tag-sync"}
_RUN: Final = {KEY: "tag-sync#run"}

_IDS: Final = "serverIds"
"""In the row of an account and region: the servers from EC2 that a run saw there last."""

ROWS_AT_ONCE: Final = 50
"""So many servers' tags are remembered in a transaction, which has 4 MB: fifty tags twice take 40 KB."""


class RunMovedOnError(Exception):
    """Somebody else has written about the run since it was read."""


class TagSyncStore:
    """Rows of the table of target accounts whose keys hold a `#`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def settings(self) -> TagSyncSettings:
        """The settings, or those of who never set any."""
        item = self._table.get(_SETTINGS)
        return TagSyncSettings() if item is None else TagSyncSettings.model_validate(_fields(item))

    def put_settings(self, settings: TagSyncSettings, expected_version: int) -> TagSyncSettings:
        """Replace the settings of that version; answers them with the next one. VERSION_CONFLICT."""
        following = settings.model_copy(update={"version": expected_version + 1})
        is_first = expected_version == TagSyncSettings().version
        unset, as_read = NotExists(KEY), Equals("version", expected_version)
        try:
            # A transaction of one, so that the repeat of a lost answer is not refused (Table.transact).
            self._table.transact([PutItem(following.wire() | _SETTINGS, Or(unset, as_read) if is_first else as_read)])
        except TransactionRefused as refused:
            stored = refused.items[0]
            raise ConflictError(
                "The settings of the tag sync were changed by another; read them again",
                reason=ConflictReason.VERSION_CONFLICT,
                id=_SETTINGS[KEY],
                version=(stored or {}).get("version", TagSyncSettings().version),
            ) from refused
        return following

    def row(self) -> TagSyncRow:
        """The newest run, if there ever was one."""
        item = self._table.get(_RUN)
        return TagSyncRow() if item is None else TagSyncRow.model_validate(_fields(item))

    def put_row(self, row: TagSyncRow) -> TagSyncRow:
        """Write the row as it follows on what was read; RunMovedOnError if that is not what is stored."""
        following = row.model_copy(update={"sequence": row.sequence + 1})
        as_read = Equals("sequence", row.sequence) if row.sequence else NotExists(KEY)
        try:
            self._table.transact([PutItem(following.wire() | _RUN, as_read)])
        except TransactionRefused as refused:
            raise RunMovedOnError from refused
        return following

    def places(self, targets: Iterable[Target]) -> dict[Target, TagSyncPlace]:
        """What was last written about runs in these accounts and regions."""
        items = self._table.batch_get([_place_key(target) for target in targets])
        found = [TagSyncPlace.model_validate(item["place"]) for item in items]
        return {place.target: place for place in found}

    def put_place(self, place: TagSyncPlace) -> None:
        """Write how far a run is in an account and region; only who holds the run does."""
        self._table.put({**_place_key(place.target), "place": place.wire()})

    def written(self, target: Target, server_ids: Iterable[str]) -> dict[str, Mapping[str, tuple[str, ...]]]:
        """By server what is known of it to be ours; nothing of servers onto which nothing was written."""
        items = self._table.batch_get([_server_key(target, server_id) for server_id in server_ids])
        rows = [WrittenTags.model_validate(_fields(item)) for item in items]
        return {row.source_server_id: row.tags for row in rows}

    def remember(self, target: Target, rows: Sequence[WrittenTags]) -> None:
        """Write down what is ours on these servers, at most ROWS_AT_ONCE; a row without tags goes."""
        writes: list[Write] = [
            PutItem(row.wire() | key) if row.tags else DeleteItem(key)
            for row in rows
            for key in (_server_key(target, row.source_server_id),)
        ]
        if writes:
            self._table.transact(writes)

    def forget(self, targets: Iterable[Target]) -> None:
        """Forget what was written onto the servers of these accounts and regions, and what became of runs there."""
        places = {_servers_key(target)[KEY]: target for target in targets}
        for row in self._table.batch_get([{KEY: key} for key in places]):
            target = places[row[KEY]]
            self.keep_only(target, ())
            self._table.delete(_servers_key(target))
        for row in self._table.batch_get([_place_key(target) for target in places.values()]):
            self._table.delete({KEY: row[KEY]})

    def keep_only(self, target: Target, server_ids: Iterable[str]) -> None:
        """Forget what was written onto servers of an account and region that are not among these any more."""
        key, ids = _servers_key(target), sorted(set(server_ids))
        row = self._table.get(key)
        before = set() if row is None else set(row[_IDS])
        for part in chunks(sorted(before.difference(ids)), ROWS_AT_ONCE):
            self._table.transact([DeleteItem(_server_key(target, server_id)) for server_id in part])
        if before != set(ids):
            self._table.put({**key, _IDS: ids})


def _servers_key(target: Target) -> dict[str, str]:
    return {KEY: f"tagged#{target.account_id}#{target.region}"}


def _place_key(target: Target) -> dict[str, str]:
    return {KEY: f"tag-sync#{target.account_id}#{target.region}"}


def _server_key(target: Target, server_id: str) -> dict[str, str]:
    return {KEY: f"tags#{target.account_id}#{target.region}#{server_id}"}


def _fields(item: Item) -> Item:
    return {name: value for name, value in item.items() if name != KEY}
