"""Every move is tried from every status: what the tables do not allow is refused with the status and writes nothing."""

import itertools
from collections.abc import Sequence
from typing import Any, Final

import pytest

from shared.execution_utils import EXECUTION_MOVES, WAVE_MOVES
from shared.models.execution import TERMINAL_STATUSES, ExecutionStatus
from shared.models.gate import GateKind
from shared.models.recovery_plan import FailurePolicy
from shared.models.wave_record import WaveStatus
from shared.stores.table import Write
from tests.functional.executions.asking import asked, refused
from tests.support.configuration import wave
from tests.support.control_room import ControlRoom
from tests.support.engine_hand import EngineHand
from tests.support.tampered_table import TamperedTable

TAKING_REQUESTS: Final = frozenset({ExecutionStatus.PENDING, ExecutionStatus.RUNNING, ExecutionStatus.PAUSED})
ABOUT_EXECUTIONS: Final = {
    "pause_execution": TAKING_REQUESTS,
    "resume_execution": TAKING_REQUESTS,
    "cancel_execution": frozenset(at for at, after in EXECUTION_MOVES.items() if ExecutionStatus.CANCELLING in after),
    "retry_wave": TAKING_REQUESTS,
    "skip_wave": TAKING_REQUESTS,
    "terminate_instances": TERMINAL_STATUSES,
}
"""From which statuses of an execution each operation is legal."""

NOT_STARTED: Final = frozenset({WaveStatus.PENDING, WaveStatus.AWAITING_APPROVAL})
GONE_WRONG: Final = frozenset({WaveStatus.FAILED, WaveStatus.TIMEOUT})
ABOUT_WAVES: Final = {
    "retry_wave": frozenset(at for at, after in WAVE_MOVES.items() if WaveStatus.LAUNCHING in after) - NOT_STARTED,
    "skip_wave": frozenset(at for at, after in WAVE_MOVES.items() if WaveStatus.SKIPPED in after),
    "resume_execution": NOT_STARTED | GONE_WRONG,
}
"""From which statuses of a wave, which waits at a gate wherever it can, each operation is legal."""

OF_A_WAVE: Final = ("retry_wave", "skip_wave")


@pytest.fixture
def room() -> ControlRoom:
    """A wave that went wrong and was left behind, one at its approval, and one that is still to come."""
    room = ControlRoom()
    for number in range(3):
        room.group_of(f"g{number}", number + 1)
    room.plan_of(
        wave(0, "g0", failure_policy=FailurePolicy.CONTINUE),
        wave(1, "g1", failure_policy=FailurePolicy.PAUSE, pause_before_wave=True),
        wave(2, "g2", failure_policy=FailurePolicy.PAUSE),
    )
    return room


@pytest.fixture
def engine(room: ControlRoom) -> EngineHand:
    engine = EngineHand(room, str(room.start()["executionId"]))
    engine.step(ExecutionStatus.RUNNING)
    engine.launch(0)
    engine.step(waves={0: WaveStatus.FAILED})
    return engine


def call(room: ControlRoom, engine: EngineHand, operation: str, *, wave_number: int | None, **more: Any) -> Any:
    named = more if wave_number is None else more | {"waveNumber": wave_number}
    return room.call(operation, executionId=engine.header.execution_id, **named)


def stored(room: ControlRoom) -> str:
    """Every byte of the table, and every wake-up."""
    return repr(room.rows()) + repr(room.runs.succeeded) + repr(room.runs.inputs)


@pytest.mark.parametrize(
    ("operation", "status"),
    [each for each in itertools.product(ABOUT_EXECUTIONS, ExecutionStatus) if each[1] not in ABOUT_EXECUTIONS[each[0]]],
)
def test_what_an_execution_does_not_allow_is_refused_with_its_status_and_writes_nothing(
    room: ControlRoom, engine: EngineHand, operation: str, status: ExecutionStatus
) -> None:
    engine.open_gate("1")
    engine.sleep("the-token")
    engine.step(status, cancelled_by="ann")
    before = stored(room)

    answer = call(room, engine, operation, wave_number=0 if operation in OF_A_WAVE else None)

    if (operation, status) == ("cancel_execution", ExecutionStatus.CANCELLING):
        # a move to the present state changes nothing
        assert (answer["status"], answer["message"]) == ("CANCELLING", "being cancelled already, by ann")
    else:
        refused(answer)
        assert answer["details"]["status"] == status
        assert answer["details"]["executionId"] == engine.header.execution_id
        assert status in answer["message"] or status is ExecutionStatus.PREPARING
    assert stored(room) == before


