"""Tables that break off, stall or meet each other at a chosen write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from shared.stores.conditions import Condition
from shared.stores.table import Changes, Item, Key, Page, PutItem, Table, Write


class Crashed(BaseException):
    """The process is gone: nothing catches that, and nothing it does afterwards reaches the table."""


class TamperedTable:
    """A table that tells a test before and after each write, counted from 0; whatever the test raises goes through."""

    def __init__(
        self,
        table: Table,
        *,
        before: Callable[[int, Sequence[Write]], None] = lambda _number, _writes: None,
        after: Callable[[int], None] = lambda _number: None,
    ) -> None:
        self.table = table
        self.writes = 0
        self._before = before
        self._after = after
        self._is_dead = False

    def get(self, key: Key, *, consistent: bool = True) -> Item | None:
        self._must_live()
        return self.table.get(key, consistent=consistent)

    def batch_get(self, keys: Sequence[Key]) -> list[Item]:
        self._must_live()
        return self.table.batch_get(keys)

    def query(self, partition: tuple[str, str], **options: Any) -> Page:
        self._must_live()
        return self.table.query(partition, **options)

    def scan(self) -> list[Item]:
        self._must_live()
        return self.table.scan()

    def put(self, item: Item, condition: Condition | None = None) -> None:
        self._write([PutItem(item, condition)], lambda: self.table.put(item, condition))

    def update(self, key: Key, changes: Changes, condition: Condition | None = None) -> Item:
        answers: list[Item] = []
        self._write([], lambda: answers.append(self.table.update(key, changes, condition)))
        return answers[0]

    def delete(self, key: Key, condition: Condition | None = None) -> None:
        self._write([], lambda: self.table.delete(key, condition))

    def transact(self, writes: Sequence[Write]) -> None:
        self._write(writes, lambda: self.table.transact(writes))

    def _write(self, writes: Sequence[Write], carry_out: Callable[[], None]) -> None:
        self._must_live()
        number, self.writes = self.writes, self.writes + 1
        try:
            self._before(number, writes)
            carry_out()
            self._after(number)
        except Crashed:
            self._is_dead = True
            raise

    def _must_live(self) -> None:
        if self._is_dead:
            raise Crashed


class ForgetfulTable(TamperedTable):
    """A table whose first answer to every write gets lost, so that the SDK sends it again.

    A transaction has a token, by which DynamoDB knows it for the one that was carried out; a single write has none.
    """

    def put(self, item: Item, condition: Condition | None = None) -> None:
        super().put(item, condition)
        super().put(item, condition)

    def update(self, key: Key, changes: Changes, condition: Condition | None = None) -> Item:
        super().update(key, changes, condition)
        return super().update(key, changes, condition)

    def delete(self, key: Key, condition: Condition | None = None) -> None:
        super().delete(key, condition)
        super().delete(key, condition)


def crashing_before(number: int) -> Callable[[int, Sequence[Write]], None]:
    """Break off before that write."""

    def before(write: int, _writes: Sequence[Write]) -> None:
        if write == number:
            raise Crashed

    return before


def crashing_after(number: int) -> Callable[[int], None]:
    """Break off after that write, before its answer arrives."""

    def after(write: int) -> None:
        if write == number:
            raise Crashed

    return after
