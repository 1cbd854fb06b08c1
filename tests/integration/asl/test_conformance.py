"""Our interpreter and moto's see the same runs: small documents, and the product's own state machine.

Left out, because moto is known to differ from AWS there: States.Runtime, which moto lets States.ALL catch, and the name
of the error of a Choice without a match.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from local.clock import ClockDescription, LocalClock
from local.cloud import Cloud
from tests.support.asl.loading import STATE_MACHINE, with_rounds
from tests.support.asl.plays import Answer, Hands, Play, signal, token_of_inbox, wake
from tests.support.asl.stages import MotoTheatre, play_on_ours
from tests.support.asl.templates import Json

PRODUCT = STATE_MACHINE.read_text(encoding="utf-8")
EXECUTION = {"schema": 1, "kind": "EXECUTION", "executionId": "e-1", "planId": "p-1", "runSeq": 1}
GATE = {"schema": 1, "kind": "GATE", "executionId": "e-1", "planId": "p-1", "scope": "0003", "number": 1}
TERMINATION = {
    "schema": 1,
    "kind": "TERMINATION",
    "executionId": "e-1",
    "planId": "p-1",
    "number": 1,
    "runSeq": 1,
}
INBOX = {"signals": 0, "waitStep": -1}
SHORT = with_rounds(PRODUCT, 7)
SIX_ERRORS = ("ValueError", "Lambda.Unknown") * 3


@pytest.fixture(scope="module")
def moto() -> Iterator[MotoTheatre]:
    cloud = Cloud(LocalClock(ClockDescription.starting_now(scale=100)))
    cloud.start()
    yield MotoTheatre(cloud)
    cloud.stop()


def advance(following: str, step: int, seen: int = 0, seconds: int = 600, left: int = 500, **more: Any) -> Answer:
    answer = {"next": following, "step": step, "seen": seen, "timeoutSeconds": seconds, "roundsLeft": left}
    return Answer(answer, **more)


def says(following: str, seconds: int = 600, left: int = 500) -> Answer:
    return Answer({"next": following, "timeoutSeconds": seconds, "roundsLeft": left})


def approve(hands: Hands, payload: Mapping[str, Json]) -> None:
    hands.succeed(payload["token"], {"any": "output"})


def reject(hands: Hands, payload: Mapping[str, Json]) -> None:
    hands.fail(payload["token"], "UserCancelled", "not today")


def close(hands: Hands, payload: Mapping[str, Json]) -> None:
    hands.fail(payload["token"], "DRSOrchestration.GateClosed", "")


def break_it(hands: Hands, payload: Mapping[str, Json]) -> None:
    hands.fail(payload["token"], "Something.Else", "")


def signal_first(hands: Hands, _payload: Mapping[str, Json]) -> None:
    signal(hands)


def execution(*answers: Answer, moves: Any = (), inbox: Any = INBOX) -> Play:
    return Play(PRODUCT, EXECUTION, answers, moves, inbox)


DONE = says("DONE")
PLAYS = {
    "an execution that is done at once": execution(advance("DONE", 1), says("DONE")),
    "an execution that is woken twice": execution(
        advance("WAIT", 1),
        advance("WAIT", 2, seen=1),
        advance("DONE", 3, seen=2),
        says("DONE"),
        moves=[("AwaitChange", 1, wake), ("AwaitChange", 2, wake)],
    ),
    "a wait that times out": execution(advance("WAIT", 1, seconds=30), advance("DONE", 2), says("DONE")),
    "a signal that comes between step and wait": execution(
        advance("WAIT", 1, before=signal_first), advance("DONE", 2, seen=1), says("DONE")
    ),
    "a wait of an old step": execution(
        advance("WAIT", 1), advance("DONE", 2), says("DONE"), inbox={"signals": 0, "waitStep": 5}
    ),
    "a wait without an INBOX": execution(advance("WAIT", 1), advance("DONE", 2), says("DONE"), inbox=None),
    "a wait whose token fails": execution(
        advance("WAIT", 1),
        advance("DONE", 2),
        says("DONE"),
        moves=[("AwaitChange", 1, lambda hands: hands.fail(token_of_inbox(hands), "Odd", "cause"))],
    ),
    "a step that is refused by a newer run": execution(advance("STALE", 1)),
    "a step that raises": execution(Answer(error="ValueError"), advance("DONE", 1), says("DONE")),
    "a step that Lambda loses twice": execution(
        Answer(error="Lambda.Unknown"), Answer(error="Sandbox.Timedout"), advance("DONE", 1), says("DONE")
    ),
    "a step that Lambda loses for ever": execution(
        *(Answer(error="Lambda.Unknown") for _ in range(6)), advance("DONE", 1), says("DONE")
    ),
    "an answer that nobody knows": execution(advance("WHATEVER", 1)),
    "a finalize that waits and raises": execution(
        advance("DONE", 1), says("WAIT", 20), Answer(error="KeyError"), advance("DONE", 2), says("DONE")
    ),
    "an execution that goes on in another run": execution(advance("WAIT", 1, seconds=30), advance("CONTINUE", 2), DONE),
    "an execution whose steps raise until its rounds are used up": execution(
        advance("WAIT", 1, seconds=5, left=2), Answer(error="ValueError"), Answer(error="ValueError"), DONE
    ),
    "an end that goes on in another run": execution(advance("DONE", 1), says("WAIT", 5), says("CONTINUE"), DONE),
    "another run that is hard to begin": execution(
        advance("CONTINUE", 1), Answer(error="ValueError"), Answer(error="Lambda.Unknown"), DONE
    ),
    "a run that is stopped while it waits": execution(
        advance("WAIT", 1), moves=[("AwaitChange", 1, lambda hands: hands.stop())]
    ),
    "a gate that is approved": Play(PRODUCT, GATE, [says("AWAIT"), Answer(before=approve), says("DONE")]),
    "a gate that is rejected": Play(PRODUCT, GATE, [says("AWAIT"), Answer(before=reject), says("DONE")]),
    "a gate that is closed": Play(PRODUCT, GATE, [says("AWAIT"), Answer(before=close)]),
    "a gate that expires": Play(PRODUCT, GATE, [says("AWAIT", 40), Answer(), says("DONE")]),
    "a gate that had expired": Play(PRODUCT, GATE, [says("EXPIRED"), says("DONE")]),
    "a gate that was decided": Play(PRODUCT, GATE, [says("DONE")]),
    "a gate whose wait breaks": Play(
        PRODUCT, GATE, [says("AWAIT"), Answer(before=break_it), says("AWAIT"), Answer(before=approve), says("DONE")]
    ),
    "a gate whose notifier is lost": Play(
        PRODUCT, GATE, [says("AWAIT"), Answer(error="Lambda.Unknown"), Answer(before=approve), says("DONE")]
    ),
    "a gate that opens again": Play(PRODUCT, GATE, [says("AWAIT", 40), Answer(), says("REOPEN"), says("DONE")]),
    "a decision that is hard to record": Play(
        PRODUCT,
        GATE,
        [says("AWAIT"), Answer(before=approve), *(Answer(error=name) for name in SIX_ERRORS), says("DONE")],
    ),
    "a gate whose waits break again and again": Play(
        SHORT, GATE, [part for _ in range(3) for part in (says("AWAIT"), Answer(before=break_it))]
    ),
    "a gate that cannot be opened": Play(SHORT, GATE, [Answer(error="ValueError") for _ in range(3)]),
    "a gate that opens again too often": Play(SHORT, GATE, [says("AWAIT", 40), Answer(), says("REOPEN")]),
    "a termination in three steps": Play(PRODUCT, TERMINATION, [says("WAIT", 15), says("WAIT", 15), says("DONE")]),
    "a termination that raises": Play(PRODUCT, TERMINATION, [Answer(error="ValueError"), says("DONE")]),
    "a termination that goes on in another run": Play(
        PRODUCT, TERMINATION, [says("WAIT", 15), says("CONTINUE"), says("DONE")]
    ),
    "a termination that raises until its rounds are used up": Play(
        SHORT, TERMINATION, [*(Answer(error="ValueError") for _ in range(7)), DONE]
    ),
    "a kind that nobody knows": Play(PRODUCT, {**EXECUTION, "kind": "OTHER"}),
}


@pytest.mark.sweep
@pytest.mark.parametrize("play", PLAYS.values(), ids=PLAYS.keys())
def test_both_interpreters_see_the_same_run_of_the_product(play: Play, moto: MotoTheatre) -> None:
    assert play_on_ours(play) == moto.play(play)


def small(**states: Any) -> str:
    return json.dumps({"StartAt": next(iter(states)), "States": states})


def invocation(**more: Any) -> dict[str, Any]:
    parameters = {"FunctionName": "${OrchestrationFunction}", "Payload": {"value.$": "$.value"}}
    return {"Type": "Task", "Resource": "${InvokeFunction}", "Parameters": parameters, "End": True, **more}


ENDED = {"Type": "Succeed"}
SMALL = {
    "results put deep": (small(Ask=invocation(ResultSelector={"a.$": "$.Payload"}, ResultPath="$.x.y.z")), [Answer(5)]),
    "a pass with parameters": (
        small(
            Pass={
                "Type": "Pass",
                "Parameters": {"a": 1, "b.$": "States.Format('<{}>-{}', $.value, $$.State.Name)"},
                "End": True,
            }
        ),
        [],
    ),
    "a pass with a result": (small(Pass={"Type": "Pass", "Result": [1], "ResultPath": "$.r", "End": True}), []),
    "a pass that drops its result": (small(Pass={"Type": "Pass", "Result": 1, "ResultPath": None, "End": True}), []),
    "choices over kinds": (
        small(
            Choose={
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.value", "StringEquals": "7", "Next": "Bad"},
                    {"Not": {"Variable": "$.value", "NumericLessThan": 8}, "Next": "Bad"},
                    {
                        "And": [
                            {"Variable": "$.none", "IsPresent": False},
                            {"Variable": "$.value", "NumericEquals": 7},
                        ],
                        "Next": "Good",
                    },
                ],
                "Default": "Bad",
            },
            Good=ENDED,
            Bad={"Type": "Fail", "Error": "Bad"},
        ),
        [],
    ),
    "a wait by a path": (small(Wait={"Type": "Wait", "SecondsPath": "$.value", "End": True}), []),
    "a retry that gives way to a catch": (
        small(
            Ask=invocation(
                Retry=[
                    {"ErrorEquals": ["A"], "IntervalSeconds": 1, "MaxAttempts": 1},
                    {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1},
                ],
                Catch=[
                    {"ErrorEquals": ["B"], "Next": "B"},
                    {"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.e", "Next": "A"},
                ],
            ),
            A=ENDED,
            B=ENDED,
        ),
        [Answer(error="A"), Answer(error="B"), Answer(error="A")],
    ),
    "an error that nobody catches": (small(Ask=invocation()), [Answer(error="Odd")]),
    "a fail": (small(Fail={"Type": "Fail", "Error": "Odd", "Cause": "because"}), []),
}


@pytest.mark.parametrize(("document", "answers"), SMALL.values(), ids=SMALL.keys())
def test_both_interpreters_see_the_same_run_of_a_small_document(
    document: str, answers: list[Answer], moto: MotoTheatre
) -> None:
    play = Play(document, {"value": 7}, answers)

    assert play_on_ours(play) == moto.play(play)
