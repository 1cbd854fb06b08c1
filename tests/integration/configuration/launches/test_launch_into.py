"""Launches into existing instances as they are saved: held against EC2, and against what stands beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.configuration.conftest import System, codes
from tests.integration.configuration.launches.conftest import ONE, THREE, TWO, create, own, settings, update
from tests.integration.configuration.test_plans import wave
from tests.support.configuration import DATABASE, WEB
from tests.support.moto_ec2 import MotoEc2Cloud, Network

LINUX = "ami-1e749f67"
"""One of moto's images: of Linux, with HVM virtualization and an EBS root device."""
TAG = {"Key": "AWSDRS", "Value": "AllowLaunchingIntoThisInstance"}
PATH = "servers[0].launchTemplate.launchIntoInstanceProperties.launchIntoEc2InstanceId"


@pytest.fixture(autouse=True)
def _nothing_prepared_afterwards(cloud: MotoEc2Cloud) -> Iterator[None]:
    """The same account serves other tests, whose launches nobody has prepared anything for."""
    yield
    ec2 = cloud.client("ec2", DATABASE)
    found = ec2.describe_instances(Filters=[{"Name": "tag-key", "Values": [TAG["Key"]]}])["Reservations"]
    if ids := [one["InstanceId"] for each in found for one in each["Instances"]]:
        ec2.delete_tags(Resources=ids, Tags=[{"Key": TAG["Key"]}])


def run(cloud: MotoEc2Cloud, *, tagged: bool = True, target: Any = DATABASE, name: str = "db") -> str:
    """An instance of Linux, stopped; its id."""
    ec2 = cloud.client("ec2", target)
    tags = [{"Key": "Name", "Value": name}, *([TAG] if tagged else [])]
    made = ec2.run_instances(
        ImageId=LINUX,
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )
    instance_id = str(made["Instances"][0]["InstanceId"])
    ec2.stop_instances(InstanceIds=[instance_id])
    cloud.forget()
    return instance_id


def into(server: str, instance_id: str | None, **more: Any) -> dict[str, Any]:
    properties = None if instance_id is None else {"launchIntoEc2InstanceId": instance_id}
    return own(server, launchIntoInstanceProperties=properties, **more)


def test_an_instance_that_is_there_is_stored_and_asked_for_once(system: System, cloud: MotoEc2Cloud) -> None:
    instance_id = run(cloud)

    created = create(system, servers=[into(ONE, instance_id)])
    changed = update(system, created, owner="Shop", servers=[into(ONE, instance_id, copyTags=False)])

    assert created["servers"][0]["launchTemplate"] == {
        "launchIntoInstanceProperties": {"launchIntoEc2InstanceId": instance_id}
    }
    assert changed["version"] == 2
    assert cloud.calls["DescribeInstances"] == 1


def test_many_instances_are_asked_for_together(system: System, cloud: MotoEc2Cloud) -> None:
    servers = [into(server, run(cloud)) for server in (ONE, TWO, THREE)]

    assert "error" not in create(system, sourceServerIds=[ONE, TWO, THREE], servers=servers)

    assert cloud.calls["DescribeInstances"] == 1


def test_one_that_is_nowhere_elsewhere_or_not_tagged_is_refused(system: System, cloud: MotoEc2Cloud) -> None:
    elsewhere, untagged = run(cloud, target=WEB), run(cloud, tagged=False)

    answer = create(
        system,
        sourceServerIds=[ONE, TWO, THREE],
        servers=[into(ONE, "i-0fffffffffffffff0"), into(TWO, elsewhere), into(THREE, untagged)],
    )

    assert codes(answer) == {
        PATH: "LAUNCH_INTO_NOT_FOUND",
        PATH.replace("[0]", "[1]"): "LAUNCH_INTO_NOT_FOUND",
        PATH.replace("[0]", "[2]"): "LAUNCH_INTO_NOT_ALLOWED",
    }


