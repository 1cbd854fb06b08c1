"""Changing and deleting protection groups, through both doors."""

from typing import Any

import pytest

from shared.models.account import AccountStatus
from shared.models.execution import ExecutionStatus
from shared.models.wave_record import WaveStatus
from tests.integration.configuration.conftest import System, account, codes
from tests.integration.configuration.running import begin, end
from tests.integration.configuration.test_plans import wave
from tests.support.configuration import DATABASE, HUB, WEB, group, server_id

ONE, TWO, THREE = (server_id(number) for number in (1, 2, 3))


def update(system: System, group_id: str, version: int = 1, /, **fields: Any) -> dict[str, Any]:
    return system.call("update_protection_group", groupId=group_id, version=version, **fields)


def delete(system: System, group_id: str, **fields: Any) -> dict[str, Any]:
    return system.call("delete_protection_group", groupId=group_id, **fields)


def refused(system: System, group_id: str, version: int = 1, /, **fields: Any) -> dict[str, Any]:
    """Ask for a change that must not be made, and see that nothing was written."""
    before = system.content()
    answer = update(system, group_id, version, **fields)
    assert "error" in answer, answer
    assert system.content() == before
    return answer


@pytest.fixture
def databases(system: System) -> str:
    system.protect(DATABASE, ONE, TWO, THREE)
    return system.group(
        "Databases", sourceServerIds=[ONE], description="of the shop", owner="Team", launchConfig={"copyTags": True}
    )


@pytest.mark.requirement("SRS-F05")
def test_only_what_is_given_changes_and_null_empties(system: System, databases: str) -> None:
    before = system.call("get_protection_group", groupId=databases)
    system.clock.advance(60)

    after = update(system, databases, description="of the stock", owner=None, launchConfig=None)

    changed = {"description": "of the stock", "owner": "", "version": 2, "updatedAt": after["updatedAt"]}
    assert after == {**{name: value for name, value in before.items() if name != "launchConfig"}, **changed}
    assert after["updatedAt"] > before["updatedAt"]
    assert system.ask("get_protection_group", groupId=databases) == after


def test_a_change_by_the_api_is_the_same(system: System, databases: str) -> None:
    route, path = "PUT /protection-groups/{groupId}", {"groupId": databases}

    status, after = system.by_api(1, route, body={"version": 1, "groupName": "Renamed"}, pathParameters=path)
    assert (status, after["groupName"], after["version"]) == (200, "Renamed", 2)
    status, refusal = system.by_api(1, route, body={"version": 1}, pathParameters=path)
    assert (status, refusal["details"]["reason"], refusal["details"]["version"]) == (409, "VERSION_CONFLICT", 2)

    status, nothing = system.by_api(1, "DELETE /protection-groups/{groupId}", pathParameters=path)
    assert (status, nothing) == (204, {})
    status, gone = system.by_api(1, "DELETE /protection-groups/{groupId}", pathParameters=path)
    assert (status, gone["error"]) == (404, "RESOURCE_NOT_FOUND")


def test_what_changes_nothing_keeps_version_and_stamp_also_of_a_group_that_runs(system: System, databases: str) -> None:
    shop = system.plan(wave(0, databases), name="Shop")
    before, content = system.call("get_protection_group", groupId=databases), system.content()
    system.clock.advance(60)

    assert update(system, databases) == before
    assert update(system, databases, owner="Team", sourceServerIds=[ONE], serverSelectionTags=None) == before
    assert system.content() == content
    begin(system, shop, ExecutionStatus.RUNNING)
    assert update(system, databases) == before
    assert refused(system, databases, 2)["details"]["reason"] == "VERSION_CONFLICT"


def test_the_version_that_was_read_is_required_and_must_be_the_stored_one(system: System, databases: str) -> None:
    assert codes(system.call("update_protection_group", groupId=databases)) == {"version": "REQUIRED"}
    assert codes(refused(system, databases, "1")) == {"version": "WRONG_TYPE"}  # type: ignore[arg-type]
    update(system, databases, 1, description="first")

    answer = refused(system, databases, 1, description="second")

    assert (answer["error"], answer["details"]["reason"]) == ("CONFLICT_ERROR", "VERSION_CONFLICT")
    assert answer["details"]["version"] == 2


