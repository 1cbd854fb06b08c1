"""What happens next on a virtual clock: entries with due times, run one at a time, in an order that a seed decides."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.clock import VirtualClock

Action = Callable[[], object]
_FOREGROUND: Final = False
MOST_STEPS: Final = 1_000_000
"""More entries than this within one call is a loop, not a test."""


class EndlessError(AssertionError):
    """Work goes on without end, or what was waited for did not come."""


@dataclass(slots=True)
class Entry:
    """Something that will happen; a background entry does not keep the agenda from being idle."""

    when: datetime
    sequence: int
    action: Action
    label: str = ""
    background: bool = _FOREGROUND
    cancelled: bool = False

    def cancel(self) -> None:
        """Let it not happen; what has happened stays."""
        self.cancelled = True

    def __lt__(self, other: Entry) -> bool:
        return (self.when, self.sequence) < (other.when, other.sequence)


@dataclass(frozen=True, slots=True)
class Source:
    """Something beside the agenda that has due times of its own, such as a simulator."""

    next_due: Callable[[], datetime | None]
    act: Callable[[], object]


class Agenda:
    """Runs entries when they are due and lets virtual time jump from one to the next; knows no threads.

    Entries due at one moment run in the order in which they were planned, or, given `order`, in one that it picks.
    """

    def __init__(self, clock: VirtualClock, order: random.Random | None = None) -> None:
        self.clock = clock
        self.order = order
        self.steps = 0
        self.after_step: Action = lambda: None
        """Called after everything that happened: somebody looks whether all is well."""
        self._heap: list[Entry] = []
        self._ready: list[Entry] = []
        self._planned = 0
        self._sources: list[Source] = []

    def at(self, when: datetime, action: Action, *, label: str = "", background: bool = False) -> Entry:
        """Let `action` happen at `when`, or as soon as possible if that has passed."""
        self._planned += 1
        entry = Entry(when, self._planned, action, label, background)
        heapq.heappush(self._heap, entry)
        return entry

    def after(self, seconds: float, action: Action, *, label: str = "", background: bool = False) -> Entry:
        """Let `action` happen so many seconds from now."""
        return self.at(self.clock.now() + timedelta(seconds=seconds), action, label=label, background=background)

    def every(self, seconds: float, action: Action, *, label: str = "") -> None:
        """Let `action` happen again and again, in the background, first after one interval."""

        def again() -> None:
            self.after(seconds, again, label=label, background=True)
            action()

        self.after(seconds, again, label=label, background=True)

    def add_source(self, next_due: Callable[[], datetime | None], act: Callable[[], object]) -> None:
        """Also run `act` whenever `next_due` has come; a source is background."""
        self._sources.append(Source(next_due, act))

    @property
    def is_idle(self) -> bool:
        """Whether nothing is planned but background."""
        return not any(not entry.cancelled and not entry.background for entry in (*self._heap, *self._ready))

    def next_due(self) -> datetime | None:
        """When the next thing is due; None if nothing is planned."""
        self._drop_cancelled()
        dues = [self._ready[0].when] if self._ready else []
        dues += [self._heap[0].when] if self._heap else []
        dues += [due for source in self._sources if (due := source.next_due()) is not None]
        return min(dues, default=None)

    def step(self) -> bool:
        """Let the next thing happen, after a jump in time if need be; False if nothing is planned."""
        due = self.next_due()
        if due is None:
            return False
        self.clock.advance_to(due)
        self.steps += 1
        for source in self._sources:
            source_due = source.next_due()
            if source_due is not None and source_due <= self.clock.now():
                source.act()
        entry = self._take_due()
        if entry is not None:
            entry.action()
        self.after_step()
        return True

    def settle(self) -> None:
        """Let everything happen that is due now, without a jump in time."""
        self._run_while(lambda due: due <= self.clock.now())

    def advance(self, seconds: float) -> None:
        """Let that many seconds pass, and everything happen that is due within them."""
        until = self.clock.now() + timedelta(seconds=seconds)
        self._run_while(lambda due: due <= until)
        self.clock.advance_to(until)

    def run_until(self, predicate: Callable[[], bool], limit_seconds: float, waiting_for: str = "") -> None:
        """Run until the predicate holds; raises EndlessError if it does not within the limit of virtual time."""
        until = self.clock.now() + timedelta(seconds=limit_seconds)
        self._run_while(lambda due: due <= until and not predicate())
        if not predicate():
            raise EndlessError(f"{waiting_for or 'what was waited for'} did not come within {limit_seconds} s")

    def run_until_idle(self) -> None:
        """Run until nothing is planned but background; time-outs are waited for."""
        self._run_while(lambda _due: not self.is_idle)

    def _run_while(self, goes_on: Callable[[datetime], bool]) -> None:
        for _ in range(MOST_STEPS):
            due = self.next_due()
            if due is None or not goes_on(due):
                return
            self.step()
        raise EndlessError(f"{MOST_STEPS} steps and no end")

    def _take_due(self) -> Entry | None:
        while self._heap and self._heap[0].when <= self.clock.now():
            self._ready.append(heapq.heappop(self._heap))
        self._drop_cancelled()
        if not self._ready:
            return None
        return self._ready.pop(0 if self.order is None else self.order.randrange(len(self._ready)))

    def _drop_cancelled(self) -> None:
        self._ready = [entry for entry in self._ready if not entry.cancelled]
        while self._heap and self._heap[0].cancelled:
            heapq.heappop(self._heap)
