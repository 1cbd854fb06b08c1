"""Plays many seeds in several processes, and says what was met, what failed, and how to see it again."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from tests.proof.coverage import Coverage
from tests.proof.proving import play
from tests.proof.scenario import ALL
from tests.proof.shrinking import command, shrink
from tests.proof.worlds import WORLDS
from tests.support.garbage import look_for_garbage_seldom

AT_ONCE: Final = 20
"""Seeds that a process is given at a time."""

TOLD: Final = 5
"""More failures nobody reads."""


@dataclass
class Failure:
    """A seed that violates an invariant."""

    seed: int
    number: int
    words: str


@dataclass
class Report:
    """All that many seeds brought."""

    coverage: Coverage = field(default_factory=Coverage)
    failures: list[Failure] = field(default_factory=list)
    cpu_seconds: float = 0.0

    def merge(self, other: Report) -> None:
        """Those of another process."""
        self.coverage.merge(other.coverage)
        self.failures += other.failures
        self.cpu_seconds += other.cpu_seconds

    def write(self, path: Path) -> None:
        """For another process."""
        document = {
            "coverage": self.coverage.as_json(),
            "failures": [vars(failure) for failure in self.failures],
            "cpuSeconds": self.cpu_seconds,
        }
        path.write_text(json.dumps(document), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Report:
        """As another process wrote it."""
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            Coverage.from_json(document["coverage"]),
            [Failure(**failure) for failure in document["failures"]],
            document["cpuSeconds"],
        )


def play_seeds(seeds: Iterable[int], worlds: str = ALL, *, until: int | None = None) -> Report:
    """Play these seeds here, all of them or up to the first that breaks one invariant."""
    report, began = Report(), time.process_time()
    for seed in seeds:
        played = play(WORLDS[worlds](seed))
        report.coverage.add(played)
        if played.violation is not None:
            report.failures.append(Failure(seed, played.violation.number, played.violation.words))
            if played.violation.number == until:
                break
    report.cpu_seconds = time.process_time() - began
    return report


def play_many(seeds: Sequence[int], processes: int, worlds: str = ALL) -> Report:
    """Play all of them in so many processes."""
    if processes == 1:
        return play_seeds(seeds, worlds)
    report = Report()
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawning, initializer=look_for_garbage_seldom) as pool:
        for part in pool.map(partial(play_seeds, worlds=worlds), _slices(seeds)):
            report.merge(part)
    return report


def _slices(seeds: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(seeds), AT_ONCE):
        yield seeds[start : start + AT_ONCE]


def tell(report: Report, console: Console, worlds: str = ALL) -> None:
    """Print the table, and of each of the first failures its smallest scenario and the command that plays it."""
    report.coverage.show(console)
    console.print(f"{report.cpu_seconds:.0f} s of CPU")
    for failure in report.failures[:TOLD]:
        tell_failure(failure, console, worlds)
    if len(report.failures) > TOLD:
        console.print(f"and {len(report.failures) - TOLD} more: {[one.seed for one in report.failures[TOLD:]]}")


def tell_failure(failure: Failure, console: Console, worlds: str = ALL) -> None:
    """Shrink it and print what is left."""
    console.print(f"\nseed {failure.seed} breaks invariant {failure.number}: {failure.words}", markup=False)
    played = play(WORLDS[worlds](failure.seed))
    if played.violation is None:
        console.print("played again it does not: the scenario is not deterministic")
        return
    smallest = shrink(played)
    console.print(f"{smallest.scenario}\n  breaks {smallest.violation}", markup=False)
    console.print(f"play it again: {command(smallest.scenario)}", markup=False)
