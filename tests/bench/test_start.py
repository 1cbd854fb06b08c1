"""A start of 4,000 servers in 50 waves over four accounts: what it asks and writes, and whether 25 seconds suffice.

The seconds are those of a model: how long each call takes is assumed, generously, and what a start makes at once counts
as one. On DynamoDB Local the same start is made for real, at whatever speed the machine has.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import boto3
import pytest

from execution.pace import START_SECONDS, UNDO_SECONDS, WORKERS
from shared.models.account import TargetAccount
from shared.models.execution import ExecutionStatus
from shared.models.targets import Target
from shared.patience import PREFLIGHT_SECONDS
from shared.services.preflight import check_plan
from shared.stores.attribute_values import item_size
from shared.stores.dynamo_table import DynamoTable
from shared.stores.table import DeleteItem, Item, PutItem, Table, Write
from tests.bench.areas import Area, Line, at_most, below, exactly
from tests.bench.findings import Findings
from tests.support.configuration import NOW, wave
from tests.support.control_room import EXTERNAL_ID, ControlRoom
from tests.support.counted_table import CountedTable
from tests.support.tables import create_tables
from tests.support.tampered_table import TamperedTable

ACCOUNTS: Final = 4
WAVES: Final = 50
SERVERS: Final = 4000
SMALL: Final = 400
PAGES: Final = SERVERS // ACCOUNTS // 200 + 1
"""Of source servers in an account, and one of jobs."""
PARTS: Final = math.ceil((SERVERS + WAVES) / 100)
"""Transactions of waves and servers."""

TRANSACTION: Final = 0.1
"""Seconds of a transaction of 100 items; AWS needs some 30 to 60 ms."""
BATCH: Final = 0.04
"""Seconds of a BatchGetItem of 100 keys."""
SINGLE: Final = 0.02
"""Seconds of any other call of DynamoDB."""
PAGE: Final = 0.6
"""Seconds of a page of 200 source servers, or of jobs."""
ROLE: Final = 0.3
"""Seconds of AssumeRole."""
UNITS_A_SECOND: Final = 1000
"""Write units that DynamoDB gives one partition key; a transaction needs two for each KB of an item."""

START: Final = Area(
    f"A start of {SERVERS:,} servers in {WAVES} waves over {ACCOUNTS} accounts",
    (
        Line("calls of DRS", exactly(ACCOUNTS * PAGES)),
        Line("calls of DRS for one account, one after the other", exactly(PAGES)),
        Line("DynamoDB calls on the table of executions", at_most(220)),
        Line("of these, reads of the checks", at_most(100)),
        Line("transactions of locks, one after the other", exactly(SERVERS // 100)),
        Line(
            "transactions that tie the plan, its groups and their accounts",
            exactly(1 + math.ceil(WAVES * ACCOUNTS / 100) + math.ceil(ACCOUNTS / 50)),
        ),
        Line("transactions of waves and servers", exactly(PARTS)),
        Line(f"rounds of these, {WORKERS} at once", exactly(math.ceil(PARTS / WORKERS))),
        Line("largest transaction, items", at_most(100)),
        Line("header", below(100 * 1024), "bytes"),
        Line("largest other item", below(4 * 1024), "bytes"),
        Line(f"DynamoDB calls in proportion to a start of {SMALL} servers", at_most(SERVERS // SMALL)),
        Line("by the model, one transaction takes", unit="s"),
        Line("by the model, one page of DRS takes", unit="s"),
        Line("by the model, the checks take", below(PREFLIGHT_SECONDS), "s"),
        Line("by the model, waves and servers take", unit="s"),
        Line("by the model, the whole start takes", below(START_SECONDS), "s"),
        Line("by the model, a start takes whose checks use up their time", below(START_SECONDS), "s"),
        Line("by the model, undoing it at its last moment takes", below(UNDO_SECONDS), "s"),
    ),
)
FOR_REAL: Final = Area(
    f"The same start on DynamoDB Local, {WORKERS} writes at once",
    (
        Line("of the wall", unit="s", varies=True),
        Line("of the processor, ours", unit="s", varies=True),
        Line("servers locked", exactly(SERVERS)),
        # header, INBOX, first event, and who came from which group, a hundred servers or more in a row
        Line("items of the execution", at_most(SERVERS + WAVES + 3 + SERVERS // 100)),
    ),
)


class Recorded(CountedTable):
    """The table of executions, and what a start did there, in calls that reach DynamoDB."""

    def __init__(self, table: Table) -> None:
        super().__init__(table, before=lambda _number, writes: self.transactions.append(writes))
        self.transactions: list[Sequence[Write]] = []

    def of(self, kind: str) -> int:
        """How many writes are of items of that kind: `lock#`, `#SERVER#` …"""
        return sum(any(kind in _place(write) for write in writes) for writes in self.transactions)

    def items(self) -> list[Item]:
        """Every item that was put."""
        return [write.item for writes in self.transactions for write in writes if isinstance(write, PutItem)]

    def seconds_of_children(self) -> float:
        """By the model: so many rounds, or as long as DynamoDB takes for that many units under one partition key."""
        rounds = math.ceil(self.of("#SERVER#") / WORKERS) * TRANSACTION
        units = sum(2 * math.ceil(item_size(item) / 1024) for item in self.items() if "#SERVER#" in item["planId"])
        return max(rounds, units / UNITS_A_SECOND)

    def seconds(self) -> float:
        """By the model, from the first call of the table to the last."""
        one_by_one = len(self.transactions) - self.of("#SERVER#")
        reads = self.batches * BATCH + self.singles * SINGLE
        return one_by_one * TRANSACTION + self.seconds_of_children() + reads


def _place(write: Write) -> str:
    if isinstance(write, PutItem):
        return f"{write.item['executionId']}#{write.item['planId']}"
    return f"{write.key['executionId']}#{write.key['planId']}"


def furnished(servers: int, history: Table | None = None) -> ControlRoom:
    """A plan over so many servers, each wave in every account."""
    room = ControlRoom(history)
    targets = [Target(account_id=f"{number:012d}", region="us-west-2") for number in range(501, 501 + ACCOUNTS)]
    for target in targets:
        room.accounts.put_new(
            TargetAccount(
                account_id=target.account_id,
                account_name=target.account_id,
                external_id=EXTERNAL_ID,
                created_at=NOW,
                updated_at=NOW,
            )
        )
    size = servers // WAVES // ACCOUNTS
    waves = []
    for number in range(WAVES):
        names = [f"tier {number} in {target.account_id}" for target in targets]
        for place, (name, target) in enumerate(zip(names, targets, strict=True)):
            first = 1 + (number * ACCOUNTS + place) * size
            room.group_of(name, *range(first, first + size), target=target)
        waves.append(wave(number, *names))
    room.plan_of(*waves)
    return room


@dataclass(frozen=True)
class Ties:
    """The tables in which a start is tied."""

    tables: tuple[CountedTable, ...]

    @property
    def writes(self) -> int:
        """The transactions of the ties, which are all that a start writes there."""
        return sum(table.writes for table in self.tables)


def tied(room: ControlRoom) -> Ties:
    """From now on these are counted."""
    plans, groups = CountedTable(room.plan_table), CountedTable(room.group_table)
    accounts = CountedTable(room.account_table)
    room.plan_table, room.group_table, room.account_table = plans, groups, accounts
    return Ties((plans, groups, accounts))


def start(room: ControlRoom, recorded: Recorded) -> Any:
    """The answer to the start of the plan."""
    return room.call("start_execution", history=recorded, planId="plan-1", executionType="DRILL")


@pytest.mark.requirement("SRS-Q01")
def test_a_start_of_4000_servers_needs_less_than_25_seconds(report: Findings) -> None:
    room, few = furnished(SERVERS), furnished(SMALL)
    recorded, small, ties = Recorded(room.history), Recorded(few.history), tied(room)
    answer = start(room, recorded)
    assert start(few, small)["serverCount"] == SMALL
    assert (answer["status"], answer["serverCount"]) == ("PENDING", SERVERS)

    asked = Counter(call.account for call in room.simulator.record.calls())
    slowest = max(asked.values())
    checks, checked = ROLE + slowest * PAGE, read_by_the_checks(furnished(SERVERS))
    written = recorded.seconds() + ties.writes * TRANSACTION
    header, *others = sorted((item_size(item) for item in recorded.items()), reverse=True)
    report(
        START,
        {
            "calls of DRS": asked.total(),
            "calls of DRS for one account, one after the other": slowest,
            "DynamoDB calls on the table of executions": recorded.calls,
            "of these, reads of the checks": checked.calls,
            "transactions of locks, one after the other": recorded.of("lock#"),
            "transactions that tie the plan, its groups and their accounts": ties.writes,
            "transactions of waves and servers": recorded.of("#SERVER#"),
            f"rounds of these, {WORKERS} at once": math.ceil(recorded.of("#SERVER#") / WORKERS),
            "largest transaction, items": max(map(len, recorded.transactions)),
            "header": header,
            "largest other item": next(size for size in others if size < header / 2),
            f"DynamoDB calls in proportion to a start of {SMALL} servers": recorded.calls / small.calls,
            "by the model, one transaction takes": TRANSACTION,
            "by the model, one page of DRS takes": PAGE,
            "by the model, the checks take": checks,
            "by the model, waves and servers take": recorded.seconds_of_children(),
            "by the model, the whole start takes": checks + written,
            "by the model, a start takes whose checks use up their time": PREFLIGHT_SECONDS
            + written
            - checked.seconds(),
            "by the model, undoing it at its last moment takes": seconds_of_undoing(furnished(SERVERS)),
        },
    )


def read_by_the_checks(room: ControlRoom) -> Recorded:
    """What the checks of a start read there, which is part of their time."""
    recorded = Recorded(room.history)
    check_plan(room.plans.get("plan-1"), room.preflight(recorded), is_drill=True)
    return recorded


def seconds_of_undoing(room: ControlRoom) -> float:
    """What a start that is too slow at its last servers needs to undo itself; its locks are given back in rounds."""
    releases: list[Sequence[Write]] = []
    parts: list[Sequence[Write]] = []

    def note(_number: int, writes: Sequence[Write]) -> None:
        if any("#SERVER#" in _place(write) for write in writes):
            parts.append(writes)
            if len(parts) == PARTS:
                room.clock.advance(START_SECONDS + 1)
        if any(isinstance(write, DeleteItem) for write in writes):
            releases.append(writes)

    table = TamperedTable(room.history, before=note)
    answer = room.call("start_execution", history=table, planId="plan-1", executionType="DRILL")

    assert answer["error"] == "THROTTLED"
    assert room.locked() == {}
    assert [header.status for header in room.headers()] == [ExecutionStatus.FAILED]
    return math.ceil(len(releases) / WORKERS) * (BATCH + TRANSACTION) + TRANSACTION + SINGLE


def test_a_start_of_4000_servers_is_made_on_dynamodb_local(local_endpoint: str, report: Findings) -> None:
    client = boto3.client("dynamodb", region_name="us-east-1", endpoint_url=local_endpoint)
    names = create_tables(client, project="start")
    history = DynamoTable(client, names.execution_history)
    room = furnished(SERVERS, history)

    wall, processor = time.perf_counter(), time.process_time()
    answer = room.start()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor

    assert answer["status"] == "PENDING"
    rows = Counter(str(row["executionId"]).partition("#")[0] for row in history.scan())
    for name in vars(names).values():
        client.delete_table(TableName=name)
    client.close()
    report(
        FOR_REAL,
        {
            "of the wall": wall,
            "of the processor, ours": processor,
            "servers locked": rows["lock"],
            "items of the execution": rows[answer["executionId"]],
        },
    )
