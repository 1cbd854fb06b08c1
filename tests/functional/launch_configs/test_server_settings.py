"""Settings of single servers: stored in their group by its rules, told by the paths of the request, and of old."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.launch_config_rules import LAUNCH_INTO
from shared.models.launch_config import ServerLaunchConfig
from tests.functional.launch_configs.stage import TARGET, Stage
from tests.functional.launch_configs.test_runs import Shop
from tests.support.launch_settings import EACH_VALUE, not_held, settings_meant, settings_of_group, settings_of_server
from tests.support.world import wave
from tests.support.world.world import Refused


@pytest.fixture
def shop() -> Shop:
    return Shop(3)


def wrong(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["field"], each["code"]) for each in answer["details"]["fields"]]


def put(shop: Shop, number: int, version: int, **template: Any) -> dict[str, Any]:
    which: dict[str, Any] = {"groupId": shop.group, "serverId": shop.servers[number], "version": version}
    return shop.world.call("update_server_launch_config", **which, launchTemplate=template)


@pytest.mark.requirement("PRD-14", "SRS-F09", "SRS-F10")
def test_a_server_has_its_own_over_the_groups_and_is_told_what_follows(shop: Shop) -> None:
    saved = put(shop, 0, 1, staticPrivateIp="10.0.0.9", copyTags=None)

    assert (saved["version"], saved["useGroupDefaults"]) == (2, False)
    assert saved["launchTemplate"] == {"staticPrivateIp": "10.0.0.9", "copyTags": None}
    assert saved["effective"]["staticPrivateIp"] == "10.0.0.9"
    assert "copyTags" not in saved["effective"]
    assert saved["implied"].keys() == {"copyPrivateIp", "targetInstanceTypeRightSizingMethod"}
    now = shop.now(shop.servers[0])
    assert (now["launchTemplate"], now["status"]["status"]) == (saved["launchTemplate"], "PENDING")
    assert now["found"]["copyTags"] is False
    assert {each["field"] for each in now["differences"]} == {
        "instanceType",
        "securityGroupIds",
        "staticPrivateIp",
        "subnetId",
        "targetInstanceTypeRightSizingMethod",
    }


def test_the_same_again_is_no_change(shop: Shop) -> None:
    first, again = put(shop, 0, 1, copyTags=False), put(shop, 0, 2, copyTags=False)

    assert (first["version"], again["version"]) == (2, 2)
    assert [each["action"] for each in shop.history(shop.servers[0])] == ["SETTINGS_CHANGED"]


def test_an_entry_without_settings_goes_when_they_are_taken_away(shop: Shop) -> None:
    empty = [{"sourceServerId": shop.servers[0], "useGroupDefaults": True}]
    shop.world.ask("update_protection_group", groupId=shop.group, version=1, servers=empty)
    which: dict[str, Any] = {"groupId": shop.group, "serverId": shop.servers[0]}

    shop.world.ask("delete_server_launch_config", **which, version=2)

    assert shop.world.ask("get_protection_group", groupId=shop.group)["servers"] == []
    assert shop.world.call("delete_server_launch_config", **which)["error"] == "RESOURCE_NOT_FOUND"


def test_rules_are_told_by_the_path_of_the_request_and_others_by_their_id(shop: Shop) -> None:
    assert put(shop, 0, 1, staticPrivateIp="10.0.0.9")["version"] == 2

    twice = put(shop, 1, 2, staticPrivateIp="10.0.0.9")
    public = put(shop, 1, 2, staticPrivateIp="8.8.8.8", copyPrivateIp=True)

    assert wrong(twice) == [("launchTemplate.staticPrivateIp", "DUPLICATE_IP")]
    assert shop.servers[0] in twice["message"]
    assert wrong(public) == [
        ("launchTemplate.staticPrivateIp", "IP_NOT_PRIVATE"),
        ("launchTemplate.copyPrivateIp", "COPIED_ADDRESS_REPLACES_STATIC"),
    ]
    # the first of them again, though another stands after it in the group
    assert put(shop, 1, 2, staticPrivateIp="10.0.0.10")["version"] == 3
    assert wrong(put(shop, 0, 3, staticPrivateIp="10.0.0.10")) == [("launchTemplate.staticPrivateIp", "DUPLICATE_IP")]


def test_a_server_of_another_group_is_not_found(shop: Shop) -> None:
    [other] = shop.stage.protect(1)
    which = {"groupId": shop.group, "serverId": other}

    asked = [
        shop.world.call("get_server_launch_config", **which),
        shop.world.call("update_server_launch_config", **which, version=1, launchTemplate={}),
        shop.world.call("delete_server_launch_config", **which),
    ]

    assert [each["error"] for each in asked] == ["RESOURCE_NOT_FOUND"] * 3


class Tagged(Shop):
    """Two servers that a group selects by a tag, and one beside them."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.world = self.stage.world
        self.servers = sorted(self.stage.protect(2, tags={"tier": "web"}))
        [self.other] = self.stage.protect(1, tags={"tier": "Web"})
        self.group = self.world.create_group("Tagged", serverSelectionTags={"tier": "web"})

    def lose_tags(self, server: str) -> None:
        """Somebody takes them away, in DRS."""
        self.world.simulator._world.cell(TARGET.account_id, TARGET.region).servers[server].tags.clear()


