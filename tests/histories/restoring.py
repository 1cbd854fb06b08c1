"""A world as it was in the middle of a recorded run: the tables as they were written, DRS as it had got to."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from typing import Any

from local.drs_simulator.record import Effect
from shared.aws.ports import DoubtError
from shared.models.health_checks import CommandCheck
from shared.models.targets import Target
from shared.stores.table import Item
from tests.histories.history import Asked, History, rows_of
from tests.histories.replaying import put_rows
from tests.histories.stories import Story
from tests.support.world import World


def restored(history: History, story: Story, number: int) -> World:
    """The world right after that step; its reconciler finds executions whose runs are gone, and begins them anew.

    DRS is asked again for all that it was asked for up to then, at the same moments, so that its jobs are as far.
    """
    world = story.make_world()
    world.events_on = False
    for step in history.steps[: number + 1]:
        for asked in step.asked:
            _repeat(history, world, asked, step.at)
    done = history.steps[number]
    _let_pass(world, done.at)
    for name, items in history.tables.items():
        table = getattr(world.tables, name)
        for item in items:
            table.put(item)
    rows: list[Item] = _renamed(history, world, list(done.after.values()))
    put_rows(world, rows_of(rows))
    world.events_on = True
    return world


def _repeat(history: History, world: World, asked: Asked, at: datetime) -> None:
    """The calls that change something in other accounts, as they were made."""
    if asked.verb not in ("drs.start_recovery", "drs.terminate", "ssm.send"):
        return
    _let_pass(world, at)
    arguments: dict[str, Any] = _renamed(history, world, dict(asked.arguments))
    account, _, region = arguments.pop("target").partition("/")
    target = Target(account_id=account, region=region)
    arguments["not_after"] = datetime.fromisoformat(arguments["not_after"])
    if asked.verb == "drs.terminate":
        arguments["instance_ids"] = _instances_there(world, target)
    if "command" in arguments:
        arguments["command"] = CommandCheck.model_validate(arguments["command"])
    port, verb = asked.verb.split(".")
    with suppress(DoubtError):
        getattr(getattr(world.cloud, port), verb)(target, **arguments)


def _instances_there(world: World, target: Target) -> list[str]:
    """The stories terminate everything at once."""
    return world.instances(target.account_id)


def _let_pass(world: World, until: datetime) -> None:
    world.advance(max(0.0, (until - world.clock.now()).total_seconds()))


def _renamed(history: History, world: World, told: Any) -> Any:
    """The same with the ids that this simulator has given to the same jobs and instances."""
    made = [entry for entry in world.simulator_record.entries if isinstance(entry, Effect)]
    present = [[one.job_id, one.instance_id] for one in made if one.kind in ("jobCreated", "instanceLaunched")]
    text = json.dumps(told)
    for before, now in zip(history.jobs, present, strict=False):
        for old, new in zip(before, now, strict=True):
            text = text.replace(old, new) if old else text
    return json.loads(text)
