"""No run can write more than 15,000 events of history, whatever its functions answer and however they fail."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import pytest

from orchestration.calls import AdvanceCall, Answer, FinalizeCall, Next, RunCall, TerminateCall
from orchestration.continuing import within_run
from shared.aws.ports import RunStatus
from tests.support.asl.errors import StatesError
from tests.support.asl.loading import STATE_MACHINE
from tests.support.asl.runs import Run
from tests.support.asl.stage import Stage
from tests.support.asl.templates import Json

MOST: Final = 15_000
"""Step Functions ends a run at 25,000 events."""

ROUND: Final = 29
"""The events that one counted round stands for."""

DEFINITION: Final = STATE_MACHINE.read_text(encoding="utf-8")
STATES: Final[Mapping[str, dict[str, Any]]] = json.loads(DEFINITION)["States"]
BEGINNINGS: Final = ("BeginExecution", "BeginGate", "BeginTermination")
CALLS: Final[Mapping[str, type[RunCall]]] = {
    "advance": AdvanceCall,
    "finalize": FinalizeCall,
    "terminate": TerminateCall,
}
IDS: Final = {"executionId": "e-1", "planId": "p-1"}
INPUTS: Final[Mapping[str, dict[str, Json]]] = {
    "BeginExecution": {"schema": 1, "kind": "EXECUTION", **IDS, "runSeq": 1},
    "BeginGate": {"schema": 1, "kind": "GATE", **IDS, "scope": "0", "number": 1},
    "BeginTermination": {"schema": 1, "kind": "TERMINATION", **IDS, "number": 1, "runSeq": 1},
}


@dataclass(frozen=True)
class Edge:
    """One way out of a state: the most events from entering it until the next is entered, and the rounds counted."""

    origin: str
    target: str
    events: int
    rounds: int
    says: str = ""

    @property
    def excess(self) -> int:
        """The events that its rounds do not stand for."""
        return self.events - ROUND * self.rounds


def edges_of(name: str) -> Iterator[Edge]:
    """Every way out of a state; a task that ends well after some retries is a way of its own."""
    state = STATES[name]
    match state["Type"]:
        case "Task":
            for retries in range(retries_of(state) + 1):
                yield Edge(name, state["Next"], task_events(state, retries), rounds_of(state, retries))
            for catcher in state["Catch"]:
                yield Edge(name, catcher["Next"], task_events(state, retries_of(state)), 0)
        case "Choice":
            for choice in state["Choices"]:
                yield Edge(
                    name, choice["Next"], 2, 0, str(choice.get("StringEquals", choice.get("NumericGreaterThan")))
                )
            yield Edge(name, state["Default"], 2, 0)
        case "Pass":
            counted = re.findall(r"States\.MathAdd\(\$\.answer\.roundsLeft, -(\d+)\)", json.dumps(state))
            yield Edge(name, state["Next"], 2, sum(map(int, counted)))
        case "Wait":
            yield Edge(name, state["Next"], 2, 0)


def retries_of(state: Mapping[str, Any]) -> int:
    return sum(retrier["MaxAttempts"] for retrier in state.get("Retry", ()))


def task_events(state: Mapping[str, Any], retries: int) -> int:
    """Entered and exited; scheduled, started and ended for each attempt, and submitted where a token is waited for."""
    return 2 + (retries + 1) * (4 if state["Resource"].endswith("AndWait}") else 3)


def rounds_of(state: Mapping[str, Any], retries: int) -> int:
    """What the function takes off the number of rounds when it has answered."""
    call = CALLS.get(state["Parameters"].get("Payload", {}).get("action", ""))
    if call is None:
        return 0
    told = {"executionId": "", "planId": "", "runSeq": 1, "number": 1, "enteredAt": "", "retryCount": retries}
    read = {field.alias for field in call.model_fields.values()}
    return call.model_validate({name: value for name, value in told.items() if name in read}).rounds


EDGES: Final = [edge for name in STATES for edge in edges_of(name)]


def most_excess(beginning: str) -> int:
    """The most that the events of any walk exceed what its rounds stand for; AssertionError if it grows for ever."""
    best = {beginning: 0}
    for _ in STATES:
        longer = dict(best)
        for edge in EDGES:
            if edge.origin in best:
                reached = best[edge.origin] + edge.excess
                longer[edge.target] = max(reached, longer.get(edge.target, reached))
        if longer == best:
            return max(best.values())
        best = longer
    raise AssertionError("a loop costs more history than it counts")


def goes_on_when_used_up(edge: Edge) -> bool:
    """Whether the way is open to a run without rounds: a function does not let it wait, a Choice sees the number."""
    return edge.says not in {Next.WAIT, "0"}


@cache
def most_events_when_used_up(name: str) -> int:
    """The most events from a state to the end of a run that has no rounds left; RecursionError if there is no end."""
    ways = [edge for edge in EDGES if edge.origin == name and goes_on_when_used_up(edge)]
    return max((edge.events + most_events_when_used_up(edge.target) for edge in ways), default=3)


@pytest.mark.requirement("SRS-E16")
@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_the_rounds_of_a_run_stand_for_at_most_fifteen_thousand_events(beginning: str) -> None:
    rounds = STATES[beginning]["Result"]["roundsLeft"]
    counts = [edge for edge in EDGES if edge.rounds and edge.target in reachable(beginning)]
    last = max(edge.events + most_events_when_used_up(edge.target) for edge in counts)

    most = 3 + most_excess(beginning) + ROUND * rounds + last

    assert most <= MOST


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_a_run_has_rounds_for_hours(beginning: str) -> None:
    assert STATES[beginning]["Result"]["roundsLeft"] >= 400


def reachable(start: str) -> set[str]:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += [edge.target for edge in EDGES if edge.origin == name]
    return seen


@dataclass
class Adversary:
    """Functions and a table that fail in every way, and answer whatever makes the run longest."""

    rng: random.Random
    stage: Stage = field(init=False)
    failing: float = field(init=False)

    def __post_init__(self) -> None:
        self.stage = Stage(DEFINITION, self.answer)
        self.failing = self.rng.choice((0.0, 0.5, 0.9, 1.0))
        self.faults = self.rng.choice((("Lambda.Unknown",), ("ValueError",), ("Lambda.Unknown", "ValueError")))

    def run(self, beginning: str) -> Run:
        run = self.stage.begin(INPUTS[beginning])
        while run.is_running and self.stage.agenda.step():
            self.stage.updates.refusals = [self.refusal()]
        return run

    def refusal(self) -> str:
        return self.rng.choice(
            ("DynamoDb.TransactionConflictException", "DynamoDb.ConditionalCheckFailedException", "Odd")
        )

    def answer(self, payload: Json) -> Json:
        if payload["action"] != "continueAsNew" and self.rng.random() < self.failing:
            raise type(self.rng.choice(self.faults), (Exception,), {})
        match payload["action"]:
            case "openGate":
                return {"next": "AWAIT", "timeoutSeconds": 60}
            case "awaitDecision":
                self.stage.interpreter.fail(payload["token"], "Lambda.Unknown", "")
                return None
            case "recordDecision":
                return {"next": "REOPEN"}
            case "continueAsNew":
                raise StatesError("Odd")
        call = CALLS[payload["action"]].model_validate({key: payload[key] for key in payload if key != "action"})
        waits = self.rng.random() < 0.99 or payload["action"] != "advance"
        answer = Answer(next=Next.WAIT if waits else Next.DONE, step=1, seen=1)
        return within_run(answer, call, self.stage.clock.now()).wire()


@pytest.mark.parametrize("beginning", BEGINNINGS)
@pytest.mark.parametrize("seed", range(8))
def test_whatever_fails_the_run_ends_in_time(beginning: str, seed: int) -> None:
    run = Adversary(random.Random(seed)).run(beginning)

    assert run.status in {RunStatus.SUCCEEDED, RunStatus.FAILED}
    assert run.state in {"Ended", "WornOut"}
    assert len(run.history) <= MOST
