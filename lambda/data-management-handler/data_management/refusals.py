"""What tells that a save has stored nothing, so that what was made ready for it may be taken back."""

from typing import Final

from shared.errors import ConflictError, NotFoundError, QuotaExceededError, ValidationError
from shared.stores.owned_items import AlsoRefusedError
from shared.stores.owned_rows import NothingStoredError
from shared.stores.ties import UsedMeanwhileError

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
