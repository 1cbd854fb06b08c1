"""Pause, resume and cancel: one request and one signal each, or a refusal that says why."""

import pytest

from shared.models.execution import TERMINAL_STATUSES, ExecutionStatus
from shared.models.request import Request, RequestKind, RequestState
from shared.models.wave_record import WaveStatus
from tests.functional.executions.asking import asked, refused
from tests.support.configuration import WEB, wave
from tests.support.control_room import ControlRoom
from tests.support.engine_hand import EngineHand


@pytest.fixture
def room() -> ControlRoom:
    """Three waves at once, the last two after an approval."""
    room = ControlRoom()
    for number, target in enumerate((None, WEB, WEB)):
        room.group_of(f"g{number}", number + 1, **({"target": target} if target else {}))
    room.plan_of(
        wave(0, "g0"),
        wave(1, "g1", after=(0,), pause_before_wave=True),
        wave(2, "g2", after=(0,), pause_before_wave=True),
    )
    return room


@pytest.fixture
def engine(room: ControlRoom, execution_id: str) -> EngineHand:
    """The engine, in the midst of the first wave."""
    engine = EngineHand(room, execution_id)
    engine.step(ExecutionStatus.RUNNING, waves={0: WaveStatus.LAUNCHING})
    return engine


@pytest.mark.requirement("SRS-F26")
def test_each_request_is_stored_with_its_actor_and_wakes_the_engine_once(
    room: ControlRoom, engine: EngineHand, execution_id: str
) -> None:
    engine.sleep("the-token")

    answer = room.call("pause_execution", executionId=execution_id, reason="lunch", by="bob")

    [request] = asked(room, execution_id)
    assert (answer["requested"], answer["requestId"]) == ("PAUSE", request.request_id)
    assert answer["status"] == "RUNNING"
    assert (request.kind, request.reason) == (RequestKind.PAUSE, "lunch")
    assert "bob" in request.requested_by
    assert room.executions.get_inbox(execution_id, "plan-1").signals == 1
    assert room.runs.succeeded == ["the-token"]
    made = [event for event in room.executions.events(engine.header, 50).items if event.type == "REQUEST_MADE"]
    assert [(event.actor, event.details["requestId"]) for event in made] == [(request.requested_by, request.request_id)]


