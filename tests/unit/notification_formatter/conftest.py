"""An execution in a store in memory, a topic that keeps its mails, and the formatter between them."""

import io
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notification_formatter.commands import Place
from notification_formatter.formatter import Formatter
from shared.aws.ports import HandOverError
from shared.clock import VirtualClock
from shared.models.execution import ExecutionHeader, ExecutionStatus, ExecutionType, WaveSummary
from shared.models.gate import Gate, GateKind
from shared.models.server_record import HealthStatus, LaunchStatus, ServerRecord
from shared.models.targets import ServerKey, Target
from shared.models.wave_record import WaveRecord, WaveStatus
from shared.observability import observe
from shared.stores.execution_store import ExecutionStore
from shared.stores.memory_table import MemoryTable
from shared.stores.schemas import EXECUTION_HISTORY
from shared.stores.table import Item, Key, Page

_NUMBERS = itertools.count()
"""Powertools gives loggers of one service the first one's stream."""
START = datetime(2026, 1, 29, 2, 0, tzinfo=UTC)
EXECUTION_ID = "01KG3X5C0N4EXECUTION000001"
PLAN_ID = "01KG3X5C0N4PLAN0000000001"
TOKEN = "AQCEAAAAKgAAAAMAAAAAAAAAAX/+" * 30 + "=="
PLACE = Place(
    hub_account_id="123456789012",
    region="us-east-1",
    partition="aws",
    table="aws-drs-orchestration-execution-history-dev",
    execution_function="aws-drs-orchestration-execution-handler-dev:live",
)


@dataclass
class Topic:
    """Keeps what was published."""

    mails: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    is_there: bool = True

    def publish(self, subject: str, message: str, attributes: Mapping[str, str]) -> None:
        if not self.is_there:
            raise HandOverError("SNS did not take the mail")
        self.mails.append((subject, message, dict(attributes)))


def header(**changes: Any) -> ExecutionHeader:
    """A drill of two waves in two accounts, the first of which is recovered."""
    facts: dict[str, Any] = {
        "execution_id": EXECUTION_ID,
        "plan_id": PLAN_ID,
        "plan_name": "Three-Tier App",
        "plan_version": 1,
        "execution_type": ExecutionType.DRILL,
        "status": ExecutionStatus.RUNNING,
        "started_at": START,
        "initiated_by": "ann@example.com",
        "reason": "quarterly rehearsal",
        "targets": (
            Target(account_id="444455556666", region="us-west-2"),
            Target(account_id="111122223333", region="us-west-2"),
        ),
        "waves": (
            WaveSummary(
                wave_number=0, wave_name="Database", status=WaveStatus.COMPLETED, server_count=2, launched_count=2
            ),
            WaveSummary(wave_number=1, wave_name="Application", server_count=3),
        ),
        "wave_count": 2,
        "server_count": 5,
    }
    return ExecutionHeader(**{**facts, **changes})


def wave(number: int, **changes: Any) -> WaveRecord:
    """The record of a wave."""
    facts: dict[str, Any] = {
        "execution_id": EXECUTION_ID,
        "plan_id": PLAN_ID,
        "wave_number": number,
        "wave_name": f"Wave {number}",
        "protection_group_ids": ("g-1",),
    }
    return WaveRecord(**{**facts, **changes})


def server(number: int, wave: int = 1, **changes: Any) -> ServerRecord:
    """A server that could not be launched."""
    facts: dict[str, Any] = {
        "execution_id": EXECUTION_ID,
        "plan_id": PLAN_ID,
        "wave_number": wave,
        "server": ServerKey(account_id="444455556666", region="us-west-2", source_server_id=f"s-{number:017d}"),
        "name": f"app-{number}",
        "launch": LaunchStatus.FAILED,
        "launch_reason": "LAUNCH_FAILED: no capacity",
        "updated_at": START,
    }
    return ServerRecord(**{**facts, **changes})


def recovered(number: int, wave: int = 1) -> ServerRecord:
    """A server that is launched and healthy."""
    return server(number, wave, launch=LaunchStatus.LAUNCHED, launch_reason="", health=HealthStatus.HEALTHY)


def gate(scope: str = "1", **changes: Any) -> Gate:
    """An open gate; unless told otherwise an approval before a wave, or an operator's pause."""
    facts: dict[str, Any] = {
        "execution_id": EXECUTION_ID,
        "plan_id": PLAN_ID,
        "scope": scope,
        "number": 1,
        "reason": "Pause before this wave",
        "opened_at": START + timedelta(minutes=9),
        "expires_at": START + timedelta(days=364),
    }
    return Gate(**{**facts, **changes})


class CountingTable(MemoryTable):
    """Counts how often it is read."""

    reads = 0

    def get(self, key: Key, *, consistent: bool = True) -> Item | None:
        self.reads += 1
        return super().get(key, consistent=consistent)

    def batch_get(self, keys: Sequence[Key]) -> list[Item]:
        self.reads += 1
        return super().batch_get(keys)

    def query(self, partition: tuple[str, str], **more: Any) -> Page:
        self.reads += 1
        return super().query(partition, **more)


@dataclass
class Desk:
    """Where mails are written."""

    table: CountingTable = field(default_factory=lambda: CountingTable(EXECUTION_HISTORY))
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START + timedelta(minutes=10)))
    topic: Topic = field(default_factory=Topic)
    log: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        self.executions = ExecutionStore(self.table, self.clock)
        logger = observe(f"test-formatter-{next(_NUMBERS)}", "INFO", self.log).logger
        self.formatter = Formatter(self.executions, self.topic, PLACE, self.clock, logger)

    def execution(self, *items: WaveRecord | ServerRecord, **changes: Any) -> ExecutionHeader:
        """Put an execution into the store."""
        made = header(**changes)
        self.executions.create(made)
        self.executions.write_items(made, items)
        return made

    def gate(self, scope: str = "1", *, token: str | None = TOKEN, **changes: Any) -> Gate:
        """Open a gate, and let its run wait at it."""
        made = gate(scope, **changes)
        self.executions.write_items(self.executions.get_header(EXECUTION_ID, PLAN_ID), [made])
        return made if token is None else self.wait(token, "visit-1", scope)

    def pause(self, paused_by: str, reason: str) -> Gate:
        """Pause the whole execution, as the engine does."""
        return self.gate("all", kind=GateKind.PAUSE, opened_by=paused_by, reason=reason)

    def wait(self, token: str, visit: str, scope: str = "1") -> Gate:
        """A wait begins."""
        return self.executions.store_token(EXECUTION_ID, PLAN_ID, scope, 1, visit=visit, token=token)

    def send(self, event_type: str, **more: Any) -> str:
        """Ask for a mail; answers what became of it."""
        event = {"eventType": event_type, "executionId": EXECUTION_ID, "planId": PLAN_ID, **more}
        return str(self.formatter.send(event).wire()["outcome"])

    def send_pause(self, scope: str = "1") -> str:
        """Ask for the mail of a gate."""
        return self.send("pause", gateScope=scope, gateNumber=1)

    def reads_for(self, event_type: str, **more: Any) -> int:
        """How often the store is read for a mail."""
        before = self.table.reads
        assert self.send(event_type, **more) == "SENT"
        return self.table.reads - before

    @property
    def message(self) -> str:
        """The text of the one mail that was published."""
        [(_, message, _)] = self.topic.mails
        return message


@pytest.fixture
def desk() -> Desk:
    return Desk()
