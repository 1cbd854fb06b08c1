"""Status, reason and progress are the same in get_execution, list_executions, events and mails, after every step."""

from __future__ import annotations

import random
from typing import Any, Final

import pytest

from tests.support.world import DATABASE_ACCOUNT, REGION, WEB_ACCOUNT, World, wave
from tests.support.world.agreement import Agreement
from tests.support.world.operating import decide_something, have_second_thoughts
from tests.support.world.rest import QUICK, check_at_rest

POLICIES: Final = ("STOP", "PAUSE", "CONTINUE")
SEEDS: Final = 12
FAULTS: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "launchFailure"},
    {"kind": "launchFailure", "stage": "snapshot"},
    {"kind": "impairedStatus"},
    {"kind": "hiddenInstance", "seconds": 500},
    {"kind": "stuckPending", "launches": True},
)


def diamond(world: World, rng: random.Random) -> tuple[str, list[str]]:
    """Four waves in two accounts, each with something of its own; answers the plan and its servers."""
    waves, everything = [], []
    for number, after in enumerate(([], [0], [0], [1, 2])):
        account = rng.choice((DATABASE_ACCOUNT, WEB_ACCOUNT))
        servers = world.add_servers(account, rng.randint(1, 3), name=f"tier-{number}")
        everything += servers
        waves.append(
            wave(
                number,
                world.create_group(f"tier {number}", servers, account=account),
                after=after,
                pause=rng.random() < 0.3,
                failurePolicy=rng.choice(POLICIES),
                deadlineMinutes=rng.choice((2, 60, 60, 60)),
                **rng.choice(({}, {"minimumSuccess": 1}, {"optionalServerIds": [servers[0]]}, {"waitMinutes": 1})),
            )
        )
    return world.create_plan("diamond", *waves), everything


@pytest.mark.parametrize("seed", range(SEEDS))
def test_all_tell_one_story_after_every_step_of_seed(seed: int) -> None:
    world, rng = World(seed=seed, settings=QUICK), random.Random(seed)
    plan_id, servers = diamond(world, rng)
    for server in rng.sample(servers, min(3, len(servers))):
        world.fault(**rng.choice(FAULTS), servers=[server])
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
