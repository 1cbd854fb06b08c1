"""Calls of AWS for many things at once, at the pace that AWS allows: who is told to wait waits, if there is time."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Generic, TypeAlias, TypeVar

from shared.clock import Clock
from shared.errors import CrossAccountError, DrsServiceError

Answer = TypeVar("Answer")
Failures: TypeAlias = Mapping[str, DrsServiceError | CrossAccountError]

TRIES: Final = 30
"""So often a call is made that is told each time to wait."""

FEW_TRIES: Final = 3
"""The same of one that is not answered, or fails within AWS."""

LONGEST_PAUSE: Final = 20.0
"""Seconds; whoever is told to wait longer asks again after these."""


class TimeOverError(Exception):
    """There is no time left to begin a call, or to wait until it may be made."""


@dataclass(slots=True)
class Answers(Generic[Answer]):
    """By the name of each thing what was answered, or why not; what is in neither was not begun."""

    answers: dict[str, Answer] = field(default_factory=dict)
    failed: dict[str, DrsServiceError | CrossAccountError] = field(default_factory=dict)


class Absorbing:
    """Makes calls until a moment of the clock, `workers` side by side."""

    def __init__(self, clock: Clock, pause: Callable[[float], None], until: datetime | None, workers: int) -> None:
        self._clock = clock
        self._pause = pause
        self._until = until
        self._workers = workers

    def each(self, names: Iterable[str], call: Callable[[str], Answer]) -> Answers[Answer]:
        """What the call answers for each name, in their order."""
        listed, made = list(names), Answers[Answer]()

        def answer(name: str) -> tuple[Answer | None, DrsServiceError | CrossAccountError | None, bool]:
            try:
                return self.one(lambda: call(name)), None, True
            except TimeOverError:
                return None, None, False
            except (DrsServiceError, CrossAccountError) as error:
                return None, error, True

        for name, (answered, error, begun) in zip(listed, self._side_by_side(listed, answer), strict=True):
            if error is not None:
                made.failed[name] = error
            elif begun:
                made.answers[name] = answered  # type: ignore[assignment]
        return made

    def one(self, call: Callable[[], Answer]) -> Answer:
        """What the call answers once it may be made; TimeOverError."""
        for tried in range(TRIES):
            self._check_time(0)
            try:
                return call()
            except (DrsServiceError, CrossAccountError) as error:
                if not error.is_retryable or tried == (TRIES if error.is_throttled else FEW_TRIES) - 1:
                    raise
                wait = min(float(error.details.get("retryAfterSeconds") or 2**tried), LONGEST_PAUSE)
            self._check_time(wait)
            self._pause(wait)
        raise AssertionError("the last try answers or raises")

    def _check_time(self, seconds: float) -> None:
        if self._until is not None and self._clock.now() + self._clock.wall(seconds) > self._until:
            raise TimeOverError

    def _side_by_side(self, names: list[str], call: Callable[[str], Answer]) -> list[Answer]:
        if self._workers == 1 or len(names) < 2:
            return [call(name) for name in names]
        with ThreadPoolExecutor(max_workers=self._workers) as pool:
            # the patience of the work around holds for each call
            return [each.result() for each in [pool.submit(copy_context().run, call, name) for name in names]]
