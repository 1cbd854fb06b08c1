"""Resuming where gates are of several kinds: each decision is about one gate, and the first one stands."""

from typing import Any

import pytest

from shared.models.execution import ExecutionStatus
from shared.models.gate import Gate, GateKind, GateStatus
from shared.models.recovery_plan import FailurePolicy
from shared.models.request import RequestKind
from shared.models.wave_record import WaveStatus
from tests.functional.executions.asking import ask_late, asked, refused
from tests.support.configuration import wave
from tests.support.control_room import ControlRoom
from tests.support.engine_hand import EngineHand


@pytest.fixture
def room() -> ControlRoom:
    """Two waves of policy PAUSE, each after an approval."""
    room = ControlRoom()
    for number in range(2):
        room.group_of(f"g{number}", number + 1)
    policy: dict[str, Any] = {"failure_policy": FailurePolicy.PAUSE, "pause_before_wave": True}
    room.plan_of(wave(0, "g0", **policy), wave(1, "g1", **policy))
    return room


@pytest.fixture
def engine(room: ControlRoom, execution_id: str) -> EngineHand:
    """The engine, which has asked ann whether wave 0 may begin, and has seen it fail."""
    engine = EngineHand(room, execution_id)
    engine.approve(engine.open_gate("0"), "ann")
    return engine


@pytest.fixture
def failure(engine: EngineHand) -> Gate:
    """What becomes of wave 0?"""
    return engine.open_gate("0", 2, GateKind.FAILURE)


@pytest.mark.parametrize("named", [{"waveNumber": 0}, {}])
def test_resuming_a_wave_that_failed_continues_without_what_failed(
    room: ControlRoom, failure: Gate, execution_id: str, named: dict[str, Any]
) -> None:
    answer = room.call("resume_execution", executionId=execution_id, by="bob", **named)

    [request] = asked(room, execution_id)
    assert (request.kind, request.scope, request.number) == (RequestKind.APPROVE, "0", failure.number)
    assert (answer["gateNumber"], answer["waveNumber"]) == (2, 0)
    assert answer["message"].startswith("Continuation without what failed in wave 1 (wave 0) requested")


def test_gates_that_are_open_together_are_listed_with_their_kinds(
    room: ControlRoom, engine: EngineHand, failure: Gate, execution_id: str
) -> None:
    for scope in ("1", "all"):
        room.clock.advance(1)
        engine.open_gate(scope)

    answer = room.call("resume_execution", executionId=execution_id)

    assert "several gates" in refused(answer)
    listed = [(gate["scope"], gate["number"], gate["kind"]) for gate in answer["details"]["openGates"]]
    assert listed == [("0", failure.number, "FAILURE"), ("1", 1, "APPROVAL"), ("all", 1, "PAUSE")]


@pytest.mark.parametrize("kind", [RequestKind.RETRY, RequestKind.SKIP, RequestKind.REJECT, RequestKind.EXPIRED])
def test_what_somebody_else_asked_of_the_gate_before_is_named_by_every_way_to_resume(
    room: ControlRoom, failure: Gate, execution_id: str, kind: RequestKind
) -> None:
    ask_late(room, execution_id, kind, "0", failure.number)
    before = room.rows()

    by_wave = room.call("resume_execution", executionId=execution_id, waveNumber=0)
    the_open_one = room.call("resume_execution", executionId=execution_id)

    assert refused(by_wave).startswith(f"zoe was first to decide about wave 1 (wave 0): {_noun(kind)} requested at")
    assert (by_wave["details"]["requested"], by_wave["details"]["requestedBy"]) == (kind, "zoe")
    assert (by_wave["details"]["waveNumber"], by_wave["details"]["waveStatus"]) == (0, "FAILED")
    assert "no gate is open that nobody has decided: zoe was first" in refused(the_open_one)
    assert room.rows() == before


def _noun(kind: RequestKind) -> str:
    return "expiry" if kind is RequestKind.EXPIRED else "rejection" if kind is RequestKind.REJECT else kind.lower()


def test_continuing_twice_is_refused_by_the_name_of_who_was_first(
    room: ControlRoom, failure: Gate, execution_id: str
) -> None:
    room.call("resume_execution", executionId=execution_id, waveNumber=0, by="bob")

    again = room.call("resume_execution", executionId=execution_id, waveNumber=0)

    assert failure.status is GateStatus.OPEN
    assert "bob" in refused(again)
    assert again["details"]["requested"] == "APPROVE"


@pytest.mark.parametrize("kind", [RequestKind.APPROVE, RequestKind.RETRY, RequestKind.SKIP])
def test_a_decision_made_at_one_gate_does_not_block_the_next(
    room: ControlRoom, failure: Gate, execution_id: str, kind: RequestKind
) -> None:
    ask_late(room, execution_id, kind, "0", failure.number - 1)

    answer = room.call("resume_execution", executionId=execution_id, waveNumber=0)

    assert answer["gateNumber"] == failure.number


