"""Seeds in which servers fail, people decide, and everything around them is unreliable: it ends, and is well told."""

from __future__ import annotations

import random
from collections import Counter
from typing import Final

import pytest

from tests.integration.engine.test_interleavings import unsettled
from tests.support.world import HOUR, World
from tests.support.world.operating import decide_something, have_second_thoughts
from tests.support.world.rest import check_at_rest
from tests.support.world.risky import risky_plan

SEEDS: Final = 25


def operate(world: World, rng: random.Random, execution_id: str) -> None:
    """Be there until the execution ends."""
    cancels = rng.choice((0.0, 0.0, 0.01))
    for _ in range(2000):
        world.advance(rng.uniform(5, 60))
        if world.header(execution_id).is_terminal:
            return
        decide_something(world, rng, execution_id, eagerness=0.4)
        have_second_thoughts(world, rng, execution_id, cancels=cancels)
    raise AssertionError(f"it does not end: {[event['message'] for event in world.events(execution_id)[-5:]]}")


def check_attempts(world: World, execution_id: str) -> None:
    """A server is launched at most once per attempt, and never again once it was healthy."""
    jobs = Counter(server for job in world.oracle.jobs_of(execution_id) for server in job.servers)
    healthy: set[str] = set()
    for event in world.events(execution_id):
        server = str(event["details"].get("server", "")).rpartition("#")[2]
        if event["type"] == "SERVER_HEALTH" and event["details"]["status"] == "HEALTHY":
            healthy.add(server)
        elif event["type"] == "SERVER_LAUNCH":
            assert server not in healthy, f"a healthy server moved: {event['message']}"
    for shown in world.servers(execution_id):
        launched = jobs[shown["sourceServerId"]]
        assert launched <= shown["attempt"], f"{shown} was launched {launched} times"


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_fails_the_execution_ends_as_it_should_in_the_order_of_seed(seed: int) -> None:
    world, rng = unsettled(seed)
    execution_id = world.start(risky_plan(world, rng))

    operate(world, rng, execution_id)
    status = world.run_until_end(execution_id, limit=6 * HOUR)

    waves = {one["status"] for one in world.execution(execution_id)["waves"]}
    assert (status == "COMPLETED") == (waves == {"COMPLETED"})
    assert not waves & {"PENDING", "AWAITING_APPROVAL", "LAUNCHING", "LAUNCHED", "VALIDATING"}
    assert {server["launchStatus"] for server in world.servers(execution_id)} <= {
        "LAUNCHED",
        "FAILED",
        "SKIPPED",
        "CANCELLED",
    }
    check_attempts(world, execution_id)
    check_at_rest(world, execution_id)
