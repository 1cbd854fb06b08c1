"""Launch settings: what is to be, what differs, and that what is written makes it so and touches nothing else."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings

from shared.group_rules import check_group
from shared.launch_config_rules import (
    DRS_FIELDS,
    IMPLIED_BY_ADDRESS,
    IMPLIED_BY_TYPE,
    TEMPLATE_FIELDS,
    ConfigWrites,
    EffectiveConfig,
    FoundConfig,
    address_to_release,
    differ_only_in,
    differences,
    effective_config,
    effective_configs,
    is_as_written,
    loses_groups,
    settings_of,
    writes_for,
)
from shared.launch_template_data import whole
from shared.models.launch_config import LaunchConfig, ServerLaunchConfig, ServerOverride
from shared.models.launch_template import DrsLaunchConfiguration, TemplateVersion
from shared.models.protection_group import ProtectionGroupFields
from tests.support.launch_settings import drs_settings, launch_configs, server_configs, template_data

SERVER, OTHER = "s-" + "1" * 17, "s-" + "2" * 17


def group_of(config: dict[str, Any] | None, own: dict[str, Any] | None = None) -> ProtectionGroupFields:
    override = [] if own is None else [{"sourceServerId": SERVER, "launchTemplate": own}]
    return ProtectionGroupFields.model_validate(
        {
            "groupName": "Web",
            "accountId": "111122223333",
            "region": "us-west-2",
            "sourceServerIds": [SERVER, OTHER],
            "launchConfig": config,
            "servers": override,
        }
    )


def found(drs: dict[str, Any], data: dict[str, Any]) -> FoundConfig:
    return FoundConfig(DrsLaunchConfiguration("lt-1", drs), TemplateVersion("lt-1", 1, 1, data))


def written(before: FoundConfig, wanted: EffectiveConfig, *, releases: bool = False) -> FoundConfig:
    """What is there once the writes are made: a new version is its source with the named members over it."""
    writes = writes_for({**wanted.settings, **({"staticPrivateIp": None} if releases else {})}, before)
    data = deepcopy(dict(before.version.data))
    made = whole(data, writes.template, writes.without) if writes.without else {**data, **writes.template}
    return found({**before.drs.settings, **writes.drs}, made)


def test_the_servers_settings_lie_over_the_groups_whatever_the_flag_says() -> None:
    group = group_of({"subnetId": "subnet-aaaaaaaa", "copyTags": True}, {"subnetId": "subnet-bbbbbbbb"})
    flagged = [one.model_copy(update={"use_group_defaults": False}) for one in group.servers]

    for servers in (group.servers, tuple(flagged)):
        own = effective_config(group.model_copy(update={"servers": servers}), SERVER)
        assert own.settings == {"subnetId": "subnet-bbbbbbbb", "copyTags": True}
    assert effective_config(group, OTHER).settings == {"subnetId": "subnet-aaaaaaaa", "copyTags": True}


def test_null_leaves_a_field_as_drs_has_it_and_absence_is_the_groups() -> None:
    group = group_of({"copyTags": True, "recoveryMode": "FAST"}, {"copyTags": None})

    assert effective_config(group, SERVER).settings == {"recoveryMode": "FAST"}


def test_a_static_address_and_a_type_bring_what_they_need_and_say_why() -> None:
    group = group_of(
        {"copyPrivateIp": True, "targetInstanceTypeRightSizingMethod": "BASIC"},
        {"staticPrivateIp": "10.0.0.9", "instanceType": "m6i.large"},
    )

    own = effective_config(group, SERVER)

    assert own.settings["copyPrivateIp"] is False
    assert own.settings["targetInstanceTypeRightSizingMethod"] == "NONE"
    assert own.implied == {
        "copyPrivateIp": IMPLIED_BY_ADDRESS,
        "targetInstanceTypeRightSizingMethod": IMPLIED_BY_TYPE,
    }
    assert effective_config(group, OTHER).implied == {}


@pytest.mark.parametrize(
    ("config", "own", "told"),
    [
        (
            {"instanceType": "m6i.large", "targetInstanceTypeRightSizingMethod": "BASIC"},
            None,
            [("launchConfig.targetInstanceTypeRightSizingMethod", "RIGHT_SIZING_REPLACES_TYPE")],
        ),
        (
            {"instanceType": "m6i.large"},
            {"targetInstanceTypeRightSizingMethod": "IN_AWS"},
            [("servers[0].launchTemplate.targetInstanceTypeRightSizingMethod", "RIGHT_SIZING_REPLACES_TYPE")],
        ),
        (
            {},
            {"instanceType": "m6i.large", "targetInstanceTypeRightSizingMethod": None},
            [("servers[0].launchTemplate.targetInstanceTypeRightSizingMethod", "RIGHT_SIZING_REPLACES_TYPE")],
        ),
        (
            {"subnetId": "subnet-aaaaaaaa"},
            {"staticPrivateIp": "10.0.0.9", "copyPrivateIp": True},
            [("servers[0].launchTemplate.copyPrivateIp", "COPIED_ADDRESS_REPLACES_STATIC")],
        ),
        (
            {"subnetId": "subnet-aaaaaaaa"},
            {"staticPrivateIp": "10.0.0.9", "copyPrivateIp": None},
            [("servers[0].launchTemplate.copyPrivateIp", "COPIED_ADDRESS_REPLACES_STATIC")],
        ),
        ({"targetInstanceTypeRightSizingMethod": "BASIC"}, {"instanceType": "m6i.large"}, []),
        ({"instanceType": "m6i.large"}, {"instanceType": None, "targetInstanceTypeRightSizingMethod": "BASIC"}, []),
        ({"instanceType": "m6i.large", "targetInstanceTypeRightSizingMethod": "NONE"}, None, []),
        ({"copyPrivateIp": True, "subnetId": "subnet-aaaaaaaa"}, {"staticPrivateIp": "10.0.0.9"}, []),
    ],
)
def test_only_what_was_said_contradicts(
    config: dict[str, Any], own: dict[str, Any] | None, told: list[tuple[str, str]]
) -> None:
    group = group_of(config, own)

    broken = check_group(group, drs_regions={"us-west-2"})

    assert [(each.field, each.code) for each in broken] == told
    assert not check_group(group, drs_regions={"us-west-2"}, stored=group), "what is stored passes"


def test_null_and_absence_are_two_things_in_every_dump() -> None:
    said = ServerOverride.model_validate({"sourceServerId": SERVER, "launchTemplate": {"subnetId": None}})
    silent = ServerOverride.model_validate({"sourceServerId": SERVER, "launchTemplate": {}})

    assert said.wire()["launchTemplate"] == {"subnetId": None}
    assert silent.wire()["launchTemplate"] == {}
    assert said != silent
    for one in (said, silent):
        assert ServerOverride.model_validate(one.wire()) == one
        assert ServerOverride.model_validate(one.model_dump()) == one
        assert ServerOverride.model_validate_json(one.model_dump_json()) == one


def test_security_groups_are_a_set() -> None:
    wanted = EffectiveConfig({"securityGroupIds": ["sg-00000001", "sg-00000002"]})

    assert not differences(wanted.settings, {"securityGroupIds": ["sg-00000002", "sg-00000001"]})
    assert differences(wanted.settings, {"securityGroupIds": ["sg-00000002"]})
    assert differences(wanted.settings, {})


def test_the_whole_list_of_interfaces_is_written_and_what_is_not_ours_stays() -> None:
    second = {"DeviceIndex": 1, "SubnetId": "subnet-other"}
    first = {"DeviceIndex": 0, "AssociatePublicIpAddress": False, "Ipv6Addresses": [], "Groups": ["sg-00000001"]}
    before = found({}, {"NetworkInterfaces": [second, first], "BlockDeviceMappings": [{"DeviceName": "/dev/sda1"}]})

    writes = writes_for({"subnetId": "subnet-aaaaaaaa", "staticPrivateIp": "10.0.0.9"}, before)

    assert writes.template == {
        "NetworkInterfaces": [
            {
                "DeviceIndex": 0,
                "AssociatePublicIpAddress": False,
                "Groups": ["sg-00000001"],
                "SubnetId": "subnet-aaaaaaaa",
                "PrivateIpAddress": "10.0.0.9",
            },
            second,
        ]
    }


def test_an_address_that_stands_among_several_is_found_and_replaced() -> None:
    addresses = [
        {"Primary": True, "PrivateIpAddress": "10.0.0.7"},
        {"Primary": False, "PrivateIpAddress": "10.0.0.8"},
    ]
    before = found({}, {"NetworkInterfaces": [{"DeviceIndex": 0, "PrivateIpAddresses": addresses}]})

    after = written(before, EffectiveConfig({"staticPrivateIp": "10.0.0.9", "copyPrivateIp": False}))

    assert before.settings["staticPrivateIp"] == "10.0.0.7"
    [interface] = after.version.data["NetworkInterfaces"]
    assert (interface["PrivateIpAddress"], interface["PrivateIpAddresses"]) == ("10.0.0.9", addresses[1:])


def test_a_profile_is_known_by_its_arn_too() -> None:
    data = {"IamInstanceProfile": {"Arn": "arn:aws:iam::111122223333:instance-profile/path/web"}}

    assert settings_of(data) == {"instanceProfileName": "web"}


def test_an_address_of_ours_goes_when_nobody_wants_it_and_another_stays() -> None:
    before = found({}, {"NetworkInterfaces": [{"DeviceIndex": 0, "PrivateIpAddress": "10.0.0.9"}]})
    wanted = EffectiveConfig({"subnetId": "subnet-bbbbbbbb"})

    assert address_to_release(wanted, before.settings, "10.0.0.9")
    assert not address_to_release(wanted, before.settings, "10.0.0.8")
    assert not address_to_release(wanted, before.settings, None)
    [interface] = written(before, wanted, releases=True).version.data["NetworkInterfaces"]
    assert interface == {"DeviceIndex": 0, "SubnetId": "subnet-bbbbbbbb"}
    [kept] = written(before, wanted).version.data["NetworkInterfaces"]
    assert kept["PrivateIpAddress"] == "10.0.0.9"


@settings(max_examples=150, deadline=None)
@given(launch_configs(), server_configs(), drs_settings(), template_data())
def test_whatever_is_there_the_writes_make_it_as_it_is_to_be_and_touch_nothing_else(
    config: LaunchConfig | None, own: ServerLaunchConfig | None, drs: dict[str, Any], data: dict[str, Any]
) -> None:
    override = [] if own is None else [ServerOverride(source_server_id=SERVER, launch_template=own)]
    group = group_of(None).model_copy(update={"launch_config": config, "servers": tuple(override)})
    wanted, before = effective_configs(group, [SERVER])[SERVER], found(drs, data)

    writes, after = writes_for(wanted.settings, before), written(before, wanted)

    assert differences(wanted.settings, after.settings) == ()
    again = writes_for(wanted.settings, after)
    assert (again.drs, again.template) == ({}, {}), "a second time writes nothing"
    assert set(writes.drs) <= {*wanted.settings} & {*DRS_FIELDS}
    assert {*wanted.settings} <= {*DRS_FIELDS, *TEMPLATE_FIELDS}, "each field has its place"
    for name, value in {**before.drs.settings, **settings_of(data)}.items():
        if name not in wanted.settings:
            assert after.settings[name] == value
    untouched = {name: value for name, value in data.items() if name not in writes.template}
    assert untouched.items() <= after.version.data.items()
    assert is_as_written(data, writes, after.version.data)


def test_a_version_that_lost_something_or_was_changed_is_not_as_it_was_written() -> None:
    source = {"BlockDeviceMappings": [{"DeviceName": "/dev/sda1"}], "KeyName": "operators"}
    over = {"InstanceType": "m6i.large"}
    writes, shorter = ConfigWrites({}, over), ConfigWrites({}, over, frozenset({"KeyName"}))

    assert is_as_written(source, writes, {**source, **over, "SecurityGroupIds": []})
    assert not is_as_written(source, writes, over)
    assert not is_as_written(source, writes, {**source, **over, "KeyName": "others"})
    assert not is_as_written(source, writes, source)
    assert not is_as_written(source, shorter, {**source, **over})
    assert is_as_written(source, shorter, {"BlockDeviceMappings": source["BlockDeviceMappings"], **over})


def test_a_type_and_a_profile_that_are_to_go_are_left_out_of_a_version_with_all_the_rest() -> None:
    data = {
        "InstanceType": "m6i.large",
        "IamInstanceProfile": {"Name": "web"},
        "KeyName": "operators",
        "MetadataOptions": {"State": "applied", "HttpTokens": "required"},
    }
    before = found({}, data)

    writes = writes_for({"instanceType": None, "instanceProfileName": None}, before)

    assert writes == ConfigWrites({}, {}, frozenset({"InstanceType", "IamInstanceProfile"}))
    assert whole(data, writes.template, writes.without) == {
        "KeyName": "operators",
        "MetadataOptions": {"HttpTokens": "required"},
    }
    assert writes_for({"instanceProfileName": None}, found({}, {})) == ConfigWrites()


# -- security groups of the instance itself -------------------------------------------------------------------------


def test_groups_of_the_instance_are_seen_and_become_those_of_the_interface_that_is_written() -> None:
    before = found({}, {"SecurityGroupIds": ["sg-0000000f"], "KeyName": "operators"})
    assert before.settings["securityGroupIds"] == ["sg-0000000f"]
    assert writes_for({"securityGroupIds": ["sg-0000000f"], "copyTags": True}, before).template == {}

    writes, after = (
        writes_for({"subnetId": "subnet-aaaaaaaa"}, before),
        written(before, EffectiveConfig({"subnetId": "subnet-aaaaaaaa"})),
    )

    assert writes.without == {"SecurityGroupIds"}
    assert after.version.data == {
        "NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-aaaaaaaa", "Groups": ["sg-0000000f"]}],
        "KeyName": "operators",
    }


def test_other_groups_than_those_of_the_instance_take_their_place() -> None:
    before = found({}, {"SecurityGroupIds": ["sg-0000000f"], "SecurityGroups": ["default"]})

    after = written(before, EffectiveConfig({"securityGroupIds": ["sg-0000000a"]}))

    assert after.version.data == {"NetworkInterfaces": [{"DeviceIndex": 0, "Groups": ["sg-0000000a"]}]}


def test_groups_that_a_template_has_by_name_would_be_lost_unless_others_are_wanted() -> None:
    named = found({}, {"SecurityGroups": ["default"]})

    assert loses_groups({"subnetId": "subnet-aaaaaaaa"}, named)
    assert not loses_groups({"subnetId": "subnet-aaaaaaaa", "securityGroupIds": ["sg-0000000a"]}, named)
    assert not loses_groups({"instanceType": "m6i.large"}, named)
    assert not loses_groups({"subnetId": "subnet-aaaaaaaa"}, found({}, {"SecurityGroupIds": ["sg-0000000f"]}))


def test_wherever_its_groups_are_said_a_template_is_the_same() -> None:
    own = {"SecurityGroupIds": ["sg-0000000f"], "KeyName": "operators"}
    inside = {"NetworkInterfaces": [{"DeviceIndex": 0, "Groups": ["sg-0000000f"]}], "KeyName": "operators"}

    assert differ_only_in(["subnetId"], own, inside)
    assert not differ_only_in(["subnetId"], own, {"KeyName": "operators"})
    assert differ_only_in(["securityGroupIds"], own, {"KeyName": "operators"})
