"""Stacks know one another's resources by name: every name that one builds is a name that another gives."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.templates import load_template

WHERE: dict[str, Any] = {"ProjectName": "some-project", "Environment": "test"}
ACCOUNT = "us-east-1:123456789012"

tables = load_template("database-stack.yaml", **WHERE)
functions = load_template("lambda-stack.yaml", **WHERE)
state_machine = load_template("step-functions-stack.yaml", **WHERE)
notification = load_template("notification-stack.yaml", **WHERE)
events = load_template("eventbridge-stack.yaml", **WHERE)

TOPIC = f"arn:aws:sns:{ACCOUNT}:" + notification.properties("ExecutionNotificationsTopic")["TopicName"]
MACHINE = (
    f"arn:aws:states:{ACCOUNT}:stateMachine:"
    + state_machine.properties("OrchestrationStateMachine")["StateMachineName"]
)
QUEUE = f"arn:aws:sqs:{ACCOUNT}:" + functions.properties("DeadLetterQueue")["QueueName"]


def live(logical_name: str) -> str:
    """The ARN of a function with its alias live."""
    function = functions.properties(f"{logical_name}Function")["FunctionName"]
    alias = functions.properties(f"{logical_name}LiveAlias")["Name"]
    return f"arn:aws:lambda:{ACCOUNT}:function:{function}:{alias}"


VARIABLES = {
    "PROTECTION_GROUPS_TABLE": tables.properties("ProtectionGroupsTable")["TableName"],
    "RECOVERY_PLANS_TABLE": tables.properties("RecoveryPlansTable")["TableName"],
    "EXECUTION_HISTORY_TABLE": tables.properties("ExecutionHistoryTable")["TableName"],
    "TARGET_ACCOUNTS_TABLE": tables.properties("TargetAccountsTable")["TableName"],
    "STATE_MACHINE_ARN": MACHINE,
    "NOTIFICATION_TOPIC_ARN": TOPIC,
    "NOTIFICATION_FORMATTER_FUNCTION": live("NotificationFormatter"),
}


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_variable_names_the_resource_that_its_own_stack_makes(variable: str) -> None:
    given = {
        function["Environment"]["Variables"][variable]
        for function in functions.of_type("AWS::Lambda::Function").values()
        if variable in function["Environment"]["Variables"]
    }

    assert given == {VARIABLES[variable]}


def test_the_state_machine_calls_the_live_orchestration_and_the_table_of_executions() -> None:
    substitutions = state_machine.properties("OrchestrationStateMachine")["DefinitionSubstitutions"]

    assert substitutions["OrchestrationFunction"] == live("OrchestrationStepFunctions")
    assert substitutions["ExecutionHistoryTable"] == VARIABLES["EXECUTION_HISTORY_TABLE"]


def test_the_alarm_reaches_the_topic() -> None:
    assert functions.properties("DeadLetterQueueAlarm")["AlarmActions"] == [TOPIC]


@pytest.mark.parametrize("rule", ["ReconcilerRule", "LaunchResultRule"])
def test_a_rule_reaches_the_live_orchestration_and_may(rule: str) -> None:
    (target,) = events.properties(rule)["Targets"]
    permission = events.properties(rule.replace("Rule", "Permission"))

    assert target["Arn"] == live("OrchestrationStepFunctions")
    assert permission == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": target["Arn"],
        "Principal": "events.amazonaws.com",
        "SourceArn": f"${{{rule}.Arn}}",
    }


@pytest.mark.parametrize("rule", ["ReconcilerRule", "LaunchResultRule"])
def test_what_a_rule_cannot_deliver_goes_to_the_dead_letter_queue_which_lets_it_in(rule: str) -> None:
    (target,) = events.properties(rule)["Targets"]
    (allowed,) = [
        statement["Condition"]["ArnLike"]["aws:SourceArn"]
        for statement in functions.properties("DeadLetterQueuePolicy")["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]

    assert target["DeadLetterConfig"] == {"Arn": QUEUE}
    prefix, suffix = allowed.split("*")
    name = f"arn:aws:events:{ACCOUNT}:rule/{events.properties(rule)['Name']}"
    assert name.startswith(prefix) and name.endswith(suffix)
