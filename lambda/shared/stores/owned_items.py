"""Named items that people edit: a name is used once, a write with a stale version is refused.

Beside an item stand ownership rows, written in its transaction on the condition that nobody owns them. Where item and
rows do not fit one transaction of 100, the rows it gains are taken first, in ascending order; then comes the item with
its name; the rows it loses go last. Rows are given back only if the item surely is not stored. What breaks off in
between leaves rows whose owner does not list them. Whoever needs such a row, be it the owner, is asked to wait, and
takes it over after an hour (no function lives longer than 15 minutes) on the condition that it is unchanged.

With each item goes its tie row (ties.py), which carries the same version; who uses the item is written there.

An older version folded names less. The row of an item's name is the one of the fold that is stored with it; a save
moves it to that of today, unless another has that since and the name stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic

from shared.errors import ConflictError, ValidationError
from shared.ids import new_claim
from shared.stores.conditions import And, Condition, Equals, NotExists
from shared.stores.owned_kinds import Kind, M, folded, may_be_key, name_row
from shared.stores.owned_rows import CoreRefusedError, NothingStoredError, OwnedRows, nothing_stored_yet
from shared.stores.paging import Listing, PagedQuery
from shared.stores.table import (
    TRANSACTION_LIMIT,
    Changes,
    CheckItem,
    DeleteItem,
    Item,
    PutItem,
    Table,
    Throttled,
    UpdateItem,
    Write,
    chunks,
)
from shared.stores.ties import UsedMeanwhileError, Uses, tie_key

_STORE_ONLY: Final = frozenset({"listKey", "nameKey"})


class AlsoRefusedError(Exception):
    """Nothing was written: what was to be written with the item was refused."""


@dataclass(frozen=True, slots=True)
class _Stored(Generic[M]):
    """An item as it was read, with the fold under which it owns its name."""

    item: M
    fold: str


class OwnedItems(Generic[M]):
    """Items of one kind with their names and rows."""

    _kind: Kind[M]
    _rows: OwnedRows[M]

    def __init__(self, table: Table, kind: Kind[M], new_claim: Callable[[], str] = new_claim) -> None:
        self._table = table
        self._kind = kind
        self._new_claim = new_claim
        self._rows = OwnedRows(table, kind, self.get_many)

    def get(self, item_id: str) -> M:
        """The item; NotFoundError."""
        found = self.get_many([item_id])
        if not found:
            raise self._kind.not_found(item_id)
        return found[0]

    def get_many(self, item_ids: Sequence[str]) -> list[M]:
        """Those of the items that exist, in this order; what can be no key is none."""
        return [self._model(item) for item in self._stored(item_ids)]

    def owners(self, row_ids: Sequence[str]) -> dict[str, M]:
        """The item that owns each of these rows and lists it, read consistently."""
        rows = self._table.batch_get([{self._kind.key: row_id} for row_id in row_ids])
        owner_ids = {row[self._kind.key]: row["ownerId"] for row in rows}
        items = {self._kind.id_of(one): one for one in self.get_many(sorted(set(owner_ids.values())))}
        return {
            row_id: items[owner_id]
            for row_id, owner_id in owner_ids.items()
            if owner_id in items and row_id in self._kind.rows_of(items[owner_id])
        }

    def find_by_name(self, name: str) -> M | None:
        """The item of that name, whatever its case, read consistently; or None."""
        row_id = name_row(name)
        row = self._table.get({self._kind.key: row_id}) if may_be_key(row_id) else None
        found = self.get_many([row["ownerId"]]) if row is not None else []
        return found[0] if found else None

    def page(self, limit: int, token: str | None = None, *, name_prefix: str = "") -> Listing[M]:
        """A page of the items whose names begin so, whatever their case, by name; the index lags behind by a moment."""
        return self._listed(name_prefix).read(self._table, limit, token, self._model)

    def every(self) -> Iterator[M]:
        """All items by name; the index lags behind by a moment."""
        return self._listed().every(self._table, self._model)

    def _listed(self, name_prefix: str = "") -> PagedQuery:
        prefix = folded(name_prefix)
        return PagedQuery(
            self._kind.index,
            partition=("listKey", self._kind.list_key),
            order=("listKey", "nameKey", self._kind.key),
            index=self._kind.index,
            sort_prefix=("nameKey", prefix) if prefix else None,
            filters={"namePrefix": prefix} if prefix else {},
        )

    def put_new(self, new: M, *, also: Sequence[Write] = ()) -> M:
        """Write a new item as version 1, with what else is to be written if and only if it is.

        ConflictError NAME_EXISTS, or what `rows_taken` makes; AlsoRefusedError; NothingStoredError; Throttled, after
        which it may be stored or not.
        """
        first = new.model_copy(update={"version": 1})
        fold = self._kind.fold_of(first)
        ties: list[Write] = [PutItem({**self._tie(first), "version": 1}, NotExists(self._kind.key))]
        core: list[Write] = [PutItem(self._item(first, fold), self._as_read(None)), self._name_put(first, fold), *ties]
        self._save(first, None, [*core, *also], also_from=len(core))
        return first

    def check_new(self, new: M) -> None:
        """Raise what `put_new` would raise now, and write nothing: for those who only rehearse."""
        with nothing_stored_yet():
            self._check_name(new, self._kind.fold_of(new))
            self._check_rows(new, list(self._kind.rows_of(new)))

    def put(self, changed: M, expected_version: int, uses: Uses | None = None) -> M:
        """Replace the item of that version; answers it with the next one.

        NotFoundError; ConflictError VERSION_CONFLICT, NAME_EXISTS, or what `rows_taken` makes; UsedMeanwhileError if
        these are not its uses any more; NothingStoredError; Throttled, after which it may be stored or not.
        """
        with nothing_stored_yet():
            old = self._old(changed, expected_version)
            following = changed.model_copy(update={"version": expected_version + 1})
            core = self._changing(following, old, uses)
        self._save(following, old.item, core)
        return following

    def check_put(self, changed: M, expected_version: int) -> None:
        """Raise what `put` would raise now, and write nothing."""
        with nothing_stored_yet():
            old = self._old(changed, expected_version)
            fold = self._fold_of(changed, old)
            if fold != old.fold:
                self._check_name(changed, fold)
            before: Mapping[str, Item] = self._kind.rows_of(old.item)
            self._check_rows(changed, [row_id for row_id in self._kind.rows_of(changed) if row_id not in before])

    def delete(self, old: M, uses: Uses) -> None:
        """Delete the item as it was read, of which these are all the uses, and what it owns.

        NotFoundError, ConflictError VERSION_CONFLICT, UsedMeanwhileError.
        """
        core: list[Write] = [DeleteItem(self._kind.key_of(old), Equals("version", old.version)), *uses.ending()]
        for item in self._stored([self._kind.id_of(old)]):
            core += self._name_frees(old, item["nameKey"])
        rows = sorted(self._kind.rows_of(old))
        together = len(core) + len(rows) <= TRANSACTION_LIMIT
        freeing: list[DeleteItem] = self._rows.frees(rows)
        try:
            self._rows.write(old, [*core, *freeing] if together else core, {}, "")
        except CoreRefusedError as refused:
            raise self._why_not_deleted(old, refused) from refused
        if not together:
            self._rows.free(freeing)

    def _stored(self, item_ids: Sequence[str]) -> list[Item]:
        keys = [{self._kind.key: item_id} for item_id in item_ids if may_be_key(item_id)]
        return [item for item in self._table.batch_get(keys) if "listKey" in item]

    def _old(self, changed: M, expected_version: int) -> _Stored[M]:
        found = self._stored([self._kind.id_of(changed)])
        if not found:
            raise self._kind.not_found(self._kind.id_of(changed))
        old = self._model(found[0])
        if old.version != expected_version:
            raise self._kind.version_conflict(old, old.version)
        return _Stored(old, found[0]["nameKey"])

    def _save(self, new: M, old: M | None, core: list[Write], *, also_from: int | None = None) -> None:
        rows: Mapping[str, Item] = self._kind.rows_of(new)
        before: Mapping[str, Item] = self._kind.rows_of(old) if old is not None else {}
        gained = {row_id: rows[row_id] for row_id in sorted(rows) if row_id not in before}
        lost = [row_id for row_id in sorted(before) if row_id not in rows]
        together = len(core) + len(gained) + len(lost) <= TRANSACTION_LIMIT
        with nothing_stored_yet():
            freeing: list[DeleteItem] = self._rows.frees(lost) if lost else []
        try:
            if together:
                self._rows.write(new, [*core, *freeing], gained, self._new_claim())
            else:
                self._save_apart(new, old, core, gained)
        except CoreRefusedError as refused:
            raise self._why_not_saved(new, old, refused, also_from) from refused
        if not together:
            self._rows.free(freeing)

    def _save_apart(self, new: M, old: M | None, core: Sequence[Write], gained: Mapping[str, Item]) -> None:
        """The rows first, then the item, which is refused without them.

        They are given back only if the item surely is not stored: else it owns them, whatever the caller was told.
        """
        claim: str = self._new_claim()
        taken: list[str] = []
        try:
            with nothing_stored_yet():
                for chunk in chunks(gained, TRANSACTION_LIMIT):
                    taken += chunk
                    self._rows.write(new, [], {row_id: gained[row_id] for row_id in chunk}, claim)
        except (ConflictError, ValidationError, NothingStoredError):
            self._rows.give_back(taken, claim)
            raise
        try:
            self._rows.write(new, [*core, *self._rows.still_taken(taken, claim)], {}, claim)
        except CoreRefusedError as refused:
            self._rows.give_back(taken, claim)
            if any(position < len(core) for position in refused.stored):
                raise
            raise NothingStoredError("the save took too long; ask again", retryAfterSeconds=1) from refused
        except Throttled as error:
            unstored = CheckItem(self._kind.key_of(new), self._as_read(old))
            if self._rows.undo(unstored, taken, claim):
                raise NothingStoredError(error.message, **error.details) from error
            raise

    def _changing(self, new: M, old: _Stored[M], uses: Uses | None) -> list[Write]:
        """The item and its tie row first, then its name if that is new to it."""
        fold = self._fold_of(new, old)
        is_old = self._as_read(old.item)
        as_read = [condition for _, condition in uses.rows] if uses is not None else []
        writes: list[Write] = [
            PutItem(self._item(new, fold), is_old),
            UpdateItem(self._tie(new), Changes(set={"version": new.version}), And(is_old, *as_read)),
        ]
        if fold != old.fold:
            writes += [self._name_put(new, fold), *self._name_frees(old.item, old.fold)]
        return writes

    def _fold_of(self, new: M, old: _Stored[M]) -> str:
        """The fold under which it is to own its name: that of before where another has today's, and the name stays."""
        fold = self._kind.fold_of(new)
        stays = self._kind.name_of(new) == self._kind.name_of(old.item)
        if stays and fold != old.fold and self._table.get(self._kind.name_key(fold)) is not None:
            return old.fold
        return fold

    def _name_frees(self, old: M, fold: str) -> list[Write]:
        """What frees the row of that fold if it is this item's; nothing where it is another's."""
        key, own = self._kind.name_key(fold), self._kind.id_of(old)
        row = self._table.get(key)
        return [DeleteItem(key, Equals("ownerId", own))] if row is not None and row["ownerId"] == own else []

    def _why_not_saved(self, new: M, old: M | None, refused: CoreRefusedError, also_from: int | None) -> Exception:
        stored = refused.stored
        if also_from is not None and any(position >= also_from for position in stored):
            return AlsoRefusedError("what belongs to the item was refused")
        if old is not None and 0 in stored:
            return self._kind.version_conflict(new, (stored[0] or {}).get("version"))
        if old is not None and 1 in stored:
            return UsedMeanwhileError(self._kind.id_of(new))
        names = [item for item in stored.values() if item is not None and "ownerId" in item]
        if names and len(names) == len(stored):
            return self._kind.name_conflict(new, names[0]["ownerId"])
        return self._kind.version_conflict(new)

    def _why_not_deleted(self, old: M, refused: CoreRefusedError) -> Exception:
        if 0 not in refused.stored:
            return UsedMeanwhileError(self._kind.id_of(old))
        item = refused.stored[0]
        if item is None:
            return self._kind.not_found(self._kind.id_of(old))
        return self._kind.version_conflict(old, item["version"])

    def _check_name(self, new: M, fold: str) -> None:
        row = self._table.get(self._kind.name_key(fold))
        if row is not None:
            raise self._kind.name_conflict(new, row["ownerId"])

    def _check_rows(self, new: M, gained: Sequence[str]) -> None:
        rows = self._table.batch_get([{self._kind.key: row_id} for row_id in gained])
        self._rows.takeable(new, {row[self._kind.key]: row for row in rows})

    def _item(self, new: M, fold: str) -> Item:
        return new.wire() | {"listKey": self._kind.list_key, "nameKey": fold}

    def _as_read(self, old: M | None) -> Condition:
        return NotExists(self._kind.key) if old is None else Equals("version", old.version)

    def _tie(self, item: M) -> dict[str, str]:
        return tie_key(self._kind.key, self._kind.id_of(item))

    def _name_put(self, new: M, fold: str) -> PutItem:
        row = {**self._kind.name_key(fold), "ownerId": self._kind.id_of(new)}
        return PutItem(row, NotExists(self._kind.key))

    def _model(self, item: Item) -> M:
        fields = {name: value for name, value in item.items() if name not in _STORE_ONLY}
        model: M = self._kind.model.model_validate(fields)
        return model
