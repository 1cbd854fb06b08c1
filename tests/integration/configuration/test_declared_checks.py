"""Health checks of plans: where their alarms are, and whether what they name is there."""

from typing import Any

import pytest

from shared.check_documents import OWN_DOCUMENTS
from shared.errors import DrsServiceError
from shared.models.account import AccountStatus
from shared.models.checks_seen import Document
from shared.models.targets import Target
from tests.integration.configuration.conftest import System, account
from tests.integration.configuration.test_plans import wave
from tests.support.checks_cloud import SHELL
from tests.support.configuration import DATABASE, HUB, WEB, server_id
from tests.support.findings import preventing

ALARM = {"alarmName": "shop-5xx"}
COMMAND = {"documentName": SHELL}
OWN = "DRSCheck-Shop"


def two_places(system: System) -> tuple[str, str]:
    """Two groups in two accounts."""
    for target, number in ((DATABASE, 1), (WEB, 2)):
        system.protect(target, server_id(number))
    return (
        system.group("Databases", DATABASE, sourceServerIds=[server_id(1)]),
        system.group("Web", WEB, sourceServerIds=[server_id(2)]),
    )


def errors(system: System, plan_id: str) -> list[dict[str, Any]]:
    report = system.call("preflight_recovery_plan", planId=plan_id)
    found = preventing(report)
    assert report["canStart"] is not bool(found)
    return found


def test_the_stored_plan_has_its_checks_as_they_were_given(system: System) -> None:
    database, _ = two_places(system)
    checks = [{**COMMAND, "parameters": {"commands": ["true"]}, "timeoutSeconds": 60}, ALARM]

    plan_id = system.plan(wave(0, database, healthChecks=checks))

    stored = system.ask("get_recovery_plan", planId=plan_id)
    assert stored["waves"][0]["healthChecks"] == checks


@pytest.mark.parametrize(
    ("alarm", "is_placed"),
    [
        (ALARM, False),
        ({**ALARM, "region": DATABASE.region}, False),
        ({**ALARM, "accountId": "999999999999"}, False),
        ({**ALARM, "accountId": DATABASE.account_id}, True),
        ({**ALARM, "accountId": "999999999999", "region": "eu-west-1"}, True),
    ],
)
def test_an_alarm_of_a_wave_in_two_accounts_must_say_where_it_is(
    system: System, alarm: dict[str, str], is_placed: bool
) -> None:
    groups = two_places(system)

    answer = system.call("create_recovery_plan", planName="Shop", waves=[wave(0, *groups, healthChecks=[ALARM, alarm])])

    found = [(each["field"], each["code"]) for each in answer["details"]["fields"]]
    refused = ("waves[0].healthChecks[1]", "AMBIGUOUS_ALARM")
    assert (refused not in found) is is_placed or alarm == ALARM
    assert ("waves[0].healthChecks[0]", "AMBIGUOUS_ALARM") in found


def test_an_alarm_that_names_another_region_is_told_where_the_waves_servers_are(system: System) -> None:
    groups = two_places(system)
    alarm = {**ALARM, "region": "eu-central-1"}

    answer = system.call("create_recovery_plan", planName="Shop", waves=[wave(0, *groups, healthChecks=[alarm])])

    [field] = answer["details"]["fields"]
    assert (field["field"], field["code"]) == ("waves[0].healthChecks[0]", "AMBIGUOUS_ALARM")
    assert f"{DATABASE}, {WEB}" in field["reason"]
    assert "not in region eu-central-1" in field["reason"]


def test_a_plan_whose_alarms_and_documents_are_there_can_start(system: System) -> None:
    groups = two_places(system)
    system.alarms.put(DATABASE, "shop-5xx", "INSUFFICIENT_DATA")
    checks = [{**ALARM, "accountId": DATABASE.account_id}, COMMAND]

    assert errors(system, system.plan(wave(0, *groups, healthChecks=checks))) == []


