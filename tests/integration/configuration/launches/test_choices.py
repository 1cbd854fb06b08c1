"""What there is to choose from in an account and region, as a person is shown it, a page at a time."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from shared.stores import page_token
from tests.integration.configuration.conftest import System, codes
from tests.support.configuration import DATABASE, WEB
from tests.support.moto_ec2 import MotoEc2Cloud, Network, make_network

PLACE = {"accountId": DATABASE.account_id, "region": DATABASE.region}
OPERATIONS = ("get_ec2_subnets", "get_ec2_security_groups", "get_ec2_instance_profiles", "get_ec2_instance_types")


def every(system: System, operation: str, limit: int, **filters: Any) -> list[dict[str, Any]]:
    """All items, a page at a time."""
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"nextToken": None}
    while "nextToken" in page:
        token = {} if page["nextToken"] is None else {"nextToken": page["nextToken"]}
        page = system.ask(operation, **PLACE, limit=limit, **filters, **token)
        assert len(page["items"]) <= limit
        found += page["items"]
    return found


@pytest.mark.requirement("SRS-F56")
def test_subnets_are_listed_with_their_zone_their_addresses_and_their_name(system: System, network: Network) -> None:
    found = every(system, "get_ec2_subnets", 1, vpcId=network.vpc_id)

    assert found == [
        {
            "subnetId": subnet,
            "name": f"recovery-{zone}",
            "vpcId": network.vpc_id,
            "cidrBlock": f"10.1.{number}.0/24",
            "availabilityZone": f"us-west-2{zone}",
            "availableAddresses": 251,
        }
        for number, (subnet, zone) in enumerate(zip(network.subnets, "ab", strict=True))
    ]
    everywhere = every(system, "get_ec2_subnets", 3)
    assert {each["subnetId"] for each in found} < {each["subnetId"] for each in everywhere}


@pytest.mark.requirement("SRS-F57")
def test_the_security_groups_of_a_subnet_are_those_of_its_vpc(
    system: System, cloud: MotoEc2Cloud, network: Network
) -> None:
    other = make_network(cloud)

    of_subnet = every(system, "get_ec2_security_groups", 1, subnetId=network.subnets[1])

    assert of_subnet == every(system, "get_ec2_security_groups", 50, vpcId=network.vpc_id)
    assert {each["groupName"] for each in of_subnet} == {"default", "recovery"}
    assert other.group not in {each["groupId"] for each in of_subnet}
    assert other.group in {each["groupId"] for each in every(system, "get_ec2_security_groups", 4)}


@pytest.mark.requirement("SRS-F58")
def test_instance_profiles_are_those_of_the_account(system: System) -> None:
    assert [each["instanceProfileName"] for each in every(system, "get_ec2_instance_profiles", 1)] == ["Recovery"]
    other = system.ask("get_ec2_instance_profiles", accountId=WEB.account_id, region=WEB.region)
    assert other == {"items": []}


@pytest.mark.requirement("SRS-F59")
def test_types_are_those_of_a_family_that_the_zone_of_the_subnet_offers(system: System, network: Network) -> None:
    found = every(system, "get_ec2_instance_types", 3, subnetId=network.subnets[0], typePrefix="m6i.")

    names = [each["instanceType"] for each in found]
    assert names == sorted(names)
    assert "m6i.large" in names and all(name.startswith("m6i.") for name in names)
    assert {"vcpus": 2, "memoryMib": 8192, "architectures": ["x86_64"], "instanceType": "m6i.large"} in found
    page = system.ask("get_ec2_instance_types", **PLACE, subnetId=network.subnets[0], limit=1)
    assert page["availabilityZone"] == "us-west-2a"
    assert "availabilityZone" not in system.ask("get_ec2_instance_types", **PLACE, limit=1)


def test_every_type_is_shown_once_however_many_there_are(system: System, cloud: MotoEc2Cloud) -> None:
    names = [each["instanceType"] for each in every(system, "get_ec2_instance_types", 100, typePrefix="m")]

    assert names == [name for name in cloud.choices().offered_types(DATABASE) if name.startswith("m")]
    assert len(names) > 200


@pytest.mark.parametrize("operation", ["get_ec2_security_groups", "get_ec2_instance_types"])
def test_a_subnet_that_is_not_there_is_told(system: System, operation: str) -> None:
    assert codes(system.ask(operation, **PLACE, subnetId="subnet-00000000")) == {"subnetId": "SUBNET_NOT_FOUND"}


def test_a_vpc_and_a_subnet_are_not_named_together(system: System, network: Network) -> None:
    both = {"vpcId": network.vpc_id, "subnetId": network.subnets[0]}

    assert codes(system.ask("get_ec2_security_groups", **PLACE, **both)) == {"subnetId": "ONE_FILTER"}


@pytest.mark.parametrize("start", [{"skip": "5"}, {"skip": "x"}, {"aws": "t", "skip": "999"}, {"after": "x"}])
def test_a_page_token_that_nobody_was_given_is_refused(system: System, start: dict[str, str]) -> None:
    filters = {"target": str(DATABASE), "vpc": None}
    token = page_token.encode("ec2-subnets", filters, start)

    assert codes(system.ask("get_ec2_subnets", **PLACE, nextToken=token)) == {"nextToken": "INVALID_NEXT_TOKEN"}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_page_costs_a_few_calls(system: System, cloud: MotoEc2Cloud, operation: str) -> None:
    system.ask(operation, **PLACE, limit=2)

    assert cloud.calls.total() - cloud.calls["AssumeRole"] <= 3


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("code", ["UnauthorizedOperation", "RequestLimitExceeded"])
def test_what_cannot_be_asked_is_an_error_and_never_an_empty_list(
    system: System, cloud: MotoEc2Cloud, operation: str, code: str
) -> None:
    def refuse(name: str) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, name)

    cloud.before = refuse

    answer = system.ask(operation, **PLACE)

    assert (answer["error"], answer["details"]["drsCode"]) == ("DRS_SERVICE_ERROR", code)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_account_that_is_not_registered_is_not_asked(system: System, operation: str) -> None:
    answer = system.ask(operation, accountId="999988887777", region=DATABASE.region)

    assert codes(answer) == {"accountId": "ACCOUNT_NOT_REGISTERED"}
