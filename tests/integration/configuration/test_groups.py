"""Making and reading protection groups through the direct door."""

from typing import Any

import pytest

from shared.models.account import AccountStatus
from shared.models.targets import Target
from tests.integration.configuration.conftest import System, account
from tests.support.configuration import DATABASE, HUB, WEB, server_id

ONE, TWO = server_id(1), server_id(2)


def fields(**changed: Any) -> dict[str, Any]:
    known = {"groupName": "Databases", "accountId": DATABASE.account_id, "region": "us-west-2"}
    return {**known, "sourceServerIds": [ONE], **changed}


def refused(system: System, **changed: Any) -> dict[str, Any]:
    """Ask for a group that must not be made, and see that nothing was written."""
    before = system.content()
    body = {name: value for name, value in fields(**changed).items() if value is not ...}
    answer = system.call("create_protection_group", **body)
    assert "error" in answer, answer
    assert system.content() == before
    return answer


def codes(answer: dict[str, Any]) -> dict[str, str]:
    assert answer["error"] == "VALIDATION_ERROR", answer
    return {each["field"]: each["code"] for each in answer["details"]["fields"]}


@pytest.mark.requirement("SRS-F02", "SRS-F04")
def test_a_group_is_stored_as_it_was_given_and_read_through_both_functions(system: System) -> None:
    system.protect(DATABASE, ONE, TWO)
    override = {"sourceServerId": TWO, "useGroupDefaults": False, "launchTemplate": {"staticPrivateIp": "10.0.0.5"}}

    created = system.call(
        "create_protection_group",
        **fields(
            groupName="  Databases ",
            sourceServerIds=[ONE, TWO],
            launchConfig={"subnetId": "subnet-12345678", "licensing": {"osByol": False}},
            servers=[override],
        ),
    )

    assert created["groupName"] == "Databases"
    assert created["version"] == 1
    assert created["launchConfig"] == {"subnetId": "subnet-12345678", "licensing": {"osByol": False}}
    assert created["servers"] == [override]
    assert system.call("get_protection_group", groupId=created["groupId"]) == created
    assert system.ask("get_protection_group", groupId=created["groupId"]) == created


def test_a_group_without_an_account_is_the_hubs_and_needs_no_registration(system: System) -> None:
    system.protect(Target(account_id=HUB, region="us-east-1"), ONE)

    created = system.call("create_protection_group", **{**fields(region="us-east-1"), "accountId": HUB})
    defaulted = system.call(
        "create_protection_group", groupName="By tag", region="us-east-1", serverSelectionTags={"tier": "db"}
    )

    assert created["accountId"] == HUB
    assert defaulted["accountId"] == HUB


@pytest.mark.requirement("SRS-F01")
def test_groups_are_listed_by_name_a_page_at_a_time(system: System) -> None:
    for name in ("c", "A", "b"):
        system.group(name, serverSelectionTags={"name": name})

    first = system.ask("list_protection_groups", limit=2)
    second = system.call("list_protection_groups", limit=2, nextToken=first["nextToken"])

    assert [group["groupName"] for group in first["items"]] == ["A", "b"]
    assert [group["groupName"] for group in second["items"]] == ["c"]
    assert "nextToken" not in second


def test_a_foreign_page_token_and_a_page_of_a_thousand_are_refused(system: System) -> None:
    assert codes(system.ask("list_protection_groups", nextToken="abc")).keys() == {"nextToken"}
    assert codes(system.ask("list_protection_groups", limit=1000)).keys() == {"limit"}


@pytest.mark.parametrize(
    ("operation", "field"),
    [("get_protection_group", "groupId"), ("get_recovery_plan", "planId"), ("preflight_recovery_plan", "planId")],
)
@pytest.mark.parametrize("wrong", ["", "x" * 129, "name#web", "a b", "\u0661", 7, None])
def test_what_can_be_no_id_is_refused(system: System, operation: str, field: str, wrong: Any) -> None:
    assert codes(system.ask(operation, **{field: wrong})).keys() == {field}


def test_digits_of_other_scripts_are_no_account(system: System) -> None:
    answer = refused(system, accountId="\u0661" * 12, region="us-east-\u0661")

    assert codes(answer) == {"accountId": "WRONG_FORMAT", "region": "WRONG_FORMAT"}


