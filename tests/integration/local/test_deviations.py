"""What the local system does differently from AWS: each line of local/DEVIATIONS.md has its test here or beside."""

import importlib
import json
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import boto3
import pytest

from local.function_process import ROOT
from local.schedules import UnsupportedScheduleError, period_of
from local.system import LocalSystem
from tests.integration.local.conftest import TARGET, Runs
from tests.integration.local.waiting import eventually

NAME: Final = "small-echo-test"
HUB: Final = "123456789012"


def test_deviation_policies_of_roles_are_not_enforced(system: LocalSystem) -> None:
    assert not system.client("iam").list_role_policies(RoleName="small-hub-test")["PolicyNames"]

    system.invoke("echo", {"action": "record", "id": "written-without-permission"})

    key = {"id": {"S": "written-without-permission"}}
    table = system.deployment.value("TableName")
    assert "Item" in system.client("dynamodb").get_item(TableName=table, Key=key)


def test_deviation_sessions_never_expire(system: LocalSystem) -> None:
    backends = importlib.import_module("moto.sts.models").sts_backends
    role = f"arn:aws:iam::{HUB}:role/small-hub-test"
    session = backends[HUB]["aws"].assume_role("us-east-1", "expired", role, "", -3600, "")

    client = boto3.client(
        "sts",
        region_name="us-east-1",
        endpoint_url=system.endpoint,
        aws_access_key_id=session.access_key_id,
        aws_secret_access_key=session.secret_access_key,
        aws_session_token=session.session_token,
    )

    assert client.get_caller_identity()["Arn"].endswith("small-hub-test/expired")
    client.close()


def test_deviation_any_unknown_key_is_the_hubs(system: LocalSystem) -> None:
    client = boto3.client(
        "sts",
        region_name="us-east-1",
        endpoint_url=system.endpoint,
        aws_access_key_id="nobody",
        aws_secret_access_key="nothing",
    )

    assert client.get_caller_identity()["Account"] == HUB
    client.close()


def test_deviation_every_version_runs_what_is_in_the_folder_now(system: LocalSystem) -> None:
    folders = {
        system.invoke("echo", {"action": "environment"}, qualifier=qualifier)["cwd"]
        for qualifier in ("live", "$LATEST")
    }

    assert len(folders) == 1


def test_deviation_a_rules_own_retries_and_dead_letter_queue_are_not_used(system: LocalSystem) -> None:
    queue = system.client("sqs").create_queue(QueueName="undelivered")["QueueUrl"]
    events = system.client("events")
    events.put_rule(Name="to-nobody", EventPattern='{"source": ["test.nobody"]}')
    target = {
        "Id": "nobody",
        "Arn": f"arn:aws:lambda:us-east-1:{HUB}:function:nobody",
        "DeadLetterConfig": {"Arn": f"arn:aws:sqs:us-east-1:{HUB}:undelivered"},
    }
    events.put_targets(Rule="to-nobody", Targets=[target])

    events.put_events(Entries=[{"Source": "test.nobody", "DetailType": "t", "Detail": "{}"}])

    assert "Messages" not in system.client("sqs").receive_message(QueueUrl=queue)
    assert "does not exist" in (system.log_folder / "local-system.log").read_text()


@pytest.mark.parametrize("expression", ["cron(0 12 * * ? *)", "at(2026-01-29T02:47:18)"])
def test_deviation_only_rates_fire(expression: str) -> None:
    with pytest.raises(UnsupportedScheduleError):
        period_of(expression)


def test_a_rate_is_read_in_minutes_hours_and_days() -> None:
    assert period_of("rate(1 minute)") == timedelta(minutes=1)
    assert period_of("rate(6 hours)") == timedelta(hours=6)
    assert period_of("rate(2 days)") == timedelta(days=2)


def test_deviation_task_tokens_are_short(system: LocalSystem, runs: Runs) -> None:
    arn = runs.start("short-token", kind="item", id="short-token", seen=1, timeoutSeconds=6000)

    assert len(runs.token("short-token")) == 36
    system.client("stepfunctions").stop_execution(executionArn=arn)


