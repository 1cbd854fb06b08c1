"""Every metric of our own that an alarm or the dashboard watches is emitted, under the dimension that they look at."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any, Final

import pytest

from orchestration.advance import advance
from orchestration.calls import AdvanceCall
from orchestration.dependencies import Dependencies
from orchestration.reconciling import reconcile
from shared.aws.ports import HandOverError
from shared.models.base import format_instant
from shared.observability import NAMESPACE, observe
from tests.support.templates import TEMPLATES, load_template
from tests.support.world import World
from tests.support.world.rest import QUICK

SERVICE: Final = load_template("lambda-stack.yaml").properties("OrchestrationStepFunctionsFunction")["Environment"][
    "Variables"
]["POWERTOOLS_SERVICE_NAME"]


def _watched() -> set[tuple[str, str]]:
    """Metric and service of whatever alarms look at that is our own."""
    alarms = [alarm for name in TEMPLATES for alarm in load_template(name).of_type("AWS::CloudWatch::Alarm").values()]
    stats = [
        part["MetricStat"]["Metric"] for alarm in alarms for part in alarm.get("Metrics", []) if "MetricStat" in part
    ]
    looked_at = [*(alarm for alarm in alarms if "Metrics" not in alarm), *stats]
    return {
        (metric["MetricName"], dimension["Value"])
        for metric in looked_at
        if metric["Namespace"] == NAMESPACE
        for dimension in metric["Dimensions"]
    }


def _at_its_gate() -> tuple[World, str]:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(1, pauses=[0]))
    world.run_until_mail("pause")
    world.settle()
    world.reconcile_every = None
    return world, execution_id


def _stored(world: World, execution_id: str, sort_key: str = "") -> dict[str, Any]:
    plan_id = world.header(execution_id).plan_id
    return dict(world.history.get({"executionId": execution_id, "planId": f"{plan_id}{sort_key}"}) or {})


def _a_step_after_one_that_broke_off(world: World, execution_id: str, deps: Dependencies) -> None:
    header = world.header(execution_id)
    call = {"executionId": execution_id, "planId": header.plan_id, "runSeq": header.run_seq}
    entered = format_instant(world.clock.now())
    advance(AdvanceCall.model_validate({**call, "enteredAt": entered, "lastError": "Sandbox.Timedout"}), deps)


def _an_execution_that_cannot_be_looked_after(world: World, execution_id: str, deps: Dependencies) -> None:
    gate = _stored(world, execution_id, "#GATE#0000#0001")
    del gate["notifiedAt"]
    world.history.put(gate)
    world.advance(120)
    world.orchestration.refuse("functions.invoke_later", lambda: HandOverError("TooManyRequestsException"))
    reconcile(deps)


def _an_execution_of_more_than_a_day(world: World, execution_id: str, deps: Dependencies) -> None:
    item = _stored(world, execution_id)
    item.pop("pausedSince")
    world.history.put({**item, "startedAt": format_instant(world.clock.now() - timedelta(hours=25))})
    reconcile(deps)


STORIES: Final[dict[str, Callable[[World, str, Dependencies], None]]] = {
    "BrokenSteps": _a_step_after_one_that_broke_off,
    "ReconcileFailures": _an_execution_that_cannot_be_looked_after,
    "StuckExecutions": _an_execution_of_more_than_a_day,
}


def test_every_metric_of_our_own_that_is_watched_is_emitted_here() -> None:
    assert _watched() == {(metric, SERVICE) for metric in STORIES}


@pytest.mark.parametrize("metric", STORIES)
def test_a_watched_metric_is_emitted_where_its_alarm_looks(metric: str, capsys: pytest.CaptureFixture[str]) -> None:
    world, execution_id = _at_its_gate()
    deps = replace(world.parts._orchestration(), observability=observe(SERVICE, "CRITICAL", StringIO()))
    deps.observability.flush()
    capsys.readouterr()

    STORIES[metric](world, execution_id, deps)
    deps.observability.flush()

    [told] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if f'"{metric}"' in line]
    [sent] = told["_aws"]["CloudWatchMetrics"]
    assert (sent["Namespace"], sent["Dimensions"]) == (NAMESPACE, [["service"]])
    assert (told["service"], told[metric]) == (SERVICE, [1.0])