def test_an_import_holds_instances_against_ec2_too(system: System, cloud: MotoEc2Cloud) -> None:
    group: dict[str, Any] = {
        "groupName": "Databases",
        "accountId": DATABASE.account_id,
        "region": DATABASE.region,
        "sourceServerIds": [ONE],
        "launchIntoMatching": "NAME",
        "servers": [into(ONE, "i-0fffffffffffffff0")],
    }
    document = {"schemaVersion": "1.1", "protectionGroups": [group]}

    refused = system.call("import_configuration", document=document)
    group["servers"] = [into(ONE, run(cloud))]
    imported = system.call("import_configuration", document=document)

    assert [each["code"] for each in refused["failed"][0]["reasons"]] == ["LAUNCH_INTO_NOT_FOUND"]
    assert imported["summary"]["created"] == 1
    [exported] = system.ask("export_configuration")["protectionGroups"]
    assert exported["launchIntoMatching"] == "NAME"
    assert exported["servers"][0]["launchTemplate"] == group["servers"][0]["launchTemplate"]


@pytest.mark.usefixtures("cloud")
def test_one_instance_takes_one_server(system: System, network: Network) -> None:
    one = {"launchIntoEc2InstanceId": "i-0123456789abcdef0"}

    of_all = create(system, launchConfig=settings(network, launchIntoInstanceProperties=one))
    twice = create(
        system,
        sourceServerIds=[ONE, TWO],
        servers=[into(ONE, "i-0123456789abcdef0"), into(TWO, "i-0123456789abcdef0")],
    )

    assert codes(of_all) == {"launchConfig.launchIntoInstanceProperties": "LAUNCH_INTO_NEEDS_SERVER"}
    assert codes(twice) == {PATH.replace("[0]", "[1]"): "LAUNCH_INTO_TAKEN"}
    assert "servers[0]" in twice["details"]["fields"][0]["reason"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("targetInstanceTypeRightSizingMethod", "BASIC"),
        ("copyPrivateIp", True),
        ("copyTags", True),
        ("staticPrivateIp", "10.1.0.20"),
    ],
)
def test_what_excludes_a_launch_into_an_instance_is_told_where_it_is_said(
    system: System, network: Network, name: str, value: Any
) -> None:
    subnet = {"subnetId": network.subnets[0]}

    by_id = create(system, servers=[into(ONE, "i-0123456789abcdef0", **subnet, **{name: value})])
    by_name = create(system, launchIntoMatching="NAME", servers=[own(ONE, **subnet, **{name: value})])
    apart = create(system, launchIntoMatching="NAME", servers=[into(ONE, None, **subnet, **{name: value})])

    path = f"servers[0].launchTemplate.{name}"
    assert codes(by_id) == codes(by_name) == {path: "LAUNCH_INTO_EXCLUDES"}
    assert "error" not in apart


@pytest.mark.usefixtures("cloud")
def test_what_excludes_it_for_a_group_is_told_at_the_group(system: System) -> None:
    refused = create(system, launchIntoMatching="NAME", launchConfig={"copyTags": True, "copyPrivateIp": False})

    assert codes(refused) == {"launchConfig.copyTags": "LAUNCH_INTO_EXCLUDES"}


@pytest.mark.usefixtures("cloud")
def test_a_group_forgets_how_it_finds_instances(system: System) -> None:
    created = create(system, launchIntoMatching="NAME")

    changed = update(system, created, launchIntoMatching=None)

    assert created["launchIntoMatching"] == "NAME"
    assert "launchIntoMatching" not in changed


def test_instances_are_found_by_name_in_the_account_and_region_with_one_call(
    system: System, cloud: MotoEc2Cloud
) -> None:
    run(cloud, name="host-00001", target=WEB)
    run(cloud, name="host-00001", tagged=False)
    instance_id = run(cloud, name="host-00001")
    plan = system.plan(wave(0, str(create(system, launchIntoMatching="NAME")["groupId"])))

    report = system.ask("preflight_recovery_plan", planId=plan)

    [replaced] = report["replacedInstances"]
    assert (replaced["instanceId"], replaced["instanceName"]) == (instance_id, "host-00001")
    assert replaced["privateAddress"]
    assert len(replaced["volumeIds"]) == 1
    assert cloud.calls["DescribeInstances"] == 1
