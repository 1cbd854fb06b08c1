"""The rules of launch settings that rest on EC2, and which of them are asked about at all."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.launch_rules import SeenWorld, check_launch_settings
from shared.models.ec2 import HeldAddress, SecurityGroup, Subnet, SubnetAddress
from shared.models.launch_config import LaunchConfig, ServerLaunchConfig
from shared.models.protection_group import ProtectionGroup
from shared.said_settings import addresses_of, effective_settings, named_in, new_in, said_in
from tests.support.configuration import DATABASE, WEB, group, server_id

ONE, OTHER, GONE = (f"subnet-0000000{number}" for number in range(3))
HERE, THERE, NOWHERE = (f"sg-0000000{number}" for number in range(3))
SUBNETS = {
    subnet_id: Subnet(
        subnet_id=subnet_id,
        vpc_id=vpc_id,
        cidr_block=IPv4Network(cidr),
        availability_zone=zone,
        available_addresses=9,
    )
    for subnet_id, vpc_id, cidr, zone in (
        (ONE, "vpc-1", "10.0.1.0/24", "us-west-2a"),
        (OTHER, "vpc-2", "10.0.2.0/24", "us-west-2b"),
    )
}
WORLD = SeenWorld(
    DATABASE,
    subnets=SUBNETS,
    security_groups={
        group_id: SecurityGroup(group_id=group_id, group_name="g", description="d", vpc_id=vpc_id)
        for group_id, vpc_id in ((HERE, "vpc-1"), (THERE, "vpc-2"))
    },
    zones={"m6i.large": frozenset({"us-west-2a", "us-west-2b"}), "r7a.large": frozenset({"us-west-2b"})},
    profiles=frozenset({"Recovery"}),
)


def saying(*own: dict[str, Any], **defaults: Any) -> ProtectionGroup:
    """A group with these defaults, and servers with settings of their own."""
    servers = [{"sourceServerId": server_id(number), "launchTemplate": each} for number, each in enumerate(own)]
    return group("g", launch_config=defaults or None, servers=servers)


def told(of: ProtectionGroup, seen: SeenWorld = WORLD) -> dict[str, str]:
    return {each.field: each.code for each in check_launch_settings(said_in(of), seen)}


def test_settings_that_are_all_there_break_nothing() -> None:
    every = {
        "subnetId": ONE,
        "securityGroupIds": [HERE],
        "instanceType": "m6i.large",
        "instanceProfileName": "Recovery",
    }

    assert told(saying({"staticPrivateIp": "10.0.1.9"}, **every)) == {}


def test_everything_that_is_wrong_is_told_where_it_is_said() -> None:
    wrong = saying(
        {"subnetId": OTHER, "staticPrivateIp": "10.0.2.3"},
        {"instanceType": "z9.none", "staticPrivateIp": "10.0.9.9"},
        {"subnetId": GONE, "securityGroupIds": [NOWHERE]},
        subnetId=ONE,
        securityGroupIds=[HERE, THERE],
        instanceType="r7a.large",
        instanceProfileName="recovery",
    )

    assert told(wrong) == {
        "launchConfig.securityGroupIds[0]": "SECURITY_GROUPS_WRONG_VPC",
        "launchConfig.securityGroupIds[1]": "SECURITY_GROUPS_WRONG_VPC",
        "launchConfig.instanceType": "INSTANCE_TYPE_UNAVAILABLE",
        "launchConfig.instanceProfileName": "IAM_PROFILE_NOT_FOUND",
        "servers[0].launchTemplate.staticPrivateIp": "IP_RESERVED",
        "servers[1].launchTemplate.instanceType": "INSTANCE_TYPE_UNAVAILABLE",
        "servers[1].launchTemplate.staticPrivateIp": "IP_OUT_OF_RANGE",
        "servers[2].launchTemplate.subnetId": "SUBNET_NOT_FOUND",
        "servers[2].launchTemplate.securityGroupIds[0]": "SECURITY_GROUPS_NOT_FOUND",
    }


def test_a_default_that_is_wrong_is_told_once_however_many_servers_have_it() -> None:
    many = [{"copyTags": True, "staticPrivateIp": f"10.0.1.{number}"} for number in range(4, 54)]

    found = check_launch_settings(said_in(saying(*many, subnetId=GONE)), WORLD)

    assert [(each.field, each.code) for each in found] == [("launchConfig.subnetId", "SUBNET_NOT_FOUND")]


def test_without_a_subnet_security_groups_must_be_of_one_vpc() -> None:
    assert told(saying(securityGroupIds=[HERE])) == {}
    assert told(saying(securityGroupIds=[HERE, THERE])) == {
        "launchConfig.securityGroupIds[1]": "SECURITY_GROUPS_WRONG_VPC"
    }


def held(instance_id: str | None) -> SeenWorld:
    holder = HeldAddress(subnet_id=ONE, address=IPv4Address("10.0.1.9"), interface_id="eni-1", instance_id=instance_id)
    return replace(WORLD, held={SubnetAddress(subnet_id=ONE, address=holder.address): holder})


def test_an_address_is_in_use_unless_the_servers_own_recovery_instance_has_it() -> None:
    wanted = saying({"subnetId": ONE, "staticPrivateIp": "10.0.1.9"})
    path = "servers[0].launchTemplate.staticPrivateIp"

    assert told(wanted, held(None)) == {path: "IP_IN_USE"}
    assert told(wanted, held("i-1")) == {path: "IP_IN_USE"}
    assert told(wanted, replace(held("i-1"), instances={server_id(1): frozenset({"i-1"})})) == {path: "IP_IN_USE"}
    assert told(wanted, replace(held("i-1"), instances={server_id(0): frozenset({"i-1"})})) == {}


def test_what_a_group_said_before_is_not_asked_again() -> None:
    old = saying({"staticPrivateIp": "10.0.1.9"}, subnetId=ONE, securityGroupIds=[HERE], instanceType="m6i.large")
    further = old.model_copy(update={"description": "d", "source_server_ids": (server_id(5),)})

    assert new_in(further, old) == ()
    assert new_in(old, None) != ()
    assert new_in(old.model_copy(update={"account_id": WEB.account_id}), old) != ()


def test_a_server_that_joins_with_settings_that_are_known_is_asked_about_its_address_alone() -> None:
    old = saying(subnetId=ONE, securityGroupIds=[HERE])
    new = saying({"staticPrivateIp": "10.0.1.9"}, subnetId=ONE, securityGroupIds=[HERE])

    named = named_in(new_in(new, old))

    assert named.addresses == {SubnetAddress(subnet_id=ONE, address=IPv4Address("10.0.1.9"))}
    assert named.subnets == {ONE}
    assert not named.security_groups | named.types | named.profiles


def test_a_subnet_that_changes_has_all_asked_again_that_lies_in_it() -> None:
    old = saying(
        {"staticPrivateIp": "10.0.1.9"},
        subnetId=ONE,
        securityGroupIds=[HERE],
        instanceType="m6i.large",
        instanceProfileName="Gone",
    )
    moved = old.model_copy(
        update={"launch_config": LaunchConfig(**{**dict(old.launch_config or {}), "subnet_id": OTHER})}
    )

    assert {each.code for each in check_launch_settings(new_in(moved, old), WORLD)} == {
        "SECURITY_GROUPS_WRONG_VPC",
        "IP_OUT_OF_RANGE",
    }


def test_a_profile_alone_needs_no_subnet() -> None:
    old = saying(subnetId=GONE)

    assert named_in(new_in(saying(subnetId=GONE, instanceProfileName="Recovery"), old)).subnets == frozenset()


SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "subnet_id": st.sampled_from([ONE, OTHER, GONE]),
        "security_group_ids": st.lists(st.sampled_from([HERE, THERE, NOWHERE]), max_size=2).map(tuple),
        "instance_type": st.sampled_from(["m6i.large", "r7a.large", "z9.none"]),
        "instance_profile_name": st.sampled_from(["Recovery", "Gone"]),
    },
)
OWN = st.builds(
    lambda settings, last: {**settings, **({"static_private_ip": f"10.0.1.{last}"} if last is not None else {})},
    SETTINGS,
    st.none() | st.integers(0, 255),
)


@st.composite
def groups(draw: st.DrawFn) -> ProtectionGroup:
    """A group of a few servers, whatever it says."""
    own = draw(st.lists(OWN, max_size=3))
    servers = [{"source_server_id": server_id(number), "launch_template": each} for number, each in enumerate(own)]
    return group("g", launch_config=draw(st.none() | SETTINGS), servers=servers)


@given(groups(), groups())
def test_what_is_new_and_what_was_known_are_together_everything(new: ProtectionGroup, old: ProtectionGroup) -> None:
    every = {question for each in said_in(new) for question in each.questions}
    known = {question for each in said_in(old) for question in each.questions}

    assert {question for each in new_in(new, old) for question in each.open_questions} == every - known
    assert new_in(new, new) == ()


@given(groups())
def test_a_broken_rule_is_that_of_a_server_that_has_it(group: ProtectionGroup) -> None:
    """The oracle looks at each server alone, with what it is really launched with."""
    expected = set()
    launched = [*([effective_settings(group.launch_config, None)] if group.launch_config else ())]
    launched += [effective_settings(group.launch_config, each.launch_template) for each in group.servers]
    for settings in launched:
        expected |= _codes(settings)

    assert {each.code for each in check_launch_settings(said_in(group), WORLD)} == expected


def _codes(settings: ServerLaunchConfig) -> set[str]:
    subnet = SUBNETS.get(settings.subnet_id or "")
    chosen = [WORLD.security_groups.get(each) for each in settings.security_group_ids or ()]
    vpcs = {each.vpc_id for each in chosen if each} | ({subnet.vpc_id} if subnet else set())
    zones = WORLD.zones.get(settings.instance_type or "", frozenset())
    broken = {
        "SUBNET_NOT_FOUND": _needs_subnet(settings) and settings.subnet_id is not None and subnet is None,
        "SECURITY_GROUPS_NOT_FOUND": None in chosen,
        "SECURITY_GROUPS_WRONG_VPC": any(chosen) and len(vpcs) > 1,
        "INSTANCE_TYPE_UNAVAILABLE": settings.instance_type is not None
        and (not zones or (subnet is not None and subnet.availability_zone not in zones)),
        "IAM_PROFILE_NOT_FOUND": settings.instance_profile_name == "Gone",
    }
    address = settings.static_private_ip
    if address is not None:
        broken["MISSING_SUBNET"] = settings.subnet_id is None
        if subnet is not None and subnet.cidr_block is not None:
            inside = address in subnet.cidr_block
            broken["IP_OUT_OF_RANGE"] = not inside
            broken["IP_RESERVED"] = inside and address.packed[3] in (0, 1, 2, 3, 255)
    return {code for code, is_broken in broken.items() if is_broken}


def _needs_subnet(settings: ServerLaunchConfig) -> bool:
    return settings.subnet_id is not None


@given(groups())
def test_the_addresses_of_a_group_are_those_that_its_servers_are_launched_with(group: ProtectionGroup) -> None:
    launched = [effective_settings(group.launch_config, each.launch_template) for each in group.servers]

    assert addresses_of(group).keys() == {
        SubnetAddress(subnet_id=each.subnet_id, address=each.static_private_ip)
        for each in launched
        if each.subnet_id and each.static_private_ip
    }
