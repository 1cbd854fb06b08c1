"""How a preflight shares out its time: first DRS tells the servers, then all else is asked side by side."""

import time
from dataclasses import dataclass
from typing import Final, Self

PARTS: Final = 3
"""Of its time, as long as each other: the last is kept for all that is asked once DRS has told servers and jobs."""


@dataclass(frozen=True, slots=True)
class PreflightTime:
    """Until when DRS is waited for, and until when everything that follows, on the clock that only goes forward."""

    first_over_at: float
    over_at: float

    @classmethod
    def of(cls, seconds: float) -> Self:
        """So much real time, from now on."""
        now = time.monotonic()
        return cls(now + seconds * (PARTS - 1) / PARTS, now + seconds)

    @property
    def first(self) -> float:
        """The real seconds that are left for the servers and jobs."""
        return max(0.0, self.first_over_at - time.monotonic())

    @property
    def rest(self) -> float:
        """The real seconds that are left for each of the questions that follow."""
        return max(0.0, self.over_at - time.monotonic())
