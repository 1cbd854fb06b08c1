"""The whole story for every write and effect that it makes, with every trouble at it; a wave beyond the quota."""

from __future__ import annotations

from collections import Counter

import pytest
from rich.console import Console
from rich.table import Table

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


@pytest.mark.parametrize("story", [tell, tell_failure])
def test_the_story_ends_the_same_whatever_goes_wrong_at_any_call(story: Story) -> None:
    calls = calls_of(story)
    everything = [
        *mishaps(calls, WRITES_AND_EFFECTS, TROUBLES),
        *mishaps(calls, READS, ("dies before",)),
    ]
    failed = {mishap: why for mishap in everything if (why := failure(story, mishap))}

    show(Counter((mishap.verb, mishap.trouble) for mishap in everything), len(everything), failed)
    assert not failed


def failure(story: Story, mishap: Mishap) -> str:
    """How the story went wrong, if it did."""
    try:
        story(World(settings=QUICK), mishap.arrange)
    except AssertionError as error:
        return str(error).partition("\n")[0]
    return ""


def show(told: Counter[tuple[str, str]], total: int, failed: dict[Mishap, str]) -> None:
    """Print how often what was tried."""
    table = Table("call", *TROUBLES, title=f"{total} stories, {len(failed)} ended differently", title_justify="left")
    for verb in sorted({verb for verb, _ in told}):
        table.add_row(verb, *(str(told[verb, trouble] or "") for trouble in TROUBLES))
    for mishap, why in failed.items():
        table.add_row(str(mishap), why)
    Console(width=110).print(table)


def test_a_wave_of_more_servers_than_may_be_in_jobs_waits_for_its_own_first_jobs() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(520)
    execution_id = world.start(plan_id)

    assert world.run_until_end(execution_id, limit=6 * HOUR) == "COMPLETED"

    launched_once(world, execution_id, world.expected_waves(plan_id)[0].servers)
    check_at_rest(world, execution_id)
