"""Fifty executions that want one account at once: nobody is refused, nobody is left behind, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from shared.models.base import format_instant
from shared.models.targets import Target
from shared.stores import keys
from shared.stores.attribute_values import item_size
from shared.stores.keys import PARTITION
from shared.stores.table import ConditionFailed, PutItem, TransactionRefused
from tests.bench.areas import Area, Line, at_least, at_most, below, exactly
from tests.bench.findings import Findings
from tests.support.scheduler import Temper
from tests.support.world import DATABASE_ACCOUNT, HOUR, REGION, World
from tests.support.world.functions import LAUNCH_STAGGER
from tests.support.world.rest import QUICK, check_at_rest, launched_once

EXECUTIONS: Final = 50
SERVERS: Final = (10, 120, 40)
"""Of the first execution, the second, the third, and so on again: some need one call, some two."""
CALLS: Final = sum(-(-SERVERS[number % len(SERVERS)] // 100) for number in range(EXECUTIONS))
STAGGER: Final = LAUNCH_STAGGER.total_seconds()
ROW: Final = keys.quota(Target(account_id=DATABASE_ACCOUNT, region=REGION))

AREA: Final = Area(
    "Fifty executions that want one account at once",
    (
        Line("executions that completed", exactly(EXECUTIONS)),
        Line("calls of StartRecovery", exactly(CALLS)),
        Line("calls that DRS refused for its quotas", exactly(0)),
        Line("shortest time between two calls, each soon after its admission", at_least(STAGGER - 1), "s"),
        Line("first calls that came before one of an execution started a minute earlier", exactly(0)),
        Line("calls of DescribeJobs for each launch", at_most(25)),
        Line("largest quota row", below(16 * 1024), "B"),
        Line("conditional writes of the quota row", at_most(15 * CALLS)),
        Line("of these, refused and tried again", at_most(CALLS // 2)),
    ),
)


@dataclass
class Watched:
    """The writes of the quota row that a world's table saw."""

    writes: int = 0
    refused: int = 0
    largest: int = 0

    def watch(self, world: World) -> None:
        """Count from now on."""
        table: Any = world.history
        put, transact = table.put, table.transact
        table.put = lambda item, *rest: self._count(item, lambda: put(item, *rest))
        table.transact = lambda writes: self._count_all(writes, lambda: transact(writes))

    def _count_all(self, writes: list[Any], call: Callable[[], Any]) -> Any:
        puts = [write.item for write in writes if isinstance(write, PutItem)]
        row = next((item for item in puts if item[PARTITION] == ROW[PARTITION]), None)
        return call() if row is None else self._count(row, call)

    def _count(self, item: Any, call: Callable[[], Any]) -> Any:
        if item[PARTITION] != ROW[PARTITION]:
            return call()
        self.writes += 1
        self.largest = max(self.largest, item_size(item))
        try:
            return call()
        except (ConditionFailed, TransactionRefused):
            self.refused += 1
            raise


def test_fifty_executions_share_an_account(report: Findings) -> None:
    world = World(seed=1, settings=QUICK, temper=Temper())
    watched = Watched()
    watched.watch(world)
    plans = [world.plan_of(SERVERS[number % len(SERVERS)], name=f"p{number}") for number in range(EXECUTIONS)]
    before = len(world.simulator_record.calls("DescribeJobs"))

    executions, started = [], []
    for plan_id in plans:
        started.append(world.clock.now())
        executions.append(world.start(plan_id))
        world.advance(2)
    statuses = [world.run_until_end(execution_id, limit=6 * HOUR) for execution_id in executions]

    for plan_id, execution_id in zip(plans, executions, strict=True):
        launched_once(world, execution_id, world.expected_waves(plan_id)[0].servers)
    check_at_rest(world, *executions)
    calls = [call.time for call in world.simulator_record.calls("StartRecovery")]
    firsts = [world.oracle.jobs_of(execution_id)[0].at for execution_id in executions]
    overtaken = [
        (format_instant(firsts[late]), format_instant(firsts[early]))
        for early in range(EXECUTIONS)
        for late in range(early + 1, EXECUTIONS)
        if (started[late] - started[early]).total_seconds() >= 60 and firsts[late] < firsts[early]
    ]
    report(
        AREA,
        {
            "executions that completed": statuses.count("COMPLETED"),
            "calls of StartRecovery": len(calls),
            "calls that DRS refused for its quotas": sum(
                counts.total() for counts in world.simulator.refusals.values()
            ),
            "shortest time between two calls, each soon after its admission": min(
                (later - earlier).total_seconds() for earlier, later in pairwise(sorted(calls))
            ),
            "first calls that came before one of an execution started a minute earlier": len(overtaken),
            "calls of DescribeJobs for each launch": round(
                (len(world.simulator_record.calls("DescribeJobs")) - before) / CALLS, 1
            ),
            "largest quota row": watched.largest,
            "conditional writes of the quota row": watched.writes,
            "of these, refused and tried again": watched.refused,
        },
        why=str(overtaken[:3]),
    )
