"""The Lambda service: runs handlers, loses answers and delivers twice when told to, retries what is asynchronous."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from tests.support.agenda import Agenda, Entry
from tests.support.asl.errors import StatesError
from tests.support.asl.templates import Json

Handler = Callable[[Json], Json]
UNKNOWN: Final = "Lambda.Unknown"
TIMED_OUT: Final = "Sandbox.Timedout"
THROTTLED: Final = "Lambda.TooManyRequestsException"
ASYNCHRONOUS_RETRIES: Final = (60.0, 120.0)
"""Seconds before the second and third try of an asynchronous invocation (AWS: asynchronous invocation)."""


class Crash(BaseException):
    """The process of the function dies here; nothing in the function may catch it."""


class Process(Protocol):
    """One invocation under way."""

    def end(self) -> None:
        """Let it die at its next call, and at once if it stands still."""
        ...


class Processes(Protocol):
    """Where invocations work side by side."""

    @property
    def current(self) -> Process | None:
        """The one that works now."""
        ...

    def begin(self, work: Callable[[], None], name: str) -> Process:
        """Let a new one work until it first stands still, or ends."""
        ...


@dataclass(frozen=True, slots=True)
class Invocation:
    """One invocation that the service was asked for; `number` counts them all from 1."""

    function: str
    payload: Json
    number: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What becomes of an invocation: the function runs once after each of `runs` seconds.

    Without `error` the answer of the first run is reported; with it, that error after `error_after` seconds.
    """

    runs: tuple[float, ...] = (0.0,)
    error: str | None = None
    error_after: float = 0.0

    def __post_init__(self) -> None:
        if self.error is None and not self.runs:
            raise ValueError("a function that never runs answers with an error")


NORMAL: Final = Delivery()
LOST_BEFORE: Final = Delivery(runs=(), error=UNKNOWN)
LOST_AFTER: Final = Delivery(error=UNKNOWN)
TWICE: Final = Delivery(runs=(0.0, 0.0))
THROTTLE: Final = Delivery(runs=(), error=THROTTLED)

Fault = Callable[[Invocation], Delivery | None]


def no_fault(_invocation: Invocation) -> None:
    """Every invocation is delivered once."""


@dataclass(frozen=True, slots=True)
class FunctionFailure:
    """An invocation whose function raised, or died."""

    invocation: Invocation
    error: BaseException


