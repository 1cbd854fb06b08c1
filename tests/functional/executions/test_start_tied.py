"""A start begins with the plan and the groups as it has read them, and whoever edits them later sees it."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from shared.models.account import AccountStatus
from shared.models.execution import ExecutionStatus
from shared.models.health_checks import AlarmCheck
from shared.models.targets import Target
from shared.stores.table import CheckItem, Table, Throttled, UpdateItem, Write
from shared.stores.ties import UsedMeanwhileError
from tests.support.configuration import DATABASE, HUB, WEB, wave
from tests.support.control_room import ControlRoom, registered
from tests.support.tampered_table import TamperedTable

CONFIGURED = ("db", "web", "plan-1")
ACCOUNTS = (DATABASE.account_id, WEB.account_id)


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
    room.plans.delete(plan, room.ties().plans.uses(plan.plan_id))


def delete_a_group(room: ControlRoom) -> None:
    group = room.groups.get("db")
    room.groups.delete(group, room.ties().groups.uses(group.group_id))


def forget_an_account(room: ControlRoom) -> None:
    account = room.accounts.get(WEB.account_id)
    room.accounts.delete(account, room.ties().accounts.uses(account.account_id))


def let_an_account_rest(room: ControlRoom) -> None:
    account = room.accounts.get(WEB.account_id)
    room.accounts.put(account.model_copy(update={"status": AccountStatus.INACTIVE}), account.version)


def users(room: ControlRoom) -> dict[str, list[str]]:
    """Which executions use each thing."""
    found = {thing: room.ties().groups.uses(thing).by for thing in ("db", "web")}
    found["plan-1"] = room.ties().plans.uses("plan-1").by
    for target in (DATABASE, WEB):
        found[target.account_id] = room.ties().accounts.uses(target.account_id).by
    return {thing: [use.holder.owner_id for use in uses] for thing, uses in found.items()}


def test_an_execution_uses_its_plan_and_groups_until_it_has_ended_and_its_accounts_until_it_is_closed(
    room: ControlRoom,
) -> None:
    execution_id = room.start()["executionId"]

    assert users(room) == {thing: [execution_id] for thing in (*CONFIGURED, *ACCOUNTS)}

    header = room.header(execution_id)
    claimed = room.executions.claim_step(execution_id, header.plan_id, 1, "0001#a")
    room.executions.commit(claimed.model_copy(update={"status": ExecutionStatus.FAILED}))
    assert users(room) == {thing: [] for thing in CONFIGURED} | {thing: [execution_id] for thing in ACCOUNTS}
    assert room.executions.close(room.header(execution_id))
    assert users(room) == {thing: [] for thing in (*CONFIGURED, *ACCOUNTS)}


def test_an_execution_uses_the_accounts_of_its_alarms_and_never_the_hubs_own(room: ControlRoom) -> None:
    elsewhere = Target(account_id="333344445555", region="eu-west-1")
    room.accounts.put_new(registered(elsewhere))
    alarms = [
        AlarmCheck(alarm_name="shop", **at.model_dump())
        for at in (elsewhere, Target(account_id=HUB, region="us-east-1"))
    ]
    for alarm in alarms:
        assert alarm.place is not None
        room.cloudwatch.put(alarm.place, alarm.alarm_name)
    room.plan_of(wave(0, "db", health_checks=tuple(alarms)), plan_id="alarmed")

    execution_id = room.start("alarmed")["executionId"]

    assert [use.holder.owner_id for use in room.ties().accounts.uses(elsewhere.account_id).by] == [execution_id]
    assert room.ties().accounts.uses(HUB).by == ()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (edit_the_plan, {"planId": "plan-1"}),
        (edit_a_group, {"groupIds": ["web"]}),
        (delete_the_plan, {"planId": "plan-1"}),
        (delete_a_group, {"groupIds": ["db"]}),
        (forget_an_account, {"accountIds": [WEB.account_id]}),
        (let_an_account_rest, {"accountIds": [WEB.account_id]}),
    ],
)
def test_a_start_whose_plan_group_or_account_is_changed_meanwhile_is_refused_and_leaves_nothing(
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
    plan, group, account = room.plans.get("plan-1"), room.groups.get("db"), room.accounts.get(WEB.account_id)
    of_plan, of_group = room.ties().plans.uses("plan-1"), room.ties().groups.uses("db")
    of_account = room.ties().accounts.uses(WEB.account_id)

    room.start()

    with pytest.raises(UsedMeanwhileError):
        room.plans.delete(plan, of_plan)
    with pytest.raises(UsedMeanwhileError):
        room.groups.delete(group, of_group)
    with pytest.raises(UsedMeanwhileError):
        room.accounts.delete(account, of_account)
    assert room.plans.get("plan-1") == plan
    assert room.groups.get("db") == group


def test_a_dry_run_ties_nothing(room: ControlRoom) -> None:
    assert room.start(dryRun=True)["canStart"]

    assert users(room) == {thing: [] for thing in (*CONFIGURED, *ACCOUNTS)}


@pytest.mark.parametrize("busy", ["plan_table", "group_table", "account_table"])
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
    assert all(isinstance(write, UpdateItem | CheckItem) for writes in tries for write in writes)


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
