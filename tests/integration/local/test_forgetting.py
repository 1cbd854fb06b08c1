"""What a system leaves in its process when it stops: nothing that another would find."""

import importlib
from pathlib import Path

from local.system import LocalSystem
from tests.integration.local.conftest import small_blueprint, told_drs


def test_a_system_that_starts_in_the_same_process_finds_nothing_of_the_one_before(tmp_path: Path) -> None:
    with LocalSystem(60, drs=told_drs, blueprint=small_blueprint(), state_dir=tmp_path) as before:
        before.client("s3").create_bucket(Bucket="of-the-one-before")
        before.client("s3").put_object(Bucket="of-the-one-before", Key="key", Body=b"content")
        before.client("sqs").create_queue(QueueName="of-the-one-before")
        made = before.client("ec2").create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]

    in_use = importlib.import_module("moto.core.base_backend").BackendDict._instances
    assert in_use == []
    with LocalSystem(60, drs=told_drs, blueprint=small_blueprint(), state_dir=tmp_path) as after:
        buckets = [bucket["Name"] for bucket in after.client("s3").list_buckets()["Buckets"]]
        queues = after.client("sqs").list_queues().get("QueueUrls", [])
        networks = [network["VpcId"] for network in after.client("ec2").describe_vpcs()["Vpcs"]]
        assert "of-the-one-before" not in buckets
        assert not any("of-the-one-before" in queue for queue in queues)
        assert made not in networks
