"""A plan in which much may go wrong: policies, minima, short deadlines, waits, and servers that fail in every way."""

from __future__ import annotations

import random
from typing import Any, Final

from tests.support.world.machinery import DATABASE_ACCOUNT, WEB_ACCOUNT
from tests.support.world.world import World, wave

POLICIES: Final = ("STOP", "PAUSE", "PAUSE", "CONTINUE")
FAILURES: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "launchFailure"},
    {"kind": "launchFailure", "stage": "snapshot"},
    {"kind": "launchFailure", "stage": "conversion"},
    {"kind": "impairedStatus"},
    {"kind": "hiddenInstance", "seconds": 900},
    {"kind": "stuckPending"},
    {"kind": "stuckPending", "launches": True, "resolvesAfter": 600},
)


def risky_plan(world: World, rng: random.Random) -> str:
    """A diamond in two accounts; every wave has a policy, and perhaps something else; three servers have a fault."""
    waves, everything = [], []
    for number, after in enumerate(([], [0], [0], [1, 2])):
        account = rng.choice((DATABASE_ACCOUNT, WEB_ACCOUNT))
        servers = world.add_servers(account, rng.randint(1, 3), name=f"tier-{number}")
        everything += servers
        more: tuple[dict[str, Any], ...] = (
            {},
            {"minimumSuccess": "50%"},
            {"optionalServerIds": servers[:1]},
            {"waitMinutes": 1},
        )
        waves.append(
            wave(
                number,
                world.create_group(f"tier {number}", servers, account=account),
                after=after,
                pause=rng.random() < 0.25,
                failurePolicy=rng.choice(POLICIES),
                deadlineMinutes=rng.choice((2, 60, 60, 60)),
                **rng.choice(more),
            )
        )
    for server in rng.sample(everything, min(3, len(everything))):
        world.fault(**rng.choice(FAILURES), servers=[server])
    return world.create_plan("risky", *waves)
