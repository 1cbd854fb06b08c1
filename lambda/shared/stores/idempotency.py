"""Idempotency rows: the same client token within a day is the same call."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any, Final

from shared.clock import Clock
from shared.errors import ValidationError
from shared.models.base import format_instant
from shared.stores.conditions import And, Condition, Equals, LessThan, NotExists, Or
from shared.stores.table import Changes, ConditionFailed, Item, Key, Table, Throttled

VALID_FOR: Final = timedelta(hours=24)
CLAIM_SECONDS: Final = 60
"""Wall seconds after which a claim without a result is dead: a start undoes itself after 25."""


class IdempotencyRows:
    """Rows `idem#<scope>#<key>` of any table; `keys` are its key attributes.

    Rows are judged by their own time; the table's time to live only tidies up.
    """

    def __init__(self, table: Table, clock: Clock, keys: tuple[str, ...]) -> None:
        self._table = table
        self._clock = clock
        self._keys = keys

    def claim_idempotency(self, scope: str, key: str, request_hash: str, now: datetime) -> dict[str, Any] | None:
        """The stored result of the same call, or None: then the call is ours to carry out.

        ValidationError naming clientToken if it belongs to another request, Throttled while that call is being made.
        """
        row = {
            **self._key(scope, key),
            "requestHash": request_hash,
            "claimedAt": format_instant(now),
            "expiresAt": math.ceil((now + VALID_FOR).timestamp()),
        }
        try:
            self._table.put(row, self._free(request_hash, now))
        except ConditionFailed as error:
            return _stored_result(error.item or {}, request_hash)
        return None

    def put_idempotency_result(self, scope: str, key: str, request_hash: str, result: dict[str, Any]) -> None:
        """Keep the result of a claimed call for those who repeat it; without effect if the claim is another's now."""
        condition = And(Equals("requestHash", request_hash), NotExists("result"))
        try:
            self._table.update(self._key(scope, key), Changes(set={"result": result}), condition)
        except ConditionFailed:
            return

    def drop_idempotency_claim(self, scope: str, key: str, request_hash: str) -> None:
        """Give a claim up after a failure, so that the same token may be tried again at once."""
        condition = And(Equals("requestHash", request_hash), NotExists("result"))
        try:
            self._table.delete(self._key(scope, key), condition)
        except ConditionFailed:
            return

    def _key(self, scope: str, key: str) -> Key:
        return dict(zip(self._keys, (f"idem#{scope}#{key}", "idem"), strict=False))

    def _free(self, request_hash: str, now: datetime) -> Condition:
        dead = LessThan("claimedAt", format_instant(now - self._clock.wall(CLAIM_SECONDS)))
        return Or(
            NotExists(self._keys[0]),
            LessThan("claimedAt", format_instant(now - VALID_FOR)),
            And(Equals("requestHash", request_hash), NotExists("result"), dead),
        )


def _stored_result(row: Item, request_hash: str) -> dict[str, Any]:
    if row.get("requestHash") != request_hash:
        raise ValidationError.one("clientToken", "was used for another request in the last 24 hours", "TOKEN_REUSED")
    if "result" not in row:
        raise Throttled("The same request is being carried out")
    result: dict[str, Any] = row["result"]
    return result
