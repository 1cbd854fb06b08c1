"""The entry of the execution function, with exactly its environment, over moto's DynamoDB."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import boto3
import pytest
from moto import mock_aws

from shared.settings import ExecutionSettings
from tests.support.configuration import HUB
from tests.support.control_room import Call
from tests.support.tables import create_tables

INDEX = Path(__file__).parents[3] / "lambda" / "execution-handler" / "index.py"


def entry() -> ModuleType:
    """The function's index.py, under a name of its own."""
    spec = importlib.util.spec_from_file_location("entry_execution_handler", INDEX)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The variables that are set for the function, and AWS as moto plays it."""
    with mock_aws():
        names = create_tables(boto3.client("dynamodb", region_name="us-east-1"))
        variables = {
            "PROJECT_NAME": "aws-drs-orchestration",
            "ENVIRONMENT": "dev",
            "LOG_LEVEL": "CRITICAL",
            "REGION": "us-east-1",
            "HUB_ACCOUNT_ID": HUB,
            "POWERTOOLS_SERVICE_NAME": "execution-handler",
            "PROTECTION_GROUPS_TABLE": names.protection_groups,
            "RECOVERY_PLANS_TABLE": names.recovery_plans,
            "EXECUTION_HISTORY_TABLE": names.execution_history,
            "TARGET_ACCOUNTS_TABLE": names.target_accounts,
            "STATE_MACHINE_ARN": f"arn:aws:states:us-east-1:{HUB}:stateMachine:any",
            "DIRECT_INVOCATION_ROLE": "DRSOrchestrationAdmin",
            "CONSOLE_ORIGIN": "",
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield set(variables)


def test_the_function_answers_from_its_tables(environment: set[str]) -> None:
    assert environment == ExecutionSettings.variables()
    handler = entry().lambda_handler

    listed = handler({"operation": "list_executions"}, Call())
    missing = handler({"operation": "start_execution", "planId": "none", "executionType": "DRILL"}, Call())
    elsewhere = handler({"operation": "get_job_logs", "executionId": "exec-1"}, Call())

    assert listed == {"items": []}
    assert missing["error"] == "RESOURCE_NOT_FOUND"
    assert elsewhere["error"] == "OPERATION_NOT_FOUND"
    assert "query-handler" in elsewhere["message"]


def test_importing_the_entry_needs_no_environment() -> None:
    assert callable(entry().lambda_handler)
