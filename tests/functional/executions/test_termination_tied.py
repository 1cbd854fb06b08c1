"""Before a termination is asked for its accounts are tied: none of them is forgotten under it, whatever breaks off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from shared.models.account import AccountStatus, TargetAccount
from shared.stores.table import Throttled, Write
from shared.stores.ties import UsedMeanwhileError
from tests.functional.executions.recorded import ended
from tests.support.configuration import DATABASE, HUB, wave
from tests.support.control_room import ControlRoom, registered
from tests.support.tampered_table import TamperedTable, crashing_after, crashing_before

HOUR = 3600


@pytest.fixture
def room() -> ControlRoom:
    room = ControlRoom()
    room.group_of("db", 1, 2)
    room.plan_of(wave(0, "db"))
    return room


@pytest.fixture
def execution_id(room: ControlRoom) -> str:
    """A drill that has ended, and of which nothing is left to look after."""
    execution_id = ended(room)
    assert room.executions.close(room.header(execution_id))
    assert users(room) == []
    return execution_id


def terminate(room: ControlRoom, execution_id: str, history: Any = None, **parameters: Any) -> Any:
    return room.call("terminate_instances", history=history, executionId=execution_id, **parameters)


def users(room: ControlRoom) -> list[str]:
    """Which executions use the account."""
    return sorted({use.holder.owner_id for use in room.ties().accounts.uses(DATABASE.account_id).by})


def account(room: ControlRoom) -> TargetAccount:
    return room.accounts.get(DATABASE.account_id)


def test_an_account_is_used_again_once_a_termination_is_asked_for(room: ControlRoom, execution_id: str) -> None:
    before = room.ties().accounts.uses(DATABASE.account_id)

    assert terminate(room, execution_id)["status"] == "RUNNING"

    assert users(room) == [execution_id]
    with pytest.raises(UsedMeanwhileError):
        room.accounts.delete(account(room), before)


def test_whoever_looks_right_before_the_termination_is_stored_finds_the_account_used(
    room: ControlRoom, execution_id: str
) -> None:
    found: list[list[str]] = []

    def look(number: int, _writes: Sequence[Write]) -> None:
        if number == 0:
            found.append(users(room))

    terminate(room, execution_id, TamperedTable(room.history, before=look))

    assert found == [[execution_id]]


def test_what_is_in_an_account_that_was_forgotten_is_terminated_when_that_is_registered_again(
    room: ControlRoom, execution_id: str
) -> None:
    room.accounts.delete(account(room), room.ties().accounts.uses(DATABASE.account_id))
    before = room.history.scan()

    refused = terminate(room, execution_id, clientToken="once")

    assert refused["details"] == {
        "reason": "INVALID_STATE",
        "executionId": execution_id,
        "status": "PARTIAL",
        "accountIds": [DATABASE.account_id],
    }
    assert "register it again" in refused["message"]
    assert (room.history.scan(), users(room)) == (before, [])
    room.accounts.put_new(registered(DATABASE))
    assert terminate(room, execution_id, clientToken="once")["status"] == "RUNNING"


def test_whoever_forgets_the_account_right_before_it_is_tied_wins(room: ControlRoom, execution_id: str) -> None:
    def forget(number: int, _writes: Sequence[Write]) -> None:
        if number == 0:
            room.accounts.delete(account(room), whole_ties.accounts.uses(DATABASE.account_id))

    whole_ties = room.ties()
    room.account_table = TamperedTable(room.account_table, before=forget)

    assert terminate(room, execution_id)["details"]["accountIds"] == [DATABASE.account_id]
    assert room.header(execution_id).termination_count == 0


def test_what_is_in_an_inactive_account_can_be_terminated(room: ControlRoom, execution_id: str) -> None:
    stored = account(room)
    room.accounts.put(stored.model_copy(update={"status": AccountStatus.INACTIVE}), stored.version)

    assert terminate(room, execution_id)["status"] == "RUNNING"

    assert users(room) == [execution_id]


def test_a_call_that_dies_before_the_termination_is_stored_holds_the_account_for_an_hour(
    room: ControlRoom, execution_id: str
) -> None:
    terminate(room, execution_id, TamperedTable(room.history, before=crashing_before(0)))

    assert room.header(execution_id).termination_count == 0
    assert users(room) == [execution_id]
    room.clock.advance(HOUR + 1)
    assert users(room) == []


def test_a_call_that_dies_when_the_termination_is_stored_holds_it_until_that_is_over(
    room: ControlRoom, execution_id: str
) -> None:
    terminate(room, execution_id, TamperedTable(room.history, after=crashing_after(0)))

    room.clock.advance(7 * 24 * HOUR)
    assert users(room) == [execution_id]
    header = room.header(execution_id)
    assert (header.termination_count, header.open) == (1, True)
    assert room.executions.close(header)
    assert users(room) == []


def test_a_termination_that_another_was_faster_at_gives_its_tie_back(room: ControlRoom, execution_id: str) -> None:
    def rival(number: int, _writes: Sequence[Write]) -> None:
        if number == 0:
            terminate(room, execution_id)

    answer = terminate(room, execution_id, TamperedTable(room.history, before=rival))

    assert answer["number"] == 1
    rows = [row for row in room.account_table.scan() if row["accountId"].startswith("used#")]
    assert sum(name.startswith("termination#") for row in rows for name in row) == 1
    assert users(room) == [execution_id]


def test_an_account_table_that_is_busy_keeps_the_termination_from_being_stored(
    room: ControlRoom, execution_id: str
) -> None:
    def refuse(_number: int, _writes: Sequence[Write]) -> None:
        raise Throttled("busy")

    whole, room.account_table = room.account_table, TamperedTable(room.account_table, before=refuse)

    assert terminate(room, execution_id)["error"] == "THROTTLED"

    room.account_table = whole
    assert (room.header(execution_id).termination_count, users(room)) == (0, [])


def test_an_execution_of_the_hub_ties_no_account(room: ControlRoom) -> None:
    own = DATABASE.model_copy(update={"account_id": HUB})
    room.group_of("own", 7, target=own)
    room.plan_of(wave(0, "own"), plan_id="own")
    before = room.account_table.scan()

    answer = terminate(room, ended(room, plan_id="own"))

    assert answer["status"] == "RUNNING"
    assert room.account_table.scan() == before
