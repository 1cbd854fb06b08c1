"""The alarms and the dashboard of the operations guide; each looks at a metric that AWS really sends in that form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from shared.observability import NAMESPACE
from tests.support.templates import CFN, HUB, TEMPLATES, Template, load_template

NAME: Final = "monitoring-stack.yaml"
MACHINE: Final = "arn:aws:states:us-east-1:123456789012:stateMachine:some-project-orchestration-test"
TOPIC: Final = "arn:aws:sns:us-east-1:123456789012:some-project-execution-notifications-test"
WHERE: Final = {"ProjectName": "some-project", "Environment": "test"}

SENT: Final = {
    ("AWS/ApiGateway", ("ApiName",)): {"4XXError", "5XXError", "Count", "IntegrationLatency", "Latency"},
    ("AWS/DynamoDB", ()): {"UserErrors"},
    ("AWS/DynamoDB", ("Operation", "TableName")): {"SystemErrors", "SuccessfulRequestLatency", "ThrottledRequests"},
    ("AWS/DynamoDB", ("TableName",)): {
        "ConsumedReadCapacityUnits",
        "ConsumedWriteCapacityUnits",
        "ReadThrottleEvents",
        "WriteThrottleEvents",
    },
    ("AWS/Lambda", ("FunctionName",)): {"ConcurrentExecutions", "Duration", "Errors", "Invocations", "Throttles"},
    ("AWS/WAFV2", ("ManagedRuleGroup", "ManagedRuleGroupRule", "Region", "WebACL")): {"CountedRequests"},
    ("AWS/SQS", ("QueueName",)): {"ApproximateNumberOfMessagesVisible"},
    (NAMESPACE, ("service",)): {"BrokenSteps", "ReconcileFailures", "StuckExecutions"},
    ("AWS/States", ("StateMachineArn",)): {
        "ExecutionTime",
        "ExecutionsAborted",
        "ExecutionsFailed",
        "ExecutionsStarted",
        "ExecutionsSucceeded",
        "ExecutionsTimedOut",
    },
}
"""Metrics by namespace and dimensions, from the documentation of each service: an alarm on another never fires."""

WANTED: Final = {
    "AWS/ApiGateway": {"Count", "Latency", "4XXError", "5XXError"},
    "AWS/Lambda": {"Invocations", "Duration", "Errors", "Throttles", "ConcurrentExecutions"},
    "AWS/DynamoDB": {"ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "UserErrors", "SystemErrors"},
    "AWS/States": {"ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed", "ExecutionTime"},
}
"""The sixteen of the operations guide, in which 4XXError and 5XXError are one."""

FIREWALL: Final = {"AWS/WAFV2": {"CountedRequests"}}
"""What the API's firewall lets through and would refuse elsewhere."""


def deployed(**parameters: str) -> Template:
    """The stack as it is deployed."""
    return load_template(NAME, **WHERE, StateMachineArn=MACHINE, TopicArn=TOPIC, **parameters)


template = deployed()
ALARMS: Final = template.of_type("AWS::CloudWatch::Alarm")
tables = load_template("database-stack.yaml", **WHERE)
lambdas = load_template("lambda-stack.yaml", **WHERE)
console = load_template("frontend-stack.yaml", **WHERE)
api = load_template("api-gateway-core-stack.yaml", **WHERE)
machine = load_template("step-functions-stack.yaml", **WHERE)
firewall = load_template("waf-stack.yaml", **WHERE).properties("ApiWebAcl")
COUNTED: Final = {
    (rule["Name"], override["Name"])
    for rule in firewall["Rules"]
    for override in rule["Statement"].get("ManagedRuleGroupStatement", {}).get("RuleActionOverrides", [])
}
"""Group and name of the rules that refuse nothing."""

