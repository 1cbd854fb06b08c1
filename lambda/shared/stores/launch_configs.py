"""What is known of launch configurations: of each server its state and its history, of each group its latest run.

The servers of a run are beside it in parts, one row each, that go as they are done: no row grows with their number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from shared.models.base import format_instant
from shared.models.launch_config_state import (
    ConfigRun,
    ConfigRunStatus,
    ServerConfigEvent,
    ServerConfigState,
)
from shared.models.targets import ServerKey
from shared.stores import keys
from shared.stores.conditions import And, Condition, Equals, LessThan, NotEquals, NotExists, Or
from shared.stores.items import row_model
from shared.stores.paging import Listing, PagedQuery
from shared.stores.table import (
    TRANSACTION_LIMIT,
    Changes,
    ConditionFailed,
    DeleteItem,
    PutItem,
    Table,
    TransactionRefused,
    UpdateItem,
    Write,
    chunks,
)

OPEN_KEY: Final = "config"
"""Runs that have not ended are in the sparse index of open executions, in a partition of their own."""

_SERVERS: Final = "servers"
_PAGE: Final = 100
_PARTS_KEPT: Final = timedelta(days=30)
"""No run takes that long."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What came of a part: how many servers how, and which are left of it."""

    counts: Mapping[str, int] = field(default_factory=dict)
    left: Sequence[str] = ()


