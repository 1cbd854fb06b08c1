"""An account stays while an open execution or a plan's alarm needs it; asked by both doors what keeps it."""

from __future__ import annotations

from typing import Any

import pytest

from shared.errors import ThrottledError
from shared.models.launch_config_state import ConfigAction, ServerConfigEvent
from shared.models.targets import ServerKey, Target
from shared.models.temporary_settings import TemporarySettings
from shared.stores import keys
from shared.stores.launch_configs import LaunchConfigStore
from shared.stores.temporary_settings import TemporarySettingsStore
from tests.functional.contract.seeded import DATABASES, REGION, Seeded
from tests.functional.launch_configs.test_launch_into import DOORS, ask, rest
from tests.support.doors import Answer
from tests.support.world import DATABASE_ACCOUNT, WEB_ACCOUNT, wave

DAY = 24 * 3600.0


def forget_the_configuration(seeded: Seeded) -> None:
    """Delete the plan and its group, which nothing runs any more."""
    assert seeded.doors.api("delete_recovery_plan", {"planId": seeded.plan}).status == 204
    assert seeded.doors.api("delete_protection_group", {"groupId": seeded.group}).status == 204


def by_both_doors(seeded: Seeded, account_id: str) -> list[Answer]:
    """What each door answers to the deletion of the account."""
    asked = {"accountId": account_id}
    return [seeded.doors.direct("delete_target_account", asked), seeded.doors.api("delete_target_account", asked)]


def kept_by(seeded: Seeded, account_id: str) -> dict[str, Any]:
    """What keeps the account, which both doors refuse to forget in the same words."""
    direct, api = by_both_doors(seeded, account_id)
    assert (direct.code, api.code, api.status) == ("CONFLICT_ERROR", "CONFLICT_ERROR", 409), (direct, api)
    assert direct.value["details"] == api.value["details"]
    assert direct.value["message"] == api.value["message"]
    details: dict[str, Any] = api.value["details"]
    assert details.pop("reason") == "IN_USE"
    return {**details, "message": api.value["message"]}


def of_the_drill(seeded: Seeded, status: str) -> dict[str, str]:
    return {
        "executionId": seeded.execution,
        "planId": seeded.plan,
        "planName": "Shop",
        "executionType": "DRILL",
        "status": status,
    }


def test_an_account_stays_until_the_instances_of_a_drill_are_terminated() -> None:
    seeded = Seeded()
    seeded.world.run_until_end(seeded.execution)
    asked = {"executionId": seeded.execution}
    assert seeded.doors.api("terminate_instances", asked).status == 202
    forget_the_configuration(seeded)

    kept = kept_by(seeded, DATABASES)

    assert (kept["executions"], kept["executionCount"]) == ([of_the_drill(seeded, "COMPLETED")], 1)
    assert kept["message"] == (
        f"the account {DATABASES} is used by the execution {seeded.execution} "
        "(COMPLETED, and a termination of it is under way)"
    )
    seeded.world.run_until_terminated(seeded.execution)
    assert seeded.doors.api("get_termination_status", asked).value["status"] == "COMPLETED"
    assert seeded.doors.api("delete_target_account", {"accountId": DATABASES}).status == 204


def test_instances_in_an_account_that_was_forgotten_are_terminated_when_it_is_registered_again() -> None:
    seeded = Seeded()
    seeded.world.run_until_end(seeded.execution)
    forget_the_configuration(seeded)
    assert seeded.doors.direct("delete_target_account", {"accountId": DATABASES}).code is None
    asked = {"executionId": seeded.execution}

    refused = [seeded.doors.direct("terminate_instances", asked), seeded.doors.api("terminate_instances", asked)]

    for answer in refused:
        assert answer.code == "CONFLICT_ERROR"
        assert (answer.value["details"]["reason"], answer.value["details"]["accountIds"]) == (
            "INVALID_STATE",
            [DATABASES],
        )
    external_id = seeded.world.cloud.roles.external_ids[DATABASES]
    again = {"accountId": DATABASES, "externalId": external_id}
    assert seeded.doors.direct("add_target_account", again).code is None
    assert seeded.doors.api("terminate_instances", asked).status == 202
    assert kept_by(seeded, DATABASES)["executionCount"] == 1
    seeded.world.run_until_terminated(seeded.execution)
    assert seeded.doors.api("get_termination_status", asked).value["status"] == "COMPLETED"
    assert seeded.doors.api("delete_target_account", {"accountId": DATABASES}).status == 204


