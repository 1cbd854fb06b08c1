"""Making a thing with a client token: repeated within a day it is the thing that was made first.

What was made is kept in the transaction that makes it, so there is no moment at which one is there without the other.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

from shared.errors import ConflictError, ThrottledError
from shared.models.base import Model
from shared.stores.idempotency import IdempotencyRows
from shared.stores.owned_items import AlsoRefusedError
from shared.stores.owned_rows import nothing_stored_yet
from shared.stores.table import Write

M = TypeVar("M", bound=Model)

Keep: TypeAlias = Callable[[Model], Sequence[Write]]
"""What is to be written with a new thing, as it will be stored.

Of a large thing pieces are written as it is called: call it when nothing but the write itself is left that may refuse.
NothingStoredError if the table refuses these for load.
"""


def made_once(scope: str, request: Model, rows: IdempotencyRows, model: type[M], make: Callable[[Keep], M]) -> M:
    """What `make` makes, or what it made when this token was first used for the same request.

    ConflictError IN_USE naming clientToken if that was another request.
    """
    token: str | None = getattr(request, "client_token", None)
    if token is None:
        return make(lambda _: ())
    fingerprint = _fingerprint(request)

    def first() -> M | None:
        kept = rows.find(scope, token, fingerprint)
        return None if kept is None else model.model_validate(kept)

    def keep(new: Model) -> Sequence[Write]:
        with nothing_stored_yet():
            return (rows.keeping(scope, token, fingerprint, new.wire()),)

    found = first()
    if found is not None:
        return found
    try:
        return make(keep)
    except (ConflictError, AlsoRefusedError) as error:
        # Perhaps it is in conflict with itself: the same call was faster.
        found = first()
        if found is not None:
            return found
        if isinstance(error, ConflictError):
            raise
        raise ThrottledError("the same request is being carried out; ask again", retryAfterSeconds=1) from error


def _fingerprint(request: Model) -> str:
    """The same for the same request, whatever its token."""
    meaning = request.model_dump(mode="json", exclude={"client_token"})
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()
