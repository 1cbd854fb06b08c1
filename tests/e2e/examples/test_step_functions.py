"""`examples/stepfunctions/drill.asl.json` as a state machine of somebody else, in the interpreter."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from local.function_process import ROOT
from local.system import LocalSystem
from tests.e2e.accounts import DATABASE
from tests.e2e.examples.conftest import EXAMPLES, imported, launched, left
from tests.e2e.hub import Hub, Part, Wave
from tests.e2e.waiting import eventually

DEFINITION: Final = EXAMPLES / "stepfunctions" / "drill.asl.json"
FUNCTIONS: Final = {"QueryFunction": "query-handler", "ExecutionFunction": "execution-handler"}


@pytest.fixture
def machine(system: LocalSystem) -> Iterator[str]:
    """The machine; other stories look for that of the product alone, so it goes again."""
    text = DEFINITION.read_text(encoding="utf-8")
    for word, function in FUNCTIONS.items():
        text = text.replace(f"${{{word}}}", f"{_arn(system, function)}:live")
    client = system.client("stepfunctions")
    role = f"arn:aws:iam::{system.hub.account}:role/drills"
    arn = client.create_state_machine(name="drills", definition=text, roleArn=role)["stateMachineArn"]
    yield str(arn)
    client.delete_state_machine(stateMachineArn=arn)


def _arn(system: LocalSystem, function: str) -> str:
    return f"arn:aws:lambda:{system.hub.region}:{system.hub.account}:function:{system.function_name(function)}"


def _run(system: LocalSystem, machine: str, name: str, **given: Any) -> dict[str, Any]:
    """A run, once it has ended."""
    client = system.client("stepfunctions")
    arn = client.start_execution(stateMachineArn=machine, name=name, input=json.dumps(given))["executionArn"]

    def ended() -> dict[str, Any] | None:
        run: dict[str, Any] = client.describe_execution(executionArn=arn)
        return None if run["status"] == "RUNNING" else run

    return eventually(ended, f"{name} should end")


def _entered(system: LocalSystem, run: Mapping[str, Any]) -> list[str]:
    """The states that a run came through."""
    pages = system.client("stepfunctions").get_paginator("get_execution_history")
    return [
        event["stateEnteredEventDetails"]["name"]
        for page in pages.paginate(executionArn=run["executionArn"])
        for event in page["events"]
        if "stateEnteredEventDetails" in event
    ]


@pytest.mark.requirement("PRD-27")
def test_a_drill_across_accounts_is_approved_reported_and_taken_away(
    hub: Hub, system: LocalSystem, servers: Mapping[str, str], machine: str
) -> None:
    plan_id = imported(hub, "multi-account")

    run = _run(system, machine, "drill-of-two-accounts", planId=plan_id, approve=True)

    assert run["status"] == "SUCCEEDED", (run, _entered(system, run))
    told = json.loads(run["output"])
    execution = hub.execution(told["executionId"])
    assert execution["status"] == told["status"] == "COMPLETED"
    assert [(gate["waveNumber"], gate["status"]) for gate in execution["gates"]] == [(1, "APPROVED")]
    *data, application = launched(hub, servers, told["executionId"])
    assert sorted(map(sorted, data)) == [["billing-archive-1"], ["billing-db-1"]]
    assert application == {"billing-app-1", "billing-app-2"}
    assert {servers[one["sourceServerId"]] for one in told["instances"]} == set().union(*data, application)
    assert left(hub, told["executionId"]) == set()
    assert _recorded(system, run) == {
        "planId": plan_id,
        "status": "SUCCEEDED",
        "run": "drill-of-two-accounts",
        "executionId": told["executionId"],
        "rtoSeconds": execution["rto"]["actualSeconds"],
    }


def _recorded(system: LocalSystem, run: Mapping[str, Any]) -> dict[str, Any]:
    """What the recorder of examples/cdk writes of the event that tells of the run's end, without the time."""
    code = re.search(r"DRILL_RECORDER = `\n(.*)`;", (EXAMPLES / "cdk/lib/recorder.ts").read_text(), re.DOTALL)
    assert code is not None
    keys = {"planId": "HASH", "endedAt": "RANGE"}
    client = system.client("dynamodb")
    client.create_table(
        TableName="drill-results",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
    )
    detail = {name: run[name] for name in ("name", "status", "input", "output")}
    event = {"detail": {**detail, "stopDate": int(run["stopDate"].timestamp() * 1000)}}
    settings = {"RESULTS_TABLE": "drill-results", "QUERY_FUNCTION": f"{_arn(system, 'query-handler')}:live"}
    called = f"{code[1]}\nhandler(json.loads({json.dumps(event)!r}), None)"
    subprocess.run([sys.executable, "-c", called], env={**system.environment(), **settings}, check=True)
    try:
        (item,) = client.scan(TableName="drill-results")["Items"]
    finally:
        client.delete_table(TableName="drill-results")
    assert item.pop("endedAt")
    return {name: int(value["N"]) if "N" in value else value["S"] for name, value in item.items()}


def test_a_drill_that_fails_ends_the_run_badly_once_its_instances_are_gone(
    hub: Hub, system: LocalSystem, machine: str
) -> None:
    good, bad = (hub.drs.protect(DATABASE, f"machine-{name}") for name in ("good", "bad"))
    hub.drs.break_off("launchFailure", servers=["machine-bad"], rawError="InsufficientInstanceCapacity")
    plan_id = hub.plan(Wave([Part(DATABASE, [*good, *bad])], on_failure="STOP"))

    run = _run(system, machine, "drill-that-fails", planId=plan_id)

    assert (run["status"], run["error"]) == ("FAILED", "Drill.NotRecovered"), _entered(system, run)
    (execution,) = hub.every("list_executions", planId=plan_id)
    assert execution["status"] == "PARTIAL"
    assert left(hub, execution["executionId"]) == set()


def test_what_is_refused_ends_the_run_before_anything_is_started(system: LocalSystem, machine: str) -> None:
    run = _run(system, machine, "drill-of-nothing", planId="no-plan-has-this-id")

    assert (run["status"], run["error"]) == ("FAILED", "Drill.Refused")
    assert _entered(system, run) == ["Preflight", "MayItStart", "Refused"]


def test_each_task_is_tried_again_at_least_where_the_products_own_is() -> None:
    """What Lambda and its callers say when nothing is wrong with the call."""
    product = json.loads((ROOT / "cfn/state-machine.asl.json").read_text(encoding="utf-8"))["States"]["Advance"]
    wanted = {error for retrier in product["Retry"] for error in retrier["ErrorEquals"]}

    tasks = list(_tasks(json.loads(DEFINITION.read_text(encoding="utf-8"))["States"]))

    assert len(tasks) == 8
    for task in tasks:
        assert wanted <= {error for retrier in task["Retry"] for error in retrier["ErrorEquals"]}


def _tasks(states: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every task, those inside of maps and parallels too."""
    for state in states.values():
        if state["Type"] == "Task":
            yield state
        for inner in (*state.get("Branches", ()), state.get("ItemProcessor", {"States": {}})):
            yield from _tasks(inner["States"])