def test_an_account_stays_until_an_abandoned_job_has_ended_and_then_the_execution_can_be_deleted() -> None:
    seeded = Seeded()
    other = seeded.world.create_group("Others", seeded.servers[1:])
    said: dict[str, Any] = {"failurePolicy": "STOP", "deadlineMinutes": 60, "drainMinutes": 30}
    plan = seeded.world.create_plan("Hangs", wave(0, other, **said))
    seeded.world.run_until_end(seeded.execution)
    seeded.world.fault("stuckJob", seconds=DAY)
    seeded.plan, seeded.group, seeded.execution = plan, other, seeded.world.start(plan)
    assert seeded.world.run_until_end(seeded.execution) == "FAILED"
    forget_the_configuration(seeded)

    kept = kept_by(seeded, DATABASES)

    assert [each["executionId"] for each in kept["executions"]] == [seeded.execution]
    assert kept["groupCount"] == 1
    assert f"{seeded.execution} (FAILED, and a job of it may still run)" in kept["message"]
    seeded.world.advance(2 * DAY)
    assert not seeded.world.header(seeded.execution).open
    assert "executions" not in kept_by(seeded, DATABASES)
    assert seeded.doors.api("delete_executions", {"executionIds": [seeded.execution]}).code is None


def test_an_account_stays_while_a_plan_names_it_in_an_alarm() -> None:
    seeded = Seeded()
    alarm = {"alarmName": "shop", "accountId": WEB_ACCOUNT, "region": REGION}
    made = seeded.doors.api(
        "create_recovery_plan",
        {"planName": "Alarmed", "waves": [{**wave(0, seeded.group), "healthChecks": [alarm]}]},
    )
    assert made.status == 201

    kept = kept_by(seeded, WEB_ACCOUNT)

    assert kept == {
        "message": f"the account {WEB_ACCOUNT} is used by alarms of the recovery plan Alarmed",
        "planCount": 1,
        "plans": [{"planId": made.value["planId"], "planName": "Alarmed"}],
    }
    changed = {"planId": made.value["planId"], "version": 1, "waves": [wave(0, seeded.group)]}
    assert seeded.doors.api("update_recovery_plan", changed).status == 200
    assert seeded.doors.api("delete_target_account", {"accountId": WEB_ACCOUNT}).status == 204


@pytest.mark.parametrize("paused", [False, True])
def test_an_account_stays_while_an_execution_runs_that_asks_for_an_alarm_there(paused: bool) -> None:
    """Whatever becomes of its plan meanwhile, which may lose a wave to come while the execution is paused."""
    seeded = Seeded()
    world = seeded.world
    world.run_until_end(seeded.execution)
    alarm = {"alarmName": "shop", "accountId": WEB_ACCOUNT, "region": REGION}
    world.cloud.cloudwatch.put(Target(account_id=WEB_ACCOUNT, region=REGION), "shop")
    other = world.create_group("Others", seeded.servers[1:])
    later = {**wave(1, other, after=(0,)), "healthChecks": [alarm], "pauseBeforeWave": True}
    plan = world.create_plan("Alarmed", wave(0, seeded.group), later)
    running = world.start(plan)
    if paused:
        world.advance(3600)
        changed = {"planId": plan, "version": 1, "waves": [wave(0, seeded.group)]}
        assert seeded.doors.api("update_recovery_plan", changed).status == 200

    kept = kept_by(seeded, WEB_ACCOUNT)

    assert [each["executionId"] for each in kept["executions"]] == [running]
    assert kept.get("planCount", 0) == (0 if paused else 1)
    assert seeded.doors.api("cancel_execution", {"executionId": running}).status == 202
    world.run_until_end(running)
    assert "executions" not in by_both_doors(seeded, WEB_ACCOUNT)[0].value.get("details", {})


