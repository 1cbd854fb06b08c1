"""Who changed a server's own settings is told in its history, whichever way its group was saved."""

from typing import Any

import pytest

from tests.functional.launch_configs.stage import TARGET
from tests.functional.launch_configs.test_runs import Shop


@pytest.fixture
def shop() -> Shop:
    return Shop(2)


def actions(shop: Shop, server: str) -> list[tuple[str, list[str]]]:
    return [(each["action"], [one["field"] for one in each["differences"]]) for each in shop.history(server)]


def save(shop: Shop, **fields: Any) -> dict[str, Any]:
    shop.world.advance(1)
    version = shop.world.ask("get_protection_group", groupId=shop.group)["version"]
    return shop.world.ask("update_protection_group", groupId=shop.group, version=version, **fields)


def test_a_change_of_the_group_tells_whose_own_settings_are_otherwise(shop: Shop) -> None:
    first, second = shop.servers
    own = {"sourceServerId": first, "launchTemplate": {"copyTags": False}}

    save(shop, servers=[own])
    save(shop, servers=[own], description="the same")
    save(shop, servers=[])

    assert actions(shop, first) == [("SETTINGS_REMOVED", ["copyTags"]), ("SETTINGS_CHANGED", ["copyTags"])]
    assert actions(shop, second) == []
    assert shop.history(first)[0]["groupVersion"] == 4


def test_so_does_an_import_but_no_rehearsal_of_one(shop: Shop) -> None:
    first = shop.servers[0]
    exported = shop.world.ask("export_configuration")
    document = {name: value for name, value in exported.items() if name != "nextToken"}
    [group] = document["protectionGroups"]
    group["servers"] = [{"sourceServerId": first, "drillLaunchTemplate": {"copyTags": False}}]
    content = {**document, "onConflict": "update"}

    shop.world.ask("import_configuration", **content, dryRun=True)
    assert actions(shop, first) == []
    shop.world.ask("import_configuration", **content)

    assert actions(shop, first) == [("SETTINGS_CHANGED", ["drillLaunchTemplate.copyTags"])]


def test_a_group_that_is_made_with_settings_of_a_server_or_deleted_tells_of_them(shop: Shop) -> None:
    server = shop.servers[0]
    shop.world.ask("delete_protection_group", groupId=shop.group)
    own = {"sourceServerId": server, "launchTemplate": {"copyTags": True}}

    place = {"accountId": TARGET.account_id, "region": TARGET.region, "sourceServerIds": shop.servers}
    made = shop.world.ask("create_protection_group", groupName="Again", **place, servers=[own])
    shop.group = made["groupId"]

    assert actions(shop, server) == [("SETTINGS_CHANGED", ["copyTags"])]
    shop.world.advance(1)
    shop.world.ask("delete_protection_group", groupId=shop.group)
    shop.group = shop.world.ask("create_protection_group", groupName="Anew", **place)["groupId"]
    assert [action for action, _ in actions(shop, server)] == ["SETTINGS_REMOVED", "SETTINGS_CHANGED"]
