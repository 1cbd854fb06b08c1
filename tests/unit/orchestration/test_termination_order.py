"""In which order a termination looks at accounts and regions: whoever is slow comes last, and nobody never."""

from collections import Counter
from types import SimpleNamespace
from typing import cast
from zlib import crc32

import pytest

from orchestration.terminating import _in_order
from orchestration.termination_round import TerminationRound

ROUND_SECONDS = 60


@pytest.mark.parametrize("slow_count", [0, 3, 6])
@pytest.mark.parametrize("count", [2, 4, 8, 12])
def test_whatever_takes_long_every_place_is_looked_at_again_and_again(count: int, slow_count: int) -> None:
    places = [f"place {number:02}" for number in range(count)]
    slow = frozenset(places[:slow_count])
    looked_at = Counter[str]()

    for number in range(400):
        round_ = SimpleNamespace(targets=places, turn=crc32(f"visit {number}".encode()), was_slow=slow.__contains__)
        passed = 0
        for place in cast("list[str]", _in_order(cast("TerminationRound", round_))):
            if passed >= ROUND_SECONDS:
                break
            passed += 35 if place in slow else 9
            looked_at[place] += 1

    assert min(looked_at[place] for place in places) >= 4
