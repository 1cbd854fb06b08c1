"""Whether a server may have an address: everything that is against it, and nothing is changed."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.configuration.conftest import System
from tests.integration.configuration.launches.conftest import ONE, THREE, TWO, create, own, validate
from tests.support.configuration import DATABASE, server_id
from tests.support.moto_ec2 import MotoEc2Cloud, Network


@pytest.fixture
def group(system: System, network: Network) -> dict[str, Any]:
    """A group of two servers, one of which has an address."""
    return create(
        system,
        sourceServerIds=[ONE, TWO],
        launchConfig={"subnetId": network.subnets[0]},
        servers=[own(TWO, staticPrivateIp="10.1.0.20")],
    )


@pytest.mark.requirement("SRS-F12")
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.1.0.9", []),
        ("10.1.0.300", ["INVALID_IP_FORMAT"]),
        ("fe80::1", ["INVALID_IP_FORMAT"]),
        ("", ["INVALID_IP_FORMAT"]),
        ("8.8.8.8", ["IP_NOT_PRIVATE", "IP_OUT_OF_RANGE"]),
        ("10.1.1.9", ["IP_OUT_OF_RANGE"]),
        ("10.1.0.0", ["IP_RESERVED"]),
        ("10.1.0.3", ["IP_RESERVED"]),
        ("10.1.0.255", ["IP_RESERVED"]),
        ("10.1.0.20", ["DUPLICATE_IP"]),
    ],
)
def test_every_rule_is_told(system: System, group: dict[str, Any], address: str, expected: list[str]) -> None:
    before = system.content()

    answer = validate(system, group, ONE, address)

    assert [each["code"] for each in answer["violations"]] == expected
    assert answer["valid"] is (expected == [])
    assert {each["field"] for each in answer["violations"]} <= {"staticPrivateIp"}
    assert system.content() == before


def test_its_own_address_is_no_duplicate(system: System, group: dict[str, Any]) -> None:
    assert validate(system, group, TWO, "10.1.0.20")["valid"]


def test_another_subnet_may_be_named(system: System, group: dict[str, Any], network: Network) -> None:
    answer = validate(system, group, ONE, "10.1.1.9", subnetId=network.subnets[1])
    missing = validate(system, group, ONE, "10.1.1.9", subnetId="subnet-00000000")

    assert (answer["valid"], answer["subnetId"]) == (True, network.subnets[1])
    assert [(each["field"], each["code"]) for each in missing["violations"]] == [("subnetId", "SUBNET_NOT_FOUND")]


def test_without_a_subnet_there_is_no_address(system: System) -> None:
    answer = validate(system, create(system), ONE, "10.1.0.9")

    assert [each["code"] for each in answer["violations"]] == ["MISSING_SUBNET"]


def test_an_address_of_another_group_is_taken(system: System, group: dict[str, Any]) -> None:
    other = create(system, "Other", sourceServerIds=[THREE], launchConfig=group["launchConfig"])

    answer = validate(system, other, THREE, "10.1.0.20")

    assert [each["code"] for each in answer["violations"]] == ["DUPLICATE_IP"]


def test_an_interface_that_has_it_is_named(
    system: System, group: dict[str, Any], cloud: MotoEc2Cloud, network: Network
) -> None:
    interface = cloud.client("ec2").create_network_interface(SubnetId=network.subnets[0], PrivateIpAddress="10.1.0.9")[
        "NetworkInterface"
    ]["NetworkInterfaceId"]

    [violation] = validate(system, group, ONE, "10.1.0.9")["violations"]

    assert violation["code"] == "IP_IN_USE"
    assert interface in violation["reason"]


def test_of_a_group_that_selects_by_tags_drs_is_asked(system: System, network: Network) -> None:
    system.protect(DATABASE, server_id(50), tags={"Tier": "web"})
    fields = {"sourceServerIds": None, "serverSelectionTags": {"Tier": "web"}}
    group = system.call(
        "create_protection_group",
        groupName="Web",
        accountId=DATABASE.account_id,
        region=DATABASE.region,
        serverSelectionTags=fields["serverSelectionTags"],
        launchConfig={"subnetId": network.subnets[0]},
    )

    assert validate(system, group, server_id(50), "10.1.0.9")["valid"]
    assert validate(system, group, ONE, "10.1.0.9")["error"] == "RESOURCE_NOT_FOUND"


def test_a_server_or_group_that_is_not_there_is_not_found(system: System, group: dict[str, Any]) -> None:
    assert validate(system, group, THREE, "10.1.0.9")["error"] == "RESOURCE_NOT_FOUND"
    assert validate(system, {"groupId": "none"}, ONE, "10.1.0.9")["error"] == "RESOURCE_NOT_FOUND"


def test_what_cannot_be_asked_is_no_verdict(system: System, group: dict[str, Any], cloud: MotoEc2Cloud) -> None:
    def refuse(name: str) -> None:
        raise ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "no"}}, name)

    cloud.before = refuse

    assert validate(system, group, ONE, "10.1.0.9")["error"] == "DRS_SERVICE_ERROR"
