"""Lists of executions, from the sparse indexes; they lag behind the headers by a moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.models.base import format_instant
from shared.models.execution import ExecutionStatus, ExecutionType
from shared.models.execution_summary import ExecutionSummary
from shared.stores import keys
from shared.stores.conditions import And, Condition, Equals
from shared.stores.items import LIST_KEY, OPEN_KEY, model_of
from shared.stores.paging import Listing, PagedQuery
from shared.stores.table import Changes, Table

_OPEN_PAGE: Final = 100

_BEFORE_ALL: Final = "0"
_AFTER_ALL: Final = "~"
"""No instant is before the one or after the other as text."""

_IN_PARTITION: Final = {"status": "statusKey", "executionType": "executionType"}
"""The filters by which an index is partitioned, and by which of its attributes."""


@dataclass(frozen=True)
class StartedBetween:
    """When executions were started that are listed: from the one instant to the other, both included; None is open."""

    first: datetime | None = None
    last: datetime | None = None

    @property
    def bounds(self) -> tuple[str, str]:
        """Between which texts of the sort key `startedAt` they are."""
        return (
            _BEFORE_ALL if self.first is None else format_instant(self.first),
            _AFTER_ALL if self.last is None else format_instant(self.last),
        )


class Listings:
    """Executions, newest first."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def list_by_start(
        self,
        limit: int,
        token: str | None = None,
        *,
        status: ExecutionStatus | None = None,
        execution_type: ExecutionType | None = None,
        started: StartedBetween | None = None,
    ) -> Listing[ExecutionSummary]:
        """A page of all executions; of a status or a type, from an index that holds no others."""
        filters = _filters(status, execution_type)
        index, partition = "executions-by-start", ("listKey", LIST_KEY)
        if status is not None:
            index, partition = "executions-by-status", ("statusKey", status.value)
        elif execution_type is not None:
            index, partition = "executions-by-type", ("executionType", execution_type.value)
        return self._page(index, partition, limit=limit, token=token, filters=filters, started=started)

    def list_by_plan(
        self,
        plan_id: str,
        limit: int,
        token: str | None = None,
        *,
        status: ExecutionStatus | None = None,
        execution_type: ExecutionType | None = None,
        started: StartedBetween | None = None,
    ) -> Listing[ExecutionSummary]:
        """A page of the executions of one plan; those of another status or type are read too, a megabyte at a time."""
        return self._page(
            "executions-by-plan",
            ("headerPlanId", plan_id),
            limit=limit,
            token=token,
            filters=_filters(status, execution_type),
            started=started,
        )

    def list_open(self) -> Iterator[tuple[str, str]]:
        """Execution and plan of everything that the reconciler must look at, oldest first."""
        start = None
        while True:
            page = self._table.query(("openKey", OPEN_KEY), index="open-executions", limit=_OPEN_PAGE, start=start)
            yield from ((item[keys.PARTITION], item[keys.SORT]) for item in page.items)
            start = page.next_start
            if start is None:
                return

    def last_turn(self) -> str:
        """Whom the reconciler looked after last when its time was short, or nobody."""
        item = self._table.get(keys.turn())
        return "" if item is None else str(item["openExecutionId"])

    def note_turn(self, execution_id: str) -> None:
        """Let a round that has no time for all, or dies over this one, be followed by one that begins after it."""
        self._table.update(keys.turn(), Changes(set={"openExecutionId": execution_id}))

    def _page(
        self,
        index: str,
        partition: tuple[str, str],
        *,
        limit: int,
        token: str | None,
        filters: dict[str, str],
        started: StartedBetween | None,
    ) -> Listing[ExecutionSummary]:
        conditions: list[Condition] = [
            Equals(name, value) for name, value in filters.items() if _IN_PARTITION.get(name) != partition[0]
        ]
        query = PagedQuery(
            index,
            partition=partition,
            order=(partition[0], "startedAt", keys.PARTITION, keys.SORT),
            index=index,
            sort_between=("startedAt", *started.bounds) if started else None,
            forward=False,
            filter=And(*conditions) if conditions else None,
            filters={**filters, "started": list(started.bounds)} if started else filters,
        )
        return query.read(self._table, limit, token, lambda item: model_of(ExecutionSummary, item))


def _filters(status: ExecutionStatus | None, execution_type: ExecutionType | None) -> dict[str, str]:
    wanted = {"status": status, "executionType": execution_type}
    return {name: value.value for name, value in wanted.items() if value is not None}