def test_every_rule_of_a_group_holds_for_its_change(system: System, databases: str) -> None:
    assert codes(refused(system, databases, region="eu-west-1")) == {"region": "IMMUTABLE"}
    assert codes(refused(system, databases, groupName=None, accountId="1", waves=[])) == {
        "groupName": "WRONG_TYPE",
        "accountId": "WRONG_FORMAT",
        "waves": "UNKNOWN_FIELD",
    }
    assert codes(refused(system, databases, sourceServerIds=[ONE, ONE])) == {"sourceServerIds[1]": "DUPLICATE_SERVER"}
    assert codes(refused(system, databases, sourceServerIds=[ONE, server_id(9)])) == {
        "sourceServerIds[1]": "SERVER_NOT_FOUND"
    }
    assert codes(refused(system, databases, sourceServerIds=None)) == dict.fromkeys(
        ["sourceServerIds"], "EXACTLY_ONE_SELECTION"
    )
    assert codes(refused(system, databases, sourceServerIds=[ONE], serverSelectionTags={"a": "b"})) == {
        "sourceServerIds": "EXACTLY_ONE_SELECTION",
        "serverSelectionTags": "EXACTLY_ONE_SELECTION",
    }
    assert refused(system, "nobody")["error"] == "RESOURCE_NOT_FOUND"


@pytest.mark.parametrize("empty", [[], None])
def test_one_selection_takes_the_place_of_the_other_and_frees_what_it_had(
    system: System, databases: str, empty: object
) -> None:
    both = dict.fromkeys(["sourceServerIds", "serverSelectionTags"], "EXACTLY_ONE_SELECTION")
    assert codes(refused(system, databases, 1, serverSelectionTags={"tier": "db"})) == both
    by_tag = update(system, databases, 1, serverSelectionTags={"tier": "db"}, sourceServerIds=empty)
    assert (by_tag["sourceServerIds"], by_tag["serverSelectionTags"]) == ([], {"tier": "db"})
    other = system.group("Other", sourceServerIds=[ONE])

    taken = refused(system, databases, 2, sourceServerIds=[ONE, TWO], serverSelectionTags={})
    assert taken["details"]["reason"] == "SERVER_CONFLICT"
    assert codes(refused(system, databases, 2, sourceServerIds=[TWO])) == both
    by_id = update(system, databases, 2, sourceServerIds=[TWO], serverSelectionTags=None)

    assert (by_id["sourceServerIds"], by_id["serverSelectionTags"]) == ([TWO], {})
    update(system, other, 1, serverSelectionTags={"tier": "db"}, sourceServerIds=empty)
    system.group("Third", sourceServerIds=[ONE])
    taken = refused(system, databases, 3, serverSelectionTags={"tier": "db"}, sourceServerIds=empty)
    assert taken["details"]["reason"] == "TAG_CONFLICT"


def test_a_server_that_drs_lost_does_not_keep_the_rest_of_a_group_from_changing(system: System) -> None:
    system.protect(DATABASE, ONE)
    system.groups.put_new(group("g1", source_server_ids=(server_id(8),)))

    assert update(system, "g1", 1, description="one is lost")["version"] == 2
    assert codes(refused(system, "g1", 2, sourceServerIds=[server_id(8), ONE, server_id(9)])) == {
        "sourceServerIds[2]": "SERVER_NOT_FOUND"
    }
    assert update(system, "g1", 2, sourceServerIds=[server_id(8), ONE])["version"] == 3


def test_a_name_of_another_is_refused_and_its_own_may_change_its_case(system: System, databases: str) -> None:
    system.group("Web", serverSelectionTags={"tier": "web"})

    assert refused(system, databases, groupName="WEB")["details"]["reason"] == "NAME_EXISTS"
    assert update(system, databases, 1, groupName="DATABASES")["groupName"] == "DATABASES"


def test_a_group_may_move_to_another_account_with_all_rules_again(system: System, databases: str) -> None:
    assert codes(refused(system, databases, accountId="999999999999")) == {"accountId": "ACCOUNT_NOT_REGISTERED"}
    system.protect(WEB, TWO)
    assert codes(refused(system, databases, accountId=WEB.account_id)) == {"sourceServerIds[0]": "SERVER_NOT_FOUND"}
    system.protect(WEB, ONE)

    update(system, databases, 1, accountId=WEB.account_id)

    system.group("Left behind", sourceServerIds=[ONE])


def test_a_group_in_an_account_that_is_inactive_changes_in_all_that_asks_nothing_of_the_account(
    system: System, databases: str
) -> None:
    system.accounts.put(account(DATABASE, AccountStatus.INACTIVE), 1)
    changes: list[dict[str, Any]] = [
        {"groupName": "Old databases", "description": "kept", "owner": "Ann", "launchConfig": {"copyTags": False}},
        {"owner": "Sue"},
        {"sourceServerIds": [], "serverSelectionTags": {"tier": "db"}},
    ]

    for version, fields in enumerate(changes, start=1):
        assert update(system, databases, version, **fields)["version"] == version + 1

    imported = {"groupName": "Old databases", "region": DATABASE.region, "owner": "Bob"}
    report = system.call("import_configuration", schemaVersion="1.1", protectionGroups=[imported], onConflict="update")
    assert report["summary"]["updated"] == 1
    assert codes(refused(system, databases, 5, sourceServerIds=[ONE], serverSelectionTags={})) == {
        "accountId": "ACCOUNT_INACTIVE"
    }
    system.accounts.put(account(WEB, AccountStatus.INACTIVE), 1)
    assert codes(refused(system, databases, 5, accountId=WEB.account_id)) == {"accountId": "ACCOUNT_INACTIVE"}


