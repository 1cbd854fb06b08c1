"""What was recovered to which point in time, and how much later the data would have been lost."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from shared.models.base import Instant, Model
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.server_record import LaunchStatus, ServerRecord
from shared.models.wave_record import WaveRecord


class RecoveryPoint(Model):
    """The point in time of a launched server's instance, as DRS tells it; without `is_known` DRS did not.

    `achieved_rpo_seconds` is how long before the start it lies, 0 for data of the start or later, which DRS takes when
    it launches from the latest data. `seconds_before_point_in_time` is its distance to the instant that was asked for.
    """

    is_known: bool
    at: Instant | None = None
    achieved_rpo_seconds: int | None = None
    seconds_before_point_in_time: int | None = None

    @classmethod
    def of(cls, header: ExecutionHeader, server: ServerRecord) -> Self | None:
        """None for a server that is not launched."""
        if server.launch not in (LaunchStatus.LAUNCHED, LaunchStatus.TERMINATED):
            return None
        at, instant = server.recovery_point, header.point_in_time
        if at is None:
            return cls(is_known=False)
        return cls(
            is_known=True,
            at=at,
            achieved_rpo_seconds=_seconds_before(header.started_at, at),
            seconds_before_point_in_time=None if instant is None else round((instant - at).total_seconds()),
        )


class AchievedRpo(Model):
    """RPO actual of an execution: its oldest recovery point, and how long before the start that lies.

    `unknown_count` counts launched servers of which DRS does not tell it. `met` says whether the plan's objective is
    kept. It is counted back from the start, or from the instant that was asked for: how far back that one lies is what
    its operator chose.
    """

    oldest_recovery_point: Instant | None
    actual_seconds: int | None
    seconds_before_point_in_time: int | None
    unknown_count: int
    target_seconds: int | None
    met: bool | None

    @classmethod
    def of(cls, header: ExecutionHeader, waves: Iterable[WaveRecord]) -> Self:
        """Of all servers that are launched by now."""
        records = list(waves)
        points = [wave.oldest_recovery_point for wave in records if wave.oldest_recovery_point is not None]
        oldest, unknown = min(points, default=None), sum(wave.unknown_recovery_points for wave in records)
        instant = header.point_in_time
        actual = None if oldest is None else _seconds_before(header.started_at, oldest)
        behind = None if oldest is None or instant is None else _seconds_before(instant, oldest)
        return cls(
            oldest_recovery_point=oldest,
            actual_seconds=actual,
            seconds_before_point_in_time=behind,
            unknown_count=unknown,
            target_seconds=header.rpo_seconds,
            met=_met(header, actual if instant is None else behind, unknown),
        )


def _met(header: ExecutionHeader, seconds: int | None, unknown: int) -> bool | None:
    """A missed objective is missed at once; it is met when everything is recovered and known."""
    if header.rpo_seconds is None or seconds is None:
        return None
    if seconds > header.rpo_seconds:
        return False
    return True if header.status is ExecutionStatus.COMPLETED and not unknown else None


def _seconds_before(moment: datetime, point: datetime) -> int:
    return max(0, round((moment - point).total_seconds()))
