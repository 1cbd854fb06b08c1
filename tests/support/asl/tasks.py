"""Task states: attempts, time-outs, tokens, retries and catches."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from shared.aws.ports import RunStatus
from tests.support.agenda import Agenda
from tests.support.asl.definition import Resource, Retrier, Task
from tests.support.asl.dynamo import UpdateItems
from tests.support.asl.errors import TIMEOUT, UNCATCHABLE, StatesError
from tests.support.asl.functions import LambdaService
from tests.support.asl.runs import Run, Visit, scope_of, seconds_of
from tests.support.asl.templates import Json, Scope


class Course(Protocol):
    """How runs go on."""

    def leave(self, run: Run, visit: Visit, following: str | None, output: Json) -> None:
        """Leave a state for the next, or end the run well."""
        ...

    def end(self, run: Run, status: RunStatus, *, output: Json = None, error: str = "", cause: str = "") -> None:
        """End the run."""
        ...


class Tasks:
    """Carries out Task states; of the outcomes of an attempt the first counts."""

    def __init__(self, agenda: Agenda, functions: LambdaService, updates: UpdateItems, course: Course) -> None:
        self._agenda = agenda
        self._clock = agenda.clock
        self._functions = functions
        self._updates = updates
        self._course = course
        self._tokens: dict[str, tuple[Run, Visit, Task, int]] = {}
        self._tokens_given = 0
        self.given: dict[str, str] = {}
        """Every token that was ever given, and the name of the run that waited for it."""

    def attempt(self, run: Run, visit: Visit, task: Task) -> None:
        """Begin the next attempt; what cannot be evaluated ends the run."""
        if not run.is_running:
            return
        try:
            self._attempt(run, visit, task)
        except StatesError as error:
            self._course.end(run, RunStatus.FAILED, error=error.name, cause=error.cause)

    def succeed(self, token: str, result: Json) -> bool:
        """End the wait of this token well; False if it had ended."""
        return self._answer(token, lambda run, visit, task: self._complete(run, visit, task, result))

    def fail(self, token: str, error: StatesError) -> bool:
        """End the wait of this token badly; False if it had ended."""
        return self._answer(token, lambda run, visit, task: self._fail(run, visit, task, error))

    def waits_with(self, token: str) -> Run | None:
        """The run that waits for this token; None if nobody does any more."""
        run, visit, _, attempt = self._tokens.get(token, (None, None, None, 0))
        if run is None or visit is None or not run.is_running:
            return None
        return run if visit.is_open and visit.attempt == attempt else None

    def _attempt(self, run: Run, visit: Visit, task: Task) -> None:
        visit.attempt += 1
        visit.is_open = True
        attempt = visit.attempt
        if task.resource.waits:
            visit.token = self._new_token(run)
            self._tokens[visit.token] = (run, visit, task, attempt)
        parameters = task.parameters.evaluate(scope_of(run, visit))
        seconds = seconds_of(run, visit, task.timeout, 1) if task.timeout is not None else None
        run.note(self._clock.now(), "TaskScheduled", visit.state)
        run.note(self._clock.now(), "TaskStarted", visit.state)
        if seconds is not None:
            visit.deadline = self._clock.now() + timedelta(seconds=seconds)
            visit.timeout = self._agenda.after(
                seconds,
                lambda: self._failed(run, visit, task, attempt, StatesError(TIMEOUT)),
                label=f"{run.name}: {visit.state} times out",
            )
        if task.resource is Resource.UPDATE_ITEM_AND_WAIT:
            self._update(run, visit, task, parameters)
        else:
            self._invoke(run, visit, task, parameters)

    def _update(self, run: Run, visit: Visit, task: Task, parameters: Json) -> None:
        attempt = visit.attempt
        try:
            self._updates.update_item(parameters)
        except StatesError as error:
            self._failed(run, visit, task, attempt, error)
        else:
            self._submitted(run, visit, attempt)

    def _invoke(self, run: Run, visit: Visit, task: Task, parameters: Json) -> None:
        attempt = visit.attempt

        def answered(answer: Json) -> None:
            if task.resource.waits:
                self._submitted(run, visit, attempt)
            elif visit.deadline is not None and self._clock.now() > visit.deadline:
                self._failed(run, visit, task, attempt, StatesError(TIMEOUT))
            elif visit.settle(attempt):
                self._complete(run, visit, task, {"ExecutedVersion": "1", "Payload": answer, "StatusCode": 200})

        def failed(error: StatesError) -> None:
            self._failed(run, visit, task, attempt, error)

        self._functions.invoke(parameters["FunctionName"], parameters["Payload"], answered, failed)

    def _submitted(self, run: Run, visit: Visit, attempt: int) -> None:
        if run.is_running and visit.attempt == attempt and (visit.is_open or visit.answered == attempt):
            run.note(self._clock.now(), "TaskSubmitted", visit.state)

    def _answer(self, token: str, outcome: Callable[[Run, Visit, Task], None]) -> bool:
        waiting = self._tokens.pop(token, None)
        if waiting is None:
            return False
        run, visit, task, attempt = waiting
        if not run.is_running or not visit.settle(attempt):
            return False
        visit.answered = attempt
        self._agenda.after(0, lambda: outcome(run, visit, task), label=f"{run.name}: {visit.state} is answered")
        return True

    def _complete(self, run: Run, visit: Visit, task: Task, result: Json) -> None:
        if not run.is_running:
            return
        run.note(self._clock.now(), "TaskSucceeded", visit.state)
        try:
            context = scope_of(run, visit).context
            selected = task.selector.evaluate(Scope(result, context)) if task.selector else result
            output = task.result_path.put(visit.input, selected) if task.result_path else visit.input
        except StatesError as error:
            self._fail(run, visit, task, error)
        else:
            self._course.leave(run, visit, task.next, output)

    def _failed(self, run: Run, visit: Visit, task: Task, attempt: int, error: StatesError) -> None:
        if run.is_running and visit.settle(attempt):
            self._fail(run, visit, task, error)

    def _fail(self, run: Run, visit: Visit, task: Task, error: StatesError) -> None:
        if not run.is_running:
            return
        visit.error = error.name
        run.note(self._clock.now(), "TaskTimedOut" if error.name == TIMEOUT else "TaskFailed", visit.state)
        delay = _retry_delay(visit, task.retriers, error.name)
        if delay is not None:
            visit.retry_count += 1
            run.transitions += 1
            again = f"{run.name}: {visit.state} again"
            self._agenda.after(delay, lambda: self.attempt(run, visit, task), label=again)
            return
        catcher = next((catcher for catcher in task.catchers if _matches(catcher.errors, error.name)), None)
        if catcher is None:
            self._course.end(run, RunStatus.FAILED, error=error.name, cause=error.cause)
            return
        told = {"Error": error.name, "Cause": error.cause}
        output = catcher.result_path.put(visit.input, told) if catcher.result_path else visit.input
        self._course.leave(run, visit, catcher.next, output)

    def _new_token(self, run: Run) -> str:
        """As long and as full of signs as those of AWS."""
        self._tokens_given += 1
        seed = f"{run.name}/{self._tokens_given}".encode()
        noise = b"".join(hashlib.sha512(seed + bytes([part])).digest() for part in range(7))
        token = "AQCEAAAAKgAAAAMAAAAA" + base64.b64encode(noise).decode()
        self.given[token] = run.name
        return token


def _matches(names: tuple[str, ...], error: str) -> bool:
    if error in UNCATCHABLE:
        return False
    return error in names or "States.ALL" in names or ("States.TaskFailed" in names and error != TIMEOUT)


def _retry_delay(visit: Visit, retriers: tuple[Retrier, ...], error: str) -> float | None:
    """Seconds before the next attempt; None if no retrier matches or the one that does has given up."""
    for number, retrier in enumerate(retriers):
        if _matches(retrier.errors, error):
            tries = visit.retries.get(number, 0) + 1
            visit.retries[number] = tries
            return retrier.delay(tries) if tries <= retrier.most else None
    return None
