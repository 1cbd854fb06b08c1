"""Who holds which server, as a check before a start sees it."""

from datetime import timedelta

import pytest

from shared.errors import ConflictError
from shared.models.execution import ExecutionStatus
from shared.models.lock import LockOwner, OwnerKind
from shared.models.termination import Termination, TerminationStatus
from shared.stores.lock_holders import LockHolders
from tests.support.configuration import server_key, wave
from tests.support.control_room import ControlRoom
from tests.support.engine_hand import EngineHand

DEAD_SECONDS = 15 * 60


@pytest.fixture
def room() -> ControlRoom:
    room = ControlRoom()
    room.group_of("db", 1)
    room.plan_of(wave(0, "db"))
    return room


def owner(kind: OwnerKind, execution_id: str = "exec-1", **more: object) -> LockOwner:
    known = {"kind": kind, "plan_id": "plan-1", "plan_name": "plan-1", "execution_type": "DRILL"}
    return LockOwner.model_validate({**known, "execution_id": execution_id, **more})


def state(room: ControlRoom) -> str | None:
    holder = LockHolders(room.history, room.clock).holders([server_key(1), server_key(2)]).get(server_key(1))
    return None if holder is None else holder.state


def test_a_free_server_has_no_holder(room: ControlRoom) -> None:
    assert state(room) is None


def test_a_live_execution_holds_and_an_ended_one_does_not(room: ControlRoom) -> None:
    engine = EngineHand(room, room.start()["executionId"])

    assert state(room) == "PENDING"
    engine.step(ExecutionStatus.RUNNING)
    assert state(room) == "RUNNING"
    engine.step(ExecutionStatus.COMPLETED)
    assert state(room) is None


def test_a_start_holds_until_it_is_dead(room: ControlRoom) -> None:
    header = room.header(room.start()["executionId"])
    [lock] = [room.lock(1)]
    assert lock is not None
    room.locks.release([server_key(1)], lock.owner)
    room.executions.create(header.model_copy(update={"execution_id": "exec-1", "status": ExecutionStatus.PREPARING}))
    room.locks.take([server_key(1)], owner(OwnerKind.EXECUTION))

    assert state(room) == "PREPARING"
    room.clock.advance(DEAD_SECONDS + 1)
    assert state(room) is None


def test_a_termination_holds_while_it_runs(room: ControlRoom) -> None:
    execution_id = room.start()["executionId"]
    engine = EngineHand(room, execution_id)
    engine.step(ExecutionStatus.RUNNING)
    engine.step(ExecutionStatus.COMPLETED)
    now = room.clock.now()
    termination = Termination(
        execution_id=execution_id, plan_id="plan-1", number=1, requested_by="ann", requested_at=now
    )
    room.executions.create_termination(termination)
    room.locks.take([server_key(1)], owner(OwnerKind.TERMINATION, execution_id, number=1))

    assert state(room) == "RUNNING"
    ended = {"status": TerminationStatus.COMPLETED, "ended_at": now + timedelta(seconds=1)}
    room.executions.update_termination(termination.model_copy(update=ended))
    assert state(room) is None


def test_a_job_that_outlived_its_execution_holds_and_an_owner_that_is_gone_does_not(room: ControlRoom) -> None:
    room.locks.take([server_key(1)], owner(OwnerKind.JOB, job_id="drsjob-1"))
    assert state(room) == "ABANDONED"

    room.locks.release([server_key(1)], owner(OwnerKind.JOB, job_id="drsjob-1"))
    room.locks.take([server_key(1)], owner(OwnerKind.EXECUTION, "exec-gone"))
    assert state(room) is None


@pytest.mark.parametrize("status", list(ExecutionStatus))
@pytest.mark.parametrize("age", [0, DEAD_SECONDS + 1])
def test_a_check_and_a_start_agree_on_who_is_in_the_way(room: ControlRoom, status: ExecutionStatus, age: int) -> None:
    header = room.header(room.start()["executionId"])
    lock = room.lock(1)
    assert lock is not None
    room.locks.release([server_key(1)], lock.owner)
    room.executions.create(header.model_copy(update={"execution_id": "exec-1", "status": status}))
    room.locks.take([server_key(1)], owner(OwnerKind.EXECUTION))
    room.clock.advance(age)

    told = state(room)

    try:
        room.locks.take([server_key(1)], owner(OwnerKind.EXECUTION, "exec-2"))
    except ConflictError as refused:
        assert [each["status"] for each in refused.details["servers"]] == [told]
    else:
        assert told is None
