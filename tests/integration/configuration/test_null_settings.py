"""A setting that is null leaves that field as DRS has it; one that is absent is the group's: nothing mixes them up."""

from typing import Any

from tests.integration.configuration.conftest import System
from tests.integration.configuration.test_export import content, export, imported, system_with_servers
from tests.support.configuration import DATABASE, server_id

OWN = [{"sourceServerId": server_id(1), "useGroupDefaults": True, "launchTemplate": {"copyTags": None}}]


def with_null(system: System) -> dict[str, Any]:
    system.protect(DATABASE, server_id(1))
    fields: dict[str, Any] = {"launchConfig": {"copyTags": True}, "servers": OWN, "sourceServerIds": [server_id(1)]}
    return system.call("get_protection_group", groupId=system.group("Web", **fields))


def test_null_is_stored_and_answered(system: System) -> None:
    assert with_null(system)["servers"] == OWN


def test_a_change_from_null_to_absence_is_one(system: System) -> None:
    group = with_null(system)
    which = {"groupId": group["groupId"], "version": 1}

    absent = [{**OWN[0], "launchTemplate": {}}]
    changed = system.call("update_protection_group", **which, servers=absent)
    same = system.call("update_protection_group", groupId=group["groupId"], version=2, servers=absent)
    back = system.call("update_protection_group", groupId=group["groupId"], version=2, servers=OWN)

    assert (changed["version"], changed["servers"]) == (2, absent)
    assert same == changed
    assert (back["version"], back["servers"]) == (3, OWN)


def test_a_change_of_another_field_keeps_it(system: System) -> None:
    group = with_null(system)

    changed = system.call("update_protection_group", groupId=group["groupId"], version=1, owner="Ann")

    assert changed["servers"] == OWN


def test_it_is_exported_and_imported(system: System) -> None:
    with_null(system)
    document = export(system)
    elsewhere = system_with_servers()

    assert document["protectionGroups"][0]["servers"] == OWN
    imported(elsewhere, content(document) | {"schemaVersion": "1.1"}, onConflict="update")
    imported(elsewhere, content(document) | {"schemaVersion": "1.1"}, onConflict="update")
    assert export(elsewhere)["protectionGroups"][0]["servers"] == OWN
