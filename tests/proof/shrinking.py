"""Leaves out of a failing scenario whatever it does not need to fail."""

from __future__ import annotations

from typing import Final

from tests.proof.proving import Played, play
from tests.proof.scenario import ALL, Scenario

MOST_PLAYS: Final = 80
"""A scenario has some twenty ingredients; most go in halves."""


def shrink(failed: Played, most: int = MOST_PLAYS) -> Played:
    """The smallest scenario found that breaks the same invariant; at most so many are played."""
    best, left = failed, most
    size = max(1, len(failed.scenario.numbers) // 2)
    while left > 0 and size >= 1:
        smaller, tries = _without_some(best, size, left)
        left -= tries
        if smaller is None:
            if size == 1:
                break
            size //= 2
        else:
            best = smaller
            size = min(size, max(1, len(best.scenario.numbers) // 2))
    return best


def _without_some(failed: Played, size: int, most: int) -> tuple[Played | None, int]:
    """The first that still fails without so many ingredients in a row, and how many were played."""
    numbers, tries = failed.scenario.numbers, 0
    for start in range(0, len(numbers), size):
        if tries == most:
            break
        tries += 1
        kept = {*numbers[:start], *numbers[start + size :]}
        played = play(failed.scenario.only(kept))
        if played.signature == failed.signature:
            return played, tries
    return None, tries


def command(scenario: Scenario) -> str:
    """What a person types to play it again."""
    kept = "" if scenario.kept is None else f" --only {','.join(map(str, scenario.kept))}"
    worlds = "" if scenario.worlds == ALL else f" --worlds {scenario.worlds}"
    return f'make prove ARGS="--seed {scenario.seed}{worlds}{kept}"'
