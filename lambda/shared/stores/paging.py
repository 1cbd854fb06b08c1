"""Lists a page at a time: models, and a token for the next page only if there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from shared.stores import page_token
from shared.stores.conditions import Condition
from shared.stores.table import Item, Table

M = TypeVar("M")

_AT_ONCE: Final = 100
"""Where all are wanted, so many are read at once."""


@dataclass(frozen=True)
class Listing(Generic[M]):
    """A page of a list; without `next_token` it is the last."""

    items: tuple[M, ...]
    next_token: str | None = None


@dataclass(frozen=True)
class PagedQuery:
    """A query with its place in a list: `order` names the index' keys, then the table's, the partition first."""

    list_name: str
    partition: tuple[str, str]
    order: tuple[str, ...]
    index: str | None = None
    sort_prefix: tuple[str, str] | None = None
    sort_between: tuple[str, str, str] | None = None
    forward: bool = True
    consistent: bool = False
    filter: Condition | None = None
    filters: Mapping[str, Any] = field(default_factory=dict)

    def read(self, table: Table, limit: int, token: str | None, model_of: Callable[[Item], M]) -> Listing[M]:
        """At most `limit` models, and about a megabyte; one item more is read, to know whether there is a next page."""
        if limit < 1:
            raise ValueError(f"a page has at least one item, not {limit}")
        page = table.query(
            self.partition,
            sort_prefix=self.sort_prefix,
            sort_between=self.sort_between,
            index=self.index,
            forward=self.forward,
            limit=limit + 1,
            start=self._start(token),
            consistent=self.consistent,
            filter=self.filter,
        )
        items = page.items[:limit]
        last = items[-1] if len(page.items) > limit else page.next_start
        return Listing(tuple(map(model_of, items)), self.token_after(last) if last is not None else None)

    def every(self, table: Table, model_of: Callable[[Item], M]) -> Iterator[M]:
        """All of them, a page after the other."""
        token: str | None = None
        while True:
            listing = self.read(table, _AT_ONCE, token, model_of)
            yield from listing.items
            token = listing.next_token
            if token is None:
                return

    def token_after(self, item: Item) -> str:
        """The token of the page that begins after this item."""
        return page_token.encode(self.list_name, self._binding, {name: item[name] for name in self.order})

    @property
    def _binding(self) -> Mapping[str, Any]:
        return {**self.filters, "partition": self.partition[1], "forward": self.forward}

    def _start(self, token: str | None) -> Item | None:
        if token is None:
            return None
        start = page_token.decode(token, self.list_name, self._binding, self.order)
        if start[self.partition[0]] != self.partition[1]:
            raise page_token.refused()
        return start
