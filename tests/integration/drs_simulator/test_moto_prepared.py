"""Instances that really are in moto's EC2, and servers that are launched into them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from local.drs_simulator import Simulator, SourceServerSpec
from local.drs_simulator.moto_ec2 import CHOSEN_ID, MotoEc2
from local.drs_simulator.transport import attach
from local.moto_patches import instance_ids, instance_time, launch_template_pages, launch_template_versions
from local.moto_patches.patches import Patches
from tests.integration.drs_simulator.test_moto_ec2 import ec2_of
from tests.support.drs_rehearsal import ACCOUNT, CERTAIN, JOB_SECONDS, REGION, HandClock, raw_client

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client

INTO = "i-0123456789abcdef0"


class Scene:
    """A server, an instance that is prepared for it in a subnet of its own, and the clock."""

    def __init__(self, patches: Patches) -> None:
        ec2_of.cache_clear()
        self.clock = HandClock()
        launch_template_versions.install(patches)
        launch_template_pages.install(patches)
        instance_ids.install(patches, CHOSEN_ID)
        instance_time.install(patches, self.clock)  # type: ignore[arg-type]
        self.ec2: EC2Client = ec2_of(ACCOUNT, REGION)
        self.simulator = Simulator(self.clock, ec2=MotoEc2(ec2_of), settings=CERTAIN)
        self.drs: Any = raw_client(ACCOUNT, REGION)
        attach(self.drs, self.simulator)
        spec = SourceServerSpec(hostname="db-1", disks=({"gib": 30}, {"deviceName": "/dev/sdb", "gib": 100}))  # type: ignore[arg-type]
        self.server_id = self.simulator.add_source_server(ACCOUNT, REGION, spec)
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = self.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        prepared = {"instanceId": INTO, "name": "db-1", "subnetId": subnet, "privateAddress": "10.0.1.20"}
        region = {"account": ACCOUNT, "region": REGION, "instances": [prepared]}
        self.simulator.load_estate({"regions": [region]})

    def point(self) -> None:
        """Let the server be launched into the instance."""
        into = {"launchIntoEC2InstanceID": INTO}
        self.drs.update_launch_configuration(sourceServerID=self.server_id, launchIntoInstanceProperties=into)

    def launch(self) -> list[str]:
        """Start a job, let it end, and answer the raw errors of its log."""
        job = self.drs.start_recovery(sourceServers=[{"sourceServerID": self.server_id}])["job"]["jobID"]
        self.clock.time += timedelta(seconds=JOB_SECONDS)
        items = self.drs.describe_job_log_items(jobID=job, maxResults=100)["items"]
        return [item["eventData"]["rawError"] for item in items if item["event"] == "LAUNCH_FAILED"]

    def instance(self) -> Any:
        """The instance as EC2 describes it."""
        return self.ec2.describe_instances(InstanceIds=[INTO])["Reservations"][0]["Instances"][0]

    def volumes(self) -> set[str]:
        """The volumes of the instance."""
        return {mapping["Ebs"]["VolumeId"] for mapping in self.instance()["BlockDeviceMappings"]}


@pytest.fixture
def scene() -> Iterator[Scene]:
    patches = Patches()
    with mock_aws():
        yield Scene(patches)
    patches.undo()


def test_an_estate_prepares_an_instance_that_is_stopped_and_may_be_launched_into(scene: Scene) -> None:
    instance = scene.instance()

    assert (instance["State"]["Name"], instance["PrivateIpAddress"]) == ("stopped", "10.0.1.20")
    assert {"Key": "AWSDRS", "Value": "AllowLaunchingIntoThisInstance"} in instance["Tags"]
    assert (instance["VirtualizationType"], instance["RootDeviceType"]) == ("hvm", "ebs")
    assert instance["Architecture"] == "x86_64"
    assert "Platform" not in instance


def test_a_launch_gives_the_instance_other_volumes_and_leaves_the_rest(scene: Scene) -> None:
    before = scene.volumes()
    scene.point()

    assert scene.launch() == []

    instance = scene.instance()
    assert (instance["State"]["Name"], instance["PrivateIpAddress"]) == ("running", "10.0.1.20")
    assert not scene.volumes() & before
    sizes = [one["Size"] for one in scene.ec2.describe_volumes(VolumeIds=sorted(scene.volumes()))["Volumes"]]
    assert sorted(sizes) == [30, 100]
    [old] = scene.ec2.describe_volumes(VolumeIds=sorted(before))["Volumes"]
    assert old["State"] == "available", "what was on it stays in the account"
    reservations = scene.ec2.describe_instances()["Reservations"]
    assert sum(len(group["Instances"]) for group in reservations) == 1
    [recovered] = scene.drs.describe_recovery_instances()["items"]
    assert (recovered["ec2InstanceID"], recovered["ec2InstanceState"]) == (INTO, "RUNNING")


def test_the_start_of_the_instance_is_its_launch_time(scene: Scene) -> None:
    scene.point()
    began = scene.clock.time

    scene.launch()

    launched = scene.instance()["LaunchTime"]
    assert began <= launched.astimezone(UTC) <= datetime.max.replace(tzinfo=UTC)


def test_an_instance_that_was_started_or_lost_its_tag_fails_the_launch(scene: Scene) -> None:
    scene.point()
    scene.ec2.start_instances(InstanceIds=[INTO])

    [running] = scene.launch()
    scene.ec2.stop_instances(InstanceIds=[INTO])
    scene.ec2.delete_tags(Resources=[INTO], Tags=[{"Key": "AWSDRS"}])
    [untagged] = scene.launch()

    assert "is running, and must be stopped" in running
    assert "must have the tag AWSDRS" in untagged


def test_an_instance_that_there_is_not_cannot_be_named(scene: Scene) -> None:
    into = {"launchIntoEC2InstanceID": "i-0fffffffffffffff0"}

    with pytest.raises(scene.drs.exceptions.ValidationException, match="does not exist"):
        scene.drs.update_launch_configuration(sourceServerID=scene.server_id, launchIntoInstanceProperties=into)
