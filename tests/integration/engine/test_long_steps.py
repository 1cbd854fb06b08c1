"""However slow everything around it is, a step ends in time, claims nothing that it did not do, and gets on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

import pytest

from orchestration.application import build as build_orchestration
from shared.models.gate import GateStatus
from tests.support.world import DATABASE_ACCOUNT, DAY, HOUR, REGION, WEB_ACCOUNT, World, wave
from tests.support.world.functions import ORCHESTRATION, function_arn
from tests.support.world.rest import QUICK, check_at_rest, launched_once

SLOW: Final = 40.0
"""Seconds of every call of DRS: not slow enough to be given up."""

STEP: Final = 60.0
REGIONS: Final = ("us-west-2", "us-east-1", "eu-central-1", "eu-west-1")
TIMEOUT: Final = 300.0
"""Of the function (cfn/lambda-stack.yaml)."""


@dataclass
class Stopwatch:
    """How long each invocation of the orchestration function took, in seconds of the world's clock."""

    world: World
    seconds: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        handlers, name = self.world.functions.handlers, function_arn(ORCHESTRATION)
        handler = handlers[name]

        def timed(event: Any) -> Any:
            began = self.world.clock.now()
            try:
                return handler(event)
            finally:
                took = (self.world.clock.now() - began).total_seconds()
                action = str(event.get("action", "other"))
                self.seconds[action] = max(self.seconds[action], round(took))

        handlers[name] = timed


def make_slow(world: World, *verbs: str, seconds: float = SLOW) -> Stopwatch:
    """Let every answer to these verbs take so long."""
    for verb in verbs:
        world.orchestration.always(verb, lambda: world.clock.advance(seconds), moment="after")
    return Stopwatch(world)


def wide_plan(world: World) -> str:
    """A wave in each region of two accounts, all but the last of them at once."""
    waves: list[dict[str, Any]] = []
    for region in REGIONS:
        for account in (DATABASE_ACCOUNT, WEB_ACCOUNT):
            name = f"{account} {region}"
            group = world.create_group(name, world.add_servers(account, region=region), account=account, region=region)
            waves.append(wave(len(waves), group, deadlineMinutes=1440))
    return world.create_plan("wide", *waves[:-1], waves[-1] | {"dependsOnWaves": [0]})


def everything(world: World, plan_id: str) -> list[str]:
    return [server for one in world.expected_waves(plan_id).values() for server in one.servers]


def test_a_step_with_many_slow_accounts_ends_in_time_and_every_account_gets_its_turn() -> None:
    world = World(settings=QUICK)
    plan_id = wide_plan(world)
    watch = make_slow(world, "drs.*", "ec2.*")

    execution_id = world.start(plan_id)
    assert world.run_until_end(execution_id, limit=DAY) == "COMPLETED"

    # one read begins before the minute is over, and then one launch: a look and a call
    assert watch.seconds["advance"] <= STEP + 3 * SLOW < TIMEOUT
    launched_once(world, execution_id, everything(world, plan_id))
    check_at_rest(world, execution_id)


def test_slow_accounts_are_no_obstacle_and_fill_no_timeline() -> None:
    world = World(settings=QUICK)
    plan_id = wide_plan(world)
    make_slow(world, "drs.*", "ec2.*")

    execution_id = world.start(plan_id)
    world.run_until_end(execution_id, limit=DAY)

    waiting = [event["message"] for event in world.events(execution_id) if event["type"] == "WAITING"]
    assert waiting == []


def test_launches_that_take_as_long_as_a_call_may_are_spread_over_steps() -> None:
    world = World(settings=QUICK)
    plan_id = wide_plan(world)
    watch = make_slow(world, "drs.start_recovery", seconds=65)

    execution_id = world.start(plan_id)
    assert world.run_until_end(execution_id, limit=DAY) == "COMPLETED"

    assert watch.seconds["advance"] <= STEP + 65
    launched_once(world, execution_id, everything(world, plan_id))
    check_at_rest(world, execution_id)


HANGING: Final = 4
"""Waves of an account in which no call of StartRecovery is answered."""


def plan_beside(world: World) -> tuple[str, str]:
    """A plan of several waves at once in one account and region and of one in two others each; answers it and an
    execution of it.
    """
    waves = [
        wave(number, world.create_group(f"hangs {number}", world.add_servers(name=f"hangs-{number}")))
        for number in range(HANGING)
    ]
    for account, region in ((DATABASE_ACCOUNT, "us-west-1"), (WEB_ACCOUNT, "us-east-1")):
        name = f"{account} {region}"
        group = world.create_group(name, world.add_servers(account, region=region), account=account, region=region)
        waves.append(wave(len(waves), group))
    last = world.create_group("last", world.add_servers(name="last"))
    waves.append(wave(len(waves), last, after=[0]))
    plan_id = world.create_plan("hangs", *waves)
    return plan_id, world.start(plan_id)


