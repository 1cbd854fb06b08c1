"""The whole story for every write and effect that it makes, with every trouble at it; a wave beyond the quota."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest

from tests.bench.areas import Area, Line, exactly
from tests.bench.findings import Findings
from tests.support.world import HOUR, World
from tests.support.world.rest import QUICK, check_at_rest, launched_once
from tests.support.world.sweep import (
    READS,
    TROUBLES,
    WRITES_AND_EFFECTS,
    Mishap,
    Story,
    calls_of,
    mishaps,
    tell,
    tell_failure,
)

STORIES: Final[dict[str, Story]] = {"a gate and a termination": tell, "a failure and its retry": tell_failure}
SWEEP: Final = Area(
    "One thing goes wrong at one call of a story",
    (
        *(Line(f"{name}, {trouble}, stories told") for name in STORIES for trouble in TROUBLES),
        *(Line(f"{name}, ended differently", exactly(0)) for name in STORIES),
    ),
)


@pytest.mark.parametrize("name", STORIES)
def test_the_story_ends_the_same_whatever_goes_wrong_at_any_call(name: str, report: Findings) -> None:
    story = STORIES[name]
    calls = calls_of(story)
    everything = [
        *mishaps(calls, WRITES_AND_EFFECTS, TROUBLES),
        *mishaps(calls, READS, ("dies before",)),
    ]

    failed = {mishap: why for mishap in everything if (why := failure(story, mishap))}

    told = Counter(mishap.trouble for mishap in everything)
    report(
        SWEEP,
        {
            **{f"{name}, {trouble}, stories told": told[trouble] for trouble in TROUBLES},
            f"{name}, ended differently": len(failed),
        },
        why="; ".join(f"{mishap}: {why}" for mishap, why in failed.items()),
    )


def failure(story: Story, mishap: Mishap) -> str:
    """How the story went wrong, if it did."""
    try:
        story(World(settings=QUICK), mishap.arrange)
    except AssertionError as error:
        return str(error).partition("\n")[0]
    return ""


def test_a_wave_of_more_servers_than_may_be_in_jobs_waits_for_its_own_first_jobs() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(520)
    execution_id = world.start(plan_id)

    assert world.run_until_end(execution_id, limit=6 * HOUR) == "COMPLETED"

    launched_once(world, execution_id, world.expected_waves(plan_id)[0].servers)
    check_at_rest(world, execution_id)
