"""A client token makes a repeated start the first one, whatever broke off in between."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from shared.models.execution import ExecutionStatus
from shared.stores.table import Throttled, Write
from tests.support.at_once import at_once
from tests.support.configuration import group, wave
from tests.support.control_room import ControlRoom
from tests.support.tampered_table import Crashed, ForgetfulTable, TamperedTable

TOKEN = "monday-drill"
CLAIM_SECONDS = 60
DEAD_SECONDS = 15 * 60
DAY_SECONDS = 24 * 3600
WRITES = 7
"""Claim, header, locks, waves with servers, the kept answer, PENDING with the first event; and room for one more."""


def furnished() -> ControlRoom:
    room = ControlRoom()
    room.group_of("db", 1, 2)
    room.plan_of(wave(0, "db"))
    return room


def start(room: ControlRoom, table: TamperedTable | None = None, **parameters: Any) -> Any:
    request = {"planId": "plan-1", "executionType": "DRILL", "clientToken": TOKEN, **parameters}
    return room.call("start_execution", history=table, **request)


def live(room: ControlRoom) -> list[str]:
    return [header.execution_id for header in room.headers() if not header.is_terminal]


@pytest.mark.requirement("SRS-I04")
def test_the_same_start_again_is_the_first_answer_and_starts_nothing() -> None:
    room = furnished()
    first = start(room)
    room.clock.advance(3600)

    assert start(room) == first
    assert live(room) == [first["executionId"]]
    assert len(room.runs.inputs) == 1


def test_a_start_whose_claim_of_the_token_had_no_answer_at_first_is_made() -> None:
    room = furnished()

    started = start(room, ForgetfulTable(room.history))

    assert started["status"] == "PENDING"
    assert start(room) == started
    assert len(room.runs.inputs) == 1


@pytest.mark.requirement("SRS-I04")
def test_another_request_under_the_same_token_is_a_conflict() -> None:
    room = furnished()
    start(room)

    answer = start(room, executionType="RECOVERY")

    assert (answer["error"], answer["details"]["field"]) == ("CONFLICT_ERROR", "clientToken")
    assert len(live(room)) == 1


@pytest.mark.requirement("SRS-I04")
def test_after_a_day_the_token_is_free() -> None:
    room = furnished()
    start(room)
    room.clock.advance(24 * 3600 + 1)

    assert start(room)["error"] == "CONFLICT_ERROR"
    assert "field" not in start(room)["details"]


def test_a_start_that_was_refused_may_be_tried_again_under_its_token_and_leaves_no_row() -> None:
    room = ControlRoom()
    room.groups.put_new(group("db"))
    room.plan_of(wave(0, "db"))

    assert start(room)["error"] == "PREFLIGHT_FAILED"
    assert room.rows() == []

    stored = room.groups.get("db")
    room.protect(1)
    room.groups.put(stored.model_copy(update={"source_server_ids": ("s-00000000000000001",)}), stored.version)
    assert start(room)["status"] == "PENDING"


def test_a_start_that_undid_itself_may_be_tried_again_under_its_token() -> None:
    for write in range(WRITES - 1):
        room = furnished()

        def stall(number: int, _writes: Sequence[Write], room: ControlRoom = room, write: int = write) -> None:
            if number == write:
                room.clock.advance(26)

        first = start(room, TamperedTable(room.history, before=stall))
        again = start(room)

        assert again["status"] == "PENDING"
        assert live(room) == [again["executionId"]]
        assert first.get("executionId", again["executionId"]) == again["executionId"]


@pytest.mark.parametrize("attempts", [1, 2])
def test_a_start_that_is_made_after_some_that_undid_themselves_is_the_answer_for_a_day_of_its_own(
    attempts: int,
) -> None:
    kept_and_undone = 0
    for write in range(WRITES - 1):
        room = furnished()

        def stall(number: int, _writes: Sequence[Write], room: ControlRoom = room, write: int = write) -> None:
            if number == write:
                room.clock.advance(26)

        for _ in range(attempts):
            answer = start(room, TamperedTable(room.history, before=stall))
            room.clock.advance(10 * 3600)
        if "error" not in answer:
            continue
        kept_and_undone += any("result" in row for row in room.rows())
        made = start(room)
        at = room.clock.now()
        for hour in (0, 2, 23):
            room.clock.advance_to(at + timedelta(hours=hour))
            assert start(room) == made, (write, hour)
        assert live(room) == [made["executionId"]]

        room.clock.advance_to(at + timedelta(seconds=DAY_SECONDS + 1))
        refused = start(room, executionType="RECOVERY")
        assert refused["details"]["reason"] == "SERVER_CONFLICT", (write, refused)
    assert kept_and_undone


def test_wherever_a_start_breaks_off_its_token_starts_exactly_one_execution() -> None:
    for write in range(WRITES - 1):
        for after in (False, True):
            room = furnished()

            def crash(number: int, write: int = write) -> None:
                if number == write:
                    raise Crashed

            def crash_before(number: int, _writes: Sequence[Write], write: int = write) -> None:
                if number == write:
                    raise Crashed

            table = (
                TamperedTable(room.history, after=crash) if after else TamperedTable(room.history, before=crash_before)
            )
            assert start(room, table)["error"] == "INTERNAL_ERROR"

            room.clock.advance(CLAIM_SECONDS + 1)
            meanwhile = start(room)
            room.clock.advance(DEAD_SECONDS + 1)
            answer = start(room)

            assert "executionId" in answer, (write, after, answer)
            assert meanwhile.get("executionId", answer["executionId"]) == answer["executionId"]
            assert [header.execution_id for header in room.headers() if header.status is ExecutionStatus.PENDING] == [
                answer["executionId"]
            ]
            assert set(room.locked().values()) == {f"execution#{answer['executionId']}"}


def test_a_conflict_is_answered_although_its_token_cannot_be_given_back(caplog: pytest.LogCaptureFixture) -> None:
    room = furnished()
    other: list[Any] = []

    def meet(number: int, _writes: Sequence[Write]) -> None:
        if number == 2 and not other:
            other.append(start(room, clientToken="another"))
        if number > 3:
            raise Throttled("too much at once")

    answer = start(room, TamperedTable(room.history, before=meet))

    assert (answer["error"], answer["details"]["reason"]) == ("CONFLICT_ERROR", "SERVER_CONFLICT")
    assert other[0]["executionId"] in answer["message"]
    assert "could not undo" in caplog.text
    room.clock.advance(CLAIM_SECONDS + 1)
    assert start(room)["error"] == "CONFLICT_ERROR"


def test_the_same_start_twice_at_the_same_moment_is_one_execution() -> None:
    for _ in range(10):
        room = furnished()

        answers = at_once(partial(start, room), partial(start, room))

        assert len(live(room)) == 1
        assert all(answer.get("executionId") in live(room) or answer["error"] == "THROTTLED" for answer in answers)
        assert start(room)["executionId"] == live(room)[0]


def test_a_start_whose_execution_was_deleted_since_is_not_made_again() -> None:
    room = furnished()
    first = start(room)
    room.history.delete({"executionId": first["executionId"], "planId": "plan-1"})

    assert start(room) == first
    assert len(room.runs.inputs) == 1


def test_while_the_first_start_is_under_way_its_repetition_waits() -> None:
    room = furnished()
    meanwhile: list[Any] = []

    def ask_again(number: int, _writes: Sequence[Write]) -> None:
        if number >= 1:
            meanwhile.append(start(room))

    answer = start(room, TamperedTable(room.history, before=ask_again))

    assert answer["status"] == "PENDING"
    assert {each["error"] for each in meanwhile} == {"THROTTLED"}
    assert all(each["retryable"] for each in meanwhile)
