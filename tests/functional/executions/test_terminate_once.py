"""A termination with a client token is one termination for a day, whatever broke off and whatever became of it."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from shared.models.termination import TerminationStatus
from shared.stores.table import PutItem, Throttled, Write
from tests.functional.executions.recorded import ended
from tests.support.at_once import at_once
from tests.support.configuration import wave
from tests.support.control_room import ControlRoom
from tests.support.tampered_table import TamperedTable, crashing_after

DAY = 24 * 3600


def terminate(room: ControlRoom, execution_id: str, token: str = "once", **parameters: Any) -> Any:
    return room.call("terminate_instances", executionId=execution_id, clientToken=token, **parameters)


def complete(room: ControlRoom, execution_id: str, number: int = 1) -> None:
    running = room.executions.termination(room.header(execution_id), number)
    assert running is not None
    over = {"status": TerminationStatus.COMPLETED, "ended_at": room.clock.now()}
    room.executions.update_termination(running.model_copy(update=over))


def count(room: ControlRoom, execution_id: str) -> int:
    return room.header(execution_id).termination_count


@pytest.mark.requirement("SRS-I04")
def test_the_same_call_is_the_same_termination_also_when_that_has_ended(room: ControlRoom) -> None:
    execution_id = ended(room)
    first = terminate(room, execution_id, reason="drill over")
    assert (first["number"], first["status"]) == (1, "RUNNING")

    complete(room, execution_id)

    assert terminate(room, execution_id, reason="drill over") == first
    assert count(room, execution_id) == 1
    assert terminate(room, execution_id, token="another", reason="drill over")["number"] == 2


def test_after_a_day_the_token_means_a_new_termination(room: ControlRoom) -> None:
    execution_id = ended(room)
    terminate(room, execution_id)
    complete(room, execution_id)

    room.clock.advance(DAY + 1)

    assert terminate(room, execution_id)["number"] == 2


@pytest.mark.parametrize("other", [{"reason": "another"}, {"confirm": "itself"}])
def test_a_token_of_another_request_is_refused_and_terminates_nothing(room: ControlRoom, other: dict[str, str]) -> None:
    execution_id = ended(room)
    terminate(room, execution_id)
    complete(room, execution_id)
    before = room.rows()
    changed = {name: execution_id if value == "itself" else value for name, value in other.items()}

    answer = terminate(room, execution_id, **changed)

    assert (answer["error"], answer["details"]["reason"]) == ("CONFLICT_ERROR", "IN_USE")
    assert answer["details"]["field"] == "clientToken"
    assert room.rows() == before


def test_a_call_that_joins_a_running_termination_keeps_that_as_its_answer(room: ControlRoom) -> None:
    execution_id = ended(room)
    first = room.call("terminate_instances", executionId=execution_id)
    joined = terminate(room, execution_id)
    assert joined == first

    complete(room, execution_id)

    assert terminate(room, execution_id) == first
    assert count(room, execution_id) == 1


def test_the_same_call_twice_at_once_is_one_termination(room: ControlRoom) -> None:
    execution_id = ended(room)

    one, other = at_once(partial(terminate, room, execution_id), partial(terminate, room, execution_id))

    assert one == other
    assert count(room, execution_id) == 1
    complete(room, execution_id)
    assert terminate(room, execution_id) == one


@pytest.mark.parametrize("write", range(4))
def test_a_call_that_broke_off_is_carried_on_by_the_next_and_never_made_twice(room: ControlRoom, write: int) -> None:
    execution_id = ended(room)
    crashing = TamperedTable(room.history, after=crashing_after(write))
    terminate(room, execution_id, history=crashing)

    answer = terminate(room, execution_id)

    assert (answer["number"], answer["status"]) == (1, "RUNNING")
    assert count(room, execution_id) == 1
    assert [name for name in room.runs.inputs if "terminate" in name] == [f"{execution_id}-terminate-1"]
    assert set(room.locked().values()) == {f"termination#{execution_id}#1"}


def test_a_token_whose_termination_could_not_begin_may_be_used_again(room: ControlRoom) -> None:
    room.plan_of(wave(0, "db"), plan_id="db-only", plan_name="Databases only")
    execution_id = ended(room)
    other = str(room.start("db-only")["executionId"])
    refused = terminate(room, execution_id)
    assert (refused["error"], refused["details"]["reason"]) == ("CONFLICT_ERROR", "SERVER_CONFLICT")

    lock = room.lock(1)
    assert lock is not None
    assert lock.owner.execution_id == other
    room.locks.release(list(room.locked()), lock.owner)

    answer = terminate(room, execution_id)
    assert (answer["number"], answer["status"]) == (2, "RUNNING")


def test_a_token_is_kept_in_the_transaction_of_its_termination(room: ControlRoom) -> None:
    execution_id = ended(room)
    told: list[Sequence[Write]] = []
    terminate(room, execution_id, history=TamperedTable(room.history, before=lambda _number, part: told.append(part)))

    [transaction] = [part for part in told if any("#TERMINATION#" in _place(write) for write in part)]
    assert any(_place(write).startswith("idem#") for write in transaction)


def _place(write: Write) -> str:
    return f"{write.item['executionId']}#{write.item['planId']}" if isinstance(write, PutItem) else ""


def test_if_the_table_is_busy_nothing_is_kept(room: ControlRoom) -> None:
    execution_id = ended(room)

    def busy(number: int, _writes: Sequence[Write]) -> None:
        if number == 0:
            raise Throttled("busy")

    assert terminate(room, execution_id, history=TamperedTable(room.history, before=busy))["error"] == "THROTTLED"
    assert terminate(room, execution_id)["number"] == 1


def test_the_timeline_names_the_call(room: ControlRoom) -> None:
    execution_id = ended(room)
    terminate(room, execution_id)
    room.call("pause_execution", executionId=execution_id)

    events = room.ask("get_execution_events", executionId=execution_id)["items"]

    called = {event["type"]: event["details"].get("callId") for event in events}
    assert called["EXECUTION_STARTED"] == called["TERMINATION_STATUS"] == "request-1"


def test_the_timeline_names_the_call_of_each_request(room: ControlRoom) -> None:
    execution_id = str(room.start()["executionId"])
    room.call("pause_execution", executionId=execution_id)

    events = room.ask("get_execution_events", executionId=execution_id)["items"]

    [asked] = [event for event in events if event["type"] == "REQUEST_MADE"]
    assert asked["details"]["callId"] == "request-1"
    assert asked["details"]["requestId"] != "request-1", "that is the request's own"
