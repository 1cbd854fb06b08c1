"""What a preflight tells of what servers are launched with: each check is caused in EC2 or IAM, and mended there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from shared.services.preflight import check_plan
from tests.integration.configuration.conftest import System
from tests.integration.configuration.launches.conftest import ONE, THREE, TWO, create, own, settings
from tests.integration.configuration.launches.test_launch_settings import READS, launch
from tests.integration.configuration.test_plans import wave
from tests.integration.configuration.test_preflight_servers import outcomes
from tests.support.configuration import DATABASE
from tests.support.findings import preventing, telling
from tests.support.moto_ec2 import MotoEc2Cloud, Network, make_network
from tests.support.silence import Silence

CHECKS: Final = (
    "SUBNET_MISSING",
    "SUBNET_ADDRESSES",
    "SECURITY_GROUP",
    "INSTANCE_TYPE",
    "INSTANCE_PROFILE",
    "STATIC_IP",
)
PREPARED: Final = "DescribeInstances"
"""What is asked of every place: which instances somebody has prepared."""
TOLD_ANYWAY: Final = ("LAUNCH_CONFIG_DRIFT", "LEFTOVER_INSTANCES")


def plan_of(system: System, **group: Any) -> str:
    """A plan of one wave, of one group."""
    created = create(system, **group)
    assert "error" not in created, created
    return system.plan(wave(0, created["groupId"]))


def preflight(system: System, plan_id: str) -> dict[str, Any]:
    return system.ask("preflight_recovery_plan", planId=plan_id)


def by_api(system: System, plan_id: str) -> dict[str, Any]:
    """The same, asked by a person."""
    status, report = system.by_api(
        0, "GET /recovery-plans/{planId}/preflight", pathParameters={"planId": plan_id}, queryStringParameters=None
    )
    assert status == 200, report
    return report


def found(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The findings about what launches are given."""
    return [each for each in telling(report) if each["code"] not in TOLD_ANYWAY]


def told(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["code"], each["outcome"]) for each in found(report)]


def checks(report: dict[str, Any]) -> dict[str, str]:
    """How the checks of launches came out."""
    return {code: outcome for code, outcome in outcomes(report).items() if code in CHECKS}


@contextmanager
def refusing(cloud: MotoEc2Cloud, call: str, code: str) -> Iterator[None]:
    """AWS answers one of its calls so."""

    def refuse(name: str) -> None:
        if name == call:
            raise ClientError({"Error": {"Code": code, "Message": "not now"}}, name)

    cloud.before = refuse
    yield
    cloud.before = lambda _: None


@pytest.fixture
def everything(system: System, network: Network) -> str:
    """A plan whose servers name something of every kind."""
    return plan_of(
        system,
        sourceServerIds=[ONE, TWO],
        launchConfig=settings(network),
        servers=[own(ONE, staticPrivateIp="10.1.0.9")],
    )


def test_what_is_there_passes_with_one_call_of_each_kind(
    system: System, everything: str, cloud: MotoEc2Cloud, network: Network
) -> None:
    cloud.forget()

    report = preflight(system, everything)

    assert checks(report) == dict.fromkeys(CHECKS, "PASS")
    assert (report["canStart"], found(report)) == (True, [])
    assert +cloud.calls == dict.fromkeys((*READS, PREPARED), 1)
    assert network.subnets[0] not in str(report["findings"])


def test_where_settings_name_nothing_nobody_is_asked_about_them(system: System, cloud: MotoEc2Cloud) -> None:
    plan_id = plan_of(system, launchConfig={"copyTags": True})
    cloud.forget()

    assert checks(preflight(system, plan_id)) == {}
    assert cloud.calls == {PREPARED: 1}


