"""What was met on the way: every kind of fault, every state of the state machine, every kind of trouble."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from rich.console import Console
from rich.table import Table

from local.drs_simulator.faults import Fault
from tests.proof import parts
from tests.proof.ingredients.troubles import TAGS_READ, TERMINATING
from tests.proof.proving import Played
from tests.support.world.machinery import load_machine_of_worlds

FAULTS: Final = tuple(sorted(get_args(kind.model_fields["kind"].annotation)[0] for kind in get_args(Fault)))
OPERATIONS: Final = (*(one for one in parts.OPERATIONS if one), TERMINATING, TAGS_READ)
"""The calls of DRS of which the long run must have met faults: each alone may mislead the engine."""
LEAST: Final = 50
"""So often the long run must have met each kind of fault, and faults at each of these operations."""

COLUMNS: Final = 3


@dataclass
class Coverage:
    """Sums over many scenarios."""

    scenarios: int = 0
    facts: int = 0
    switches: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)

    def add(self, played: Played) -> None:
        """One more scenario."""
        self.scenarios += 1
        self.facts += played.facts
        self.switches += played.switches
        self.faults += played.faults
        self.operations += played.operations
        self.states += played.states
        self.troubles += played.met
        self.ends += Counter(played.ended)

    def merge(self, other: Coverage) -> None:
        """Those of another process."""
        self.scenarios += other.scenarios
        self.facts += other.facts
        self.switches += other.switches
        for mine, others in self._counters(other):
            mine.update(others)

    def _counters(self, other: Coverage) -> Iterator[tuple[Counter[str], Counter[str]]]:
        yield self.faults, other.faults
        yield self.operations, other.operations
        yield self.states, other.states
        yield self.troubles, other.troubles
        yield self.ends, other.ends

    def as_json(self) -> dict[str, Any]:
        """For another process."""
        return {name: value if isinstance(value, int) else dict(value) for name, value in vars(self).items()}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Coverage:
        """As another process wrote it."""
        counters = ("faults", "operations", "states", "troubles", "ends")
        return cls(**(document | {name: Counter(document[name]) for name in counters}))

    def missing(self, least: int) -> list[str]:
        """What was not met often enough: kinds of fault and operations below the least, and states never entered."""
        rare = [f"the fault {kind} was met {self.faults[kind]} times" for kind in FAULTS if self.faults[kind] < least]
        rare += [f"{one} met {self.operations[one]} faults" for one in OPERATIONS if self.operations[one] < least]
        states = sorted(load_machine_of_worlds().states)
        return [*rare, *(f"the state {state} was never entered" for state in states if not self.states[state])]

    def show(self, console: Console) -> None:
        """Print the table."""
        states = {state: self.states[state] for state in load_machine_of_worlds().states}
        _show(console, "faults of DRS met", {kind: self.faults[kind] for kind in FAULTS})
        _show(console, "faults of operations", {one: self.operations[one] for one in OPERATIONS})
        _show(console, "states entered", states)
        _show(console, "troubles and people", self.troubles)
        _show(console, "executions ended", self.ends)
        words = f"{self.scenarios} scenarios, {self.facts} facts checked, {self.switches} times another went first"
        console.print(words)


def _show(console: Console, title: str, counts: dict[str, int] | Counter[str]) -> None:
    table = Table(*("what", "often") * COLUMNS, title=title, title_justify="left")
    cells = [(name, str(counts[name])) for name in sorted(counts)]
    for row in _rows(cells):
        table.add_row(*(text for cell in row for text in cell))
    console.print(table)


def _rows(cells: list[tuple[str, str]]) -> Iterable[list[tuple[str, str]]]:
    height = -(-len(cells) // COLUMNS)
    for line in range(height):
        yield cells[line::height]
