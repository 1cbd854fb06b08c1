"""The accounts that a plan's alarms name are registered when it is saved, and stay while it names them."""

from __future__ import annotations

from typing import Any

import pytest

from shared.models.account import AccountStatus
from shared.models.recovery_plan import RecoveryPlan
from shared.models.targets import Target
from shared.stores.table import Throttled
from tests.integration.configuration.conftest import System, account, codes
from tests.support.configuration import DATABASE, HUB, WEB

OTHER = Target(account_id="333344445555", region="eu-west-1")


@pytest.fixture
def group(system: System) -> str:
    return system.group("Databases", DATABASE, serverSelectionTags={"tier": "db"})


def waves(group_id: str, *places: Target) -> list[dict[str, Any]]:
    """A wave that asks for an alarm in each of these places."""
    alarms = [{"alarmName": "shop", "accountId": at.account_id, "region": at.region} for at in places]
    checks = {"healthChecks": alarms} if alarms else {}
    return [{"waveNumber": 0, "waveName": "Databases", "protectionGroupIds": [group_id], **checks}]


def create(system: System, group_id: str, *places: Target, **more: Any) -> dict[str, Any]:
    return system.call("create_recovery_plan", planName="Shop", waves=waves(group_id, *places), **more)


def forget(system: System, target: Target = WEB) -> dict[str, Any]:
    return system.call("delete_target_account", accountId=target.account_id)


def test_an_alarm_in_an_account_that_no_plan_may_use_is_named_with_everything_else(system: System, group: str) -> None:
    system.accounts.put(account(WEB, AccountStatus.INACTIVE), 1)
    before = system.content()

    answer = create(system, group, DATABASE, OTHER, WEB, rtoMinutes=0)

    assert codes(answer) == {
        "waves[0].healthChecks[1].accountId": "ACCOUNT_NOT_REGISTERED",
        "waves[0].healthChecks[2].accountId": "ACCOUNT_INACTIVE",
        "rtoMinutes": "OUT_OF_RANGE",
    }
    assert codes(create(system, group, OTHER)) == {"waves[0].healthChecks[0].accountId": "ACCOUNT_NOT_REGISTERED"}
    assert system.content() == before


def test_an_alarm_may_be_in_the_hub_which_needs_no_row(system: System, group: str) -> None:
    before = system.tables["accounts"].scan()

    assert create(system, group, Target(account_id=HUB, region="us-east-1"))["version"] == 1

    assert system.tables["accounts"].scan() == before


NOWHERE = Target(account_id=DATABASE.account_id, region="mars-north-1")


def test_a_region_that_does_not_exist_is_named_whoever_names_it(system: System, group: str) -> None:
    plan_id = create(system, group)["planId"]
    alone = [{**waves(group)[0], "healthChecks": [{"alarmName": "shop", "region": NOWHERE.region}]}]
    before = system.content()

    # whether the alarm has one place in the region that is meant cannot be told
    for each, told in ((waves(group, DATABASE, NOWHERE), "healthChecks[1]"), (alone, "healthChecks[0]")):
        wrong = {f"waves[0].{told}.region": "UNKNOWN_REGION"}
        assert codes(system.call("create_recovery_plan", planName="New", waves=each)) == wrong
        assert codes(system.call("update_recovery_plan", planId=plan_id, version=1, waves=each)) == wrong
        beside = system.call("create_recovery_plan", planName="New", waves=each, rtoMinutes=0)
        assert codes(beside) == {**wrong, "rtoMinutes": "OUT_OF_RANGE"}
    for on_conflict in ("skip", "update"):
        plans = [{"planName": "Shop", "waves": waves(group, NOWHERE)}, {"planName": "N", "waves": alone}]
        answer = system.call("import_configuration", schemaVersion="1.1", recoveryPlans=plans, onConflict=on_conflict)
        assert codes(answer) == {
            "recoveryPlans[0].waves[0].healthChecks[0].region": "UNKNOWN_REGION",
            "recoveryPlans[1].waves[0].healthChecks[0].region": "UNKNOWN_REGION",
        }
    assert system.content() == before


def test_a_region_that_was_stored_before_may_be_sent_back(system: System, group: str) -> None:
    plan_id = create(system, group, DATABASE)["planId"]
    stored = system.plans.get(plan_id)
    spoiled = {**stored.wire(), "waves": waves(group, NOWHERE), "version": 2}
    system.plans.put(RecoveryPlan.model_validate(spoiled), 1)

    changed = system.call("update_recovery_plan", planId=plan_id, version=2, waves=waves(group, NOWHERE, DATABASE))

    assert changed["version"] == 3


