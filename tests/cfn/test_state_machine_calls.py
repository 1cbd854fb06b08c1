"""What the state machine sends is what the orchestration function reads, and their words are the same."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from orchestration.calls import (
    AdvanceCall,
    Answer,
    AwaitCall,
    ContinueCall,
    FinalizeCall,
    GateCall,
    Next,
    RecordCall,
    TerminateCall,
)
from shared.models.base import Model
from shared.models.request import RequestKind
from tests.support.templates import CFN

STATES: dict[str, dict[str, Any]] = json.loads((CFN / "state-machine.asl.json").read_text(encoding="utf-8"))["States"]
CALLS = {
    name: state["Parameters"]["Payload"] for name, state in STATES.items() if "Payload" in state.get("Parameters", {})
}
MODELS: dict[str, type[Model]] = {
    "advance": AdvanceCall,
    "finalize": FinalizeCall,
    "continueAsNew": ContinueCall,
    "openGate": GateCall,
    "awaitDecision": AwaitCall,
    "recordDecision": RecordCall,
    "terminate": TerminateCall,
}


def test_every_action_of_the_function_is_called_by_one_state() -> None:
    assert sorted(payload["action"] for payload in CALLS.values()) == sorted(MODELS)


@pytest.mark.parametrize("state", CALLS)
def test_a_call_carries_every_field_that_is_read_and_no_other(state: str) -> None:
    payload = CALLS[state]

    sent = {name.removesuffix(".$") for name in payload} - {"action"}
    assert sent == {field.alias for field in MODELS[payload["action"]].model_fields.values()}


def test_what_a_state_takes_from_an_answer_is_in_every_answer() -> None:
    answered = set(Answer(next=Next.DONE).wire())

    for name, state in STATES.items():
        taken = re.findall(r"\$\.Payload\.(\w+)", json.dumps(state.get("ResultSelector", {})))
        assert set(taken) <= answered, name


def test_every_word_that_a_choice_looks_for_is_a_word_of_the_function_and_the_other_way_round() -> None:
    looked_for = {
        choice["StringEquals"]
        for state in STATES.values()
        for choice in state.get("Choices", [])
        if choice["Variable"].endswith(".next")
    }

    assert looked_for == {word.value for word in Next}


def test_every_decision_that_a_wait_can_end_with_is_a_request_of_the_engine() -> None:
    decisions = {state["Result"] for state in STATES.values() if state.get("ResultPath") == "$.decision"}

    assert decisions == {RequestKind.APPROVE.value, RequestKind.REJECT.value, RequestKind.EXPIRED.value}
