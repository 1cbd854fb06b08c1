"""`examples/python/complete_dr_workflow.py` as a process, with nothing but the credentials of an operator."""

import json
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from shared.operation_index import INDEX
from tests.e2e.examples.conftest import ESTATE, EXAMPLES, document, launched, left
from tests.e2e.hub import Hub
from tests.unit.docs.markdown import Document

SCRIPT: Final = EXAMPLES / "python" / "complete_dr_workflow.py"
(SHOWN,) = Document("examples/README.md").blocks_run_by("tests/e2e/examples/test_python_workflow.py")
PROTECTING, RUNNING = (shlex.split(command) for command in SHOWN.strip().split("\n\n"))
"""What the README has one type; the fixture `servers` protects the same ones."""

QUICKLY: Final = ("--every", "1", "--patience", "120")


def _run(hub: Hub, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *arguments, *QUICKLY]
    return subprocess.run(command, env=hub.system.environment(), capture_output=True, text=True, check=False)


@pytest.mark.requirement("PRD-27")
def test_it_makes_the_plan_recovers_it_past_a_gate_and_a_failure_and_leaves_nothing(
    hub: Hub, servers: Mapping[str, str]
) -> None:
    hub.drs.break_off("launchFailure", servers=["billing-db-1"], rawError="InsufficientInstanceCapacity")
    interpreter, script, plan, *options = RUNNING
    assert (interpreter, EXAMPLES.parent / script) == (".venv/bin/python", SCRIPT)
    assert f"@{ESTATE}" in PROTECTING
    arguments = (str(EXAMPLES.parent / plan), *options, "--token", "workflow-1")

    done = _run(hub, *arguments)

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    [execution_id] = re.findall(r"^Started DRILL (\S+) of 4 servers$", done.stdout, re.MULTILINE)
    execution = hub.execution(execution_id)
    assert (execution["status"], execution["planName"]) == ("COMPLETED", "BillingThreeTier")
    assert [(gate["kind"], gate["waveNumber"]) for gate in execution["gates"]] == [("FAILURE", 0), ("APPROVAL", 1)]
    assert launched(hub, servers, execution_id) == [
        {"billing-db-1"},
        {"billing-db-1"},
        {"billing-app-1", "billing-app-2"},
        {"billing-web-1"},
    ]
    assert "Wave 0 went wrong: " in done.stdout and "InsufficientInstanceCapacity" in done.stdout
    assert len(re.findall(r"^  s-\S+ is i-\S+ in \d{12} us-west-2$", done.stdout, re.MULTILINE)) == 4
    assert left(hub, execution_id) == set()

    again = _run(hub, *arguments)

    assert again.returncode == 0, again.stderr
    assert f"Started DRILL {execution_id} of 4 servers" in again.stdout, "the same token is the same start"
    assert "BillingThreeTier is there already" in again.stdout
    assert len(launched(hub, servers, execution_id)) == 4


def test_what_is_refused_is_told_with_its_findings(hub: Hub, tmp_path: Path) -> None:
    """A plan whose tags select nothing has nothing to recover."""
    plan: dict[str, Any] = document("plans/three-tier.json")
    for group in plan["protectionGroups"]:
        group |= {"groupName": f"Empty{group['groupName']}", "serverSelectionTags": {"Empty": group["groupName"]}}
    for wave in plan["recoveryPlans"][0]["waves"]:
        wave["protectionGroupNames"] = [f"Empty{name}" for name in wave["protectionGroupNames"]]
    plan["recoveryPlans"][0]["planName"] = "EmptyThreeTier"
    (tmp_path / "empty.json").write_text(json.dumps(plan))

    done = _run(hub, str(tmp_path / "empty.json"))

    assert done.returncode == 3
    assert done.stderr.startswith("start_execution: PREFLIGHT_FAILED: ")
    assert "  FAIL " in done.stderr


def test_a_recovery_is_not_terminated_by_it(hub: Hub) -> None:
    done = _run(hub, str(EXAMPLES / "plans" / "three-tier.json"), "--type", "RECOVERY", "--terminate")

    assert done.returncode == 2
    assert "this script terminates drills only" in done.stderr


def _namespace() -> dict[str, Any]:
    """What the script defines; it is no module of a package, and cannot be imported by name."""
    return runpy.run_path(str(SCRIPT), run_name="example")


def test_it_calls_each_operation_at_its_function() -> None:
    for operation, function in _namespace()["FUNCTIONS"].items():
        assert function in INDEX[operation][1], operation


def test_it_tries_again_what_is_retryable_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    defined = _namespace()
    busy = {"error": "THROTTLED", "message": "busy", "retryable": True, "details": {"retryAfterSeconds": 0.01}}
    wrong = {"error": "VALIDATION_ERROR", "message": "wrong", "retryable": False, "details": {}}
    answers: list[dict[str, Any]] = [busy, busy, {"items": []}, busy, wrong, {"items": []}]
    orchestration = defined["Orchestration"].__new__(defined["Orchestration"])
    monkeypatch.setattr(orchestration, "_invoke", lambda *_: answers.pop(0), raising=False)

    assert orchestration.call("list_recovery_plans") == {"items": []}
    with pytest.raises(defined["RefusedError"], match="VALIDATION_ERROR: wrong"):
        orchestration.call("list_recovery_plans")
    assert answers == [{"items": []}]


def test_its_policy_is_the_part_of_the_published_one_that_it_needs() -> None:
    """Of the policy for callers: to invoke, and never as the gateway."""
    published = re.search(r"```json\n(.*?)```", (EXAMPLES.parent / "docs/iam/CALLER_POLICY.md").read_text(), re.DOTALL)
    assert published is not None
    text = published[1]
    for word, value in (("ACCOUNT_ID", "123456789012"), ("REGION", "us-east-1"), ("ENVIRONMENT", "dev")):
        text = text.replace(word, value)
    wanted = json.loads(text.replace("PROJECT", "aws-drs-orchestration"))["Statement"]

    assert document("python/iam-policy.json")["Statement"] == [
        one for one in wanted if one["Sid"] in {"InvokeDirectly", "NeverAsTheGateway"}
    ]
