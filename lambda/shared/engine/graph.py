"""Waves are a graph: who waits for whom."""

from collections.abc import Collection, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Protocol


class GraphWave(Protocol):
    """What the graph needs of a wave, be it the plan's or the execution's."""

    @property
    def wave_number(self) -> int:
        """The wave's number, unique in its plan."""
        ...

    @property
    def depends_on_waves(self) -> tuple[int, ...]:
        """The waves that must have succeeded before this one may start."""
        ...


def dependencies(waves: Iterable[GraphWave]) -> dict[int, frozenset[int]]:
    """What each wave waits for; a plan in which no wave names a dependency runs in the order of the numbers."""
    listed = sorted(waves, key=lambda wave: wave.wave_number)
    if any(wave.depends_on_waves for wave in listed):
        return {wave.wave_number: frozenset(wave.depends_on_waves) for wave in listed}
    numbers = [wave.wave_number for wave in listed]
    return {
        number: frozenset(() if position == 0 else (numbers[position - 1],)) for position, number in enumerate(numbers)
    }


def find_cycle(deps: Mapping[int, Collection[int]]) -> tuple[int, ...] | None:
    """The waves of one cycle in order, the first repeated at the end; None if there is none."""
    try:
        TopologicalSorter({number: sorted(needed) for number, needed in sorted(deps.items())}).prepare()
    except CycleError as error:
        return tuple(error.args[1])
    return None