EXISTING: Final = {
    "TableName": {one["TableName"] for one in tables.of_type("AWS::DynamoDB::Table").values()},
    "FunctionName": {
        one["FunctionName"] for stack in (lambdas, console) for one in stack.of_type("AWS::Lambda::Function").values()
    },
    "ApiName": {api.properties("RestApi")["Name"]},
    "StateMachineArn": {MACHINE},
    "WebACL": {firewall["VisibilityConfig"]["MetricName"]},
    "ManagedRuleGroup": {group for group, _ in COUNTED},
    "ManagedRuleGroupRule": {rule for _, rule in COUNTED},
    "Region": {HUB.region},
    "service": {
        one["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
        for one in lambdas.of_type("AWS::Lambda::Function").values()
    },
}


def metrics(alarm: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What an alarm looks at."""
    if "Metrics" not in alarm:
        yield alarm
    for part in alarm.get("Metrics", []):
        if "MetricStat" in part:
            yield part["MetricStat"]["Metric"]


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_looks_at_a_metric_that_is_sent_for_a_resource_that_exists(name: str) -> None:
    looked_at = list(metrics(ALARMS[name]))

    assert looked_at
    for metric in looked_at:
        dimensions = {one["Name"]: one["Value"] for one in metric.get("Dimensions", [])}
        assert metric["MetricName"] in SENT[metric["Namespace"], tuple(sorted(dimensions))]
        for dimension, value in dimensions.items():
            assert value in EXISTING[dimension]


@pytest.mark.parametrize("name", TEMPLATES)
def test_an_alarm_of_any_stack_looks_at_a_metric_that_is_sent(name: str) -> None:
    for alarm in load_template(name, **WHERE).of_type("AWS::CloudWatch::Alarm").values():
        for metric in metrics(alarm):
            dimensions = tuple(sorted(one["Name"] for one in metric.get("Dimensions", [])))
            assert metric["MetricName"] in SENT[metric["Namespace"], dimensions]


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_reaches_the_topic_and_is_silent_where_nothing_happens(name: str) -> None:
    alarm = ALARMS[name]

    assert alarm["AlarmActions"] == [TOPIC]
    assert alarm["TreatMissingData"] == "notBreaching"
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"


@pytest.mark.parametrize("function", sorted(EXISTING["FunctionName"]))
def test_more_than_five_errors_of_a_function_in_five_minutes_call_for_somebody(function: str) -> None:
    what = function.removeprefix("some-project-").removesuffix("-test")
    (alarm,) = [
        one for one in ALARMS.values() if {"Name": "FunctionName", "Value": function} in one.get("Dimensions", [])
    ]

    assert alarm["AlarmName"] == f"some-project-lambda-error-rate-{what}-test"
    assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["Threshold"]) == (300, 1, 5)


@pytest.mark.parametrize("table", sorted(EXISTING["TableName"]))
def test_more_than_ten_requests_that_a_table_holds_back_in_two_minutes_call_for_somebody(table: str) -> None:
    what = table.removeprefix("some-project-").removesuffix("-test")
    (alarm,) = [one for one in ALARMS.values() if one["AlarmName"] == f"some-project-dynamodb-throttle-{what}-test"]

    assert {metric["MetricName"] for metric in metrics(alarm)} == {"ReadThrottleEvents", "WriteThrottleEvents"}
    assert {metric["Dimensions"][0]["Value"] for metric in metrics(alarm)} == {table}
    assert {part["MetricStat"]["Period"] for part in alarm["Metrics"] if "MetricStat" in part} == {60}
    assert (alarm["EvaluationPeriods"], alarm["Threshold"]) == (2, 10)


@pytest.mark.requirement("PRD-30")
@pytest.mark.parametrize(
    ("what", "metric", "statistic", "bounds"),
    [
        ("dynamodb-user-errors", "UserErrors", "Sum", (60, 2, 10)),
        ("api-latency", "Latency", "p95", (300, 2, 1000)),
        ("api-5xx", "5XXError", "Sum", (300, 1, 0)),
        ("state-machine-failed", "ExecutionsFailed", "Sum", (300, 1, 0)),
        ("stuck-executions", "StuckExecutions", "Sum", (300, 1, 0)),
        ("state-machine-timed-out", "ExecutionsTimedOut", "Sum", (300, 1, 0)),
    ],
)
def test_the_other_alarms_are_those_of_the_guide(
    what: str, metric: str, statistic: str, bounds: tuple[int, int, int]
) -> None:
    (alarm,) = [one for one in ALARMS.values() if one["AlarmName"] == f"some-project-{what}-test"]

    assert alarm["MetricName"] == metric
    assert alarm.get("Statistic", alarm.get("ExtendedStatistic")) == statistic
    assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["Threshold"]) == bounds


def test_without_a_console_nobody_watches_a_function_that_is_not_there() -> None:
    without = deployed(HasConsole="false")
    absent = {name for name in ALARMS if not without.creates(name)}

    assert absent == {"FrontendDeployerErrorsAlarm"}


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"Environment": "prod"}, "DRS-Orchestration-Operations"),
        ({"Environment": "dev"}, "DRS-Orchestration-Operations-dev"),
        ({"Environment": "prod", "DashboardName": "second-region"}, "second-region"),
    ],
)
def test_the_dashboard_is_where_operators_look_for_it(parameters: dict[str, str], name: str) -> None:
    stack = load_template(NAME, ProjectName="p1x", StateMachineArn=MACHINE, TopicArn=TOPIC, **parameters)

    assert stack.properties("Dashboard")["DashboardName"] == name


def _shown(widget: dict[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...], list[str]]]:
    """Namespace, metric, dimensions and their values of each line of a widget."""
    for line in widget["properties"]["metrics"]:
        if isinstance(line[0], dict):
            search = re.search(
                r"\{(AWS/\w+),([\w,]+)\} MetricName=\"(\w+)\" TableName=\"([\w-]+)\"", line[0]["expression"]
            )
            assert search is not None
            yield search[1], search[3], tuple(search[2].split(",")), [search[4]]
            continue
        texts = [part for part in line if isinstance(part, str)]
        yield texts[0], texts[1], tuple(sorted(texts[2::2])), texts[3::2]


def _widgets() -> list[dict[str, Any]]:
    body: list[dict[str, Any]] = json.loads(template.properties("Dashboard")["DashboardBody"])["widgets"]
    return body


@pytest.mark.requirement("PRD-30")
def test_the_dashboard_shows_every_metric_of_the_guide_and_of_what_exists_alone() -> None:
    shown: dict[str, set[str]] = {}
    for widget in _widgets():
        for namespace, metric, dimensions, values in _shown(widget):
            assert metric in SENT[namespace, dimensions], f"AWS sends no {metric} for {dimensions}"
            named = set().union(*(EXISTING.get(dimension, set()) for dimension in dimensions))
            assert set(values) <= named
            shown.setdefault(namespace, set()).add(metric)

    assert shown == {**WANTED, **FIREWALL}
    assert sum(map(len, WANTED.values())) == 17, "sixteen, of which one is two metrics of AWS"


def test_every_function_and_table_has_its_line() -> None:
    shown = [line for widget in _widgets() for line in _shown(widget)]
    values = {value for namespace, _, _, each in shown if namespace not in FIREWALL for value in each}

    assert EXISTING["FunctionName"] | EXISTING["TableName"] | EXISTING["ApiName"] | {MACHINE} == values


def test_what_the_firewall_of_the_api_lets_through_is_shown_rule_by_rule_and_told_where_it_is_chosen() -> None:
    shown = [line for widget in _widgets() for line in _shown(widget) if line[0] in FIREWALL]
    guide = (CFN.parent / "docs/guides/DEPLOYMENT_FLEXIBILITY_GUIDE.md").read_text(encoding="utf-8")
    (row,) = re.findall(r"^\| `EnableWAF` \|.*$", guide, re.MULTILINE)

    assert COUNTED
    assert {(values[0], values[1]) for *_, values in shown} == COUNTED
    assert len(shown) == len(COUNTED)
    assert "of which five" in row and len(COUNTED) == 5, "the row tells how many refuse nothing"


def test_no_widget_lies_on_another() -> None:
    taken: set[tuple[int, int]] = set()
    for widget in _widgets():
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not taken & cells
        assert max(x for x, _ in cells) < 24
        taken |= cells
