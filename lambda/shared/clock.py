"""Time as an argument: engine time (`now`) and bounds on our own slowness (`wall`)."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What knows the time of the engine."""

    def now(self) -> datetime:
        """The present instant of engine time, aware, in UTC."""
        ...

    def wall(self, seconds: float) -> timedelta:
        """That many seconds of real time, expressed in engine time."""
        ...


class SystemClock:
    """Engine time is real time: what runs in AWS."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def wall(self, seconds: float) -> timedelta:
        return timedelta(seconds=seconds)


class ScaledClock:
    """Engine time passes `scale` times as fast as real time: what runs on one machine.

    `wall_origin` is a Unix time in seconds; `engine_origin` the engine time at that moment.
    """

    def __init__(self, scale: float, wall_origin: float, engine_origin: datetime) -> None:
        if scale <= 0:
            raise ValueError(f"scale must be positive, not {scale}")
        self.scale = scale
        self._wall_origin = wall_origin
        self._engine_origin = engine_origin

    def now(self) -> datetime:
        return self._engine_origin + timedelta(seconds=(time.time() - self._wall_origin) * self.scale)

    def wall(self, seconds: float) -> timedelta:
        return timedelta(seconds=seconds * self.scale)


class VirtualClock:
    """Time that passes only when told to: what tests run on."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def wall(self, seconds: float) -> timedelta:
        return timedelta(seconds=seconds)

    def advance(self, seconds: float) -> None:
        """Let that many seconds pass; time never goes back."""
        if seconds < 0:
            raise ValueError("time does not go back")
        self._now += timedelta(seconds=seconds)

    def advance_to(self, instant: datetime) -> None:
        """Let time pass until that instant; an instant in the past changes nothing."""
        self._now = max(self._now, instant)


_installed: list[Clock] = [SystemClock()]


def current() -> Clock:
    """The clock of this process: real time unless the local system installed a scaled one."""
    return _installed[-1]


def install(clock: Clock) -> None:
    """Give this process its clock, before any function builds its application."""
    _installed[:] = [clock]
