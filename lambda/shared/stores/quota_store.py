"""Reservations in an account and region: one row, changed on its version only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Final

from shared.engine.admission import without_call, without_reservation, without_ticket
from shared.models.quota import QuotaRow, Reservation
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

    def get_many(self, targets: Iterable[Target]) -> dict[Target, QuotaRow]:
        """The rows of all of these, read together."""
        wanted = list(targets)
        items = self._table.batch_get([keys.quota(target) for target in wanted])
        stored = {row.target: row for row in (row_model(QuotaRow, item) for item in items)}
        return {target: stored.get(target) or QuotaRow(target=target) for target in wanted}

    def put(self, row: QuotaRow) -> None:
        """Write the row, whose version is the new one; QuotaRowChangedError if the stored one is not one less."""
        write = quota_put(row)
        try:
            self._table.put(write.item, write.condition)
        except ConditionFailed as error:
            raise QuotaRowChangedError(str(row.target)) from error

    def release(self, target: Target, reservation_id: str) -> None:
        """Drop a reservation; without effect if it is not there."""
        self._change(target, lambda row: without_reservation(row, reservation_id))

    def give_back(self, target: Target, reservation_id: str) -> None:
        """Drop the reservation of a launch that has no job; one that names a job by now stays, for that is just being
        recorded.
        """
        self._change(
            target, lambda row: row if _names_a_job(row, reservation_id) else without_reservation(row, reservation_id)
        )

    def withdraw(self, target: Target, reservation_id: str, stagger: timedelta) -> None:
        """Give back the room of a call that started nothing; the next need not wait the `stagger` after it."""
        self._change(
            target, lambda row: row if _names_a_job(row, reservation_id) else without_call(row, reservation_id, stagger)
        )

    def leave_queue(self, target: Target, holder: str) -> None:
        """Give up the place of an execution, `holder`; without effect if it has none."""
        self._change(target, lambda row: without_ticket(row, holder))

    def record_job(self, target: Target, reservation_id: str, job_id: str) -> None:
        """Name the job of a reservation; without effect if the reservation is not there."""
        self._change(target, lambda row: _with_job(row, reservation_id, job_id))

    def keep_job(self, target: Target, reservation: Reservation) -> None:
        """Name the job of a reservation; if that is not there any more, make it anew, for the job takes its room."""
        self._change(target, lambda row: _with_room(row, reservation))

    def keep_suspect(self, target: Target, reservation: Reservation, suspects: Sequence[str]) -> None:
        """Keep the room of a launch whose job may be one of several, under the first that no other reservation names.

        None if others name all of them: a job takes its room once, however many launches it may belong to.
        """

        def kept(row: QuotaRow) -> QuotaRow:
            others = without_reservation(row, reservation.reservation_id)
            named = {one.job_id for one in others.reservations}
            job_id = next((one for one in suspects if one not in named), None)
            return others if job_id is None else _with_room(row, reservation.model_copy(update={"job_id": job_id}))

        self._change(target, kept)

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


def _with_job(row: QuotaRow, reservation_id: str, job_id: str) -> QuotaRow:
    reservations = tuple(
        one.model_copy(update={"job_id": job_id}) if one.reservation_id == reservation_id else one
        for one in row.reservations
    )
    return row.model_copy(update={"reservations": reservations})


def _names_a_job(row: QuotaRow, reservation_id: str) -> bool:
    return any(one.reservation_id == reservation_id and one.job_id is not None for one in row.reservations)


def _with_room(row: QuotaRow, reservation: Reservation) -> QuotaRow:
    """The row with the room of a job that is known, as it is there or anew; how many servers it is for may be news.

    It is as young as the name of its job: whoever has just given it may not have recorded the job yet.
    """
    known = next((one for one in row.reservations if one.reservation_id == reservation.reservation_id), None)
    if known is None:
        return row.model_copy(update={"reservations": (*row.reservations, reservation)})
    is_news = known.job_id != reservation.job_id
    kept = reservation if is_news else reservation.model_copy(update={"taken_at": known.taken_at})
    return row.model_copy(update={"reservations": tuple(kept if one is known else one for one in row.reservations)})


def quota_put(row: QuotaRow) -> PutItem:
    """The put of a row on the version before its own; the first version is 1."""
    item = row.wire() | dict(keys.quota(row.target))
    if row.version <= 1:
        return PutItem(item, NotExists(keys.PARTITION))
    return PutItem(item, Equals("version", row.version - 1))
