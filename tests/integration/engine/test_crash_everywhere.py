"""One thing goes wrong at one call of the orchestration function, any call: the story ends the same.

A sample runs here; `make bench` tells the story for every call.
"""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.world.rest import QUICK
from tests.support.world.sweep import READS, TROUBLES, WRITES_AND_EFFECTS, Mishap, calls_of, tell, tell_failure
from tests.support.world.world import World

FEW: Final = ("drs.start_recovery", "drs.terminate", "functions.invoke_later", "runs.fail", "runs.start_run")
"""Effects of which the story makes one or two: each meets every trouble at its first call."""

SAMPLE: Final = [
    *(Mishap(verb, 1, trouble) for verb in FEW for trouble in TROUBLES),
    *(Mishap("runs.succeed", nth, TROUBLES[nth % 4]) for nth in range(1, 5)),
    *(Mishap("history.put", nth, TROUBLES[nth % 4]) for nth in range(1, 20, 3)),
    *(Mishap("history.update", nth, TROUBLES[nth % 4]) for nth in range(1, 24, 3)),
    *(Mishap("history.transact", nth, TROUBLES[nth % 4]) for nth in range(1, 28, 3)),
]

FAILURE_SAMPLE: Final = [
    *(Mishap("history.update", nth, TROUBLES[nth % 4]) for nth in range(2, 40, 4)),
    *(Mishap("history.transact", nth, TROUBLES[nth % 4]) for nth in range(2, 40, 3)),
    *(Mishap("runs.start_run", 1, trouble) for trouble in TROUBLES),
    *(Mishap("drs.start_recovery", 2, trouble) for trouble in TROUBLES),
]


def test_the_story_makes_every_write_and_effect_that_is_tried_and_no_other() -> None:
    counted = calls_of(tell)

    assert {mishap.verb for mishap in SAMPLE} == set(WRITES_AND_EFFECTS)
    assert {verb for verb in counted if verb not in READS} == set(WRITES_AND_EFFECTS)


@pytest.mark.sweep
@pytest.mark.requirement("SRS-E14")
@pytest.mark.parametrize("mishap", SAMPLE, ids=str)
def test_the_story_ends_the_same_when_the_function(mishap: Mishap) -> None:
    tell(World(settings=QUICK), mishap.arrange)


@pytest.mark.sweep
@pytest.mark.parametrize("mishap", FAILURE_SAMPLE, ids=str)
def test_the_story_of_a_retry_ends_the_same_when_the_function(mishap: Mishap) -> None:
    tell_failure(World(settings=QUICK), mishap.arrange)


a_mishap = st.builds(
    Mishap,
    verb=st.sampled_from((*WRITES_AND_EFFECTS, *READS)),
    nth=st.integers(1, 20),
    trouble=st.sampled_from(TROUBLES),
)


@pytest.mark.requirement("SRS-E14")
@settings(max_examples=20, deadline=None)
@given(several=st.lists(a_mishap, min_size=2, max_size=4), seed=st.integers(0, 1000))
def test_the_story_ends_the_same_when_several_things_go_wrong(several: list[Mishap], seed: int) -> None:
    def arrange(world: World) -> None:
        for mishap in several:
            mishap.arrange(world)

    tell(World(seed=seed, settings=QUICK, stale_indexes=True), arrange)
