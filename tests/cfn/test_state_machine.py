"""The state machine's definition is whole: every arrow leads somewhere and every gap is filled by its template."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import cfnlint.api
import pytest
import yaml
from cfnlint.config import ManualArgs

from orchestration.calls import Answer
from shared.engine.bounds import GATE_LIFE
from tests.support.templates import CFN, load_template

DEFINITION = (CFN / "state-machine.asl.json").read_text(encoding="utf-8")
STATES: dict[str, dict[str, Any]] = json.loads(DEFINITION)["States"]
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
LONGEST_FUNCTION_SECONDS = 900
"""Lambda's quota: a step that is given up before could be taken a second time while the first still works."""

PLACEHOLDER = re.compile(r"\$\{(\w+)\}")

stack = load_template("step-functions-stack.yaml")
machine = stack.properties("OrchestrationStateMachine")


def nexts(value: Any) -> Iterator[str]:
    """Every state that a state may go to."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key in {"Next", "Default"} and isinstance(part, str):
                yield part
            yield from nexts(part)
    elif isinstance(value, list):
        for part in value:
            yield from nexts(part)


def reachable(start: str) -> set[str]:
    """The states that a run may come to."""
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        state = ahead.pop()
        if state not in seen:
            seen.add(state)
            ahead += nexts(STATES[state])
    return seen


def complaints(definition: str) -> list[str]:
    """What cfn-lint says of a definition that stands inside its template; warnings are about that template only."""
    properties = {"RoleArn": "arn:aws:iam::123456789012:role/orchestration", "DefinitionString": definition}
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {"StateMachine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}},
    }
    config = ManualArgs(ignore_checks=["I", "W"])
    return [str(match) for match in cfnlint.api.lint(yaml.safe_dump(template), regions=["us-east-1"], config=config)]


def test_every_arrow_leads_to_a_state_and_every_state_is_reached() -> None:
    assert reachable(json.loads(DEFINITION)["StartAt"]) == set(STATES)


def test_the_template_fills_exactly_the_gaps_of_the_definition() -> None:
    assert set(PLACEHOLDER.findall(DEFINITION)) == set(machine["DefinitionSubstitutions"])


def test_a_placeholder_is_always_a_whole_value() -> None:
    for line in DEFINITION.splitlines():
        for match in PLACEHOLDER.finditer(line):
            assert f'"{match.group(0)}"' in line


def test_the_definition_with_its_gaps_filled_passes_the_linter() -> None:
    definition = PLACEHOLDER.sub(lambda match: machine["DefinitionSubstitutions"][match.group(1)], DEFINITION)

    assert complaints(definition) == []


def test_the_linter_reads_the_definition() -> None:
    assert complaints('{"StartAt": "One", "States": {"One": {"Type": "Unknown", "End": true}}}') != []


def test_every_task_catches_every_error_and_waits_for_a_bounded_time() -> None:
    for name, task in TASKS.items():
        assert any(catcher["ErrorEquals"] == ["States.ALL"] for catcher in task["Catch"]), name
        assert {"TimeoutSeconds", "TimeoutSecondsPath"} & set(task), name


@pytest.mark.parametrize("name", [name for name, task in TASKS.items() if task["Resource"] == "${InvokeFunction}"])
def test_a_step_is_given_up_when_no_function_can_live_any_more_and_never_before(name: str) -> None:
    functions = load_template("lambda-stack.yaml").of_type("AWS::Lambda::Function")

    assert TASKS[name]["TimeoutSeconds"] == LONGEST_FUNCTION_SECONDS
    assert functions["OrchestrationStepFunctionsFunction"]["Timeout"] < LONGEST_FUNCTION_SECONDS


def test_what_waits_for_others_waits_for_as_long_as_the_engine_says() -> None:
    waits = {name: task.get("TimeoutSecondsPath") for name, task in TASKS.items() if "TimeoutSeconds" not in task}
    pauses = {name: state for name, state in STATES.items() if state["Type"] == "Wait"}

    assert waits == {"AwaitChange": "$.answer.timeoutSeconds", "AwaitDecision": "$.open.timeoutSeconds"}
    assert {name: state["Seconds"] for name, state in pauses.items() if "Seconds" in state} == {
        "Backoff": 30,
        "GateBackoff": 30,
        "TerminateBackoff": 30,
    }
    assert {name: state["SecondsPath"] for name, state in pauses.items() if "SecondsPath" in state} == {
        "FinalizeWait": "$.answer.timeoutSeconds",
        "TerminateWait": "$.answer.timeoutSeconds",
    }


def test_every_invocation_survives_the_faults_of_lambda_itself() -> None:
    faults = {"Lambda.ServiceException", "Lambda.TooManyRequestsException", "Lambda.Unknown", "Sandbox.Timedout"}

    for name, task in TASKS.items():
        if task["Resource"] in {"${InvokeFunction}", "${InvokeFunctionAndWait}"}:
            retried = {error for retrier in task["Retry"] for error in retrier["ErrorEquals"]}
            assert faults <= retried or "States.ALL" in retried, name


def test_runs_are_logged_without_their_data_because_a_token_in_it_approves() -> None:
    logging = machine["LoggingConfiguration"]

    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert machine["StateMachineType"] == "STANDARD"


def test_a_gate_waits_for_as_long_as_it_lives_and_no_longer_than_a_run_may_last() -> None:
    a_year = timedelta(seconds=31_536_000)  # Step Functions' quota of a run
    longest = Answer.model_json_schema()["properties"]["timeoutSeconds"]["maximum"]

    assert TASKS["AwaitDecision"]["TimeoutSecondsPath"] == "$.open.timeoutSeconds"
    assert "HeartbeatSeconds" not in TASKS["AwaitDecision"], "nobody beats while people decide"
    assert timedelta(seconds=longest) == GATE_LIFE < a_year
    assert "TimeoutSeconds" not in json.loads(DEFINITION), "it would end a run at an open gate"


def test_every_function_that_is_called_is_the_live_one() -> None:
    named = {task["Parameters"]["FunctionName"] for task in TASKS.values() if "FunctionName" in task["Parameters"]}

    assert named == {"${OrchestrationFunction}"}
    assert machine["DefinitionSubstitutions"]["OrchestrationFunction"].endswith(":live")
