"""Recovery instances that really are in moto's EC2, in the account and region of their server."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from local.cloudformation.template import Place
from local.drs_simulator import Ec2RefusedError, LaunchOrder, Simulator, SourceServerSpec, account_of_key
from local.drs_simulator.moto_ec2 import MotoEc2
from local.drs_simulator.transport import attach
from tests.support.drs_rehearsal import ACCOUNT, CERTAIN, JOB_SECONDS, OTHER_ACCOUNT, REGION, HandClock, raw_client
from tests.support.templates import load_template

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client


GIVEN = {"OrchestrationAccountId": "123456789012", "ExternalId": "agreed-id-0001"}


def session_keys(account: str) -> Any:
    role = f"arn:aws:iam::{account}:role/Operator"
    return boto3.client("sts", region_name=REGION).assume_role(RoleArn=role, RoleSessionName="operator")["Credentials"]


@cache
def ec2_of(account: str, region: str) -> "EC2Client":
    keys = session_keys(account)
    return boto3.client(
        "ec2",
        region_name=region,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


@pytest.fixture
def ec2() -> Iterator[MotoEc2]:
    with mock_aws():
        ec2_of.cache_clear()
        yield MotoEc2(ec2_of)


def states(account: str) -> dict[str, str]:
    reservations = ec2_of(account, REGION).describe_instances()["Reservations"]
    return {one["InstanceId"]: one["State"]["Name"] for group in reservations for one in group["Instances"]}


def test_a_drill_leaves_instances_in_ec2_and_a_termination_none(ec2: MotoEc2) -> None:
    clock = HandClock()
    simulator = Simulator(clock, ec2=ec2, settings=CERTAIN)
    drs = raw_client(ACCOUNT, REGION)
    attach(drs, simulator)
    server_id = simulator.add_source_server(ACCOUNT, REGION, SourceServerSpec(hostname="web-1", tags={"Tier": "web"}))
    drs.update_launch_configuration(sourceServerID=server_id, copyTags=True)

    drs.start_recovery(sourceServers=[{"sourceServerID": server_id}])
    clock.time += timedelta(seconds=JOB_SECONDS)

    [instance] = drs.describe_recovery_instances()["items"]
    instance_id = instance["recoveryInstanceID"]
    assert states(ACCOUNT) == {instance_id: "running"}
    assert states(OTHER_ACCOUNT) == {}
    [shown] = ec2_of(ACCOUNT, REGION).describe_instances()["Reservations"][0]["Instances"]
    assert {tag["Key"]: tag["Value"] for tag in shown["Tags"]} == {
        "Name": "web-1",
        "AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com",
        "AWSElasticDisasterRecoverySourceServerID": server_id,
        "Tier": "web",
    }
    assert simulator.instance_status(ACCOUNT, REGION)[0].instance_status == "ok"

    drs.terminate_recovery_instances(recoveryInstanceIDs=[instance_id])
    clock.time += timedelta(seconds=JOB_SECONDS)

    assert drs.describe_recovery_instances()["items"] == []
    assert states(ACCOUNT) == {instance_id: "terminated"}


def admits(statement: Any, tags: dict[str, str]) -> bool:
    """Whether the condition of a statement holds for an instance with these tags; it may ask for tags alone."""
    asked = statement["Condition"]
    assert set(asked) <= {"Null", "StringEquals"}, "no other condition is understood here"
    return all(
        (key.removeprefix("aws:ResourceTag/") not in tags) is (must_be_absent == "true")
        for key, must_be_absent in asked.get("Null", {}).items()
    ) and all(
        tags.get(key.removeprefix("aws:ResourceTag/")) == value for key, value in asked.get("StringEquals", {}).items()
    )


def tags_of(instance_id: str) -> dict[str, str]:
    """The tags of an instance, as IAM knows them."""
    [group] = ec2_of(ACCOUNT, REGION).describe_instances(InstanceIds=[instance_id])["Reservations"]
    return {tag["Key"]: tag["Value"] for tag in group["Instances"][0].get("Tags", [])}


def test_the_target_role_sends_commands_to_what_drs_launches_or_launches_into_and_to_no_other_instance(
    ec2: MotoEc2,
) -> None:
    clock = HandClock()
    simulator = Simulator(clock, ec2=ec2, settings=CERTAIN)
    drs = raw_client(ACCOUNT, REGION)
    attach(drs, simulator)
    server_id = simulator.add_source_server(ACCOUNT, REGION, SourceServerSpec(hostname="web-1"))
    drs.start_recovery(sourceServers=[{"sourceServerID": server_id}])
    clock.time += timedelta(seconds=JOB_SECONDS)
    recovered = drs.describe_recovery_instances()["items"][0]["ec2InstanceID"]
    other = ec2.launch(ACCOUNT, REGION, LaunchOrder("s-1", "web-2", "", "t3.micro", {"Name": "web-2"}))
    open_tag = {"AWSDRS": "AllowLaunchingIntoThisInstance"}
    prepared = ec2.launch(ACCOUNT, REGION, LaunchOrder("s-1", "web-3", "", "t3.micro", open_tag))

    template = load_template("cross-account-role-stack.yaml", Place(ACCOUNT, REGION), **GIVEN)
    sending = [
        statement
        for statement in template.properties("RecoveryRights")["PolicyDocument"]["Statement"]
        if statement["Action"] == "ssm:SendCommand" and "instance/*" in statement["Resource"]
    ]

    def is_admitted(instance_id: str) -> bool:
        return any(admits(statement, tags_of(instance_id)) for statement in sending)

    assert is_admitted(recovered)
    assert is_admitted(prepared)
    assert not is_admitted(other)


def test_an_instance_that_somebody_terminated_by_hand_is_shown_as_that(ec2: MotoEc2) -> None:
    clock = HandClock()
    simulator = Simulator(clock, ec2=ec2, settings=CERTAIN)
    drs = raw_client(ACCOUNT, REGION)
    attach(drs, simulator)
    server_id = simulator.add_source_server(ACCOUNT, REGION, SourceServerSpec(hostname="web-1"))
    drs.start_recovery(sourceServers=[{"sourceServerID": server_id}])
    clock.time += timedelta(seconds=JOB_SECONDS)
    [instance] = drs.describe_recovery_instances()["items"]

    ec2_of(ACCOUNT, REGION).terminate_instances(InstanceIds=[instance["recoveryInstanceID"]])

    assert drs.describe_recovery_instances()["items"][0]["ec2InstanceState"] == "TERMINATED"
    [status] = simulator.instance_status(ACCOUNT, REGION)
    assert (status.instance_state, status.instance_status) == ("terminated", "not-applicable")


def test_an_instance_is_stopped_and_what_is_gone_is_no_error(ec2: MotoEc2) -> None:
    order = LaunchOrder("s-1", "web-1", "drsjob-1", "t3.micro", {"Name": "web-1"})
    instance_id = ec2.launch(ACCOUNT, REGION, order)

    ec2.stop(ACCOUNT, REGION, instance_id)
    ec2.stop(ACCOUNT, REGION, "i-0123456789abcdef0")
    ec2.terminate(ACCOUNT, REGION, "i-0123456789abcdef0")

    assert ec2.states(ACCOUNT, REGION, [instance_id, "i-0123456789abcdef0"]) == {instance_id: "stopped"}


def test_an_instance_that_is_protected_survives_its_termination_and_its_replacement(ec2: MotoEc2) -> None:
    clock = HandClock()
    simulator = Simulator(clock, ec2=ec2, settings=CERTAIN)
    drs = raw_client(ACCOUNT, REGION)
    attach(drs, simulator)
    server_id = simulator.add_source_server(ACCOUNT, REGION, SourceServerSpec(hostname="web-1"))
    drs.start_recovery(sourceServers=[{"sourceServerID": server_id}])
    clock.time += timedelta(seconds=JOB_SECONDS)
    instance_id = drs.describe_recovery_instances()["items"][0]["recoveryInstanceID"]
    ec2_of(ACCOUNT, REGION).modify_instance_attribute(InstanceId=instance_id, DisableApiTermination={"Value": True})

    jobs = [drs.terminate_recovery_instances(recoveryInstanceIDs=[instance_id])["job"]["jobID"]]
    clock.time += timedelta(seconds=JOB_SECONDS)
    jobs.append(drs.start_recovery(sourceServers=[{"sourceServerID": server_id}])["job"]["jobID"])
    clock.time += timedelta(seconds=JOB_SECONDS)

    for job_id in jobs:
        log = drs.describe_job_log_items(jobID=job_id, maxResults=100)["items"]
        [failed] = [item for item in log if item["event"] == "CLEANUP_FAIL"]
        assert "OperationNotPermitted" in failed["eventData"]["rawError"]
    assert sorted(states(ACCOUNT).values()) == ["running", "running"]


def test_what_ec2_refuses_is_said_in_its_words(ec2: MotoEc2) -> None:
    order = LaunchOrder("s-1", "web-1", "drsjob-1", "t3.micro")

    with pytest.raises(Ec2RefusedError, match="InvalidParameterValue"):
        ec2.launch(ACCOUNT, REGION, order)


@pytest.mark.parametrize("account", ["000000000001", "111122223333", "999999999998", "999999999999"])
@mock_aws
def test_keys_of_motos_sts_carry_their_account(account: str) -> None:
    assert account_of_key(session_keys(account)["AccessKeyId"]) == account
