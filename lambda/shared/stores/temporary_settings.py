"""What is there of servers' launch settings for one execution only: a row for each server, all of them together.

It is written before the settings are, and goes when they are known to be gone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from shared.models.base import format_instant
from shared.models.execution import LIVE_STATUSES, TERMINAL_STATUSES, ExecutionHeader
from shared.models.launch_config_state import ServerConfigEvent
from shared.models.targets import ServerKey
from shared.models.temporary_settings import TemporarySettings
from shared.stores import keys
from shared.stores.conditions import And, Condition, Equals, In, LessThan, NotExists, Or
from shared.stores.items import row_model
from shared.stores.launch_configs import event_put
from shared.stores.table import (
    BATCH_GET_LIMIT,
    TRANSACTION_LIMIT,
    Changes,
    CheckItem,
    ConditionFailed,
    DeleteItem,
    PutItem,
    Table,
    TransactionRefused,
    UpdateItem,
    chunks,
)

FEW: Final = 2 * BATCH_GET_LIMIT
"""For so many servers their rows are read, two reads at most; for more of them all rows there are, mostly none."""

ENDED: Final = "the execution has ended"
CHANGED: Final = "somebody else has just written down what is to be restored of it"

_FLAG: Final = "lendsSettings"
_LENDS: Final = Changes(set={_FLAG: True})
"""What its header says of an execution of which there may be rows."""


class TemporarySettingsStore:
    """The rows in the table of executions."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, servers: Collection[ServerKey]) -> dict[ServerKey, TemporarySettings]:
        """Those of these servers that have any, read consistently."""
        items = self._table.batch_get([keys.temporary(server) for server in sorted(servers)])
        return {row.server: row for row in (row_model(TemporarySettings, item) for item in items)}

    def among(self, servers: Collection[ServerKey]) -> Iterable[TemporarySettings]:
        """The same for any number of servers, however many others have some."""
        if len(servers) <= FEW:
            return self.of(servers).values()
        asked = frozenset(servers)
        return (row for row in self.all() if row.server in asked)

    def all(self) -> Iterator[TemporarySettings]:
        """All there are, read consistently."""
        start = None
        while True:
            page = self._table.query((keys.PARTITION, keys.TEMPORARY), consistent=True, start=start)
            yield from (row_model(TemporarySettings, item) for item in page.items)
            start = page.next_start
            if start is None:
                return

    def count(self, header: ExecutionHeader) -> int:
        """Of how many servers something is there for an execution, as far as it is known.

        All rows there are are read for it, so only while the execution may have some.
        """
        rows = self.all() if header.lends_settings else ()
        return sum(row.for_execution == header.execution_id and row.restored_at is None for row in rows)

    def put(
        self,
        header: ExecutionHeader,
        rows: Sequence[TemporarySettings],
        known: Mapping[ServerKey, TemporarySettings],
    ) -> dict[ServerKey, str]:
        """Write rows of an execution that goes on, over those that are known; which were refused, and why.

        Its header says from then on that it lends settings, until `end_lending`.
        """
        key, is_live = keys.item_key(header.execution_id, header.plan_id), In("status", sorted(LIVE_STATUSES))
        goes_on = CheckItem(key, is_live) if header.lends_settings else UpdateItem(key, _LENDS, is_live)
        refused: dict[ServerKey, str] = {}
        for part in chunks(rows, TRANSACTION_LIMIT - 1):
            refused |= self._put_some(goes_on, part, known)
        return refused

    def end_lending(self, executions: Iterable[tuple[str, str]]) -> None:
        """Let the headers of those of these executions that have ended, each with its plan, say that no row is left."""
        asked = set(executions)
        if not asked:
            return
        left = {row.for_execution for row in self.all()}
        for execution_id, plan_id in sorted(one for one in asked if one[0] not in left):
            with suppress(ConditionFailed):
                # none is written any more for an execution that has ended
                has_ended = In("status", sorted(TERMINAL_STATUSES))
                self._table.update(keys.item_key(execution_id, plan_id), Changes(set={_FLAG: False}), has_ended)

    def _put_some(
        self,
        goes_on: CheckItem | UpdateItem,
        rows: Sequence[TemporarySettings],
        known: Mapping[ServerKey, TemporarySettings],
    ) -> dict[ServerKey, str]:
        """Write them together; where some are refused, the others without these."""
        refused: dict[ServerKey, str] = {}
        while left := [row for row in rows if row.server not in refused]:
            writes = [PutItem(_item(row), _as_known(row, known.get(row.server))) for row in left]
            try:
                self._table.transact([goes_on, *writes])
                break
            except TransactionRefused as refusal:
                if refusal.failed(0):
                    return refused | dict.fromkeys((row.server for row in left), ENDED)
                changed = {left[position - 1].server: CHANGED for position in refusal.failures()}
                if not changed:
                    raise
                refused |= changed
        return refused

    def claim(self, row: TemporarySettings, claim: str, now: datetime, until: datetime) -> TemporarySettings | None:
        """Let nobody else restore it until then; None if somebody does, or if it is another or gone."""
        is_free = Or(NotExists("claimedUntil"), LessThan("claimedUntil", format_instant(now)))
        taken = Changes(set={"claim": claim, "claimedUntil": format_instant(until), "waitsFor": ""})
        try:
            item = self._table.update(keys.temporary(row.server), taken, And(_as_known(row, row), is_free))
        except ConditionFailed:
            return None
        return row_model(TemporarySettings, item)

    def note_waiting(self, row: TemporarySettings, words: str) -> None:
        """Keep for whom it waits, unless somebody restores it, or it is another or gone."""
        with suppress(ConditionFailed):
            self._table.update(keys.temporary(row.server), Changes(set={"waitsFor": words}), _as_claimed(row))

    def postpone(self, row: TemporarySettings, event: ServerConfigEvent | None = None) -> None:
        """Let others restore it who come after its `try_at`, and keep what is told of the last attempt."""
        put = PutItem(_item(row.model_copy(update={"claim": "", "claimed_until": None})), _as_claimed(row))
        self._transact_if_mine([put, *([] if event is None else [event_put(row.server, event)])])

    def finish(self, row: TemporarySettings, event: ServerConfigEvent) -> None:
        """Nothing is left of it: the row goes, and the history has its line."""
        self._end(row, _as_claimed(row), event)

    def give_up(self, row: TemporarySettings, event: ServerConfigEvent) -> None:
        """The same of what nobody is to restore any more, whoever tries it at this moment."""
        self._end(row, _as_known(row, row), event)

    def _end(self, row: TemporarySettings, condition: Condition, event: ServerConfigEvent) -> None:
        self._transact_if_mine([DeleteItem(keys.temporary(row.server), condition), event_put(row.server, event)])

    def _transact_if_mine(self, writes: Sequence[PutItem | DeleteItem]) -> None:
        try:
            self._table.transact(writes)
        except TransactionRefused as refused:
            if not refused.failed(0):
                raise
            # somebody else holds it by now, and does this when it is done


def _item(row: TemporarySettings) -> dict[str, object]:
    return {**row.wire(), **keys.temporary(row.server)}


def _as_known(row: TemporarySettings, known: TemporarySettings | None) -> Condition:
    """That there is nothing, or what is known; if that is another execution's, that nobody restores it now."""
    if known is None:
        return NotExists(keys.PARTITION)
    same = And(Equals("forExecution", known.for_execution), Equals("until", format_instant(known.until)))
    return same if known.for_execution == row.for_execution else And(same, Equals("claim", ""))


def _as_claimed(row: TemporarySettings) -> Condition:
    return And(_as_known(row, row), Equals("claim", row.claim))
