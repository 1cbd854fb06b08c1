"""What the tests of one run after the other share: stories that change runs, and hands on the moment of the change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from local.drs_simulator import Timings
from shared.models.targets import Target
from tests.support.asl.functions import Invocation
from tests.support.asl.runs import Run
from tests.support.world import DATABASE_ACCOUNT, REGION, WEB_ACCOUNT, World, wave
from tests.support.world.cloud import CERTAIN
from tests.support.world.seams import Moment

MOST_EVENTS: Final = 15_000
CHANGE: Final = ("history.get", "history.update", "runs.start_run")
"""The calls of the action that lets another run go on."""

SLOW: Final = replace(CERTAIN, timings=Timings(conversion=100_000))
"""Launch jobs that take more than a day."""

SLOW_END: Final = replace(CERTAIN, timings=replace(Timings().scaled(0.2), terminate=5_000))
"""TERMINATE jobs that take more than an hour."""


def silent(world: World) -> World:
    """No launch events, and that is known of both accounts: jobs are looked at every 30 s."""
    world.events_on = False
    for account in (DATABASE_ACCOUNT, WEB_ACCOUNT):
        world.executions.note_silence(Target(account_id=account, region=REGION), world.clock.now())
    return world


def gate_beside_a_running_branch(world: World) -> str:
    """A wave at its gate, and one that runs and is looked at every 30 s; answers the execution."""
    servers = world.add_servers(count=2)
    waiting = world.create_group("waiting", servers[:1])
    running = world.create_group("running", servers[1:])
    last = world.create_group("last", world.add_servers(WEB_ACCOUNT), account=WEB_ACCOUNT)
    plan_id = world.create_plan("plan", wave(0, waiting, pause=True), wave(1, running), wave(2, last, after=[0, 1]))
    execution_id = world.start(plan_id)
    world.run_until_mail("pause")
    world.settle()
    return execution_id


def runs_of(world: World, name: str) -> list[Run]:
    """The runs of that name and of those that went on after it, oldest first."""
    return [run for run in world.runs.runs if run.name == name or run.name.startswith(f"{name}-r")]


def when_changing(world: World, action: Callable[[], None], *, change: int = 1) -> None:
    """Do something when the state machine calls for another run, for that many times from now."""
    seen: list[Invocation] = []

    def fault(invocation: Invocation) -> None:
        if isinstance(invocation.payload, dict) and invocation.payload.get("action") == "continueAsNew":
            seen.append(invocation)
            if len(seen) == change:
                action()

    world.functions.fault = fault


def within_change(
    world: World, verb: str, action: Callable[[], None], moment: Moment = "before", *, change: int = 1
) -> None:
    """Do something at that call of the action that lets another run go on."""
    when_changing(world, lambda: world.orchestration.on(verb, action, moment=moment), change=change)
