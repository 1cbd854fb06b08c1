"""What EventBridge sends is what the function behind it knows, and only accounts that were named may send it."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from data_management.background import SCHEDULES
from execution.start_models import StartExecution
from shared.invocation import DrsEvent, ScheduleInvocation, background_of, parse_invocation
from shared.models.execution import ExecutionType
from shared.operation_index import INDEX
from tests.support.templates import load_template

stack = load_template("eventbridge-stack.yaml")


@dataclass(frozen=True)
class LiveCall:
    """An invocation of the function that the rules aim at."""

    aws_request_id: str = "request"
    invoked_function_arn: str = stack.properties("ReconcilerRule")["Targets"][0]["Arn"]


@pytest.mark.requirement("SRS-E15")
def test_the_reconciler_runs_every_minute_with_the_input_that_asks_for_it() -> None:
    rule = stack.properties("ReconcilerRule")

    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 minute)", "ENABLED")
    assert parse_invocation(json.loads(rule["Targets"][0]["Input"])) == ScheduleInvocation("reconcile")


def test_work_on_configurations_is_taken_up_every_minute_by_a_schedule_that_its_function_knows() -> None:
    rule = stack.properties("ConfigurationRule")
    [target] = rule["Targets"]

    invocation = background_of(json.loads(target["Input"]), target["Arn"])

    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 minute)", "ENABLED")
    assert isinstance(invocation, ScheduleInvocation)
    assert invocation.schedule in SCHEDULES
    assert (
        target["Arn"]
        == load_template("lambda-stack.yaml").properties("DataManagementHandlerFunction")["Environment"]["Variables"][
            "DATA_MANAGEMENT_HANDLER_FUNCTION"
        ]
    )


def test_the_tag_sync_is_asked_for_every_hour_and_the_function_does_what_the_input_asks() -> None:
    rule = stack.properties("TagSyncRule")
    [target] = rule["Targets"]

    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 hour)", "ENABLED")
    assert target["Arn"].endswith(":function:aws-drs-orchestration-data-management-handler-dev:live")
    schedule = background_of(json.loads(target["Input"]), target["Arn"])
    assert isinstance(schedule, ScheduleInvocation)
    assert schedule.schedule in SCHEDULES


def test_a_drill_is_started_by_the_clock_only_if_plan_and_time_are_said() -> None:
    plan, time = {"DrillPlanId": "plan-1"}, {"DrillSchedule": "cron(0 6 1 * ? *)"}
    drilled = load_template("eventbridge-stack.yaml", **plan, **time)

    for parameters in ({}, plan, time):
        assert not load_template("eventbridge-stack.yaml", **parameters).creates("DrillRule")
    assert drilled.creates("DrillRule") and drilled.creates("DrillPermission")
    assert drilled.properties("DrillRule")["ScheduleExpression"] == "cron(0 6 1 * ? *)"


def test_what_a_scheduled_drill_sends_is_a_start_that_its_function_takes() -> None:
    drilled = load_template("eventbridge-stack.yaml", DrillPlanId="plan-1", DrillSchedule="rate(30 days)")
    [target] = drilled.properties("DrillRule")["Targets"]
    sent = json.loads(target["Input"])
    operation = sent.pop("operation")

    (home,) = INDEX[operation][1]
    assert target["Arn"].endswith(f":function:aws-drs-orchestration-{home}-dev:live")
    start = StartExecution.model_validate(sent)
    assert (start.plan_id, start.execution_type, start.override) == ("plan-1", ExecutionType.DRILL, None)
    assert drilled.properties("DrillPermission")["FunctionName"] == target["Arn"]


def test_each_rule_may_invoke_the_function_that_it_aims_at() -> None:
    rules = stack.of_type("AWS::Events::Rule")
    allowed = {each["FunctionName"]: each["SourceArn"] for each in stack.of_type("AWS::Lambda::Permission").values()}

    for name in ("ReconcilerRule", "TagSyncRule", "LaunchResultRule"):
        assert rules[name]["Targets"][0]["Arn"] in allowed
    assert allowed[rules["TagSyncRule"]["Targets"][0]["Arn"]] == "${TagSyncRule.Arn}"


def test_the_launch_events_of_drs_arrive_as_they_are() -> None:
    rule = stack.properties("LaunchResultRule")

    assert rule["EventPattern"] == {"source": ["aws.drs"], "detail-type": ["DRS Source Server Launch Result"]}
    assert not {"Input", "InputPath", "InputTransformer"} & set(rule["Targets"][0])
    event = {"source": rule["EventPattern"]["source"][0], "detail-type": rule["EventPattern"]["detail-type"][0]}
    assert isinstance(parse_invocation(event), DrsEvent)


def test_nobody_may_forward_events_until_an_account_is_named() -> None:
    assert not stack.creates("ForwardedEventsPolicy")


def test_named_accounts_may_put_events_on_the_bus_and_do_nothing_else() -> None:
    named = load_template("eventbridge-stack.yaml", TargetAccountIds="111122223333, 444455556666")

    assert named.creates("ForwardedEventsPolicy")
    assert named.properties("ForwardedEventsPolicy")["Statement"] == {
        "Effect": "Allow",
        "Principal": {"AWS": ["111122223333", "444455556666"]},
        "Action": "events:PutEvents",
        "Resource": "arn:aws:events:us-east-1:123456789012:event-bus/default",
    }


def test_every_target_gives_up_after_a_bounded_time() -> None:
    for rule in stack.of_type("AWS::Events::Rule").values():
        for target in rule["Targets"]:
            assert 60 <= target["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 300
