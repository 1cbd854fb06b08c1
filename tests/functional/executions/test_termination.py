"""terminate_instances: asked for once, confirmed, locked, and handed to a run of its own."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from shared.aws.ports import RunStatus
from shared.models.execution import ExecutionStatus
from shared.models.termination import TerminationStatus
from shared.roles import Role
from shared.stores.table import PutItem, Throttled, Write
from tests.functional.executions.recorded import ended
from tests.support.at_once import at_once
from tests.support.configuration import WEB, server_id, server_key, wave
from tests.support.control_room import ControlRoom
from tests.support.engine_hand import EngineHand
from tests.support.tampered_table import TamperedTable, crashing_after


@pytest.fixture
def room() -> ControlRoom:
    room = ControlRoom()
    room.group_of("db", 1, 2)
    room.group_of("web", 3, target=WEB)
    room.plan_of(wave(0, "db"), wave(1, "web"))
    room.plan_of(wave(0, "web"), plan_id="web-only", plan_name="Web only")
    return room


def terminate(room: ControlRoom, execution_id: str, **parameters: Any) -> Any:
    return room.call("terminate_instances", executionId=execution_id, **parameters)


def test_a_termination_locks_what_was_launched_and_starts_its_own_run(room: ControlRoom) -> None:
    execution_id = ended(room)

    answer = terminate(room, execution_id, reason="drill over", by="ann")

    assert (answer["number"], answer["status"], answer["serverCount"]) == (1, "RUNNING", 2)
    assert "ann" in answer["requestedBy"]
    assert room.locked() == {
        server_key(1): f"termination#{execution_id}#1",
        server_key(2): f"termination#{execution_id}#1",
    }
    assert room.runs.inputs[f"{execution_id}-terminate-1"] == {
        "schema": 1,
        "kind": "TERMINATION",
        "executionId": execution_id,
        "planId": "plan-1",
        "number": 1,
        "runSeq": 1,
    }
    header = room.header(execution_id)
    assert (header.termination_count, header.open, header.status) == (1, True, ExecutionStatus.PARTIAL)


def test_a_second_termination_adopts_the_first_and_a_later_one_is_new(room: ControlRoom) -> None:
    execution_id = ended(room)
    first = terminate(room, execution_id, by="ann")

    assert terminate(room, execution_id, by="bob") == first

    header = room.header(execution_id)
    running = room.executions.termination(header, 1)
    assert running is not None
    done = running.model_copy(update={"status": TerminationStatus.COMPLETED, "ended_at": room.clock.now()})
    room.executions.update_termination(done)
    assert terminate(room, execution_id)["number"] == 2


def test_two_terminations_at_the_same_moment_are_one(room: ControlRoom) -> None:
    execution_id = ended(room)

    one, other = at_once(partial(terminate, room, execution_id), partial(terminate, room, execution_id))

    assert one == other
    assert [name for name in room.runs.inputs if "terminate" in name] == [f"{execution_id}-terminate-1"]


@pytest.mark.parametrize("confirm", [None, "yes", "exec-other"])
def test_a_recovery_is_not_terminated_without_its_id(room: ControlRoom, confirm: str | None) -> None:
    execution_id = ended(room, executionType="RECOVERY")
    before = room.rows()

    answer = terminate(room, execution_id, **({"confirm": confirm} if confirm else {}))

    assert answer["error"] == "VALIDATION_ERROR"
    assert answer["details"]["fields"][0]["field"] == "confirm"
    assert room.rows() == before
    assert terminate(room, execution_id, confirm=execution_id)["status"] == "RUNNING"


def test_a_drill_needs_no_confirmation_but_a_wrong_one_is_a_mistake(room: ControlRoom) -> None:
    execution_id = ended(room)

    assert terminate(room, execution_id, confirm="exec-other")["error"] == "VALIDATION_ERROR"
    assert terminate(room, execution_id, confirm=execution_id)["status"] == "RUNNING"


def test_what_still_runs_or_launched_nothing_is_not_terminated(room: ControlRoom) -> None:
    running = str(room.start("web-only")["executionId"])
    engine = EngineHand(room, running)

    assert "PENDING" in terminate(room, running)["message"]
    engine.step(ExecutionStatus.RUNNING)
    engine.step(ExecutionStatus.FAILED)
    answer = terminate(room, running)
    assert (answer["error"], answer["details"]["reason"]) == ("CONFLICT_ERROR", "INVALID_STATE")
    assert "launched nothing" in answer["message"]


def test_a_launch_in_doubt_may_have_launched_something(room: ControlRoom) -> None:
    execution_id = str(room.start()["executionId"])
    engine = EngineHand(room, execution_id)
    engine.step(ExecutionStatus.RUNNING)
    engine.launch(0, with_job=False)
    engine.step(ExecutionStatus.FAILED)

    assert terminate(room, execution_id)["serverCount"] == 2


def test_a_launch_that_was_surely_refused_launched_nothing(room: ControlRoom) -> None:
    execution_id = str(room.start()["executionId"])
    engine = EngineHand(room, execution_id)
    engine.step(ExecutionStatus.RUNNING)
    [launch] = engine.launch(0, with_job=False)
    room.executions.refuse_launch(launch.model_copy(update={"fails_servers": True}))
    engine.step(ExecutionStatus.FAILED)

    assert "launched nothing" in terminate(room, execution_id)["message"]


def test_a_launch_that_was_refused_for_want_of_room_may_have_a_job_all_the_same(room: ControlRoom) -> None:
    execution_id = str(room.start()["executionId"])
    engine = EngineHand(room, execution_id)
    engine.step(ExecutionStatus.RUNNING)
    [launch] = engine.launch(0, with_job=False)
    room.executions.refuse_launch(launch)
    engine.step(ExecutionStatus.FAILED)

    assert terminate(room, execution_id)["number"] == 1


def test_servers_in_another_execution_are_a_conflict_that_names_it_and_nothing_is_terminated(
    room: ControlRoom,
) -> None:
    execution_id = str(room.start("web-only")["executionId"])
    engine = EngineHand(room, execution_id)
    engine.step(ExecutionStatus.RUNNING)
    engine.launch(0)
    engine.step(ExecutionStatus.COMPLETED)
    other = str(room.start()["executionId"])

    answer = terminate(room, execution_id)

    assert (answer["error"], answer["details"]["reason"]) == ("CONFLICT_ERROR", "SERVER_CONFLICT")
    assert answer["details"]["servers"][0]["executionId"] == other
    assert f"{execution_id}-terminate-1" not in room.runs.inputs
    report = room.ask("get_termination_status", executionId=execution_id)
    assert report["status"] == "FAILED"
    assert other in report["termination"]["statusReason"]


def test_a_start_meets_the_termination_that_holds_its_servers(room: ControlRoom) -> None:
    execution_id = ended(room)
    terminate(room, execution_id)

    answer = room.start()

    assert answer["error"] == "CONFLICT_ERROR"
    held = answer["details"]["servers"]
    assert {one["server"] for one in held} == {server_id(1), server_id(2)}
    assert {(one["ownerKind"], one["executionId"], one["status"]) for one in held} == {
        ("TERMINATION", execution_id, "RUNNING")
    }


def test_whoever_asks_again_after_a_crash_gives_the_termination_its_locks_and_its_run(room: ControlRoom) -> None:
    for write in range(3):
        execution_id = ended(room)
        crashing = TamperedTable(room.history, after=crashing_after(write))
        assert room.call("terminate_instances", history=crashing, executionId=execution_id)["error"] == "INTERNAL_ERROR"

        answer = terminate(room, execution_id)

        assert answer["number"] == 1
        assert room.runs.run_status(f"{execution_id}-terminate-1") is RunStatus.RUNNING
        assert set(room.locked().values()) == {f"termination#{execution_id}#1"}
        header = room.header(execution_id)
        running = room.executions.termination(header, 1)
        assert running is not None
        room.executions.update_termination(running.model_copy(update={"status": TerminationStatus.COMPLETED}))


def test_a_termination_whose_run_cannot_be_started_is_left_to_the_reconciler(room: ControlRoom) -> None:
    execution_id = ended(room)
    room.runs.is_down = True

    answer = terminate(room, execution_id)

    assert answer["status"] == "RUNNING"
    assert room.header(execution_id).open


def test_an_operator_may_not_terminate(room: ControlRoom) -> None:
    room.direct_role = Role.OPERATOR

    assert terminate(room, "exec-1")["details"]["permission"] == "terminate_instances"


def test_a_termination_that_could_not_take_its_locks_is_failed_and_the_next_one_is_new(room: ControlRoom) -> None:
    execution_id = ended(room)

    def refuse(_number: int, writes: Sequence[Write]) -> None:
        if any(isinstance(write, PutItem) and write.item["planId"] == "lock" for write in writes):
            raise Throttled("too much at once")

    table = TamperedTable(room.history, before=refuse)
    assert room.call("terminate_instances", history=table, executionId=execution_id)["error"] == "THROTTLED"
    assert room.ask("get_termination_status", executionId=execution_id)["status"] == "FAILED"

    assert terminate(room, execution_id)["number"] == 2


def test_a_termination_that_failed_leaves_the_reconciler_nothing_to_do(room: ControlRoom) -> None:
    execution_id = ended(room)
    room.executions.close(room.executions.find(execution_id))
    room.start()

    terminate(room, execution_id)

    assert room.ask("get_termination_status", executionId=execution_id)["status"] == "FAILED"
    assert room.executions.find(execution_id).open is False


def test_two_terminations_that_meet_in_one_write_are_one(room: ControlRoom) -> None:
    execution_id = ended(room)
    others: list[Any] = []

    def let_another_pass(number: int, _writes: Sequence[Write]) -> None:
        if number == 0:
            others.append(terminate(room, execution_id, by="bob"))

    table = TamperedTable(room.history, before=let_another_pass)
    answer = room.call("terminate_instances", history=table, executionId=execution_id)

    assert answer == others[0]