@pytest.mark.parametrize(
    ("operation", "status"),
    [(operation, status) for operation, legal in ABOUT_EXECUTIONS.items() for status in sorted(legal)],
)
def test_what_an_execution_allows_is_accepted(
    room: ControlRoom, engine: EngineHand, operation: str, status: ExecutionStatus
) -> None:
    engine.open_gate("1")
    engine.step(status)

    answer = call(room, engine, operation, wave_number=0 if operation in OF_A_WAVE else None)

    assert "error" not in answer
    waiting = asked(room, engine.header.execution_id)
    assert [request.request_id for request in waiting] == ([answer["requestId"]] if status in TAKING_REQUESTS else [])


def reach(engine: EngineHand, status: WaveStatus) -> None:
    """Let wave 1 be in that status, at the gate at which the engine lets it wait there."""
    if status is WaveStatus.AWAITING_APPROVAL:
        engine.open_gate("1")
    elif status in GONE_WRONG:
        engine.approve(engine.open_gate("1"), "ann")
        engine.open_gate("1", 2, GateKind.FAILURE)
    engine.step(ExecutionStatus.RUNNING, waves={1: status})


@pytest.mark.parametrize(
    ("operation", "status"),
    [each for each in itertools.product(ABOUT_WAVES, WaveStatus) if each[1] not in ABOUT_WAVES[each[0]]],
)
def test_what_a_wave_does_not_allow_is_refused_with_its_status_and_writes_nothing(
    room: ControlRoom, engine: EngineHand, operation: str, status: WaveStatus
) -> None:
    reach(engine, status)
    engine.sleep("the-token")
    before = stored(room)

    answer = call(room, engine, operation, wave_number=1)

    refused(answer)
    assert (answer["details"]["waveNumber"], answer["details"]["waveStatus"]) == (1, status)
    assert (answer["details"]["executionId"], answer["details"]["status"]) == (engine.header.execution_id, "RUNNING")
    assert status in answer["message"]
    assert stored(room) == before


@pytest.mark.parametrize(
    ("operation", "status"),
    [(operation, status) for operation, legal in ABOUT_WAVES.items() for status in sorted(legal)],
)
def test_what_a_wave_allows_is_accepted(
    room: ControlRoom, engine: EngineHand, operation: str, status: WaveStatus
) -> None:
    reach(engine, status)

    answer = call(room, engine, operation, wave_number=1)

    [request] = asked(room, engine.header.execution_id)
    assert (answer["requestId"], answer["waveNumber"]) == (request.request_id, 1)
    assert request.number == (1 if status is WaveStatus.AWAITING_APPROVAL else 2 if status in GONE_WRONG else None)


@pytest.mark.parametrize("operation", ABOUT_WAVES)
@pytest.mark.parametrize("status", sorted(set(ExecutionStatus) - TAKING_REQUESTS))
def test_no_wave_of_an_execution_that_takes_no_requests_allows_anything(
    room: ControlRoom, engine: EngineHand, operation: str, status: ExecutionStatus
) -> None:
    for wave_status in WaveStatus:
        engine.step(status, waves={1: wave_status})
        before = stored(room)

        answer = call(room, engine, operation, wave_number=1)

        refused(answer)
        assert (answer["details"]["status"], answer["details"]["waveStatus"]) == (status, wave_status)
        assert stored(room) == before


@pytest.mark.parametrize("operation", sorted(set(ABOUT_EXECUTIONS) - {"terminate_instances"}))
@pytest.mark.parametrize("status", sorted(set(ExecutionStatus) - TAKING_REQUESTS))
def test_a_status_that_moves_while_it_is_being_asked_writes_nothing(
    room: ControlRoom, engine: EngineHand, operation: str, status: ExecutionStatus
) -> None:
    engine.open_gate("1")
    moved: list[str] = []

    def move_first(_number: int, _writes: Sequence[Write]) -> None:
        if not moved:
            engine.step(status)
            moved.append(stored(room))

    table = TamperedTable(room.history, before=move_first)
    answer = call(room, engine, operation, wave_number=0 if operation in OF_A_WAVE else None, history=table)

    refused(answer)
    assert answer["details"]["status"] == status
    assert moved == [stored(room)]
