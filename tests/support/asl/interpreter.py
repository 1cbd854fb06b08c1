"""A deterministic interpreter of our ASL file on a virtual clock: the RunsPort of simulations."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from shared.aws.ports import RunExistsError, RunStatus
from tests.support.agenda import Agenda
from tests.support.asl.definition import Choice, Fail, Machine, Pass, State, Succeed, Task, Wait
from tests.support.asl.dynamo import UpdateItems
from tests.support.asl.errors import RUNTIME, StatesError
from tests.support.asl.functions import LambdaService
from tests.support.asl.runs import LONGEST_RUN, MOST_EVENTS, Run, Visit, same_input, scope_of, seconds_of
from tests.support.asl.tasks import Tasks
from tests.support.asl.templates import Json


class Interpreter:
    """Runs of one state machine; every state is one entry on the agenda, so a seed can interleave runs.

    `pace` tells how many seconds lie between two states: never none in AWS, so no two visits begin in one millisecond.
    """

    def __init__(
        self,
        machine: Machine,
        agenda: Agenda,
        functions: LambdaService,
        updates: UpdateItems,
        pace: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.runs: list[Run] = []
        self._machine = machine
        self._agenda = agenda
        self._clock = agenda.clock
        self._pace = pace
        self._tasks = Tasks(agenda, functions, updates, self)
        self._by_name: dict[str, Run] = {}

    def start_run(self, name: str, run_input: Mapping[str, Any]) -> None:
        """Start a run; success too if a run of this name and input is RUNNING, else RunExistsError for a taken name."""
        known = self.find(name)
        if known is not None:
            if known.is_running and same_input(known.input, run_input):
                return
            raise RunExistsError(name)
        run = Run(name, json.loads(json.dumps(run_input)), self._clock.now())
        self.runs.append(run)
        self._by_name[name] = run
        run.note(self._clock.now(), "ExecutionStarted")
        self._agenda.after(0, lambda: self._enter(run, self._machine.start_at, run.input), label=f"start {name}")
        run.end_entry = self._agenda.at(
            run.started_at + LONGEST_RUN, lambda: self.end(run, RunStatus.TIMED_OUT), background=True
        )

    def run_status(self, name: str) -> RunStatus | None:
        """The status of a run; None if there is none, or it ended more than 90 days ago."""
        run = self.find(name)
        return run.status if run is not None else None

    def succeed(self, token: str, output: Mapping[str, Any]) -> bool:
        """End the wait that has this token; False if it had ended already."""
        return self._tasks.succeed(token, json.loads(json.dumps(output)))

    def fail(self, token: str, error: str, cause: str) -> bool:
        """Fail the wait that has this token; False if it had ended already."""
        return self._tasks.fail(token, StatesError(error, cause))

    def waits_with(self, token: str) -> Run | None:
        """The run that waits for this token; None if nobody does any more."""
        return self._tasks.waits_with(token)

    def owner_of(self, token: str) -> str:
        """The name of the run that was given the token, be it that it waits no more."""
        return self._tasks.given[token]

    def stop_run(self, name: str) -> None:
        """Abort a run from outside, as StopExecution does: at once, and no Catch sees it."""
        run = self.find(name)
        if run is None:
            raise KeyError(name)
        self.end(run, RunStatus.ABORTED)

    def find(self, name: str) -> Run | None:
        """The run that has this name now."""
        run = self._by_name.get(name)
        return run if run is not None and run.keeps_name(self._clock.now()) else None

    @property
    def running(self) -> list[Run]:
        """The runs that have not ended, oldest first."""
        return [run for run in self.runs if run.is_running]

    @property
    def largest_input(self) -> int:
        """The most bytes that any state of any run was given."""
        return max((run.largest_input for run in self.runs), default=0)

    def leave(self, run: Run, visit: Visit, following: str | None, output: Json) -> None:
        """Leave a state for the next, or end the run well."""
        if not run.is_running:
            return
        visit.output = output
        run.note(self._clock.now(), f"{_kind(self._machine.states[visit.state])}StateExited", visit.state)
        if len(run.history) >= MOST_EVENTS:
            self.end(run, RunStatus.FAILED, error=RUNTIME, cause=f"the history has reached {MOST_EVENTS} events")
        elif following is None:
            self.end(run, RunStatus.SUCCEEDED, output=output)
        else:
            entering = f"{run.name}: {following}"
            self._agenda.after(self._pace(), lambda: self._enter(run, following, output), label=entering)

    def end(self, run: Run, status: RunStatus, *, output: Json = None, error: str = "", cause: str = "") -> None:
        """End a run; the end of one that has ended changes nothing."""
        if not run.is_running:
            return
        run.status, run.ended_at = status, self._clock.now()
        run.output, run.error, run.cause = output, error, cause
        run.note(self._clock.now(), "Execution" + "".join(word.title() for word in status.split("_")))
        if run.visits:
            run.visits[-1].settle(run.visits[-1].attempt)
        if run.end_entry is not None:
            run.end_entry.cancel()

    def _enter(self, run: Run, name: str, data: Json) -> None:
        if not run.is_running:
            return
        state = self._machine.states[name]
        visit = Visit(name, self._clock.now(), data)
        run.visits.append(visit)
        run.transitions += 1
        run.note(self._clock.now(), f"{_kind(state)}StateEntered", name)
        try:
            run.measure(name, data)
            self._carry_out(run, visit, state)
        except StatesError as error:
            self.end(run, RunStatus.FAILED, error=error.name, cause=error.cause)

    def _carry_out(self, run: Run, visit: Visit, state: State) -> None:
        match state:
            case Task():
                self._tasks.attempt(run, visit, state)
            case Wait():
                seconds = seconds_of(run, visit, state.seconds, 0)
                over = f"{run.name}: {visit.state} is over"
                self._agenda.after(seconds, lambda: self.leave(run, visit, state.next, visit.input), label=over)
            case Pass():
                self.leave(run, visit, state.next, _passed(run, visit, state))
            case Choice():
                self.leave(run, visit, _chosen(run, visit, state), visit.input)
            case Succeed():
                self.leave(run, visit, None, visit.input)
            case Fail():
                self.end(run, RunStatus.FAILED, error=state.error, cause=state.cause)


def _kind(state: State) -> str:
    return type(state).__name__


def _passed(run: Run, visit: Visit, state: Pass) -> Json:
    result = state.result[0] if state.result else visit.input
    if state.parameters is not None:
        result = state.parameters.evaluate(scope_of(run, visit))
    return state.result_path.put(visit.input, result) if state.result_path else visit.input


def _chosen(run: Run, visit: Visit, state: Choice) -> str:
    scope = scope_of(run, visit)
    chosen = next((name for rule, name in state.rules if rule.holds(scope)), state.default)
    if chosen is None:
        raise StatesError("States.NoChoiceMatched", f"no rule of {visit.state} holds")
    return chosen
