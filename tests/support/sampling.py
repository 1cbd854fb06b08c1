"""Sweeps: many cases of a story, such as a trouble at each of its places. `make test` plays some, `make sweeps` all."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import pytest

MARK: Final = "sweep"
EVERY: Final = 3
"""Of so many cases of a sweep a sample has about one."""


def sample(items: Sequence[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """What is played and what is left out, each in its order: of every sweep about a third, and never nothing.

    Names choose, not places: every third of moments times calls could be one moment alone. So a case is played in every
    run or in none, and a red build stays red.
    """
    sweeps: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker(MARK) is not None:
            sweeps[item.nodeid.partition("[")[0]].append(item)
    played = {item for cases in sweeps.values() for item in _some(cases)}
    kept = [item for item in items if item in played or item.get_closest_marker(MARK) is None]
    return kept, [item for item in items if item not in set(kept)]


def _some(cases: Sequence[pytest.Item]) -> list[pytest.Item]:
    return [case for case in cases if zlib.crc32(case.nodeid.encode()) % EVERY == 0] or list(cases[:1])
