"""Launch templates that really are in moto's EC2, and launches by them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pytest
from moto import mock_aws

from local.drs_simulator import Simulator, SourceServerSpec
from local.drs_simulator.moto_ec2 import MotoEc2
from local.drs_simulator.transport import attach
from local.moto_patches import launch_template_pages, launch_template_versions
from local.moto_patches.patches import Patches
from tests.integration.drs_simulator.test_moto_ec2 import ec2_of
from tests.support.drs_rehearsal import ACCOUNT, CERTAIN, JOB_SECONDS, REGION, HandClock, raw_client

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client


@dataclass
class Scene:
    """A server in a simulated DRS, its template, and a network of moto's."""

    clock: HandClock
    simulator: Simulator
    drs: Any
    ec2: "EC2Client"
    server_id: str
    subnet: str
    group: str

    @property
    def template_id(self) -> str:
        return str(self.drs.get_launch_configuration(sourceServerID=self.server_id)["ec2LaunchTemplateID"])

    def default(self) -> Any:
        answer = self.ec2.describe_launch_template_versions(LaunchTemplateId=self.template_id, Versions=["$Default"])
        return answer["LaunchTemplateVersions"][0]

    def set_default(self, **data: Any) -> None:
        made = self.ec2.create_launch_template_version(
            LaunchTemplateId=self.template_id, SourceVersion="$Default", LaunchTemplateData=cast(Any, data)
        )
        number = str(made["LaunchTemplateVersion"]["VersionNumber"])
        self.ec2.modify_launch_template(LaunchTemplateId=self.template_id, DefaultVersion=number)

    def launch(self) -> list[str]:
        """Start a job, let it end, and answer the raw errors of its log."""
        job = self.drs.start_recovery(sourceServers=[{"sourceServerID": self.server_id}])["job"]["jobID"]
        self.clock.time = self.clock.time.replace(year=self.clock.time.year + 1)
        assert JOB_SECONDS < 365 * 86_400
        items = self.drs.describe_job_log_items(jobID=job, maxResults=100)["items"]
        return [item["eventData"]["rawError"] for item in items if item["event"] == "LAUNCH_FAILED"]

    def instances(self) -> list[Any]:
        reservations = self.ec2.describe_instances()["Reservations"]
        return [one for group in reservations for one in group["Instances"]]


@pytest.fixture
def scene() -> Iterator[Scene]:
    patches = Patches()
    with mock_aws():
        ec2_of.cache_clear()
        launch_template_versions.install(patches)
        launch_template_pages.install(patches)
        clock, client = HandClock(), ec2_of(ACCOUNT, REGION)
        simulator, drs = Simulator(clock, ec2=MotoEc2(ec2_of), settings=CERTAIN), raw_client(ACCOUNT, REGION)
        attach(drs, simulator)
        spec = SourceServerSpec(hostname="web-1", ip_addresses=("10.0.1.9",))
        vpc = client.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        yield Scene(
            clock=clock,
            simulator=simulator,
            drs=drs,
            ec2=client,
            server_id=simulator.add_source_server(ACCOUNT, REGION, spec),
            subnet=client.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"],
            group=client.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"],
        )
    patches.undo()


def interface(scene: Scene, **more: Any) -> list[dict[str, Any]]:
    return [{"DeviceIndex": 0, "SubnetId": scene.subnet, "Groups": [scene.group], **more}]