class LaunchConfigStore:
    """The rows of launch configurations in the table of executions."""

    def __init__(self, table: Table) -> None:
        self._table = table

    # -- servers --------------------------------------------------------------------------------------------------

    def states(self, servers: Sequence[ServerKey]) -> dict[ServerKey, ServerConfigState]:
        """How those of the servers stand of which anything is known."""
        items = self._table.batch_get([keys.config_state(server) for server in servers])
        states = [row_model(ServerConfigState, item) for item in items]
        return {state.server: state for state in states}

    def put_states(
        self,
        states: Sequence[ServerConfigState],
        events: Mapping[ServerKey, ServerConfigEvent] | None = None,
        before: Mapping[ServerKey, ServerConfigState] | None = None,
    ) -> set[ServerKey]:
        """Write how servers stand over what was read of them `before`, each with the line of its history that says why.

        Those of which somebody else has written since are left as they are, and answered.
        """
        refused: set[ServerKey] = set()
        for part in chunks(states, TRANSACTION_LIMIT // 2):
            left = list(part)
            while left:
                lost = self._put_some(left, events or {}, before or {})
                refused |= lost
                left = [state for state in left if state.server not in refused] if lost else []
        return refused

    def _put_some(
        self,
        states: Sequence[ServerConfigState],
        events: Mapping[ServerKey, ServerConfigEvent],
        before: Mapping[ServerKey, ServerConfigState],
    ) -> set[ServerKey]:
        """Write all of these or none; those that are in the way of it."""
        rows = [
            PutItem({**state.wire(), **keys.config_state(state.server)}, _as_read(before.get(state.server)))
            for state in states
        ]
        lines = [event_put(state.server, events[state.server]) for state in states if state.server in events]
        try:
            self._table.transact([*rows, *lines])
        except TransactionRefused as refusal:
            lost = {states[position].server for position in refusal.failures()}
            if not lost:
                raise
            return lost
        return set()

    def append(self, server: ServerKey, event: ServerConfigEvent) -> None:
        """Add a line to the history of a server."""
        self._table.put(event_put(server, event).item)

    def append_each(self, events: Mapping[ServerKey, ServerConfigEvent]) -> None:
        """Add a line to the history of each of these servers."""
        for part in chunks(sorted(events), TRANSACTION_LIMIT):
            self._table.transact([event_put(server, events[server]) for server in part])

    def history(self, server: ServerKey, limit: int, token: str | None = None) -> Listing[ServerConfigEvent]:
        """A page of the history of a server, newest first."""
        return _history(server).read(self._table, limit, token, lambda item: row_model(ServerConfigEvent, item))

    def has_line_of(self, server: ServerKey, group_id: str) -> bool:
        """Whether anything in the history of a server is of that group."""
        return group_id in _history(server).every(self._table, lambda item: str(item["groupId"]))

    # -- runs -----------------------------------------------------------------------------------------------------

    def run(self, group_id: str) -> ConfigRun | None:
        """The latest run of a group."""
        item = self._table.get(keys.config_run(group_id))
        return None if item is None else row_model(ConfigRun, item)

    def start_run(self, run: ConfigRun, parts: Sequence[Sequence[str]], also: Sequence[Write] = ()) -> bool:
        """Begin a run of a group; False if another has not ended, and then nothing is left of this one.

        TransactionRefused if what is to be written with it was refused.
        """
        rows = [_part_put(run, number, servers) for number, servers in enumerate(parts)]
        for part in chunks(rows, TRANSACTION_LIMIT):
            self._table.transact(part)
        free = Or(NotExists(keys.PARTITION), NotEquals("status", ConfigRunStatus.RUNNING.value))
        item = {**run.wire(), **keys.config_run(run.group_id)} | ({"openKey": OPEN_KEY} if run.is_running else {})
        try:
            self._table.transact([PutItem(item, free), *also])
        except TransactionRefused as refused:
            for row in rows:
                self._table.delete({name: row.item[name] for name in (keys.PARTITION, keys.SORT)})
            if refused.failed(0):
                return False
            raise
        return True

    def claim(self, group_id: str, run_id: str, owner: str, now: datetime, until: datetime) -> ConfigRun | None:
        """Take a run that goes on and that nobody has at the moment; None if it is not to be had."""
        is_free = Or(NotExists("leaseUntil"), LessThan("leaseUntil", format_instant(now)))
        taken = Changes(set={"leaseOwner": owner, "leaseUntil": format_instant(until)}, add={"attempts": 1})
        try:
            item = self._table.update(keys.config_run(group_id), taken, And(*_runs(run_id), is_free))
        except ConditionFailed:
            return None
        return row_model(ConfigRun, item)

    def part(self, run: ConfigRun, number: int) -> tuple[str, ...]:
        """The servers of a part that are not done yet."""
        item = self._table.get(keys.config_part(run.group_id, run.run_id, number))
        return () if item is None else tuple(item[_SERVERS])

    def advance(self, run: ConfigRun, progress: Progress, until: datetime) -> ConfigRun | None:
        """Count what came of the next part, and hold the run for longer; None if it is somebody else's by now."""
        number, key = run.next_part, keys.config_part(run.group_id, run.run_id, run.next_part)
        coming = {} if progress.left else {"nextPart": number + 1}
        forward = {"attempts": 0} if progress.counts else {}
        changes = Changes(set={**coming, **forward, "leaseUntil": format_instant(until)}, add=progress.counts)
        rest: Write = _part_put(run, number, progress.left) if progress.left else DeleteItem(key)
        mine = And(*_runs(run.run_id), Equals("leaseOwner", run.lease_owner), Equals("nextPart", number))
        try:
            self._table.transact([UpdateItem(keys.config_run(run.group_id), changes, mine), rest])
        except TransactionRefused as refused:
            if refused.failed(0):
                return None
            raise
        return self.run(run.group_id)

    def release(self, run: ConfigRun) -> None:
        """Let others go on with it."""
        self._change(run, Changes(remove=("leaseUntil", "leaseOwner")))

    def end(self, run: ConfigRun, status: ConfigRunStatus, at: datetime, reason: str = "") -> None:
        """It has ended; what is left of its parts goes."""
        said = {"reason": reason} if reason else {}
        ended = {"status": status.value, "endedAt": format_instant(at), **said}
        self._change(run, Changes(set=ended, remove=("openKey", "leaseUntil", "leaseOwner")))
        for number in range(run.next_part, run.parts):
            self._table.delete(keys.config_part(run.group_id, run.run_id, number))

    def running(self) -> Iterator[ConfigRun]:
        """Every run that has not ended, oldest first; the index lags behind by a moment."""
        start = None
        while True:
            page = self._table.query(("openKey", OPEN_KEY), index="open-executions", limit=_PAGE, start=start)
            rows = [{name: item[name] for name in (keys.PARTITION, keys.SORT)} for item in page.items]
            runs = (row_model(ConfigRun, item) for item in self._table.batch_get(rows))
            yield from (run for run in runs if run.is_running)
            start = page.next_start
            if start is None:
                return

    def _change(self, run: ConfigRun, changes: Changes) -> None:
        mine = And(*_runs(run.run_id), Equals("leaseOwner", run.lease_owner))
        try:
            self._table.update(keys.config_run(run.group_id), changes, mine)
        except ConditionFailed:
            # somebody else has it by now, and does this when it is done
            return


def _history(server: ServerKey) -> PagedQuery:
    return PagedQuery(
        "launch-config-history",
        partition=(keys.PARTITION, keys.config_of(server)),
        order=(keys.PARTITION, keys.SORT),
        sort_prefix=(keys.SORT, keys.CONFIG_EVENTS),
        forward=False,
        consistent=True,
    )


def _as_read(state: ServerConfigState | None) -> Condition:
    if state is None:
        return NotExists(keys.PARTITION)
    return And(Equals("runId", state.run_id), Equals("at", format_instant(state.at)))


def _runs(run_id: str) -> tuple[Equals, Equals]:
    return Equals("runId", run_id), Equals("status", ConfigRunStatus.RUNNING.value)


def _part_put(run: ConfigRun, number: int, servers: Sequence[str]) -> PutItem:
    """A part; one whose run was never begun, because its call broke off, goes by the table's time to live."""
    expires = int((run.started_at + _PARTS_KEPT).timestamp())
    key = keys.config_part(run.group_id, run.run_id, number)
    return PutItem({**key, _SERVERS: list(servers), "expiresAt": expires})


def event_put(server: ServerKey, event: ServerConfigEvent) -> PutItem:
    """A line of the history of a server."""
    return PutItem({**event.wire(), **keys.config_event(server, event.at, event.event_id)})
