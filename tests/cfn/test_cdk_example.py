"""The stack of `examples/cdk`: what it is synthesised to is sound, and calls what the contract has."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from cfnlint.api import ManualArgs, lint_file

from local.function_process import ROOT
from tests.support.templates import load_template
from tools.contract.collect import operations

EXAMPLE: Final = ROOT / "examples" / "cdk"
FUNCTIONS: Final = {"QueryFunction": "query-handler", "ExecutionFunction": "execution-handler"}
CONTEXT: Final = {"planId": "01M851TWDG7Y0EP1YH96FN32S2"}
NOT_OURS: Final = {"W3005", "I1022"}
"""How CDK writes: DependsOn beside a GetAtt that says the same, and Join where a person writes Sub."""


@pytest.fixture(scope="module")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `cdk synth` would write, for a stack that has a schedule."""
    assert (EXAMPLE / "node_modules").is_dir(), "its packages are missing: run `make setup-cdk`"
    out = tmp_path_factory.mktemp("cdk")
    build = ["node_modules/.bin/tsc", "--outDir", str(EXAMPLE / "build")]
    subprocess.run(build, cwd=EXAMPLE, check=True, capture_output=True, text=True)
    told = {"CDK_OUTDIR": str(out), "CDK_CONTEXT_JSON": json.dumps(CONTEXT)}
    subprocess.run(
        ["node", "build/app.js"], cwd=EXAMPLE, env={**os.environ, **told}, check=True, capture_output=True, text=True
    )
    return out


@pytest.fixture(scope="module")
def resources(synthesised: Path) -> Mapping[str, Any]:
    """The resources of its template."""
    body = json.loads((synthesised / "DrsDrills.template.json").read_text(encoding="utf-8"))
    found: Mapping[str, Any] = body["Resources"]
    return found


def _of(resources: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one["Properties"] for one in resources.values() if one["Type"] == kind]


@pytest.mark.requirement("PRD-27")
def test_cfn_lint_finds_nothing(synthesised: Path) -> None:
    found = lint_file(synthesised / "DrsDrills.template.json", config=ManualArgs(regions=["us-east-1"]))

    assert [str(one) for one in found if one.rule.id not in NOT_OURS] == []


def _calls(states: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Function and call of every task."""
    for state in states.values():
        if state["Type"] == "Task":
            function = state["Parameters"]["FunctionName"].strip("${}")
            yield FUNCTIONS[function], dict(state["Parameters"]["Payload"])
        for inner in (*state.get("Branches", ()), state.get("ItemProcessor", {"States": {}})):
            yield from _calls(inner["States"])


@pytest.mark.requirement("PRD-27")
def test_the_machine_calls_operations_of_the_contract_at_their_functions(
    synthesised: Path, resources: Mapping[str, Any]
) -> None:
    (machine,) = _of(resources, "AWS::StepFunctions::StateMachine")
    key = machine["DefinitionS3Location"]["Key"]
    definition = json.loads((synthesised / f"asset.{key}").read_text(encoding="utf-8"))
    known = {one.name: one for one in operations()}

    calls = list(_calls(definition["States"]))

    assert set(machine["DefinitionSubstitutions"]) == set(FUNCTIONS)
    assert len(calls) == 8
    for function, call in calls:
        operation = known[call.pop("operation")]
        assert function in operation.homes, operation.name
        fields = {name.removesuffix(".$") for name in call}
        taken = {field.alias or name for name, field in operation.request_model.model_fields.items()}
        assert fields <= taken, operation.name


def _invoked(resources: Mapping[str, Any], policy_of: str) -> tuple[set[str], set[str]]:
    """The functions that a role may invoke, and those that it may not, without their places."""
    (policy,) = [one for one in _of(resources, "AWS::IAM::Policy") if policy_of in json.dumps(one["Roles"])]
    by_effect: dict[str, set[str]] = {"Allow": set(), "Deny": set()}
    for statement in policy["PolicyDocument"]["Statement"]:
        if statement["Action"] == "lambda:InvokeFunction":
            by_effect[statement["Effect"]] |= set(re.findall(r":function:([^\"]+)", json.dumps(statement["Resource"])))
    return by_effect["Allow"], by_effect["Deny"]


@pytest.mark.requirement("PRD-27")
def test_its_roles_may_call_what_they_call_by_the_alias_of_direct_callers(resources: Mapping[str, Any]) -> None:
    names = {
        one["FunctionName"] for one in load_template("lambda-stack.yaml").of_type("AWS::Lambda::Function").values()
    }
    gateways = {"aws-drs-orchestration-*-dev:live-api"}

    machine, never_machine = _invoked(resources, "DrillRole")
    recorder, never_recorder = _invoked(resources, "RecorderRole")

    assert machine == {f"aws-drs-orchestration-{name}-dev:live" for name in FUNCTIONS.values()}
    assert recorder == {"aws-drs-orchestration-query-handler-dev:live"}
    assert never_machine == never_recorder == gateways
    assert {one.removesuffix(":live") for one in machine | recorder} <= names


def test_the_month_starts_the_machine_with_the_plan(resources: Mapping[str, Any]) -> None:
    (target,) = [
        target
        for rule in _of(resources, "AWS::Events::Rule")
        if rule.get("ScheduleExpression") == "cron(0 6 1 * ? *)"
        for target in rule["Targets"]
    ]

    assert json.loads(target["Input"]) == {"planId": CONTEXT["planId"], "approve": False}
