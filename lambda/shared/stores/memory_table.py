"""A table in memory that refuses what DynamoDB refuses; the twin on which rules and faults are tested."""

from __future__ import annotations

import marshal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, assert_never

from shared.stores.attribute_values import ITEM_LIMIT, item_size, normalise
from shared.stores.conditions import Condition
from shared.stores.evaluation import holds
from shared.stores.expressions import check_changes
from shared.stores.schemas import TableSchema
from shared.stores.table import (
    CONDITION_FAILED,
    TRANSACTION_LIMIT,
    Changes,
    CheckItem,
    ConditionFailed,
    DeleteItem,
    Item,
    Key,
    Page,
    PutItem,
    TableUseError,
    TransactionRefused,
    UpdateItem,
    Write,
)

Rows: TypeAlias = dict[str, dict[str, Item]]
"""Items by partition, then by sort key ("" where a table has none)."""

_HIGHEST = chr(0x10FFFF)
"""No text begins with a later letter."""

TRANSACTION_BYTES = 4 * 1024 * 1024
"""DynamoDB: the size of all items of one transaction."""

ANSWER_BYTES = 1024 * 1024
"""DynamoDB: what a query reads at once."""


class MemoryTable:
    """Implements `Table`, safe for threads; with `stale_indexes` an index shows what the last `settle()` found."""

    def __init__(self, schema: TableSchema, *, stale_indexes: bool = False) -> None:
        self.schema = schema
        self.stale_indexes = stale_indexes
        self._rows: Rows = {}
        self._settled: Rows = {}
        self._lock = threading.RLock()

    def settle(self) -> None:
        """Let the indexes catch up with the table."""
        with self._lock:
            self._settled = {partition: dict(rows) for partition, rows in self._rows.items()}

    def get(self, key: Key, *, consistent: bool = True) -> Item | None:  # noqa: ARG002 (memory is always consistent)
        with self._lock:
            return _if_any(self._find(key))

    def batch_get(self, keys: Sequence[Key]) -> list[Item]:
        unique = {tuple(sorted(key.items())): key for key in keys}
        with self._lock:
            found = (self._find(key) for key in unique.values())
            return [_copied(item) for item in found if item is not None]

    def query(
        self,
        partition: tuple[str, str],
        *,
        sort_prefix: tuple[str, str] | None = None,
        sort_between: tuple[str, str, str] | None = None,
        index: str | None = None,
        forward: bool = True,
        limit: int | None = None,
        start: Item | None = None,
        consistent: bool = False,
        filter: Condition | None = None,
    ) -> Page:
        if index is not None and consistent:
            raise TableUseError("an index cannot be read consistently")
        names = self._order_names(index)
        if partition[0] != names[0] or any(sort[0] != names[1] for sort in (sort_prefix, sort_between) if sort):
            raise TableUseError(f"the keys are {names[:2]}")
        low, high = _range(sort_prefix, sort_between)
        with self._lock:
            candidates = [item for sort, item in self._in_partition(partition, index) if low <= sort <= high]
        ordered = sorted(candidates, key=_order(names), reverse=not forward)
        if start is not None:
            ordered = _after(ordered, _order(names), start, forward)
        return self._page((item for item in ordered if filter is None or holds(filter, item)), names, index, limit)

    def scan(self) -> list[Item]:
        with self._lock:
            return [_copied(item) for item in self._all(self._rows)]

    def put(self, item: Item, condition: Condition | None = None) -> None:
        self._single(PutItem(item, condition))

    def update(self, key: Key, changes: Changes, condition: Condition | None = None) -> Item:
        with self._lock:
            self._single(UpdateItem(key, changes, condition))
            return _copied(self._find(key) or {})

    def delete(self, key: Key, condition: Condition | None = None) -> None:
        self._single(DeleteItem(key, condition))

    def transact(self, writes: Sequence[Write]) -> None:
        if not 1 <= len(writes) <= TRANSACTION_LIMIT:
            raise TableUseError(f"a transaction has 1 to {TRANSACTION_LIMIT} writes, not {len(writes)}")
        if len({self._position(_key_source(write)) for write in writes}) != len(writes):
            raise TableUseError("a transaction writes an item twice")
        with self._lock:
            stored = [self._find(_key_source(write)) for write in writes]
            failed = [not _allowed(write, item) for write, item in zip(writes, stored, strict=True)]
            if any(failed):
                reasons = [CONDITION_FAILED if fail else None for fail in failed]
                items = [_if_any(item) if fail else None for fail, item in zip(failed, stored, strict=True)]
                raise TransactionRefused(reasons, items)
            after = [self._result(write, item) for write, item in zip(writes, stored, strict=True)]
            # a few items are no more than that, however large
            is_small = len(after) * ITEM_LIMIT <= TRANSACTION_BYTES
            if not is_small and sum(item_size(item) for item in after if item is not None) > TRANSACTION_BYTES:
                raise TableUseError("the transaction is too large")
            for write, item in zip(writes, after, strict=True):
                self._store(_key_source(write), item)

    def _single(self, write: Write) -> None:
        with self._lock:
            stored = self._find(_key_source(write))
            if not _allowed(write, stored):
                raise ConditionFailed(_if_any(stored))
            self._store(_key_source(write), self._result(write, stored))

    def _result(self, write: Write, stored: Item | None) -> Item | None:
        match write:
            case PutItem(item):
                return self._checked(normalise(item))
            case UpdateItem(key, changes):
                check_changes(changes, key)
                return self._checked(_changed(stored if stored is not None else dict(key), changes))
            case DeleteItem():
                return None
            case CheckItem():
                return stored
            case _:
                assert_never(write)

    def _checked(self, item: Item) -> Item:
        for index in self.schema.indexes.values():
            if any(item.get(name, "-") == "" or not isinstance(item.get(name, "-"), str) for name in index.keys):
                raise TableUseError("an index key is text, and not empty")
        if item_size(item) > ITEM_LIMIT:
            raise TableUseError("the item is larger than 400 KB")
        return item

    def _position(self, source: Mapping[str, Any]) -> tuple[str, str]:
        keys = self.schema.keys
        values = [source.get(name) for name in keys]
        if not all(isinstance(value, str) and value for value in values):
            raise TableUseError(f"the key needs text in {keys}")
        return str(values[0]), str(values[1]) if len(values) > 1 else ""

    def _find(self, source: Mapping[str, Any]) -> Item | None:
        partition, sort = self._position(source)
        return self._rows.get(partition, {}).get(sort)

    def _store(self, source: Mapping[str, Any], item: Item | None) -> None:
        partition, sort = self._position(source)
        rows = self._rows.setdefault(partition, {})
        if item is None:
            rows.pop(sort, None)
        else:
            rows[sort] = item

    def _all(self, rows: Rows) -> Iterator[Item]:
        for items in rows.values():
            yield from items.values()

    def _in_partition(self, partition: tuple[str, str], index: str | None) -> Iterable[tuple[str, Item]]:
        """The items of a partition of the table or of an index, each with its sort key."""
        if index is None:
            return self._rows.get(partition[1], {}).items()
        name = self.schema.indexes[index].keys[1]
        rows = self._settled if self.stale_indexes else self._rows
        return (
            (item[name], item) for item in self._all(rows) if item.get(partition[0]) == partition[1] and name in item
        )

    def _order_names(self, index: str | None) -> list[str]:
        if index is None:
            return list(self.schema.keys)
        if index not in self.schema.indexes:
            raise TableUseError(f"there is no index {index}")
        return [*self.schema.indexes[index].keys, *self.schema.keys]

    def _page(self, items: Iterator[Item], names: list[str], index: str | None, limit: int | None) -> Page:
        projected = self.schema.indexes[index].projected if index is not None else None
        page: list[Item] = []
        size = 0
        for item in items:
            page.append(_copied(item if projected is None else _projection(item, (*names, *projected))))
            if limit is None:
                continue
            size += item_size(page[-1])
            if len(page) == limit or size >= ANSWER_BYTES:
                return Page(tuple(page), {name: page[-1][name] for name in names})
        return Page(tuple(page))