def test_what_a_plan_names_no_more_may_be_forgotten(system: System, group: str) -> None:
    plan_id = create(system, group, WEB)["planId"]
    assert forget(system)["details"]["plans"] == [{"planId": plan_id, "planName": "Shop"}]
    system.accounts.put_new(account(OTHER))

    moved = system.call("update_recovery_plan", planId=plan_id, version=1, waves=waves(group, OTHER))

    assert moved["version"] == 2
    assert forget(system) == {}
    assert forget(system, OTHER)["details"]["planCount"] == 1
    assert system.call("delete_recovery_plan", planId=plan_id) == {}
    assert forget(system, OTHER) == {}
    assert not [row for row in system.tables["accounts"].scan() if OTHER.account_id in row["accountId"]]


def test_a_plan_that_is_saved_without_a_change_of_its_alarms_stays_tied(system: System, group: str) -> None:
    plan_id = create(system, group, WEB)["planId"]
    for version in (1, 2):
        system.call("update_recovery_plan", planId=plan_id, version=version, rtoMinutes=30 + version)
    system.clock.advance(24 * 3600)

    assert forget(system)["details"]["plans"] == [{"planId": plan_id, "planName": "Shop"}]


def test_a_plan_that_is_saved_while_its_alarms_account_is_forgotten_is_refused(system: System, group: str) -> None:
    system.tables["accounts"].before_write = lambda: forget(system)

    answer = create(system, group, WEB)

    assert codes(answer) == {"waves[0].healthChecks[0].accountId": "ACCOUNT_NOT_REGISTERED"}
    assert system.tables["plans"].scan() == []
    assert system.call("delete_protection_group", groupId=group) == {}, "nor does anything hold its group"


def test_an_account_that_a_plan_takes_while_it_is_forgotten_stays(system: System, group: str) -> None:
    system.tables["accounts"].before_write = lambda: create(system, group, WEB)

    answer = forget(system)

    assert answer["details"]["reason"] == "IN_USE"
    assert [each["planName"] for each in answer["details"]["plans"]] == ["Shop"]


def test_a_save_that_is_refused_ties_no_account(system: System, group: str) -> None:
    plan_id = create(system, group)["planId"]
    system.tables["plans"].before_write = lambda: system.call(
        "update_recovery_plan", planId=plan_id, version=1, description="faster"
    )

    late = system.call("update_recovery_plan", planId=plan_id, version=1, waves=waves(group, WEB))

    assert late["details"]["reason"] == "VERSION_CONFLICT"
    assert forget(system) == {}


def test_a_save_whose_accounts_are_busy_stores_nothing_and_holds_nothing(system: System, group: str) -> None:
    def busy() -> None:
        raise Throttled("busy")

    system.tables["accounts"].before_write = busy

    assert create(system, group, WEB)["error"] == "THROTTLED"

    assert system.tables["plans"].scan() == []
    assert forget(system) == {}
    assert system.call("delete_protection_group", groupId=group) == {}


def test_a_save_that_broke_off_holds_the_account_for_an_hour(system: System, group: str) -> None:
    def killed() -> None:
        raise RuntimeError("the process is gone")

    system.tables["plans"].before_write = killed
    assert create(system, group, WEB)["error"] == "INTERNAL_ERROR"

    held = forget(system)
    assert held["details"]["plans"] == [{"planId": held["details"]["plans"][0]["planId"]}]
    assert "which is being saved" in held["message"]
    system.clock.advance(3601)
    assert forget(system) == {}


def test_an_imported_plan_ties_the_accounts_of_its_alarms_and_is_reported_without_them(
    system: System, group: str
) -> None:
    document: dict[str, Any] = {
        "schemaVersion": "1.1",
        "protectionGroups": [],
        "recoveryPlans": [
            {"planName": name, "waves": waves(group, at)} for name, at in (("Shop", WEB), ("Stock", OTHER))
        ],
    }
    rehearsed = system.call("import_configuration", **document, dryRun=True)
    assert forget(system) == {}
    system.accounts.put_new(account(WEB))

    imported = system.call("import_configuration", **document)

    for report in (rehearsed, imported):
        [failed] = report["failed"]
        assert (failed["name"], failed["reasons"][0]["code"]) == ("Stock", "ACCOUNT_NOT_REGISTERED")
    assert [each["planName"] for each in forget(system)["details"]["plans"]] == ["Shop"]


def test_a_spoiled_row_of_an_alarms_account_is_told_and_nothing_is_stored(system: System, group: str) -> None:
    system.tables["accounts"].put({"accountId": OTHER.account_id, "accountName": "Other", "version": 1})

    answer = create(system, group, OTHER)

    assert (answer["error"], answer["details"]["accountId"]) == ("CROSS_ACCOUNT_ERROR", OTHER.account_id)
    assert system.tables["plans"].scan() == []
