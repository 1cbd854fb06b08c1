"""A start begins with the plan and the groups as it has read them, and whoever edits them later sees it."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from execution.tying import StartTies
from shared.models.execution import ExecutionStatus
from shared.stores.table import Table, Throttled, UpdateItem, Write
from shared.stores.ties import UsedMeanwhileError
from tests.support.configuration import WEB, wave
from tests.support.control_room import ControlRoom
from tests.support.tampered_table import TamperedTable


@pytest.fixture
def room() -> ControlRoom:
    room = ControlRoom()
    room.group_of("db", 1, 2)
    room.group_of("web", 3, target=WEB)
    room.plan_of(wave(0, "db"), wave(1, "web"))
    return room


def edit_the_plan(room: ControlRoom) -> None:
    plan = room.plans.get("plan-1")
    room.plans.put(plan.model_copy(update={"description": "edited"}), plan.version)


def edit_a_group(room: ControlRoom) -> None:
    group = room.groups.get("web")
    room.groups.put(group.model_copy(update={"description": "edited"}), group.version)


def delete_the_plan(room: ControlRoom) -> None:
    plan = room.plans.get("plan-1")
    room.plans.delete(plan, ties(room).plans.uses(plan.plan_id))


def delete_a_group(room: ControlRoom) -> None:
    group = room.groups.get("db")
    room.groups.delete(group, ties(room).groups.uses(group.group_id))


def ties(room: ControlRoom) -> StartTies:
    return StartTies.over(room.plan_table, room.group_table, room.executions, room.clock)


def users(room: ControlRoom) -> dict[str, list[str]]:
    """Which executions use each thing."""
    found = {thing: ties(room).groups.uses(thing).by for thing in ("db", "web")}
    found["plan-1"] = ties(room).plans.uses("plan-1").by
    return {thing: [use.holder.owner_id for use in uses] for thing, uses in found.items()}


def test_an_execution_uses_its_plan_and_groups_until_it_has_ended(room: ControlRoom) -> None:
    execution_id = room.start()["executionId"]

    assert users(room) == {thing: [execution_id] for thing in ("db", "web", "plan-1")}

    header = room.header(execution_id)
    claimed = room.executions.claim_step(execution_id, header.plan_id, 1, "0001#a")
    room.executions.commit(claimed.model_copy(update={"status": ExecutionStatus.FAILED}))
    assert users(room) == {"db": [], "web": [], "plan-1": []}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (edit_the_plan, {"planId": "plan-1"}),
        (edit_a_group, {"groupIds": ["web"]}),
        (delete_the_plan, {"planId": "plan-1"}),
        (delete_a_group, {"groupIds": ["db"]}),
    ],
)
def test_a_start_whose_plan_or_group_is_changed_meanwhile_is_refused_and_leaves_nothing(
    room: ControlRoom, change: Callable[[ControlRoom], None], named: dict[str, Any]
) -> None:
    def interfere(number: int, _writes: Sequence[Write]) -> None:
        # the claim of the token is written first, then the header: by then everything was checked
        if number == 1:
            change(room)

    answer = room.call(
        "start_execution",
        history=TamperedTable(room.history, before=interfere),
        planId="plan-1",
        executionType="DRILL",
        clientToken="once",
    )

    assert (answer["error"], answer["details"]["reason"]) == ("CONFLICT_ERROR", "VERSION_CONFLICT")
    assert answer["details"] == {"reason": "VERSION_CONFLICT", **named}
    assert "start again" in answer["message"]
    assert room.rows() == []
    assert room.runs.inputs == {}


def test_after_such_a_refusal_the_same_token_starts_what_is_stored_then(room: ControlRoom) -> None:
    def interfere(number: int, _writes: Sequence[Write]) -> None:
        if number == 1:
            edit_a_group(room)

    tampered = TamperedTable(room.history, before=interfere)
    request: dict[str, Any] = {"planId": "plan-1", "executionType": "DRILL", "clientToken": "once"}
    assert room.call("start_execution", history=tampered, **request)["error"] == "CONFLICT_ERROR"

    assert room.call("start_execution", **request)["status"] == "PENDING"


def test_what_an_execution_uses_is_not_deleted_under_it(room: ControlRoom) -> None:
    plan, group = room.plans.get("plan-1"), room.groups.get("db")
    of_plan, of_group = ties(room).plans.uses("plan-1"), ties(room).groups.uses("db")

    room.start()

    with pytest.raises(UsedMeanwhileError):
        room.plans.delete(plan, of_plan)
    with pytest.raises(UsedMeanwhileError):
        room.groups.delete(group, of_group)
    assert room.plans.get("plan-1") == plan
    assert room.groups.get("db") == group


def test_a_dry_run_ties_nothing(room: ControlRoom) -> None:
    assert room.start(dryRun=True)["canStart"]

    assert users(room) == {"db": [], "web": [], "plan-1": []}


@pytest.mark.parametrize("busy", ["plan_table", "group_table"])
def test_a_start_waits_for_a_table_that_is_busy_for_a_moment(room: ControlRoom, busy: str) -> None:
    tries: list[Sequence[Write]] = []

    def refuse(_number: int, writes: Sequence[Write]) -> None:
        tries.append(writes)
        if len(tries) < 3:
            raise Throttled("busy")

    table: Table = getattr(room, busy)
    setattr(room, busy, TamperedTable(table, before=refuse))

    assert room.start()["status"] == "PENDING"
    assert len(tries) == 3
    assert all(isinstance(write, UpdateItem) for writes in tries for write in writes)


def test_a_start_that_waits_too_long_for_them_undoes_itself(room: ControlRoom) -> None:
    def refuse(_number: int, _writes: Sequence[Write]) -> None:
        room.clock.advance(30)
        raise Throttled("busy")

    room.group_table = TamperedTable(room.group_table, before=refuse)

    answer = room.start()

    assert answer["error"] == "THROTTLED"
    assert room.locked() == {}
    assert [header.status for header in room.headers()] == [ExecutionStatus.FAILED]
    assert users(room)["plan-1"] == []
