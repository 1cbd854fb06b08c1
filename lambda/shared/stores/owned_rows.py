"""The rows that an item owns: taken on the condition that nobody does, or that their owner does not list them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, Generic

from shared.errors import ThrottledError
from shared.models.base import format_instant
from shared.stores.conditions import And, Condition, Equals, NotExists
from shared.stores.owned_kinds import Kind, M
from shared.stores.table import (
    TRANSACTION_LIMIT,
    CheckItem,
    DeleteItem,
    Item,
    PutItem,
    Table,
    Throttled,
    TransactionRefused,
    Write,
    chunks,
)

ORPHAN_AFTER: Final = timedelta(hours=1)
TRIES: Final = 5

RETRY_AFTER_SECONDS: Final = 5
"""The save of a group of thousands of servers takes some seconds."""


class CoreRefusedError(Exception):
    """What was to be written with the rows was refused; `stored` is, by the position of each refused write, what is."""

    def __init__(self, stored: Mapping[int, Item | None]) -> None:
        super().__init__("the item was refused")
        self.stored = stored


class NothingStoredError(ThrottledError):
    """Nothing was stored of what was to be saved, and nothing of it will be: try again."""


class OwnedRows(Generic[M]):
    """The rows of one kind of item."""

    _kind: Kind[M]
    _get_many: Callable[[Sequence[str]], list[M]]

    def __init__(self, table: Table, kind: Kind[M], get_many: Callable[[Sequence[str]], list[M]]) -> None:
        self._table = table
        self._kind = kind
        self._get_many = get_many

    def write(self, new: M, core: Sequence[Write], gained: Mapping[str, Item], claim: str) -> None:
        """Take these rows for the item, with what else is written: all or nothing.

        CoreRefusedError; ConflictError if others own rows; NothingStoredError, Throttled.
        """
        orphans: dict[str, Condition] = {}
        for _ in range(TRIES):
            rows: list[Write] = [
                PutItem(self._row(new, row_id, gained[row_id], claim), orphans.get(row_id, NotExists(self._kind.key)))
                for row_id in gained
            ]
            try:
                self._table.transact([*rows, *core])
            except TransactionRefused as refused:
                orphans |= self._orphans(new, refused, list(gained))
            else:
                return
        raise NothingStoredError(f"the rows of this {self._kind.noun} change too often", retryAfterSeconds=1)

    def takeable(self, new: M, in_way: Mapping[str, Item]) -> dict[str, Condition]:
        """On what condition each of these rows may be taken over.

        ConflictError if stored items own some, NothingStoredError if only items do that are not stored, be it not yet.
        """
        owners = {self._kind.id_of(one): one for one in self._get_many([row["ownerId"] for row in in_way.values()])}
        taken = {
            row_id: row["ownerId"]
            for row_id, row in in_way.items()
            if not self._is_orphan(row_id, row, owners.get(row["ownerId"]), new.updated_at)
        }
        of_stored = {row_id: owner_id for row_id, owner_id in taken.items() if owner_id in owners}
        if of_stored:
            raise self._kind.rows_conflict(new, of_stored)
        if taken:
            raise NothingStoredError(
                f"what this {self._kind.noun} needs is held by one that is being saved, or whose save broke off within "
                "the last hour; ask again",
                retryAfterSeconds=RETRY_AFTER_SECONDS,
            )
        return {
            row_id: And(Equals("ownerId", row["ownerId"]), Equals("claim", row["claim"]))
            for row_id, row in in_way.items()
        }

    def still_taken(self, row_ids: Sequence[str], claim: str) -> list[CheckItem]:
        """What belongs into the write of an item whose rows were taken before it, so that `undo` can forestall it."""
        return [CheckItem({self._kind.key: row_id}, Equals("claim", claim)) for row_id in row_ids[:1]]

    def undo(self, unstored: CheckItem, row_ids: Sequence[str], claim: str) -> bool:
        """Give back the rows of an item that may be stored or not; False, and nothing done, unless it is not.

        The row of `still_taken` goes together with the look at the item, so a write that comes late is refused.
        """
        if not row_ids:
            return False
        try:
            self._table.transact([unstored, *self._freeing(row_ids[:1], claim)])
        except (TransactionRefused, Throttled):
            return False
        self.give_back(row_ids[1:], claim)
        return True

    def give_back(self, row_ids: Sequence[str], claim: str) -> None:
        """Free the rows that a save of ours has taken and whose item is surely not stored, as far as the table lets us.

        Those that are left are free after an hour.
        """
        with suppress(Throttled):
            self.free(self._freeing(row_ids, claim))

    def frees(self, row_ids: Sequence[str]) -> list[DeleteItem]:
        """What frees these rows as they are now; read them before the item is written that lists them no more."""
        rows = self._table.batch_get([{self._kind.key: row_id} for row_id in row_ids])
        return [DeleteItem({self._kind.key: row[self._kind.key]}, Equals("claim", row["claim"])) for row in rows]

    def free(self, deletes: Sequence[DeleteItem]) -> None:
        """Free rows that the stored item does not list any more; whoever has taken one over meanwhile keeps it."""
        for chunk in chunks(deletes, TRANSACTION_LIMIT):
            left = chunk
            while left:
                try:
                    self._table.transact(left)
                except TransactionRefused as refused:
                    left = [delete for position, delete in enumerate(left) if not refused.failed(position)]
                else:
                    break

    def _freeing(self, row_ids: Sequence[str], claim: str) -> list[DeleteItem]:
        return [DeleteItem({self._kind.key: row_id}, Equals("claim", claim)) for row_id in row_ids]

    def _row(self, new: M, row_id: str, further: Item, claim: str) -> Item:
        owner = {"ownerId": self._kind.id_of(new), "claim": claim, "takenAt": format_instant(new.updated_at)}
        return further | {self._kind.key: row_id} | owner

    def _orphans(self, new: M, refused: TransactionRefused, row_ids: list[str]) -> dict[str, Condition]:
        """On what condition each row in the way may be taken over; raises what else was in the way."""
        failures = refused.failures()
        core = {position - len(row_ids): refused.items[position] for position in failures if position >= len(row_ids)}
        if core:
            raise CoreRefusedError(core) from refused
        in_way = {row_ids[position]: row for position in failures if (row := refused.items[position]) is not None}
        return self.takeable(new, in_way)

    def _is_orphan(self, row_id: str, row: Item, owner: M | None, now: datetime) -> bool:
        listed = owner is not None and row_id in self._kind.rows_of(owner)
        return not listed and row["takenAt"] < format_instant(now - ORPHAN_AFTER)
