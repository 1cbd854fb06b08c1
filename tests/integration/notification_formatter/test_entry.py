"""The entry of the notification function, from its environment to a mail in a queue, on moto."""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from shared.clock import SystemClock
from shared.stores.dynamo_table import DynamoTable
from shared.stores.execution_store import ExecutionStore
from tests.support.tables import create_tables
from tests.unit.notification_formatter.conftest import EXECUTION_ID, PLAN_ID, header

ENTRY = Path("lambda/notification-formatter/index.py")
TOPIC = "arn:aws:sns:us-east-1:123456789012:aws-drs-orchestration-execution-notifications-dev"


def load_entry() -> Any:
    """The entry under a name of its own: every function has a module called index."""
    spec = importlib.util.spec_from_file_location("notification_formatter_entry", ENTRY)
    assert spec is not None
    assert spec.loader is not None
    entry = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(entry)
    return entry


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    variables = {
        "AWS_ACCESS_KEY_ID": "hub",
        "AWS_SECRET_ACCESS_KEY": "hub",
        "AWS_DEFAULT_REGION": "us-east-1",
        "PROJECT_NAME": "aws-drs-orchestration",
        "ENVIRONMENT": "dev",
        "LOG_LEVEL": "INFO",
        "REGION": "us-east-1",
        "HUB_ACCOUNT_ID": "123456789012",
        "POWERTOOLS_SERVICE_NAME": "notification-formatter",
        "EXECUTION_HISTORY_TABLE": "aws-drs-orchestration-execution-history-dev",
        "NOTIFICATION_TOPIC_ARN": TOPIC,
        "OPS_ITEMS": "false",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield monkeypatch


def test_importing_the_entry_reads_no_environment_and_calls_nobody() -> None:
    assert callable(load_entry().lambda_handler)


@pytest.mark.usefixtures("environment")
def test_an_event_becomes_a_mail_with_attributes() -> None:
    database = boto3.client("dynamodb")
    names = create_tables(database)
    executions = ExecutionStore(DynamoTable(database, names.execution_history), SystemClock())
    executions.create(header())
    boto3.client("sns").create_topic(Name=TOPIC.rpartition(":")[2])
    queue = boto3.client("sqs").create_queue(QueueName="inbox")["QueueUrl"]
    boto3.client("sns").subscribe(
        TopicArn=TOPIC,
        Protocol="sqs",
        Endpoint="arn:aws:sqs:us-east-1:123456789012:inbox",
    )
    event = {"eventType": "start", "executionId": EXECUTION_ID, "planId": PLAN_ID}

    entry = load_entry()
    answers = [entry.lambda_handler(event, None), entry.lambda_handler(event, None)]

    assert answers == [{"outcome": "SENT"}, {"outcome": "SENT_BEFORE"}]
    [received] = boto3.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    mail = json.loads(received["Body"])
    assert mail["Subject"] == "[DRS] Three-Tier App - start"
    assert mail["MessageAttributes"]["recoveryPlanId"]["Value"] == PLAN_ID
    assert "--table-name aws-drs-orchestration-execution-history-dev" in mail["Message"]
