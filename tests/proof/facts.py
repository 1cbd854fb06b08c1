"""What happened, one fact after the other: DRS's own record, every write of our table, every act of a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from local.drs_simulator.record import Call, Effect
from shared.stores import keys
from shared.stores.items import is_header
from shared.stores.memory_table import MemoryTable
from shared.stores.table import Item

AHEAD: Final = timedelta(minutes=15)
"""So long before a gate opens before a wave, somebody may have approved it: the request waits for the engine."""
PRESSED: Final = timedelta(minutes=5)
"""So long before any other gate opens its decision may be noted: whoever asks may stand still."""
Verb = Literal["start", "approve", "reject", "pause", "cancel", "retry", "skip", "terminate"]
Way = Literal["name", "token"]
HEADER: Final = "HEADER"
NEVER_BEGUN: Final = "the run of the state machine did not begin in time"
"""The reason of an execution whose first step came too late."""


def instant(value: Any) -> datetime:
    """The instant that a row tells."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value).replace("Z", "+00:00"))


class Violation(AssertionError):
    """An invariant does not hold; `number` is its own, 0 for what belongs to none of them."""

    def __init__(self, number: int, words: str) -> None:
        super().__init__(f"invariant {number}: {words}")
        self.number = number
        self.words = words


@dataclass(frozen=True, slots=True)
class Written:
    """One row of the execution-history table became another; None stands for no row."""

    at: datetime
    partition: str
    sort: str
    before: Item | None
    after: Item | None

    @property
    def noun(self) -> str:
        """What the row is: HEADER, WAVE, SERVER, LAUNCH, REQUEST, GATE …, or `lock`, `quota`, or another's own name."""
        if "#" in self.partition:
            return self.partition.partition("#")[0]
        if "#" in self.sort:
            return self.sort.split("#")[1]
        return HEADER if is_header(self.row) else self.partition

    @property
    def row(self) -> Item:
        """The row as it is now, or as it was when it went."""
        return self.after if self.after is not None else self.before or {}

    def moved(self, attribute: str) -> tuple[Any, Any] | None:
        """The attribute before and after, if it changed."""
        before, after = (self.before or {}).get(attribute), (self.after or {}).get(attribute)
        return None if before == after else (before, after)


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody set out to do, noted before it is done: whether it succeeds is another question.

    `way`: an approval or rejection came by name through the API, or by a task token; `number` is the gate's, as far as
    the person knew it.
    """

    at: datetime
    verb: Verb
    execution_id: str
    scope: str = ""
    number: int | None = None
    way: Way = "name"
    relaunch: bool = False

    def decides(self, gate: Item) -> bool:
        """Whether it may be about this gate, of whose scope it is: by its token, or by name at its time."""
        if self.way == "token":
            return bool(self.number == gate["number"])
        early = AHEAD if gate["kind"] == "APPROVAL" else PRESSED
        return self.number in (None, gate["number"]) and self.at >= instant(gate["openedAt"]) - early


Fact = Call | Effect | Written | Act


@dataclass(frozen=True)
class PlannedWave:
    """A wave as its plan has it; `needed` of the required servers are enough.

    Of a wave of optional servers only, one must be launched, whichever, and none need be healthy.
    """

    servers: frozenset[str]
    required: frozenset[str]
    needed: int
    all_optional: bool = False
    commands: int = 0
    after: frozenset[int] = frozenset()
    pause: bool = False
    policy: str = "PAUSE"
    wait_minutes: int = 0
    deadline_minutes: int = 120
    drain_minutes: int = 360


Plan = Mapping[int, PlannedWave]


class WatchedTable(MemoryTable):
    """The table in memory, that tells of every row it writes."""

    on_write: Callable[[str, str, Item | None, Item | None], None] = staticmethod(lambda *_: None)

    def _store(self, source: Mapping[str, Any], item: Item | None) -> None:
        before = self._find(source)
        super()._store(source, item)
        if item is before:
            # a condition within a transaction
            return
        self.on_write(str(source[keys.PARTITION]), str(source.get(keys.SORT, "")), before, item)