def test_that_a_group_runs_is_told_before_its_account_is_found_inactive(system: System, databases: str) -> None:
    begin(system, system.plan(wave(0, databases)), ExecutionStatus.RUNNING)
    system.accounts.put(account(DATABASE, AccountStatus.INACTIVE), 1)

    changes: list[dict[str, Any]] = [{"owner": "Eve"}, {"sourceServerIds": [TWO]}]
    for fields in changes:
        assert refused(system, databases, 1, **fields)["details"]["reason"] == "ACTIVE_EXECUTION"


def test_a_move_that_leaves_an_alarm_of_a_plan_without_a_place_is_refused(system: System) -> None:
    first = system.group("First", serverSelectionTags={"n": "1"})
    second = system.group("Second", serverSelectionTags={"n": "2"})
    system.plan(wave(0, first, second, healthChecks=[{"alarmName": "lag"}]), name="Watched")

    answer = refused(system, second, accountId=WEB.account_id)

    assert codes(answer) == {"accountId": "AMBIGUOUS_ALARM"}
    assert "Watched" in answer["message"]


@pytest.mark.requirement("SRS-F05")
def test_a_group_of_a_running_execution_does_not_change(system: System, databases: str) -> None:
    plan_id = system.plan(wave(0, databases), name="Shop")
    header = begin(system, plan_id, ExecutionStatus.RUNNING)

    answer = refused(system, databases, description="now")

    assert answer["details"]["reason"] == "ACTIVE_EXECUTION"
    assert answer["details"]["executions"] == [
        {
            "executionId": header.execution_id,
            "planId": plan_id,
            "planName": "Shop",
            "executionType": "DRILL",
            "status": "RUNNING",
        }
    ]
    end(system, header)
    assert update(system, databases, 1, description="after")["version"] == 2


def test_while_an_execution_is_paused_only_groups_of_waves_to_come_change(system: System, databases: str) -> None:
    later = system.group("Later", serverSelectionTags={"tier": "later"})
    plan_id = system.plan(wave(0, databases), wave(1, later, after=(0,)))
    begin(system, plan_id, ExecutionStatus.PAUSED, WaveStatus.COMPLETED, WaveStatus.AWAITING_APPROVAL)

    assert refused(system, databases, description="now")["details"]["reason"] == "ACTIVE_EXECUTION"
    assert update(system, later, 1, description="now")["version"] == 2


def test_an_account_that_an_open_execution_needs_is_not_deleted_though_its_groups_have_left(system: System) -> None:
    """A wave to come is in the account, whatever becomes of its group for executions to come."""
    first = system.group("First", DATABASE, serverSelectionTags={"n": "1"})
    later = system.group("Later", WEB, serverSelectionTags={"n": "2"})
    plan_id = system.plan(wave(0, first), wave(1, later, after=(0,)))
    header = begin(system, plan_id, ExecutionStatus.PAUSED, WaveStatus.COMPLETED)
    stored = system.call("get_recovery_plan", planId=plan_id)["waves"]

    system.call("update_recovery_plan", planId=plan_id, version=1, waves=stored[:1])
    assert update(system, later, 1, accountId=DATABASE.account_id)["version"] == 2
    kept = system.call("delete_target_account", accountId=WEB.account_id)

    assert kept["details"] == {
        "reason": "IN_USE",
        "executionCount": 1,
        "executions": [
            {
                "executionId": header.execution_id,
                "planId": plan_id,
                "planName": "Plan",
                "executionType": "DRILL",
                "status": "PAUSED",
            }
        ],
    }
    end(system, header)
    assert system.call("delete_target_account", accountId=WEB.account_id) == {}


@pytest.mark.requirement("SRS-F06")
def test_a_group_that_plans_use_is_not_deleted_and_they_are_named(system: System, databases: str) -> None:
    shop, stock = (system.plan(wave(0, databases), name=name) for name in ("Shop", "Stock"))
    before = system.content()

    answer = delete(system, databases)

    assert (answer["error"], answer["details"]["reason"]) == ("CONFLICT_ERROR", "IN_USE")
    named = {each["planId"]: each["planName"] for each in answer["details"]["plans"]}
    assert named == {shop: "Shop", stock: "Stock"}
    assert "Shop" in answer["message"]
    assert system.content() == before
    for plan_id in (shop, stock):
        assert system.call("delete_recovery_plan", planId=plan_id) == {}
    assert delete(system, databases) == {}


