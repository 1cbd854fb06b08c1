"""Terminations: numbered, one record per run."""

from __future__ import annotations

from collections.abc import Sequence

from shared.errors import ConflictError, ConflictReason, NotFoundError
from shared.models.execution import TERMINAL_STATUSES, ExecutionHeader
from shared.models.server_record import ServerRecord
from shared.models.termination import Termination, TerminationStatus
from shared.stores import keys
from shared.stores.conditions import And, Condition, Equals, In, NotExists, Or
from shared.stores.items import OPEN_KEY, child_item, is_header, model_of
from shared.stores.refusals import AlreadyExistsError, StepLostError
from shared.stores.steps import step_write
from shared.stores.table import (
    TRANSACTION_LIMIT,
    Changes,
    CheckItem,
    ConditionFailed,
    Item,
    Key,
    PutItem,
    Table,
    TransactionRefused,
    UpdateItem,
    chunks,
)


class Terminations:
    """The TERMINATION items of an execution."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def create_termination(self, termination: Termination, also: Sequence[PutItem] = ()) -> None:
        """Write the next termination of a terminal execution and put the execution back on the reconciler's list.

        `also` is written with it or not at all. AlreadyExistsError if the number is not the next one, or if `also` was
        refused; ConflictError INVALID_STATE if the execution is not terminal; NotFoundError.
        """
        reopen = UpdateItem(
            keys.item_key(termination.execution_id, termination.plan_id),
            Changes(set={"terminationCount": termination.number, "openKey": OPEN_KEY, "open": True}),
            And(In("status", sorted(TERMINAL_STATUSES)), Equals("terminationCount", termination.number - 1)),
        )
        try:
            self._table.transact([reopen, PutItem(_item(termination), NotExists(keys.PARTITION)), *also])
        except TransactionRefused as refused:
            if refused.failed(0):
                raise _not_next(termination, refused.items[0]) from refused
            raise AlreadyExistsError(termination.run_name) from refused

    def termination(self, header: ExecutionHeader, number: int) -> Termination | None:
        """One termination, or None."""
        sort_key = keys.termination(header.plan_id, number)
        item = self._table.get(keys.item_key(header.execution_id, sort_key))
        return None if item is None else model_of(Termination, item)

    def latest_termination(self, header: ExecutionHeader) -> Termination | None:
        """The one with the highest number, or None."""
        page = self._table.query(
            (keys.PARTITION, header.execution_id),
            sort_prefix=(keys.SORT, keys.terminations(header.plan_id)),
            forward=False,
            limit=1,
            consistent=True,
        )
        return model_of(Termination, page.items[0]) if page.items else None

    def not_begun(self, termination: Termination) -> CheckItem:
        """That the termination runs and none of its rounds has begun: from then on they alone lock for it."""
        # before there were visits there was none
        unvisited = Or(Equals("visit", ""), NotExists("visit"))
        return CheckItem(_key(termination), And(unvisited, Equals("status", TerminationStatus.RUNNING)))

    def update_termination(self, termination: Termination) -> Termination:
        """Replace a RUNNING termination as it was read; answers it with its next version.

        StepLostError if anybody has written it meanwhile.
        """
        following = termination.model_copy(update={"version": termination.version + 1})
        as_read: Condition = Equals("version", termination.version)
        if not termination.version:
            # before there were versions there was none
            as_read = Or(as_read, NotExists("version"))
        try:
            self._table.put(_item(following), And(as_read, Equals("status", TerminationStatus.RUNNING)))
        except ConditionFailed as error:
            raise StepLostError(f"{termination.run_name}, version {termination.version}") from error
        return following

    def mark_servers(self, termination: Termination, servers: Sequence[ServerRecord]) -> None:
        """Replace servers of its execution; StepLostError if another round of the termination has begun."""
        check = CheckItem(
            _key(termination), And(Equals("visit", termination.visit), Equals("status", TerminationStatus.RUNNING))
        )
        for chunk in chunks(servers, TRANSACTION_LIMIT - 1):
            try:
                self._table.transact([check, *map(step_write, chunk)])
            except TransactionRefused as refused:
                raise StepLostError(f"{termination.run_name}, visit {termination.visit!r}") from refused


def _item(termination: Termination) -> Item:
    return child_item(termination, keys.termination(termination.plan_id, termination.number))


def _key(termination: Termination) -> Key:
    return keys.item_key(termination.execution_id, keys.termination(termination.plan_id, termination.number))


def _not_next(termination: Termination, header: Item | None) -> Exception:
    if header is None or not is_header(header):
        return NotFoundError(f"There is no execution {termination.execution_id}", id=termination.execution_id)
    status = header["status"]
    if status in TERMINAL_STATUSES:
        return AlreadyExistsError(termination.run_name)
    return ConflictError(
        f"Execution {termination.execution_id} is {status}; only what has ended can be terminated",
        reason=ConflictReason.INVALID_STATE,
        executionId=termination.execution_id,
        status=status,
    )
