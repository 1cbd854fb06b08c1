"""The record: every call and every effect, appended in order and never changed; the oracle of tests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from local.drs_simulator.clock import stamp

Outcome = Literal["success", "refused", "dropped", "timedOut", "pending", "unreachable"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call: what was asked, by whom, and what the caller was told."""

    sequence: int
    time: datetime
    account: str
    region: str
    operation: str
    parameters: Mapping[str, Any]
    outcome: Outcome
    status: int
    error_code: str = ""
    job_id: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that became true: jobCreated, jobEnded, instanceLaunched, instanceTerminated …"""

    sequence: int
    time: datetime
    account: str
    region: str
    kind: str
    job_id: str = ""
    server_id: str = ""
    instance_id: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


class Record:
    """Calls and effects in the order in which they happened."""

    def __init__(self) -> None:
        self.entries: list[Call | Effect] = []

    def add_call(self, time: datetime, account: str, region: str, operation: str, **what: Any) -> None:
        """Append a call."""
        self.entries.append(Call(len(self.entries), time, account, region, operation, **what))

    def add_effect(self, time: datetime, account: str, region: str, kind: str, **what: Any) -> None:
        """Append an effect."""
        self.entries.append(Effect(len(self.entries), time, account, region, kind, **what))

    def calls(self, operation: str | None = None, account: str | None = None) -> list[Call]:
        """The calls, or those of one operation or account."""
        return [
            entry
            for entry in list(self.entries)
            if isinstance(entry, Call) and operation in (None, entry.operation) and account in (None, entry.account)
        ]

    def effects(self, kind: str | None = None, account: str | None = None) -> list[Effect]:
        """The effects, or those of one kind or account."""
        return [
            entry
            for entry in list(self.entries)
            if isinstance(entry, Effect) and kind in (None, entry.kind) and account in (None, entry.account)
        ]

    def as_json(self, since: int = 0) -> Iterator[dict[str, Any]]:
        """The entries from a sequence number on, as they go over the control path."""
        for entry in self.entries[since:]:
            yield _call_json(entry) if isinstance(entry, Call) else _effect_json(entry)


def _call_json(call: Call) -> dict[str, Any]:
    return {
        "type": "call",
        "sequence": call.sequence,
        "time": stamp(call.time),
        "account": call.account,
        "region": call.region,
        "operation": call.operation,
        "parameters": dict(call.parameters),
        "outcome": call.outcome,
        "status": call.status,
        "errorCode": call.error_code,
        "jobId": call.job_id,
        "fault": call.fault,
    }


def _effect_json(effect: Effect) -> dict[str, Any]:
    return {
        "type": "effect",
        "sequence": effect.sequence,
        "time": stamp(effect.time),
        "account": effect.account,
        "region": effect.region,
        "kind": effect.kind,
        "jobId": effect.job_id,
        "serverId": effect.server_id,
        "instanceId": effect.instance_id,
        "detail": dict(effect.detail),
    }
