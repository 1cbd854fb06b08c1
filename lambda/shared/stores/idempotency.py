"""Idempotency rows: the same client token within a day is the same call."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from shared.clock import Clock
from shared.errors import ConflictError, ConflictReason, ValidationError
from shared.ids import new_claim
from shared.models.base import format_instant
from shared.stores.conditions import And, Condition, Equals, LessThan, NotExists, Or
from shared.stores.pieces import fits_whole, pieces_of, whole_of
from shared.stores.table import (
    TRANSACTION_LIMIT,
    Changes,
    ConditionFailed,
    Item,
    Key,
    PutItem,
    Table,
    Throttled,
    TransactionRefused,
    UpdateItem,
    chunks,
)

VALID_FOR: Final = timedelta(hours=24)
CLAIM_SECONDS: Final = 60
"""Wall seconds after which a claim without a result is dead: a start undoes itself after 25."""

_ROW: Final = "idem"


@dataclass(frozen=True, slots=True)
class Claim:
    """One making of a call: its token is `key`; no other making has its id, not even that of the same call."""

    scope: str
    key: str
    request_hash: str
    claim_id: str = field(default_factory=new_claim)


class IdempotencyRows:
    """Rows `idem#<scope>#<key>` of a table; `keys` are its partition key and, if it has one, its sort key.

    Rows are judged by their own time; the table's time to live only tidies up. A result that is too large for a row is
    beside it in pieces, in rows of the same partition, or of keys that begin alike, that are written before it and
    outlive it.
    """

    def __init__(self, table: Table, clock: Clock, keys: tuple[str] | tuple[str, str]) -> None:
        self._table = table
        self._clock = clock
        self._keys = keys

    def claim_idempotency(
        self, claim: Claim, now: datetime, *, instead_of: Sequence[str] = ()
    ) -> dict[str, Any] | None:
        """The stored result of the same call, or None: then the call is ours to carry out.

        `instead_of` are the keys of the same call's results that came to nothing. With the claim these are forgotten,
        `{}` in their place, and kept for as long as it: until then those keys lead on to this one. The latest 99 are;
        of more, the first ones keep their time. ValidationError naming clientToken if the key belongs to another
        request, Throttled while that call is being made.
        """
        row = {
            **self._key(claim.scope, claim.key),
            "requestHash": claim.request_hash,
            "claimId": claim.claim_id,
            **_kept_from(now),
        }
        void = Changes(set={"result": {}, **_kept_from(now)}, remove=("inPieces", "pieceCount"))
        leading_on = [
            UpdateItem(self._key(claim.scope, each), void, Equals("requestHash", claim.request_hash))
            for each in instead_of[-(TRANSACTION_LIMIT - 1) :]
        ]
        try:
            # A transaction even of one, so that the repeat of a lost answer is not refused (Table.transact).
            self._table.transact([PutItem(row, self._free(claim.request_hash, now)), *leading_on])
        except TransactionRefused as refused:
            if not refused.failed(0):
                raise Throttled("a result of the same request has expired at this moment") from refused
            return self._stored_result(claim.scope, claim.key, refused.items[0] or {}, claim.request_hash)
        return None

    def put_idempotency_result(self, claim: Claim, result: dict[str, Any]) -> bool:
        """Keep the result of a claimed call for those who repeat it; False if the claim is another's now."""
        kept = {"result": result} if fits_whole(result) else self._keep_in_pieces(claim.scope, claim.key, result)
        try:
            # A transaction of one: whether it was refused is told (Table.transact).
            self._table.transact([UpdateItem(self._key(claim.scope, claim.key), Changes(set=kept), _is_held(claim))])
        except TransactionRefused as refused:
            row = refused.items[0] or {}
            # Kept by an earlier try; an empty one has come to nothing since.
            return row.get("claimId") == claim.claim_id and bool(row.get("result") or "inPieces" in row)
        return True

    def drop_idempotency_result(self, scope: str, key: str, request_hash: str) -> None:
        """Forget a result that came to nothing after all, so that the same token may be tried again."""
        try:
            self._table.delete(self._key(scope, key), Equals("requestHash", request_hash))
        except ConditionFailed:
            return

    def drop_idempotency_claim(self, claim: Claim) -> None:
        """Give a claim up after a failure, so that the same token may be tried again at once."""
        try:
            self._table.delete(self._key(claim.scope, claim.key), _is_held(claim))
        except ConditionFailed:
            return

    def release_idempotency_claim(self, claim: Claim) -> None:
        """The call was made in part: the same one may be made again at once, and for a day no other with its key."""
        try:
            self._table.update(self._key(claim.scope, claim.key), Changes(set={"isReleased": True}), _is_held(claim))
        except ConditionFailed:
            return

    def find(self, scope: str, key: str, request_hash: str) -> dict[str, Any] | None:
        """The result that was kept for the same call within a day, or None.

        ConflictError IN_USE naming clientToken if it belongs to another request.
        """
        row = self._table.get(self._key(scope, key))
        if row is None or row["claimedAt"] < format_instant(self._clock.now() - VALID_FOR):
            return None
        try:
            return self._stored_result(scope, key, row, request_hash)
        except ValidationError as error:
            raise ConflictError(error.message, reason=ConflictReason.IN_USE, field="clientToken") from error

    def keeping(self, scope: str, key: str, request_hash: str, result: dict[str, Any]) -> PutItem:
        """What keeps this result, to be written with what it is the result of; refused if the token was used meanwhile.

        Pieces are written at once: they mean nothing before the row is there.
        """
        now = self._clock.now()
        kept = {"result": result} if fits_whole(result) else self._keep_in_pieces(scope, key, result)
        row = {
            **self._key(scope, key),
            "requestHash": request_hash,
            **_kept_from(now),
            **kept,
        }
        return PutItem(row, Or(NotExists(self._keys[0]), LessThan("claimedAt", format_instant(now - VALID_FOR))))

    def keep(self, scope: str, key: str, request_hash: str, result: dict[str, Any]) -> None:
        """Keep the result of a call that made nothing; without effect if the token was used meanwhile."""
        put = self.keeping(scope, key, request_hash, result)
        try:
            self._table.put(put.item, put.condition)
        except ConditionFailed:
            return

    def _keep_in_pieces(self, scope: str, key: str, result: dict[str, Any]) -> dict[str, Any]:
        """Write the pieces, the same ones however often; what the row then says instead of the result."""
        name, pieces = pieces_of(result)
        expires_at = _expiry(self._clock.now())
        rows = [
            PutItem({**self._key(scope, key, _piece(name, number)), "piece": piece, "expiresAt": expires_at})
            for number, piece in enumerate(pieces)
        ]
        for part in chunks(rows, TRANSACTION_LIMIT):
            self._table.transact(part)
        return {"result": {}, "inPieces": name, "pieceCount": len(pieces)}

    def _stored_result(self, scope: str, key: str, row: Item, request_hash: str) -> dict[str, Any]:
        if row.get("requestHash") != request_hash:
            reason = "was used for another request in the last 24 hours"
            raise ValidationError.one("clientToken", reason, "TOKEN_REUSED")
        if "result" not in row:
            raise Throttled("The same request is being carried out")
        if "inPieces" not in row:
            result: dict[str, Any] = row["result"]
            return result
        name = row["inPieces"]
        return whole_of(name, (item["piece"] for item in self._pieces(scope, key, name, row)))

    def _pieces(self, scope: str, key: str, name: str, row: Item) -> Sequence[Item]:
        if len(self._keys) == 1:
            return self._table.batch_get([self._key(scope, key, _piece(name, n)) for n in range(row["pieceCount"])])
        partition, sort = self._keys
        values = (partition, self._key(scope, key)[partition])
        return self._table.query(values, sort_prefix=(sort, _piece(name)), consistent=True).items

    def _key(self, scope: str, key: str, sort: str = _ROW) -> Key:
        row_id = f"idem#{scope}#{key}"
        if len(self._keys) == 1:
            # No client token holds a space, so no other token has a row of that key.
            return {self._keys[0]: row_id if sort == _ROW else f"{row_id} {sort}"}
        partition_name, sort_name = self._keys
        return {partition_name: row_id, sort_name: sort}

    def _free(self, request_hash: str, now: datetime) -> Condition:
        dead = LessThan("claimedAt", format_instant(now - self._clock.wall(CLAIM_SECONDS)))
        return Or(
            NotExists(self._keys[0]),
            LessThan("claimedAt", format_instant(now - VALID_FOR)),
            And(Equals("requestHash", request_hash), NotExists("result"), Or(dead, Equals("isReleased", True))),
        )


def _is_held(claim: Claim) -> Condition:
    """A call that outlived its claim may have a repetition that has it now."""
    return And(Equals("claimId", claim.claim_id), NotExists("result"))


def _piece(name: str, number: int | None = None) -> str:
    """The sort key of a piece, or that with which those of all pieces begin."""
    return f"{_ROW}#{name}#" + ("" if number is None else f"{number:04d}")


def _kept_from(now: datetime) -> dict[str, str | int]:
    return {"claimedAt": format_instant(now), "expiresAt": _expiry(now)}


def _expiry(now: datetime) -> int:
    return math.ceil((now + VALID_FOR).timestamp())
