"""Makes random worlds whose groups have launch settings out of seeds; other seeds than those of all other worlds."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Final

from shared.operations import DATA_MANAGEMENT
from tests.proof.ingredients.people import PATIENT, Decider
from tests.proof.ingredients.plans import PlanOf, Restless, Started
from tests.proof.ingredients.settings import Blocked, Edited, Settled
from tests.proof.ingredients.troubles import Struck
from tests.proof.parts import BENIGN, graph, maybe, some
from tests.proof.scenario import SETTINGS, Scenario

VERBS: Final = ("history.*", "configurations.read", "configurations.update", "templates.*", "history.put")
TROUBLES: Final = ("dies before", "dies after", "stands still before", "stands still after")

NOBODY: Final = 3000.0
"""Who looks at the gates so seldom comes when all looks at launch settings are too old."""


def compose_settings(seed: int) -> Scenario:
    """One to four waves, most of them with settings, which others edit, and a worker that breaks off.

    Now and then a gate stays open for long, or a group wants no difference any more.
    """
    rng = random.Random(f"settings/{seed}")
    waves = tuple(replace(wave, settings=rng.random() < 0.8) for wave in graph(rng, pauses=0.3, risky=False))
    return Scenario(
        seed,
        (
            Restless(rng.uniform(0, 0.4), rng.uniform(0, 0.3), 0.01),
            PlanOf("one", waves),
            Settled(),
            Started("one", rng.uniform(0, 30)),
            Decider("one", NOBODY if rng.random() < 0.3 else rng.uniform(20, 90), PATIENT),
            *(
                Struck(DATA_MANAGEMENT, rng.choice(VERBS), rng.randint(1, 6), rng.choice(TROUBLES), 30.0)
                for _ in range(rng.randint(0, 3))
            ),
            *(Edited("one", rng.randrange(len(waves)), rng.uniform(5, 900)) for _ in range(rng.randint(0, 2))),
            *maybe(rng, 0.3, Blocked("one", rng.randrange(len(waves)), rng.uniform(31, 300))),
            *some(rng, BENIGN, rng.randint(0, 4)),
        ),
        worlds=SETTINGS,
    )
