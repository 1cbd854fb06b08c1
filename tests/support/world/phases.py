"""The phases of an execution, each reached by a story of its own, at whose moment something may strike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.support.world.machinery import DATABASE_ACCOUNT, HOUR, REGION
from tests.support.world.world import World

Strike = Callable[[], None]
_FOREIGN: Final = 20
"""As many jobs as DRS runs at once."""


@dataclass(frozen=True)
class Phase:
    """How to reach it, what operators do afterwards, and how the execution ends if nothing strikes.

    `waves`: whether something of a wave is under way that needs DRS, so that the wave can say what it waits for;
    `steps`: whether a step is still to come; `retried` is how many servers are launched for a second time.
    """

    name: str
    reach: Callable[[World, Strike], str]
    ends: str = "COMPLETED"
    afterwards: Callable[[World, str], None] = lambda _world, _execution_id: None
    waves: bool = True
    steps: bool = True
    retried: int = 0

    def __str__(self) -> str:
        return self.name


def _started(world: World, strike: Strike) -> str:
    execution_id = world.start(world.plan_of(2, 1))
    strike()
    return execution_id


def _waiting_for_room(world: World, strike: Strike) -> str:
    plan_id = world.plan_of(2, 1)
    for server in world.add_servers(count=_FOREIGN, name="foreign"):
        world.simulator.start_foreign_job(DATABASE_ACCOUNT, REGION, [server])
    execution_id = world.start(plan_id)
    world.advance(20)
    assert world.oracle.jobs_of(execution_id) == []
    strike()
    return execution_id


def _at_a_call(verb: str, moment: str) -> Callable[[World, Strike], str]:
    def reach(world: World, strike: Strike) -> str:
        execution_id = world.start(world.plan_of(2, 1))
        struck: list[bool] = []

        def now() -> None:
            strike()
            struck.append(True)

        world.orchestration.on(verb, now, moment="before" if moment == "before" else "after")
        world.run_until(lambda: bool(struck), HOUR, verb)
        return execution_id

    return reach


def _polling(world: World, strike: Strike) -> str:
    execution_id = world.start(world.plan_of(2, 1))
    world.run_until(lambda: bool(world.oracle.jobs_of(execution_id)), HOUR, "the job")
    world.advance(40)
    strike()
    return execution_id


def _validating(world: World, strike: Strike) -> str:
    execution_id = world.start(world.plan_of(2, 1))
    world.run_until(lambda: _wave_status(world, execution_id) == "VALIDATING", HOUR, "the checks")
    strike()
    return execution_id


def _at_a_gate(world: World, strike: Strike) -> str:
    execution_id = world.start(world.plan_of(1, 1, pauses=[1]))
    world.run_until_mail("pause")
    world.settle()
    strike()
    return execution_id


def _about_to_pause(world: World, strike: Strike) -> str:
    execution_id = world.start(world.plan_of(1, 1, pauses=[1]))
    struck: list[bool] = []

    def now() -> None:
        strike()
        struck.append(True)

    world.orchestration.on("runs.start_run", now)
    world.run_until(lambda: bool(struck), HOUR, "the gate's run")
    return execution_id


def _approve(world: World, execution_id: str) -> None:
    world.run_until_status(execution_id, "PAUSED")
    world.resume(execution_id)


def _retrying(world: World, strike: Strike) -> str:
    plan_id = world.plan_of(2, 1)
    lost = min(world.expected_waves(plan_id)[0].servers)
    world.fault("launchFailure", servers=[lost], rawError="no capacity")
    execution_id = world.start(plan_id)
    world.run_until_mail("pause")
    world.settle()
    world.retry(execution_id, 0)
    strike()
    return execution_id


def _cancelling(world: World, strike: Strike) -> str:
    execution_id = _polling(world, lambda: None)
    world.cancel(execution_id)
    world.run_until_status(execution_id, "CANCELLING")
    strike()
    return execution_id


def _draining(world: World, strike: Strike) -> str:
    execution_id = world.start(world.plan_of(2, deadlineMinutes=1, failurePolicy="STOP"))
    world.run_until_status(execution_id, "DRAINING")
    strike()
    return execution_id


def _ended(world: World, strike: Strike) -> str:
    execution_id = world.start(world.plan_of(1))
    world.run_until_status(execution_id, "COMPLETED")
    strike()
    return execution_id


def _wave_status(world: World, execution_id: str) -> str:
    return world.header(execution_id).waves[0].status.value


PHASES: Final = (
    Phase("before its first step", _started),
    Phase("while it waits for room", _waiting_for_room),
    Phase("before the intent of a launch", _at_a_call("history.transact", "before")),
    Phase("before the call of a launch", _at_a_call("drs.start_recovery", "before")),
    Phase("after the call of a launch", _at_a_call("drs.start_recovery", "after")),
    Phase("while its job runs", _polling),
    Phase("while instances are checked", _validating),
    Phase("while a gate opens", _about_to_pause, afterwards=_approve, waves=False),
    Phase("at a gate", _at_a_gate, afterwards=_approve, waves=False),
    Phase("after a retry was asked for", _retrying, retried=1),
    Phase("while it is cancelled", _cancelling, ends="PARTIAL"),
    Phase("while it drains", _draining, ends="PARTIAL"),
    Phase("after its last step", _ended, waves=False, steps=False),
)
