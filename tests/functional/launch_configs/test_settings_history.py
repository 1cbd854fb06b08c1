"""Who changed a server's own settings is told in its history, whichever way its group was saved."""

from typing import Any

import pytest

from tests.functional.launch_configs.stage import TARGET
from tests.functional.launch_configs.test_launch_into import DOORS, ask
from tests.functional.launch_configs.test_runs import Shop
from tests.functional.launch_configs.test_server_settings import Tagged, put


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


@pytest.mark.requirement("SRS-F14")
@pytest.mark.parametrize("door", DOORS)
def test_it_is_told_of_a_server_that_has_left_the_list_of_the_group(shop: Shop, door: str) -> None:
    first, second = shop.servers
    save(shop, servers=[{"sourceServerId": first, "launchTemplate": {"copyTags": False}}])
    save(shop, servers=[], sourceServerIds=[second])
    which = {"groupId": shop.group, "serverId": first}

    told = ask(shop.world, door, "get_server_config_history", **which).value

    assert [each["action"] for each in told["items"]] == ["SETTINGS_REMOVED", "SETTINGS_CHANGED"]


def test_it_is_told_of_a_server_that_has_lost_its_tags_and_where_drs_cannot_be_asked() -> None:
    shop = Tagged()
    put(shop, 0, 1, copyTags=True)
    shop.lose_tags(shop.servers[0])

    shop.world.remove_role(TARGET.account_id)

    assert actions(shop, shop.servers[0]) == [("SETTINGS_CHANGED", ["copyTags"])]
    nothing_known = {"groupId": shop.group, "serverId": shop.servers[1]}
    assert shop.world.call("get_server_config_history", **nothing_known)["error"] == "CROSS_ACCOUNT_ERROR"


def test_lines_of_another_group_open_the_history_to_nobody_else(shop: Shop) -> None:
    first = shop.servers[0]
    save(shop, servers=[{"sourceServerId": first, "launchTemplate": {"copyTags": False}}])
    other = shop.world.create_group("Other", shop.stage.protect(1))

    refused = shop.world.call("get_server_config_history", groupId=other, serverId=first)

    assert refused["error"] == "RESOURCE_NOT_FOUND"
