"""The Step Functions interpreter: engine time, StopExecution, task tokens."""

import json
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.system import LocalSystem
from tests.integration.local.conftest import Runs


def test_a_wait_of_a_minute_takes_a_second_at_sixty_times_speed(runs: Runs) -> None:
    arn = runs.start("wait-a-minute", kind="wait", seconds=60)

    run = runs.finish(arn)

    assert run["status"] == "SUCCEEDED"
    assert timedelta(seconds=60) <= run["stopDate"] - run["startDate"] < timedelta(seconds=100)


def test_history_and_context_carry_engine_time_as_aws_writes_it(runs: Runs, system: LocalSystem) -> None:
    before = system.clock.now() - timedelta(seconds=1)

    run = runs.finish(runs.start("stamps", kind="invoke"))

    output = json.loads(run["output"])
    entered = datetime.fromisoformat(output["entered"])
    assert output["entered"].endswith("Z") and len(output["entered"]) == len("2026-01-29T02:47:18.000Z")
    assert before <= entered <= system.clock.now()
    events = system.client("stepfunctions").get_execution_history(executionArn=run["executionArn"])["events"]
    assert all(before <= event["timestamp"] <= system.clock.now() for event in events)


def test_retries_pause_in_engine_time_and_then_the_catch_runs(runs: Runs) -> None:
    began = time.monotonic()

    run = runs.finish(runs.start("two-retries", kind="fail"))

    assert json.loads(run["output"])["error"] == "ValueError"
    assert 1.0 <= time.monotonic() - began < 5


def test_the_time_out_of_the_machine_itself_is_engine_time(system: LocalSystem) -> None:
    client = system.client("stepfunctions")
    machine = {"StartAt": "W", "TimeoutSeconds": 30, "States": {"W": {"Type": "Wait", "Seconds": 6000, "End": True}}}
    role = f"arn:aws:iam::{system.hub.account}:role/small-hub-test"
    arn = client.create_state_machine(name="short", definition=json.dumps(machine), roleArn=role)["stateMachineArn"]

    run = Runs(system).finish(client.start_execution(stateMachineArn=arn, name="too-long")["executionArn"])

    assert run["status"] == "TIMED_OUT"


def test_a_token_stored_by_the_sdk_integration_wakes_the_run_at_once(runs: Runs, system: LocalSystem) -> None:
    arn = runs.start("wake", kind="item", id="wake", seen=7, timeoutSeconds=31_449_600)
    token = runs.token("wake")

    system.client("stepfunctions").send_task_success(taskToken=token, output='{"woken": true}')

    began = time.monotonic()
    assert json.loads(runs.finish(arn)["output"]) == {"woken": True}
    assert time.monotonic() - began < 1
    table = system.deployment.value("TableName")
    item = system.client("dynamodb").get_item(TableName=table, Key={"id": {"S": "wake"}})["Item"]
    assert item["seen"] == {"N": "7"}


def test_a_wait_for_a_token_times_out_in_engine_time(runs: Runs) -> None:
    run = runs.finish(runs.start("expire", kind="item", id="expire", seen=1, timeoutSeconds=60))

    assert json.loads(run["output"]) == {"error": "timed out"}
    assert run["stopDate"] - run["startDate"] >= timedelta(seconds=60)


def test_many_runs_at_once_all_succeed(runs: Runs) -> None:
    arns = [runs.start(f"crowd-{number}", kind="invoke") for number in range(12)]

    assert [runs.finish(arn)["status"] for arn in arns] == ["SUCCEEDED"] * 12


def test_a_failed_condition_reaches_the_catch_at_once(runs: Runs, system: LocalSystem) -> None:
    table = system.deployment.value("TableName")
    system.client("dynamodb").put_item(TableName=table, Item={"id": {"S": "shut"}, "closed": {"BOOL": True}})

    run = runs.finish(runs.start("shut", kind="item", id="shut", seen=1, timeoutSeconds=6000))

    assert json.loads(run["output"])["error"] == "DynamoDb.ConditionalCheckFailedException"


