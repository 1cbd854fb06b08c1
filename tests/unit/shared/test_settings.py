"""Settings come from the environment, whole or not at all."""

import os
import re
from pathlib import Path

import pydantic
import pytest

from shared.roles import Role
from shared.settings import (
    DataManagementSettings,
    ExecutionSettings,
    NotificationSettings,
    OrchestrationSettings,
    QuerySettings,
    Settings,
    SettingsError,
)

COMMON = {
    "PROJECT_NAME": "aws-drs-orchestration",
    "ENVIRONMENT": "dev",
    "LOG_LEVEL": "INFO",
    "REGION": "us-east-1",
    "HUB_ACCOUNT_ID": "123456789012",
    "POWERTOOLS_SERVICE_NAME": "a-function",
}
CONFIGURATION = {
    "PROTECTION_GROUPS_TABLE": "groups",
    "RECOVERY_PLANS_TABLE": "plans",
    "TARGET_ACCOUNTS_TABLE": "accounts",
}
TABLES = CONFIGURATION | {"EXECUTION_HISTORY_TABLE": "executions"}
RUN_TABLES = {
    "EXECUTION_HISTORY_TABLE": "executions",
    "PROTECTION_GROUPS_TABLE": "groups",
    "TARGET_ACCOUNTS_TABLE": "accounts",
}
MACHINE = {"STATE_MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:drs"}
DOORS = {"DIRECT_INVOCATION_ROLE": "DRSReadOnly", "CONSOLE_ORIGIN": "https://console.example.com"}
FORMATTER = {"NOTIFICATION_FORMATTER_FUNCTION": "arn:aws:lambda:us-east-1:123456789012:function:formatter:live"}
STAGGER = {"LAUNCH_STAGGER_SECONDS": "15"}
CONFIGURATOR = {"DATA_MANAGEMENT_HANDLER_FUNCTION": "arn:aws:lambda:us-east-1:123456789012:function:managing:live"}
TOPIC = {"NOTIFICATION_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:mails"}
MAILS = {"EXECUTION_HISTORY_TABLE": "executions", "OPS_ITEMS": "True", **TOPIC}


@pytest.mark.parametrize(
    ("function", "environment"),
    [
        (QuerySettings, COMMON | TABLES | DOORS),
        (DataManagementSettings, COMMON | TABLES | DOORS | TOPIC | CONFIGURATOR),
        (ExecutionSettings, COMMON | TABLES | DOORS | MACHINE),
        (OrchestrationSettings, COMMON | RUN_TABLES | MACHINE | FORMATTER | CONFIGURATOR | STAGGER),
        (NotificationSettings, COMMON | MAILS),
    ],
)
def test_each_function_reads_exactly_its_variables(function: type[Settings], environment: dict[str, str]) -> None:
    assert function.variables() == environment.keys()

    settings = function.from_env({**environment, "ANOTHER_VARIABLE": "ignored"})

    assert {name.upper(): str(value) for name, value in settings} == environment


def test_every_missing_variable_is_named() -> None:
    with pytest.raises(SettingsError) as raised:
        NotificationSettings.from_env({**COMMON, "NOTIFICATION_TOPIC_ARN": ""})

    assert "NotificationSettings" in str(raised.value)
    assert "EXECUTION_HISTORY_TABLE" in str(raised.value)
    assert "NOTIFICATION_TOPIC_ARN" in str(raised.value)


def test_a_role_that_does_not_exist_is_refused_at_start() -> None:
    with pytest.raises(SettingsError, match="DIRECT_INVOCATION_ROLE"):
        QuerySettings.from_env(COMMON | TABLES | {"DIRECT_INVOCATION_ROLE": "Root"})


def test_direct_callers_are_administrators_unless_a_setting_says_otherwise() -> None:
    assert QuerySettings.from_env(COMMON | TABLES).direct_invocation_role is Role.ADMIN
    assert QuerySettings.from_env(COMMON | TABLES | DOORS).direct_invocation_role is Role.READ_ONLY


def test_the_origin_of_the_console_is_one_and_no_pattern() -> None:
    named = {"CONSOLE_ORIGIN": "https://console.example.com"}

    assert QuerySettings.from_env(COMMON | TABLES).console_origin == ""
    assert QuerySettings.from_env(COMMON | TABLES | named).console_origin == "https://console.example.com"
    for origin in ("*", "https://*.example.com", "https://console.example.com/", "console.example.com"):
        with pytest.raises(SettingsError, match="CONSOLE_ORIGIN"):
            QuerySettings.from_env(COMMON | TABLES | {"CONSOLE_ORIGIN": origin})


def test_settings_cannot_be_changed_afterwards() -> None:
    settings = QuerySettings.from_env(COMMON | TABLES)

    with pytest.raises(pydantic.ValidationError):
        settings.region = "eu-west-1"  # type: ignore[misc]


def test_without_an_argument_the_process_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (COMMON | MAILS).items():
        monkeypatch.setenv(name, value)

    assert NotificationSettings.from_env() == NotificationSettings.from_env(dict(os.environ))


@pytest.mark.parametrize(
    ("function", "folder"),
    [
        (OrchestrationSettings, "orchestration-stepfunctions"),
        (NotificationSettings, "notification-formatter"),
    ],
)
def test_every_table_and_name_that_a_function_demands_is_read_by_it(function: type[Settings], folder: str) -> None:
    """Those of the API's functions are read when their parts are made: tests/unit/test_wiring.py."""
    [wiring] = (Path(__file__).parents[3] / "lambda" / folder).glob("*/wiring.py")
    read = set(re.findall(r"settings\.(\w+)", wiring.read_text(encoding="utf-8")))

    assert set(function.model_fields) - set(Settings.model_fields) <= read
