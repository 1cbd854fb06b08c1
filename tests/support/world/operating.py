"""Operators at work: whatever waits for a person is decided in any legal way, now and then with second thoughts."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from tests.support.world.world import Refused, World

Wish = Callable[[], Any]
DEFINITE: Final = frozenset({"CONFLICT_ERROR", "THROTTLED"})
"""What an operator may be answered who is not the only one, or not in time."""


def decide_something(world: World, rng: random.Random, execution_id: str, *, eagerness: float = 0.6) -> None:
    """Decide at one of the open gates, by mail or by name, or do nothing; a refusal says why and is no surprise."""
    wishes = [
        wish for gate in world.execution(execution_id)["gates"] for wish in _wishes(world, rng, execution_id, gate)
    ]
    if wishes and rng.random() < eagerness:
        attempt(rng.choice(wishes))


def have_second_thoughts(world: World, rng: random.Random, execution_id: str, *, cancels: float = 0.0) -> None:
    """Pause, seldom; cancel, if the operator is one who does; retry or skip what nobody asked about."""
    chance = rng.random()
    waves = world.execution(execution_id)["waves"]
    if chance < cancels:
        attempt(partial(world.cancel, execution_id))
    elif chance < cancels + 0.02:
        attempt(partial(world.pause, execution_id))
    elif chance < cancels + 0.04:
        number = rng.choice(waves)["waveNumber"]
        attempt(partial(rng.choice((world.retry, world.skip)), execution_id, number))


def attempt(wish: Wish) -> bool:
    """Whether it was accepted; AssertionError for a refusal that is none of the definite ones."""
    try:
        wish()
    except Refused as refused:
        assert refused.code in DEFINITE, refused.envelope
        return False
    return True


def _wishes(world: World, rng: random.Random, execution_id: str, gate: dict[str, Any]) -> list[Wish]:
    if gate["status"] != "OPEN":
        return []
    mails = world.mails("pause", execution_id)
    by_mail: list[Wish] = [partial(world.approve_by_mail, rng.choice(mails))] if mails else []
    number = gate.get("waveNumber")
    if number is None:
        return [partial(world.resume, execution_id), *by_mail]
    skip = partial(world.skip, execution_id, number)
    if gate["kind"] == "APPROVAL":
        return [partial(world.resume, execution_id, number), *by_mail, *([skip] if rng.random() < 0.2 else [])]
    retry = partial(world.retry, execution_id, number, gateNumber=gate["number"], relaunch=rng.random() < 0.5)
    return [partial(world.resume, execution_id, number), retry, retry, skip, *by_mail]
