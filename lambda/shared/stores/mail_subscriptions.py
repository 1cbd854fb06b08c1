"""Rows `mail#…` beside the plans: what SNS is to know of each address that a plan names."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Final

from shared.models.mail_subscription import MailSubscription
from shared.stores.conditions import Condition, Equals, NotExists
from shared.stores.table import DeleteItem, Key, PutItem, Table, TransactionRefused, Write

_KEY: Final = "planId"


def _random_claim() -> str:
    return secrets.token_hex(8)


class MailSubscriptions:
    """The rows of the table of recovery plans that stand for addresses."""

    def __init__(self, table: Table, new_claim: Callable[[], str] = _random_claim) -> None:
        self._table = table
        self._new_claim = new_claim

    def get(self, address: str) -> MailSubscription | None:
        """The row of an address, read consistently."""
        item = self._table.get(_key(address))
        if item is None:
            return None
        return MailSubscription.model_validate({name: value for name, value in item.items() if name != _KEY})

    def put(self, changed: MailSubscription, before: MailSubscription | None) -> bool:
        """Write the row in place of the one that was read, if nobody wrote it meanwhile; whether it was written."""
        item = {**changed.wire(), **_key(changed.address), "claim": self._new_claim()}
        return self._write(PutItem(item, _as_read(before)))

    def forget(self, row: MailSubscription) -> bool:
        """Delete the row that was read, if nobody wrote it meanwhile; whether it is gone."""
        return self._write(DeleteItem(_key(row.address), _as_read(row)))

    def _write(self, write: Write) -> bool:
        try:
            # A transaction of one, so that the repeat of a lost answer is not refused (Table.transact).
            self._table.transact([write])
        except TransactionRefused:
            return False
        return True


def _key(address: str) -> Key:
    return {_KEY: f"mail#{hashlib.sha256(address.encode()).hexdigest()}"}


def _as_read(row: MailSubscription | None) -> Condition:
    return NotExists(_KEY) if row is None else Equals("claim", row.claim)