def test_an_account_that_hangs_keeps_the_others_waiting_for_their_turn_only() -> None:
    world = World(settings=QUICK)
    plan_id, execution_id = plan_beside(world)
    hangs = {"account": DATABASE_ACCOUNT, "region": REGION, "seconds": 70, "times": HANGING}
    world.fault("lateReply", operation="StartRecovery", **hangs)

    assert world.run_until_end(execution_id, limit=DAY) == "COMPLETED"

    order = [(call.account, call.region) for call in world.simulator_record.calls("StartRecovery")]
    assert order[:4].count((DATABASE_ACCOUNT, REGION)) <= 2, "each of three is the first in one of three steps"
    launched_once(world, execution_id, everything(world, plan_id))
    check_at_rest(world, execution_id)


def test_after_a_call_without_an_answer_no_other_is_made_there_in_the_same_step() -> None:
    world = World(settings=QUICK)
    at_once = build_orchestration(replace(world.parts._orchestration(), launch_stagger=timedelta(0)))
    world.functions.handlers[function_arn(ORCHESTRATION)] = at_once.handle
    plan_id, execution_id = plan_beside(world)
    world.fault("lostReply", operation="StartRecovery", account=DATABASE_ACCOUNT, region=REGION, times=HANGING)
    world.advance(2)

    places = Counter((call.account, call.region) for call in world.simulator_record.calls("StartRecovery"))
    assert places[DATABASE_ACCOUNT, REGION] == 1
    assert len(places) == 3, "the others are not concerned"

    assert world.run_until_end(execution_id, limit=DAY) == "COMPLETED"
    launched_once(world, execution_id, everything(world, plan_id))
    check_at_rest(world, execution_id)


GATES: Final = 60


def at_many_gates() -> tuple[World, str]:
    """An execution with as many gates as waves, opened in one step."""
    world = World(settings=QUICK)
    waves = [
        wave(0, world.create_group("first", world.add_servers(count=1, name="first"))),
        *(
            wave(number, world.create_group(f"group {number}", world.add_servers(name=f"tier-{number}")), pause=True)
            | {"dependsOnWaves": [0]}
            for number in range(1, GATES + 1)
        ),
    ]
    return world, world.create_plan("gates", *waves)


def test_many_gates_that_open_at_once_get_their_runs_in_steps_that_end_in_time() -> None:
    world, plan_id = at_many_gates()
    watch = make_slow(world, "runs.start_run", seconds=10)

    execution_id = world.start(plan_id)
    world.run_until(lambda: len(world.mails("pause")) == GATES, 2 * HOUR, "a mail of every gate")

    assert watch.seconds["advance"] <= STEP + 10
    assert len(world.runs.running) == GATES + 1
    watch.world.orchestration.allow()
    world.cancel(execution_id)
    assert world.run_until_end(execution_id) == "PARTIAL"
    check_at_rest(world, execution_id)


@pytest.mark.parametrize("seconds", [0.0, 5.0], ids=["in a moment", "slowly"])
def test_a_cancel_decides_every_gate_in_one_step_and_ends_their_runs_when_there_is_time(seconds: float) -> None:
    world, plan_id = at_many_gates()
    execution_id = world.start(plan_id)
    world.run_until(lambda: len(world.mails("pause")) == GATES, 2 * HOUR, "a mail of every gate")
    world.settle()
    watch = make_slow(world, "runs.fail", "runs.run_status", seconds=seconds)

    world.cancel(execution_id)
    world.advance(5)

    gates = world.executions.gates(world.header(execution_id))
    assert {gate.status for gate in gates} == {GateStatus.CLOSED}
    assert world.run_until_end(execution_id, limit=6 * HOUR) == "PARTIAL"
    assert max(watch.seconds["advance"], watch.seconds["finalize"]) <= STEP + 2 * seconds
    world.orchestration.allow()
    check_at_rest(world, execution_id)


def test_a_termination_in_many_slow_accounts_ends_each_round_in_time() -> None:
    world = World(settings=QUICK)
    execution_id = world.start(wide_plan(world))
    assert world.run_until_end(execution_id) == "COMPLETED"
    watch = make_slow(world, "drs.*")

    world.terminate(execution_id)
    world.run_until_terminated(execution_id, limit=DAY)

    # the account that is begun before the minute is over: two looks and a call
    assert watch.seconds["terminate"] <= STEP + 3 * SLOW < TIMEOUT
    world.oracle.check_gone(execution_id)
    world.oracle.check_terminated_only([execution_id])
    check_at_rest(world, execution_id)
