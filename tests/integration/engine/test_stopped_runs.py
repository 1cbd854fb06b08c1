"""A run that is killed from outside, in whatever state it is, is begun anew under the right name, and goes on."""

from __future__ import annotations

from typing import Final

import pytest

from tests.integration.engine.run_changes import runs_of
from tests.support.asl.functions import Delivery, Invocation
from tests.support.world import HOUR, World
from tests.support.world.rest import QUICK
from tests.support.world.sweep import tell

EXECUTION: Final = (
    "Kind",
    "BeginExecution",
    "Advance",
    "AfterAdvance",
    "AwaitChange",
    "KeepError",
    "MayTryAgain",
    "Backoff",
    "ContinueAsNew",
    "Finalize",
    "AfterFinalize",
    "FinalizeWait",
)
GATE: Final = ("Kind", "BeginGate", "OpenGate", "AfterOpenGate", "AwaitDecision", "Approved", "Record", "AfterRecord")
TERMINATION: Final = ("Kind", "BeginTermination", "Terminate", "AfterTerminate", "TerminateWait", "ContinueAsNew")
KINDS: Final = {"": EXECUTION, "-gate-1-1": GATE, "-terminate-1": TERMINATION}
ROUNDS: Final = {"": 6, "-gate-1-1": 12, "-terminate-1": 3}
"""How short the runs are in which each kind comes to all its states."""

PLACES: Final = [(kind, state) for kind, states in KINDS.items() for state in states]
DURING: Final = ("history.get", "history.update", "history.transact", "runs.start_run", "functions.invoke_later")


def stop_in(world: World, kind: str, state: str, number: int) -> list[str]:
    """Watch the state machine, and stop the run of that kind as it enters the state for that time; answers its name."""
    stopped: list[str] = []
    entered: set[tuple[str, int]] = set()

    def watch() -> None:
        for run in world.runs.running:
            is_meant = f"{kind}-r" in run.name or (run.name.endswith(kind) if kind else run.name.count("-") == 1)
            if is_meant and run.state == state:
                entered.add((run.name, len(run.visits)))
            if is_meant and not stopped and len(entered) == number:
                stopped.append(run.name)
                world.runs.stop_run(run.name)

    step = world.agenda.step

    def watched() -> bool:
        went_on = step()
        watch()
        return went_on

    world.agenda.step = watched  # type: ignore[method-assign]
    return stopped


def next_name(name: str) -> str:
    """The name under which what that run drove goes on."""
    base, _, number = name.rpartition("-r")
    if not base:
        return f"{name}-r2"
    return f"{base}-r{int(number) + 1}"


def break_a_step(world: World) -> None:
    """One step raises an error that no retry is for."""
    broken: list[Invocation] = []

    def fault(invocation: Invocation) -> Delivery | None:
        if invocation.payload.get("action") == "advance" and invocation.number > 10 and not broken:
            broken.append(invocation)
            return Delivery(runs=(), error="ValueError")
        return None

    world.functions.fault = fault


@pytest.mark.sweep
@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize(("kind", "state"), PLACES, ids=lambda part: str(part) or "execution")
def test_what_a_stopped_run_drove_goes_on(kind: str, state: str, number: int) -> None:
    world = World(settings=QUICK, rounds=ROUNDS[kind])
    break_a_step(world)
    stopped = stop_in(world, kind, state, number)

    execution_id = tell(world)

    if stopped and kind.startswith("-gate"):
        assert runs_of(world, f"{execution_id}-gate-1-2") or world.run(stopped[0]).state in {"Record", "AfterRecord"}
    elif stopped and "Finalize" not in state:
        # what is only to be finalised may have had all that it needs already
        assert next_name(stopped[0]) in [run.name for run in world.runs.runs]
    assert stopped or number == 2, f"{kind} was never in {state}"


@pytest.mark.sweep
@pytest.mark.parametrize("verb", DURING)
@pytest.mark.parametrize("nth", [2, 5, 9])
def test_a_run_that_is_stopped_during_a_step_leaves_nothing_undone(verb: str, nth: int) -> None:
    world = World(settings=QUICK, rounds=6)

    def stop() -> None:
        for run in world.runs.running:
            world.runs.stop_run(run.name)

    world.orchestration.on(verb, stop, nth=nth, moment="after")

    tell(world)


def test_a_run_that_is_stopped_again_and_again_gets_there() -> None:
    world = World(settings=QUICK)

    def stop() -> None:
        for run in world.runs.running:
            world.runs.stop_run(run.name)

    for number in range(1, 12):
        world.agenda.after(number * 97.0, stop)

    execution_id = tell(world)

    assert len(runs_of(world, execution_id)) > 4
    assert world.clock.now() - world.header(execution_id).started_at < 3 * world.clock.wall(HOUR)
