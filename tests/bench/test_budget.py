"""What a drill costs: counts and sizes, never seconds, so that every machine finds the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from shared.models.execution import ExecutionHeader, ExecutionStatus, ExecutionType, WaveSummary
from shared.stores.attribute_values import item_size
from shared.stores.items import header_item
from tests.bench.areas import Area, Line, at_most, below, exactly
from tests.bench.counting import table_calls
from tests.bench.findings import Findings
from tests.support.world import START, World
from tests.support.world.rest import check_at_rest

KILOBYTE: Final = 1024
MOST_HEADER: Final = 100 * KILOBYTE
MOST_ITEM: Final = 4 * KILOBYTE
MOST_PAYLOAD: Final = KILOBYTE
MOST_QUOTA_ROW: Final = 16 * KILOBYTE

KINDS_OF_RUN: Final = ("run", "gate", "termination")
ACTIONS: Final = (
    "reconcile",
    "advance",
    "terminate",
    "DRS event",
    "openGate",
    "awaitDecision",
    "recordDecision",
    "finalize",
    "start",
    "pause",
    "complete",
)
OPERATIONS: Final = (
    "DescribeJobs",
    "DescribeRecoveryInstances",
    "DescribeSourceServers",
    "DescribeJobLogItems",
    "StartRecovery",
    "TerminateRecoveryInstances",
)
VERBS: Final = ("get", "query", "batch_get", "update", "transact", "put")
DRILL: Final = Area(
    "A drill of three waves and six servers, two gates, and its termination",
    (
        Line("state transitions"),
        *(Line(f"state transitions, {kind}", at_most(2 * 9) if kind == "gate" else None) for kind in KINDS_OF_RUN),
        Line("state transitions a minute", at_most(15)),
        Line("history events of the longest run"),
        Line("Lambda invocations beside the API"),
        *(Line(f"invocations, {action}", exactly(2) if "Decision" in action else None) for action in ACTIONS),
        Line("DRS calls"),
        *(
            Line(operation, {"StartRecovery": exactly(3), "TerminateRecoveryInstances": exactly(1)}.get(operation))
            for operation in OPERATIONS
        ),
        Line("DescribeJobs a minute", at_most(3)),
        Line("DescribeRecoveryInstances a job before the end", exactly(1)),
        Line("DynamoDB calls"),
        *(Line(f"DynamoDB calls, {verb}") for verb in VERBS),
        Line("DynamoDB calls an invocation", at_most(9)),
        Line("STS calls", at_most(4)),
        Line("DRS clients made for each STS call", at_most(2)),
        Line("largest state payload", below(MOST_PAYLOAD), "bytes"),
        Line("largest header", below(MOST_HEADER), "bytes"),
        Line("largest quota row", below(MOST_QUOTA_ROW), "bytes"),
        Line("largest other item", below(MOST_ITEM), "bytes"),
    ),
)
IN_A_ROW: Final = "500 waves in a row, one launch each"
DENSE: Final = "500 waves of five dependencies, one launch each"
MANY_LAUNCHES: Final = "3 waves, 1,000 launches"
HEADERS: Final = Area(
    "The header of a large execution",
    tuple(Line(what, below(MOST_HEADER), "bytes") for what in (IN_A_ROW, DENSE, MANY_LAUNCHES)),
)


@cache
def drill() -> tuple[World, str]:
    """Three waves of two servers, two gates that are approved at once, and the termination."""
    world = World()
    plan_id = world.plan_of(2, 2, 2, pauses=[1, 2])
    execution_id = world.start(plan_id)
    for number in (1, 2):
        assert world.approve_by_mail(world.run_until_mail("pause", number))
    assert world.run_until_end(execution_id) == "COMPLETED"
    world.terminate(execution_id)
    world.run_until_terminated(execution_id)
    check_at_rest(world, execution_id)
    return world, execution_id


def kinds(names: Iterable[str]) -> Counter[str]:
    """Runs by their kind."""
    return Counter("gate" if "-gate-" in name else "termination" if "-terminate-" in name else "run" for name in names)


def sizes(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """The largest header, quota row and other item, by the name of their line."""
    largest: Counter[str] = Counter()
    for row in rows:
        what = "quota row" if str(row["executionId"]).startswith("quota#") else "other item"
        if "#" not in str(row["executionId"]) and kind_of(str(row["planId"])) == "HEADER":
            what = "header"
        largest[f"largest {what}"] = max(largest[f"largest {what}"], item_size(row))
    return dict(largest)


def kind_of(sort_key: str) -> str:
    """HEADER, WAVE, SERVER …"""
    _, _, rest = sort_key.partition("#")
    return rest.partition("#")[0] or "HEADER"


def test_a_drill_of_three_waves_and_six_servers_keeps_its_budget(report: Findings) -> None:
    world, execution_id = drill()
    by_kind: Counter[str] = Counter()
    for run in world.runs.runs:
        by_kind[next(iter(kinds([run.name])))] += run.transitions
    actions = Counter(
        str(one.payload.get("action") or one.payload.get("schedule") or one.payload.get("eventType") or "DRS event")
        for one in world.functions.invocations
    )
    drs = Counter(call.operation for call in world.simulator_record.calls())
    tables, assumed = table_calls(world), len(world.cloud.roles.asked)
    minutes = (world.clock.now() - START).total_seconds() / 60
    ended_at = world.header(execution_id).ended_at
    assert ended_at is not None
    looks = [look for look in world.simulator_record.calls("DescribeRecoveryInstances") if look.time <= ended_at]

    report(
        DRILL,
        {
            "state transitions": by_kind.total(),
            **{f"state transitions, {kind}": amount for kind, amount in by_kind.items()},
            "state transitions a minute": by_kind.total() / minutes,
            "history events of the longest run": max(len(run.history) for run in world.runs.runs),
            "Lambda invocations beside the API": actions.total(),
            **{f"invocations, {action}": amount for action, amount in actions.items()},
            "DRS calls": drs.total(),
            **drs,
            "DescribeJobs a minute": drs["DescribeJobs"] / minutes,
            "DescribeRecoveryInstances a job before the end": len(looks) / drs["StartRecovery"],
            "DynamoDB calls": tables.total(),
            **{f"DynamoDB calls, {verb}": amount for verb, amount in tables.items()},
            "DynamoDB calls an invocation": tables.total() / actions.total(),
            "STS calls": assumed,
            "DRS clients made for each STS call": world.cloud.clients_asked["drs"] / assumed,
            "largest state payload": world.runs.largest_input,
            **sizes(world.history.scan()),
        },
    )


def summary(number: int, name: str, depends_on: tuple[int, ...]) -> WaveSummary:
    """A wave of eight servers, well advanced."""
    return WaveSummary(
        wave_number=number,
        wave_name=name,
        depends_on_waves=depends_on,
        pause_before_wave=True,
        server_count=8,
        launched_count=8,
    )


def header_of(waves: tuple[WaveSummary, ...], launches: int) -> ExecutionHeader:
    """The header of an execution of these waves after so many launches."""
    execution_id = "exec-01kg3tbrqgsm3jsp5ydyfp42e2"
    return ExecutionHeader(
        execution_id=execution_id,
        plan_id="01KG3TBRQGQ1FVW059XN3R35W2",
        plan_name="A plan with a name",
        plan_version=7,
        execution_type=ExecutionType.DRILL,
        status=ExecutionStatus.RUNNING,
        status_reason="drill of A plan with a name began",
        started_at=START,
        initiated_by="somebody@example.com",
        waves=waves,
        wave_count=len(waves),
        server_count=8 * len(waves),
        launch_ids=tuple(f"{execution_id}-{step}-0" for step in range(launches)),
    )


def test_a_header_of_500_waves_stays_under_100_kilobytes(report: Findings) -> None:
    plain = tuple(summary(number, f"Tier {number}", (number - 1,) if number else ()) for number in range(500))
    dense = tuple(
        summary(number, f"Tier {number} of the web shop", tuple(range(max(0, number - 5), number)))
        for number in range(500)
    )

    report(
        HEADERS,
        {
            IN_A_ROW: item_size(header_item(header_of(plain, 500))),
            DENSE: item_size(header_item(header_of(dense, 500))),
            MANY_LAUNCHES: item_size(header_item(header_of(plain[:3], 1000))),
        },
    )
