"""Requests: put while the execution is in a state that takes them, consumed once by the engine."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from shared.errors import ConflictError, ConflictReason, NotFoundError
from shared.models.event import ExecutionEvent
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.gate import Gate
from shared.models.inbox import Inbox
from shared.models.request import Request, RequestState
from shared.stores import keys
from shared.stores.conditions import Equals, Exists, In, NotExists
from shared.stores.items import child_item, is_header, model_of
from shared.stores.refusals import AlreadyExistsError
from shared.stores.steps import REQUESTS_PER_STEP
from shared.stores.table import (
    Changes,
    CheckItem,
    Item,
    PutItem,
    Table,
    Throttled,
    TransactionRefused,
    UpdateItem,
    Write,
)

EVENT_PLACES: Final = 100
"""How many places of one instant are tried for the event of a request."""


class Requests:
    """The REQUEST items of an execution."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def requests(self, header: ExecutionHeader) -> list[Request]:
        """What nobody has consumed, in the order in which it applies; never more than one step can consume."""
        page = self._table.query(
            (keys.PARTITION, header.execution_id),
            sort_prefix=(keys.SORT, keys.requests(header.plan_id)),
            consistent=True,
            filter=Equals("state", RequestState.NEW),
        )
        waiting = [model_of(Request, item) for item in page.items]
        waiting.sort(key=lambda request: request.rank)
        return waiting[:REQUESTS_PER_STEP]

    def request(self, header: ExecutionHeader, request_id: str) -> Request | None:
        """One request, consumed or not; None if there is none of that id."""
        item = self._table.get(keys.item_key(header.execution_id, keys.request(header.plan_id, request_id)))
        return None if item is None else model_of(Request, item)

    def has_decision(self, gate: Gate) -> bool:
        """Whether the run of the gate has written down what ended its wait, applied by now or not."""
        key = keys.request(gate.plan_id, gate.decision_request_id)
        return self._table.get(keys.item_key(gate.execution_id, key)) is not None

    def put_request(self, request: Request, *, allowed: Collection[ExecutionStatus], event: ExecutionEvent) -> Inbox:
        """Write the request, its event and a signal at once, if the execution is in one of the allowed states.

        Answers the INBOX with the token to wake. ConflictError INVALID_STATE names the present status;
        AlreadyExistsError if a request of that id is there; NotFoundError.
        """
        for index in range(event.index, event.index + EVENT_PLACES):
            writes = _request_writes(request, allowed, event.model_copy(update={"index": index}))
            try:
                self._table.transact(writes)
            except TransactionRefused as refused:
                if refused.failed(0) or refused.failed(2):
                    raise _wrong_state(request, refused.items[0]) from refused
                if refused.failed(1):
                    raise AlreadyExistsError(request.request_id) from refused
            else:
                return self._inbox(request)
        raise Throttled("too many events in one millisecond")

    def _inbox(self, request: Request) -> Inbox:
        item = self._table.get(keys.item_key(request.execution_id, keys.inbox(request.plan_id)))
        if item is None:
            raise _no_execution(request)
        return model_of(Inbox, item)


def _request_writes(request: Request, allowed: Collection[ExecutionStatus], event: ExecutionEvent) -> list[Write]:
    header_key = keys.item_key(request.execution_id, request.plan_id)
    inbox_key = keys.item_key(request.execution_id, keys.inbox(request.plan_id))
    sort_key = keys.request(request.plan_id, request.request_id)
    return [
        CheckItem(header_key, In("status", sorted(allowed))),
        PutItem(child_item(request, sort_key), NotExists(keys.PARTITION)),
        UpdateItem(inbox_key, Changes(add={"signals": 1}), Exists(keys.PARTITION)),
        event_put(event),
    ]


def event_put(event: ExecutionEvent) -> PutItem:
    """The put of an event that must not take the place of another of the same instant."""
    sort_key = keys.event(event.plan_id, event.time, event.step, event.index)
    return PutItem(child_item(event, sort_key), NotExists(keys.PARTITION))


def _no_execution(request: Request) -> NotFoundError:
    return NotFoundError(f"There is no execution {request.execution_id}", id=request.execution_id)


def _wrong_state(request: Request, header: Item | None) -> Exception:
    if header is None or not is_header(header):
        return _no_execution(request)
    status = header["status"]
    return ConflictError(
        f"Execution {request.execution_id} is {status}; {request.kind.lower()} is not possible",
        reason=ConflictReason.INVALID_STATE,
        executionId=request.execution_id,
        status=status,
    )
