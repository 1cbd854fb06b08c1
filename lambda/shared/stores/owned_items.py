"""Named items that people edit: a name is used once, a write with a stale version is refused.

Beside an item stand ownership rows, written in its transaction on the condition that nobody owns them. Where item and
rows do not fit one transaction of 100, the rows it gains are taken first, in ascending order, and given back on a
conflict; then comes the item with its name; the rows it loses go last. A crash in between leaves rows whose owner does
not list them. Whoever needs such a row takes it over after an hour (no function lives longer than 15 minutes) on the
condition that it is unchanged.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from shared.errors import ConflictError, ConflictReason, NotFoundError
from shared.models.base import format_instant
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan
from shared.stores.conditions import And, Condition, Equals, NotExists
from shared.stores.paging import Listing, PagedQuery
from shared.stores.table import (
    TRANSACTION_LIMIT,
    DeleteItem,
    Item,
    PutItem,
    Table,
    Throttled,
    TransactionRefused,
    Write,
    chunks,
)

KEY_BYTES: Final = 2048
"""The longest partition key of DynamoDB, which refuses to look for a longer one, or an empty one."""

ORPHAN_AFTER: Final = timedelta(hours=1)
TRIES: Final = 5

_STORE_ONLY: Final = frozenset({"listKey", "nameKey"})

M = TypeVar("M", ProtectionGroup, RecoveryPlan)


def _random_claim() -> str:
    return secrets.token_hex(8)


@dataclass(frozen=True)
class Kind(Generic[M]):
    """What tells one kind of item from another.

    `rows_of` are the ids of the rows that an item owns, with their further attributes; `rows_taken` makes the error
    for rows (by id, with the id of the owner) that belong to others, if rows of others can be in the way at all.
    """

    noun: str
    model: type[M]
    key: str
    list_key: str
    index: str
    id_of: Callable[[M], str]
    name_of: Callable[[M], str]
    rows_of: Callable[[M], Mapping[str, Item]]
    rows_taken: Callable[[Mapping[str, str]], ConflictError] | None = None


class OwnedItems(Generic[M]):
    """Items of one kind with their names and rows."""

    _kind: Kind[M]

    def __init__(self, table: Table, kind: Kind[M], new_claim: Callable[[], str] = _random_claim) -> None:
        self._table = table
        self._kind = kind
        self._new_claim = new_claim

    def get(self, item_id: str) -> M:
        """The item; NotFoundError."""
        found = self.get_many([item_id])
        if not found:
            raise NotFoundError(f"There is no {self._kind.noun} {item_id}", resource=self._kind.noun, id=item_id)
        return found[0]

    def get_many(self, item_ids: Sequence[str]) -> list[M]:
        """Those of the items that exist, in this order; what can be no key is none."""
        keys = [{self._kind.key: item_id} for item_id in item_ids if _may_be_key(item_id)]
        items = self._table.batch_get(keys)
        return [self._model(item) for item in items if "listKey" in item]

    def find_by_name(self, name: str) -> M | None:
        """The item of that name, whatever its case, read consistently; or None."""
        row_id = _name_row(name)
        row = self._table.get({self._kind.key: row_id}) if _may_be_key(row_id) else None
        found = self.get_many([row["ownerId"]]) if row is not None else []
        return found[0] if found else None

    def page(self, limit: int, token: str | None = None) -> Listing[M]:
        """A page of all items by name; the index lags behind by a moment."""
        query = PagedQuery(
            self._kind.index,
            partition=("listKey", self._kind.list_key),
            order=("listKey", "nameKey", self._kind.key),
            index=self._kind.index,
        )
        return query.read(self._table, limit, token, self._model)

    def put_new(self, new: M) -> M:
        """Write a new item as version 1; ConflictError NAME_EXISTS, or what `rows_taken` makes."""
        first = new.model_copy(update={"version": 1})
        self._save(first, None)
        return first

    def check_new(self, new: M) -> None:
        """Raise what `put_new` would raise now, and write nothing: for those who only rehearse."""
        name_row = self._table.get({self._kind.key: _name_row(self._kind.name_of(new))})
        if name_row is not None:
            raise self._core_conflict(new, [name_row])
        row_ids = list(self._kind.rows_of(new))
        rows = self._table.batch_get([{self._kind.key: row_id} for row_id in row_ids])
        self._takeable(new, {row[self._kind.key]: row for row in rows})

    def put(self, changed: M, expected_version: int) -> M:
        """Replace the item of that version; answers it with the next one.

        NotFoundError; ConflictError VERSION_CONFLICT, NAME_EXISTS, or what `rows_taken` makes.
        """
        old = self.get(self._kind.id_of(changed))
        if old.version != expected_version:
            raise self._version_conflict(old)
        following = changed.model_copy(update={"version": expected_version + 1})
        self._save(following, old)
        return following

    def _save(self, new: M, old: M | None) -> None:
        rows: Mapping[str, Item] = self._kind.rows_of(new)
        before: Mapping[str, Item] = self._kind.rows_of(old) if old is not None else {}
        gained = {row_id: rows[row_id] for row_id in sorted(rows) if row_id not in before}
        lost: list[Write] = [DeleteItem({self._kind.key: row_id}) for row_id in sorted(before) if row_id not in rows]
        core: list[Write] = self._core(new, old)
        claim = self._new_claim()
        if len(core) + len(gained) + len(lost) <= TRANSACTION_LIMIT:
            self._write(new, [*core, *lost], gained, claim)
            return
        taken: list[str] = []
        try:
            for chunk in chunks(gained, TRANSACTION_LIMIT):
                self._write(new, [], {row_id: gained[row_id] for row_id in chunk}, claim)
                taken += chunk
            self._write(new, core, {}, claim)
        except (ConflictError, Throttled):
            self._give_back(taken, claim)
            raise
        for deletes in chunks(lost, TRANSACTION_LIMIT):
            self._table.transact(deletes)

    def _core(self, new: M, old: M | None) -> list[Write]:
        """The item first, then its name if that is new to it."""
        key, name = self._kind.key, self._kind.name_of(new)
        item = new.wire() | {"listKey": self._kind.list_key, "nameKey": name.lower()}
        if old is None:
            return [PutItem(item, NotExists(key)), self._name_put(new)]
        writes: list[Write] = [PutItem(item, Equals("version", old.version))]
        if self._kind.name_of(old).lower() != name.lower():
            writes += [self._name_put(new), DeleteItem({key: _name_row(self._kind.name_of(old))})]
        return writes

    def _name_put(self, new: M) -> PutItem:
        row = {self._kind.key: _name_row(self._kind.name_of(new)), "ownerId": self._kind.id_of(new)}
        return PutItem(row, NotExists(self._kind.key))

    def _write(self, new: M, core: Sequence[Write], gained: Mapping[str, Item], claim: str) -> None:
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
        raise Throttled(f"the rows of this {self._kind.noun} change too often")

    def _row(self, new: M, row_id: str, further: Item, claim: str) -> Item:
        owner = {"ownerId": self._kind.id_of(new), "claim": claim, "takenAt": format_instant(new.updated_at)}
        return further | {self._kind.key: row_id} | owner

    def _orphans(self, new: M, refused: TransactionRefused, row_ids: list[str]) -> dict[str, Condition]:
        """On what condition each row in the way may be taken over; raises what else was in the way."""
        failures = refused.failures()
        in_core = [refused.items[position] for position in failures if position >= len(row_ids)]
        if in_core:
            raise self._core_conflict(new, in_core) from refused
        in_way = {row_ids[position]: row for position in failures if (row := refused.items[position]) is not None}
        return self._takeable(new, in_way)

    def _takeable(self, new: M, in_way: Mapping[str, Item]) -> dict[str, Condition]:
        """On what condition each of these rows may be taken over; raises if somebody owns one."""
        owners = {self._kind.id_of(one): one for one in self.get_many([row["ownerId"] for row in in_way.values()])}
        taken = {
            row_id: row["ownerId"]
            for row_id, row in in_way.items()
            if not self._is_orphan(row_id, row, owners.get(row["ownerId"]), new.updated_at)
        }
        if taken:
            raise self._rows_conflict(new, taken)
        return {
            row_id: And(Equals("ownerId", row["ownerId"]), Equals("claim", row["claim"]))
            for row_id, row in in_way.items()
        }

    def _is_orphan(self, row_id: str, row: Item, owner: M | None, now: datetime) -> bool:
        listed = owner is not None and row_id in self._kind.rows_of(owner)
        return not listed and row["takenAt"] < format_instant(now - ORPHAN_AFTER)

    def _core_conflict(self, new: M, stored: Sequence[Item | None]) -> ConflictError:
        names = [item for item in stored if item is not None and "ownerId" in item]
        if len(names) != len(stored):
            return self._version_conflict(new)
        return ConflictError(
            f"There is a {self._kind.noun} named {self._kind.name_of(new)} already",
            reason=ConflictReason.NAME_EXISTS,
            name=self._kind.name_of(new),
            id=names[0]["ownerId"],
        )

    def _rows_conflict(self, new: M, taken: Mapping[str, str]) -> ConflictError:
        if self._kind.rows_taken is None or self._kind.id_of(new) in taken.values():
            # Our own id on a row that we have not taken: another change of the same item is under way.
            return self._version_conflict(new)
        return self._kind.rows_taken(taken)

    def _version_conflict(self, item: M) -> ConflictError:
        return ConflictError(
            f"The {self._kind.noun} {self._kind.name_of(item)} was changed by another; read it again",
            reason=ConflictReason.VERSION_CONFLICT,
            id=self._kind.id_of(item),
        )

    def _give_back(self, row_ids: Sequence[str], claim: str) -> None:
        for chunk in chunks(row_ids, TRANSACTION_LIMIT):
            self._table.transact([DeleteItem({self._kind.key: row_id}, Equals("claim", claim)) for row_id in chunk])

    def _model(self, item: Item) -> M:
        fields = {name: value for name, value in item.items() if name not in _STORE_ONLY}
        model: M = self._kind.model.model_validate(fields)
        return model


def _may_be_key(text: str) -> bool:
    return 0 < len(text.encode()) <= KEY_BYTES


def _name_row(name: str) -> str:
    return f"name#{name.strip().lower()}"