def left_by_a_drill(seeded: Seeded, group_name: str = "Elsewhere") -> tuple[str, str]:
    """A server of the other account of which a drill has left its settings, and the drill; its group is gone."""
    world = seeded.world
    [server] = world.add_servers(WEB_ACCOUNT)
    group = world.create_group(group_name, [server], account=WEB_ACCOUNT, drillLaunchConfig={"recoveryMode": "OPTIMAL"})
    plan = world.create_plan(group_name, wave(0, group))
    drill = world.start(plan)
    world.run_until(lambda: bool(world.executions.get_header(drill, plan).lends_settings), DAY, "the settings are lent")
    world.fault("revokedRole", operation="UpdateLaunchConfiguration", times=None)
    world.run_until_end(drill)
    world.terminate(drill)
    world.run_until_terminated(drill)
    world.advance(600)
    world.simulator.clear_faults()
    world.ask("delete_recovery_plan", planId=plan)
    world.ask("delete_protection_group", groupId=group)
    return server, drill


def over(seeded: Seeded) -> Seeded:
    """The same when nothing runs there any more, and nothing is configured."""
    seeded.world.run_until_end(seeded.execution)
    forget_the_configuration(seeded)
    return seeded


def test_an_account_stays_while_drs_there_has_what_was_for_a_drill_only() -> None:
    seeded = over(Seeded())
    server, drill = left_by_a_drill(seeded)

    kept = kept_by(seeded, WEB_ACCOUNT)

    left = {"serverId": server, "region": REGION, "executionId": drill}
    assert (kept["servers"], kept["serverCount"]) == ([left], 1)
    assert f"launch settings that are not restored of the server {server}" in kept["message"]
    rest(seeded.world, 90)
    assert seeded.doors.api("delete_target_account", {"accountId": WEB_ACCOUNT}).status == 204


def rows_left(seeded: Seeded) -> list[str]:
    """Of which executions anything is written down that is to be restored."""
    return sorted(row.for_execution for row in TemporarySettingsStore(seeded.world.history).all())


@pytest.mark.parametrize("door", DOORS)
def test_what_a_drill_has_left_is_given_up_by_name_with_the_account_whose_role_is_gone_for_good(door: str) -> None:
    seeded = over(Seeded())
    world = seeded.world
    (server, drill), (other, second) = left_by_a_drill(seeded), left_by_a_drill(seeded, "Again")
    world.remove_role(WEB_ACCOUNT)
    rest(world, 60)
    which: dict[str, Any] = {"accountId": WEB_ACCOUNT, "reason": "the account is closed"}

    wordless = ask(world, door, "delete_target_account", accountId=WEB_ACCOUNT, giveUpSettingsOf=[drill, second])
    partly = ask(world, door, "delete_target_account", **which, giveUpSettingsOf=[drill])

    assert [(each["field"], each["code"]) for each in wordless.value["details"]["fields"]] == [("reason", "REQUIRED")]
    assert partly.value["details"]["reason"] == "IN_USE"
    assert [each["serverId"] for each in partly.value["details"]["servers"]] == [other]
    assert rows_left(seeded) == sorted([drill, second]), "what is refused changes nothing"
    gone = ask(world, door, "delete_target_account", **which, giveUpSettingsOf=[drill, second])
    assert gone.code is None, gone
    assert ask(world, door, "get_target_account", accountId=WEB_ACCOUNT).code == "RESOURCE_NOT_FOUND"
    assert rows_left(seeded) == []
    assert [world.execution(each).get("temporarySettingsCount", 0) for each in (drill, second)] == [0, 0]
    for execution_id, left in ((drill, server), (second, other)):
        [told] = [each for each in world.events(execution_id) if each["type"] == "SETTINGS_GIVEN_UP"]
        assert told["actor"].startswith({"api": "ann@example.com", "direct": "direct invocation "}[door])
        assert left in told["message"]
        assert "because the account is closed" in told["message"]
        assert told["details"]["servers"] == {left: ["recoveryMode"]}
        of = ServerKey(account_id=WEB_ACCOUNT, region=REGION, source_server_id=left)
        line = LaunchConfigStore(world.history).history(of, 1).items[0]
        assert (line.action, line.actor) == (ConfigAction.GIVEN_UP, told["actor"])
        assert line.reason == f"the settings of execution {execution_id} stay in DRS: the account is closed"


