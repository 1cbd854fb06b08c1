"""What reads cost at size, in calls that reach DynamoDB: AWS's own engine, asked through the direct door."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, Final

import boto3
import pytest

from shared.models.base import format_instant
from shared.models.execution import ExecutionHeader, ExecutionStatus, ExecutionType
from shared.models.wave_record import WaveStatus
from shared.stores import schemas
from shared.stores.dynamo_table import DynamoTable
from shared.stores.execution_store import ExecutionStore
from shared.stores.memory_table import MemoryTable
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.recovery_plan_store import RecoveryPlanStore
from shared.stores.table import TRANSACTION_LIMIT, PutItem, Table, chunks
from tests.bench.areas import Area, Line, at_most, below
from tests.bench.findings import Findings
from tests.support.configuration import NOW, group, plan, server_id, wave
from tests.support.control_room import ControlRoom
from tests.support.engine_hand import EngineHand
from tests.support.store_contract.samples import header, termination
from tests.support.tables import TableNames, create_tables

MANY: Final = 10_000
PAGE: Final = 50
SERVERS: Final = 1_000
ANSWER_BYTES: Final = 6 * 1024 * 1024
"""Of one answer of a Lambda function."""

LISTS: Final = Area(
    f"{PAGE} of {MANY:,} groups, plans and executions: DynamoDB calls",
    (
        Line("groups", at_most(2)),
        Line("plans", at_most(2)),
        Line("executions", at_most(2)),
        Line("executions, the last page", at_most(2)),
        Line("executions of one plan of 100", at_most(2)),
        Line("executions of one status, one in 100", at_most(2)),
        Line("executions of one type, one in 100", at_most(2)),
        Line("executions of an hour, of one status", at_most(2)),
        Line("executions of one type and one status, of each one in 100", at_most(2)),
        Line("executions of one plan and one status, of each one in 100", at_most(2)),
    ),
)
ONE: Final = Area(
    f"get_execution of {SERVERS:,} servers in three waves",
    (
        Line("DynamoDB calls", at_most(3)),
        Line("DynamoDB calls, after gates, a pause and a termination", at_most(3)),
        Line("DynamoDB calls, its last page of servers", at_most(3)),
        Line("answer with 100 servers", below(ANSWER_BYTES), "bytes"),
    ),
)


class Reading:
    """A room over DynamoDB Local that counts the calls of its client."""

    def __init__(self, endpoint: str) -> None:
        self.client = boto3.client("dynamodb", region_name="us-east-1", endpoint_url=endpoint)
        self.names: TableNames = create_tables(self.client, project="reads")
        self.calls = 0
        self.client.meta.events.register("before-call.dynamodb", self._count)
        self.room = ControlRoom(seen=self._in_dynamo)

    def cost_of(self, operation: str, **parameters: Any) -> tuple[int, Any]:
        """How many calls a read takes, and its answer."""
        before = self.calls
        answer = self.room.ask(operation, **parameters)
        assert "error" not in answer, answer
        return self.calls - before, answer

    def end(self) -> None:
        """Leave nothing behind."""
        for name in vars(self.names).values():
            self.client.delete_table(TableName=name)
        self.client.close()

    def _count(self, **_: Any) -> None:
        self.calls += 1

    def _in_dynamo(self, table: Table) -> Table:
        assert isinstance(table, MemoryTable)
        by_key = {
            "executionId": self.names.execution_history,
            "groupId": self.names.protection_groups,
            "planId": self.names.recovery_plans,
            "accountId": self.names.target_accounts,
        }
        return DynamoTable(self.client, by_key[table.schema.keys[0]])


@pytest.fixture
def reading(local_endpoint: str) -> Iterator[Reading]:
    made = Reading(local_endpoint)
    yield made
    made.end()


def pour(items: Iterable[dict[str, Any]], table: Table) -> None:
    """Write all of them."""
    for part in chunks(items, TRANSACTION_LIMIT):
        table.transact([PutItem(item) for item in part])


def groups() -> list[dict[str, Any]]:
    table = MemoryTable(schemas.PROTECTION_GROUPS)
    store = ProtectionGroupStore(table)
    for number in range(MANY):
        store.put_new(group(f"g{number:05d}", source_server_ids=(server_id(number),)))
    return table.scan()


def plans() -> list[dict[str, Any]]:
    table = MemoryTable(schemas.RECOVERY_PLANS)
    store = RecoveryPlanStore(table)
    for number in range(MANY):
        waves = [wave(position, f"g{number}-{position}") for position in range(3)]
        store.put_new(plan(*waves, plan_id=f"p{number:05d}", plan_name=f"plan {number:05d}"))
    return table.scan()


def execution(number: int) -> ExecutionHeader:
    """One of 100 plans; one in 100 is a recovery, another one in 100 failed, and one in 10,000 is a failed recovery."""
    return header(
        f"exec-{number:05d}",
        f"p{number % 100:05d}",
        started_at=NOW + timedelta(seconds=number),
        execution_type=ExecutionType.RECOVERY if number // 100 % 100 == 7 else ExecutionType.DRILL,
        status=ExecutionStatus.FAILED if number % 101 == 5 else ExecutionStatus.COMPLETED,
        status_reason="every server of the plan is launched and healthy",
    )


def executions() -> list[dict[str, Any]]:
    table = MemoryTable(schemas.EXECUTION_HISTORY)
    store = ExecutionStore(table, ControlRoom().clock)
    for number in range(MANY):
        store.create(execution(number))
    return table.scan()


@pytest.mark.requirement("SRS-Q04")
def test_a_page_of_ten_thousand_costs_what_a_page_of_a_hundred_does(reading: Reading, report: Findings) -> None:
    room = reading.room
    pour(groups(), room.group_table)
    pour(plans(), room.plan_table)
    pour(executions(), room.history)

    def listed(operation: str, **filters: Any) -> int:
        calls, answer = reading.cost_of(operation, limit=PAGE, **filters)
        assert 0 < len(answer["items"]) <= PAGE
        return calls

    an_hour = {
        "startedAfter": format_instant(NOW + timedelta(minutes=60)),
        "startedBefore": format_instant(NOW + timedelta(minutes=120)),
    }
    token = None
    for _ in range(MANY // PAGE):
        last, answer = reading.cost_of("list_executions", limit=PAGE, **({"nextToken": token} if token else {}))
        token = answer.get("nextToken")
    assert token is None
    report(
        LISTS,
        {
            "groups": listed("list_protection_groups"),
            "plans": listed("list_recovery_plans"),
            "executions": listed("list_executions"),
            "executions, the last page": last,
            "executions of one plan of 100": listed("list_executions", planId="p00007"),
            "executions of one status, one in 100": listed("list_executions", status="FAILED"),
            "executions of one type, one in 100": listed("list_executions", executionType="RECOVERY"),
            "executions of an hour, of one status": listed("list_executions", status="FAILED", **an_hour),
            "executions of one type and one status, of each one in 100": listed(
                "list_executions", executionType="RECOVERY", status="FAILED"
            ),
            "executions of one plan and one status, of each one in 100": listed(
                "list_executions", planId="p00007", status="FAILED"
            ),
        },
    )


def test_an_execution_of_a_thousand_servers_is_read_in_three_calls(reading: Reading, report: Findings) -> None:
    room = reading.room
    for number in range(3):
        size = SERVERS // 3 + (number < SERVERS % 3)
        room.group_of(f"tier {number}", *range(1 + number * 400, 1 + number * 400 + size))
    room.plan_of(*(wave(number, f"tier {number}", pause_before_wave=number > 0) for number in range(3)))
    execution_id = str(room.start()["executionId"])
    engine = EngineHand(room, execution_id)
    engine.step(ExecutionStatus.RUNNING, waves={0: WaveStatus.LAUNCHING})

    plain, answer = reading.cost_of("get_execution", executionId=execution_id, limit=100)
    assert (answer["serverCount"], len(answer["servers"]["items"])) == (SERVERS, 100)

    engine.approve(engine.open_gate("1"), "ann")
    engine.approve(engine.open_gate("2"), "ann")
    engine.approve(engine.open_gate("all"), "ann")
    room.executions.create_termination(termination(engine.step(ExecutionStatus.COMPLETED)))

    busy, answer = reading.cost_of("get_execution", executionId=execution_id, limit=100)
    assert (len(answer["gates"]), answer["termination"]["number"]) == (3, 1)
    last, token = busy, answer["servers"]["nextToken"]
    while token:
        last, page = reading.cost_of("get_execution", executionId=execution_id, limit=100, nextToken=token)
        token = page["servers"].get("nextToken")
    report(
        ONE,
        {
            "DynamoDB calls": plain,
            "DynamoDB calls, after gates, a pause and a termination": busy,
            "DynamoDB calls, its last page of servers": last,
            "answer with 100 servers": len(json.dumps(answer)),
        },
    )
