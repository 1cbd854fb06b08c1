"""What is recorded: short stories in which everything happens that a step may have to do with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from local.drs_simulator import Timings
from shared.models.base import format_instant
from shared.models.targets import Target
from tests.support.asl.loading import STATE_MACHINE
from tests.support.checks_cloud import SHELL
from tests.support.world import DATABASE_ACCOUNT, REGION, START, WEB_ACCOUNT, World, wave
from tests.support.world.cloud import CERTAIN
from tests.support.world.operating import attempt

BRISK: Final = replace(CERTAIN, timings=Timings().scaled(0.1))
"""Jobs of a minute: few steps, the same story."""

PAUSE_SECONDS: Final = 40

ALARM: Final = "shop-5xx"
CHECKS: Final = [
    {"alarmName": ALARM},
    {"documentName": SHELL, "parameters": {"commands": ["systemctl is-active shop"]}},
]


@dataclass(frozen=True)
class Story:
    """Servers by account and their names, waves over them, what goes wrong, and what operators do.

    `operate` looks at what there is and may be called at any time, as often as one likes: a refusal says no more than
    that somebody was first.
    """

    name: str
    servers: Sequence[tuple[str, str]]
    waves: Callable[[World, Sequence[str]], list[dict[str, Any]]]
    operate: Callable[[World, str], None] = lambda _world, _execution_id: None
    faults: Sequence[dict[str, Any]] = ()
    terminates: bool = False
    alarms: Sequence[str] = ()
    point_in_time: datetime | None = None
    rounds: int | None = None
    """Of each run of the state machine, if they are to be shorter than in the product."""
    end: str = "COMPLETED"

    def make_world(self, definition: Path = STATE_MACHINE) -> World:
        """The servers, under ids of their own, alarms that are well, and the faults; always the same."""
        world = World(settings=BRISK, rounds=self.rounds, definition=definition)
        for account, server in self.servers:
            world.add_servers(account, name=server, source_server_id=server)
        for alarm in self.alarms:
            world.cloud.cloudwatch.put(Target(account_id=DATABASE_ACCOUNT, region=REGION), alarm)
        for fault in self.faults:
            world.fault(**fault)
        return world

    def make_plan(self, world: World) -> str:
        """One group for each server, and the plan; answers its id."""
        groups = [world.create_group(server, [server], account=account) for account, server in self.servers]
        return world.create_plan(self.name, *self.waves(world, groups))

    def begin(self, world: World, plan_id: str) -> str:
        """Start the plan; answers the execution."""
        instant = self.point_in_time
        return world.start(plan_id, **({} if instant is None else {"pointInTime": format_instant(instant)}))

    def go_on(self, world: World, execution_id: str) -> bool:
        """Do what is to be done now; False when the story is over."""
        header = world.header(execution_id)
        if self.terminates and header.is_terminal and not header.termination_count and not header.open:
            world.terminate(execution_id)
            return True
        if not header.is_terminal:
            self.operate(world, execution_id)
        return header.open


def server(number: int) -> str:
    """The id of a server."""
    return f"s-1111111111111db{number:02d}"


def one_after_the_other(*, pauses: Sequence[int] = ()) -> Callable[[World, Sequence[str]], list[dict[str, Any]]]:
    """A wave for each group."""
    return lambda _world, groups: [wave(number, group, pause=number in pauses) for number, group in enumerate(groups)]


def approve_by_mail(world: World, execution_id: str) -> None:
    """Run the newest mail's command while a gate is open."""
    mails = world.mails("pause", execution_id)
    if mails and any(gate["status"] == "OPEN" for gate in world.execution(execution_id)["gates"]):
        world.approve_by_mail(mails[-1])


def retry_what_failed(world: World, execution_id: str) -> None:
    """Retry at every failure gate."""
    for gate in world.execution(execution_id)["gates"]:
        if gate["status"] == "OPEN" and gate["kind"] == "FAILURE":
            attempt(partial(world.retry, execution_id, gate["waveNumber"]))


def pause_once(world: World, execution_id: str) -> None:
    """Pause when the first wave runs, resume a while later."""
    shown = world.execution(execution_id)
    pauses = [gate for gate in world.executions.gates(world.header(execution_id)) if gate.scope == "all"]
    if not pauses and shown["waves"][0]["status"] == "LAUNCHING":
        attempt(partial(world.pause, execution_id))
    for gate in pauses:
        age = (world.clock.now() - gate.opened_at).total_seconds()
        if gate.status.value == "OPEN" and age >= PAUSE_SECONDS:
            attempt(partial(world.resume, execution_id))


STORIES: Final[Sequence[Story]] = (
    Story(
        "gate",
        [(DATABASE_ACCOUNT, server(1)), (DATABASE_ACCOUNT, server(2)), (DATABASE_ACCOUNT, server(3))],
        one_after_the_other(pauses=[1]),
        approve_by_mail,
    ),
    Story(
        "retry",
        [(DATABASE_ACCOUNT, server(1)), (DATABASE_ACCOUNT, server(2)), (DATABASE_ACCOUNT, server(3))],
        lambda _world, groups: [wave(0, *groups[:2]), wave(1, groups[2])],
        retry_what_failed,
        [{"kind": "launchFailure", "servers": [server(2)], "rawError": "no capacity"}],
    ),
    Story(
        "pause",
        [(DATABASE_ACCOUNT, server(1)), (DATABASE_ACCOUNT, server(2))],
        one_after_the_other(),
        pause_once,
    ),
    Story(
        "accounts",
        [(DATABASE_ACCOUNT, server(1)), (WEB_ACCOUNT, server(2)), (WEB_ACCOUNT, server(3))],
        lambda _world, groups: [wave(0, groups[0]), wave(1, groups[1]), wave(2, groups[2], after=[0, 1])],
    ),
    Story(
        "doubt",
        [(DATABASE_ACCOUNT, server(1)), (DATABASE_ACCOUNT, server(2))],
        one_after_the_other(),
        faults=[
            {"kind": "lostReply", "operation": "StartRecovery"},
            {"kind": "lateVisibility", "seconds": 20},
            {"kind": "serverError", "operation": "StartRecovery", "nth": 2},
        ],
    ),
    Story("termination", [(DATABASE_ACCOUNT, server(1))], one_after_the_other(), terminates=True),
    Story(
        "checks",
        [(DATABASE_ACCOUNT, server(1)), (DATABASE_ACCOUNT, server(2))],
        lambda _world, groups: [wave(0, *groups, healthChecks=CHECKS)],
        alarms=[ALARM],
    ),
    Story(
        "point",
        [(DATABASE_ACCOUNT, server(1)), (DATABASE_ACCOUNT, server(2))],
        one_after_the_other(),
        point_in_time=START - timedelta(hours=3),
    ),
    Story(
        "abandoned",
        [(DATABASE_ACCOUNT, server(1))],
        lambda _world, groups: [wave(0, *groups, failurePolicy="STOP", deadlineMinutes=5, drainMinutes=5)],
        faults=[{"kind": "stuckJob", "seconds": 900}],
        end="FAILED",
    ),
    Story("runs", [(DATABASE_ACCOUNT, server(1))], one_after_the_other(), rounds=2, terminates=True),
)
"""The three waves with a gate, a failure and its retry, a pause, two accounts, a launch in doubt, a termination; alarms
and commands, a point in time, a job that does not end in time, and runs of the state machine that follow one another.
"""
