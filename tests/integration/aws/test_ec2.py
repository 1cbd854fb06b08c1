"""How instances are, asked of moto's EC2."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from shared.aws.ec2 import Ec2Gateway
from shared.cross_account import Sessions
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.targets import Target
from tests.integration.aws.conftest import HUB

TARGET = Target(account_id=HUB, region="us-west-2")


@pytest.fixture
def session() -> Iterator[boto3.session.Session]:
    with mock_aws():
        yield boto3.session.Session(aws_access_key_id="hub", aws_secret_access_key="hub", region_name="us-west-2")


@pytest.fixture
def ec2(session: boto3.session.Session) -> Ec2Gateway:
    return Ec2Gateway(Sessions(lambda _: None, HUB, "us-east-1", base_session=session)).named("a-test")


def launch(session: boto3.session.Session, count: int) -> list[str]:
    client = session.client("ec2")
    image = client.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    answer = client.run_instances(ImageId=image, MinCount=count, MaxCount=count, InstanceType="t3.micro")
    return [instance["InstanceId"] for instance in answer["Instances"]]


def test_a_running_instance_shows_both_checks_and_its_launch_time(
    session: boto3.session.Session, ec2: Ec2Gateway
) -> None:
    [instance] = launch(session, 1)

    [health] = ec2.instance_health(TARGET, [instance])

    assert (health.instance_id, health.state) == (instance, "running")
    assert (health.system_status, health.instance_status) == ("ok", "ok")
    assert health.launched_at is not None


def test_a_stopped_instance_is_seen_although_ec2_checks_only_running_ones_by_default(
    session: boto3.session.Session, ec2: Ec2Gateway
) -> None:
    [instance] = launch(session, 1)
    session.client("ec2").stop_instances(InstanceIds=[instance])

    [health] = ec2.instance_health(TARGET, [instance])

    assert health.state == "stopped"
    assert health.instance_status != "ok"


def test_an_unknown_instance_is_left_out_and_spoils_nothing(session: boto3.session.Session, ec2: Ec2Gateway) -> None:
    [instance] = launch(session, 1)

    health = ec2.instance_health(TARGET, [instance, "i-00000000000000000"])

    assert [one.instance_id for one in health] == [instance]
    assert ec2.instance_health(TARGET, ["i-00000000000000000"]) == ()
    assert ec2.instance_health(TARGET, []) == ()


def test_more_than_a_hundred_instances_are_asked_for_in_slices(session: boto3.session.Session, ec2: Ec2Gateway) -> None:
    instances = launch(session, 101)

    assert {one.instance_id for one in ec2.instance_health(TARGET, instances)} == set(instances)


def test_an_endpoint_that_cannot_be_reached_is_not_a_verdict() -> None:
    def factory(session: boto3.session.Session, _service: str, region: str, _config: Config) -> object:
        once = Config(retries={"total_max_attempts": 1})
        return session.client("ec2", region_name=region, config=once, endpoint_url="http://127.0.0.1:9")

    session = boto3.session.Session(aws_access_key_id="hub", aws_secret_access_key="hub")
    gateway = Ec2Gateway(Sessions(lambda _: None, HUB, "us-east-1", base_session=session, factory=factory))

    with pytest.raises(DrsServiceError) as raised:
        gateway.instance_health(TARGET, ["i-00000000000000000"])

    assert raised.value.drs_code == "ENDPOINT_UNREACHABLE"


def test_an_account_nobody_registered_is_refused_by_name(ec2: Ec2Gateway) -> None:
    with pytest.raises(CrossAccountError, match="999999999999 is not registered"):
        ec2.instance_health(Target(account_id="999999999999", region="us-west-2"), ["i-00000000000000000"])


def test_of_instances_those_are_told_whose_owner_lets_drs_launch_into_them(
    session: boto3.session.Session, ec2: Ec2Gateway
) -> None:
    first, second, third = launch(session, 3)
    client = session.client("ec2")
    client.create_tags(Resources=[first], Tags=[{"Key": "AWSDRS", "Value": "AllowLaunchingIntoThisInstance"}])
    client.create_tags(Resources=[second], Tags=[{"Key": "AWSDRS", "Value": "something else"}])

    healths = ec2.instance_health(TARGET, [first, second, third])

    assert ec2.open_to_launches(TARGET, [first, second, third, "i-00000000000000000"]).keys() == {first}
    assert ec2.open_to_launches(TARGET, [second]) == {}
    assert ec2.open_to_launches(TARGET, []) == {}
    assert {one.instance_id for one in healths if one.allows_launches} == {first}


def test_an_instance_was_made_when_its_first_interface_was_attached_however_often_it_is_started(
    session: boto3.session.Session, ec2: Ec2Gateway
) -> None:
    [instance] = launch(session, 1)
    client = session.client("ec2")
    client.create_tags(Resources=[instance], Tags=[{"Key": "AWSDRS", "Value": "AllowLaunchingIntoThisInstance"}])
    described = client.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    made_at = described["NetworkInterfaces"][0]["Attachment"]["AttachTime"]

    client.stop_instances(InstanceIds=[instance])
    client.start_instances(InstanceIds=[instance])

    assert ec2.open_to_launches(TARGET, [instance]) == {instance: made_at}
    assert [one.made_at for one in ec2.instance_health(TARGET, [instance])] == [made_at]


def test_an_instance_that_has_ended_is_nobodys_any_more(session: boto3.session.Session, ec2: Ec2Gateway) -> None:
    [instance] = launch(session, 1)
    client = session.client("ec2")
    client.create_tags(Resources=[instance], Tags=[{"Key": "AWSDRS", "Value": "AllowLaunchingIntoThisInstance"}])

    client.terminate_instances(InstanceIds=[instance])

    assert ec2.open_to_launches(TARGET, [instance]) == {}
