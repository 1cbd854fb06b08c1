"""Random worlds whose servers are launched into instances that are there: into these alone, and DRS forgets them."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Final

import pytest

from shared.operations import DATA_MANAGEMENT
from tests.proof.ingredients.people import PATIENT, Decider, Wish
from tests.proof.ingredients.plans import PlanOf, Restless, Started
from tests.proof.ingredients.settings import Drilled, Prepared, Settled
from tests.proof.ingredients.troubles import Struck
from tests.proof.parts import graph
from tests.proof.proving import Played, play
from tests.proof.scenario import Scenario
from tests.proof.test_drill_settings import TROUBLES, VERBS

SEEDS: Final = 4


def compose(seed: int) -> Scenario:
    """A drill, perhaps cancelled, and a recovery into the same instances as soon as they can be had again."""
    rng = random.Random(f"into/{seed}")
    waves = tuple(
        replace(wave, commands=(), into=True) if rng.random() < 0.8 else replace(wave, settings=rng.random() < 0.5)
        for wave in graph(rng, pauses=0.2, risky=False)[:2]
    )
    return Scenario(
        seed,
        (
            Restless(rng.uniform(0, 0.4), rng.uniform(0, 0.3), 0.01),
            PlanOf("one", waves),
            Settled(),
            Drilled(),
            Prepared(),
            Started("one", rng.uniform(0, 30)),
            *(Started("one", float(at), kind="RECOVERY") for at in range(150, 1500, 15)),
            Decider("one", rng.uniform(20, 90), PATIENT),
            *([Wish("one", "cancel", rng.uniform(10, 300))] if rng.random() < 0.4 else []),
            *(
                Struck(DATA_MANAGEMENT, rng.choice(VERBS), rng.randint(1, 12), rng.choice(TROUBLES), 30.0)
                for _ in range(rng.randint(0, 3))
            ),
        ),
    )


@pytest.fixture(scope="module")
def played() -> list[Played]:
    """All of them."""
    return [play(compose(seed)) for seed in range(SEEDS)]


def test_no_world_breaks_an_invariant(played: list[Played]) -> None:
    broken = [f"{one.scenario} breaks {one.violation}" for one in played if one.violation is not None]
    assert not broken, broken[0]


def test_everything_was_met(played: list[Played]) -> None:
    met = sum((one.met for one in played), Counter[str]())
    assert met["launched into an instance"] > 0
    assert sum(met[f"{DATA_MANAGEMENT} {trouble}"] for trouble in TROUBLES) > 0
    assert sum(len(one.ended) > 1 for one in played) > 1, "a recovery comes after a drill"
