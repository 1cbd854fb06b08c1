"""The one place where the local system says how fast time passes."""

import json
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from shared.clock import ScaledClock


@dataclass(frozen=True)
class ClockDescription:
    """What every process of one local system needs to agree on the engine's time."""

    scale: float
    wall_origin: float
    engine_origin: datetime

    @classmethod
    def starting_now(cls, scale: float) -> Self:
        """A clock that shows real time now and runs `scale` times as fast from here on."""
        wall_origin = time.time()
        return cls(scale, wall_origin, datetime.fromtimestamp(wall_origin, UTC))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Reads what `to_json` wrote."""
        values = json.loads(text)
        return cls(
            scale=float(values["scale"]),
            wall_origin=float(values["wallOrigin"]),
            engine_origin=datetime.fromisoformat(values["engineOrigin"]),
        )

    def to_json(self) -> str:
        """The description as one line that fits on a command line."""
        return json.dumps(
            {
                "scale": self.scale,
                "wallOrigin": self.wall_origin,
                "engineOrigin": self.engine_origin.isoformat(),
            }
        )

    def clock(self) -> ScaledClock:
        """The clock that `shared.clock.install` takes."""
        return ScaledClock(self.scale, self.wall_origin, self.engine_origin)


class LocalClock:
    """Engine time for the parts of the local system itself: it tells the time and waits in engine seconds."""

    def __init__(self, description: ClockDescription) -> None:
        self.description = description
        self._clock = description.clock()

    @property
    def scale(self) -> float:
        """How many engine seconds pass in one second of real time."""
        return self.description.scale

    def now(self) -> datetime:
        """The present instant of engine time, aware, in UTC."""
        return self._clock.now()

    def wall(self, seconds: float) -> timedelta:
        """That many seconds of real time, expressed in engine time."""
        return self._clock.wall(seconds)

    def time(self) -> float:
        """Engine time as a Unix time in seconds."""
        return self.now().timestamp()

    def sleep(self, seconds: float) -> None:
        """Sleeps that many engine seconds."""
        time.sleep(max(0.0, seconds) / self.scale)

    def wait(self, event: threading.Event, seconds: float | None = None) -> bool:
        """Waits for the event, at most that many engine seconds; says whether it is set."""
        return threading.Event.wait(event, None if seconds is None else max(0.0, seconds) / self.scale)