def _key_source(write: Write) -> Mapping[str, Any]:
    return write.item if isinstance(write, PutItem) else write.key


def _allowed(write: Write, stored: Item | None) -> bool:
    return write.condition is None or holds(write.condition, stored or {})


def _copied(item: Item) -> Item:
    """A copy of what is stored, which holds JSON's own types alone: marshal copies them six times as fast as a walk."""
    copied: Item = marshal.loads(marshal.dumps(item))  # noqa: S302 (what this process wrote a moment ago)
    return copied


def _if_any(item: Item | None) -> Item | None:
    return None if item is None else _copied(item)


def _projection(item: Item, names: Sequence[str]) -> Item:
    return {name: item[name] for name in names if name in item}


def _order(names: list[str]) -> Callable[[Mapping[str, Any]], list[Any]]:
    return lambda item: [item[name] for name in names]


def _after(
    ordered: list[Item], order: Callable[[Mapping[str, Any]], list[Any]], start: Item, forward: bool
) -> list[Item]:
    try:
        bound = order(start)
    except KeyError as error:
        raise TableUseError(f"the start of a page lacks {error}") from error
    return [item for item in ordered if (order(item) > bound if forward else order(item) < bound)]


def _range(prefix: tuple[str, str] | None, between: tuple[str, str, str] | None) -> tuple[str, str]:
    """The lowest and the highest sort key that are asked for."""
    low, high = ("", _HIGHEST) if prefix is None else (prefix[1], prefix[1] + _HIGHEST)
    return (low, high) if between is None else (max(low, between[1]), min(high, between[2]))


def _changed(stored: Item, changes: Changes) -> Item:
    """A new item; what the stored one and the changes hold is copied."""
    item = _copied(stored)
    item.update(normalise(changes.set))
    for name, value in changes.set_if_absent.items():
        item.setdefault(name, normalise(value))
    for name, values in changes.append.items():
        if not isinstance(item.get(name, []), list):
            raise TableUseError(f"{name} is no list")
        item[name] = [*item.get(name, []), *normalise(list(values))]
    for name, amount in changes.add.items():
        if isinstance(item.get(name, 0), bool | str | list | dict | None):
            raise TableUseError(f"{name} is no number")
        item[name] = item.get(name, 0) + amount
    for name in changes.remove:
        item.pop(name, None)
    return item