class LambdaService:
    """Functions by their ARN; handlers run at the moment at which they are due on the agenda.

    They run inline, or with `processes` side by side; then one that works longer than its function's seconds in
    `timeouts` is given up, and `kills_late` tells each time whether its process ends too, or goes on unseen.
    """

    def __init__(self, agenda: Agenda, handlers: Mapping[str, Handler], fault: Fault = no_fault) -> None:
        self.handlers = dict(handlers)
        self.fault = fault
        self.processes: Processes | None = None
        self.timeouts: Mapping[str, float] = {}
        self.kills_late: Callable[[], bool] = lambda: False
        self.given_up = 0
        self.failures: list[FunctionFailure] = []
        self.dead_letters: list[Invocation] = []
        self.invocations: list[Invocation] = []
        self._agenda = agenda
        self._running: list[tuple[Process | None, _Report]] = []

    def give_up(self) -> None:
        """Report the invocation that runs now as Lambda.Unknown, although its function goes on."""
        present = self.processes.current if self.processes else None
        for process, report in reversed(self._running):
            if process is present:
                report.fail(StatesError(UNKNOWN, "given up while the function goes on"))
                return

    def invoke(
        self,
        function: str,
        payload: Json,
        answered: Callable[[Json], None],
        failed: Callable[[StatesError], None],
    ) -> None:
        """Invoke a function and tell its answer, or the name of the error as Step Functions sees it."""
        invocation = self._accept(function, payload)
        delivery = self.fault(invocation) or NORMAL
        reports = (answered, failed) if delivery.error is None else ()
        for delay in delivery.runs:
            self._soon(delay, partial(self._run, invocation, *reports))
            reports = ()
        if delivery.error is not None:
            error = StatesError(delivery.error, f"the invocation {invocation.number} is reported as {delivery.error}")
            self._soon(delivery.error_after, lambda: failed(error))

    def invoke_later(self, function_arn: str, payload: Mapping[str, Any]) -> None:
        """Invoke a function asynchronously: soon, tried again after one and two minutes, then a dead letter."""
        invocation = self._accept(function_arn, payload)
        self._try_later(invocation, tries=0)

    def _try_later(self, invocation: Invocation, tries: int) -> None:
        def retry(_error: StatesError) -> None:
            if tries == len(ASYNCHRONOUS_RETRIES):
                self.dead_letters.append(invocation)
                return
            wait = ASYNCHRONOUS_RETRIES[tries]
            self._agenda.after(wait, lambda: self._try_later(invocation, tries + 1), label="asynchronous retry")

        def deliver() -> None:
            delivery = self.fault(invocation) or NORMAL
            for _ in delivery.runs[1:]:
                self._run(invocation)
            if delivery.error is None:
                self._run(invocation, lambda _answer: None, retry)
                return
            for _ in delivery.runs[:1]:
                self._run(invocation)
            retry(StatesError(delivery.error))

        self._agenda.after(0, deliver, label="asynchronous invocation")

    def _accept(self, function: str, payload: Json) -> Invocation:
        if function not in self.handlers:
            raise AssertionError(f"there is no function {function}")
        invocation = Invocation(function, json.loads(json.dumps(payload)), len(self.invocations) + 1)
        self.invocations.append(invocation)
        return invocation

    def _soon(self, delay: float, action: Callable[[], None]) -> None:
        if delay == 0:
            action()
        else:
            self._agenda.after(delay, action, label="late delivery")

    def _run(
        self,
        invocation: Invocation,
        answered: Callable[[Json], None] = lambda _answer: None,
        failed: Callable[[StatesError], None] = lambda _error: None,
    ) -> None:
        report = _Report(answered, failed)
        if self.processes is None:
            self._carry_out(invocation, report)
            return
        name = f"{invocation.function.rpartition('function:')[2]} {invocation.number}"
        seconds = self.timeouts.get(invocation.function)
        if seconds is not None:
            # before it begins: it may sleep past its end without anybody coming between
            late = f"{name} times out"
            report.deadline = self._agenda.after(seconds, lambda: self._time_out(report), label=late)
        report.process = self.processes.begin(lambda: self._carry_out(invocation, report), name)

    def _time_out(self, report: _Report) -> None:
        self.given_up += 1
        if report.process is not None and self.kills_late():
            report.process.end()
        report.fail(StatesError(TIMED_OUT, "the function worked longer than it may"))

    def _carry_out(self, invocation: Invocation, report: _Report) -> None:
        running = (self.processes.current if self.processes else None, report)
        self._running.append(running)
        try:
            answer = self.handlers[invocation.function](json.loads(json.dumps(invocation.payload)))
        except AssertionError:
            raise
        except Crash as crash:
            self.failures.append(FunctionFailure(invocation, crash))
            report.fail(StatesError(UNKNOWN, f"the process ended: {crash}"))
            return
        except Exception as error:  # Lambda reports whatever a handler raises
            self.failures.append(FunctionFailure(invocation, error))
            kind = type(error).__name__
            report.fail(StatesError(kind, json.dumps({"errorMessage": str(error), "errorType": kind})))
            return
        finally:
            self._running.remove(running)
            if report.deadline is not None:
                report.deadline.cancel()
        report.answer(json.loads(json.dumps(answer)))


class _Report:
    """What is told of an invocation: the first outcome, once."""

    def __init__(self, answered: Callable[[Json], None], failed: Callable[[StatesError], None]) -> None:
        self._answered = answered
        self._failed = failed
        self._is_told = False
        self.process: Process | None = None
        self.deadline: Entry | None = None

    def answer(self, answer: Json) -> None:
        """The function answered."""
        if not self._is_told:
            self._is_told = True
            self._answered(answer)

    def fail(self, error: StatesError) -> None:
        """It failed, or was given up."""
        if not self._is_told:
            self._is_told = True
            self._failed(error)
