"""Reservations in an account and region: one row, changed on its version only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from shared.engine.admission import without_ticket
from shared.models.quota import QuotaRow
from shared.models.targets import Target
from shared.stores import keys
from shared.stores.conditions import Equals, NotExists
from shared.stores.items import row_model
from shared.stores.refusals import QuotaRowChangedError
from shared.stores.table import ConditionFailed, PutItem, Table, Throttled

TRIES: Final = 50
"""How often a change of a row that others change at the same time is begun anew."""


class QuotaStore:
    """The quota rows of the execution-history table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, target: Target) -> QuotaRow:
        """The row; version 0 without reservations if there is none yet."""
        item = self._table.get(keys.quota(target))
        return QuotaRow(target=target) if item is None else row_model(QuotaRow, item)

    def put(self, row: QuotaRow) -> None:
        """Write the row, whose version is the new one; QuotaRowChangedError if the stored one is not one less."""
        write = quota_put(row)
        try:
            self._table.put(write.item, write.condition)
        except ConditionFailed as error:
            raise QuotaRowChangedError(str(row.target)) from error

    def release(self, target: Target, reservation_id: str, *, next_at_once: bool = False) -> None:
        """Drop a reservation; without effect if it is not there. `next_at_once`: its call kept nobody from the next."""

        def without(row: QuotaRow) -> QuotaRow:
            left = tuple(one for one in row.reservations if one.reservation_id != reservation_id)
            if left == row.reservations:
                return row
            next_call_at = None if next_at_once else row.next_call_at
            return row.model_copy(update={"reservations": left, "next_call_at": next_call_at})

        self._change(target, without)

    def leave_queue(self, target: Target, holder: str) -> None:
        """Give up the place of an execution or termination; without effect if it has none."""
        self._change(target, lambda row: without_ticket(row, holder))

    def record_job(self, target: Target, reservation_id: str, job_id: str) -> None:
        """Name the job of a reservation; without effect if the reservation is not there."""

        def named(row: QuotaRow) -> QuotaRow:
            reservations = tuple(
                one.model_copy(update={"job_id": job_id}) if one.reservation_id == reservation_id else one
                for one in row.reservations
            )
            return row.model_copy(update={"reservations": reservations})

        self._change(target, named)

    def _change(self, target: Target, change: Callable[[QuotaRow], QuotaRow]) -> None:
        for _ in range(TRIES):
            row = self.get(target)
            changed = change(row)
            if changed == row:
                return
            try:
                self.put(changed.model_copy(update={"version": row.version + 1}))
            except QuotaRowChangedError:
                continue
            return
        raise Throttled(f"the quota row of {target} changes too often")


def quota_put(row: QuotaRow) -> PutItem:
    """The put of a row on the version before its own; the first version is 1."""
    item = row.wire() | dict(keys.quota(row.target))
    if row.version <= 1:
        return PutItem(item, NotExists(keys.PARTITION))
    return PutItem(item, Equals("version", row.version - 1))
