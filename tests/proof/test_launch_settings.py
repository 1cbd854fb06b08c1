"""Random worlds whose groups have launch settings: all of the proof holds, and nobody is launched without them."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest

from shared.operations import DATA_MANAGEMENT
from tests.proof.composing_settings import TROUBLES, compose_settings
from tests.proof.proving import Played, play

SEEDS: Final = 30


@pytest.fixture(scope="module")
def played() -> list[Played]:
    """All of them."""
    return [play(compose_settings(seed)) for seed in range(SEEDS)]


def test_no_world_breaks_an_invariant(played: list[Played]) -> None:
    broken = [f"{one.scenario} breaks {one.violation}" for one in played if one.violation is not None]
    assert not broken, broken[0]


def test_everything_was_met(played: list[Played]) -> None:
    met = sum((one.met for one in played), Counter[str]())
    assert met["settings edited"] > 0
    assert met["group blocked"] > 0
    assert sum(met[f"{DATA_MANAGEMENT} {trouble}"] for trouble in TROUBLES) > 0
    assert all(set(one.ended) == {"COMPLETED"} for one in played if one.scenario.is_benign)
