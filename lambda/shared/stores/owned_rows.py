"""The rows that an item owns: taken on the condition that nobody does, or that their owner does not list them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
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


@contextmanager
def nothing_stored_yet() -> Iterator[None]:
    """Around what comes before the write of the thing itself: NothingStoredError for what is refused there for load."""
    try:
        yield
    except ThrottledError as error:
        raise NothingStoredError(error.message, **error.details) from error


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
                with nothing_stored_yet():
                    orphans |= self._in_way(new, refused, list(gained))
            else:
                return
        raise NothingStoredError(f"the rows of this {self._kind.noun} change too often", retryAfterSeconds=1)

    def takeable(self, new: M, in_way: Mapping[str, Item]) -> dict[str, Condition]:
        """On what condition each of these rows may be taken over.

        ConflictError if stored items list some; NothingStoredError if they are of saves that are not stored, be it not
        yet. One may be of this very item, and about to be stored.
        """
        owners = {self._kind.id_of(one): one for one in self._get_many([row["ownerId"] for row in in_way.values()])}
        listed = {row_id: row["ownerId"] for row_id, row in in_way.items() if self._lists(owners, row_id, row)}
        if listed:
            raise self._kind.rows_conflict(new, listed)
        orphaned = format_instant(new.updated_at - ORPHAN_AFTER)
        if any(row["takenAt"] >= orphaned for row in in_way.values()):
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
        """Free the rows that a save of ours has taken and whose item surely is not stored, as `free` does."""
        self.free(self._freeing(row_ids, claim))

    def frees(self, row_ids: Sequence[str]) -> list[DeleteItem]:
        """What frees these rows as they are now; read them before the item is written that lists them no more."""
        rows = self._table.batch_get([{self._kind.key: row_id} for row_id in row_ids])
        return [DeleteItem({self._kind.key: row[self._kind.key]}, Equals("claim", row["claim"])) for row in rows]

    def free(self, deletes: Sequence[DeleteItem]) -> None:
        """Free rows that no stored item lists, as far as the table lets us: those that are left are free after an hour.

        Whoever has taken one over meanwhile keeps it.
        """
        with suppress(Throttled):
            for chunk in chunks(deletes, TRANSACTION_LIMIT):
                self._free_together(chunk)

    def _free_together(self, left: Sequence[DeleteItem]) -> None:
        while left:
            try:
                self._table.transact(left)
            except TransactionRefused as refused:
                left = [delete for position, delete in enumerate(left) if not refused.failed(position)]
            else:
                return

    def _freeing(self, row_ids: Sequence[str], claim: str) -> list[DeleteItem]:
        return [DeleteItem({self._kind.key: row_id}, Equals("claim", claim)) for row_id in row_ids]

    def _row(self, new: M, row_id: str, further: Item, claim: str) -> Item:
        owner = {"ownerId": self._kind.id_of(new), "claim": claim, "takenAt": format_instant(new.updated_at)}
        return further | {self._kind.key: row_id} | owner

    def _in_way(self, new: M, refused: TransactionRefused, row_ids: list[str]) -> dict[str, Condition]:
        """On what condition each refused row may be taken now; raises what else was in the way."""
        failures = refused.failures()
        core = {position - len(row_ids): refused.items[position] for position in failures if position >= len(row_ids)}
        if core:
            raise CoreRefusedError(core) from refused
        in_way = {row_ids[position]: refused.items[position] for position in failures}
        free = {row_id: NotExists(self._kind.key) for row_id, row in in_way.items() if row is None}
        return {**free, **self.takeable(new, {row_id: row for row_id, row in in_way.items() if row is not None})}

    def _lists(self, owners: Mapping[str, M], row_id: str, row: Item) -> bool:
        owner = owners.get(row["ownerId"])
        return owner is not None and row_id in self._kind.rows_of(owner)
