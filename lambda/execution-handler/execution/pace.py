"""How a start spends its time: until when, how many writes at once, and how it waits for a busy table."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from shared.clock import Clock
from shared.errors import ThrottledError
from shared.stores.table import Throttled

START_SECONDS: Final = 25
"""Wall seconds; API Gateway gives up after 29."""

UNDO_SECONDS: Final = 3
"""Wall seconds that a busy table may cost the undoing of a start beyond those."""

RETRY_AFTER_SECONDS: Final = 5
WORKERS: Final = 8
"""Fewer than the connections that botocore keeps per client, 10."""

_In = TypeVar("_In")
_Out = TypeVar("_Out")


@dataclass(frozen=True)
class Pace:
    """The time of one start; `pause` is called with the number of tries that failed before this one, from 0."""

    clock: Clock
    deadline: datetime
    pause: Callable[[int], None]
    workers: int = WORKERS

    @classmethod
    def from_now(cls, clock: Clock, pause: Callable[[int], None], workers: int = WORKERS) -> "Pace":
        """What a call that arrives now may take."""
        return cls(clock, clock.now() + clock.wall(START_SECONDS), pause, workers)

    def in_time(self) -> None:
        """ThrottledError once the start has taken too long."""
        if self.clock.now() > self.deadline:
            raise _too_slow()

    def patiently(self, write: Callable[[], _Out]) -> _Out:
        """What the write answers; while the table is busy it is tried again, until the start has taken too long."""
        try:
            return self._until(self.deadline, write)
        except Throttled as busy:
            raise _too_slow(busy.message) from busy

    def undoing(self, write: Callable[[], _Out]) -> _Out:
        """The same for what undoes a start, which has a little longer; Throttled after that."""
        return self._until(self.deadline + self.clock.wall(UNDO_SECONDS), write)

    def each(self, do: Callable[[_In], None], parts: list[_In]) -> None:
        """Do it with every part, several at once; the first error ends it when those under way are done."""
        if len(parts) == 1 or self.workers == 1:
            for part in parts:
                do(part)
            return
        with ThreadPoolExecutor(max_workers=self.workers) as pool:
            deque(pool.map(do, parts), maxlen=0)

    def _until(self, end: datetime, write: Callable[[], _Out]) -> _Out:
        tries = 0
        while True:
            try:
                return write()
            except Throttled:
                if self.clock.now() > end:
                    raise
            self.pause(tries)
            tries += 1


def _too_slow(why: str = "") -> ThrottledError:
    because = f" ({why})" if why else ""
    return ThrottledError(
        f"the start took longer than {START_SECONDS} seconds{because} and was undone; try again",
        retryAfterSeconds=RETRY_AFTER_SECONDS,
    )
