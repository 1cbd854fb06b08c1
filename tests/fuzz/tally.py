"""What a run brought: every call by operation and status, and what was wrong, with the commands that repeat it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_TOLD: Final = 20
"""More failures nobody reads."""


@dataclass
class Failure:
    """A check that did not hold: how often, and of the first time what was sent and what came back."""

    check: str
    operation: str
    seed: int
    words: str
    commands: str
    answer: str
    times: int = 1


@dataclass
class Tally:
    """Calls by operation (as `GET /executions`) and status, and by phase; `errors` are what could not be played."""

    seed: int
    seconds: int
    calls: Counter[tuple[str, int]] = field(default_factory=Counter)
    phases: Counter[tuple[str, int]] = field(default_factory=Counter)
    failures: dict[str, Failure] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def add_call(self, operation: str, phase: str, status: int) -> None:
        """Count an answer."""
        self.calls[operation, status] += 1
        self.phases[phase, status] += 1

    def add_failure(self, failure: Failure) -> None:
        """Note what did not hold; of a kind that is known only once more."""
        known = self.failures.setdefault(f"{failure.check} {failure.operation} {failure.words}", failure)
        if known is not failure:
            known.times += 1

    @property
    def total(self) -> int:
        """All calls."""
        return self.calls.total()

    @property
    def succeeded(self) -> float:
        """The share of calls that were answered 2xx."""
        return sum(times for (_, status), times in self.calls.items() if status // 100 == 2) / max(1, self.total)

    def with_status(self, least: int, most: int = 599) -> int:
        """How many calls were answered with a status between these."""
        return sum(times for (_, status), times in self.calls.items() if least <= status <= most)

    def not_called(self, operations: Iterable[str]) -> list[str]:
        """Those of the operations that nothing called."""
        return sorted(set(operations) - {operation for operation, _ in self.calls})

    def never_succeeded(self) -> list[str]:
        """Operations that were called and never answered 2xx."""
        good = {operation for operation, status in self.calls if status // 100 == 2}
        return sorted({operation for operation, _ in self.calls} - good)

    def write(self, path: Path) -> None:
        """For another process."""
        document = {
            **{name: value for name, value in vars(self).items() if name not in ("calls", "phases", "failures")},
            "calls": [[*key, times] for key, times in self.calls.items()],
            "phases": [[*key, times] for key, times in self.phases.items()],
            "failures": [vars(failure) for failure in self.failures.values()],
        }
        path.write_text(json.dumps(document), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Tally:
        """As another process wrote it."""
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        failures = [Failure(**each) for each in document["failures"]]
        return cls(
            seed=document["seed"],
            seconds=document["seconds"],
            calls=Counter({(operation, status): times for operation, status, times in document["calls"]}),
            phases=Counter({(phase, status): times for phase, status, times in document["phases"]}),
            failures={str(number): failure for number, failure in enumerate(failures)},
            errors=document["errors"],
        )

    def __str__(self) -> str:
        """Counts for people, then every failure with the commands that repeat it."""
        lines = [
            f"{self.total} calls in {self.seconds} s with seed {self.seed}, {self.succeeded:.1%} answered 2xx",
            *_table("statuses", {("all calls", status): self.with_status(status, status) for _, status in self.calls}),
            *_table("by phase", self.phases),
            *_table("by operation", self.calls),
            f"never answered 2xx: {', '.join(self.never_succeeded()) or 'none'}",
            *(f"could not be played: {error}" for error in self.errors),
            f"{len(self.failures)} kinds of failure",
            *map(_told, list(self.failures.values())[:_TOLD]),
        ]
        return "\n".join(lines)


def _table(title: str, counts: Mapping[tuple[str, int], int]) -> list[str]:
    rows: dict[str, list[str]] = {}
    for (name, status), times in sorted(counts.items()):
        rows.setdefault(name, []).append(f"{status}: {times}")
    return [f"{title}:", *(f"  {name:<62} {', '.join(cells)}" for name, cells in rows.items())]


def _told(failure: Failure) -> str:
    return (
        f"\n{failure.check}, {failure.times} times, first with seed {failure.seed}:\n"
        f"{failure.operation}: {failure.words}\n"
        f"{failure.commands}\nanswered {failure.answer}"
    )
