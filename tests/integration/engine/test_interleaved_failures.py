"""Seeds in which servers fail, people decide, and everything around them is unreliable: it ends, and is well told."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any, Final

import pytest

from tests.integration.engine.test_interleavings import unsettled
from tests.support.world import DATABASE_ACCOUNT, HOUR, WEB_ACCOUNT, World, wave
from tests.support.world.operating import decide_something, have_second_thoughts
from tests.support.world.rest import check_at_rest

SEEDS: Final = 25
POLICIES: Final = ("STOP", "PAUSE", "PAUSE", "CONTINUE")
FAILURES: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "launchFailure"},
    {"kind": "launchFailure", "stage": "conversion"},
    {"kind": "impairedStatus"},
    {"kind": "hiddenInstance", "seconds": 900},
    {"kind": "stuckPending"},
    {"kind": "stuckPending", "launches": True, "resolvesAfter": 600},
)


def risky_plan(world: World, rng: random.Random) -> str:
    """A diamond in two accounts; every wave has a policy, and perhaps a minimum, a short deadline or a wait."""
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
                pause=rng.random() < 0.2,
                failurePolicy=rng.choice(POLICIES),
                deadlineMinutes=rng.choice((2, 30, 60)),
                **rng.choice(({}, {}, {"minimumSuccess": "50%"}, {"waitMinutes": 1})),
            )
        )
    for server in rng.sample(everything, min(3, len(everything))):
        world.fault(**rng.choice(FAILURES), servers=[server])
    return world.create_plan("risky", *waves)


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
