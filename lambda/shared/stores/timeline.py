"""The timeline of an execution: append-only, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence

from shared.models.event import ExecutionEvent
from shared.models.execution import ExecutionHeader
from shared.stores import keys
from shared.stores.items import model_of
from shared.stores.paging import Listing, PagedQuery
from shared.stores.requests import event_put
from shared.stores.table import ConditionFailed, Table


class Timeline:
    """The EVENT items of an execution; handlers' events have step 0, the engine's the step that wrote them."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def events(
        self, header: ExecutionHeader, limit: int, token: str | None = None, *, forward: bool = True
    ) -> Listing[ExecutionEvent]:
        """A page of the timeline, oldest first, or newest first if not `forward`."""
        query = PagedQuery(
            "events",
            partition=(keys.PARTITION, header.execution_id),
            order=(keys.PARTITION, keys.SORT),
            sort_prefix=(keys.SORT, keys.events(header.plan_id)),
            forward=forward,
            consistent=True,
        )
        return query.read(self._table, limit, token, lambda item: model_of(ExecutionEvent, item))

    def append_events(self, events: Sequence[ExecutionEvent]) -> None:
        """Add events; one whose place is taken by another gets the next index, the same one again is written once."""
        for event in events:
            self._append(event)

    def _append(self, event: ExecutionEvent) -> None:
        while True:
            put = event_put(event)
            try:
                self._table.put(put.item, put.condition)
            except ConditionFailed as error:
                if error.item is not None and model_of(ExecutionEvent, error.item) == event:
                    return
                event = event.model_copy(update={"index": event.index + 1})
            else:
                return
