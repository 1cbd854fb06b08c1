"""Changes what others may use or change at the same time: the look and the write are one, or they are made anew."""

from collections.abc import Callable
from typing import TypeVar

from shared.errors import ConflictError, ConflictReason
from shared.stores.owned_rows import NothingStoredError
from shared.stores.ties import TRIES, UsedMeanwhileError, Uses

T = TypeVar("T")


def upon_uses(look: Callable[[], Uses], write: Callable[[Uses], T], what: str) -> T:
    """What the write answers, which is told the uses as they are and refuses if they are others by then.

    ThrottledError if others were faster again and again; whatever else the write raises.
    """
    for _ in range(TRIES):
        try:
            return write(look())
        except UsedMeanwhileError:
            continue
    raise too_busy(what)


def upon_version(expected: int | None, end: Callable[[], None], what: str) -> None:
    """Read and delete a thing; if no version of it is expected, anew if it was changed between the two.

    ThrottledError if others were faster again and again; whatever else the deletion raises, VERSION_CONFLICT only if a
    version is expected.
    """
    for _ in range(TRIES):
        try:
            return end()
        except ConflictError as error:
            if expected is not None or error.reason is not ConflictReason.VERSION_CONFLICT:
                raise
    raise NothingStoredError(f"{what} changes too often; ask again", retryAfterSeconds=1)


def too_busy(what: str) -> NothingStoredError:
    """Somebody else was faster again and again."""
    return NothingStoredError(f"the uses of {what} change too often; ask again", retryAfterSeconds=1)
