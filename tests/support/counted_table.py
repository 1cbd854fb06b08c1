"""A table that counts the calls that would reach DynamoDB."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from shared.stores.table import BATCH_GET_LIMIT, Item, Key, Page, Table, Write
from tests.support.tampered_table import TamperedTable


class CountedTable(TamperedTable):
    """Each read and each write is one; a batch is as many as it has hundreds of keys."""

    def __init__(
        self, table: Table, *, before: Callable[[int, Sequence[Write]], None] = lambda _number, _writes: None
    ) -> None:
        super().__init__(table, before=before)
        self.batches = 0
        self.singles = 0

    def get(self, key: Key, *, consistent: bool = True) -> Item | None:
        self.singles += 1
        return super().get(key, consistent=consistent)

    def batch_get(self, keys: Sequence[Key]) -> list[Item]:
        self.batches += math.ceil(len(keys) / BATCH_GET_LIMIT)
        return super().batch_get(keys)

    def query(self, partition: tuple[str, str], **options: Any) -> Page:
        self.singles += 1
        return super().query(partition, **options)

    @property
    def calls(self) -> int:
        """All together."""
        return self.writes + self.batches + self.singles
