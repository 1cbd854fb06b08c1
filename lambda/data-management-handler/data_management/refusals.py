"""What tells that a save has stored nothing, so that what was made ready for it may be taken back."""

from typing import Final

from shared.errors import ConflictError, NotFoundError, QuotaExceededError, ThrottledError, ValidationError
from shared.stores.owned_items import AlsoRefusedError
from shared.stores.ties import UsedMeanwhileError


class NothingStoredError(ThrottledError):
    """Too busy to begin with the write at all: try again."""


SURELY_NOT_STORED: Final = (
    NothingStoredError,
    ConflictError,
    NotFoundError,
    QuotaExceededError,
    ValidationError,
    AlsoRefusedError,
    UsedMeanwhileError,
)
"""What a save raises that wrote nothing; anything else may come after the write, a refusal for load too: it is the last
of the SDK's tries that was refused, and the answer of an earlier one may have been lost."""
