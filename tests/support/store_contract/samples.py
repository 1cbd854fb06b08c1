"""Models for the contracts of stores, each whole, with what a test wants to be different."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.models.event import EventType, ExecutionEvent
from shared.models.execution import ExecutionHeader, ExecutionStatus, ExecutionType, WaveSummary
from shared.models.gate import Gate
from shared.models.launch import LaunchedServer, LaunchRecord
from shared.models.lock import LockOwner, OwnerKind
from shared.models.request import Request, RequestKind
from shared.models.server_record import ServerRecord
from shared.models.targets import ServerKey, Target
from shared.models.termination import Termination
from shared.models.wave_record import WaveRecord

NOW = datetime(2026, 1, 29, 2, 47, 18, tzinfo=UTC)
TARGET = Target(account_id="111122223333", region="us-west-2")


def seconds(number: float) -> datetime:
    """That many seconds later."""
    return NOW + timedelta(seconds=number)


def server_key(number: int) -> ServerKey:
    """A source server in the target."""
    return ServerKey(account_id=TARGET.account_id, region=TARGET.region, source_server_id=f"s-{number:017d}")


def header(execution_id: str = "e1", plan_id: str = "p1", **different: Any) -> ExecutionHeader:
    """A header of three waves, PREPARING."""
    fields: dict[str, Any] = {
        "plan_name": "Three tiers",
        "plan_version": 1,
        "execution_type": ExecutionType.DRILL,
        "status": ExecutionStatus.PREPARING,
        "started_at": NOW,
        "initiated_by": "operator@example.com",
        "targets": (TARGET,),
        "waves": tuple(WaveSummary(wave_number=number, wave_name=f"Tier {number}") for number in range(3)),
        "wave_count": 3,
        "server_count": 6,
    }
    return ExecutionHeader(execution_id=execution_id, plan_id=plan_id, **fields | different)


def wave(number: int, of: ExecutionHeader, **different: Any) -> WaveRecord:
    """A wave of the execution."""
    return WaveRecord(
        execution_id=of.execution_id,
        plan_id=of.plan_id,
        wave_number=number,
        wave_name=f"Tier {number}",
        protection_group_ids=("g1",),
        **different,
    )


def server(number: int, of: ExecutionHeader, wave_number: int = 0, **different: Any) -> ServerRecord:
    """A server of the execution."""
    return ServerRecord(
        execution_id=of.execution_id,
        plan_id=of.plan_id,
        wave_number=wave_number,
        server=server_key(number),
        updated_at=NOW,
        **different,
    )


def event(of: ExecutionHeader, index: int = 0, **different: Any) -> ExecutionEvent:
    """An event of the execution's present step."""
    fields: dict[str, Any] = {
        "time": NOW,
        "step": of.step,
        "index": index,
        "type": EventType.WAITING,
        "message": f"event {index}",
    }
    return ExecutionEvent(execution_id=of.execution_id, plan_id=of.plan_id, **fields | different)


def gate(of: ExecutionHeader, scope: str = "1", number: int = 1, **different: Any) -> Gate:
    """An open gate."""
    return Gate(
        execution_id=of.execution_id,
        plan_id=of.plan_id,
        scope=scope,
        number=number,
        opened_at=NOW,
        expires_at=NOW + timedelta(days=364),
        **different,
    )


def request(of: ExecutionHeader, request_id: str, kind: RequestKind = RequestKind.CANCEL, **different: Any) -> Request:
    """A new request."""
    return Request(
        execution_id=of.execution_id,
        plan_id=of.plan_id,
        request_id=request_id,
        kind=kind,
        requested_by="operator@example.com",
        requested_at=NOW,
        **different,
    )


def launch(of: ExecutionHeader, index: int = 0, **different: Any) -> LaunchRecord:
    """A launch of two servers, OPEN."""
    return LaunchRecord(
        execution_id=of.execution_id,
        plan_id=of.plan_id,
        launch_id=f"{of.execution_id}-{of.step}-{index}",
        wave_number=0,
        target=TARGET,
        servers=tuple(
            LaunchedServer(source_server_id=server_key(number).source_server_id, attempt=1) for number in range(2)
        ),
        intent_at=NOW,
        not_after=seconds(20),
        **different,
    )


def termination(of: ExecutionHeader, number: int = 1, **different: Any) -> Termination:
    """A termination that runs."""
    return Termination(
        execution_id=of.execution_id,
        plan_id=of.plan_id,
        number=number,
        requested_by="operator@example.com",
        requested_at=NOW,
        **different,
    )


def execution_owner(of: ExecutionHeader) -> LockOwner:
    """The execution as owner of locks."""
    return LockOwner(
        kind=OwnerKind.EXECUTION,
        execution_id=of.execution_id,
        plan_id=of.plan_id,
        plan_name=of.plan_name,
        execution_type=of.execution_type,
    )
