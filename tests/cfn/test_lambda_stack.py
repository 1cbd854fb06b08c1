"""Each function gets exactly what it reads, and each caller meets the alias that is meant for it."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from data_management.tag_sync_runs import HELD_SECONDS, TAKEN_UP_SECONDS
from local.cloudformation.template import TemplateError, refuse_bad_values
from shared.observability import NAMESPACE
from shared.operations import DATA_MANAGEMENT
from shared.patience import CALL_SECONDS, LONG_CALL_SECONDS
from shared.settings import (
    DataManagementSettings,
    ExecutionSettings,
    NotificationSettings,
    OrchestrationSettings,
    QuerySettings,
    Settings,
)
from tests.support.templates import CFN, load_template

SETTINGS: dict[str, type[Settings]] = {
    "query-handler": QuerySettings,
    "data-management-handler": DataManagementSettings,
    "execution-handler": ExecutionSettings,
    "orchestration-stepfunctions": OrchestrationSettings,
    "notification-formatter": NotificationSettings,
}
API_HANDLERS = {"query-handler", "data-management-handler", "execution-handler"}
ROLES = {
    f"{name}RoleArn": f"arn:aws:iam::123456789012:role/{name}"
    for name in (
        "QueryHandler",
        "DataManagementHandler",
        "ExecutionHandler",
        "OrchestrationStepFunctions",
        "NotificationFormatter",
    )
}

PLACEHOLDER: Final = re.compile(r"\$\{(\w+)\}")

stack = load_template("lambda-stack.yaml", **ROLES, SourceBucket="artefacts")
functions = {
    properties["FunctionName"].removeprefix("aws-drs-orchestration-").removesuffix("-dev"): (logical_name, properties)
    for logical_name, properties in stack.of_type("AWS::Lambda::Function").items()
}


def test_there_are_five_functions_named_after_their_folders() -> None:
    assert set(functions) == set(SETTINGS)
    for _, function in functions.values():
        told = function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
        assert told == function["FunctionName"], "so that its metrics are no other environment's"
    for service, (_, function) in functions.items():
        assert function["FunctionName"] == f"aws-drs-orchestration-{service}-dev"
        assert (CFN.parent / "lambda" / service).is_dir()


@pytest.mark.parametrize("service", SETTINGS)
def test_a_function_is_given_the_variables_that_it_reads_and_no_others(service: str) -> None:
    _, function = functions[service]

    assert set(function["Environment"]["Variables"]) == SETTINGS[service].variables()


@pytest.mark.parametrize("service", SETTINGS)
def test_a_function_can_use_the_values_that_it_is_given(service: str) -> None:
    _, function = functions[service]

    settings = SETTINGS[service].from_env(function["Environment"]["Variables"])

    assert (settings.hub_account_id, settings.region) == ("123456789012", "us-east-1")


@pytest.mark.parametrize("service", SETTINGS)
def test_a_function_runs_our_entry_under_the_role_that_is_given_for_it_traced_and_logged(service: str) -> None:
    logical_name, function = functions[service]

    assert (function["Runtime"], function["Handler"]) == ("python3.12", "index.lambda_handler")
    assert function["Role"] == ROLES[f"{logical_name.removesuffix('Function')}RoleArn"]
    assert function["TracingConfig"] == {"Mode": "Active"}
    log_group = stack.properties(function["LoggingConfig"]["LogGroup"].removeprefix("${").removesuffix("}"))
    assert log_group["LogGroupName"] == f"/aws/lambda/{function['FunctionName']}"
    assert function["Code"]["S3Bucket"] == "artefacts"
    assert function["Code"]["S3Key"] == f"${{SourcePrefix}}/${{{logical_name.removesuffix('Function')}Key}}"


def test_every_function_is_live_and_only_the_api_handlers_serve_the_gateway() -> None:
    aliases = {
        (alias["FunctionName"], alias["Name"], alias["FunctionVersion"])
        for alias in stack.of_type("AWS::Lambda::Alias").values()
    }

    expected = set()
    for service, (logical_name, _) in functions.items():
        version = f"${{{logical_name.removesuffix('Function')}Version.Version}}"
        expected.add((f"${{{logical_name}}}", "live", version))
        if service in API_HANDLERS:
            expected.add((f"${{{logical_name}}}", "live-api", version))
    assert aliases == expected


CHANGED_AT_ONCE: Final = {"ReservedConcurrentExecutions", "Tags"}
"""What is of the function, whichever version is called."""


@pytest.mark.parametrize(
    "change",
    [
        {"LogLevel": "DEBUG"},
        {"Release": "2"},
        {"DirectInvocationRole": "DRSReadOnly"},
        {"ConsoleOrigin": "https://console.example.com"},
        {"CustomerKeyArn": "arn:aws:kms:us-east-1:111122223333:key/0123abcd-0000-4000-8000-000000000000"},
        {"LaunchStaggerSeconds": 5},
        {"CreateOpsItems": "false"},
        {"Architecture": "x86_64"},
        {"SnapStart": "None"},
    ],
    ids=str,
)
def test_what_changes_a_functions_configuration_makes_a_new_version(change: dict[str, str]) -> None:
    changed = load_template("lambda-stack.yaml", **ROLES, SourceBucket="artefacts", **change)

    for _, function in functions.values():
        logical_name = next(name for name, it in stack.of_type("AWS::Lambda::Function").items() if it == function)
        version_name = logical_name.removesuffix("Function") + "Version"
        version, before = changed.properties(version_name), stack.properties(version_name)
        after = changed.properties(logical_name)
        told = {"Description", *CHANGED_AT_ONCE}
        is_same = all(after.get(name) == function.get(name) for name in {*after, *function} - told)
        assert (version["Description"] == before["Description"]) == (is_same and "Release" not in change)
        assert version["Description"] == after["Description"], "Lambda publishes no version of an unchanged function"


@pytest.mark.parametrize("service", SETTINGS)
def test_other_code_is_another_version_under_the_same_logical_id_and_the_former_one_stays(service: str) -> None:
    name = functions[service][0].removesuffix("Function")
    one, other = (
        load_template("lambda-stack.yaml", **ROLES, SourceBucket="artefacts", **{f"{name}Key": f"lambda/{key}.zip"})
        for key in ("one", "other")
    )
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", "AWS::Lambda::Version").schema

    assert "/properties/Description" in schema["createOnlyProperties"], "so that another one is another version"
    assert set(one.of_type("AWS::Lambda::Version")) == set(other.of_type("AWS::Lambda::Version"))
    told = {it.properties(f"{name}Version")["Description"].split(" ")[0] for it in (one, other)}
    assert told == {"lambda/one.zip", "lambda/other.zip"}
    version = stack.resources[f"{name}Version"]
    assert (version["UpdateReplacePolicy"], version["DeletionPolicy"]) == ("Retain", "Delete")


MOST_CHARACTERS: Final = 256
"""Of a description of a function or of a version (Lambda's)."""

LONGEST: Final = {
    **{name: "k" * 60 for name in stack.body["Parameters"] if name.endswith("Key")},
    "ConsoleOrigin": f"https://{'c' * 64}",
    "CustomerKeyArn": f"arn:aws:kms:us-east-1:111122223333:key/mrk-{'0' * 32}",
    "Release": "r" * 30,
    "LogLevel": "WARNING",
    "DirectInvocationRole": "DRSOrchestrationAdmin",
    "LaunchStaggerSeconds": "300",
    "CreateOpsItems": "false",
    "Architecture": "x86_64",
    "SnapStart": "PublishedVersions",
}


@pytest.mark.parametrize("name", LONGEST)
def test_nothing_longer_is_taken_of_what_a_description_tells(name: str) -> None:
    declaration = stack.body["Parameters"][name]

    refuse_bad_values({"Parameters": {name: declaration}}, {name: LONGEST[name]})
    if "AllowedValues" in declaration:
        assert len(LONGEST[name]) == max(map(len, declaration["AllowedValues"]))
        return
    with pytest.raises(TemplateError, match=name):
        refuse_bad_values({"Parameters": {name: declaration}}, {name: f"{LONGEST[name]}0"})


def test_a_description_is_never_longer_than_lambda_takes_and_tells_nothing_else() -> None:
    longest = load_template("lambda-stack.yaml", **ROLES, SourceBucket="artefacts", **LONGEST)

    for kind in ("Function", "Version"):
        for name in longest.of_type(f"AWS::Lambda::{kind}"):
            assert len(longest.properties(name)["Description"]) <= MOST_CHARACTERS, name
            told, keys = stack.resources[name]["Properties"]["Description"]["Fn::Sub"]
            assert {*PLACEHOLDER.findall(told)} <= {*LONGEST, *keys}, name


def test_concurrency_is_reserved_only_when_asked_for() -> None:
    reserving = load_template("lambda-stack.yaml", ReservedConcurrency=100)

    for logical_name, function in functions.values():
        assert "ReservedConcurrentExecutions" not in function
        assert reserving.properties(logical_name)["ReservedConcurrentExecutions"] == 100


def _invoked_later(logical_name: str) -> dict[str, Any]:
    """By qualifier what is said of asynchronous invocations of a function."""
    said = stack.of_type("AWS::Lambda::EventInvokeConfig").values()
    return {config["Qualifier"]: config for config in said if config["FunctionName"] == f"${{{logical_name}}}"}


@pytest.mark.parametrize("service", sorted(set(functions) - API_HANDLERS))
def test_what_is_invoked_asynchronously_and_fails_lands_in_the_dead_letter_queue(service: str) -> None:
    config = _invoked_later(functions[service][0])["live"]

    assert config["DestinationConfig"]["OnFailure"]["Destination"] == "${DeadLetterQueue.Arn}"


@pytest.mark.parametrize("service", sorted(API_HANDLERS))
def test_an_asynchronous_call_of_an_operation_is_made_once_and_lies_in_no_queue(service: str) -> None:
    logical_name, function = functions[service]
    configured = _invoked_later(logical_name)

    assert "DeadLetterConfig" not in function, "a call may hold an external id"
    assert set(configured) == {"live", "$LATEST"}, "API Gateway alone invokes live-api, and waits"
    for config in configured.values():
        assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (0, 60)
        assert "DestinationConfig" not in config


CHOSEN: Final = {
    "query-handler": (30, 1024),
    "data-management-handler": (60, 512),
    "execution-handler": (60, 1769),
    "orchestration-stepfunctions": (300, 1024),
    "notification-formatter": (60, 512),
}
"""Seconds and MB of each function: memory by measurement (docs/benchmarks.md), and with it the share of a processor, of
which a start of 4,000 servers needs a whole one."""


@pytest.mark.parametrize("service", SETTINGS)
def test_a_function_has_the_time_and_the_memory_that_were_chosen_for_it(service: str) -> None:
    _, function = functions[service]

    assert (function["Timeout"], function["MemorySize"]) == CHOSEN[service]


@pytest.mark.requirement("SRS-Q09")
@pytest.mark.parametrize("service", sorted(API_HANDLERS))
def test_a_call_is_answered_before_its_function_is_killed(service: str) -> None:
    _, function = functions[service]
    longest = LONG_CALL_SECONDS if service == DATA_MANAGEMENT else CALL_SECONDS

    assert function["Timeout"] >= longest + 10, "the rest is for its tables, and for the audit line"


def test_a_tag_sync_is_held_for_longer_than_an_invocation_lasts_and_waits_for_as_long_as_its_event_does() -> None:
    logical_name, function = functions[DATA_MANAGEMENT]

    assert function["Timeout"] + 10 < HELD_SECONDS, "of two workers at once one would not be dead"
    assert _invoked_later(logical_name)["live"]["MaximumEventAgeInSeconds"] < TAKEN_UP_SECONDS


def test_the_dead_letter_queue_calls_for_somebody_as_soon_as_it_holds_anything() -> None:
    alarm = stack.of_type("AWS::CloudWatch::Alarm")["DeadLetterQueueAlarm"]

    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": "${DeadLetterQueue.QueueName}"}]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


def test_a_step_that_broke_off_calls_for_somebody() -> None:
    alarm = stack.of_type("AWS::CloudWatch::Alarm")["BrokenStepsAlarm"]
    orchestration, _ = functions["orchestration-stepfunctions"]

    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", "Errors")
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": f"${{{orchestration}}}"}]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


@pytest.mark.parametrize(
    ("alarm", "metric"), [("RepeatedStepsAlarm", "BrokenSteps"), ("ReconcileFailuresAlarm", "ReconcileFailures")]
)
def test_what_the_orchestration_counts_of_its_failures_calls_for_somebody(alarm: str, metric: str) -> None:
    properties = stack.of_type("AWS::CloudWatch::Alarm")[alarm]
    _, orchestration = functions["orchestration-stepfunctions"]
    service = orchestration["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]

    assert (properties["Namespace"], properties["MetricName"]) == (NAMESPACE, metric)
    assert properties["Dimensions"] == [{"Name": "service", "Value": service}]
    assert (properties["Threshold"], properties["ComparisonOperator"]) == (0, "GreaterThanThreshold")
