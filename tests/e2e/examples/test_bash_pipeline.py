"""`examples/bash/dr_ci_pipeline.sh` as a process, with the real AWS CLI and jq, as a pipeline runs it."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any, Final

import pytest

from local.aws_cli import cli_folder
from tests.e2e.accounts import DATABASE
from tests.e2e.examples.conftest import EXAMPLES, imported, launched, left
from tests.e2e.hub import Hub, Part, Wave
from tests.support.warm_aws import warm_aws
from tests.unit.docs.markdown import Document

SCRIPT: Final = EXAMPLES / "bash" / "dr_ci_pipeline.sh"
A_BUSY_DAY: Final = 1440
"""Minutes that suffice at any clock on any machine."""


(SHOWN,) = Document("examples/README.md").blocks_run_by("tests/e2e/examples/test_bash_pipeline.py")
"""What the README has one type."""


def _run(hub: Hub, plan_name: str, *, command: str = str(SCRIPT), **variables: str) -> subprocess.CompletedProcess[str]:
    assert shutil.which("jq"), "the script needs jq"
    path = os.pathsep.join([str(cli_folder(warm_aws())), os.environ["PATH"]])
    environment = {**hub.system.environment(), "PATH": path, "EVERY": "5", "PATIENCE": "120", **variables}
    if plan_name:
        environment["PLAN_NAME"] = plan_name
    return subprocess.run(
        ["bash", "-c", command], cwd=EXAMPLES.parent, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.requirement("PRD-27")
def test_a_plan_that_recovers_passes_and_leaves_nothing(hub: Hub, servers: Mapping[str, str]) -> None:
    plan_id = imported(hub, "diamond")
    plan = hub.ask("get_recovery_plan", planId=plan_id)
    hub.ask("update_recovery_plan", planId=plan_id, version=plan["version"], rtoMinutes=A_BUSY_DAY)

    done = _run(hub, "", command=SHOWN, TOKEN="pipeline-17")

    assert done.returncode == 0, done.stderr
    execution = _drill(hub, done)
    assert (execution["status"], execution["reason"]) == ("COMPLETED", "pipeline pipeline-17")
    first, *middle, last = launched(hub, servers, execution["executionId"])
    assert (first, last) == ({"billing-db-1"}, {"billing-web-1"})
    assert sorted(map(sorted, middle)) == [["billing-app-1", "billing-app-2"], ["billing-cache-1"]]
    assert left(hub, execution["executionId"]) == set()
    assert done.stderr.rstrip().endswith("termination COMPLETED")


def test_a_plan_that_takes_too_long_to_recover_is_told_from_one_that_fails(hub: Hub) -> None:
    done = _run(hub, _plan_of_one(hub, "pipeline-late", rtoMinutes=1))

    assert done.returncode == 4, done.stderr
    execution = _drill(hub, done)
    assert (execution["status"], execution["rto"]["met"]) == ("COMPLETED", False)
    assert left(hub, execution["executionId"]) == set()


def test_a_plan_that_does_not_recover_fails(hub: Hub) -> None:
    plan_name = _plan_of_one(hub, "pipeline-broken", on_failure="STOP")
    hub.drs.break_off("launchFailure", servers=["pipeline-broken"], rawError="InsufficientInstanceCapacity")

    done = _run(hub, plan_name)

    assert done.returncode == 1, done.stderr
    assert _drill(hub, done)["status"] == "FAILED"
    assert "InsufficientInstanceCapacity" in done.stderr


def test_a_plan_that_cannot_start_is_told_from_one_that_fails(hub: Hub) -> None:
    plan_name = _plan_of_one(hub, "pipeline-busy", pause=True)
    (plan,) = hub.every("list_recovery_plans", namePrefix=plan_name)
    holder = hub.ask("start_execution", planId=plan["planId"], executionType="DRILL")["executionId"]

    done = _run(hub, plan_name)

    assert done.returncode == 3, done.stderr
    assert "the plan cannot be started now" in done.stderr
    hub.ask("cancel_execution", executionId=holder)


@pytest.mark.parametrize(("name", "code", "sentence"), [("", 2, "PLAN_NAME is not set"), ("Nobody's", 3, "no plan")])
def test_what_is_missing_is_named(hub: Hub, name: str, code: int, sentence: str) -> None:
    done = _run(hub, name)

    assert done.returncode == code
    assert sentence in done.stderr


def test_a_drill_that_waits_too_long_is_cancelled(hub: Hub) -> None:
    done = _run(hub, _plan_of_one(hub, "pipeline-slow", pause=True), PATIENCE="6")

    assert done.returncode == 6, done.stderr
    assert hub.ended(_drill(hub, done)["executionId"])["status"] == "CANCELLED"


def _plan_of_one(hub: Hub, hostname: str, *, pause: bool = False, on_failure: str | None = None, **more: Any) -> str:
    """The name of a plan of one server."""
    wave = Wave([Part(DATABASE, hub.drs.protect(DATABASE, hostname))], pause=pause, on_failure=on_failure)
    plan = hub.ask("get_recovery_plan", planId=hub.plan(wave))
    if more:
        hub.ask("update_recovery_plan", planId=plan["planId"], version=plan["version"], **more)
    return str(plan["planName"])


def _drill(hub: Hub, done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The execution that a run of the script started."""
    [execution_id] = re.findall(r"^started drill (\S+) of", done.stderr, re.MULTILINE)
    return hub.execution(execution_id)