def test_deviation_a_missed_heartbeat_is_an_ordinary_time_out(system: LocalSystem) -> None:
    client = system.client("stepfunctions")
    task: dict[str, Any] = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": NAME, "Payload": {"action": "echo", "token.$": "$$.Task.Token"}},
        "HeartbeatSeconds": 20,
        "TimeoutSeconds": 6000,
        "End": True,
    }
    definition = json.dumps({"StartAt": "T", "States": {"T": task}})
    role = f"arn:aws:iam::{HUB}:role/small-hub-test"
    arn = client.create_state_machine(name="beats", definition=definition, roleArn=role)["stateMachineArn"]

    run = Runs(system).finish(client.start_execution(stateMachineArn=arn, name="missed")["executionArn"])

    assert (run["status"], run["error"]) == ("FAILED", "States.Timeout")


def test_deviation_logs_and_history_go_to_files_not_to_cloudwatch(system: LocalSystem, runs: Runs) -> None:
    system.client("logs").create_log_group(logGroupName=f"/aws/lambda/{NAME}")

    runs.finish(runs.start("unlogged", kind="invoke"))

    streams = system.client("logs").describe_log_streams(logGroupName=f"/aws/lambda/{NAME}")["logStreams"]
    assert streams == []
    assert (system.log_folder / f"{NAME}.log").exists()


def test_deviation_time_to_live_deletes_nothing(system: LocalSystem) -> None:
    table, client = system.deployment.value("TableName"), system.client("dynamodb")
    client.put_item(TableName=table, Item={"id": {"S": "expired"}, "expiresAt": {"N": str(int(time.time()) - 90_000)}})

    time.sleep(0.1)

    assert "Item" in client.get_item(TableName=table, Key={"id": {"S": "expired"}})


def test_deviation_other_services_stamp_real_time(system: LocalSystem) -> None:
    eventually(lambda: system.clock.now() - datetime.now(UTC) > timedelta(seconds=30))
    queue = system.client("sqs").create_queue(QueueName="stamps")["QueueUrl"]

    created = system.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]

    assert abs(float(created["CreatedTimestamp"]) - time.time()) < 10


def test_deviation_regions_that_moto_knows_little_of_offer_no_type(system: LocalSystem) -> None:
    offered = {
        region: len(system.client("ec2", TARGET, region).describe_instance_type_offerings()["InstanceTypeOfferings"])
        for region in ("us-gov-west-1", "mx-central-1", "us-west-1")
    }

    assert offered["us-gov-west-1"] == offered["mx-central-1"] == 0
    assert offered["us-west-1"] > 100


def test_deviation_every_region_has_the_same_few_images(system: LocalSystem) -> None:
    found = [
        {image["ImageId"] for image in system.client("ec2", region=region).describe_images(Owners=["amazon"])["Images"]}
        for region in ("us-east-1", "eu-central-1")
    ]

    assert found[0] == found[1]
    assert len(found[0]) == 44


def test_the_list_of_deviations_names_tests_that_exist() -> None:
    text = (ROOT / "local" / "DEVIATIONS.md").read_text(encoding="utf-8")
    written = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    tests = set(re.findall(r"^def (test_\w+)", written, re.MULTILINE))
    named = set(re.findall(r"`(test_\w+)`", text))

    assert named - tests == set()
    assert {test for test in tests if test.startswith("test_deviation_")} - named == set()
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith(("| What", "| ---"))]
    assert len(rows) > 20
    assert all("`test_" in row for row in rows)


def test_the_list_names_every_patch_of_moto() -> None:
    text = (ROOT / "local" / "DEVIATIONS.md").read_text(encoding="utf-8")
    helpers = {"__init__", "patches", "policies", "srp"}
    modules = {path.stem for path in (ROOT / "local" / "moto_patches").glob("*.py")} - helpers

    assert {module for module in modules if f"`{module}`" not in text} == set()
