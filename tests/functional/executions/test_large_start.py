"""A start of many transactions, written by several workers: too slow, on a busy table, or broken off in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pytest

from execution.pace import START_SECONDS, UNDO_SECONDS
from shared.models.execution import ExecutionStatus
from shared.stores.table import DeleteItem, PutItem, Throttled, Write
from tests.support.configuration import DATABASE, WEB, wave
from tests.support.control_room import ControlRoom
from tests.support.tampered_table import Crashed, TamperedTable
from tests.support.templates import load_template

SERVERS: Final = 450
WRITES: Final = 12
"""Header, five transactions of locks, five of waves and servers, PENDING with the first event."""
DEAD_SECONDS: Final = 15 * 60
API_GATEWAY_SECONDS: Final = 29
"""API Gateway: how long an integration may take."""


def furnished(workers: int) -> ControlRoom:
    """Five waves of ninety servers, in two accounts."""
    room = ControlRoom()
    room.workers = workers
    for number in range(5):
        target = WEB if number % 2 else DATABASE
        room.group_of(f"tier {number}", *range(1 + number * 90, 91 + number * 90), target=target)
    room.plan_of(*(wave(number, f"tier {number}") for number in range(5)))
    return room


def start(room: ControlRoom, table: TamperedTable | None = None) -> Any:
    return room.call("start_execution", history=table, planId="plan-1", executionType="DRILL")


def kind(writes: Sequence[Write]) -> str:
    """What a write is about."""
    if not writes or isinstance(writes[0], DeleteItem):
        return "release"
    assert isinstance(writes[0], PutItem)
    return "lock" if writes[0].item["planId"] == "lock" else writes[0].item["planId"].partition("#")[2][:6] or "header"


def assert_whole(room: ControlRoom, answer: Any) -> None:
    """The start is PENDING, with all of its servers, each locked."""
    assert answer["status"] == "PENDING"
    header = room.header(answer["executionId"])
    assert len(room.locked()) == len(room.executions.servers(header)) == SERVERS
    assert set(room.locked().values()) == {f"execution#{header.execution_id}"}
    assert len(room.executions.all_waves(header)) == 5


def test_whoever_called_hears_of_an_undone_start_before_api_gateway_and_lambda_give_up() -> None:
    function = load_template("lambda-stack.yaml").properties("ExecutionHandlerFunction")

    assert START_SECONDS + UNDO_SECONDS < API_GATEWAY_SECONDS < function["Timeout"]


@pytest.mark.parametrize("workers", [1, 8])
def test_a_large_start_takes_its_locks_in_order_and_writes_the_rest(workers: int) -> None:
    room = furnished(workers)
    told: list[Sequence[Write]] = []

    answer = start(room, TamperedTable(room.history, before=lambda _number, writes: told.append(writes)))

    assert_whole(room, answer)
    assert len(told) == WRITES
    locks = [write.item["executionId"] for writes in told[1:6] for write in writes if isinstance(write, PutItem)]
    assert locks == sorted(locks)
    assert len(locks) == SERVERS


@pytest.mark.sweep
@pytest.mark.parametrize("workers", [1, 8])
@pytest.mark.parametrize("stall", range(WRITES - 1))
def test_a_large_start_that_is_too_slow_stops_at_the_next_transaction_and_undoes_itself(
    stall: int, workers: int
) -> None:
    room = furnished(workers)
    kinds: list[str] = []

    def slow(_number: int, writes: Sequence[Write]) -> None:
        if len(kinds) == stall:
            room.clock.advance(26)
        kinds.append(kind(writes))

    answer = start(room, TamperedTable(room.history, before=slow))

    assert (answer["error"], answer["retryable"]) == ("THROTTLED", True)
    assert "took longer than 25 seconds and was undone" in answer["message"]
    assert [(header.status, header.open) for header in room.headers()] == [(ExecutionStatus.FAILED, False)]
    assert room.locked() == {}
    assert room.runs.inputs == {}
    # Those that were under way beside it may still come; no other lock is taken.
    begun = [one for one in kinds[stall + 1 :] if one not in {"release", "header", "EVENT#"}]
    assert len(begun) <= (0 if workers == 1 or stall < 6 else workers - 1), kinds
    assert "lock" not in begun
    assert_whole(room, start(room))


def test_parts_of_a_start_that_meet_a_busy_table_are_all_written() -> None:
    room = furnished(8)
    refused: set[int] = set()

    def busy(_number: int, writes: Sequence[Write]) -> None:
        part = hash(str(writes))
        if kind(writes) in {"WAVE#0", "SERVER"} and part not in refused:
            refused.add(part)
            raise Throttled("busy")

    answer = start(room, TamperedTable(room.history, before=busy))

    assert_whole(room, answer)
    assert len(refused) == 5


@pytest.mark.parametrize("released", range(5))
def test_an_undoing_that_breaks_off_halfway_leaves_servers_that_are_free_once_it_is_dead(released: int) -> None:
    room = furnished(1)
    releases: list[int] = []

    def slow_then_dead(number: int, writes: Sequence[Write]) -> None:
        if number == 6:
            room.clock.advance(26)
        if kind(writes) == "release":
            releases.append(number)
            if len(releases) > released:
                raise Crashed

    assert start(room, TamperedTable(room.history, before=slow_then_dead))["error"] == "INTERNAL_ERROR"

    assert len(room.locked()) == SERVERS - released * 100
    again = start(room)
    assert (again["error"], again["details"]["reason"]) == ("CONFLICT_ERROR", "SERVER_CONFLICT")
    room.clock.advance(DEAD_SECONDS + 1)
    assert_whole(room, start(room))
    [dead] = [header for header in room.headers() if header.is_terminal]
    assert dead.status is ExecutionStatus.FAILED


def test_of_many_servers_that_other_executions_hold_a_hundred_are_named_and_the_others_counted() -> None:
    room = furnished(8)
    for number in range(5):
        room.plan_of(wave(0, f"tier {number}"), plan_id=f"tier-{number}", plan_name=f"Tier {number}")
        room.start(f"tier-{number}")

    answer = start(room)

    details = answer["details"]
    assert (details["reason"], len(details["servers"]), details["moreServers"]) == ("SERVER_CONFLICT", 100, 350)
    assert len(answer["message"]) < 6_000
    assert "Tier 4" in answer["message"]
