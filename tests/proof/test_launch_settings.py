"""Random worlds whose groups have launch settings: all of the proof holds, and nobody is launched without them."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Final

import pytest

from shared.operations import DATA_MANAGEMENT
from tests.proof.ingredients.people import PATIENT, Decider
from tests.proof.ingredients.plans import PlanOf, Restless, Started
from tests.proof.ingredients.settings import Edited, Settled
from tests.proof.ingredients.troubles import Struck
from tests.proof.parts import BENIGN, graph, some
from tests.proof.proving import Played, play
from tests.proof.scenario import Scenario

SEEDS: Final = 30
VERBS: Final = ("history.*", "configurations.read", "configurations.update", "templates.*", "history.put")
TROUBLES: Final = ("dies before", "dies after", "stands still before", "stands still after")


def compose(seed: int) -> Scenario:
    """One to four waves, most of them with settings, which others edit, and a worker that breaks off."""
    rng = random.Random(f"settings/{seed}")
    waves = tuple(replace(wave, settings=rng.random() < 0.8) for wave in graph(rng, pauses=0.3, risky=False))
    return Scenario(
        seed,
        (
            Restless(rng.uniform(0, 0.4), rng.uniform(0, 0.3), 0.01),
            PlanOf("one", waves),
            Settled(),
            Started("one", rng.uniform(0, 30)),
            Decider("one", rng.uniform(20, 90), PATIENT),
            *(
                Struck(DATA_MANAGEMENT, rng.choice(VERBS), rng.randint(1, 6), rng.choice(TROUBLES), 30.0)
                for _ in range(rng.randint(0, 3))
            ),
            *(Edited("one", rng.randrange(len(waves)), rng.uniform(5, 900)) for _ in range(rng.randint(0, 2))),
            *some(rng, BENIGN, rng.randint(0, 4)),
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
    assert met["settings edited"] > 0
    assert sum(met[f"{DATA_MANAGEMENT} {trouble}"] for trouble in TROUBLES) > 0
    assert all(set(one.ended) == {"COMPLETED"} for one in played)
