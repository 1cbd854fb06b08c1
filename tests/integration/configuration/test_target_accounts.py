"""Registering, reading, changing and forgetting target accounts, through both doors."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.models.execution import ExecutionStatus
from shared.models.targets import Target
from shared.stores.table import Table
from tests.integration.configuration.conftest import Call, System
from tests.support.configuration import DATABASE, HUB, WEB, server_id
from tests.support.store_contract.samples import header

NEW = "777788889999"
SECRET = "a-secret-of-this-account"


def fields(**changed: Any) -> dict[str, Any]:
    known = {"accountId": NEW, "accountName": "Web", "externalId": SECRET, "regions": ["us-west-2"]}
    return {name: value for name, value in {**known, **changed}.items() if value is not ...}


def spoil(table: Table) -> None:
    """Write a row of the account that is no target account."""
    table.put({"accountId": NEW, "accountName": "Web", "version": 1, "createdAt": "yesterday"})


def refused(system: System, operation: str, **parameters: Any) -> dict[str, Any]:
    """Ask for what must not be done, and see that nothing was written."""
    before = system.content()
    answer = system.call(operation, **parameters)
    assert "error" in answer, answer
    assert system.content() == before
    return answer


def codes(answer: dict[str, Any]) -> dict[str, str]:
    assert answer["error"] == "VALIDATION_ERROR", answer
    return {each["field"]: each["code"] for each in answer["details"]["fields"]}


@pytest.mark.requirement("SRS-F43", "SRS-F44")
def test_an_account_is_registered_and_read_and_its_external_id_is_never_answered(system: System) -> None:
    added = system.call("add_target_account", **fields())

    assert added == {
        "accountId": NEW,
        "accountName": "Web",
        "hasExternalId": True,
        "regions": ["us-west-2"],
        "status": "active",
        "stagingAccounts": [],
        "createdAt": "2026-01-29T02:00:00.000Z",
        "updatedAt": "2026-01-29T02:00:00.000Z",
        "version": 1,
    }
    assert system.ask("get_target_account", accountId=NEW) == added
    assert added in system.ask("list_target_accounts")["items"]
    assert SECRET not in str([added, system.ask("list_target_accounts")])
    assert system.accounts.get(NEW).external_id == SECRET


def test_an_account_without_a_name_is_called_by_its_id(system: System) -> None:
    assert system.call("add_target_account", **fields(accountName=...))["accountName"] == NEW


def test_the_old_route_registers_too_and_answers_201(system: System) -> None:
    status, added = system.by_api(1, "POST /accounts/target", body=fields())

    assert status == 201
    assert system.ask("get_target_account", accountId=NEW) == added


def test_an_account_is_registered_once(system: System) -> None:
    system.call("add_target_account", **fields())

    again = refused(system, "add_target_account", **fields(accountName="Other"))

    assert (again["error"], again["details"]["reason"]) == ("CONFLICT_ERROR", "NAME_EXISTS")


def test_a_client_token_makes_a_repeated_registration_the_first_one(system: System) -> None:
    first = system.call("add_target_account", **fields(clientToken="t-1"))
    before = system.content()

    assert system.call("add_target_account", **fields(clientToken="t-1")) == first
    assert system.content() == before
    other = refused(system, "add_target_account", **fields(accountName="Other", clientToken="t-1"))
    assert (other["details"]["reason"], other["details"]["field"]) == ("IN_USE", "clientToken")


def test_what_is_kept_for_a_client_token_holds_no_external_id(system: System) -> None:
    system.call("add_target_account", **fields(clientToken="t-1"))

    assert [row["accountId"] for row in system.tables["accounts"].scan() if SECRET in str(row)] == [NEW]


def test_the_same_registration_that_was_faster_is_the_answer(system: System) -> None:
    first: list[dict[str, Any]] = []

    def rival() -> None:
        first.append(system.call("add_target_account", **fields(clientToken="t-1")))

    system.tables["accounts"].before_write = rival

    assert system.call("add_target_account", **fields(clientToken="t-1")) == first[0]
    assert first[0]["version"] == 1


def test_what_breaks_a_rule_is_named_all_at_once_and_nothing_is_stored(system: System) -> None:
    wrong = {"roleArn": "arn:aws:iam::444455556666:role/R", "externalId": ..., "regions": ["us-west-2", "xx-east-1"]}

    assert codes(refused(system, "add_target_account", **fields(**wrong))) == {
        "roleArn": "ROLE_OF_ANOTHER_ACCOUNT",
        "externalId": "REQUIRED",
        "regions[1]": "UNKNOWN_REGION",
    }


@pytest.mark.parametrize(
    ("operation", "fields_of"),
    [
        ("add_target_account", fields),
        ("update_target_account", lambda: {"accountId": NEW, "version": 1}),
        ("validate_target_account", lambda: {"accountId": NEW}),
    ],
)
def test_a_region_that_is_named_twice_is_refused_at_the_second(
    system: System, operation: str, fields_of: Callable[[], dict[str, Any]]
) -> None:
    if operation != "add_target_account":
        system.call("add_target_account", **fields())
    ask = system.ask if operation.startswith("validate") else system.call

    answer = ask(operation, **{**fields_of(), "regions": ["us-west-2", "eu-west-1", "us-west-2"]})

    assert codes(answer) == {"regions[2]": "DUPLICATE_REGION"}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("accountId", "1234", "WRONG_FORMAT"),
        ("accountId", "١٢٣٤٥٦٧٨٩٠١٢", "WRONG_FORMAT"),
        ("accountName", " ", "OUT_OF_RANGE"),
        ("accountName", "two\nlines", "WRONG_FORMAT"),
        ("externalId", "short", "WRONG_FORMAT"),
        ("externalId", "with a blank", "WRONG_FORMAT"),
        ("roleArn", "DRSOrchestrationRole", "WRONG_FORMAT"),
        ("status", "deleted", "NOT_ONE_OF"),
        ("checkDocumentPattern", "x" * 129, "OUT_OF_RANGE"),
        ("version", 1, "UNKNOWN_FIELD"),
    ],
)
def test_a_field_of_another_shape_is_named(system: System, field: str, value: Any, code: str) -> None:
    assert codes(refused(system, "add_target_account", **fields(**{field: value}))) == {field: code}


def test_the_hub_takes_no_role_and_needs_no_external_id(system: System) -> None:
    role = f"arn:aws:iam::{HUB}:role/R"

    wrong = refused(system, "add_target_account", **fields(accountId=HUB, externalId=..., roleArn=role))

    assert codes(wrong) == {"roleArn": "NOT_FOR_THE_HUB"}
    assert system.call("add_target_account", **fields(accountId=HUB, externalId=...))["hasExternalId"] is False


@pytest.mark.requirement("SRS-F42")
def test_accounts_are_listed_by_id_a_page_at_a_time_and_by_the_old_name(system: System) -> None:
    system.call("add_target_account", **fields())
    system.tables["accounts"].put({"accountId": "settings#tag-sync", "enabled": True})

    first = system.ask("list_target_accounts", limit=2)
    rest = system.ask("list_target_accounts", limit=2, nextToken=first["nextToken"])

    assert [one["accountId"] for one in first["items"]] == [DATABASE.account_id, WEB.account_id]
    assert [one["accountId"] for one in rest["items"]] == [NEW]
    assert "nextToken" not in rest
    assert system.handlers[0]({"operation": "get_target_accounts"}, Call()) == system.ask("list_target_accounts")


@pytest.mark.requirement("SRS-F45")
def test_an_update_changes_what_it_says_and_keeps_the_external_id(system: System) -> None:
    added = system.call("add_target_account", **fields())
    system.clock.advance(60)

    updated = system.call("update_target_account", accountId=NEW, version=1, status="inactive", regions=None)

    later = {"updatedAt": "2026-01-29T02:01:00.000Z", "version": 2}
    assert updated == added | {"status": "inactive", "regions": []} | later
    assert system.accounts.get(NEW).external_id == SECRET
    assert system.ask("get_target_account", accountId=NEW) == updated


def test_an_update_that_changes_nothing_keeps_version_and_stamp(system: System) -> None:
    added = system.call("add_target_account", **fields())
    before = system.content()
    system.clock.advance(60)

    assert system.call("update_target_account", accountId=NEW, version=1) == added
    assert system.call("update_target_account", version=1, **fields()) == added
    assert system.content() == before


def test_null_gives_what_a_new_account_would_have(system: System) -> None:
    system.call("add_target_account", **fields(roleArn=f"arn:aws:iam::{NEW}:role/R", checkDocumentPattern="Own-*"))

    updated = system.call(
        "update_target_account", accountId=NEW, version=1, accountName=None, roleArn=None, checkDocumentPattern=None
    )

    assert updated["accountName"] == NEW
    assert not {"roleArn", "checkDocumentPattern"} & set(updated)
    assert codes(refused(system, "update_target_account", accountId=NEW, version=2, externalId=None)) == {
        "externalId": "REQUIRED"
    }


def test_an_update_rests_on_the_version_that_was_read(system: System) -> None:
    system.call("add_target_account", **fields())
    system.call("update_target_account", accountId=NEW, version=1, accountName="Second")

    stale = refused(system, "update_target_account", accountId=NEW, version=1, accountName="Third")

    assert (stale["error"], stale["details"]["reason"]) == ("CONFLICT_ERROR", "VERSION_CONFLICT")
    assert stale["details"]["version"] == 2
    assert codes(refused(system, "update_target_account", accountId=NEW, accountName="X")) == {"version": "REQUIRED"}


@pytest.mark.parametrize(
    ("operation", "more"), [("update_target_account", {"version": 1}), ("delete_target_account", {})]
)
def test_an_account_that_nobody_registered_is_not_found(system: System, operation: str, more: dict[str, Any]) -> None:
    assert refused(system, operation, accountId="999999999999", **more)["error"] == "RESOURCE_NOT_FOUND"
    assert system.ask("get_target_account", accountId="999999999999")["error"] == "RESOURCE_NOT_FOUND"


@pytest.mark.requirement("SRS-F46")
def test_an_account_that_nothing_uses_is_forgotten_with_204(system: System) -> None:
    system.call("add_target_account", **fields())

    status, body = system.by_api(
        1,
        "DELETE /accounts/targets/{accountId}",
        pathParameters={"accountId": NEW},
        queryStringParameters={"version": "1"},
    )

    assert (status, body) == (204, {})
    assert system.ask("get_target_account", accountId=NEW)["error"] == "RESOURCE_NOT_FOUND"
    assert NEW not in str(system.tables["accounts"].scan())


def test_an_account_is_not_forgotten_on_a_stale_version(system: System) -> None:
    system.call("add_target_account", **fields())
    system.call("update_target_account", accountId=NEW, version=1, accountName="Second")

    stale = refused(system, "delete_target_account", accountId=NEW, version=1)

    assert (stale["details"]["reason"], stale["details"]["version"]) == ("VERSION_CONFLICT", 2)


def test_an_account_that_is_changed_while_it_is_forgotten_goes_unless_a_version_was_named(system: System) -> None:
    def change() -> None:
        version = system.accounts.get(WEB.account_id).version
        system.call("update_target_account", accountId=WEB.account_id, version=version, accountName=f"After {version}")

    system.tables["accounts"].before_write = change
    refused = system.call("delete_target_account", accountId=WEB.account_id, version=1)
    system.tables["accounts"].before_write = change
    gone = system.call("delete_target_account", accountId=WEB.account_id)

    assert (refused["details"]["reason"], refused["details"]["version"]) == ("VERSION_CONFLICT", 2)
    assert gone == {}
    assert system.accounts.find(WEB.account_id) is None


@pytest.mark.requirement("SRS-F46")
def test_an_account_with_groups_stays_and_the_refusal_names_them(system: System) -> None:
    system.protect(DATABASE, server_id(1), server_id(2))
    first = system.group("Databases", sourceServerIds=[server_id(1)])
    second = system.group("Caches", sourceServerIds=[server_id(2)])

    used = refused(system, "delete_target_account", accountId=DATABASE.account_id)

    assert (used["error"], used["details"]["reason"], used["details"]["groupCount"]) == ("CONFLICT_ERROR", "IN_USE", 2)
    named = {each["groupId"]: each["groupName"] for each in used["details"]["groups"]}
    assert named == {first: "Databases", second: "Caches"}
    assert "Caches, Databases" in used["message"]
    for group_id in (first, second):
        assert "error" not in system.call("delete_protection_group", groupId=group_id)
    assert "error" not in system.call("delete_target_account", accountId=DATABASE.account_id)


def test_the_hubs_own_row_may_go_though_groups_and_executions_are_in_the_hub(system: System) -> None:
    """Nothing rests on it: they are there without it too."""
    system.call("add_target_account", **fields(accountId=HUB, externalId=...))
    place = Target(account_id=HUB, region="us-east-1")
    group_id = system.group("Own", place, serverSelectionTags={"tier": "web"})
    system.executions.create(header(status=ExecutionStatus.RUNNING, targets=(place,)))

    assert "error" not in system.call("delete_target_account", accountId=HUB)
    assert system.ask("get_protection_group", groupId=group_id)["accountId"] == HUB


def test_of_many_groups_twenty_are_named(system: System) -> None:
    for number in range(23):
        system.group(f"Group {number:02}", serverSelectionTags={"n": str(number)})

    used = refused(system, "delete_target_account", accountId=DATABASE.account_id)

    assert (used["details"]["groupCount"], len(used["details"]["groups"])) == (23, 20)
    assert used["message"].endswith("Group 19 and 3 more")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (ExecutionStatus.RUNNING, "RUNNING"),
        (ExecutionStatus.FAILED, "FAILED, and its last mail or a gate of it is still under way"),
    ],
)
def test_an_open_execution_keeps_its_account_though_no_tie_of_it_is_left(
    system: System, status: ExecutionStatus, words: str
) -> None:
    """As in a table that was restored from a backup of before it was started."""
    restored = header(status=status)
    system.executions.create(restored)

    used = refused(system, "delete_target_account", accountId=DATABASE.account_id)

    assert [each["executionId"] for each in used["details"]["executions"]] == [restored.execution_id]
    assert used["message"].endswith(f"is used by the execution {restored.execution_id} ({words})")
    assert system.call("delete_target_account", accountId=WEB.account_id) == {}
    if restored.is_terminal:
        assert system.executions.close(restored)
        assert system.call("delete_target_account", accountId=DATABASE.account_id) == {}


def test_a_group_that_is_made_while_its_account_is_forgotten_keeps_it(system: System) -> None:
    """Whoever comes first wins: the deletion looks again, and finds the group."""

    def rival() -> None:
        system.group("Rival", serverSelectionTags={"tier": "web"})

    system.tables["accounts"].before_write = rival

    used = system.call("delete_target_account", accountId=DATABASE.account_id)

    assert used["details"]["reason"] == "IN_USE"
    assert "Rival" in used["message"]


def test_an_account_that_is_forgotten_while_a_group_is_made_gets_none(system: System) -> None:
    def rival() -> None:
        assert "error" not in system.call("delete_target_account", accountId=DATABASE.account_id)

    system.tables["accounts"].before_write = rival

    refusal = system.call(
        "create_protection_group",
        groupName="Late",
        accountId=DATABASE.account_id,
        region=DATABASE.region,
        serverSelectionTags={"tier": "web"},
    )

    assert codes(refusal) == {"accountId": "ACCOUNT_NOT_REGISTERED"}
    assert system.ask("list_protection_groups")["items"] == []


def test_a_row_that_somebody_wrote_wrongly_is_told_and_not_overwritten(system: System) -> None:
    spoil(system.tables["accounts"])

    for answer in (
        system.ask("get_target_account", accountId=NEW),
        refused(system, "update_target_account", accountId=NEW, version=1),
        refused(system, "delete_target_account", accountId=NEW),
    ):
        assert (answer["error"], answer["details"]["step"]) == ("CROSS_ACCOUNT_ERROR", "FindTargetAccount")