def test_a_subnet_that_is_gone_prevents_the_start_until_there_is_another(
    system: System, cloud: MotoEc2Cloud, network: Network
) -> None:
    group = create(system, sourceServerIds=[ONE, TWO], launchConfig={"subnetId": network.subnets[0]})
    plan_id = system.plan(wave(0, group["groupId"]))
    cloud.client("ec2").delete_subnet(SubnetId=network.subnets[0])

    report = preflight(system, plan_id)

    [finding] = preventing(report)
    assert (finding["code"], finding["serverIds"], report["canStart"]) == ("SUBNET_MISSING", [ONE, TWO], False)
    assert f"there is no {network.subnets[0]} in {DATABASE}" in finding["message"]
    assert checks(report) == {"SUBNET_MISSING": "FAIL", "SUBNET_ADDRESSES": "UNKNOWN"}
    other = {"launchConfig": {"subnetId": network.subnets[1]}, "version": group["version"]}
    assert "error" not in system.call("update_protection_group", groupId=group["groupId"], **other)
    assert checks(preflight(system, plan_id)) == {"SUBNET_MISSING": "PASS", "SUBNET_ADDRESSES": "PASS"}


def test_a_security_group_that_is_gone_or_elsewhere_prevents_the_start(
    system: System, cloud: MotoEc2Cloud, network: Network
) -> None:
    ec2 = cloud.client("ec2")
    gone = ec2.create_security_group(VpcId=network.vpc_id, GroupName="gone", Description="Gone")["GroupId"]
    plan_id = plan_of(system, launchConfig={"subnetId": network.subnets[0], "securityGroupIds": [gone]})
    ec2.delete_security_group(GroupId=gone)

    report = preflight(system, plan_id)

    [finding] = preventing(report)
    assert (finding["code"], finding["reason"]) == ("SECURITY_GROUP", "SECURITY_GROUPS_NOT_FOUND")
    assert checks(report)["SECURITY_GROUP"] == "FAIL"

    stored = system.groups.find_by_names(["Databases"]).popitem()[1]
    assert stored.launch_config is not None
    for groups, expected in (((make_network(cloud, "10.2.0.0/16").group,), "FAIL"), ((network.group,), "PASS")):
        config = stored.launch_config.model_copy(update={"security_group_ids": groups})
        stored = system.groups.put(stored.model_copy(update={"launch_config": config}), stored.version)
        report = preflight(system, plan_id)
        assert checks(report)["SECURITY_GROUP"] == expected
        assert [each["reason"] for each in preventing(report)] == ["SECURITY_GROUPS_WRONG_VPC"] * (expected == "FAIL")


def test_an_instance_profile_that_is_gone_prevents_the_start_until_it_is_there_again(
    system: System, cloud: MotoEc2Cloud
) -> None:
    iam = cloud.client("iam")
    iam.create_instance_profile(InstanceProfileName="Short")
    plan_id = plan_of(system, launchConfig={"instanceProfileName": "Short"})
    iam.delete_instance_profile(InstanceProfileName="Short")

    report = preflight(system, plan_id)

    assert told(report) == [("INSTANCE_PROFILE", "FAIL")]
    assert told(by_api(system, plan_id)) == told(report)
    assert checks(report) == {"INSTANCE_PROFILE": "FAIL"}
    iam.create_instance_profile(InstanceProfileName="Short")
    assert checks(preflight(system, plan_id)) == {"INSTANCE_PROFILE": "PASS"}
    iam.delete_instance_profile(InstanceProfileName="Short")


def test_a_type_that_the_zone_does_not_offer_prevents_the_start(
    system: System, cloud: MotoEc2Cloud, network: Network
) -> None:
    choices = cloud.choices()
    only_elsewhere = min(set(choices.offered_types(DATABASE)) - set(choices.offered_types(DATABASE, "us-west-2a")))
    plan_id = plan_of(system, launchConfig={"instanceType": only_elsewhere})
    assert checks(preflight(system, plan_id)) == {"INSTANCE_TYPE": "PASS"}
    stored = system.groups.find_by_names(["Databases"]).popitem()[1]
    assert stored.launch_config is not None
    config = stored.launch_config.model_copy(update={"subnet_id": network.subnets[0]})
    system.groups.put(stored.model_copy(update={"launch_config": config}), stored.version)

    report = preflight(system, plan_id)

    assert told(report) == [("INSTANCE_TYPE", "FAIL")]
    assert "not in us-west-2a" in found(report)[0]["message"]


