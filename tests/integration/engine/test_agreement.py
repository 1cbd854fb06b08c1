"""Status, reason and progress are the same in get_execution, list_executions, events and mails, after every step."""

from __future__ import annotations

import random
from typing import Final

import pytest

from tests.support.world import DATABASE_ACCOUNT, REGION, World
from tests.support.world.agreement import Agreement
from tests.support.world.operating import decide_something, have_second_thoughts
from tests.support.world.rest import QUICK, check_at_rest
from tests.support.world.risky import risky_plan

SEEDS: Final = 12


@pytest.mark.requirement("SRS-E11")
@pytest.mark.parametrize("seed", range(SEEDS))
def test_all_tell_one_story_after_every_step_of_seed(seed: int) -> None:
    world, rng = World(seed=seed, settings=QUICK), random.Random(seed)
    plan_id = risky_plan(world, rng)
    if rng.random() < 0.3:
        for foreign in world.add_servers(count=20, name="foreign"):
            world.simulator.start_foreign_job(DATABASE_ACCOUNT, REGION, [foreign])
    execution_id = world.start(plan_id)
    agreement = Agreement(world, execution_id)

    def operate() -> None:
        decide_something(world, rng, execution_id)
        have_second_thoughts(world, rng, execution_id, cancels=0.005)

    status = agreement.watch(operate)

    assert status in ("COMPLETED", "PARTIAL", "FAILED", "CANCELLED")
    assert agreement.steps >= 2
    assert agreement.mails_read >= 2
    check_at_rest(world, execution_id)
