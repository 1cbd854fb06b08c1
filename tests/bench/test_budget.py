"""What a drill costs: counts and sizes, never seconds, so that every machine finds the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from shared.models.execution import ExecutionHeader, ExecutionStatus, ExecutionType, WaveSummary
from shared.stores.attribute_values import item_size
from shared.stores.items import header_item
from tests.bench.counting import table_calls
from tests.support.world import DATABASE_ACCOUNT, START, World, wave
from tests.support.world.rest import check_at_rest

KILOBYTE: Final = 1024
MOST_HEADER: Final = 100 * KILOBYTE
MOST_ITEM: Final = 4 * KILOBYTE
MOST_PAYLOAD: Final = KILOBYTE
MOST_QUOTA_ROW: Final = 16 * KILOBYTE

Rows = Iterable[tuple[str, object]]


def show(title: str, rows: Rows) -> None:
    """Print a table."""
    table = Table("what", "how much", title=title, title_justify="left")
    for what, amount in rows:
        table.add_row(what, str(amount))
    Console(width=110).print(table)


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
    """The largest item of each kind."""
    largest: dict[str, int] = {}
    for row in rows:
        kind = str(row["executionId"]).split("#")[0] if "#" in str(row["executionId"]) else kind_of(str(row["planId"]))
        largest[kind] = max(largest.get(kind, 0), item_size(row))
    return largest


def kind_of(sort_key: str) -> str:
    """HEADER, WAVE, SERVER …"""
    _, _, rest = sort_key.partition("#")
    return rest.partition("#")[0] or "HEADER"


def check_sizes(largest: Mapping[str, int]) -> None:
    """No item is larger than its kind may be."""
    limits = {"HEADER": MOST_HEADER, "quota": MOST_QUOTA_ROW}
    over = {kind: size for kind, size in largest.items() if size >= limits.get(kind, MOST_ITEM)}
    assert not over, f"too large: {over}"


def test_a_drill_of_three_waves_and_six_servers_keeps_its_budget() -> None:
    world, execution_id = drill()
    transitions = {run.name: run.transitions for run in world.runs.runs}
    by_kind: Counter[str] = Counter()
    for run in world.runs.runs:
        by_kind[next(iter(kinds([run.name])))] += run.transitions
    actions = Counter(
        str(one.payload.get("action") or one.payload.get("schedule") or one.payload.get("eventType") or "DRS event")
        for one in world.functions.invocations
    )
    drs = Counter(call.operation for call in world.simulator_record.calls())
    tables, clients = table_calls(world), world.cloud.clients_asked
    largest = sizes(world.history.scan())
    minutes = (world.clock.now() - START).total_seconds() / 60
    looks = world.simulator_record.calls("DescribeRecoveryInstances")
    ended_at = world.header(execution_id).ended_at

    show(
        f"A drill of three waves and six servers, two gates, and its termination ({minutes:.0f} minutes)",
        [
            ("state transitions", sum(transitions.values())),
            *((f"  of each kind: {kind}", amount) for kind, amount in by_kind.items()),
            ("history events of the longest run", max(len(run.history) for run in world.runs.runs)),
            ("Lambda invocations beside the API", sum(actions.values())),
            *((f"  {action}", amount) for action, amount in actions.most_common()),
            ("DRS calls", sum(drs.values())),
            *((f"  {operation}", amount) for operation, amount in drs.most_common()),
            ("DynamoDB calls", sum(tables.values())),
            *((f"  {verb}", amount) for verb, amount in tables.most_common()),
            ("STS calls", len(world.cloud.roles.asked)),
            *((f"clients made: {service}", amount) for service, amount in clients.most_common()),
            ("largest state payload, bytes", world.runs.largest_input),
            *((f"largest item, bytes: {kind}", size) for kind, size in sorted(largest.items())),
        ],
    )

    assert drs["StartRecovery"] == 3
    assert drs["TerminateRecoveryInstances"] == 1
    assert world.runs.largest_input < MOST_PAYLOAD
    assert actions["awaitDecision"] == actions["recordDecision"] == 2
    assert by_kind["gate"] <= 2 * 8
    assert sum(transitions.values()) <= 15 * minutes
    assert drs["DescribeJobs"] <= 3 * minutes
    assert ended_at is not None
    assert sum(look.time <= ended_at for look in looks) == drs["StartRecovery"], "once for each job, when it has ended"
    assert sum(tables.values()) <= 9 * sum(actions.values())
    assert len(world.cloud.roles.asked) <= 2 * (minutes / 60 + 1) * 2
    assert clients["drs"] <= 2 * len(world.cloud.roles.asked)
    check_sizes(largest)


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


def test_a_header_of_500_waves_stays_under_100_kilobytes() -> None:
    plain = tuple(summary(number, f"Tier {number}", (number - 1,) if number else ()) for number in range(500))
    dense = tuple(
        summary(number, f"Tier {number} of the web shop", tuple(range(max(0, number - 5), number)))
        for number in range(500)
    )
    measured = {
        "500 waves in a row, one launch each": item_size(header_item(header_of(plain, 500))),
        "500 waves of five dependencies, one launch each": item_size(header_item(header_of(dense, 500))),
        "3 waves, 1,000 launches": item_size(header_item(header_of(plain[:3], 1000))),
    }

    show("Bytes of a header", measured.items())

    assert all(size < MOST_HEADER for size in measured.values())


def test_an_execution_of_4000_servers_keeps_its_items_small() -> None:
    world = World()
    servers = world.add_servers(DATABASE_ACCOUNT, 4000)
    groups = [world.create_group(f"group {n}", servers[n * 100 : n * 100 + 100]) for n in range(40)]
    plan_id = world.create_plan(
        "everything", *(wave(n, group, after=[n - 1] * (n > 0)) for n, group in enumerate(groups))
    )

    execution_id = world.start(plan_id)
    world.advance(100)

    rows = world.history.scan()
    largest, header = sizes(rows), world.header(execution_id)
    counts = Counter(kind_of(str(row["planId"])) for row in rows if row["executionId"] == execution_id)
    show(
        "An execution of 4,000 servers in 40 waves, the first launching",
        [
            *((f"items: {kind}", count) for kind, count in counts.most_common()),
            *((f"largest item, bytes: {kind}", size) for kind, size in sorted(largest.items())),
            ("largest state payload, bytes", world.runs.largest_input),
        ],
    )

    assert header.server_count == counts["SERVER"] == 4000
    assert [len(job.servers) for job in world.oracle.jobs_of(execution_id)] == [100]
    assert world.runs.largest_input < MOST_PAYLOAD
    check_sizes(largest)
