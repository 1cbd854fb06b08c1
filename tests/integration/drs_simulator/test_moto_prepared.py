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


class Account:
    """One account of moto's, its clock, and how many cases there were; to make one takes long."""

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
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnet = self.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        self.cases = 0


class Scene:
    """A server, and an instance that is prepared for it in a subnet."""

    def __init__(self, account: Account) -> None:
        account.cases += 1
        self.clock, self.ec2, self.drs = account.clock, account.ec2, account.drs
        self.instance_id, self.address = f"i-{account.cases:017x}", f"10.0.1.{account.cases + 10}"
        disks: Any = ({"gib": 30}, {"deviceName": "/dev/sdb", "gib": 100})
        spec = SourceServerSpec(hostname=f"db-{account.cases}", disks=disks)
        self.server_id = account.simulator.add_source_server(ACCOUNT, REGION, spec)
        place = {"subnetId": account.subnet, "privateAddress": self.address}
        prepared = {"instanceId": self.instance_id, "name": spec.hostname, **place}
        region = {"account": ACCOUNT, "region": REGION, "instances": [prepared]}
        account.simulator.load_estate({"regions": [region]})

    def point(self) -> None:
        """Let the server be launched into the instance."""
        into = {"launchIntoEC2InstanceID": self.instance_id}
        self.drs.update_launch_configuration(sourceServerID=self.server_id, launchIntoInstanceProperties=into)

    def launch(self) -> list[str]:
        """Start a job, let it end, and answer the raw errors of its log."""
        job = self.drs.start_recovery(sourceServers=[{"sourceServerID": self.server_id}])["job"]["jobID"]
        self.clock.time += timedelta(seconds=JOB_SECONDS)
        items = self.drs.describe_job_log_items(jobID=job, maxResults=100)["items"]
        return [item["eventData"]["rawError"] for item in items if item["event"] == "LAUNCH_FAILED"]

    def instance(self) -> Any:
        """The instance as EC2 describes it."""
        return self.ec2.describe_instances(InstanceIds=[self.instance_id])["Reservations"][0]["Instances"][0]

    def instances(self) -> int:
        """How many instances there are in all."""
        return sum(len(group["Instances"]) for group in self.ec2.describe_instances()["Reservations"])

    def volumes(self) -> set[str]:
        """The volumes of the instance."""
        return {mapping["Ebs"]["VolumeId"] for mapping in self.instance()["BlockDeviceMappings"]}


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    patches = Patches()
    with mock_aws():
        yield Account(patches)
    patches.undo()


@pytest.fixture
def scene(account: Account) -> Scene:
    return Scene(account)


def test_an_estate_prepares_an_instance_that_is_stopped_and_may_be_launched_into(scene: Scene) -> None:
    instance = scene.instance()

    assert (instance["State"]["Name"], instance["PrivateIpAddress"]) == ("stopped", scene.address)
    assert {"Key": "AWSDRS", "Value": "AllowLaunchingIntoThisInstance"} in instance["Tags"]
    assert (instance["VirtualizationType"], instance["RootDeviceType"]) == ("hvm", "ebs")
    assert instance["Architecture"] == "x86_64"
    assert "Platform" not in instance


def test_a_launch_gives_the_instance_other_volumes_and_leaves_the_rest(scene: Scene) -> None:
    before, count = scene.volumes(), scene.instances()
    scene.point()

    assert scene.launch() == []

    instance = scene.instance()
    assert (instance["State"]["Name"], instance["PrivateIpAddress"]) == ("running", scene.address)
    assert not scene.volumes() & before
    sizes = [one["Size"] for one in scene.ec2.describe_volumes(VolumeIds=sorted(scene.volumes()))["Volumes"]]
    assert sorted(sizes) == [30, 100]
    [old] = scene.ec2.describe_volumes(VolumeIds=sorted(before))["Volumes"]
    assert old["State"] == "available", "what was on it stays in the account"
    assert scene.instances() == count
    [recovered] = scene.drs.describe_recovery_instances(filters={"sourceServerIDs": [scene.server_id]})["items"]
    assert (recovered["ec2InstanceID"], recovered["ec2InstanceState"]) == (scene.instance_id, "RUNNING")


def test_the_start_of_the_instance_is_its_launch_time(scene: Scene) -> None:
    scene.point()
    began = scene.clock.time

    scene.launch()

    launched = scene.instance()["LaunchTime"]
    assert began <= launched.astimezone(UTC) <= datetime.max.replace(tzinfo=UTC)


def test_an_instance_that_was_started_or_lost_its_tag_fails_the_launch(scene: Scene) -> None:
    scene.point()
    scene.ec2.start_instances(InstanceIds=[scene.instance_id])

    [running] = scene.launch()
    scene.ec2.stop_instances(InstanceIds=[scene.instance_id])
    scene.ec2.delete_tags(Resources=[scene.instance_id], Tags=[{"Key": "AWSDRS"}])
    [untagged] = scene.launch()

    assert "is running, and must be stopped" in running
    assert "must have the tag AWSDRS" in untagged


def test_an_instance_that_there_is_not_cannot_be_named(scene: Scene) -> None:
    into = {"launchIntoEC2InstanceID": "i-0fffffffffffffff0"}

    with pytest.raises(scene.drs.exceptions.ValidationException, match="does not exist"):
        scene.drs.update_launch_configuration(sourceServerID=scene.server_id, launchIntoInstanceProperties=into)