@pytest.mark.requirement("SRS-F04")
def test_a_group_that_does_not_exist_is_not_found(system: System) -> None:
    assert system.call("get_protection_group", groupId="nobody")["error"] == "RESOURCE_NOT_FOUND"


def test_both_selections_and_neither_are_refused(system: System) -> None:
    both = refused(system, serverSelectionTags={"tier": "db"})
    neither = refused(system, sourceServerIds=...)

    assert set(codes(both).values()) == {"EXACTLY_ONE_SELECTION"}
    assert codes(neither) == {"sourceServerIds": "EXACTLY_ONE_SELECTION"}


def test_a_server_is_held_against_a_list_only_if_there_is_one(system: System) -> None:
    servers = [{"sourceServerId": ONE}]
    without_a_selection = refused(system, sourceServerIds=..., servers=servers)
    of_an_empty_list = refused(system, sourceServerIds=[], servers=servers)

    assert codes(without_a_selection) == {"sourceServerIds": "EXACTLY_ONE_SELECTION"}
    assert codes(of_an_empty_list) == {"sourceServerIds": "EXACTLY_ONE_SELECTION"}


def test_unknown_fields_and_wrong_types_are_named_together(system: System) -> None:
    answer = refused(system, colour="red", sourceServerIds="all", groupName=7)

    assert codes(answer).keys() == {"colour", "sourceServerIds", "groupName"}


def test_fields_that_drs_manages_are_refused_by_name(system: System) -> None:
    answer = refused(system, launchConfig={"imageId": "ami-12345678", "userData": "x"})

    assert codes(answer).keys() == {"launchConfig.imageId", "launchConfig.userData"}


def test_a_region_without_drs_is_refused(system: System) -> None:
    assert codes(refused(system, region="cn-north-1")) == {"region": "UNKNOWN_REGION"}


@pytest.mark.parametrize("region", ["us-gov-west-1", "eusc-de-east-1"])
def test_a_region_of_another_partition_is_refused_but_where_it_is_stored(system: System, region: str) -> None:
    assert codes(refused(system, region=region)) == {"region": "UNKNOWN_REGION"}
    group = system.group("Databases", serverSelectionTags={"tier": "db"})
    system.groups.put(system.groups.get(group).model_copy(update={"region": region}), 1)

    assert system.call("update_protection_group", groupId=group, version=2, description="new")["version"] == 3


@pytest.mark.requirement("SRS-F02")
def test_servers_that_drs_does_not_know_are_named_by_path(system: System) -> None:
    system.protect(DATABASE, ONE)
    system.protect(WEB, TWO)

    answer = refused(system, sourceServerIds=[ONE, TWO])

    assert codes(answer) == {"sourceServerIds[1]": "SERVER_NOT_FOUND"}


@pytest.mark.requirement("PRD-10")
def test_a_server_of_another_group_is_a_conflict_that_names_the_group(system: System) -> None:
    system.protect(DATABASE, ONE, TWO)
    owner = system.group("Owner", sourceServerIds=[ONE])

    answer = refused(system, sourceServerIds=[TWO, ONE])

    assert answer["error"] == "CONFLICT_ERROR"
    assert answer["details"]["reason"] == "SERVER_CONFLICT"
    [taken] = answer["details"]["servers"]
    assert (taken["groupId"], taken["groupName"]) == (owner, "Owner")
    assert "Owner" in answer["message"]


def test_servers_of_other_groups_are_told_in_a_sentence(system: System) -> None:
    system.protect(DATABASE, ONE, TWO)
    first = system.group("First", sourceServerIds=[ONE, TWO])
    both = refused(system, sourceServerIds=[TWO, ONE])["message"]
    system.call("update_protection_group", groupId=first, version=1, sourceServerIds=[ONE])
    system.group("Second", sourceServerIds=[TWO])

    assert both == f"Servers {ONE} and 1 more belong to the protection group First"
    message = refused(system, sourceServerIds=[TWO, ONE])["message"]
    assert message == f"Servers {ONE} and 1 more belong to the protection group First and to others"


