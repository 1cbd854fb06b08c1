"""The entries of the two functions, with exactly their environment, over moto's DynamoDB."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import boto3
import pytest
from moto import mock_aws

from shared.settings import DataManagementSettings, QuerySettings
from tests.integration.configuration.conftest import Call
from tests.support.configuration import HUB
from tests.support.functions import OWN_FUNCTION
from tests.support.tables import create_tables

LAMBDA = Path(__file__).parents[3] / "lambda"


def entry(function: str) -> ModuleType:
    """The function's index.py, under a name of its own."""
    spec = importlib.util.spec_from_file_location(f"entry_{function.replace('-', '_')}", LAMBDA / function / "index.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The variables that are set for a function, and AWS as moto plays it."""
    with mock_aws():
        names = create_tables(boto3.client("dynamodb", region_name="us-east-1"))
        variables = {
            "PROJECT_NAME": "aws-drs-orchestration",
            "ENVIRONMENT": "dev",
            "LOG_LEVEL": "CRITICAL",
            "REGION": "us-east-1",
            "HUB_ACCOUNT_ID": HUB,
            "POWERTOOLS_SERVICE_NAME": "test",
            "PROTECTION_GROUPS_TABLE": names.protection_groups,
            "RECOVERY_PLANS_TABLE": names.recovery_plans,
            "EXECUTION_HISTORY_TABLE": names.execution_history,
            "TARGET_ACCOUNTS_TABLE": names.target_accounts,
            "DIRECT_INVOCATION_ROLE": "DRSOrchestrationAdmin",
            "CONSOLE_ORIGIN": "",
            "NOTIFICATION_TOPIC_ARN": f"arn:aws:sns:us-east-1:{HUB}:aws-drs-orchestration-execution-notifications-dev",
            "DATA_MANAGEMENT_HANDLER_FUNCTION": OWN_FUNCTION,
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield set(variables)


def test_what_one_function_makes_the_other_finds(environment: set[str]) -> None:
    assert environment - {"NOTIFICATION_TOPIC_ARN", "DATA_MANAGEMENT_HANDLER_FUNCTION"} == QuerySettings.variables()
    assert environment == DataManagementSettings.variables()
    managing, querying = entry("data-management-handler"), entry("query-handler")
    group = {"groupName": "By tag", "region": "us-west-2", "serverSelectionTags": {"tier": "db"}}

    created = managing.lambda_handler({"operation": "create_protection_group", "parameters": group}, Call())
    plan = managing.lambda_handler(
        {
            "operation": "create_recovery_plan",
            "planName": "Plan",
            "waves": [{"waveNumber": 0, "waveName": "Only", "protectionGroupId": created["groupId"]}],
        },
        Call(),
    )
    listed = querying.lambda_handler({"operation": "list_recovery_plans"}, Call())
    found = querying.lambda_handler({"operation": "get_protection_group", "groupId": created["groupId"]}, Call())

    assert found == created
    assert listed == {"items": [plan]}


def test_importing_an_entry_needs_no_environment() -> None:
    assert callable(entry("query-handler").lambda_handler)
    assert callable(entry("data-management-handler").lambda_handler)
