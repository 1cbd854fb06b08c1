"""What each step of an execution reads, asks, writes and works, seen from outside the function that takes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from time import process_time
from typing import Any, Final

from local.drs_simulator.record import Call
from shared.stores import keys
from shared.stores.attribute_values import item_size, normalise
from shared.stores.table import CheckItem, PutItem, UpdateItem, Write
from tests.support.world.functions import ORCHESTRATION, function_arn
from tests.support.world.world import World

HEADER: Final = "HEADER"
QUOTA: Final = "quota"


@dataclass
class Seen:
    """One step: its calls of the tables and of DRS, the kinds of the items it wrote, and its CPU seconds.

    `rewritten` names what it put although it was stored like that before.
    """

    table_calls: Counter[str] = field(default_factory=Counter)
    drs_calls: list[Call] = field(default_factory=list)
    written: Counter[str] = field(default_factory=Counter)
    rewritten: list[str] = field(default_factory=list)
    cpu: float = 0.0

    @property
    def is_quiet(self) -> bool:
        """Whether it found nothing new: nothing but the header was written, by its claim and its commit."""
        return set(self.written) == {HEADER}

    def drs(self, operation: str) -> list[Call]:
        """Its calls of one operation."""
        return [call for call in self.drs_calls if call.operation == operation]

    @property
    def is_poll(self) -> bool:
        """Whether it only looked: nothing was launched, and no launch is in doubt."""
        return not self.drs("StartRecovery") and not any(
            "fromDate" in call.parameters.get("filters", {}) for call in self.drs("DescribeJobs")
        )

    def excess_pages(self, page: int) -> int:
        """How many calls of DescribeJobs it made beyond one for each page of the jobs that it asked for by id."""
        asked = {call.account: len(call.parameters["filters"]["jobIDs"]) for call in self.drs("DescribeJobs")}
        return len(self.drs("DescribeJobs")) - sum(ceil(count / page) for count in asked.values())

    @property
    def most_logs(self) -> int:
        """The logs of how many jobs it read in one account, at most."""
        logs = {(call.account, call.parameters["jobID"]) for call in self.drs("DescribeJobLogItems")}
        return max(Counter(account for account, _ in logs).values(), default=0)


class StepsSeen:
    """Watches all steps of all executions of a world from now on."""

    def __init__(self, world: World) -> None:
        self.steps: list[Seen] = []
        self.largest: Counter[str] = Counter()
        """The largest item of each kind that a step has written or that was found, in bytes."""
        self._world = world
        self._now: Seen | None = None
        self._updated: dict[tuple[str, str], str] = {}
        world.orchestration.listen(self._listen)
        arn = function_arn(ORCHESTRATION)
        take = world.functions.handlers[arn]

        def watched(payload: Any) -> Any:
            if payload.get("action") != "advance":
                return take(payload)
            with self._step():
                return take(payload)

        world.functions.handlers[arn] = watched

    def measure_everything(self) -> None:
        """Measure all items that there are at this moment, whoever wrote them."""
        for row in self._world.history.scan():
            kind = kind_of(str(row[keys.PARTITION]), str(row[keys.SORT]))
            self.largest[kind] = max(self.largest[kind], item_size(row))

    @contextmanager
    def _step(self) -> Iterator[None]:
        self._now, entries = Seen(), self._world.simulator_record.entries
        before, began = len(entries), process_time()
        try:
            yield
        finally:
            seen, self._now = self._now, None
            seen.cpu = process_time() - began
            seen.drs_calls = [entry for entry in entries[before:] if isinstance(entry, Call)]
            self.steps.append(seen)
            for (partition, sort_key), kind in self._updated.items():
                item = self._world.history.get({keys.PARTITION: partition, keys.SORT: sort_key})
                self.largest[kind] = max(self.largest[kind], item_size(item or {}))
            self._updated.clear()

    def _listen(self, verb: str, arguments: Sequence[Any]) -> None:
        port, _, name = verb.partition(".")
        if self._now is None or port != "history":
            return
        self._now.table_calls[name] += 1
        for write in _writes(name, arguments):
            self._note(write, self._now)

    def _note(self, write: Write, step: Seen) -> None:
        if isinstance(write, CheckItem):
            return
        key = write.item if isinstance(write, PutItem) else write.key
        kind = kind_of(str(key[keys.PARTITION]), str(key[keys.SORT]))
        step.written[kind] += 1
        if isinstance(write, UpdateItem):
            self._updated[str(key[keys.PARTITION]), str(key[keys.SORT])] = kind
        if isinstance(write, PutItem):
            self.largest[kind] = max(self.largest[kind], item_size(write.item))
            stored = self._world.history.get({name: write.item[name] for name in (keys.PARTITION, keys.SORT)})
            if stored == normalise(write.item):
                step.rewritten.append(str(key[keys.SORT]))


def kind_of(partition: str, sort_key: str) -> str:
    """HEADER, WAVE, SERVER … of an execution; lock, quota … of the other rows."""
    if "#" in partition:
        return partition.partition("#")[0]
    return sort_key.partition("#")[2].partition("#")[0] or HEADER


def _writes(verb: str, arguments: Sequence[Any]) -> list[Write]:
    match verb:
        case "transact":
            return list(arguments[0])
        case "put":
            return [PutItem(arguments[0])]
        case "update":
            return [UpdateItem(arguments[0], arguments[1])]
        case _:
            return []