def test_a_request_counts_although_the_engine_is_awake_or_cannot_be_woken(
    room: ControlRoom, engine: EngineHand, execution_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    awake = room.call("pause_execution", executionId=execution_id)
    engine.sleep("the-token")
    room.runs.is_down = True
    unreachable = room.call("cancel_execution", executionId=execution_id)

    assert "error" not in awake
    assert "error" not in unreachable
    assert room.executions.get_inbox(execution_id, "plan-1").signals == 2
    assert "could not wake the engine" in caplog.text


@pytest.mark.requirement("SRS-F27")
def test_resume_approves_the_one_open_gate(room: ControlRoom, engine: EngineHand, execution_id: str) -> None:
    engine.open_gate("1")

    answer = room.call("resume_execution", executionId=execution_id)

    [request] = asked(room, execution_id)
    assert (request.kind, request.scope, request.number) == (RequestKind.APPROVE, "1", 1)
    assert answer["waveNumber"] == 1


def test_resume_ends_a_pause_of_the_whole_execution(room: ControlRoom, engine: EngineHand, execution_id: str) -> None:
    engine.open_gate("all", 2)

    room.call("resume_execution", executionId=execution_id)

    [request] = asked(room, execution_id)
    assert (request.scope, request.number) == ("all", 2)


@pytest.mark.requirement("SRS-F27")
def test_resume_with_several_open_gates_lists_them_and_takes_the_one_that_is_named(
    room: ControlRoom, engine: EngineHand, execution_id: str
) -> None:
    engine.open_gate("1")
    room.clock.advance(1)
    engine.open_gate("2")

    answer = room.call("resume_execution", executionId=execution_id)
    assert "several gates" in refused(answer)
    assert [gate["waveNumber"] for gate in answer["details"]["openGates"]] == [1, 2]
    assert answer["details"]["openGates"][0]["waveName"] == "wave 1"
    assert asked(room, execution_id) == []

    room.call("resume_execution", executionId=execution_id, waveNumber=2)
    [request] = asked(room, execution_id)
    assert (request.scope, request.number) == ("2", 1)


@pytest.mark.requirement("SRS-F27")
def test_resume_without_an_open_gate_is_refused(room: ControlRoom, engine: EngineHand, execution_id: str) -> None:
    assert engine.header.status is ExecutionStatus.RUNNING
    assert "no gate is open" in refused(room.call("resume_execution", executionId=execution_id))


def test_a_wave_may_be_approved_before_its_gate_opens(room: ControlRoom, engine: EngineHand, execution_id: str) -> None:
    assert engine.header.status is ExecutionStatus.RUNNING
    room.call("resume_execution", executionId=execution_id, waveNumber=1)

    [request] = asked(room, execution_id)
    assert (request.scope, request.number) == ("1", None)


def test_a_wave_may_be_approved_before_the_first_step(room: ControlRoom, execution_id: str) -> None:
    assert "error" not in room.call("resume_execution", executionId=execution_id, waveNumber=1)


def test_the_same_approval_twice_is_refused_by_the_name_of_who_approved(
    room: ControlRoom, engine: EngineHand, execution_id: str
) -> None:
    gate = engine.open_gate("1")
    room.call("resume_execution", executionId=execution_id, waveNumber=1, by="ann")
    at_once = room.call("resume_execution", executionId=execution_id, waveNumber=1)
    without_number = room.call("resume_execution", executionId=execution_id)
    taken_up = [request.model_copy(update={"state": RequestState.APPLIED}) for request in asked(room, execution_id)]
    engine.step(requests=taken_up)
    engine.approve(gate, "ann")
    later = room.call("resume_execution", executionId=execution_id, waveNumber=1)
    later_without_number = room.call("resume_execution", executionId=execution_id)

    for answer in (at_once, later):
        assert "approved already" in refused(answer)
        assert "ann" in answer["details"]["approvedBy"]
    assert "no gate is open" in refused(without_number)
    decided = "no gate is open; the last one, of wave 2 (wave 1), is APPROVED already, by "
    assert decided in refused(later_without_number)
    assert "ann" in later_without_number["details"]["decidedBy"]


def test_a_wave_without_a_gate_or_that_has_begun_is_not_approved(
    room: ControlRoom, engine: EngineHand, execution_id: str
) -> None:
    assert "no pause before it" in refused(room.call("resume_execution", executionId=execution_id, waveNumber=0))
    engine.step(waves={2: WaveStatus.SKIPPED})
    assert "SKIPPED" in refused(room.call("resume_execution", executionId=execution_id, waveNumber=2))


def test_a_wave_that_is_to_come_is_not_approved_twice_nor_without_a_pause_before_it(
    room: ControlRoom, execution_id: str
) -> None:
    engine = EngineHand(room, execution_id)
    record = room.executions.waves(engine.header, [1])[1]
    engine.step(items=[record.model_copy(update={"approved_by": "ann"})])

    again = room.call("resume_execution", executionId=execution_id, waveNumber=1)
    without_pause = room.call("resume_execution", executionId=execution_id, waveNumber=0)

    assert refused(again) == "wave 2 (wave 1) was approved already, by ann"
    assert "no pause before it" in refused(without_pause)
    assert without_pause["details"]["waveStatus"] == "PENDING"


def test_a_wave_that_does_not_exist_is_bad_input(room: ControlRoom, engine: EngineHand, execution_id: str) -> None:
    assert engine.header.wave_count == 3
    answer = room.call("resume_execution", executionId=execution_id, waveNumber=7)

    assert answer["error"] == "VALIDATION_ERROR"
    assert answer["details"]["fields"][0]["field"] == "waveNumber"


def test_pause_twice_and_pause_with_nothing_left_to_start_are_refused(
    room: ControlRoom, engine: EngineHand, execution_id: str
) -> None:
    engine.open_gate("all")
    assert "paused already" in refused(room.call("pause_execution", executionId=execution_id))

    engine.step(
        ExecutionStatus.RUNNING,
        waves={number: WaveStatus.VALIDATING for number in range(3)},
        pause_closed=True,
    )
    assert "nothing is left to start" in refused(room.call("pause_execution", executionId=execution_id))


@pytest.mark.requirement("SRS-F26")
@pytest.mark.parametrize("status", [WaveStatus.LAUNCHING, WaveStatus.FAILED], ids=["waits for room", "may be retried"])
def test_a_pause_holds_back_what_waits_for_room_or_may_be_retried(
    room: ControlRoom, engine: EngineHand, execution_id: str, status: WaveStatus
) -> None:
    engine.step(waves={number: status for number in range(3)})

    assert room.call("pause_execution", executionId=execution_id)["requested"] == "PAUSE"


@pytest.mark.requirement("SRS-F28")
def test_cancel_asks_once_and_is_idempotent_while_it_drains(
    room: ControlRoom, engine: EngineHand, execution_id: str
) -> None:
    first = room.call("cancel_execution", executionId=execution_id, reason="wrong plan")
    [request] = asked(room, execution_id)
    assert (request.kind, first["requestId"]) == (RequestKind.CANCEL, request.request_id)

    engine.step(ExecutionStatus.CANCELLING, cancelled_by="ann", requests=[_applied(request)])
    again = room.call("cancel_execution", executionId=execution_id)

    assert (again["status"], "requestId" in again) == ("CANCELLING", False)
    assert "ann" in again["message"]
    assert asked(room, execution_id) == []


def _applied(request: Request) -> Request:
    return request.model_copy(update={"state": RequestState.APPLIED})


@pytest.mark.parametrize("operation", ["pause_execution", "resume_execution", "cancel_execution"])
@pytest.mark.parametrize("status", sorted(TERMINAL_STATUSES))
def test_what_has_finished_is_neither_paused_nor_resumed_nor_cancelled(
    room: ControlRoom, engine: EngineHand, execution_id: str, operation: str, status: ExecutionStatus
) -> None:
    engine.step(status)
    before = room.rows()

    answer = room.call(operation, executionId=execution_id)

    assert status in refused(answer)
    assert answer["details"]["status"] == status
    assert room.rows() == before


def test_what_is_judged_already_takes_no_requests(room: ControlRoom, engine: EngineHand, execution_id: str) -> None:
    engine.step(ExecutionStatus.DRAINING)

    for operation in ("pause_execution", "resume_execution", "cancel_execution"):
        assert "ends by itself" in refused(room.call(operation, executionId=execution_id))


def test_what_is_still_being_started_takes_no_requests(room: ControlRoom) -> None:
    header = room.header(room.start()["executionId"])
    preparing = header.model_copy(update={"execution_id": "exec-young", "status": ExecutionStatus.PREPARING})
    room.executions.create(preparing)

    assert "still being started" in refused(room.call("cancel_execution", executionId="exec-young"))


@pytest.mark.parametrize(
    "operation", ["pause_execution", "resume_execution", "cancel_execution", "terminate_instances", "get_execution"]
)
def test_an_execution_that_does_not_exist_is_not_found(room: ControlRoom, operation: str) -> None:
    assert room.call(operation, executionId="exec-none")["error"] == "RESOURCE_NOT_FOUND"
    assert room.call(operation)["error"] == "VALIDATION_ERROR"
    assert room.call(operation, executionId="lock#1")["error"] == "VALIDATION_ERROR"