def test_drs_makes_the_template_in_ec2_and_renews_it(scene: Scene) -> None:
    first = scene.default()

    scene.drs.update_launch_configuration(sourceServerID=scene.server_id, copyTags=True)

    second = scene.default()
    assert (first["VersionNumber"], second["VersionNumber"]) == (1, 2)
    assert second["LaunchTemplateData"] == first["LaunchTemplateData"]
    assert first["LaunchTemplateData"]["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] == 30
    named: Any = {"Name": "resource-id", "Values": [scene.template_id]}
    tags = {tag["Key"]: tag["Value"] for tag in scene.ec2.describe_tags(Filters=[named])["Tags"]}
    assert tags["AWSElasticDisasterRecoverySourceServerID"] == scene.server_id


def test_a_launch_follows_the_default_version(scene: Scene) -> None:
    scene.drs.update_launch_configuration(sourceServerID=scene.server_id, targetInstanceTypeRightSizingMethod="NONE")
    scene.set_default(InstanceType="m6i.large", NetworkInterfaces=interface(scene, PrivateIpAddress="10.0.1.77"))

    assert scene.launch() == []

    [instance] = scene.instances()
    assert (instance["InstanceType"], instance["PrivateIpAddress"]) == ("m6i.large", "10.0.1.77")
    groups = [one["GroupId"] for one in instance["NetworkInterfaces"][0]["Groups"]]
    assert (instance["SubnetId"], groups) == (scene.subnet, [scene.group])


def test_the_address_of_the_source_is_copied_if_asked_for(scene: Scene) -> None:
    scene.drs.update_launch_configuration(sourceServerID=scene.server_id, copyPrivateIp=True)
    scene.set_default(NetworkInterfaces=interface(scene))

    assert scene.launch() == []

    assert [one["PrivateIpAddress"] for one in scene.instances()] == ["10.0.1.9"]


def test_a_launch_into_a_subnet_that_is_gone_fails_in_the_words_of_ec2(scene: Scene) -> None:
    scene.set_default(NetworkInterfaces=interface(scene))
    scene.ec2.delete_subnet(SubnetId=scene.subnet)

    [words] = scene.launch()

    assert "InvalidSubnetID.NotFound" in words
    assert scene.subnet in words


def test_a_launch_with_an_address_that_is_taken_fails_in_the_words_of_ec2(scene: Scene) -> None:
    scene.ec2.create_network_interface(SubnetId=scene.subnet, PrivateIpAddress="10.0.1.77")
    scene.set_default(NetworkInterfaces=interface(scene, PrivateIpAddress="10.0.1.77"))

    [words] = scene.launch()

    assert "InvalidIPAddress.InUse: Address 10.0.1.77 is in use" in words


def test_a_launch_of_a_type_that_the_zone_of_the_subnet_does_not_offer_fails_in_the_words_of_ec2(scene: Scene) -> None:
    [subnet] = scene.ec2.describe_subnets(SubnetIds=[scene.subnet])["Subnets"]
    there = offered(scene, "availability-zone", subnet["AvailabilityZone"])
    elsewhere = min(offered(scene, "region", REGION) - there)
    scene.drs.update_launch_configuration(sourceServerID=scene.server_id, targetInstanceTypeRightSizingMethod="NONE")
    scene.set_default(InstanceType=elsewhere, NetworkInterfaces=interface(scene))

    [words] = scene.launch()

    assert f"({elsewhere}) is not supported in your requested Availability Zone" in words


def offered(scene: Scene, kind: Any, place: str) -> set[str]:
    """The types that a region or a zone offers."""
    wanted: Any = [{"Name": "location", "Values": [place]}]
    pages = scene.ec2.get_paginator("describe_instance_type_offerings").paginate(LocationType=kind, Filters=wanted)
    return {one["InstanceType"] for page in pages for one in page["InstanceTypeOfferings"]}


def test_a_launch_with_a_group_a_profile_or_a_type_that_is_not_there_fails(scene: Scene) -> None:
    scene.set_default(NetworkInterfaces=interface(scene, Groups=["sg-0123456789abcdef0"]))
    no_group = scene.launch()
    scene.set_default(NetworkInterfaces=interface(scene), IamInstanceProfile={"Name": "gone"})
    no_profile = scene.launch()
    scene.drs.update_launch_configuration(sourceServerID=scene.server_id, targetInstanceTypeRightSizingMethod="NONE")
    scene.set_default(InstanceType="x9.huge")
    no_type = scene.launch()

    assert "InvalidGroup.NotFound" in no_group[0]
    assert "gone" in no_profile[0]
    assert "x9.huge" in no_type[0]
    assert scene.instances() == []