def test_to_give_up_settings_is_in_the_way_of_nothing_else_that_needs_the_account() -> None:
    seeded = over(Seeded())
    _, drill = left_by_a_drill(seeded)
    seeded.world.create_group("Others", seeded.world.add_servers(WEB_ACCOUNT), account=WEB_ACCOUNT)
    given = {"accountId": WEB_ACCOUNT, "giveUpSettingsOf": [drill], "reason": "it is closed"}

    kept = seeded.doors.api("delete_target_account", given)

    assert (kept.value["details"]["reason"], kept.value["details"]["groupCount"]) == ("IN_USE", 1)
    assert "serverCount" not in kept.value["details"]
    assert rows_left(seeded) == [drill]


def left_by_many(seeded: Seeded, count: int) -> list[str]:
    """So many executions have left settings, each of one server of the other account and the first of two."""
    _, drill = left_by_a_drill(seeded)
    store = TemporarySettingsStore(seeded.world.history)
    [row] = store.all()
    names = [drill, *(f"{drill[:-4]}{number:04d}" for number in range(1, count))]
    for number, name in enumerate([*names[1:], drill]):
        server = row.server.model_copy(update={"source_server_id": f"s-{number:017x}"})
        copied = row.model_copy(update={"server": server, "for_execution": name})
        seeded.world.history.put({**copied.wire(), **keys.temporary(server)})
    return names


def test_an_account_in_which_many_have_left_settings_is_forgotten_in_one_request() -> None:
    seeded = over(Seeded())
    names = left_by_many(seeded, 100)
    seeded.world.remove_role(WEB_ACCOUNT)
    which: dict[str, Any] = {"accountId": WEB_ACCOUNT, "reason": "the account is closed"}

    shown = [
        each["executionId"] for each in seeded.doors.api("delete_target_account", which).value["details"]["servers"]
    ]
    again = seeded.doors.api("delete_target_account", {**which, "giveUpSettingsOf": names[:60]}).value["details"]
    gone = seeded.doors.api("delete_target_account", {**which, "giveUpSettingsOf": names})

    assert len(set(shown)) == 20, "each name is of another execution while there are others"
    assert again["serverCount"] == 40
    assert (gone.status, rows_left(seeded)) == (204, [])


def test_who_is_cut_off_while_settings_are_given_up_repeats_it_and_finds_the_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seeded = over(Seeded())
    names = left_by_many(seeded, 3)
    seeded.world.remove_role(WEB_ACCOUNT)
    given = {"accountId": WEB_ACCOUNT, "reason": "the account is closed", "giveUpSettingsOf": names}
    real, tried = TemporarySettingsStore.give_up, list[str]()

    def busy(store: TemporarySettingsStore, row: TemporarySettings, event: ServerConfigEvent) -> None:
        tried.append(row.for_execution)
        if len(tried) == 2:
            raise ThrottledError("DynamoDB wants fewer requests", retryAfterSeconds=1)
        real(store, row, event)

    monkeypatch.setattr(TemporarySettingsStore, "give_up", busy)

    cut_off = seeded.doors.api("delete_target_account", given)
    left = rows_left(seeded)
    account = seeded.doors.api("get_target_account", {"accountId": WEB_ACCOUNT}).status
    again = seeded.doors.api("delete_target_account", given)

    assert (cut_off.code, len(left), account) == ("THROTTLED", 3, 200)
    assert (again.status, rows_left(seeded)) == (204, [])


def test_what_the_same_execution_has_left_in_another_account_is_still_restored() -> None:
    seeded = over(Seeded())
    server, drill = left_by_a_drill(seeded)
    [row] = TemporarySettingsStore(seeded.world.history).all()
    elsewhere = row.server.model_copy(update={"account_id": DATABASE_ACCOUNT})
    copied = row.model_copy(update={"server": elsewhere})
    seeded.world.history.put({**copied.wire(), **keys.temporary(elsewhere)})
    given = {"accountId": WEB_ACCOUNT, "reason": "the account is closed", "giveUpSettingsOf": [drill]}

    assert seeded.doors.api("delete_target_account", given).status == 204

    assert [each.server for each in TemporarySettingsStore(seeded.world.history).all()] == [elsewhere]
    [told] = [each for each in seeded.world.events(drill) if each["type"] == "SETTINGS_GIVEN_UP"]
    assert (told["details"]["accountId"], told["details"]["serverCount"]) == (WEB_ACCOUNT, 1)
    assert server in told["message"]
