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


class TooSlowError(ThrottledError):
    """The time of a start is over; what is left of the start is for those to add who know."""

    def __init__(self, why: str = "") -> None:
        because = f" ({why})" if why else ""
        super().__init__(
            f"the start took longer than {START_SECONDS} seconds{because}", retryAfterSeconds=RETRY_AFTER_SECONDS
        )


@dataclass(frozen=True)
class Waiting:
    """How a busy table is waited for, in seconds of real time.

    `seconds` is told how many tries have failed and answers how long to wait for the next; `sleep` waits.
    """

    seconds: Callable[[int], float]
    sleep: Callable[[float], None]


@dataclass(frozen=True)
class Pace:
    """The time of one start."""

    clock: Clock
    deadline: datetime
    waiting: Waiting
    workers: int = WORKERS

    @classmethod
    def from_now(cls, clock: Clock, waiting: Waiting, workers: int = WORKERS) -> "Pace":
        """What a call that arrives now may take."""
        return cls(clock, clock.now() + clock.wall(START_SECONDS), waiting, workers)

    def in_time(self) -> None:
        """TooSlowError once the start has taken too long."""
        if self.clock.now() > self.deadline:
            raise TooSlowError

    def patiently(self, write: Callable[[], _Out]) -> _Out:
        """What the write answers; while the table is busy it is tried again, as long as a start may take.

        After a TooSlowError the write may have been carried out all the same: a refusal may answer the SDK's second
        try, when the answer to its first was lost.
        """
        try:
            return self._until(self.deadline, write)
        except Throttled as busy:
            raise TooSlowError(busy.message) from busy

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
        """One try always; no wait is begun that would cross the end."""
        tries = 0
        while True:
            seconds = self.waiting.seconds(tries)
            try:
                return write()
            except Throttled:
                if self.clock.now() + self.clock.wall(seconds) > end:
                    raise
            self.waiting.sleep(seconds)
            tries += 1
