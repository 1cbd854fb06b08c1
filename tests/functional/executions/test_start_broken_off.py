"""A start that stalls, breaks off or meets another: never two owners, never a server that stays held for ever."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from execution.pace import START_SECONDS, UNDO_SECONDS
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.stores.table import DeleteItem, Item, Key, PutItem, Throttled, Write
from tests.support.at_once import at_once
from tests.support.configuration import WEB, wave
from tests.support.control_room import ControlRoom
from tests.support.tampered_table import Crashed, TamperedTable, crashing_after, crashing_before

WRITES_OF_A_START = 4
"""Header, locks, waves with servers, PENDING with the first event."""

DEAD_SECONDS = 15 * 60


def furnished() -> ControlRoom:
    room = ControlRoom()
    room.group_of("db", 1, 2)
    room.group_of("web", 3, target=WEB)
    room.plan_of(wave(0, "db"), wave(1, "web"))
    return room


def start(room: ControlRoom, table: TamperedTable | None = None, plan_id: str = "plan-1", **parameters: Any) -> Any:
    request = {"planId": plan_id, "executionType": "DRILL", **parameters}
    return room.call("start_execution", history=table, **request)


def assert_nothing_is_held_by_the_dead(room: ControlRoom) -> None:
    live = {f"execution#{header.execution_id}" for header in room.headers() if not header.is_terminal}
    assert set(room.locked().values()) <= live


def assert_nobody_left_a_row_but(room: ControlRoom, *winners: str) -> None:
    owners = {row.get("ownerKey", f"execution#{row['executionId']}") for row in room.rows()}
    assert owners == {f"execution#{winner}" for winner in winners}


def test_a_start_takes_exactly_the_writes_that_these_tests_break_off() -> None:
    room = furnished()
    table = TamperedTable(room.history)

    assert start(room, table)["status"] == "PENDING"
    assert table.writes == WRITES_OF_A_START


@pytest.mark.requirement("SRS-Q01")
@pytest.mark.parametrize("write", range(WRITES_OF_A_START))
def test_a_start_that_took_longer_than_25_seconds_undoes_itself(write: int) -> None:
    room = furnished()

    def stall(number: int, _writes: Sequence[Write]) -> None:
        if number == write:
            room.clock.advance(26)

    answer = start(room, TamperedTable(room.history, before=stall))

    if write == WRITES_OF_A_START - 1:
        # The last write makes it PENDING on its own condition: it is done when it arrives.
        assert answer["status"] == "PENDING"
        return
    assert answer["error"] == "THROTTLED"
    assert answer["retryable"]
    assert answer["details"]["retryAfterSeconds"] > 0
    [header] = room.headers()
    assert (header.status, header.open) == (ExecutionStatus.FAILED, False)
    assert "25 seconds" in header.status_reason
    assert room.locked() == {}
    assert room.runs.inputs == {}
    assert start(room)["status"] == "PENDING"


@pytest.mark.parametrize("write", range(WRITES_OF_A_START))
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_start_that_broke_off_is_free_again_after_15_minutes(write: int, after: bool) -> None:
    room = furnished()
    crashing = (
        TamperedTable(room.history, after=crashing_after(write))
        if after
        else TamperedTable(room.history, before=crashing_before(write))
    )

    assert start(room, crashing)["error"] == "INTERNAL_ERROR"

    room.clock.advance(DEAD_SECONDS + 1)
    answer = start(room)

    is_handed_over = after and write == WRITES_OF_A_START - 1
    if is_handed_over:
        # It became PENDING: the reconciler starts it, and another start is told so.
        assert (answer["error"], answer["details"]["servers"][0]["status"]) == ("CONFLICT_ERROR", "PENDING")
    else:
        assert answer["status"] == "PENDING"
        assert set(room.locked().values()) == {f"execution#{answer['executionId']}"}
    assert_nothing_is_held_by_the_dead(room)
    assert sum(not header.is_terminal for header in room.headers() if not _is_dead(header)) == 1


def _is_dead(header: ExecutionHeader) -> bool:
    return header.status is ExecutionStatus.PREPARING


@pytest.mark.parametrize("write", range(1, WRITES_OF_A_START))
def test_a_start_that_broke_off_blocks_its_servers_until_it_is_dead(write: int) -> None:
    room = furnished()
    start(room, TamperedTable(room.history, after=crashing_after(write)))

    answer = start(room)

    assert answer["error"] == "CONFLICT_ERROR"
    assert answer["details"]["servers"][0]["status"] in {"PREPARING", "PENDING"}


def test_of_two_starts_of_one_plan_at_the_same_moment_exactly_one_wins() -> None:
    for _ in range(10):
        room = furnished()

        answers = at_once(partial(start, room), partial(start, room))

        winners = [answer for answer in answers if "executionId" in answer]
        [loser] = [answer for answer in answers if "error" in answer]
        assert len(winners) == 1
        assert (loser["error"], loser["details"]["reason"]) == ("CONFLICT_ERROR", "SERVER_CONFLICT")
        assert winners[0]["executionId"] in loser["message"]
        assert set(room.locked().values()) == {f"execution#{winners[0]['executionId']}"}
        assert list(room.runs.inputs) == [winners[0]["executionId"]]
        assert_nobody_left_a_row_but(room, winners[0]["executionId"])


def test_two_starts_that_both_found_every_server_free_still_have_one_winner() -> None:
    room = furnished()
    other: list[Any] = []

    def let_another_pass(_number: int, writes: Sequence[Write]) -> None:
        takes_locks = any(isinstance(write, PutItem) and write.item["planId"] == "lock" for write in writes)
        if takes_locks and not other:
            other.append("under way")
            other[0] = start(room)

    answer = start(room, TamperedTable(room.history, before=let_another_pass))

    winner = other[0]
    assert winner["status"] == "PENDING"
    assert answer["error"] == "CONFLICT_ERROR"
    assert winner["executionId"] in answer["message"]
    assert set(room.locked().values()) == {f"execution#{winner['executionId']}"}
    assert_nobody_left_a_row_but(room, winner["executionId"])


def test_of_overlapping_starts_at_least_one_wins_and_no_server_has_two_owners() -> None:
    for _ in range(10):
        room = ControlRoom()
        for name, numbers in {"a": (1, 2), "b": (3, 4), "c": (5, 6)}.items():
            room.group_of(name, *numbers)
        room.plan_of(wave(0, "a"), wave(1, "b"), plan_id="ab")
        room.plan_of(wave(0, "b"), wave(1, "c"), plan_id="bc")
        room.plan_of(wave(0, "a"), wave(1, "c"), plan_id="ca")

        answers = at_once(*(partial(start, room, plan_id=plan) for plan in ("ab", "bc", "ca")))

        winners = {f"execution#{answer['executionId']}" for answer in answers if "executionId" in answer}
        assert len(winners) == 1
        assert set(room.locked().values()) == winners
        assert len(room.locked()) == 4


@pytest.mark.parametrize("write", range(1, WRITES_OF_A_START))
def test_who_was_given_up_while_it_slept_releases_and_is_asked_to_try_again(write: int) -> None:
    room = furnished()
    other: list[Any] = []

    def sleep_through(number: int, _writes: Sequence[Write]) -> None:
        if number == write:
            room.clock.advance(DEAD_SECONDS + 1)
            other.append(start(room))

    answer = start(room, TamperedTable(room.history, before=sleep_through))

    winner = other[0]["executionId"]
    assert set(room.locked().values()) == {f"execution#{winner}"}
    if write == 1:
        # It held nothing yet, so nobody had to give it up; now the servers are another's.
        assert answer["details"]["servers"][0]["executionId"] == winner
        assert_nobody_left_a_row_but(room, winner)
    else:
        assert answer["error"] == "THROTTLED"
        assert [header.status for header in room.headers()] == [ExecutionStatus.FAILED, ExecutionStatus.PENDING]


@pytest.mark.parametrize("write", range(1, WRITES_OF_A_START))
def test_a_table_that_is_busy_for_a_moment_delays_the_start(write: int) -> None:
    room = furnished()
    busy = [Throttled("busy"), Throttled("busy")]

    def refuse(number: int, _writes: Sequence[Write]) -> None:
        if number >= write and busy:
            raise busy.pop()

    answer = start(room, TamperedTable(room.history, before=refuse))

    assert answer["status"] == "PENDING"
    assert not busy
    assert len(room.locked()) == 3


@pytest.mark.parametrize("write", range(1, WRITES_OF_A_START))
def test_a_table_that_stays_busy_undoes_the_start_as_soon_as_it_can_be_written(write: int) -> None:
    room = furnished()
    began = room.clock.now()

    def refuse(number: int, _writes: Sequence[Write]) -> None:
        if number >= write and room.clock.now() <= began + timedelta(seconds=26):
            raise Throttled("too much at once")

    answer = start(room, TamperedTable(room.history, before=refuse))

    assert answer["error"] == "THROTTLED"
    assert "took longer than 25 seconds" in answer["message"]
    assert "was undone" in answer["message"]
    [header] = room.headers()
    assert header.status is ExecutionStatus.FAILED
    assert room.locked() == {}
    assert room.runs.inputs == {}
    assert start(room)["status"] == "PENDING"


@pytest.mark.parametrize("write", range(1, WRITES_OF_A_START))
def test_a_table_that_is_busy_for_long_ends_the_call_and_the_dead_start_is_buried(write: int) -> None:
    room = furnished()
    busy = True

    def refuse(number: int, _writes: Sequence[Write]) -> None:
        if number >= write and busy:
            raise Throttled("too much at once")

    began = room.clock.now()
    answer = start(room, TamperedTable(room.history, before=refuse))
    busy = False

    assert answer["error"] == "THROTTLED"
    assert (room.clock.now() - began).total_seconds() <= START_SECONDS + UNDO_SECONDS
    room.clock.advance(DEAD_SECONDS + 1)
    assert start(room)["status"] == "PENDING"
    assert_nothing_is_held_by_the_dead(room)


@pytest.mark.parametrize("write", range(1, WRITES_OF_A_START))
def test_no_wait_for_a_busy_table_is_begun_that_would_cross_the_end(write: int) -> None:
    room = furnished()
    room.wait_seconds = 10
    began = room.clock.now()

    def refuse(number: int, _writes: Sequence[Write]) -> None:
        if number >= write:
            raise Throttled("too much at once")

    answer = start(room, TamperedTable(room.history, before=refuse))

    assert answer["error"] == "THROTTLED"
    assert (room.clock.now() - began).total_seconds() == 20


def test_locks_that_cannot_be_given_back_are_free_by_their_owners_failure() -> None:
    room = furnished()

    def refuse(number: int, writes: Sequence[Write]) -> None:
        if number == 2:
            room.clock.advance(26)
        if any(isinstance(write, DeleteItem) for write in writes):
            raise Throttled("too much at once")

    answer = start(room, TamperedTable(room.history, before=refuse))

    assert answer["error"] == "THROTTLED"
    assert [header.status for header in room.headers()] == [ExecutionStatus.FAILED]
    assert start(room)["status"] == "PENDING"
    assert_nothing_is_held_by_the_dead(room)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("write", range(2, 5))
def test_an_undoing_that_breaks_off_is_healed(write: int, after: bool) -> None:
    room = furnished()

    def too_slow(number: int, _writes: Sequence[Write]) -> None:
        if number == 2:
            room.clock.advance(26)
        if number == write and not after:
            raise Crashed

    def dies(number: int) -> None:
        if number == write and after:
            raise Crashed

    answer = start(room, TamperedTable(room.history, before=too_slow, after=dies))

    # Its third write is too late; the release and FAILED would be the next two.
    assert answer["error"] == "INTERNAL_ERROR"
    room.clock.advance(DEAD_SECONDS + 1)
    assert start(room)["status"] == "PENDING"
    assert_nothing_is_held_by_the_dead(room)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_loser_that_dies_before_it_is_gone_holds_nothing_that_another_wants(after: bool) -> None:
    room = furnished()
    others: list[Any] = []

    def let_another_pass(number: int, _writes: Sequence[Write]) -> None:
        if number == 1:
            others.append(start(room))
        if number == 2 and not after:
            raise Crashed

    def die(number: int) -> None:
        if number == 2 and after:
            raise Crashed

    assert start(room, TamperedTable(room.history, before=let_another_pass, after=die))["error"] == "INTERNAL_ERROR"

    winner = others[0]["executionId"]
    assert set(room.locked().values()) == {f"execution#{winner}"}
    dead = [header for header in room.headers() if header.execution_id != winner]
    assert [header.status for header in dead] == ([] if after else [ExecutionStatus.PREPARING])
    room.clock.advance(DEAD_SECONDS + 1)
    assert [room.executions.bury(header).status for header in dead] == ([] if after else [ExecutionStatus.FAILED])


def test_an_execution_that_became_pending_although_the_answer_was_lost_is_found_again() -> None:
    room = furnished()

    def lose_the_answer(number: int) -> None:
        if number == WRITES_OF_A_START - 1:
            raise Throttled("no answer")

    answer = start(room, TamperedTable(room.history, after=lose_the_answer))

    [header] = room.headers()
    assert (answer["status"], answer["executionId"]) == ("PENDING", header.execution_id)
    assert set(room.locked().values()) == {f"execution#{header.execution_id}"}
    assert list(room.runs.inputs) == [header.execution_id]


def losing_every_answer(room: ControlRoom) -> TamperedTable:
    """A table whose answer to the last write, and to all that follow, is lost for longer than a start may take."""

    def lose(number: int) -> None:
        if number >= WRITES_OF_A_START - 1:
            room.clock.advance(30)
            raise Throttled("no answer")

    return TamperedTable(room.history, after=lose)


def test_a_start_that_became_pending_is_never_said_to_be_undone() -> None:
    room = furnished()

    answer = start(room, losing_every_answer(room))

    [header] = room.headers()
    assert header.status is ExecutionStatus.PENDING
    assert (answer.get("status"), answer.get("executionId")) == ("PENDING", header.execution_id), answer
    assert set(room.locked().values()) == {f"execution#{header.execution_id}"}
    assert list(room.runs.inputs) == [header.execution_id]


def test_a_start_of_which_nothing_can_be_read_any_more_is_not_known_to_have_come_true() -> None:
    room = furnished()
    table = losing_every_answer(room)
    read = table.get

    def get(key: Key, *, consistent: bool = True) -> Item | None:
        if table.writes >= WRITES_OF_A_START:
            raise Throttled("no answer")
        return read(key, consistent=consistent)

    table.get = get  # type: ignore[method-assign]

    answer = start(room, table)

    [header] = room.headers()
    assert header.status is ExecutionStatus.PENDING
    assert answer["error"] == "THROTTLED"
    assert "undone" not in answer["message"]
    assert f"it is not known whether execution {header.execution_id} was started" in answer["message"]
    assert answer["details"]["executionId"] == header.execution_id
    assert set(room.locked().values()) == {f"execution#{header.execution_id}"}


def test_a_start_that_cannot_be_undone_says_how_long_its_servers_are_held() -> None:
    room = furnished()

    def refuse(number: int, _writes: Sequence[Write]) -> None:
        if number >= 2:
            raise Throttled("too much at once")

    answer = start(room, TamperedTable(room.history, before=refuse))

    [header] = room.headers()
    assert header.status is ExecutionStatus.PREPARING
    assert len(room.locked()) == 3
    assert answer["error"] == "THROTTLED"
    assert "was undone" not in answer["message"]
    assert f"execution {header.execution_id} may hold servers for 15 minutes" in answer["message"]
    assert answer["details"] == {"retryAfterSeconds": DEAD_SECONDS, "executionId": header.execution_id}


def lost_to_another(room: ControlRoom, then: Callable[[int, Sequence[Write]], None]) -> tuple[Any, Any]:
    """The answers to a start and to another that takes its servers right before it; then the table does as told."""
    other: list[Any] = []

    def before(number: int, writes: Sequence[Write]) -> None:
        if number == 1 and not other:
            other.append(start(room))
        then(number, writes)

    return start(room, TamperedTable(room.history, before=before)), other[0]


def test_a_conflict_is_answered_although_the_loser_cannot_be_undone(caplog: pytest.LogCaptureFixture) -> None:
    room = furnished()

    def refuse(number: int, _writes: Sequence[Write]) -> None:
        if number >= 2:
            raise Throttled("too much at once")

    answer, winner = lost_to_another(room, refuse)

    assert (answer["error"], answer["details"]["reason"]) == ("CONFLICT_ERROR", "SERVER_CONFLICT")
    assert winner["executionId"] in answer["message"]
    [left] = [header for header in room.headers() if header.status is ExecutionStatus.PREPARING]
    assert f"execution {left.execution_id} may hold servers for 15 minutes" in answer["message"]
    assert "could not undo" in caplog.text


def test_a_conflict_is_answered_although_the_undoing_meets_what_nobody_foresaw() -> None:
    room = furnished()

    def break_off(number: int, _writes: Sequence[Write]) -> None:
        if number >= 2:
            raise OSError("the connection was reset")

    answer, winner = lost_to_another(room, break_off)

    assert answer["error"] == "CONFLICT_ERROR"
    assert winner["executionId"] in answer["message"]


def test_a_conflict_is_answered_although_the_locks_taken_before_it_cannot_be_given_back() -> None:
    room = furnished()
    room.locks_at_once = 1
    room.plan_of(wave(0, "web"), plan_id="last")
    room.plan_of(wave(0, "db"), plan_id="databases")
    other: list[Any] = []

    def refuse(number: int, writes: Sequence[Write]) -> None:
        if number == 3:
            other.append(start(room, plan_id="last"))
        if any(isinstance(write, DeleteItem) for write in writes):
            raise Throttled("too much at once")

    answer = start(room, TamperedTable(room.history, before=refuse))

    assert (answer["error"], answer["details"]["reason"]) == ("CONFLICT_ERROR", "SERVER_CONFLICT")
    assert other[0]["executionId"] in answer["message"]
    assert [header.status for header in room.headers() if header.execution_id != other[0]["executionId"]] == [
        ExecutionStatus.FAILED
    ]
    assert room.start(plan_id="databases")["status"] == "PENDING"


def test_a_write_that_arrived_twice_is_still_this_starts_own() -> None:
    room = furnished()

    def arrive_before(number: int, writes: Sequence[Write]) -> None:
        if number == WRITES_OF_A_START - 1:
            room.history.transact(writes)

    answer = start(room, TamperedTable(room.history, before=arrive_before))

    assert answer["status"] == "PENDING"
    assert list(room.runs.inputs) == [answer["executionId"]]
    assert len(room.locked()) == 3
