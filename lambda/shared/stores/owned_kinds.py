"""What tells one kind of named item from another, and how its conflicts are told."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from shared.errors import ConflictError, ConflictReason, NotFoundError, ValidationError
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan
from shared.stores.table import Item, Key
from shared.text_rules import UNSEEN_MARKS

KEY_BYTES: Final = 2048
"""The longest partition key of DynamoDB, which refuses to look for a longer one, or an empty one."""

_NAME_ROW: Final = "name#"

M = TypeVar("M", ProtectionGroup, RecoveryPlan)


@dataclass(frozen=True)
class Kind(Generic[M]):
    """One kind of item.

    `rows_of` are the ids of the rows that an item owns, with their further attributes; `rows_taken` makes the error
    for rows (by id, with the id of the owner) that an item needs and others have, if such can be in the way at all.
    """

    noun: str
    model: type[M]
    key: str
    list_key: str
    index: str
    id_of: Callable[[M], str]
    name_of: Callable[[M], str]
    rows_of: Callable[[M], Mapping[str, Item]]
    rows_taken: Callable[[M, Mapping[str, str]], ConflictError | ValidationError] | None = None

    def key_of(self, item: M) -> Key:
        """The key of the item itself."""
        return {self.key: self.id_of(item)}

    def fold_of(self, item: M) -> str:
        """Its folded name."""
        return folded(self.name_of(item))

    def name_key(self, fold: str) -> Key:
        """The key of the row of a folded name."""
        return {self.key: f"{_NAME_ROW}{fold}"}

    def not_found(self, item_id: str) -> NotFoundError:
        """There is none of that id."""
        return NotFoundError(f"There is no {self.noun} {item_id}", resource=self.noun, id=item_id)

    def name_conflict(self, new: M, owner_id: str) -> ConflictError:
        """Another has its name."""
        return ConflictError(
            f"There is a {self.noun} named {self.name_of(new)} already",
            reason=ConflictReason.NAME_EXISTS,
            name=self.name_of(new),
            id=owner_id,
        )

    def version_conflict(self, item: M, present: int | None = None) -> ConflictError:
        """It is not what was read; `present` is the version that is stored, if that is known."""
        known = {} if present is None else {"version": present}
        return ConflictError(
            f"The {self.noun} {self.name_of(item)} was changed by another; read it again",
            reason=ConflictReason.VERSION_CONFLICT,
            id=self.id_of(item),
            **known,
        )

    def rows_conflict(self, new: M, taken: Mapping[str, str]) -> ConflictError | ValidationError:
        """Stored items of these ids list the rows that it needs."""
        if self.rows_taken is None or self.id_of(new) in taken.values():
            # The item itself lists a row now that it did not list when it was read.
            return self.version_conflict(new)
        return self.rows_taken(new, taken)


def may_be_key(text: str) -> bool:
    """Whether DynamoDB looks for it at all."""
    return 0 < len(text.encode()) <= KEY_BYTES


def folded(name: str) -> str:
    """The same for names that people take for one.

    Whatever their case, their runs of blanks, what joins their emoji or asks for them in colour, however their letters
    are composed.
    """
    seen = "".join(each for each in unicodedata.normalize("NFC", name).casefold() if each not in UNSEEN_MARKS)
    # An older version took names of which nothing is seen; no key may be empty.
    return unicodedata.normalize("NFC", " ".join(seen.split())) or name


def name_row(name: str) -> str:
    """The id of the row of a name."""
    return f"{_NAME_ROW}{folded(name)}"