NOWHERE = "s-9999999999999e001"


def test_a_group_by_tags_takes_settings_of_those_alone_that_it_selects_now() -> None:
    shop = Tagged()
    which: dict[str, Any] = {"groupId": shop.group, "version": 1}
    one, many, update = "update_server_launch_config", "bulk_update_server_configs", "update_protection_group"

    for stranger in (NOWHERE, shop.other):
        servers = [
            {"sourceServerId": each, "launchTemplate": {"copyTags": True}} for each in (shop.servers[0], stranger)
        ]
        refused = shop.world.call(one, **which, serverId=stranger, launchTemplate={"copyTags": True})
        assert wrong(refused) == [("serverId", "SERVER_NOT_IN_GROUP")]
        for operation in (many, update):
            refused = shop.world.call(operation, **which, servers=servers)
            assert wrong(refused) == [("servers[1].sourceServerId", "SERVER_NOT_IN_GROUP")]
        with pytest.raises(Refused, match="RESOURCE_NOT_FOUND"):
            shop.history(stranger)
    assert put(shop, 0, 1, copyTags=True)["version"] == 2
    assert [each["action"] for each in shop.history(shop.servers[0])] == ["SETTINGS_CHANGED"]


def test_settings_under_other_tags_are_asked_about_anew_and_may_always_be_taken_away() -> None:
    shop = Tagged()
    put(shop, 0, 1, copyTags=True)
    which: dict[str, Any] = {"groupId": shop.group, "version": 2}

    moved = shop.world.call("update_protection_group", **which, serverSelectionTags={"tier": "Web"})
    shop.lose_tags(shop.servers[0])
    kept = shop.world.ask("update_protection_group", **which, description="one has left")
    again = put(shop, 0, 3, copyTags=False)
    shop.world.ask("delete_server_launch_config", groupId=shop.group, serverId=shop.servers[0])

    assert wrong(moved) == [("servers[0].sourceServerId", "SERVER_NOT_IN_GROUP")]
    assert len(kept["servers"]) == 1
    assert wrong(again) == [("serverId", "SERVER_NOT_IN_GROUP")]
    assert shop.world.ask("get_protection_group", groupId=shop.group)["servers"] == []


def test_where_drs_cannot_be_asked_nothing_is_stored_of_servers_that_tags_select() -> None:
    shop = Tagged()
    shop.world.remove_role(TARGET.account_id)

    assert put(shop, 0, 1, copyTags=True)["error"] == "CROSS_ACCOUNT_ERROR"
    assert shop.world.ask("get_protection_group", groupId=shop.group)["version"] == 1


