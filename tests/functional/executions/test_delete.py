"""delete_executions: what is over goes with all its rows, what is not stays with all of them."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from execution.delete_executions import DELETE_SECONDS
from shared.models.execution import ExecutionStatus
from shared.models.launch import LaunchState
from shared.models.lock import LockOwner
from shared.roles import Role
from shared.stores.table import DeleteItem, Throttled, Write
from tests.functional.executions.recorded import ended, finished
from tests.support.configuration import DATABASE, WEB, server_key
from tests.support.control_room import Call, ControlRoom
from tests.support.engine_hand import EngineHand
from tests.support.tampered_table import TamperedTable, crashing_after


def closed(room: ControlRoom, execution_id: str) -> str:
    """Let the reconciler have looked after it for the last time."""
    for target in (DATABASE, WEB):
        for reservation in room.quotas.get(target).reservations:
            room.quotas.release(target, reservation.reservation_id)
    assert room.executions.close(room.header(execution_id))
    return execution_id


def over(room: ControlRoom) -> str:
    return closed(room, ended(room))


def delete(room: ControlRoom, *execution_ids: str, **parameters: Any) -> Any:
    return room.call("delete_executions", executionIds=list(execution_ids), **parameters)


def rows_of(room: ControlRoom, execution_id: str) -> list[dict[str, Any]]:
    return [row for row in room.rows() if row["executionId"] == execution_id]


@pytest.mark.requirement("SRS-F24")
def test_what_is_deleted_is_nowhere_any_more_and_the_others_are_untouched(room: ControlRoom) -> None:
    kept, gone, also_gone = over(room), over(room), closed(room, finished(room))
    before = rows_of(room, kept)

    assert delete(room, gone, also_gone) == {}

    for execution_id in (gone, also_gone):
        assert room.ask("get_execution", executionId=execution_id)["error"] == "RESOURCE_NOT_FOUND"
        assert room.ask("get_execution_events", executionId=execution_id)["error"] == "RESOURCE_NOT_FOUND"
        [trace] = rows_of(room, execution_id)
        assert set(trace) == {"executionId", "planId", "deletedAt", "expiresAt"}
    assert [one["executionId"] for one in room.ask("list_executions")["items"]] == [kept]
    assert rows_of(room, kept) == before


def test_the_same_deletion_again_is_no_mistake_and_an_unknown_execution_is_one(room: ControlRoom) -> None:
    kept, gone = over(room), over(room)
    delete(room, gone)

    assert delete(room, gone) == {}
    answer = delete(room, kept, "exec-of-nobody", gone, "exec-of-no-one")

    assert answer["error"] == "RESOURCE_NOT_FOUND"
    assert answer["details"]["ids"] == ["exec-of-nobody", "exec-of-no-one"]
    assert "nothing was deleted" in answer["message"]
    assert room.header(kept).is_terminal


@pytest.mark.parametrize("status", sorted(set(ExecutionStatus)))
def test_an_execution_is_kept_whatever_its_status_while_somebody_looks_after_it(
    room: ControlRoom, status: ExecutionStatus
) -> None:
    execution_id = str(room.start()["executionId"])
    EngineHand(room, execution_id).step(status)
    before = room.rows()

    answer = delete(room, execution_id)

    assert (answer["error"], answer["details"]["reason"]) == ("CONFLICT_ERROR", "INVALID_STATE")
    [kept] = answer["details"]["executions"]
    assert (kept["executionId"], kept["status"]) == (execution_id, status.value)
    assert room.rows() == before


def test_if_one_may_not_be_deleted_none_is_and_all_that_may_not_are_named(room: ControlRoom) -> None:
    fine = over(room)
    open_one = ended(room)
    running = str(room.start()["executionId"])
    before = room.rows()

    answer = delete(room, fine, open_one, running)

    assert [one["executionId"] for one in answer["details"]["executions"]] == [open_one, running]
    assert room.rows() == before


def test_an_execution_whose_abandoned_job_still_holds_servers_is_kept_until_that_is_over(room: ControlRoom) -> None:
    execution_id = str(room.start()["executionId"])
    engine = EngineHand(room, execution_id)
    engine.step(ExecutionStatus.RUNNING)
    [launch] = engine.launch(0)
    abandoned = launch.model_copy(update={"state": LaunchState.STARTED, "abandoned_at": room.clock.now()})
    header = engine.step(ExecutionStatus.TIMEOUT, abandoned_count=1)
    room.executions.write_items(header, [abandoned])
    held = [server_key(1), server_key(2)]
    room.locks.pass_on(held, LockOwner.of_execution(header), LockOwner.of_job(header, abandoned))
    # as if somebody had closed it by mistake: the job alone must be reason enough
    closed(room, execution_id)

    answer = delete(room, execution_id)

    assert answer["details"]["reason"] == "INVALID_STATE"
    assert "still holds servers" in answer["message"]
    assert set(room.locked()) >= set(held)

    room.locks.release(held, LockOwner.of_job(header, abandoned))
    room.executions.write_items(header, [abandoned.model_copy(update={"state": LaunchState.DONE})])
    assert delete(room, execution_id) == {}


def test_an_execution_that_still_holds_room_is_kept(room: ControlRoom) -> None:
    execution_id = ended(room)
    assert room.executions.close(room.header(execution_id))

    answer = delete(room, execution_id)

    assert "quotas" in answer["details"]["executions"][0]["why"]
    assert room.quotas.get(DATABASE).reservations != ()


def test_what_was_deleted_holds_nothing(room: ControlRoom) -> None:
    execution_id = str(room.start()["executionId"])
    EngineHand(room, execution_id).step(ExecutionStatus.FAILED)
    assert room.locked(), "the locks of an ended execution hold no longer, be it that nobody has freed them"
    delete(room, closed(room, execution_id))

    assert room.start()["status"] == "PENDING"


@pytest.mark.parametrize("write", range(4))
def test_a_deletion_that_broke_off_is_hidden_and_carried_on_by_the_next_call(room: ControlRoom, write: int) -> None:
    gone, also_gone = over(room), over(room)
    crashing = TamperedTable(room.history, after=crashing_after(write))

    assert delete(room, gone, also_gone, history=crashing)["error"] == "INTERNAL_ERROR"
    assert gone not in [one["executionId"] for one in room.ask("list_executions")["items"]]

    assert delete(room, gone, also_gone) == {}
    assert [len(rows_of(room, one)) for one in (gone, also_gone)] == [1, 1]


def test_a_deletion_that_takes_too_long_says_what_is_left_and_goes_on_when_it_is_repeated(room: ControlRoom) -> None:
    first, second = over(room), over(room)

    def slow(_number: int, writes: Sequence[Write]) -> None:
        if any(isinstance(write, DeleteItem) for write in writes):
            room.clock.advance(DELETE_SECONDS + 1)

    answer = delete(room, first, second, history=TamperedTable(room.history, before=slow))

    assert (answer["error"], answer["retryable"]) == ("THROTTLED", True)
    assert answer["details"]["executionIds"] == [second]
    assert len(rows_of(room, first)) == 1
    assert room.header(second).is_terminal
    assert delete(room, first, second) == {}
    assert len(rows_of(room, second)) == 1


def test_a_deletion_of_one_large_execution_stops_in_time_too(room: ControlRoom) -> None:
    execution_id = over(room)
    for number in range(150):
        room.history.put({"executionId": execution_id, "planId": f"plan-1#MORE#{number:03d}"})

    def slow(_number: int, writes: Sequence[Write]) -> None:
        if any(isinstance(write, DeleteItem) for write in writes):
            room.clock.advance(DELETE_SECONDS + 1)

    answer = delete(room, execution_id, history=TamperedTable(room.history, before=slow))

    assert (answer["error"], answer["details"]["executionIds"]) == ("THROTTLED", [execution_id])
    assert len(rows_of(room, execution_id)) > 1
    assert delete(room, execution_id) == {}
    assert len(rows_of(room, execution_id)) == 1


def test_a_busy_table_is_told_with_what_is_left(room: ControlRoom) -> None:
    execution_id = over(room)

    def busy(number: int, _writes: Sequence[Write]) -> None:
        if number == 1:
            raise Throttled("the table is busy")

    answer = delete(room, execution_id, history=TamperedTable(room.history, before=busy))

    assert (answer["error"], answer["details"]["executionIds"]) == ("THROTTLED", [execution_id])
    assert delete(room, execution_id) == {}


def test_a_termination_that_begins_meanwhile_keeps_its_execution(room: ControlRoom) -> None:
    execution_id = over(room)

    def terminate(number: int, _writes: Sequence[Write]) -> None:
        if number == 0:
            assert room.call("terminate_instances", executionId=execution_id)["number"] == 1

    answer = delete(room, execution_id, history=TamperedTable(room.history, before=terminate))

    assert answer["error"] == "THROTTLED"
    assert room.executions.latest_termination(room.header(execution_id)) is not None
    assert delete(room, execution_id)["details"]["reason"] == "INVALID_STATE"


@pytest.mark.requirement("SRS-F24")
def test_only_an_administrator_deletes(room: ControlRoom) -> None:
    execution_id = over(room)

    for role in Role:
        room.direct_role = role
        answer = delete(room, execution_id)
        assert (answer == {}) is (role is Role.ADMIN)
        if role is not Role.ADMIN:
            assert (answer["error"], answer["details"]["permission"]) == ("AUTHORIZATION_ERROR", "delete_executions")


@pytest.mark.parametrize(
    ("ids", "field"),
    [([], "executionIds"), ([f"exec-{number}" for number in range(26)], "executionIds"), (["a b"], "executionIds[0]")],
)
def test_what_can_be_no_list_of_executions_is_refused_by_its_name(
    room: ControlRoom, ids: list[str], field: str
) -> None:
    answer = delete(room, *ids)

    assert answer["error"] == "VALIDATION_ERROR"
    assert [one["field"] for one in answer["details"]["fields"]] == [field]


def test_through_the_api_the_ids_are_in_the_query_and_the_answer_has_no_body(room: ControlRoom) -> None:
    gone, also_gone = over(room), over(room)
    event = {
        "httpMethod": "DELETE",
        "resource": "/executions",
        "path": "/executions",
        "headers": {},
        "multiValueQueryStringParameters": {"executionIds": [f"{gone},{also_gone}"]},
        "body": None,
        "requestContext": {
            "requestId": "api-1",
            "authorizer": {
                "claims": {
                    "sub": "1",
                    "email": "ann@example.com",
                    "email_verified": "true",
                    "token_use": "id",
                    "cognito:groups": Role.ADMIN.value,
                }
            },
        },
    }
    call = Call(invoked_function_arn=Call().invoked_function_arn.replace(":live", ":live-api"))

    answer = room.control().handle(event, call)

    assert (answer["statusCode"], answer.get("body") or "") == (204, ""), json.dumps(answer)
    assert room.ask("list_executions")["items"] == []
