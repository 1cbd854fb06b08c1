"""A table that is written to in memory only: what is read is what the table behind it holds, and what was written here.

Whoever rehearses runs the code that will run, and is refused what it will be refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.stores.conditions import Condition
from shared.stores.memory_table import MemoryTable
from shared.stores.schemas import TableSchema
from shared.stores.table import Changes, Item, Key, Page, PutItem, Table, Write


class RehearsalTable:
    """Implements `Table`: an item is taken over from the table behind when it is first needed, and never written back.

    A query reads all that the table behind has for it, however few items are asked for.
    """

    def __init__(self, behind: Table, schema: TableSchema) -> None:
        self._behind = behind
        self._keys = schema.keys
        self._memory = MemoryTable(schema)
        self._taken: set[tuple[str, ...]] = set()

    def get(self, key: Key, *, consistent: bool = True) -> Item | None:
        self._take([key])
        return self._memory.get(key, consistent=consistent)

    def batch_get(self, keys: Sequence[Key]) -> list[Item]:
        self._take(keys)
        return self._memory.batch_get(keys)

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
        behind = self._behind.query(
            partition, sort_prefix=sort_prefix, sort_between=sort_between, index=index, consistent=consistent
        )
        self._take(behind.items)
        return self._memory.query(
            partition,
            sort_prefix=sort_prefix,
            sort_between=sort_between,
            index=index,
            forward=forward,
            limit=limit,
            start=start,
            consistent=consistent,
            filter=filter,
        )

    def scan(self) -> list[Item]:
        self._take(self._behind.scan())
        return self._memory.scan()

    def put(self, item: Item, condition: Condition | None = None) -> None:
        self._take([item])
        self._memory.put(item, condition)

    def update(self, key: Key, changes: Changes, condition: Condition | None = None) -> Item:
        self._take([key])
        return self._memory.update(key, changes, condition)

    def delete(self, key: Key, condition: Condition | None = None) -> None:
        self._take([key])
        self._memory.delete(key, condition)

    def transact(self, writes: Sequence[Write]) -> None:
        self._take([write.item if isinstance(write, PutItem) else write.key for write in writes])
        self._memory.transact(writes)

    def _take(self, sources: Iterable[Mapping[str, Any]]) -> None:
        """Take over those of these items that were not taken before; each source has at least the keys."""
        keys = {tuple(str(source.get(name, "")) for name in self._keys) for source in sources}
        missing = sorted(keys - self._taken)
        wanted = [dict(zip(self._keys, values, strict=True)) for values in missing if all(values)]
        for item in self._behind.batch_get(wanted) if wanted else ():
            self._memory.put(item)
        self._taken.update(missing)