def test_an_import_takes_settings_of_servers_that_tags_do_not_select_and_warns_of_them() -> None:
    shop = Tagged()
    own = [
        {"sourceServerId": each, "launchTemplate": {"copyTags": True}}
        for each in (shop.servers[0], shop.other, NOWHERE)
    ]
    which = {"accountId": TARGET.account_id, "region": TARGET.region}
    new = {"groupName": "New", **which, "serverSelectionTags": {"tier": "web", "also": "this"}, "servers": own[:1]}
    document = {"schemaVersion": "1.1", "protectionGroups": [{"groupName": "Tagged", **which, "servers": own}, new]}

    for rehearsal in ({"dryRun": True}, {}):
        report = shop.world.ask("import_configuration", **document, onConflict="update", **rehearsal)

        assert report["failed"] == []
        told = [(each["field"], each["code"]) for one in ("updated", "created") for each in report[one][0]["warnings"]]
        assert told == [
            ("protectionGroups[0].servers[1].sourceServerId", "SERVER_NOT_IN_GROUP"),
            ("protectionGroups[0].servers[2].sourceServerId", "SERVER_NOT_IN_GROUP"),
            ("protectionGroups[1].servers[0].sourceServerId", "SERVER_NOT_IN_GROUP"),
        ]
    stored = shop.world.ask("get_protection_group", groupId=shop.group)["servers"]
    assert [each["sourceServerId"] for each in stored] == [shop.servers[0], shop.other, NOWHERE]


def test_what_is_exported_is_imported_though_a_server_has_lost_its_tags() -> None:
    shop = Tagged()
    put(shop, 0, 1, copyTags=True)
    shop.lose_tags(shop.servers[0])
    plan = shop.world.create_plan("Plan", wave(1, shop.group))
    document = {name: value for name, value in shop.world.ask("export_configuration").items() if name != "nextToken"}
    shop.world.ask("delete_recovery_plan", planId=plan)
    shop.world.ask("delete_protection_group", groupId=shop.group)

    report = shop.world.ask("import_configuration", **document)

    assert (report["summary"]["created"], report["summary"]["failed"]) == (2, 0)
    [group] = [each for each in report["created"] if each["kind"] == "protectionGroup"]
    assert [each["code"] for each in group["warnings"]] == ["SERVER_NOT_IN_GROUP"]
    assert shop.servers[0] in group["warnings"][0]["reason"]
    assert len(shop.world.ask("get_protection_group", groupId=group["id"])["servers"]) == 1


def test_an_import_stores_nothing_of_a_group_whose_servers_nobody_can_be_asked_about() -> None:
    shop = Tagged()
    own = [{"sourceServerId": shop.servers[0], "launchTemplate": {"copyTags": True}}]
    which = {"accountId": TARGET.account_id, "region": TARGET.region}
    document = {"schemaVersion": "1.1", "protectionGroups": [{"groupName": "Tagged", **which, "servers": own}]}
    shop.world.remove_role(TARGET.account_id)

    report = shop.world.ask("import_configuration", **document, onConflict="update")

    assert [each["code"] for each in report["failed"]] == ["CROSS_ACCOUNT_ERROR"]
    assert shop.world.ask("get_protection_group", groupId=shop.group)["version"] == 1


@pytest.mark.requirement("SRS-F11")
def test_settings_are_taken_away_and_the_address_is_released_by_the_next_run(shop: Shop) -> None:
    server = shop.servers[0]
    put(shop, 0, 1, staticPrivateIp="10.0.0.9")
    shop.world.advance(1)
    shop.apply()
    shop.settle()
    assert shop.stage.held(server)["staticPrivateIp"] == "10.0.0.9"
    shop.world.advance(1)

    shop.world.ask("delete_server_launch_config", groupId=shop.group, serverId=server, version=2)
    pending = shop.status()["items"][0]["status"]
    shop.world.advance(1)
    shop.apply()
    shop.settle()

    assert pending == "PENDING"
    assert "staticPrivateIp" not in shop.stage.held(server)
    assert shop.statuses() == {"APPLIED"}
    assert [each["action"] for each in shop.history(server)][1:] == ["SETTINGS_REMOVED", "APPLIED", "SETTINGS_CHANGED"]


