"""Executions that have run, and lists read to their end."""

from typing import Any

from shared.models.execution import ExecutionStatus
from shared.models.wave_record import WaveStatus
from tests.support.configuration import WEB, wave
from tests.support.control_room import ControlRoom
from tests.support.engine_hand import EngineHand


def furnished() -> ControlRoom:
    """Wave 0: databases 1 and 2; wave 1, after an approval: web servers 3 and 4 in another account."""
    room = ControlRoom()
    room.group_of("db", 1, 2)
    room.group_of("web", 3, 4, target=WEB)
    room.plan_of(wave(0, "db"), wave(1, "web", pause_before_wave=True), rto_minutes=90)
    return room


def finished(room: ControlRoom) -> str:
    """An execution that launched both waves and waited ten minutes at the gate between."""
    execution_id = str(room.start()["executionId"])
    engine = EngineHand(room, execution_id)
    engine.step(ExecutionStatus.RUNNING, waves={0: WaveStatus.LAUNCHING})
    engine.launch(0)
    gate = engine.open_gate("1")
    engine.step(paused_since=room.clock.now(), waves={0: WaveStatus.COMPLETED})
    room.executions.store_token(execution_id, "plan-1", "1", 1, visit="1", token="SECRET-TASK-TOKEN")
    room.clock.advance(600)
    engine.approve(gate, "ann")
    engine.step(paused_since=None, seconds_at_gates=600.0)
    engine.launch(1)
    engine.step(
        ExecutionStatus.COMPLETED,
        waves={1: WaveStatus.COMPLETED},
        recovered_at=room.clock.now(),
        gate_seconds_at_recovery=600.0,
    )
    room.locks.release(list(room.locked()), next(lock.owner for lock in [room.lock(1)] if lock))
    return execution_id


def ended(room: ControlRoom, status: ExecutionStatus = ExecutionStatus.PARTIAL, **parameters: Any) -> str:
    """An execution that launched its first wave and has ended, its locks released."""
    execution_id = str(room.start(**parameters)["executionId"])
    engine = EngineHand(room, execution_id)
    engine.step(ExecutionStatus.RUNNING)
    engine.launch(0, is_drill=engine.header.is_drill)
    engine.step(status)
    release(room, execution_id)
    return execution_id


def release(room: ControlRoom, execution_id: str) -> None:
    """Free what the execution holds."""
    for server, owner in room.locked().items():
        lock = room.locks.owner(server)
        if lock is not None and owner == f"execution#{execution_id}":
            room.locks.release([server], lock.owner)


def pages(room: ControlRoom, operation: str, **parameters: Any) -> list[list[Any]]:
    answers, token = [], None
    while True:
        answer = room.ask(operation, **parameters, **({"nextToken": token} if token else {}))
        answers.append(answer["items"])
        token = answer.get("nextToken")
        if token is None:
            return answers