def test_an_approval_ahead_of_time_is_none_of_a_wave_that_failed(
    room: ControlRoom, failure: Gate, execution_id: str
) -> None:
    ask_late(room, execution_id, RequestKind.APPROVE, "0", None)

    answer = room.call("resume_execution", executionId=execution_id)

    assert answer["gateNumber"] == failure.number


def test_an_approval_ahead_of_time_counts_at_the_gate_that_opened_meanwhile(
    room: ControlRoom, engine: EngineHand, execution_id: str
) -> None:
    room.call("resume_execution", executionId=execution_id, waveNumber=1, by="bob")
    engine.open_gate("1")

    by_wave = room.call("resume_execution", executionId=execution_id, waveNumber=1)
    the_open_one = room.call("resume_execution", executionId=execution_id)

    assert "approved already" in refused(by_wave)
    assert "bob" in by_wave["details"]["approvedBy"]
    assert "bob" in refused(the_open_one)


def test_a_decision_is_also_about_the_gate_that_took_the_place_of_its_own(
    room: ControlRoom, engine: EngineHand, failure: Gate, execution_id: str
) -> None:
    ask_late(room, execution_id, RequestKind.RETRY, "0", failure.number)
    successor = failure.model_copy(update={"number": failure.number + 1})
    room.executions.replace_gate(
        failure, successor, decided_by="reconciler", reason="its run is gone", at=room.clock.now()
    )

    assert engine.header.status is ExecutionStatus.PAUSED
    assert "zoe was first" in refused(room.call("resume_execution", executionId=execution_id, waveNumber=0))


def test_a_wave_that_is_to_be_skipped_is_not_approved_ahead_of_time(
    room: ControlRoom, engine: EngineHand, execution_id: str
) -> None:
    ask_late(room, execution_id, RequestKind.SKIP, "1", None)

    answer = room.call("resume_execution", executionId=execution_id, waveNumber=1)

    assert engine.header.status is ExecutionStatus.RUNNING
    assert "zoe was first" in refused(answer)
    assert answer["details"]["requested"] == "SKIP"


def test_a_failed_wave_whose_gate_is_not_there_yet_is_not_approved_ahead_of_it(
    room: ControlRoom, engine: EngineHand, execution_id: str
) -> None:
    engine.step(waves={0: WaveStatus.FAILED})

    answer = room.call("resume_execution", executionId=execution_id, waveNumber=0)

    assert "its gate opens in a few seconds" in refused(answer)
    assert answer["details"]["waveStatus"] == "FAILED"


@pytest.mark.parametrize("decision", [GateStatus.APPROVED, GateStatus.CLOSED, GateStatus.REJECTED, GateStatus.EXPIRED])
def test_a_failure_gate_that_is_decided_says_what_it_is_and_by_whom(
    room: ControlRoom, failure: Gate, execution_id: str, decision: GateStatus
) -> None:
    room.executions.decide_gate(failure, decision, "bob", room.clock.now())

    answer = room.call("resume_execution", executionId=execution_id, waveNumber=0)

    assert f"is {decision} already, by bob" in refused(answer)
    assert (answer["details"]["gateNumber"], answer["details"]["gateStatus"]) == (failure.number, decision)
    assert answer["details"]["decidedBy"] == "bob"
    assert "no gate is open" in refused(room.call("resume_execution", executionId=execution_id))


def test_the_pause_is_resumed_by_its_scope_whatever_else_is_open(
    room: ControlRoom, engine: EngineHand, failure: Gate, execution_id: str
) -> None:
    assert "no gate is open" in refused(room.call("resume_execution", executionId=execution_id, scope="all"))
    engine.open_gate("all", 1, GateKind.PAUSE)

    room.call("resume_execution", executionId=execution_id, scope="all")

    [request] = asked(room, execution_id)
    assert (request.scope, request.number) == ("all", 1)
    assert failure.status is GateStatus.OPEN


def test_a_wave_and_the_pause_are_not_named_together(room: ControlRoom, failure: Gate, execution_id: str) -> None:
    answer = room.call("resume_execution", executionId=execution_id, scope="all", waveNumber=0)

    assert answer["error"] == "VALIDATION_ERROR"
    assert answer["details"]["fields"] == [
        {"field": "scope", "reason": "give waveNumber or scope, not both", "code": "ONE_GATE"}
    ]
    assert asked(room, failure.execution_id) == []


def test_a_resume_that_names_a_gate_approves_no_other_gate_of_the_wave(
    room: ControlRoom, failure: Gate, execution_id: str
) -> None:
    named: dict[str, Any] = {"executionId": execution_id, "waveNumber": 0}
    told = refused(room.call("resume_execution", **named, gateNumber=1))
    assert told.startswith("the gate of wave 1 (wave 0) is APPROVED already, by ann")
    alone = room.call("resume_execution", executionId=execution_id, gateNumber=2)
    assert alone["details"]["fields"][0]["field"] == "gateNumber"
    assert asked(room, execution_id) == []

    room.call("resume_execution", **named, gateNumber=2)

    [request] = asked(room, execution_id)
    assert request.number == failure.number