def test_an_alarm_that_is_elsewhere_is_not_there(system: System) -> None:
    database, _ = two_places(system)
    system.alarms.put(WEB, "shop-5xx")

    [finding] = errors(system, system.plan(wave(0, database, healthChecks=[ALARM])))

    assert (finding["code"], finding["accountId"], finding["waveNumber"]) == (
        "ALARM_NOT_FOUND",
        DATABASE.account_id,
        0,
    )
    assert "shop-5xx" in finding["message"]


def test_a_document_must_be_there_in_every_account_of_the_wave(system: System) -> None:
    groups = two_places(system)

    found = errors(system, system.plan(wave(0, *groups, healthChecks=[{"documentName": OWN}])))

    assert [(each["code"], each["accountId"]) for each in found] == [
        ("COMMAND_NOT_RUNNABLE", DATABASE.account_id),
        ("COMMAND_NOT_RUNNABLE", WEB.account_id),
    ]


@pytest.mark.parametrize("name", ["CheckShop", "drscheck-shop", "AWS-UpdateSSMAgent", "AmazonCloudWatch-ManageAgent"])
def test_a_document_that_the_role_may_not_run_is_an_error_although_it_is_there(system: System, name: str) -> None:
    database, _ = two_places(system)
    system.commands.documents.add(name)

    [finding] = errors(system, system.plan(wave(0, database, healthChecks=[{"documentName": name}])))

    assert (finding["code"], finding["accountId"]) == ("COMMAND_NOT_RUNNABLE", DATABASE.account_id)
    assert f"may not run the document {name}" in finding["message"]
    assert OWN_DOCUMENTS in finding["message"]


def test_an_account_may_say_in_its_row_which_of_its_own_documents_may_be_run(system: System) -> None:
    groups = two_places(system)
    system.commands.documents |= {"Ours-Shop", OWN}
    row = account(DATABASE).model_copy(update={"check_document_pattern": "Ours-*"})
    system.accounts.put(row, 1)
    checks = [{"documentName": "Ours-Shop"}, {"documentName": OWN}]

    found = errors(system, system.plan(wave(0, *groups, healthChecks=checks)))

    assert sorted((each["accountId"], each["message"].split(",")[0].split()[-1]) for each in found) == [
        (DATABASE.account_id, OWN),
        (WEB.account_id, "Ours-Shop"),
    ]


def test_the_hub_may_say_so_too_in_a_row_that_it_needs_for_nothing_else(system: System) -> None:
    hub = Target(account_id=HUB, region="us-west-2")
    system.protect(hub, server_id(3))
    system.commands.documents.add("Ours-Shop")
    group = system.group("Hub", hub, sourceServerIds=[server_id(3)])
    plan_id = system.plan(wave(0, group, healthChecks=[{"documentName": "Ours-Shop"}]))
    assert [each["code"] for each in errors(system, plan_id)] == ["COMMAND_NOT_RUNNABLE"]

    system.accounts.put_new(account(hub).model_copy(update={"check_document_pattern": "Ours-*"}))

    assert errors(system, plan_id) == []


