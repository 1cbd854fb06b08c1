"""Thirty seeds: two accounts, a diamond, gates, operators at work, and everything around it unreliable at once."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from local.drs_simulator import Quirks
from tests.support.asl.functions import LOST_AFTER, LOST_BEFORE, THROTTLE, TWICE, Delivery, Invocation
from tests.support.world import DATABASE_ACCOUNT, HOUR, WEB_ACCOUNT, Refused, World, wave
from tests.support.world.rest import QUICK, check_at_rest, launched_once
from tests.support.world.sweep import READS, TROUBLES, WRITES_AND_EFFECTS, Mishap

SEEDS: Final = 30
UNRELIABLE: Final = replace(QUICK, quirks=Quirks(event_loss=0.5, participants_hidden=20, cleanup="before_launch"))
DRS_FAULTS: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "lostReply", "operation": "StartRecovery"},
    {"kind": "lostReply", "operation": "StartRecovery", "how": "readTimeout", "nth": 2},
    {"kind": "lateReply", "operation": "StartRecovery", "seconds": 40},
    {"kind": "lateEffect", "operation": "StartRecovery", "seconds": 90, "nth": 3},
    {"kind": "serverError", "operation": "StartRecovery", "takesEffect": True},
    {"kind": "serverError", "operation": "StartRecovery", "nth": 2},
    {"kind": "throttling", "operation": "DescribeJobs", "times": 4, "nth": 3},
    {"kind": "expiredCredentials", "times": 2, "nth": 12},
    {"kind": "revokedRole", "operation": "StartRecovery"},
    {"kind": "lateVisibility", "seconds": 50, "times": None},
    {"kind": "stuckPending", "launches": True, "resolvesAfter": 60},
    {"kind": "missingInstanceId", "times": 2},
    {"kind": "hiddenInstance", "seconds": 100},
    {"kind": "lostReply", "operation": "TerminateRecoveryInstances"},
    {"kind": "serverError", "operation": "DescribeRecoveryInstances", "times": 3},
)
DELIVERIES: Final = (
    LOST_BEFORE,
    LOST_AFTER,
    TWICE,
    THROTTLE,
    Delivery((0.0, 40.0)),
    Delivery((15.0,), "Lambda.Unknown"),
)


def unreliable(rng: random.Random) -> Callable[[Invocation], Delivery | None]:
    """Every tenth invocation is lost, doubled, throttled or late."""
    return lambda _invocation: rng.choice(DELIVERIES) if rng.random() < 0.1 else None


def unsettled(seed: int) -> tuple[World, random.Random]:
    """A world in which much goes wrong, as the seed decides."""
    world, rng = World(seed=seed, settings=UNRELIABLE, stale_indexes=True), random.Random(seed)
    world.functions.fault = unreliable(rng)
    for fault in rng.sample(DRS_FAULTS, 3):
        world.fault(**fault)
    for _ in range(3):
        verb = rng.choice((*WRITES_AND_EFFECTS, *READS))
        Mishap(verb, rng.randint(1, 25), rng.choice(TROUBLES)).arrange(world)
    world.topic.refusals = rng.choice((0, 0, 2))
    return world, rng


def diamond(world: World, rng: random.Random) -> str:
    """Four waves, the middle two at once, in two accounts; some of them wait for approval."""
    groups = []
    for number in range(4):
        account = rng.choice((DATABASE_ACCOUNT, WEB_ACCOUNT))
        servers = world.add_servers(account, rng.randint(1, 3), name=f"tier-{number}")
        groups.append(world.create_group(f"tier {number}", servers, account=account))
    waves = [
        wave(number, group, after=after, pause=rng.random() < 0.4)
        for number, (group, after) in enumerate(zip(groups, ([], [0], [0], [1, 2]), strict=True))
    ]
    return world.create_plan("diamond", *waves)


def operate(world: World, rng: random.Random, execution_id: str) -> None:
    """Be an operator until the execution ends: approve what waits, by mail or by name; pause; cancel now and then."""
    nerves = rng.choice((0.0, 0.0, 0.02))
    for _ in range(1000):
        world.advance(rng.uniform(5, 60))
        try:
            act(world, rng, execution_id, nerves)
        except Refused as refused:
            assert refused.code in {"CONFLICT_ERROR", "THROTTLED"}, refused.envelope
        if world.header(execution_id).is_terminal:
            return
    raise AssertionError(f"it does not end: {[event['message'] for event in world.events(execution_id)[-5:]]}")


def act(world: World, rng: random.Random, execution_id: str, nerves: float) -> None:
    """One thing an operator may do."""
    chance = rng.random()
    mails = world.mails("pause", execution_id)
    if chance < nerves:
        world.cancel(execution_id)
    elif chance < 0.05:
        world.pause(execution_id)
    elif chance < 0.2 and mails:
        world.approve_by_mail(rng.choice(mails))
    elif chance < 0.3:
        waiting = [one for one in world.execution(execution_id)["gates"] if one["status"] == "OPEN"]
        if waiting:
            scope = rng.choice(waiting)["scope"]
            world.resume(execution_id, None if scope == "all" else int(scope))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_everything_ends_well_in_the_order_of_seed(seed: int) -> None:
    world, rng = unsettled(seed)
    plan_id = diamond(world, rng)
    execution_id = world.start(plan_id)

    operate(world, rng, execution_id)
    status = world.run_until_end(execution_id, limit=6 * HOUR)

    is_cancelled = world.header(execution_id).cancelled_by is not None
    assert status in ({"CANCELLED", "PARTIAL"} if is_cancelled else {"COMPLETED"})
    expected = world.expected_waves(plan_id)
    world.oracle.check_order(execution_id, expected)
    servers = {server for one in expected.values() for server in one.servers}
    reached = {server for job in world.oracle.jobs_of(execution_id) for server in job.servers}
    launched_once(world, execution_id, reached if is_cancelled else servers)
    assert reached <= servers
    check_at_rest(world, execution_id)
    if reached:
        clean_up(world, execution_id)


def clean_up(world: World, execution_id: str) -> None:
    """Terminate; a call whose reply is lost and whose job is hidden is made again, and refused as a conflict."""
    world.terminate(execution_id)
    world.run_until_terminated(execution_id, limit=6 * HOUR)
    assert world.termination(execution_id)["status"] == "COMPLETED"
    world.oracle.check_gone(execution_id)
    world.oracle.check_terminated_only([execution_id])
    check_at_rest(world, execution_id, conflicts=True)
