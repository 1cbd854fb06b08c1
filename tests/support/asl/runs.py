"""What is remembered of a run: its history as AWS counts it, the states it visited, how large its state became."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from shared.aws.ports import RunStatus
from shared.models.base import format_instant
from tests.support.agenda import Entry
from tests.support.asl.errors import DATA_LIMIT, StatesError, runtime_error
from tests.support.asl.templates import Json, Path, Scope

NAME_KEPT: Final = timedelta(days=90)
"""How long a name is taken after its run has ended (AWS: StartExecution)."""
_ARN: Final = "arn:aws:states:us-east-1:123456789012"
MACHINE: Final = "aws-drs-orchestration-orchestration-dev"
LONGEST_RUN: Final = timedelta(days=365)
MOST_EVENTS: Final = 25_000
MOST_BYTES: Final = 262_144
"""AWS quotas of Standard workflows: execution time, history events, bytes of a state's data."""


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One event, by AWS's name for it."""

    at: datetime
    type: str
    state: str = ""


@dataclass(slots=True)
class Visit:
    """One stay in one state; `attempt` and `is_open` tell which outcome of a task still counts, `answered` is the
    attempt whose token was used.
    """

    state: str
    entered_at: datetime
    input: Json
    output: Json = None
    error: str = ""
    retry_count: int = 0
    retries: dict[int, int] = field(default_factory=dict)
    attempt: int = 0
    is_open: bool = False
    answered: int = 0
    token: str | None = None
    deadline: datetime | None = None
    timeout: Entry | None = None

    def settle(self, attempt: int) -> bool:
        """Close the attempt; False if another outcome came first."""
        if not self.is_open or attempt != self.attempt:
            return False
        self.is_open = False
        if self.timeout is not None:
            self.timeout.cancel()
        return True


@dataclass(slots=True)
class Run:
    """One run of the state machine."""

    name: str
    input: Json
    started_at: datetime
    status: RunStatus = RunStatus.RUNNING
    ended_at: datetime | None = None
    output: Json = None
    error: str = ""
    cause: str = ""
    history: list[HistoryEvent] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    transitions: int = 0
    largest_inputs: dict[str, int] = field(default_factory=dict)
    end_entry: Entry | None = None

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.status is RunStatus.RUNNING

    @property
    def state(self) -> str:
        """The state it is in, or was in last."""
        return self.visits[-1].state if self.visits else ""

    @property
    def states(self) -> list[str]:
        """The states it visited, in order."""
        return [visit.state for visit in self.visits]

    @property
    def largest_input(self) -> int:
        """The most bytes that any state of it was given."""
        return max(self.largest_inputs.values(), default=0)

    def note(self, at: datetime, kind: str, state: str = "") -> None:
        """Append an event to the history."""
        self.history.append(HistoryEvent(at, kind, state))

    def measure(self, state: str, value: Json) -> None:
        """Remember how many bytes a state was given; more than AWS allows is an error."""
        size = len(json.dumps(value, separators=(",", ":")).encode())
        self.largest_inputs[state] = max(size, self.largest_inputs.get(state, 0))
        if size > MOST_BYTES:
            raise StatesError(DATA_LIMIT, f"{state} was given {size} bytes")

    def keeps_name(self, now: datetime) -> bool:
        """Whether its name is still taken, and it is still known."""
        return self.ended_at is None or now < self.ended_at + NAME_KEPT


def same_input(one: Json, other: Mapping[str, Json]) -> bool:
    """Whether two inputs are the same text."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def scope_of(run: Run, visit: Visit) -> Scope:
    """The state's input, and the context object as AWS fills it."""
    context: dict[str, Json] = {
        "Execution": {
            "Id": f"{_ARN}:execution:{MACHINE}:{run.name}",
            "Name": run.name,
            "Input": run.input,
            "StartTime": format_instant(run.started_at),
        },
        "State": {
            "Name": visit.state,
            "EnteredTime": format_instant(visit.entered_at),
            "RetryCount": visit.retry_count,
        },
        "StateMachine": {"Id": f"{_ARN}:stateMachine:{MACHINE}", "Name": MACHINE},
    }
    if visit.token is not None:
        context["Task"] = {"Token": visit.token}
    return Scope(visit.input, context)


def seconds_of(run: Run, visit: Visit, value: int | Path, least: int) -> int:
    """A number of seconds as given, or as the path says; what is no whole number from `least` on ends the run."""
    seconds = value.evaluate(scope_of(run, visit)) if isinstance(value, Path) else value
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not least <= seconds <= 99_999_999:
        raise runtime_error(f"{visit.state}: {seconds!r} is no number of seconds")
    return seconds
