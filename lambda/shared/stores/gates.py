"""Gates: opened by the engine, waited at by their runs, decided once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shared.errors import NotFoundError
from shared.models.base import format_instant
from shared.models.event import ExecutionEvent
from shared.models.execution import LIVE_STATUSES, ExecutionHeader
from shared.models.gate import Gate, GateStatus
from shared.stores import keys
from shared.stores.conditions import And, Equals, Exists, In, LessThan, NotEquals, NotExists
from shared.stores.items import child_item, model_of
from shared.stores.refusals import AlreadyExistsError, NotOpenError, StepLostError
from shared.stores.requests import event_put
from shared.stores.table import (
    Changes,
    CheckItem,
    ConditionFailed,
    Item,
    Key,
    PutItem,
    Table,
    TransactionRefused,
    UpdateItem,
    Write,
)

_OPEN = Equals("status", GateStatus.OPEN)


class Gates:
    """The GATE items of an execution."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def gates(self, header: ExecutionHeader) -> list[Gate]:
        """All gates of the execution, by scope and number."""
        prefix = (keys.SORT, keys.gates(header.plan_id))
        page = self._table.query((keys.PARTITION, header.execution_id), sort_prefix=prefix, consistent=True)
        return [model_of(Gate, item) for item in page.items]

    def gate(self, header: ExecutionHeader, scope: str, number: int) -> Gate | None:
        """One gate, or None."""
        item = self._table.get(_key(header.execution_id, header.plan_id, scope, number))
        return None if item is None else model_of(Gate, item)

    def store_token(self, execution_id: str, plan_id: str, scope: str, number: int, *, visit: str, token: str) -> Gate:
        """Let the wait of a later visit be the gate's: its token, not yet mailed; the same token again changes nothing.

        NotOpenError if the gate is decided or a later visit is there; NotFoundError.
        """
        changes = Changes(set={"token": token, "visit": visit}, add={"tokenCount": 1}, remove=["notifiedAt"])
        key = _key(execution_id, plan_id, scope, number)
        try:
            item = self._table.update(key, changes, And(_OPEN, LessThan("visit", visit)))
        except ConditionFailed as error:
            stored = _stored(error.item, key)
            if stored.token == token and stored.status is GateStatus.OPEN:
                return stored
            raise NotOpenError(stored) from error
        return model_of(Gate, item)

    def mark_notified(self, gate: Gate, token: str, at: datetime) -> bool:
        """Record that the mail of this token was sent; False if the token is not the gate's any more."""
        try:
            self._table.update(_key_of(gate), Changes(set={"notifiedAt": format_instant(at)}), Equals("token", token))
        except ConditionFailed:
            return False
        return True

    def decide_gate(
        self,
        gate: Gate,
        status: GateStatus,
        decided_by: str,
        at: datetime,
        reason: str | None = None,
        *,
        decision_id: str | None = None,
    ) -> Gate:
        """Decide an OPEN gate; answers it with the token that waits. NotOpenError carries the decided one."""
        decision = {"status": status.value, "decidedBy": decided_by, "decidedAt": format_instant(at)}
        if reason is not None:
            decision["reason"] = reason
        if decision_id is not None:
            decision["decisionId"] = decision_id
        try:
            return model_of(Gate, self._table.update(_key_of(gate), Changes(set=decision), _OPEN))
        except ConditionFailed as error:
            raise NotOpenError(_stored(error.item, _key_of(gate))) from error

    def confirm_gate_closed(self, gate: Gate) -> bool:
        """Record that the run of a decided gate has ended; False if the gate is OPEN."""
        condition = And(Exists("status"), NotEquals("status", GateStatus.OPEN))
        try:
            self._table.update(_key_of(gate), Changes(set={"runClosed": True}), condition)
        except ConditionFailed:
            return False
        return True

    def replace_gate(
        self, old: Gate, new: Gate, *, decided_by: str, reason: str, at: datetime, events: Sequence[ExecutionEvent] = ()
    ) -> None:
        """Close an OPEN gate whose run is gone and open the next, with their events, at once or not at all.

        NotOpenError if the old one is decided; StepLostError if its decision is on its way, or the execution has
        ended; AlreadyExistsError if the new one or an event is there.
        """
        closing = {
            "status": GateStatus.CLOSED.value,
            "decidedBy": decided_by,
            "decidedAt": format_instant(at),
            "reason": reason,
            "replacedBy": new.number,
            "runClosed": True,
        }
        request_key = keys.request(old.plan_id, old.decision_request_id)
        writes: list[Write] = [
            UpdateItem(_key_of(old), Changes(set=closing), _OPEN),
            PutItem(child_item(new, keys.gate(new.plan_id, new.scope, new.number)), NotExists(keys.PARTITION)),
            CheckItem(keys.item_key(old.execution_id, request_key), NotExists(keys.PARTITION)),
            CheckItem(keys.item_key(old.execution_id, old.plan_id), In("status", sorted(LIVE_STATUSES))),
            *map(event_put, events),
        ]
        try:
            self._table.transact(writes)
        except TransactionRefused as error:
            if error.failed(0):
                raise NotOpenError(_stored(error.items[0], _key_of(old))) from error
            if error.failed(2) or error.failed(3):
                raise StepLostError(f"{old.run_name} has left its decision, or the execution has ended") from error
            raise AlreadyExistsError(new.run_name) from error


def _key(execution_id: str, plan_id: str, scope: str, number: int) -> Key:
    return keys.item_key(execution_id, keys.gate(plan_id, scope, number))


def _key_of(gate: Gate) -> Key:
    return _key(gate.execution_id, gate.plan_id, gate.scope, gate.number)


def _stored(item: Item | None, key: Key) -> Gate:
    if item is None:
        raise NotFoundError(f"Execution {key[keys.PARTITION]} has no such gate", id=key[keys.SORT])
    return model_of(Gate, item)
