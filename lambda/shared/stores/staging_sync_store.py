"""Syncs of staging accounts: for each target account the last one, and beside it what came of each of its places."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from shared.models.base import Instant, format_instant
from shared.models.staging_sync import StagingSync, SyncedPlace, SyncPlace, SyncStatus
from shared.stores.conditions import And, Equals, LessThan, NotExists, Or
from shared.stores.table import Item, Key, PutItem, Table, TransactionRefused

KEY: Final = "accountId"
_SYNC: Final = "syncId"


class SyncLostError(Exception):
    """Another sync, or another invocation, goes on instead of this one."""


class StagingSyncStore:
    """Rows `staging-sync#<target account>`, and `staging-sync#<target account>#<staging account>#<region>`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, account_id: str) -> StagingSync | None:
        """The last sync of the account; None if there was none."""
        row = self._table.get(_key(account_id))
        return None if row is None else _sync(row)

    def left(self, account_ids: Iterable[str], now: Instant) -> list[StagingSync]:
        """The syncs of these accounts that have not ended and on which nobody works."""
        syncs = [_sync(row) for row in self._table.batch_get([_key(account_id) for account_id in account_ids])]
        return [sync for sync in syncs if sync.is_left(now)]

    def places(self, sync: StagingSync) -> tuple[SyncedPlace, ...]:
        """What came of those of its places that were begun, in its order."""
        rows = self._table.batch_get([_place_key(sync.account_id, place) for place in sync.places])
        own = {_place(row).place: _place(row) for row in rows if row[_SYNC] == sync.sync_id}
        return tuple(own[place] for place in sync.places if place in own)

    def begin(self, sync: StagingSync, now: Instant) -> StagingSync:
        """Store a new sync; answers the one that runs if there is one that somebody goes on with."""
        is_over = Or(
            NotExists(KEY),
            Equals("status", SyncStatus.DONE.value),
            LessThan("heldUntil", format_instant(now)),
        )
        try:
            self._table.transact([PutItem(_row(sync), is_over)])
        except TransactionRefused as refused:
            stored = refused.items[0]
            if stored is None:
                raise
            return _sync(stored)
        return sync

    def go_on(self, sync: StagingSync, following: StagingSync, place: SyncedPlace | None = None) -> StagingSync:
        """Put what the sync is from now on in the place of what was read, with what came of a place; SyncLostError."""
        unchanged = And(Equals(_SYNC, sync.sync_id), Equals("step", sync.step), Equals("status", sync.status.value))
        writes = [PutItem(_row(following), unchanged)]
        if place is not None:
            row = {**place.wire(), **_place_key(sync.account_id, place.place), _SYNC: sync.sync_id}
            writes.append(PutItem(row))
        try:
            self._table.transact(writes)
        except TransactionRefused as refused:
            if refused.failed(0):
                raise SyncLostError from refused
            raise
        return following

    def forget(self, account_id: str) -> None:
        """Forget the last sync of an account; who goes on with it is told SyncLostError."""
        sync = self.find(account_id)
        if sync is None:
            return
        self._table.delete(_key(account_id))
        for place in sync.places:
            self._table.delete(_place_key(account_id, place))


def _key(account_id: str) -> dict[str, str]:
    return {KEY: f"staging-sync#{account_id}"}


def _place_key(account_id: str, place: SyncPlace) -> Key:
    return {KEY: f"staging-sync#{account_id}#{place}"}


def _row(sync: StagingSync) -> Item:
    return {**sync.wire(), **_key(sync.account_id)}


def _sync(row: Item) -> StagingSync:
    return StagingSync.model_validate({**row, KEY: row[KEY].split("#")[1]})


def _place(row: Item) -> SyncedPlace:
    return SyncedPlace.model_validate({name: value for name, value in row.items() if name not in (KEY, _SYNC)})
