"""Launch settings are held against EC2 in their account before they are stored: all that is new, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from tests.integration.configuration.conftest import System, codes
from tests.integration.configuration.launches.conftest import ONE, THREE, TWO, create, own, settings, update, validate
from tests.support.configuration import DATABASE, WEB, server_id
from tests.support.moto_ec2 import MotoEc2Cloud, Network, make_network

READS: Final = (
    "DescribeSubnets",
    "DescribeSecurityGroups",
    "DescribeInstanceTypeOfferings",
    "ListInstanceProfiles",
    "DescribeNetworkInterfaces",
)


def document(*groups: dict[str, Any]) -> dict[str, Any]:
    return {"schemaVersion": "1.1", "protectionGroups": list(groups)}


def test_settings_that_can_be_had_are_stored(system: System, network: Network) -> None:
    created = create(
        system,
        launchConfig=settings(network),
        servers=[own(ONE, staticPrivateIp="10.1.0.9", instanceType="r7a.large")],
    )

    assert created["launchConfig"] == settings(network)


def test_everything_that_cannot_be_had_is_told_at_once_with_servers_that_are_not_there(
    system: System, cloud: MotoEc2Cloud, network: Network
) -> None:
    elsewhere = make_network(cloud, "10.2.0.0/16")
    cloud.client("ec2").create_network_interface(SubnetId=network.subnets[0], PrivateIpAddress="10.1.0.9")
    before = system.content()

    answer = create(
        system,
        sourceServerIds=[ONE, TWO, THREE, server_id(9)],
        launchConfig=settings(
            network,
            securityGroupIds=[elsewhere.group, "sg-00000000"],
            instanceType="z9.none",
            instanceProfileName="None",
        ),
        servers=[
            own(ONE, staticPrivateIp="10.1.0.9"),
            own(TWO, staticPrivateIp="10.1.0.255"),
            own(THREE, staticPrivateIp="10.1.1.9"),
            own(server_id(9), subnetId="subnet-00000000"),
        ],
    )

    assert codes(answer) == {
        "sourceServerIds[3]": "SERVER_NOT_FOUND",
        "launchConfig.securityGroupIds[0]": "SECURITY_GROUPS_WRONG_VPC",
        "launchConfig.securityGroupIds[1]": "SECURITY_GROUPS_NOT_FOUND",
        "launchConfig.instanceType": "INSTANCE_TYPE_UNAVAILABLE",
        "launchConfig.instanceProfileName": "IAM_PROFILE_NOT_FOUND",
        "servers[0].launchTemplate.staticPrivateIp": "IP_IN_USE",
        "servers[1].launchTemplate.staticPrivateIp": "IP_RESERVED",
        "servers[2].launchTemplate.staticPrivateIp": "IP_OUT_OF_RANGE",
        "servers[3].launchTemplate.subnetId": "SUBNET_NOT_FOUND",
    }
    assert system.content() == before


def test_a_type_that_the_zone_of_the_subnet_does_not_offer_is_unavailable(
    system: System, cloud: MotoEc2Cloud, network: Network
) -> None:
    choices = cloud.choices()
    zoned = set(choices.offered_types(DATABASE, "us-west-2a"))
    only_elsewhere = min(set(choices.offered_types(DATABASE)) - zoned)

    answer = create(system, launchConfig={"subnetId": network.subnets[0], "instanceType": only_elsewhere})

    [field] = answer["details"]["fields"]
    assert (field["field"], field["code"]) == ("launchConfig.instanceType", "INSTANCE_TYPE_UNAVAILABLE")
    assert "not in us-west-2a" in field["reason"]


def test_what_another_account_has_cannot_be_had(system: System, network: Network) -> None:
    answer = create(
        system,
        accountId=WEB.account_id,
        sourceServerIds=[],
        serverSelectionTags={"tier": "web"},
        launchConfig=settings(network),
    )

    assert set(codes(answer).values()) == {
        "SUBNET_NOT_FOUND",
        "SECURITY_GROUPS_NOT_FOUND",
        "IAM_PROFILE_NOT_FOUND",
    }


def test_what_is_stored_is_not_asked_about_again(system: System, cloud: MotoEc2Cloud, network: Network) -> None:
    group = create(system, launchConfig=settings(network), servers=[own(ONE, staticPrivateIp="10.1.0.9")])
    cloud.client("ec2").delete_subnet(SubnetId=network.subnets[0])
    cloud.forget()

    group = update(system, group, description="after the subnet was lost", sourceServerIds=[ONE, TWO])

    assert group["version"] == 2
    assert cloud.calls.total() == 0


def test_what_is_new_is_asked_about_and_nothing_else(system: System, cloud: MotoEc2Cloud, network: Network) -> None:
    group = create(system, launchConfig=settings(network))
    cloud.forget()

    group = update(system, group, launchConfig=settings(network, instanceProfileName="None"))

    assert codes(group) == {"launchConfig.instanceProfileName": "IAM_PROFILE_NOT_FOUND"}
    assert +cloud.calls == {"ListInstanceProfiles": 1}


def test_a_subnet_that_changes_under_a_static_address_is_held_against_it(system: System, network: Network) -> None:
    group = create(system, launchConfig=settings(network), servers=[own(ONE, staticPrivateIp="10.1.0.9")])

    answer = update(system, group, launchConfig=settings(network, subnetId=network.subnets[1]))

    assert codes(answer) == {"servers[0].launchTemplate.staticPrivateIp": "IP_OUT_OF_RANGE"}


def test_the_address_of_the_servers_own_recovery_instance_may_be_its_own(system: System, cloud: MotoEc2Cloud) -> None:
    launched = launch(system, ONE)
    ec2 = cloud.client("ec2")
    [reservation] = ec2.describe_instances(InstanceIds=[launched])["Reservations"]
    [instance] = reservation["Instances"]
    subnet, address = instance["SubnetId"], instance["PrivateIpAddress"]

    foreign = create(system, "Two", sourceServerIds=[TWO], servers=[own(TWO, subnetId=subnet, staticPrivateIp=address)])
    group = create(system, servers=[own(ONE, subnetId=subnet, staticPrivateIp=address)])
    valid = validate(system, group, ONE, address)

    assert codes(foreign) == {"servers[0].launchTemplate.staticPrivateIp": "IP_IN_USE"}
    assert "error" not in group
    assert (valid["valid"], valid["violations"], valid["replacesInstanceId"]) == (True, [], launched)


def launch(system: System, server: str) -> str:
    """A drill of the server; answers its instance in EC2."""
    later = system.clock.now() + timedelta(minutes=5)
    system.drs.start_recovery(DATABASE, [server], is_drill=True, tags={}, not_after=later)
    system.clock.advance(timedelta(hours=1).total_seconds())
    [instance] = system.drs.recovery_instances(DATABASE, source_server_ids=[server])
    return instance.ec2_instance_id


@pytest.mark.requirement("PRD-15")
def test_an_address_is_that_of_one_group_in_a_subnet(system: System, network: Network) -> None:
    first, second = network.subnets
    one = create(system, servers=[own(ONE, subnetId=first, staticPrivateIp="10.1.0.9")])
    path = "servers[0].launchTemplate.staticPrivateIp"

    taken = create(system, "Two", sourceServerIds=[TWO], servers=[own(TWO, subnetId=first, staticPrivateIp="10.1.0.9")])
    two = create(system, "Two", sourceServerIds=[TWO], servers=[own(TWO, subnetId=first, staticPrivateIp="10.1.0.10")])
    moved = update(system, two, servers=[own(TWO, subnetId=first, staticPrivateIp="10.1.0.9")])

    assert codes(taken) == codes(moved) == {path: "DUPLICATE_IP"}
    assert "Databases" in taken["message"]
    update(system, one, servers=[own(ONE, subnetId=second, staticPrivateIp="10.1.1.9")])
    assert "error" not in update(system, two, servers=[own(TWO, subnetId=first, staticPrivateIp="10.1.0.9")])


def test_the_address_of_a_deleted_group_is_free(system: System, network: Network) -> None:
    address = {"subnetId": network.subnets[0], "staticPrivateIp": "10.1.0.9"}
    one = create(system, servers=[own(ONE, **address)])
    system.call("delete_protection_group", groupId=one["groupId"])

    assert "error" not in create(system, "Two", sourceServerIds=[TWO], servers=[own(TWO, **address)])


def test_of_two_groups_that_are_saved_at_once_one_gets_the_address(system: System, network: Network) -> None:
    address = {"subnetId": network.subnets[0], "staticPrivateIp": "10.1.0.9"}
    rival: list[dict[str, Any]] = []

    def be_faster() -> None:
        rival.append(create(system, "Rival", sourceServerIds=[TWO], servers=[own(TWO, **address)]))

    system.tables["groups"].before_write = be_faster
    late = create(system, servers=[own(ONE, **address)])

    assert "error" not in rival[0]
    assert codes(late) == {"servers[0].launchTemplate.staticPrivateIp": "DUPLICATE_IP"}


def test_a_group_of_hundreds_gets_its_addresses_or_none(system: System, network: Network) -> None:
    servers = [server_id(number) for number in range(100, 400)]
    system.protect(DATABASE, *servers)
    templates = [
        own(server, subnetId=network.subnets[number // 200], staticPrivateIp=f"10.1.{number // 200}.{number % 200 + 9}")
        for number, server in enumerate(servers)
    ]
    create(system, "One", servers=[own(ONE, subnetId=network.subnets[1], staticPrivateIp="10.1.1.40")])
    free = system.content()

    refused = create(system, "Many", sourceServerIds=servers, servers=templates)

    assert codes(refused) == {"servers[231].launchTemplate.staticPrivateIp": "DUPLICATE_IP"}
    assert system.content() == free
    templates[231] = own(servers[231], copyTags=True)
    assert "error" not in create(system, "Many", sourceServerIds=servers, servers=templates)


def test_hundreds_of_servers_are_asked_about_in_a_few_calls(
    system: System, cloud: MotoEc2Cloud, network: Network
) -> None:
    servers = [server_id(number) for number in range(100, 400)]
    system.protect(DATABASE, *servers)
    cloud.forget()

    created = create(
        system,
        sourceServerIds=servers,
        launchConfig=settings(network),
        servers=[own(each, staticPrivateIp=f"10.1.0.{number + 4}") for number, each in enumerate(servers[:200])],
    )

    assert "error" not in created
    assert +cloud.calls == dict.fromkeys(READS, 1)


@pytest.mark.parametrize("call", READS)
@pytest.mark.parametrize("code", ["UnauthorizedOperation", "RequestLimitExceeded", "AccessDenied"])
def test_what_cannot_be_asked_is_not_stored(
    system: System, cloud: MotoEc2Cloud, network: Network, call: str, code: str
) -> None:
    def refuse(name: str) -> None:
        if name == call:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, name)

    before, cloud.before = system.content(), refuse

    answer = create(system, launchConfig=settings(network), servers=[own(ONE, staticPrivateIp="10.1.0.9")])

    assert (answer["error"], answer["details"]["drsCode"]) == ("DRS_SERVICE_ERROR", code)
    assert system.content() == before


def test_an_inactive_account_is_not_asked(system: System, network: Network) -> None:
    group = create(system)
    account = system.accounts.get(DATABASE.account_id)
    system.call("update_target_account", accountId=account.account_id, version=account.version, status="inactive")

    assert codes(update(system, group, launchConfig=settings(network))) == {"accountId": "ACCOUNT_INACTIVE"}
    assert "error" not in update(system, group, owner="Ann")


def test_a_document_is_asked_about_once_and_told_of_each_group(
    system: System, cloud: MotoEc2Cloud, network: Network
) -> None:
    known = {"accountId": DATABASE.account_id, "region": DATABASE.region}
    groups: list[dict[str, Any]] = [
        {
            "groupName": f"Group {number}",
            **known,
            "serverSelectionTags": {"group": str(number)},
            "launchConfig": settings(network),
        }
        for number in range(30)
    ]
    groups[3]["launchConfig"] = settings(network, subnetId="subnet-00000000")
    groups[4]["servers"] = [own(TWO, staticPrivateIp="10.1.0.2")]
    cloud.forget()

    rehearsed = system.call("import_configuration", **document(*groups), dryRun=True)
    report = system.call("import_configuration", **document(*groups))

    assert {one["path"]: [each["field"] for each in one["reasons"]] for one in report["failed"]} == {
        "protectionGroups[3]": ["protectionGroups[3].launchConfig.subnetId"],
        "protectionGroups[4]": ["protectionGroups[4].servers[0].launchTemplate.staticPrivateIp"],
    }
    assert rehearsed["failed"] == report["failed"]
    asked = {name: times for name, times in cloud.calls.items() if name != "AssumeRole"}
    assert asked == dict.fromkeys(READS, 2)


def test_two_groups_of_a_document_cannot_have_one_address(system: System, network: Network) -> None:
    known = {"accountId": DATABASE.account_id, "region": DATABASE.region}
    address = {"subnetId": network.subnets[0], "staticPrivateIp": "10.1.0.9"}
    groups = [
        {"groupName": name, **known, "sourceServerIds": [server], "servers": [own(server, **address)]}
        for name, server in (("One", ONE), ("Two", TWO))
    ]

    rehearsed = system.call("import_configuration", **document(*groups), dryRun=True)
    report = system.call("import_configuration", **document(*groups))

    assert [one["name"] for one in report["created"]] == ["One"]
    assert [each["code"] for each in report["failed"][0]["reasons"]] == ["DUPLICATE_IP"]
    assert rehearsed["failed"] == report["failed"]


def test_of_a_document_only_those_fail_whose_question_is_not_answered(
    system: System, cloud: MotoEc2Cloud, network: Network
) -> None:
    known = {"accountId": DATABASE.account_id, "region": DATABASE.region}
    groups = [
        {"groupName": name, **known, "serverSelectionTags": {"group": name}, "launchConfig": config}
        for name, config in (
            ("One", {"subnetId": network.subnets[0]}),
            ("Two", {"instanceProfileName": "Recovery"}),
            ("Three", {"copyTags": True}),
        )
    ]

    def refuse(name: str) -> None:
        if name == "ListInstanceProfiles":
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, name)

    cloud.before = refuse
    report = system.call("import_configuration", **document(*groups))

    assert [one["name"] for one in report["created"]] == ["One", "Three"]
    assert [(one["name"], one["code"]) for one in report["failed"]] == [("Two", "DRS_SERVICE_ERROR")]
