"""Headers of executions: made by the start, found by everyone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TypeAlias

from shared.errors import NotFoundError
from shared.models.base import format_instant
from shared.models.event import ExecutionEvent
from shared.models.execution import TERMINAL_STATUSES, ExecutionHeader, ExecutionStatus
from shared.models.group_members import GroupMembers
from shared.models.inbox import Inbox
from shared.models.server_record import ServerRecord
from shared.models.wave_record import WaveRecord
from shared.stores import keys
from shared.stores.conditions import And, Equals, Exists, In, LessThan, NotExists, Or
from shared.stores.items import child_item, header_item, is_header, model_of
from shared.stores.refusals import AlreadyExistsError, StaleRunError
from shared.stores.requests import event_put
from shared.stores.table import Changes, ConditionFailed, DeleteItem, PutItem, Table, TransactionRefused

Child: TypeAlias = WaveRecord | ServerRecord | GroupMembers
"""What a start writes under its header."""


class Headers:
    """The header and its INBOX."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def create(self, header: ExecutionHeader) -> None:
        """Write the header and its empty INBOX; AlreadyExistsError if the execution is there."""
        inbox = Inbox(execution_id=header.execution_id, plan_id=header.plan_id)
        absent = NotExists(keys.PARTITION)
        try:
            self._table.transact(
                [
                    PutItem(header_item(header), absent),
                    PutItem(child_item(inbox, keys.inbox(header.plan_id)), absent),
                ]
            )
        except TransactionRefused as error:
            raise AlreadyExistsError(header.execution_id) from error

    def put_children(self, header: ExecutionHeader, items: Sequence[Child]) -> None:
        """Write these children of a start, at most 100 of them, all or none; what is there already stays.

        They share no item with other parts of the same start, so any number of parts may be written at once, and a
        part that arrives again, however late, does not undo what the engine made of it since.
        """
        absent = NotExists(keys.PARTITION)
        try:
            self._table.transact([PutItem(child_item(item, _child_key(item)), absent) for item in items])
        except TransactionRefused as error:
            if len(error.failures()) < len(items):
                raise AlreadyExistsError(header.execution_id) from error

    def discard(self, header: ExecutionHeader) -> bool:
        """Leave no row of a PREPARING execution that owns no lock and has no children; False if it moved on."""
        inbox = keys.item_key(header.execution_id, keys.inbox(header.plan_id))
        preparing = Equals("status", ExecutionStatus.PREPARING)
        try:
            self._table.transact([DeleteItem(_key(header), preparing), DeleteItem(inbox)])
        except TransactionRefused:
            return False
        return True

    def move_from_preparing(self, header: ExecutionHeader, first: ExecutionEvent | None = None) -> bool:
        """Replace a PREPARING header by this one, and begin its timeline with that event.

        False, and nothing written, if it is not PREPARING any more.
        """
        told = [] if first is None else [PutItem(event_put(first).item)]
        try:
            # A transaction also of one: its idempotency token tells a repeated call of ours from somebody else's.
            self._table.transact([PutItem(header_item(header), Equals("status", ExecutionStatus.PREPARING)), *told])
        except TransactionRefused:
            return False
        return True

    def replace_run(self, header: ExecutionHeader) -> ExecutionHeader:
        """Raise the run's number by one, and nothing else; StaleRunError if it is not the one that was read."""
        number = header.run_seq + 1
        condition = And(Exists(keys.PARTITION), Equals("runSeq", header.run_seq))
        try:
            item = self._table.update(_key(header), Changes(set={"runSeq": number}), condition)
        except ConditionFailed as error:
            if error.item is None or not is_header(error.item):
                raise _no_execution(header.execution_id) from error
            raise StaleRunError(model_of(ExecutionHeader, error.item)) from error
        return model_of(ExecutionHeader, item)

    def note_late(self, header: ExecutionHeader) -> None:
        """Write down that its first run begins too late, before it does, and nothing else; NotFoundError."""
        try:
            self._table.update(_key(header), Changes(set={"beginsLate": True}), Exists(keys.PARTITION))
        except ConditionFailed as error:
            raise _no_execution(header.execution_id) from error

    def close(self, header: ExecutionHeader) -> bool:
        """Take a terminal execution off the reconciler's list; False if it is not terminal or terminates anew."""
        condition = And(In("status", sorted(TERMINAL_STATUSES)), Equals("terminationCount", header.termination_count))
        try:
            self._table.update(_key(header), Changes(set={"open": False}, remove=["openKey"]), condition)
        except ConditionFailed:
            return False
        return True

    def find(self, execution_id: str) -> ExecutionHeader:
        """The header of an execution whose plan is not known; NotFoundError."""
        page = self._table.query((keys.PARTITION, execution_id), limit=1, consistent=True)
        if not page.items or not is_header(page.items[0]):
            raise _no_execution(execution_id)
        return model_of(ExecutionHeader, page.items[0])

    def get_header(self, execution_id: str, plan_id: str) -> ExecutionHeader:
        """The header; NotFoundError."""
        item = self._table.get(keys.item_key(execution_id, plan_id))
        if item is None or not is_header(item):
            raise _no_execution(execution_id)
        return model_of(ExecutionHeader, item)

    def get_headers(self, executions: Iterable[tuple[str, str]]) -> list[ExecutionHeader]:
        """The headers of these executions, each with its plan, that exist."""
        items = self._table.batch_get([keys.item_key(execution_id, plan_id) for execution_id, plan_id in executions])
        return [model_of(ExecutionHeader, item) for item in items if is_header(item)]

    def get_inbox(self, execution_id: str, plan_id: str) -> Inbox:
        """The INBOX; NotFoundError."""
        item = self._table.get(keys.item_key(execution_id, keys.inbox(plan_id)))
        if item is None:
            raise _no_execution(execution_id)
        return model_of(Inbox, item)

    def header_and_inbox(self, execution_id: str, plan_id: str) -> tuple[ExecutionHeader, Inbox]:
        """Both in one consistent read; NotFoundError."""
        sort_keys = [plan_id, keys.inbox(plan_id)]
        items = self._table.batch_get([keys.item_key(execution_id, sort_key) for sort_key in sort_keys])
        if len(items) != len(sort_keys) or not is_header(items[0]):
            raise _no_execution(execution_id)
        return model_of(ExecutionHeader, items[0]), model_of(Inbox, items[1])

    def signal(self, execution_id: str, plan_id: str, event_at: datetime | None = None) -> Inbox:
        """Raise the number of signals by one, for a launch event if its time is given.

        Answers the INBOX with the token to wake; NotFoundError.
        """
        key = keys.item_key(execution_id, keys.inbox(plan_id))
        told = {} if event_at is None else {"lastEventAt": format_instant(event_at)}
        changes = Changes(add={"signals": 1}, set=told)
        try:
            item = self._table.update(key, changes, Exists(keys.PARTITION))
        except ConditionFailed as error:
            raise _no_execution(execution_id) from error
        return model_of(Inbox, item)

    def note_woken(self, inbox: Inbox, at: datetime) -> None:
        """Record that an event has ended a wait, unless a later one is recorded."""
        instant = format_instant(at)
        earlier = Or(NotExists("lastWokenAt"), LessThan("lastWokenAt", instant))
        key = keys.item_key(inbox.execution_id, keys.inbox(inbox.plan_id))
        with suppress(ConditionFailed):
            self._table.update(key, Changes(set={"lastWokenAt": instant}), And(Exists(keys.PARTITION), earlier))


def _key(header: ExecutionHeader) -> dict[str, str]:
    return dict(keys.item_key(header.execution_id, header.plan_id))


def _child_key(item: Child) -> str:
    if isinstance(item, GroupMembers):
        return keys.members_part(item.plan_id, item.part)
    if isinstance(item, WaveRecord):
        return keys.wave(item.plan_id, item.wave_number)
    return keys.server(item.plan_id, item.wave_number, item.server)


def _no_execution(execution_id: str) -> NotFoundError:
    return NotFoundError(f"There is no execution {execution_id}", resource="execution", id=execution_id)
