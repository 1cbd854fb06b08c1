"""Retry and skip: a request about a wave, and about its gate if it waits at one, or a refusal that says why."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from shared.models.base import format_instant
from shared.models.execution import ExecutionStatus
from shared.models.gate import GateKind, GateStatus
from shared.models.recovery_plan import FailurePolicy
from shared.models.request import RequestState
from shared.models.wave_record import WaveStatus
from shared.roles import Role
from shared.stores.table import Write
from tests.functional.executions.asking import asked, refused
from tests.support.configuration import wave
from tests.support.control_room import ControlRoom
from tests.support.engine_hand import EngineHand
from tests.support.tampered_table import TamperedTable

PAUSE, CONTINUE, STOP, APPROVED = range(4)
"""The waves, by what they do when they fail; the last one waits for an approval."""


@pytest.fixture
def room() -> ControlRoom:
    """Four waves: of the three failure policies, and one that begins after an approval."""
    room = ControlRoom()
    for number in range(4):
        room.group_of(f"g{number}", number + 1)
    policies = (FailurePolicy.PAUSE, FailurePolicy.CONTINUE, FailurePolicy.STOP, FailurePolicy.PAUSE)
    room.plan_of(
        *(
            wave(number, f"g{number}", failure_policy=policy, pause_before_wave=number == APPROVED)
            for number, policy in enumerate(policies)
        )
    )
    return room


@pytest.fixture
def engine(room: ControlRoom, execution_id: str) -> EngineHand:
    engine = EngineHand(room, execution_id)
    engine.step(ExecutionStatus.RUNNING, waves={PAUSE: WaveStatus.LAUNCHING})
    return engine


@pytest.mark.requirement("SRS-F29", "SRS-F30")
@pytest.mark.parametrize(
    ("operation", "parameters", "words"),
    [
        ("retry_wave", {}, "Retry of wave 1 (wave 0) requested"),
        (
            "retry_wave",
            {"relaunch": True},
            "Retry of wave 1 (wave 0) with a new launch of what is not healthy requested",
        ),
        ("skip_wave", {}, "Skip of wave 1 (wave 0) requested"),
    ],
)
def test_a_wave_at_its_failure_gate_is_decided_by_a_request_that_names_the_gate(
    room: ControlRoom, engine: EngineHand, operation: str, parameters: Mapping[str, Any], words: str
) -> None:
    gate = engine.open_gate("0", 1, GateKind.FAILURE)
    engine.sleep("the-token")
    named: dict[str, Any] = {"executionId": gate.execution_id, "waveNumber": 0, "reason": "disk is back", **parameters}

    answer = room.call(operation, by="bob", **named)

    [request] = asked(room, gate.execution_id)
    assert f"{request.kind.lower()}_wave" == operation
    assert (request.scope, request.number) == ("0", gate.number)
    assert (request.relaunch, request.reason) == ("relaunch" in parameters, "disk is back")
    assert "bob" in request.requested_by
    assert (answer["requested"], answer["requestId"], answer["status"]) == (request.kind, request.request_id, "PAUSED")
    assert (answer["scope"], answer["gateNumber"], answer["waveNumber"]) == ("0", 1, 0)
    assert answer["message"].startswith(words)
    assert room.runs.succeeded == ["the-token"]


def test_the_timeline_tells_who_asked_for_a_retry_and_whether_with_a_new_launch(
    room: ControlRoom, engine: EngineHand, execution_id: str
) -> None:
    engine.step(waves={CONTINUE: WaveStatus.PARTIAL})

    room.call("retry_wave", executionId=execution_id, waveNumber=CONTINUE, relaunch=True, reason="again", by="bob")

    [event] = [one for one in room.executions.events(engine.header, 50).items if one.type == "REQUEST_MADE"]
    assert event.wave_number == CONTINUE
    assert (event.details["kind"], event.details["scope"], event.details["relaunch"]) == ("RETRY", "1", True)
    assert "Retry of wave 2 (wave 1)" in event.message
    assert event.message.endswith("(again)")


@pytest.mark.parametrize("relaunch", ["true", 1, "yes", None])
def test_relaunch_is_a_boolean_and_nothing_like_it(
    room: ControlRoom, engine: EngineHand, execution_id: str, relaunch: object
) -> None:
    engine.step(waves={CONTINUE: WaveStatus.FAILED})
    before = room.rows()

    answer = room.call("retry_wave", executionId=execution_id, waveNumber=CONTINUE, relaunch=relaunch)

    assert answer["error"] == "VALIDATION_ERROR"
    assert answer["details"]["fields"][0]["field"] == "relaunch"
    assert room.rows() == before


@pytest.mark.requirement("SRS-F29")
@pytest.mark.parametrize("operation", ["retry_wave", "skip_wave"])
@pytest.mark.parametrize(
    "wave_at",
    [
        (CONTINUE, WaveStatus.FAILED),
        (CONTINUE, WaveStatus.TIMEOUT),
        (CONTINUE, WaveStatus.PARTIAL),
        (STOP, WaveStatus.PARTIAL),
        (PAUSE, WaveStatus.PARTIAL),
    ],
)
def test_a_wave_that_waits_at_no_gate_is_retried_or_skipped_without_one(
    room: ControlRoom, engine: EngineHand, execution_id: str, operation: str, wave_at: tuple[int, WaveStatus]
) -> None:
    number, status = wave_at
    engine.step(waves={number: status})

    answer = room.call(operation, executionId=execution_id, waveNumber=number)

    [request] = asked(room, execution_id)
    assert (request.scope, request.number) == (str(number), None)
    assert "gateNumber" not in answer


@pytest.mark.parametrize("operation", ["retry_wave", "skip_wave"])
def test_a_wave_that_the_plan_went_on_without_waits_at_no_gate_any_more(
    room: ControlRoom, engine: EngineHand, execution_id: str, operation: str
) -> None:
    gate = engine.open_gate("0", 1, GateKind.FAILURE)
    room.executions.decide_gate(gate, GateStatus.APPROVED, "ann", room.clock.now())
    engine.step(ExecutionStatus.RUNNING, summaries={PAUSE: {"continued": True}})

    assert "error" not in room.call(operation, executionId=execution_id, waveNumber=PAUSE)

    assert asked(room, execution_id)[0].number is None


@pytest.mark.parametrize("status", [WaveStatus.FAILED, WaveStatus.TIMEOUT])
def test_a_wave_may_be_retried_before_its_failure_gate_is_there(
    room: ControlRoom, engine: EngineHand, execution_id: str, status: WaveStatus
) -> None:
    engine.step(waves={PAUSE: status})

    assert "error" not in room.call("retry_wave", executionId=execution_id, waveNumber=PAUSE)

    assert asked(room, execution_id)[0].number is None


def test_the_latest_failure_gate_is_named_whatever_gates_were_before(
    room: ControlRoom, engine: EngineHand, execution_id: str
) -> None:
    engine.approve(engine.open_gate("3"), "ann")
    first = engine.open_gate("3", 2, GateKind.FAILURE)
    room.executions.decide_gate(first, GateStatus.CLOSED, "bob", room.clock.now())
    engine.open_gate("3", 3, GateKind.FAILURE)

    room.call("retry_wave", executionId=execution_id, waveNumber=APPROVED)

    assert asked(room, execution_id)[0].number == 3


@pytest.mark.requirement("SRS-F30")
def test_a_wave_is_skipped_before_it_starts(room: ControlRoom, engine: EngineHand, execution_id: str) -> None:
    engine.open_gate("3")

    room.call("skip_wave", executionId=execution_id, waveNumber=STOP)
    room.call("skip_wave", executionId=execution_id, waveNumber=APPROVED)

    assert {(one.scope, one.number) for one in asked(room, execution_id)} == {("2", None), ("3", 1)}


def test_a_wave_that_is_approved_and_held_back_by_a_pause_is_skipped_without_its_gate(
    room: ControlRoom, engine: EngineHand, execution_id: str
) -> None:
    gate = engine.open_gate("3")
    room.executions.decide_gate(gate, GateStatus.APPROVED, "ann", room.clock.now())
    record = room.executions.waves(engine.header, [APPROVED])[APPROVED]
    engine.step(items=[record.model_copy(update={"approved_by": "ann"})])
    engine.open_gate("all")

    room.call("skip_wave", executionId=execution_id, waveNumber=APPROVED)

    assert asked(room, execution_id)[0].number is None


@pytest.mark.parametrize("operation", ["retry_wave", "skip_wave"])
@pytest.mark.parametrize("decision", [GateStatus.APPROVED, GateStatus.CLOSED, GateStatus.REJECTED, GateStatus.EXPIRED])
def test_a_failure_gate_that_is_decided_is_not_decided_again(
    room: ControlRoom, engine: EngineHand, execution_id: str, operation: str, decision: GateStatus
) -> None:
    gate = engine.open_gate("0", 1, GateKind.FAILURE)
    room.executions.decide_gate(gate, decision, "ann", room.clock.now())
    before = room.rows()

    answer = room.call(operation, executionId=execution_id, waveNumber=PAUSE)

    assert refused(answer) == f"the gate of wave 1 (wave 0) is {decision} already, by ann"
    assert (answer["details"]["gateNumber"], answer["details"]["gateStatus"]) == (1, decision)
    assert (answer["details"]["waveNumber"], answer["details"]["waveStatus"]) == (PAUSE, "FAILED")
    assert room.rows() == before


def test_an_approval_gate_that_is_decided_is_not_decided_again_by_a_skip(
    room: ControlRoom, engine: EngineHand, execution_id: str
) -> None:
    gate = engine.open_gate("3")
    room.executions.decide_gate(gate, GateStatus.APPROVED, "ann", room.clock.now())

    answer = room.call("skip_wave", executionId=execution_id, waveNumber=APPROVED)

    assert refused(answer) == "the gate of wave 4 (wave 3) is APPROVED already, by ann"


@pytest.mark.parametrize(("operation", "done"), [("retry_wave", "retried"), ("skip_wave", "skipped")])
def test_what_is_asked_again_after_it_was_taken_up_is_refused_by_the_name_of_who_was_first(
    room: ControlRoom, engine: EngineHand, operation: str, done: str
) -> None:
    execution_id = engine.open_gate("0", 1, GateKind.FAILURE).execution_id
    room.call(operation, executionId=execution_id, waveNumber=PAUSE, by="ann")
    [request] = asked(room, execution_id)
    record = room.executions.waves(engine.header, [PAUSE])[PAUSE]
    status = WaveStatus.LAUNCHING if done == "retried" else WaveStatus.SKIPPED
    engine.step(
        ExecutionStatus.RUNNING,
        summaries={PAUSE: {"status": status}},
        items=[record.model_copy(update={"status": status, "decision_id": request.request_id})],
        requests=[request.model_copy(update={"state": RequestState.APPLIED})],
    )

    answer = room.call(operation, executionId=execution_id, waveNumber=PAUSE, by="bob")

    asked_for = f"{done} by {request.requested_by} at {format_instant(request.requested_at)}"
    assert refused(answer).startswith(f"wave 1 (wave 0) is {status}, {asked_for}; to be {done} it must be one of ")
    assert answer["details"]["requestedBy"] == request.requested_by


@pytest.mark.parametrize("first", ["retry_wave", "skip_wave", "resume_execution"])
@pytest.mark.parametrize("second", ["retry_wave", "skip_wave", "resume_execution"])
def test_of_two_operators_at_a_failure_gate_the_second_is_told_what_the_first_asked_for(
    room: ControlRoom, engine: EngineHand, execution_id: str, first: str, second: str
) -> None:
    engine.open_gate("0", 1, GateKind.FAILURE)
    room.call(first, executionId=execution_id, waveNumber=PAUSE, by="ann")
    [request] = asked(room, execution_id)
    before = room.rows()

    answer = room.call(second, executionId=execution_id, waveNumber=PAUSE, by="bob")

    assert "ann was first to decide about wave 1 (wave 0)" in refused(answer).replace(request.requested_by, "ann")
    assert answer["details"]["requested"] == request.kind
    assert answer["details"]["requestedBy"] == request.requested_by
    assert (answer["details"]["status"], answer["details"]["waveStatus"]) == ("PAUSED", "FAILED")
    assert room.rows() == before


@pytest.mark.parametrize("other", ["retry_wave", "skip_wave", "resume_execution"])
def test_two_operators_who_meet_in_one_write_name_one_gate_so_that_only_one_decision_can_stand(
    room: ControlRoom, engine: EngineHand, execution_id: str, other: str
) -> None:
    gate = engine.open_gate("0", 1, GateKind.FAILURE)
    others: list[Any] = []

    def let_another_pass(number: int, _writes: Sequence[Write]) -> None:
        if number == 0:
            others.append(room.call(other, executionId=execution_id, waveNumber=PAUSE, by="bob"))

    table = TamperedTable(room.history, before=let_another_pass)
    answer = room.call("retry_wave", history=table, executionId=execution_id, waveNumber=PAUSE)

    assert [one["gateNumber"] for one in (answer, *others)] == [gate.number, gate.number]
    assert {(one.scope, one.number) for one in asked(room, execution_id)} == {("0", gate.number)}


@pytest.mark.parametrize("first", ["retry_wave", "skip_wave"])
@pytest.mark.parametrize("second", ["retry_wave", "skip_wave"])
def test_of_two_operators_without_a_gate_the_second_is_told_what_the_first_asked_for(
    room: ControlRoom, engine: EngineHand, execution_id: str, first: str, second: str
) -> None:
    engine.step(waves={CONTINUE: WaveStatus.PARTIAL})
    room.call(first, executionId=execution_id, waveNumber=CONTINUE, by="ann")

    answer = room.call(second, executionId=execution_id, waveNumber=CONTINUE, by="bob")

    assert "ann" in refused(answer)
    assert len(asked(room, execution_id)) == 1
    assert "error" not in room.call("skip_wave", executionId=execution_id, waveNumber=STOP)


def test_a_retry_made_before_the_gate_opened_is_about_the_wave_and_stands(
    room: ControlRoom, engine: EngineHand, execution_id: str
) -> None:
    engine.step(waves={PAUSE: WaveStatus.FAILED})
    room.call("retry_wave", executionId=execution_id, waveNumber=PAUSE, by="ann")
    engine.open_gate("0", 1, GateKind.FAILURE)

    for operation in ("retry_wave", "skip_wave", "resume_execution"):
        answer = room.call(operation, executionId=execution_id, waveNumber=PAUSE, by="bob")
        assert "ann" in refused(answer)


@pytest.mark.parametrize("ahead", [True, False])
def test_a_wave_whose_approval_is_on_its_way_is_not_skipped_at_that_gate(
    room: ControlRoom, engine: EngineHand, execution_id: str, ahead: bool
) -> None:
    if not ahead:
        engine.open_gate("3")
    room.call("resume_execution", executionId=execution_id, waveNumber=APPROVED, by="ann")
    if ahead:
        engine.open_gate("3")

    answer = room.call("skip_wave", executionId=execution_id, waveNumber=APPROVED)

    assert "ann" in refused(answer)
    assert answer["details"]["requested"] == "APPROVE"


@pytest.mark.parametrize("stopped", [WaveStatus.FAILED, WaveStatus.TIMEOUT])
@pytest.mark.parametrize("operation", ["retry_wave", "skip_wave"])
def test_a_plan_that_stops_takes_neither_retry_nor_skip_of_any_wave(
    room: ControlRoom, engine: EngineHand, execution_id: str, operation: str, stopped: WaveStatus
) -> None:
    engine.step(waves={STOP: stopped, CONTINUE: WaveStatus.FAILED})
    before = room.rows()

    answers = [room.call(operation, executionId=execution_id, waveNumber=number) for number in range(4)]

    for number, answer in enumerate(answers):
        assert "wave 3 (wave 2) went wrong, its failure policy is STOP" in refused(answer)
        assert "nothing new starts anywhere" in answer["message"]
        assert answer["details"]["waveNumber"] == number
    assert answers[STOP]["details"]["waveStatus"] == stopped
    assert room.rows() == before


def test_a_wave_that_stops_the_plan_by_its_own_record_is_believed_before_the_header_says_so(
    room: ControlRoom, engine: EngineHand, execution_id: str
) -> None:
    record = room.executions.waves(engine.header, [STOP])[STOP]
    engine.step(items=[record.model_copy(update={"status": WaveStatus.FAILED})])

    assert "its failure policy is STOP" in refused(room.call("retry_wave", executionId=execution_id, waveNumber=STOP))


@pytest.mark.parametrize("operation", ["retry_wave", "skip_wave"])
def test_an_execution_or_a_wave_that_does_not_exist_is_told_apart(
    room: ControlRoom, engine: EngineHand, execution_id: str, operation: str
) -> None:
    assert engine.header.wave_count == 4
    unknown_wave = room.call(operation, executionId=execution_id, waveNumber=7)
    no_wave = room.call(operation, executionId=execution_id)

    assert room.call(operation, executionId="exec-none", waveNumber=0)["error"] == "RESOURCE_NOT_FOUND"
    for answer in (unknown_wave, no_wave):
        assert answer["error"] == "VALIDATION_ERROR"
        assert answer["details"]["fields"][0]["field"] == "waveNumber"
    assert unknown_wave["details"]["fields"][0]["code"] == "UNKNOWN_WAVE"


@pytest.mark.parametrize(
    ("operation", "permission"), [("retry_wave", "start_recovery"), ("skip_wave", "stop_recovery")]
)
def test_an_operator_may_retry_and_skip_and_a_reader_may_not(
    room: ControlRoom, engine: EngineHand, execution_id: str, operation: str, permission: str
) -> None:
    engine.step(waves={CONTINUE: WaveStatus.FAILED})

    room.direct_role = Role.READ_ONLY
    answer = room.call(operation, executionId=execution_id, waveNumber=CONTINUE)
    room.direct_role = Role.OPERATOR

    assert answer["details"]["permission"] == permission
    assert "error" not in room.call(operation, executionId=execution_id, waveNumber=CONTINUE)


@pytest.mark.parametrize("operation", ["retry_wave", "skip_wave"])
def test_a_command_that_names_a_gate_decides_no_other_gate_of_the_wave(
    room: ControlRoom, engine: EngineHand, operation: str
) -> None:
    first = engine.open_gate("0", 1, GateKind.FAILURE)
    room.executions.decide_gate(first, GateStatus.CLOSED, "ann", room.clock.now())
    second = engine.open_gate("0", 2, GateKind.FAILURE)
    named: dict[str, Any] = {"executionId": first.execution_id, "waveNumber": 0}

    told = refused(room.call(operation, **named, gateNumber=1))
    waits = "the wave waits at gate 2 now, which has a mail of its own"
    assert told == f"the gate of wave 1 (wave 0) is CLOSED already, by ann; {waits}"
    assert refused(room.call(operation, **named, gateNumber=7)) == "wave 1 (wave 0) has no gate 7"
    assert asked(room, first.execution_id) == []

    room.call(operation, **named, gateNumber=2)
    [request] = asked(room, first.execution_id)
    assert request.number == second.number