def test_an_address_that_somebody_has_prevents_the_start_until_it_is_free(
    system: System, everything: str, cloud: MotoEc2Cloud, network: Network
) -> None:
    ec2 = cloud.client("ec2")
    taken = ec2.create_network_interface(SubnetId=network.subnets[0], PrivateIpAddress="10.1.0.9")
    interface = taken["NetworkInterface"]["NetworkInterfaceId"]

    report = preflight(system, everything)

    [finding] = preventing(report)
    assert (finding["code"], finding["reason"], finding["serverIds"]) == ("STATIC_IP", "IP_IN_USE", [ONE])
    assert interface in finding["message"]
    assert checks(report) == dict.fromkeys(CHECKS, "PASS") | {"STATIC_IP": "FAIL"}
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    assert checks(preflight(system, everything))["STATIC_IP"] == "PASS"


def test_the_address_of_the_servers_own_instance_is_taken_over(system: System, cloud: MotoEc2Cloud) -> None:
    launched = launch(system, ONE)
    [reservation] = cloud.client("ec2").describe_instances(InstanceIds=[launched])["Reservations"]
    [instance] = reservation["Instances"]
    place = {"subnetId": instance["SubnetId"], "staticPrivateIp": instance["PrivateIpAddress"]}

    report = preflight(system, plan_of(system, servers=[own(ONE, **place)]))

    assert (checks(report)["STATIC_IP"], preventing(report)) == ("PASS", [])


def narrow(cloud: MotoEc2Cloud, network: Network, free: int) -> str:
    """A subnet with so many free addresses."""
    ec2 = cloud.client("ec2")
    subnet = ec2.create_subnet(VpcId=network.vpc_id, CidrBlock="10.1.9.0/28")["Subnet"]["SubnetId"]
    for _ in range(11 - free):
        ec2.create_network_interface(SubnetId=subnet)
    assert cloud.choices().subnets(DATABASE, [subnet])[subnet].available_addresses == free
    return str(subnet)


def test_a_subnet_with_fewer_free_addresses_than_servers_prevents_the_start_until_there_are_enough(
    system: System, cloud: MotoEc2Cloud, network: Network
) -> None:
    subnet = narrow(cloud, network, 2)
    plan_id = plan_of(system, sourceServerIds=[ONE, TWO, THREE], launchConfig={"subnetId": subnet})

    report = preflight(system, plan_id)

    [finding] = preventing(report)
    assert (finding["code"], finding["waveNumber"]) == ("SUBNET_ADDRESSES", 0)
    assert finding["details"] == {"subnetId": subnet, "availableAddresses": 2, "replacedAddresses": 0, "needed": 3}
    ec2 = cloud.client("ec2")
    used = ec2.describe_network_interfaces(Filters=[{"Name": "subnet-id", "Values": [subnet]}])["NetworkInterfaces"]
    ec2.delete_network_interface(NetworkInterfaceId=used[0]["NetworkInterfaceId"])
    assert checks(preflight(system, plan_id)) == {"SUBNET_MISSING": "PASS", "SUBNET_ADDRESSES": "PASS"}


def test_what_earlier_waves_launch_stays_in_the_subnet(system: System, cloud: MotoEc2Cloud, network: Network) -> None:
    config = {"launchConfig": {"subnetId": narrow(cloud, network, 2)}}
    first = create(system, "First", sourceServerIds=[ONE, TWO], **config)
    second = create(system, "Second", sourceServerIds=[THREE], **config)

    report = preflight(system, system.plan(wave(0, first["groupId"]), wave(1, second["groupId"])))

    [finding] = preventing(report)
    assert (finding["code"], finding["waveNumber"], finding["serverIds"]) == ("SUBNET_ADDRESSES", 1, [THREE])
    assert finding["details"]["needed"] == 3


