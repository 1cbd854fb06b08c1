"""Launches into existing instances beside all else that a group says: what goes before what, and what cannot stand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from shared.launch_config_overlays import NOTHING, drill_overlays, with_instance
from shared.launch_config_rules import EffectiveConfig, effective_configs, merged
from shared.launch_into_contradictions import check_launch_into
from shared.launch_into_rules import BY_NAME, into_instance, wanted_instances, wants_any
from shared.models.launch_config import LaunchConfig, ServerLaunchConfig
from shared.models.protection_group import ProtectionGroupFields
from tests.support.configuration import DATABASE, server_id
from tests.support.launch_settings import settings_of_group, settings_of_server

ONE, TWO = server_id(1), server_id(2)
A, B = "i-0000000000000000a", "i-0000000000000000b"


def into(instance_id: str | None) -> dict[str, Any]:
    properties = None if instance_id is None else {"launchIntoEc2InstanceId": instance_id}
    return {"launchIntoInstanceProperties": properties}


def group(*servers: dict[str, Any], **fields: Any) -> ProtectionGroupFields:
    known = {"groupName": "Databases", "accountId": DATABASE.account_id, "region": DATABASE.region}
    return ProtectionGroupFields.model_validate({**known, "servers": servers, **fields})


def server(server_id: str = ONE, **said: Any) -> dict[str, Any]:
    return {"sourceServerId": server_id, **said}


def told(fields: ProtectionGroupFields, stored: ProtectionGroupFields | None = None) -> dict[str, str]:
    return {each.field: each.code for each in check_launch_into(fields, stored)}


@pytest.mark.parametrize(
    ("said", "always", "in_drills"),
    [
        ({"launchTemplate": into(A)}, A, A),
        ({"drillLaunchTemplate": into(A)}, BY_NAME, A),
        ({"launchTemplate": into(None)}, None, None),
        ({"launchTemplate": into(A), "drillLaunchTemplate": into(None)}, A, None),
        ({"launchTemplate": into(None), "drillLaunchTemplate": into(B)}, None, B),
        ({"launchTemplate": into(A), "drillLaunchTemplate": into(B)}, A, B),
        ({"launchTemplate": {"copyTags": None}}, BY_NAME, BY_NAME),
    ],
)
def test_what_a_server_says_goes_before_its_names_and_drills_before_all(
    said: dict[str, Any], always: str | None, in_drills: str | None
) -> None:
    fields = group(server(**said), launchIntoMatching="NAME")

    assert wanted_instances(fields, [ONE], is_drill=False).get(ONE) == always
    assert wanted_instances(fields, [ONE], is_drill=True).get(ONE) == in_drills
    assert wanted_instances(fields, [TWO], is_drill=True) == {TWO: BY_NAME}


def test_what_only_drills_say_nobody_looks_for_otherwise() -> None:
    fields = group(server(drillLaunchTemplate=into(A)))

    assert wants_any(fields, is_drill=True)
    assert not wants_any(fields, is_drill=False)
    assert wanted_instances(fields, [ONE, TWO], is_drill=True) == {ONE: A}


def test_an_instance_is_never_part_of_what_is_applied() -> None:
    fields = group(server(launchTemplate={**into(A), "recoveryMode": "FAST"}, drillLaunchTemplate=into(B)))

    assert effective_configs(fields, [ONE])[ONE].settings == {"recoveryMode": "FAST"}
    assert drill_overlays(fields, [ONE]) == {}


@given(standing=settings_of_group(), own=settings_of_server(), drill=settings_of_server())
def test_an_instance_goes_before_all_that_does_not_stand_beside_it(
    standing: dict[str, Any], own: dict[str, Any], drill: dict[str, Any]
) -> None:
    config = merged(LaunchConfig.model_validate(standing), ServerLaunchConfig.model_validate(own))
    fields = group(server(launchTemplate=own, drillLaunchTemplate=drill), launchConfig=standing)
    beneath = drill_overlays(fields, [ONE]).get(ONE, NOTHING)

    overlay = with_instance(beneath, config, A)

    there = {**overlay.under(config).settings, **overlay.settings}
    assert {name: there[name] for name in into_instance(A)} == into_instance(A)
    others = {name: value for name, value in overlay.settings.items() if name not in into_instance(A)}
    assert others == {name: value for name, value in beneath.settings.items() if name not in into_instance(A)}


def test_what_stands_already_is_not_put_over_it_again() -> None:
    overlay = with_instance(NOTHING, EffectiveConfig({"copyTags": False, "copyPrivateIp": True}), A)

    assert "copyTags" not in overlay.settings
    assert overlay.settings["copyPrivateIp"] is False


def test_two_servers_for_one_instance_are_told_where_they_meet() -> None:
    always = group(server(launchTemplate=into(A)), server(TWO, launchTemplate=into(A)))
    in_drills = group(server(launchTemplate=into(A)), server(TWO, drillLaunchTemplate=into(A)))
    apart = group(
        server(launchTemplate=into(A), drillLaunchTemplate=into(B)),
        server(TWO, launchTemplate=into(B), drillLaunchTemplate=into(A)),
    )
    path = "servers[1].{}.launchIntoInstanceProperties.launchIntoEc2InstanceId"

    assert told(always) == {path.format("launchTemplate"): "LAUNCH_INTO_TAKEN"}
    assert told(in_drills) == {path.format("drillLaunchTemplate"): "LAUNCH_INTO_TAKEN"}
    assert told(apart) == {}


@pytest.mark.parametrize("name", ["launchConfig", "drillLaunchConfig"])
def test_a_group_has_no_instance_unless_it_had_it_before(name: str) -> None:
    fields = group(**{name: into(A)})
    changed = group(**{name: into(A)}, launchIntoMatching="NAME")

    assert told(fields) == {f"{name}.launchIntoInstanceProperties": "LAUNCH_INTO_NEEDS_SERVER"}
    assert told(fields, fields) == {}
    assert told(changed, fields) == {}


@pytest.mark.parametrize(
    ("fields", "paths"),
    [
        (group(launchConfig={"copyTags": True}, launchIntoMatching="NAME"), ["launchConfig.copyTags"]),
        (group(drillLaunchConfig={"copyTags": True}, launchIntoMatching="NAME"), ["drillLaunchConfig.copyTags"]),
        (
            group(server(launchTemplate=into(A), drillLaunchTemplate={"copyPrivateIp": True})),
            ["servers[0].drillLaunchTemplate.copyPrivateIp"],
        ),
        (
            group(server(launchTemplate={"copyTags": True}, drillLaunchTemplate=into(A))),
            [],
        ),
        (group(server(launchTemplate={**into(A), "copyTags": None, "copyPrivateIp": None})), []),
        (group(server(launchTemplate={**into(None), "copyTags": True}), launchIntoMatching="NAME"), []),
        (group(server(launchTemplate={**into(A), "instanceType": "m6i.large", "subnetId": "subnet-0000000a"})), []),
    ],
)
def test_what_excludes_it_is_told_at_the_layer_that_says_it(fields: ProtectionGroupFields, paths: list[str]) -> None:
    assert told(fields) == dict.fromkeys(paths, "LAUNCH_INTO_EXCLUDES")
