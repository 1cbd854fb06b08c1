"""What drills put over the settings of a server, what is written down of it, and what is to be again afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from shared.launch_config_contradictions import check_contradictions
from shared.launch_config_overlays import Overlay, PutBack, drill_config, drill_overlays, with_found
from shared.launch_config_rules import IMPLIED_BY_MOVE, FoundConfig, differences, effective_config
from shared.models.launch_config import ServerOverride
from shared.models.launch_template import DrsLaunchConfiguration, TemplateVersion
from shared.models.protection_group import ProtectionGroupFields
from shared.models.targets import ServerKey
from shared.models.temporary_settings import TemporarySettings
from shared.said_settings import said_in
from tests.support.configuration import NOW
from tests.support.launch_settings import settings_of_group, settings_of_server

SERVER, OTHER = "s-" + "1" * 17, "s-" + "2" * 17
HERE, ELSEWHERE = "subnet-aaaaaaaa", "subnet-bbbbbbbb"


def group_of(
    standing: dict[str, Any] | None = None,
    own: dict[str, Any] | None = None,
    drill: dict[str, Any] | None = None,
    own_drill: dict[str, Any] | None = None,
) -> ProtectionGroupFields:
    said = {"sourceServerId": SERVER, "launchTemplate": own, "drillLaunchTemplate": own_drill}
    return ProtectionGroupFields.model_validate(
        {
            "groupName": "g",
            "accountId": "111122223333",
            "region": "us-west-2",
            "sourceServerIds": [SERVER, OTHER],
            "launchConfig": standing,
            "drillLaunchConfig": drill,
            "servers": [ServerOverride.model_validate(said)],
        }
    )


def overlay_of(group: ProtectionGroupFields, server_id: str = SERVER) -> Overlay:
    return drill_overlays(group, [server_id]).get(server_id, Overlay())


def row_of(**fields: Any) -> TemporarySettings:
    server = ServerKey(account_id="111122223333", region="us-west-2", source_server_id=SERVER)
    return TemporarySettings(
        server=server,
        for_execution="exec-1",
        for_plan="plan-1",
        wave_number=0,
        group_id="g",
        group_version=1,
        actor="ann",
        at=NOW,
        until=NOW,
        **fields,
    )


def found(drs: dict[str, Any], **data: Any) -> FoundConfig:
    return FoundConfig(DrsLaunchConfiguration("lt-1", drs), TemplateVersion("lt-1", 7, 7, data))


def test_each_layer_lies_over_those_before_it() -> None:
    group = group_of(
        {"subnetId": HERE, "copyTags": True, "recoveryMode": "FAST"},
        {"copyTags": False},
        {"copyTags": True, "subnetId": ELSEWHERE},
        {"recoveryMode": "OPTIMAL"},
    )

    assert drill_config(group, SERVER).settings == {
        "subnetId": ELSEWHERE,
        "copyTags": True,
        "recoveryMode": "OPTIMAL",
        "copyPrivateIp": False,
    }
    assert overlay_of(group).settings == drill_config(group, SERVER).settings
    assert overlay_of(group, OTHER).settings == {"subnetId": ELSEWHERE, "copyPrivateIp": False}
    assert effective_config(group, SERVER).settings["subnetId"] == HERE, "and only in drills"


def test_what_a_drill_has_as_it_is_anyway_is_no_overlay() -> None:
    group = group_of({"subnetId": HERE, "copyTags": True}, None, {"copyTags": True}, {"subnetId": HERE})
    assert drill_overlays(group, [SERVER, OTHER]) == {}
    assert drill_overlays(group_of({"subnetId": HERE}), [SERVER]) == {}


def test_in_another_subnet_only_an_address_is_used_that_was_named_for_it() -> None:
    own = {"staticPrivateIp": "10.0.0.9"}
    moved = overlay_of(group_of({"subnetId": HERE}, own, {"subnetId": ELSEWHERE}))
    named = overlay_of(group_of({"subnetId": HERE}, own, {"subnetId": ELSEWHERE}, {"staticPrivateIp": "10.0.1.9"}))
    stays = overlay_of(group_of({"subnetId": HERE}, own, {"copyTags": True}))

    assert (moved.settings, moved.takes_address) == ({"subnetId": ELSEWHERE}, True)
    assert (named.settings["staticPrivateIp"], named.takes_address) == ("10.0.1.9", False)
    assert (stays.settings, stays.touches_address) == ({"copyTags": True}, False)


def test_in_another_subnet_drs_copies_no_address_of_which_nobody_says_so() -> None:
    says = {"copyPrivateIp": True}
    drill = {"subnetId": ELSEWHERE}
    nobody = drill_config(group_of({"subnetId": HERE}, None, drill), SERVER)
    always = drill_config(group_of({"subnetId": HERE, **says}, None, drill), SERVER)
    in_drills = drill_config(group_of({"subnetId": HERE}, None, {**drill, **says}), SERVER)
    as_it_is = drill_config(group_of({"subnetId": HERE}, None, drill, {"copyPrivateIp": None}), SERVER)
    here = drill_config(group_of({"subnetId": HERE}, None, {"copyTags": True}), SERVER)

    assert (nobody.settings["copyPrivateIp"], nobody.implied) == (False, {"copyPrivateIp": IMPLIED_BY_MOVE})
    assert (always.settings["copyPrivateIp"], in_drills.settings["copyPrivateIp"]) == (True, True)
    assert "copyPrivateIp" not in {**as_it_is.settings, **here.settings}


def test_null_leaves_a_field_as_drs_has_it_in_drills() -> None:
    group = group_of({"copyTags": True, "recoveryMode": "FAST"}, None, None, {"copyTags": None})
    overlay = overlay_of(group)

    assert (overlay.settings, overlay.left_alone) == ({}, frozenset({"copyTags"}))
    assert overlay.under(effective_config(group, SERVER)).settings == {"recoveryMode": "FAST"}


@given(settings_of_group(), settings_of_server(), settings_of_group(), settings_of_server())
def test_what_is_beneath_and_what_lies_over_it_make_the_settings_of_the_drill(
    standing: dict[str, Any], own: dict[str, Any], drill: dict[str, Any], own_drill: dict[str, Any]
) -> None:
    group = group_of(standing, own, drill, own_drill)
    overlay, config = overlay_of(group), effective_config(group, SERVER)

    both = {**overlay.under(config).settings, **overlay.settings}

    assert not differences(both, drill_config(group, SERVER).settings)
    assert both.keys() == drill_config(group, SERVER).settings.keys()
    assert not overlay.takes_address or "staticPrivateIp" not in both


# -- what is written down ---------------------------------------------------------------------------------------------


def test_what_was_found_is_what_is_to_be_there_again() -> None:
    told = differences(
        {"subnetId": ELSEWHERE, "copyTags": True, "staticPrivateIp": None}, {"staticPrivateIp": "10.0.0.9"}
    )

    row = with_found(row_of(), told, {"staticPrivateIp": "10.0.0.9"}, 7)

    assert row.put == {"copyTags": (True,), "staticPrivateIp": (None,), "subnetId": (ELSEWHERE,)}
    assert (row.before, row.template_version) == ({"staticPrivateIp": "10.0.0.9"}, 7)


def test_what_was_put_there_before_is_never_taken_for_what_was_there() -> None:
    first = with_found(row_of(), differences({"copyTags": True}, {"copyTags": False}), {"copyTags": False}, 7)
    again = with_found(first, differences({"copyTags": False}, {"copyTags": True}), {"copyTags": True}, 9)

    assert (again.before, again.put, again.template_version) == ({"copyTags": False}, {"copyTags": (True, False)}, 7)


def test_what_somebody_has_put_there_since_is_what_is_to_be_there_again() -> None:
    first = with_found(row_of(), differences({"subnetId": ELSEWHERE}, {"subnetId": HERE}), {"subnetId": HERE}, 7)
    theirs = {"subnetId": "subnet-cccccccc"}

    assert with_found(first, differences({"subnetId": ELSEWHERE}, theirs), theirs, 9).before == theirs


def test_where_drs_is_to_choose_the_type_it_is_known_what_was_there() -> None:
    had = {"targetInstanceTypeRightSizingMethod": "NONE", "instanceType": "m6i.large"}
    row = with_found(row_of(), differences({"targetInstanceTypeRightSizingMethod": "BASIC"}, had), had, 7)

    assert (row.put["instanceType"], row.before["instanceType"]) == ((), "m6i.large")
    assert PutBack(row).goals({**had, "instanceType": "t3.micro"}) == {"instanceType": "m6i.large"}


# -- what is to be again ----------------------------------------------------------------------------------------------


def test_only_what_still_holds_what_was_put_there_is_given_back() -> None:
    row = row_of(put={"copyTags": (True,), "subnetId": (ELSEWHERE,)}, before={"subnetId": HERE})

    assert PutBack(row).goals({"copyTags": True, "subnetId": ELSEWHERE}) == {"copyTags": None, "subnetId": HERE}
    assert PutBack(row).goals({"copyTags": True, "subnetId": "subnet-cccccccc"}) == {"copyTags": None}


def test_an_address_is_not_put_into_a_subnet_of_somebody_else() -> None:
    row = row_of(
        put={"subnetId": (ELSEWHERE,), "staticPrivateIp": (None,)},
        before={"subnetId": HERE, "staticPrivateIp": "10.0.0.9"},
    )

    assert PutBack(row).goals({"subnetId": ELSEWHERE})["staticPrivateIp"] == "10.0.0.9"
    assert PutBack(row).goals({"subnetId": HERE})["staticPrivateIp"] == "10.0.0.9", "the subnet is back already"
    assert PutBack(row).goals({"subnetId": "subnet-cccccccc"})["staticPrivateIp"] is None


@pytest.mark.parametrize(
    ("now", "goes_back"),
    [
        ({"InstanceType": "m6i.large", "KeyName": "k"}, True),
        ({"InstanceType": "m6i.large", "KeyName": "other"}, False),
        ({"InstanceType": "c5.large", "KeyName": "k"}, False),
        ({"InstanceType": "t3.micro", "KeyName": "k"}, True),
    ],
)
def test_the_earlier_version_is_the_default_again_only_if_nothing_else_was_changed(
    now: dict[str, Any], goes_back: bool
) -> None:
    row = row_of(put={"instanceType": ("m6i.large",)}, before={"instanceType": "t3.micro"}, template_version=3)
    former = TemplateVersion("lt-1", 3, 3, {"InstanceType": "t3.micro", "KeyName": "k", "NetworkInterfaces": []})

    assert PutBack(row).goes_back(former, found({}, **now)) is goes_back


# -- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "broken"),
    [
        (
            group_of({"instanceType": "m6i.large"}, None, {"targetInstanceTypeRightSizingMethod": "BASIC"}),
            {"drillLaunchConfig.targetInstanceTypeRightSizingMethod": "RIGHT_SIZING_REPLACES_TYPE"},
        ),
        (
            group_of(None, {"instanceType": "m6i.large"}, {"targetInstanceTypeRightSizingMethod": "BASIC"}),
            {"drillLaunchConfig.targetInstanceTypeRightSizingMethod": "RIGHT_SIZING_REPLACES_TYPE"},
        ),
        (
            group_of(
                {"instanceType": "m6i.large"},
                None,
                None,
                {"targetInstanceTypeRightSizingMethod": "BASIC", "instanceType": None},
            ),
            {},
        ),
        (
            group_of({"subnetId": HERE}, {"staticPrivateIp": "10.0.0.9"}, {"copyPrivateIp": True}),
            {"drillLaunchConfig.copyPrivateIp": "COPIED_ADDRESS_REPLACES_STATIC"},
        ),
        (
            group_of(
                {"subnetId": HERE}, {"staticPrivateIp": "10.0.0.9"}, {"copyPrivateIp": True, "subnetId": ELSEWHERE}
            ),
            {},
        ),
        (
            group_of({"subnetId": HERE}, None, None, {"staticPrivateIp": "10.0.0.9", "copyPrivateIp": True}),
            {"servers[0].drillLaunchTemplate.copyPrivateIp": "COPIED_ADDRESS_REPLACES_STATIC"},
        ),
    ],
)
def test_settings_for_drills_contradict_one_another_as_others_do(
    group: ProtectionGroupFields, broken: dict[str, str]
) -> None:
    assert {each.field: each.code for each in check_contradictions(group)} == broken
    assert not list(check_contradictions(group, group)), "what is stored passes"


def test_what_is_asked_of_the_world_is_told_where_it_was_said() -> None:
    group = group_of({"subnetId": HERE}, {"copyTags": True}, {"instanceType": "m6i.large"}, {"subnetId": ELSEWHERE})

    last = said_in(group)[-1]

    assert (last.server_id, last.settings.subnet_id, last.settings.instance_type) == (SERVER, ELSEWHERE, "m6i.large")
    assert last.path_of("subnet_id") == "servers[0].drillLaunchTemplate.subnetId"
    assert last.path_of("instance_type") == "drillLaunchConfig.instanceType"
    assert last.path_of("copy_tags") == "servers[0].launchTemplate.copyTags"