def test_an_instance_that_a_launch_replaces_gives_its_address_back(
    system: System, cloud: MotoEc2Cloud, network: Network
) -> None:
    subnet = narrow(cloud, network, 1)
    group = create(system, sourceServerIds=[ONE, TWO], launchConfig={"subnetId": subnet})
    plan_id = system.plan(wave(0, group["groupId"]))
    ec2 = cloud.client("ec2")
    launched = launch(system, ONE)
    elsewhere = preflight(system, plan_id)
    [reservation] = ec2.describe_instances(InstanceIds=[launched])["Reservations"]
    assert [each["code"] for each in preventing(elsewhere)] == ["SUBNET_ADDRESSES"]
    assert preventing(elsewhere)[0]["details"]["replacedAddresses"] == 0

    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    ec2.attach_network_interface(DeviceIndex=1, InstanceId=launched, NetworkInterfaceId=interface)
    there = preflight(system, plan_id)

    assert reservation["Instances"][0]["SubnetId"] != subnet
    assert preventing(there)[0]["details"] == {
        "subnetId": subnet,
        "availableAddresses": 0,
        "replacedAddresses": 1,
        "needed": 2,
    }
    with refusing(cloud, "DescribeNetworkInterfaces", "RequestLimitExceeded"):
        unread = preflight(system, plan_id)
    assert told(unread) == [("SUBNET_ADDRESSES", "UNKNOWN")]


WITHOUT: Final = {
    "DescribeSubnets": {"SUBNET_MISSING", "SUBNET_ADDRESSES", "SECURITY_GROUP", "INSTANCE_TYPE", "STATIC_IP"},
    "DescribeSecurityGroups": {"SECURITY_GROUP"},
    "DescribeInstanceTypeOfferings": {"INSTANCE_TYPE"},
    "ListInstanceProfiles": {"INSTANCE_PROFILE"},
    "DescribeNetworkInterfaces": {"STATIC_IP"},
}
"""What is not known without a call."""


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "RequestLimitExceeded"])
@pytest.mark.parametrize("call", WITHOUT)
def test_what_could_not_be_read_is_unknown_and_prevents_the_start(
    system: System, everything: str, cloud: MotoEc2Cloud, call: str, code: str
) -> None:
    with refusing(cloud, call, code):
        report = preflight(system, everything)

    unknown = WITHOUT[call]
    assert checks(report) == {each: "UNKNOWN" if each in unknown else "PASS" for each in CHECKS}
    assert {each["code"] for each in preventing(report)} == unknown
    assert {each["reason"] for each in preventing(report)} == {"DENIED" if "Unauth" in code else "THROTTLED"}
    assert report["canStart"] is False
    assert checks(preflight(system, everything)) == dict.fromkeys(CHECKS, "PASS")


def test_what_is_not_there_is_told_beside_what_could_not_be_read(
    system: System, everything: str, cloud: MotoEc2Cloud, network: Network
) -> None:
    cloud.client("ec2").create_network_interface(SubnetId=network.subnets[0], PrivateIpAddress="10.1.0.9")
    cloud.client("ec2").delete_security_group(GroupId=network.group)

    with refusing(cloud, "ListInstanceProfiles", "Throttling"):
        report = preflight(system, everything)

    assert set(told(report)) == {("SECURITY_GROUP", "FAIL"), ("STATIC_IP", "FAIL"), ("INSTANCE_PROFILE", "UNKNOWN")}


def test_who_does_not_answer_in_time_is_unknown(system: System, everything: str, cloud: MotoEc2Cloud) -> None:
    silence = Silence()
    cloud.before = lambda _: silence.hold()

    check = check_plan(system.plans.get(everything), replace(system.preflight, patience=1))

    silence.end()
    unread = {each.code.value for each in check.obstacles if each.reason == "NO_ANSWER"}
    assert unread == {*CHECKS, "LAUNCH_CONFIG_NOT_CHECKED", "PREPARED_NOT_CHECKED"}
    assert len(unread) == len({each.code for each in check.obstacles})
