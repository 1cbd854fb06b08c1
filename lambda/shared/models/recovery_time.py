"""How long a recovery took, or takes by now."""

from datetime import datetime
from typing import Self

from shared.models.base import Model
from shared.models.execution import ExecutionHeader, ExecutionStatus


class RecoveryTime(Model):
    """RTO actual, in seconds of engine time: from the start to the last wave's verdict.

    While the execution runs, up to now; `target_minutes` is the plan's, `met` says whether the recovery kept it.
    """

    actual_seconds: int
    gate_seconds: int
    actual_seconds_without_gates: int
    is_final: bool
    target_minutes: int | None
    met: bool | None

    @classmethod
    def of(cls, header: ExecutionHeader, now: datetime) -> Self:
        """With and without the time in which nothing ran and a gate was open, up to the same moment in both."""
        until, at_gates = _measured(header, now)
        actual = max(0, round((until - header.started_at).total_seconds()))
        at_gates = min(actual, round(at_gates))
        target = header.rto_minutes
        is_recovered = header.status is ExecutionStatus.COMPLETED
        return cls(
            actual_seconds=actual,
            gate_seconds=at_gates,
            actual_seconds_without_gates=actual - at_gates,
            is_final=header.is_terminal,
            target_minutes=target,
            met=actual <= target * 60 if target is not None and is_recovered else None,
        )


def _measured(header: ExecutionHeader, now: datetime) -> tuple[datetime, float]:
    """Up to when, and the seconds at gates by then; a gate after the last verdict is no part of the recovery."""
    if not header.is_terminal:
        return now, header.gate_seconds_by(now)
    if header.recovered_at is not None:
        return header.recovered_at, header.gate_seconds_at_recovery
    return header.ended_at or now, header.seconds_at_gates
