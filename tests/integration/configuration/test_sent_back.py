"""What was read can be sent back whole, by way of the door that asks for the whole: PUT."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.integration.configuration.configurations import configurations
from tests.integration.configuration.conftest import System, codes
from tests.integration.configuration.test_export import Document, imported, system_with_servers
from tests.integration.configuration.test_plans import wave
from tests.support.configuration import DATABASE, server_id

ACCOUNT = "777788889999"
KINDS = {
    "group": ("/protection-groups/{groupId}", "groupId", "update_protection_group"),
    "plan": ("/recovery-plans/{planId}", "planId", "update_recovery_plan"),
    "account": ("/accounts/targets/{accountId}", "accountId", "update_target_account"),
}
READ_ONLY = {
    "group": {"createdAt", "updatedAt", "createdBy"},
    "plan": {"createdAt", "updatedAt", "createdBy"},
    "account": {"createdAt", "updatedAt", "hasExternalId", "stagingAccounts"},
}
OTHERWISE = {
    "createdAt": "2020-01-01T00:00:00.000Z",
    "updatedAt": "2020-01-01T00:00:00.000Z",
    "createdBy": "somebody else",
    "hasExternalId": False,
    "stagingAccounts": [{"accountId": "111122223333", "accountName": "Staging", "hasExternalId": False}],
}


def read(system: System, kind: str) -> dict[str, Any]:
    """Make one of the kind, and read it."""
    system.protect(DATABASE, server_id(1))
    group = system.group("Databases", sourceServerIds=[server_id(1)])
    if kind == "account":
        system.call("add_target_account", accountId=ACCOUNT, externalId="a-secret-of-this-account")
        return system.ask("get_target_account", accountId=ACCOUNT)
    if kind == "plan":
        return system.ask("get_recovery_plan", planId=system.plan(wave(0, group), notificationEmail="ops@example.com"))
    return system.ask("get_protection_group", groupId=group)


def put(system: System, kind: str, whole: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Send the whole object by the API."""
    path, key, _ = KINDS[kind]
    return system.by_api(1, f"PUT {path}", body=whole, pathParameters={key: whole[key]})


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_read_is_taken_back_by_both_doors_and_changes_nothing(system: System, kind: str) -> None:
    whole = read(system, kind)
    system.clock.advance(60)

    assert put(system, kind, whole) == (200, whole)
    assert system.call(KINDS[kind][2], **whole) == whole


@pytest.mark.parametrize(
    ("kind", "change"),
    [("group", {"owner": "Ann"}), ("plan", {"rtoMinutes": 30}), ("account", {"accountName": "Shop"})],
)
def test_what_was_read_and_changed_in_one_field_changes_in_that(
    system: System, kind: str, change: dict[str, Any]
) -> None:
    whole = read(system, kind)
    system.clock.advance(60)

    status, after = put(system, kind, {**whole, **change})

    assert (status, after["updatedAt"] > whole["updatedAt"]) == (200, True)
    assert after == {**whole, **change, "version": 2, "updatedAt": after["updatedAt"]}


@pytest.mark.parametrize("kind", KINDS)
def test_what_nobody_may_change_is_refused_by_name_with_what_to_do(system: System, kind: str) -> None:
    whole = read(system, kind)
    before = system.content()

    status, refusal = put(system, kind, whole | {name: OTHERWISE[name] for name in READ_ONLY[kind]})

    assert (status, codes(refusal)) == (400, dict.fromkeys(READ_ONLY[kind], "READ_ONLY"))
    reasons = {each["reason"] for each in refusal["details"]["fields"]}
    assert reasons == {"cannot be changed: leave it out, or send it as it was read"}
    assert system.content() == before


def test_what_nobody_may_change_is_named_beside_broken_rules(system: System) -> None:
    group = read(system, "group")

    _, refusal = put(system, "group", {**group, "createdBy": "me", "sourceServerIds": [server_id(1)] * 2})
    assert codes(refusal) == {"createdBy": "READ_ONLY", "sourceServerIds[1]": "DUPLICATE_SERVER"}
    plan = system.ask("get_recovery_plan", planId=system.plan(wave(0, group["groupId"])))
    _, refusal = put(system, "plan", {**plan, "createdBy": "me", "notificationEmail": "nobody"})
    assert codes(refusal) == {"createdBy": "READ_ONLY", "notificationEmail": "WRONG_FORMAT"}


def test_the_empty_list_of_a_group_that_selects_by_tags_is_sent_back_without_its_tags_being_lost(
    system: System,
) -> None:
    group = system.group("Databases", serverSelectionTags={"tier": "db"})
    whole = system.ask("get_protection_group", groupId=group)
    assert whole["sourceServerIds"] == []

    _, after = put(system, "group", {"groupId": group, "version": 1, "description": "new", "sourceServerIds": []})

    assert (after["description"], after["serverSelectionTags"]) == ("new", {"tier": "db"})
    assert system.groups.get(group).server_selection_tags == {"tier": "db"}


@pytest.mark.parametrize("tags", [{}, None])
def test_a_group_ceases_to_select_by_tags_if_both_selections_say_so(system: System, tags: object) -> None:
    system.protect(DATABASE, server_id(1))
    group = system.group("Databases", serverSelectionTags={"tier": "db"})
    change = {"groupId": group, "version": 1, "sourceServerIds": [server_id(1)], "serverSelectionTags": tags}

    nothing, refusal = put(system, "group", {**change, "sourceServerIds": []})
    status, after = put(system, "group", change)

    assert (nothing, codes(refusal)) == (400, {"sourceServerIds": "EXACTLY_ONE_SELECTION"})
    assert (status, after["sourceServerIds"], after["serverSelectionTags"]) == (200, [server_id(1)], {})


def test_a_document_that_lists_no_servers_leaves_the_tags_of_the_group_that_exists(system: System) -> None:
    group = system.group("Databases", serverSelectionTags={"tier": "db"})
    listed = {
        "groupName": "Databases",
        "accountId": DATABASE.account_id,
        "region": DATABASE.region,
        "sourceServerIds": [],
    }

    report = system.call("import_configuration", schemaVersion="1.1", onConflict="update", protectionGroups=[listed])

    assert report["summary"]["skipped"] == 1
    assert system.groups.get(group).server_selection_tags == {"tier": "db"}


@given(configurations())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_stored_can_be_sent_back_as_it_was_read(configuration: Document) -> None:
    system = system_with_servers()
    imported(system, configuration)
    lists: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "group": lambda: system.ask("list_protection_groups")["items"],
        "plan": lambda: system.ask("list_recovery_plans")["items"],
    }

    for kind, items in lists.items():
        for whole in items():
            assert put(system, kind, whole) == (200, whole)