def test_a_document_that_is_no_command_cannot_be_run(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    database, _ = two_places(system)
    monkeypatch.setattr(system.commands, "document", lambda _target, name: Document(name, "Automation", "Active"))

    [finding] = errors(system, system.plan(wave(0, database, healthChecks=[COMMAND])))

    assert finding["code"] == "COMMAND_NOT_RUNNABLE"
    assert "of type Automation" in finding["message"]


def test_alarms_that_cannot_be_read_are_an_error_and_never_taken_for_fine(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(target: Target, _names: object) -> None:
        raise DrsServiceError(f"DescribeAlarms in {target}: not authorized", drsCode="AccessDenied")

    database, _ = two_places(system)
    monkeypatch.setattr(system.alarms, "alarms", refuse)

    [finding] = errors(system, system.plan(wave(0, database, healthChecks=[ALARM])))

    assert (finding["code"], finding["outcome"], finding["reason"]) == ("HEALTH_CHECKS", "FAIL", "DENIED")
    assert "DescribeAlarms" in finding["message"]


def test_an_alarm_in_an_account_that_is_not_registered_or_not_active_is_an_error(system: System) -> None:
    database, _ = two_places(system)
    target = Target(account_id="999999999999", region="eu-west-1")
    elsewhere = {**ALARM, "accountId": target.account_id, "region": target.region}
    system.accounts.put_new(account(target))
    plan_id = system.plan(wave(0, database, healthChecks=[elsewhere]))

    system.accounts.put(account(target, AccountStatus.INACTIVE), 1)
    assert [each["reason"] for each in errors(system, plan_id)] == ["ACCOUNT_INACTIVE"]

    # as in a table that was restored from a backup of before
    system.tables["accounts"].delete({"accountId": target.account_id})
    assert [each["reason"] for each in errors(system, plan_id)] == ["ACCOUNT_NOT_REGISTERED"]


def test_a_place_that_could_not_be_asked_is_told_once(system: System) -> None:
    database, _ = two_places(system)
    plan_id = system.plan(wave(0, database, healthChecks=[ALARM, COMMAND]))
    system.accounts.put(account(DATABASE, AccountStatus.INACTIVE), 1)

    assert [each["reason"] for each in errors(system, plan_id)] == ["ACCOUNT_INACTIVE"]


ELSEWHERE = {**ALARM, "accountId": "old-account"}


@pytest.mark.parametrize(
    ("checks", "place"),
    [([ELSEWHERE, COMMAND], "[0]"), ({"alarms": [ELSEWHERE], "commands": [COMMAND]}, ".alarms[0]")],
)
def test_an_imported_plan_brings_its_checks_with_translated_accounts_be_they_a_list_or_of_an_earlier_export(
    system: System, checks: object, place: str
) -> None:
    two_places(system)
    document = {
        "schemaVersion": "1.1",
        "protectionGroups": [],
        "recoveryPlans": [
            {
                "planName": "Shop",
                "waves": [
                    {
                        "waveNumber": 0,
                        "waveName": "all",
                        "protectionGroupNames": ["Databases", "Web"],
                        "healthChecks": checks,
                    }
                ],
            }
        ],
    }

    unclear = system.call("import_configuration", **document)
    answer = system.call("import_configuration", **document, mappings={"accounts": {"old-account": WEB.account_id}})

    assert f"recoveryPlans[0].waves[0].healthChecks{place}.accountId" in str(unclear)
    assert "error" not in answer, answer
    stored = system.plans.find_by_name("Shop")
    assert stored is not None
    assert stored.wire()["waves"][0]["healthChecks"] == [
        {**ALARM, "accountId": WEB.account_id},
        {"parameters": {}, "timeoutSeconds": 600, **COMMAND},
    ]


def test_an_imported_alarm_without_a_place_is_refused_also_where_the_groups_come_with_it(system: System) -> None:
    for target, number in ((DATABASE, 1), (WEB, 2)):
        system.protect(target, server_id(number))
    before = system.content()
    groups = [
        {
            "groupName": name,
            "accountId": target.account_id,
            "region": target.region,
            "sourceServerIds": [server_id(number)],
        }
        for name, target, number in (("Databases", DATABASE, 1), ("Web", WEB, 2))
    ]
    wave_of_both = {
        "waveNumber": 0,
        "waveName": "all",
        "protectionGroupNames": ["Databases", "Web"],
        "healthChecks": [ALARM],
    }

    answer = system.call(
        "import_configuration",
        schemaVersion="1.1",
        protectionGroups=groups,
        recoveryPlans=[{"planName": "Shop", "waves": [wave_of_both]}],
    )

    assert "AMBIGUOUS_ALARM" in str(answer)
    assert system.content() == before
