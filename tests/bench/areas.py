"""What the bench measures and what it allows, declared beside the tests that measure it.

A module of tests declares an `Area` for each thing that it measures, with a `Line` for each figure, and its tests
hand what they find to the fixture `report`. Nothing has to run to know what there is to measure: the document that
the bench writes is held to these declarations.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

_KEEPS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "≤": operator.le,
    "<": operator.lt,
    "≥": operator.ge,
    "=": operator.eq,
}


@dataclass(frozen=True)
class Limit:
    """What a figure may be."""

    sign: str
    amount: float

    def is_kept_by(self, measured: float) -> bool:
        """Whether the figure is what it may be."""
        return _KEEPS[self.sign](measured, self.amount)

    def __str__(self) -> str:
        return f"{self.sign} {shown(self.amount)}"


def at_most(amount: float) -> Limit:
    """The amount or less."""
    return Limit("≤", amount)


def below(amount: float) -> Limit:
    """Less than the amount."""
    return Limit("<", amount)


def at_least(amount: float) -> Limit:
    """The amount or more."""
    return Limit("≥", amount)


def exactly(amount: float) -> Limit:
    """Nothing else."""
    return Limit("=", amount)


@dataclass(frozen=True)
class Line:
    """A figure: what it is, what it may be, in which unit.

    One that `varies` from run to run or from machine to machine is printed and held to its limit, but no document
    quotes it.
    """

    what: str
    allowed: Limit | None = None
    unit: str = ""
    varies: bool = False


@dataclass(frozen=True)
class Area:
    """The figures of one thing that is measured, in the order in which they are read."""

    title: str
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        names = [line.what for line in self.lines]
        if len(names) != len(set(names)):
            raise ValueError(f"{self.title} names a figure twice: {names}")

    def line(self, what: str) -> Line:
        """The line of that name; ValueError if nobody declared it."""
        for line in self.lines:
            if line.what == what:
                return line
        raise ValueError(f"nobody declared {what!r} of {self.title!r}")


def declared() -> tuple[Area, ...]:
    """Every area of the bench: of the modules in the order of their names, as each declares them."""
    modules = [import_module(f"tests.bench.{path.stem}") for path in sorted(Path(__file__).parent.glob("test_*.py"))]
    areas: dict[str, Area] = {}
    for module in modules:
        for value in vars(module).values():
            for area in value if isinstance(value, tuple) else (value,):
                if isinstance(area, Area) and areas.setdefault(area.title, area) != area:
                    raise ValueError(f"two areas are called {area.title!r}")
    return tuple(areas.values())


def shown(amount: float) -> str:
    """An amount as people read it: thousands apart, two digits of a fraction."""
    return f"{amount:,}" if isinstance(amount, int) else f"{amount:,.2f}"