def _code(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return str(refused.value.response["Error"]["Code"])


def test_a_token_is_good_for_one_answer(runs: Runs, system: LocalSystem) -> None:
    client = system.client("stepfunctions")
    arn = runs.start("once", kind="item", id="once", seen=1, timeoutSeconds=6000)
    token = runs.token("once")

    client.send_task_success(taskToken=token, output='{"answer": 1}')

    assert _code(client.send_task_success, taskToken=token, output='{"answer": 2}') == "TaskTimedOut"
    assert json.loads(runs.finish(arn)["output"]) == {"answer": 1}
    assert _code(client.send_task_failure, taskToken=token, error="Late") == "TaskTimedOut"


def test_a_token_of_a_wait_that_timed_out_is_refused(runs: Runs, system: LocalSystem) -> None:
    runs.finish(runs.start("too-late", kind="item", id="too-late", seen=1, timeoutSeconds=30))

    answer = system.client("stepfunctions").send_task_success

    assert _code(answer, taskToken=runs.token("too-late"), output="{}") == "TaskTimedOut"


def test_a_token_that_never_was_is_invalid(system: LocalSystem) -> None:
    assert _code(system.client("stepfunctions").send_task_success, taskToken="nobody", output="{}") == "InvalidToken"


def test_an_output_that_is_no_json_is_refused_and_the_wait_goes_on(runs: Runs, system: LocalSystem) -> None:
    client = system.client("stepfunctions")
    arn = runs.start("no-json", kind="item", id="no-json", seen=1, timeoutSeconds=6000)
    token = runs.token("no-json")

    assert _code(client.send_task_success, taskToken=token, output="yes") == "InvalidOutput"
    assert runs.describe(arn)["status"] == "RUNNING"
    client.send_task_success(taskToken=token, output="{}")
    assert runs.finish(arn)["status"] == "SUCCEEDED"


def test_error_and_cause_of_a_failure_reach_the_catch(runs: Runs, system: LocalSystem) -> None:
    arn = runs.start("reject", kind="function", id="reject")

    system.client("stepfunctions").send_task_failure(
        taskToken=runs.token("reject"), error="UserCancelled", cause="wrong weekend"
    )

    assert json.loads(runs.finish(arn)["output"]) == {"error": "UserCancelled", "cause": "wrong weekend"}


def test_stopping_a_run_that_waits_for_a_token_aborts_it_without_a_catch(runs: Runs, system: LocalSystem) -> None:
    client = system.client("stepfunctions")
    arn = runs.start("stop", kind="item", id="stop", seen=1, timeoutSeconds=31_449_600)
    token = runs.token("stop")

    client.stop_execution(executionArn=arn, error="Operator", cause="not today")

    run = runs.describe(arn)
    assert (run["status"], run["error"], run["cause"]) == ("ABORTED", "Operator", "not today")
    assert _code(client.send_task_success, taskToken=token, output="{}") == "TaskTimedOut"
    time.sleep(0.2)
    events = client.get_execution_history(executionArn=arn)["events"]
    assert events[-1]["type"] == "ExecutionAborted"
    assert not [event for event in events if event["type"] == "PassStateEntered"]
    assert runs.describe(arn)["status"] == "ABORTED"


def test_deviation_an_output_that_is_a_text_is_described_without_its_quotes(runs: Runs, system: LocalSystem) -> None:
    arn = runs.start("text", kind="item", id="text", seen=1, timeoutSeconds=6000)

    system.client("stepfunctions").send_task_success(taskToken=runs.token("text"), output='"plain"')

    assert runs.finish(arn)["output"] == "plain"


def test_a_definition_is_read_once_and_runs_as_often_as_it_is_started(runs: Runs, system: LocalSystem) -> None:
    client = system.client("stepfunctions")
    role = f"arn:aws:iam::{system.hub.account}:role/small-hub-test"
    state = {"Type": "Pass", "Parameters": {"seen.$": "$.number"}, "End": True}
    definition = json.dumps({"StartAt": "P", "States": {"P": state}})
    arn = client.create_state_machine(name="often", definition=definition, roleArn=role)["stateMachineArn"]

    started = [
        client.start_execution(stateMachineArn=arn, name=f"often-{number}", input=json.dumps({"number": number}))
        for number in range(4)
    ]

    outputs = [json.loads(runs.finish(run["executionArn"])["output"]) for run in started]
    assert outputs == [{"seen": number} for number in range(4)]
    changed = json.dumps({"StartAt": "P", "States": {"P": {**state, "Parameters": {"other.$": "$.number"}}}})
    client.update_state_machine(stateMachineArn=arn, definition=changed)
    run = runs.finish(
        client.start_execution(stateMachineArn=arn, name="often-changed", input=json.dumps({"number": 9}))[
            "executionArn"
        ]
    )
    assert json.loads(run["output"]) == {"other": 9}
    with pytest.raises(ClientError, match="ASLParserException"):
        client.create_state_machine(name="broken", definition='{"StartAt": 1, "States"}', roleArn=role)
