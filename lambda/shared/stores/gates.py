"""Gates: opened by the engine, waited at by their runs, decided once."""

from __future__ import annotations

from datetime import datetime

from shared.errors import NotFoundError
from shared.models.base import format_instant
from shared.models.execution import ExecutionHeader
from shared.models.gate import Gate, GateStatus
from shared.stores import keys
from shared.stores.conditions import And, Equals, Exists, LessThan, NotEquals, NotExists
from shared.stores.items import child_item, model_of
from shared.stores.refusals import AlreadyExistsError, NotOpenError
from shared.stores.table import (
    Changes,
    ConditionFailed,
    Item,
    Key,
    PutItem,
    Table,
    TransactionRefused,
    UpdateItem,
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

    def replace_gate(self, old: Gate, new: Gate) -> None:
        """Close an OPEN gate whose run is gone and open the next, at once or not at all.

        NotOpenError if the old one is decided, AlreadyExistsError if the new one is there.
        """
        closing = {"status": GateStatus.CLOSED.value, "decidedAt": format_instant(new.opened_at), "runClosed": True}
        put = PutItem(child_item(new, keys.gate(new.plan_id, new.scope, new.number)), NotExists(keys.PARTITION))
        try:
            self._table.transact([UpdateItem(_key_of(old), Changes(set=closing), _OPEN), put])
        except TransactionRefused as error:
            if error.failed(0):
                raise NotOpenError(_stored(error.items[0], _key_of(old))) from error
            raise AlreadyExistsError(new.run_name) from error


def _key(execution_id: str, plan_id: str, scope: str, number: int) -> Key:
    return keys.item_key(execution_id, keys.gate(plan_id, scope, number))


def _key_of(gate: Gate) -> Key:
    return _key(gate.execution_id, gate.plan_id, gate.scope, gate.number)


def _stored(item: Item | None, key: Key) -> Gate:
    if item is None:
        raise NotFoundError(f"Execution {key[keys.PARTITION]} has no such gate", id=key[keys.SORT])
    return model_of(Gate, item)