@pytest.mark.requirement("SRS-F13")
def test_many_are_changed_together_or_not_at_all(shop: Shop) -> None:
    first, second, third = shop.servers
    which: dict[str, Any] = {"groupId": shop.group, "version": 1}
    address = {"staticPrivateIp": "10.0.0.9"}

    refused = shop.world.call(
        "bulk_update_server_configs",
        **which,
        servers=[
            {"sourceServerId": first, "launchTemplate": address},
            {"sourceServerId": second, "launchTemplate": {**address, "copyPrivateIp": True}},
            {"sourceServerId": first, "launchTemplate": {}},
        ],
    )
    saved = shop.world.ask(
        "bulk_update_server_configs",
        **which,
        servers=[
            {"sourceServerId": first, "launchTemplate": address},
            {"sourceServerId": second, "launchTemplate": {"copyTags": False}},
            {"sourceServerId": third},
        ],
    )

    assert ("servers[2].sourceServerId", "DUPLICATE_SERVER") in wrong(refused)
    assert ("servers[1].launchTemplate.copyPrivateIp", "COPIED_ADDRESS_REPLACES_STATIC") in wrong(refused)
    assert (saved["version"], saved["changed"], saved["unchanged"]) == (2, 2, 1)
    stored = shop.world.ask("get_protection_group", groupId=shop.group)["servers"]
    assert [each["sourceServerId"] for each in stored] == [first, second]


def test_two_of_one_request_may_not_have_one_address(shop: Shop) -> None:
    servers = [
        {"sourceServerId": server, "launchTemplate": {"staticPrivateIp": "10.0.0.9"}} for server in shop.servers[:2]
    ]

    refused = shop.world.call("bulk_update_server_configs", groupId=shop.group, version=1, servers=servers)

    assert wrong(refused) == [("servers[1].launchTemplate.staticPrivateIp", "DUPLICATE_IP")]
    assert shop.servers[0] in refused["message"]


def test_a_running_execution_keeps_the_settings_of_its_servers(shop: Shop) -> None:
    plan = shop.world.create_plan(
        "Shop", {"waveNumber": 0, "waveName": "Only", "protectionGroupIds": [shop.group], "dependsOnWaves": []}
    )
    shop.world.ask("start_execution", planId=plan, executionType="DRILL")

    refused = put(shop, 0, 1, copyTags=False)

    assert refused["details"]["reason"] == "ACTIVE_EXECUTION"


@pytest.mark.requirement("PRD-13", "SRS-F10")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(settings_of_group(), st.lists(settings_of_server(st.just("10.0.0.9")), min_size=2, max_size=2))
def test_whatever_is_stored_is_what_drs_and_the_template_hold_once_it_is_applied(
    config: dict[str, Any], own: list[dict[str, Any]]
) -> None:
    if own[1].get("staticPrivateIp"):
        own[1]["staticPrivateIp"] = "10.0.0.10"
    for each in own:
        if each.get("staticPrivateIp"):
            each["subnetId"] = "subnet-0000000a"
    shop = Shop(3, launchConfig=config)
    servers = [
        {"sourceServerId": server, "launchTemplate": template}
        for server, template in zip(shop.servers, own, strict=False)
    ]
    saved = shop.world.ask(
        "bulk_update_server_configs", groupId=shop.group, version=1, servers=servers, applyLaunchConfigs=True
    )
    shop.settle()

    assert saved["run"]["status"] == "RUNNING"
    shop.apply()
    shop.settle()
    for server, said in zip(shop.servers, [*own, None], strict=True):
        assert not_held(settings_meant(config, said), shop.stage.held(server)) == {}
    assert shop.statuses() <= {"APPLIED", "NONE"}
    written = shop.stage.writes()
    shop.apply()
    shop.settle()
    assert shop.stage.writes() == written


def test_each_field_that_is_accepted_has_values_to_be_found() -> None:
    accepted = {str(field.alias) for field in ServerLaunchConfig.model_fields.values()}

    assert accepted - {LAUNCH_INTO} == EACH_VALUE.keys()


@pytest.mark.requirement("PRD-13", "SRS-F10")
@pytest.mark.parametrize("name", EACH_VALUE)
def test_each_value_of_a_field_is_found_in_drs_or_the_template_whoever_has_said_it(name: str) -> None:
    beside = {"subnetId": "subnet-0000000a"} if name == "staticPrivateIp" else {}
    for value in EACH_VALUE[name]:
        said = {**beside, name: value}
        if name != "staticPrivateIp":
            of_group = Shop(1, launchConfig=said)
            of_group.apply()
            of_group.settle()
            assert not_held(settings_meant(said), of_group.stage.held(of_group.servers[0])) == {}
        of_server = Shop(1, launchConfig={})
        assert put(of_server, 0, 1, **said)["version"] == 2
        of_server.apply()
        of_server.settle()
        assert not_held(settings_meant(said), of_server.stage.held(of_server.servers[0])) == {}