def test_of_many_servers_of_another_group_a_hundred_are_named_and_the_others_counted(system: System) -> None:
    servers = [server_id(number) for number in range(130)]
    system.protect(DATABASE, *servers)
    system.group("Owner", sourceServerIds=servers)

    details = refused(system, sourceServerIds=servers, clientToken="once")["details"]

    assert [each["server"] for each in details["servers"]] == servers[:100]
    assert details["moreServers"] == 30


def test_the_same_server_id_in_another_account_is_another_server(system: System) -> None:
    system.protect(DATABASE, ONE)
    system.protect(WEB, ONE)
    system.group("Databases", sourceServerIds=[ONE])

    system.group("Web", WEB, sourceServerIds=[ONE])


def test_a_name_is_used_once_whatever_its_case(system: System) -> None:
    system.group("databases", serverSelectionTags={"tier": "db"})
    system.protect(DATABASE, ONE)

    answer = refused(system, groupName="DATABASES")

    assert (answer["error"], answer["details"]["reason"]) == ("CONFLICT_ERROR", "NAME_EXISTS")


def test_a_name_is_used_once_whatever_its_runs_of_blanks_and_kept_as_it_was_written(system: System) -> None:
    group_id = system.group("Web  tier", serverSelectionTags={"tier": "db"})
    system.protect(DATABASE, ONE)

    answer = refused(system, groupName="web tier")

    assert (answer["error"], answer["details"]["reason"]) == ("CONFLICT_ERROR", "NAME_EXISTS")
    assert system.ask("get_protection_group", groupId=group_id)["groupName"] == "Web  tier"
    for prefix in ("web t", "WEB   T"):
        [found] = system.ask("list_protection_groups", namePrefix=prefix)["items"]
        assert found["groupId"] == group_id


@pytest.mark.parametrize(("one", "other"), [("👨\u200d👩 desk", "👨👩 desk"), ("⚠\ufe0f Payroll", "⚠ payroll")])
def test_a_name_is_used_once_whatever_joins_or_colours_its_emoji(system: System, one: str, other: str) -> None:
    system.group(one, serverSelectionTags={"tier": "db"})
    system.protect(DATABASE, ONE)

    answer = refused(system, groupName=other)

    assert (answer["error"], answer["details"]["reason"]) == ("CONFLICT_ERROR", "NAME_EXISTS")


def test_two_groups_never_select_by_the_same_tags_in_one_account_and_region(system: System) -> None:
    tags = {"tier": "db", "site": "a"}
    system.group("First", serverSelectionTags=tags)

    answer = refused(system, groupName="Second", sourceServerIds=..., serverSelectionTags=tags)
    system.group("Elsewhere", WEB, serverSelectionTags=tags)
    system.group("Wider", serverSelectionTags={"tier": "db"})

    assert (answer["error"], answer["details"]["reason"]) == ("CONFLICT_ERROR", "TAG_CONFLICT")
    assert "First" in answer["message"]


def test_an_account_that_is_not_registered_or_inactive_is_refused(system: System) -> None:
    system.accounts.put(account(WEB, AccountStatus.INACTIVE), 1)

    assert codes(refused(system, accountId="999999999999")) == {"accountId": "ACCOUNT_NOT_REGISTERED"}
    assert codes(refused(system, accountId=WEB.account_id)) == {"accountId": "ACCOUNT_INACTIVE"}


def test_a_role_that_cannot_be_assumed_is_named_with_its_account_and_step(system: System) -> None:
    system.sts.missing.add(DATABASE.account_id)

    answer = refused(system)

    assert answer["error"] == "CROSS_ACCOUNT_ERROR"
    assert answer["details"]["accountId"] == DATABASE.account_id
    assert answer["details"]["step"] == "AssumeRole"
    assert "DRSOrchestrationRole" in answer["details"]["roleArn"]


def test_drs_that_is_not_initialised_there_is_said_and_nothing_is_stored(system: System) -> None:
    answer = refused(system, region="eu-west-1")

    assert answer["error"] == "DRS_SERVICE_ERROR"
    assert answer["details"]["drsCode"] == "NOT_INITIALIZED"


@pytest.mark.parametrize("name", ["", "   ", "x" * 65])
def test_a_name_has_1_to_64_characters(system: System, name: str) -> None:
    assert codes(refused(system, groupName=name)).keys() == {"groupName"}