def test_a_group_whose_plan_left_it_under_way_is_not_deleted(system: System, databases: str) -> None:
    other = system.group("Other", serverSelectionTags={"tier": "other"})
    plan_id = system.plan(wave(0, databases))
    header = begin(system, plan_id, ExecutionStatus.PAUSED)
    assert system.call("update_recovery_plan", planId=plan_id, version=1, waves=[wave(0, other)])["version"] == 2

    answer = delete(system, databases)

    assert answer["details"]["reason"] == "ACTIVE_EXECUTION"
    end(system, header)
    assert delete(system, databases) == {}


@pytest.mark.requirement("SRS-F06")
def test_what_a_deleted_group_had_is_free_for_others(system: System, databases: str) -> None:
    answer = delete(system, databases, version=2)
    assert answer["details"]["reason"] == "VERSION_CONFLICT"

    assert delete(system, databases, version=1) == {}

    assert system.tables["groups"].scan() == []
    assert system.call("list_protection_groups")["items"] == []
    system.group("Databases", sourceServerIds=[ONE])


def test_a_plan_that_is_saved_while_its_group_is_deleted_is_refused(system: System, databases: str) -> None:
    system.tables["groups"].before_write = lambda: delete(system, databases)

    answer = system.call("create_recovery_plan", planName="Late", waves=[wave(0, databases)])

    assert codes(answer) == {"waves[0].protectionGroupIds[0]": "UNKNOWN_GROUP"}
    assert system.tables["plans"].scan() == []


def test_a_group_that_is_changed_while_it_is_deleted_goes_unless_a_version_was_named(
    system: System, databases: str
) -> None:
    def change() -> None:
        version = system.groups.get(databases).version
        system.call("update_protection_group", groupId=databases, version=version, description=f"after {version}")

    system.tables["groups"].before_write = change
    refused = system.call("delete_protection_group", groupId=databases, version=1)
    system.tables["groups"].before_write = change
    gone = system.call("delete_protection_group", groupId=databases)

    assert refused["details"] == {"reason": "VERSION_CONFLICT", "id": databases, "version": 2}
    assert gone == {}
    assert system.ask("list_protection_groups")["items"] == []


def test_a_group_that_a_plan_takes_while_it_is_deleted_stays(system: System, databases: str) -> None:
    system.tables["groups"].before_write = lambda: system.plan(wave(0, databases), name="Faster")

    answer = delete(system, databases)

    assert answer["details"]["reason"] == "IN_USE"
    assert system.call("get_protection_group", groupId=databases)["groupId"] == databases


def test_a_group_whose_account_goes_while_it_is_made_is_refused(system: System) -> None:
    system.tables["accounts"].before_write = lambda: system.tables["accounts"].delete({"accountId": WEB.account_id})

    answer = system.call(
        "create_protection_group",
        groupName="Web",
        accountId=WEB.account_id,
        region=WEB.region,
        serverSelectionTags={"tier": "web"},
    )

    assert codes(answer) == {"accountId": "ACCOUNT_NOT_REGISTERED"}
    assert system.tables["groups"].scan() == []


def test_a_group_of_the_hub_itself_is_made_changed_and_deleted(system: System) -> None:
    made = system.call(
        "create_protection_group", groupName="Ours", region=DATABASE.region, serverSelectionTags={"tier": "hub"}
    )
    assert made["accountId"] == HUB

    assert update(system, made["groupId"], 1, description="here")["version"] == 2
    assert delete(system, made["groupId"]) == {}


def test_of_many_plans_that_use_a_group_twenty_are_named(system: System) -> None:
    group = system.group("Shared", serverSelectionTags={"n": "1"})
    for number in range(23):
        system.plan(wave(0, group), name=f"Plan {number}")

    answer = delete(system, group)

    assert (answer["details"]["planCount"], len(answer["details"]["plans"])) == (23, 20)
    assert answer["message"].endswith(" and 3 more")


@pytest.mark.parametrize(
    "change",
    [{"accountId": WEB.account_id}, {"sourceServerIds": [server_id(1), server_id(99)]}, {"accountId": "999999999999"}],
)
def test_that_a_group_runs_is_told_before_the_world_is_asked(system: System, change: dict[str, Any]) -> None:
    system.protect(DATABASE, server_id(1))
    group = system.group("Databases", sourceServerIds=[server_id(1)])
    begin(system, system.plan(wave(0, group)), ExecutionStatus.RUNNING)
    system.sts.missing.update({DATABASE.account_id, WEB.account_id})

    refusal = system.call("update_protection_group", groupId=group, version=1, **change)

    assert (refusal["error"], refusal["details"]["reason"]) == ("CONFLICT_ERROR", "ACTIVE_EXECUTION")
