"""Functions side by side on one virtual clock: each invocation is a process that may stand still before every call.

A process has a thread of its own, but only one thread ever runs: whoever holds the baton. A process hands it back when
it stands still, and the agenda, whose order the seed decides, gives it on. The same seed gives the same order.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tests.support.agenda import Agenda
from tests.support.asl.functions import Crash

Work = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Temper:
    """How a seed lets processes stand still before a call: not at all, for an instant, for a while, or for long.

    The shares are of all calls; what is left goes on at once.
    """

    instants: float = 0.25
    """Others that are due may go first."""
    whiles: float = 0.1
    """As long as a call of AWS takes: up to 0.3 s."""
    long: float = 0.003
    """As a function that is starved, or a connection that stalls: up to 40 s."""

    def seconds(self, order: random.Random) -> float | None:
        """How long to stand still this time; None for not at all."""
        chance = order.random()
        if chance < self.long:
            return order.uniform(1, 40)
        if chance < self.long + self.whiles:
            return order.uniform(0.001, 0.3)
        return 0.0 if chance < self.long + self.whiles + self.instants else None


CALM: Final = Temper(0, 0, 0)
"""Nobody ever stands still."""


class Process:
    """One invocation under way; `number` counts them from 1."""

    __slots__ = ("failure", "hand", "is_over", "is_to_end", "name", "number")

    def __init__(self, name: str, number: int, hand: _Hand) -> None:
        self.name = name
        self.number = number
        self.hand = hand
        self.is_over = False
        self.is_to_end = False
        self.failure: BaseException | None = None

    def end(self) -> None:
        """Let it die at its next call, and at once if it stands still."""
        self.is_to_end = True


class _Hand:
    """A thread that works when it is given the baton, and serves one process after the other."""

    def __init__(self) -> None:
        self._go = threading.Lock()
        self._back = threading.Lock()
        self._go.acquire()
        self._back.acquire()
        self._work: Work | None = None
        threading.Thread(target=self._serve, name="process", daemon=True).start()

    def begin(self, work: Work) -> None:
        """Let it work until it hands the baton back."""
        self._work = work
        self.go_on()

    def go_on(self) -> None:
        """Give it the baton until it hands it back."""
        self._go.release()
        self._back.acquire()

    def stand_still(self) -> None:
        """Hand the baton back and wait for it; called by whatever thread works for the process."""
        self._back.release()
        self._go.acquire()

    def _serve(self) -> None:
        while True:
            self._go.acquire()
            if self._work is not None:
                self._work()
            self._work = None
            _idle.append(self)
            self._back.release()


_idle: Final[list[_Hand]] = []
"""Threads without a process; they outlive the worlds in which they served."""


class Scheduler:
    """Begins processes and lets them stand still; `order` decides before which calls, and for how long."""

    def __init__(self, agenda: Agenda, order: random.Random, temper: Temper = CALM) -> None:
        self.temper = temper
        self.current: Process | None = None
        self.begun = 0
        self.switches = 0
        self._agenda = agenda
        self._order = order
        self._still: dict[int, Process] = {}

    def begin(self, work: Work, name: str) -> Process:
        """Let a process work until it first stands still, or ends; what it raises comes out where it was let go on."""
        assert self.current is None, f"{name} begins while another works"
        self.begun += 1
        process = Process(name, self.begun, _idle.pop() if _idle else _Hand())

        def live() -> None:
            try:
                work()
            except BaseException as error:
                process.failure = error
            process.is_over = True

        self.current = process
        process.hand.begin(live)
        self._returned(process)
        return process

    @property
    def working(self) -> int:
        """The number of the process that works now; 0 for none."""
        return 0 if self.current is None else self.current.number

    def pause(self) -> None:
        """Before a call: the process goes on at once, or others go first, as the seed decides."""
        process = self.current
        if process is None:
            return
        self._must_live(process)
        seconds = self.temper.seconds(self._order)
        if seconds is not None:
            self._stand_still(process, seconds)

    def sleep(self, seconds: float) -> None:
        """Let time pass for this process, and others work meanwhile; without a process it just passes."""
        if self.current is None:
            self._agenda.clock.advance(seconds)
        else:
            self._stand_still(self.current, seconds)

    def close(self) -> None:
        """End all that stands still: the world is over."""
        for process in list(self._still.values()):
            process.is_to_end = True
            while not process.is_over:
                self._go_on(process, raises=False)

    def _stand_still(self, process: Process, seconds: float) -> None:
        self._must_live(process)
        until = self._agenda.clock.now() + timedelta(seconds=seconds)
        due = self._agenda.next_due()
        if due is None or due > until:
            # nobody could come between
            self._agenda.clock.advance_to(until)
            return
        self.switches += 1
        self._still[process.number] = process
        self._agenda.at(until, lambda: self._wake(process), label=f"{process.name} goes on")
        process.hand.stand_still()
        self._must_live(process)

    def _must_live(self, process: Process) -> None:
        if process.is_to_end:
            raise Crash(f"{process.name} is ended")

    def _wake(self, process: Process) -> None:
        if not process.is_over:
            self._go_on(process)

    def _go_on(self, process: Process, *, raises: bool = True) -> None:
        self._still.pop(process.number, None)
        self.current = process
        process.hand.go_on()
        self._returned(process, raises=raises)

    def _returned(self, process: Process, *, raises: bool = True) -> None:
        self.current = None
        failure, process.failure = process.failure, None
        if failure is not None and raises:
            raise failure
