"""Tags as AWS has them: those of instances read from moto's EC2, those of servers written into a simulated DRS."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from shared.aws.drs_tags import ServerTags
from shared.aws.ec2_tags import IDS_PER_CALL, InstanceTags
from shared.cross_account import Sessions
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.targets import Target
from tests.integration.aws.conftest import DATABASE, HUB, Cloud

HERE = Target(account_id=HUB, region="us-west-2")


@pytest.fixture
def session() -> Iterator[boto3.session.Session]:
    with mock_aws():
        yield boto3.session.Session(aws_access_key_id="hub", aws_secret_access_key="hub", region_name="us-west-2")


@pytest.fixture
def instances(session: boto3.session.Session) -> InstanceTags:
    return InstanceTags(Sessions(lambda _: None, HUB, "us-east-1", base_session=session))


def launch(session: boto3.session.Session, count: int, **tags: str) -> list[str]:
    client = session.client("ec2")
    image = client.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    answer = client.run_instances(ImageId=image, MinCount=count, MaxCount=count, InstanceType="t3.micro")
    ids = [instance["InstanceId"] for instance in answer["Instances"]]
    if tags:
        client.create_tags(Resources=ids, Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    return ids


def test_instances_have_their_tags_or_none_and_unknown_ones_are_left_out(
    session: boto3.session.Session, instances: InstanceTags
) -> None:
    [tagged], [bare] = launch(session, 1, Tier="web", Empty=""), launch(session, 1)

    found = instances.instance_tags(HERE, [tagged, bare, "i-0123456789abcdef0"])

    assert found == {tagged: {"Tier": "web", "Empty": ""}, bare: {}}


def test_a_terminated_instance_is_left_out_and_a_stopped_one_is_not(
    session: boto3.session.Session, instances: InstanceTags
) -> None:
    gone, stopped = launch(session, 2, Tier="web")
    session.client("ec2").terminate_instances(InstanceIds=[gone])
    session.client("ec2").stop_instances(InstanceIds=[stopped])

    assert instances.instance_tags(HERE, [gone, stopped]) == {stopped: {"Tier": "web"}}


def test_more_instances_than_a_filter_takes_are_read_in_several_calls(
    session: boto3.session.Session, instances: InstanceTags
) -> None:
    ids = launch(session, IDS_PER_CALL + 1, Tier="web")

    assert set(instances.instance_tags(HERE, ids)) == set(ids)
    assert instances.instance_tags(HERE, []) == {}


def test_an_account_that_nobody_knows_is_an_error(instances: InstanceTags) -> None:
    with pytest.raises(CrossAccountError):
        instances.instance_tags(Target(account_id="999900001111", region="us-west-2"), ["i-0123456789abcdef0"])


def test_tags_of_a_source_server_are_added_changed_and_removed(cloud: Cloud) -> None:
    [server_id] = cloud.protect(DATABASE, "db-1")
    [server] = cloud.drs.source_servers(DATABASE)
    tags = ServerTags(cloud.sessions)

    tags.put_tags(DATABASE, server.arn, {"tier": "database", "New": "x"})
    tags.remove_tags(DATABASE, server.arn, ["New", "never there"])
    tags.put_tags(DATABASE, server.arn, {"Own": ""})

    [after] = cloud.drs.source_servers(DATABASE, [server_id])
    assert after.tags == {"tier": "database", "Own": ""}


def test_what_drs_refuses_is_told_with_its_code(cloud: Cloud) -> None:
    cloud.protect(DATABASE, "db-1")
    [server] = cloud.drs.source_servers(DATABASE)

    with pytest.raises(DrsServiceError) as refused:
        ServerTags(cloud.sessions).put_tags(DATABASE, server.arn, {"aws:mine": "x"})

    assert refused.value.drs_code == "ValidationException"
    with pytest.raises(DrsServiceError) as missing:
        ServerTags(cloud.sessions).remove_tags(DATABASE, server.arn + "x", ["a"])
    assert missing.value.drs_code == "ResourceNotFoundException"


def test_a_source_server_tells_the_instance_that_it_is(cloud: Cloud) -> None:
    place = {"origin_account_id": "444455556666", "origin_region": "eu-central-1"}
    cloud.protect_instance(DATABASE, "web-1", "i-0123456789abcdef0", **place)

    [server] = cloud.drs.source_servers(DATABASE)

    assert server.origin is not None
    assert server.origin.wire() == {
        "instanceId": "i-0123456789abcdef0",
        "accountId": "444455556666",
        "region": "eu-central-1",
    }
