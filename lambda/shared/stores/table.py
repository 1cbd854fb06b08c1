"""The seam under every store: one table, its reads, its conditional writes, its refusals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from shared.errors import ThrottledError
from shared.stores.conditions import Condition

Key: TypeAlias = Mapping[str, str]
Item: TypeAlias = dict[str, Any]
"""JSON: text, ints and floats, booleans, lists, dicts, None; a whole float comes back as an int."""

TRANSACTION_LIMIT: Final = 100  # DynamoDB: actions in one TransactWriteItems
BATCH_GET_LIMIT: Final = 100  # DynamoDB: keys in one BatchGetItem
CONDITION_FAILED: Final = "ConditionalCheckFailed"
CONFLICT: Final = "TransactionConflict"

T = TypeVar("T")


@dataclass(frozen=True)
class Changes:
    """A change of named attributes of one item; each attribute is named once, keys never."""

    set: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    remove: Sequence[str] = ()
    append: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    set_if_absent: Mapping[str, Any] = field(default_factory=dict)

    def names(self) -> list[str]:
        """Every attribute that is changed."""
        return [*self.set, *self.add, *self.remove, *self.append, *self.set_if_absent]


@dataclass(frozen=True)
class PutItem:
    """Within a transaction: the whole item, in place of what was there."""

    item: Item
    condition: Condition | None = None


@dataclass(frozen=True)
class UpdateItem:
    """Within a transaction: named attributes of an item, which is made if it is not there."""

    key: Key
    changes: Changes
    condition: Condition | None = None


@dataclass(frozen=True)
class DeleteItem:
    """Within a transaction: the item gone, also if it was not there."""

    key: Key
    condition: Condition | None = None


@dataclass(frozen=True)
class CheckItem:
    """Within a transaction: nothing is written, but the condition must hold."""

    key: Key
    condition: Condition


Write: TypeAlias = PutItem | UpdateItem | DeleteItem | CheckItem


@dataclass(frozen=True)
class Page:
    """Items in order, and where to go on; a page after the last may be empty."""

    items: tuple[Item, ...]
    next_start: Item | None = None


class ConditionFailed(Exception):
    """A single write was refused by its condition; `item` is what is stored, None if nothing is."""

    def __init__(self, item: Item | None) -> None:
        super().__init__("the condition of the write does not hold")
        self.item = item


class TransactionRefused(Exception):
    """Nothing was written; per write a reason or None, and the stored item if its condition failed."""

    def __init__(self, reasons: Sequence[str | None], items: Sequence[Item | None]) -> None:
        super().__init__(f"the transaction was refused: {', '.join(sorted({r for r in reasons if r}))}")
        self.reasons = tuple(reasons)
        self.items = tuple(items)

    def failed(self, position: int) -> bool:
        """Whether the condition of the write at that position did not hold."""
        return self.reasons[position] == CONDITION_FAILED

    def failures(self) -> list[int]:
        """The positions of all writes whose condition did not hold."""
        return [position for position in range(len(self.reasons)) if self.failed(position)]


class Throttled(ThrottledError):
    """The table refused for load, or a transaction met others again and again.

    This try wrote nothing; an earlier one of the SDK's, whose answer was lost, may have.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message, retryAfterSeconds=1)


class TableUseError(ValueError):
    """DynamoDB would refuse this request whatever is stored: a defect of ours."""


class Table(Protocol):
    """One table. Single writes raise ConditionFailed, transactions TransactionRefused, all may raise Throttled."""

    def get(self, key: Key, *, consistent: bool = True) -> Item | None:
        """The item, or None."""
        ...

    def batch_get(self, keys: Sequence[Key]) -> list[Item]:
        """The items that exist, in the order of the keys, read consistently; any number, repeated keys once."""
        ...

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
        """At most `limit` items that pass the filter, in order of the sort key; without a limit, all of them.

        With a limit and no filter there are no more than the table reads at once, about a megabyte. `next_start` is set
        if and only if there may be more.
        """
        ...

    def scan(self) -> list[Item]:
        """Every item of the table; only for a table that stays small."""
        ...

    def put(self, item: Item, condition: Condition | None = None) -> None:
        """Write the whole item."""
        ...

    def update(self, key: Key, changes: Changes, condition: Condition | None = None) -> Item:
        """Change named attributes; answers the whole item as it is then."""
        ...

    def delete(self, key: Key, condition: Condition | None = None) -> None:
        """Delete the item, if it is there."""
        ...

    def transact(self, writes: Sequence[Write]) -> None:
        """All or nothing; at most 100 writes, each on another item.

        The SDK's own repeat after a lost answer is the same transaction, by its token. That of a single write is one
        more write, which the first may have made impossible: where the refusal would be told to somebody, or acted
        upon, a conditional write is a transaction of one.
        """
        ...


def chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """The values in order, at most `size` at a time."""
    listed = list(values)
    for position in range(0, len(listed), size):
        yield listed[position : position + size]
