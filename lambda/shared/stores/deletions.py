"""Deleting an execution: first nobody finds it any more, then its items go, and for a day it is known that it was.

What is left in the place of the header is no header: lists, reads and terminations do not know it, and a lock or a tie
of the execution holds no longer. A deletion that breaks off is carried on by the next call.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from shared.models.base import format_instant
from shared.models.execution import TERMINAL_STATUSES, ExecutionHeader
from shared.stores import keys
from shared.stores.conditions import And, Equals, Exists, In
from shared.stores.items import is_header
from shared.stores.table import (
    TRANSACTION_LIMIT,
    Changes,
    DeleteItem,
    PutItem,
    Table,
    TransactionRefused,
)

REMEMBERED_FOR: Final = timedelta(hours=24)
_DELETED: Final = "deletedAt"


class Deletions:
    """Deletes what one partition of the execution-history table holds."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def hide(self, header: ExecutionHeader, at: datetime) -> bool:
        """Let nobody find this closed execution; False, and nothing written, if it has moved on since it was read."""
        place = keys.item_key(header.execution_id, header.plan_id)
        as_read = And(
            And(Exists("headerPlanId"), In("status", sorted(TERMINAL_STATUSES))),
            And(Equals("open", False), Equals("terminationCount", header.termination_count)),
        )
        try:
            # A transaction of one: its idempotency token tells a repeated call of ours from somebody else's.
            self._table.transact([PutItem({**place, _DELETED: format_instant(at)}, as_read)])
        except TransactionRefused:
            return False
        return True

    def plan_of_hidden(self, execution_id: str) -> str | None:
        """The plan of an execution that was deleted, be it not wholly; None if none is known."""
        page = self._table.query((keys.PARTITION, execution_id), limit=1, consistent=True)
        if not page.items or is_header(page.items[0]) or _DELETED not in page.items[0]:
            return None
        return str(page.items[0][keys.SORT])

    def delete_some(self, execution_id: str, plan_id: str) -> bool:
        """Delete up to 100 items of a hidden execution; whether that were not all."""
        page = self._table.query(
            (keys.PARTITION, execution_id),
            sort_prefix=(keys.SORT, f"{plan_id}#"),
            limit=TRANSACTION_LIMIT,
            consistent=True,
        )
        if page.items:
            self._table.transact([DeleteItem(keys.item_key(execution_id, item[keys.SORT])) for item in page.items])
        return page.next_start is not None

    def forget(self, execution_id: str, plan_id: str, at: datetime) -> None:
        """Let the table's time to live remove the last trace of it, a day from now."""
        expires_at = int((at + REMEMBERED_FOR).timestamp())
        key = keys.item_key(execution_id, plan_id)
        self._table.update(key, Changes(set_if_absent={"expiresAt": expires_at}), Exists(_DELETED))
