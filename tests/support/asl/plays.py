"""One play for two stages: what the function answers, what happens from outside, and what was seen of the run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from shared.stores.table import Changes, Item, Table
from tests.support.asl.templates import Json

INBOX_KEY: Final = {"executionId": "e-1", "planId": "p-1#INBOX"}
_PASSING: Final = frozenset({"token", "Cause"})
"""Members that differ from run to run, or that moto words differently."""

_INSTANTS: Final = frozenset({"enteredAt", "runStartedAt"})
"""Members of which only the form is the same in every run."""


class Hands(Protocol):
    """What a play may do to the stage it is on."""

    @property
    def table(self) -> Table:
        """The table that UpdateItem writes to."""
        ...

    def succeed(self, token: str, output: Json) -> None:
        """Answer a token."""
        ...

    def fail(self, token: str, error: str, cause: str) -> None:
        """Fail a token."""
        ...

    def stop(self) -> None:
        """Stop the run."""
        ...


Move = Callable[[Hands], None]


@dataclass(frozen=True)
class Answer:
    """What one invocation answers, or the error it ends with, and what it does before."""

    value: Json = None
    error: str = ""
    before: Callable[[Hands, Mapping[str, Json]], None] = lambda _hands, _payload: None


@dataclass(frozen=True)
class Play:
    """A document with its input, the answers in order, and moves: in which state, on which visit, what happens."""

    document: str
    input: Mapping[str, Json]
    answers: Sequence[Answer] = ()
    moves: Sequence[tuple[str, int, Move]] = ()
    inbox: Item | None = None


@dataclass(frozen=True)
class Seen:
    """What can be compared of a run."""

    events: list[tuple[str, str]]
    inputs: list[tuple[str, Json]]
    outputs: list[tuple[str, Json]]
    payloads: list[Json]
    status: str
    error: str


@dataclass
class Script:
    """The function of a play."""

    play: Play
    hands: Hands
    payloads: list[Json] = field(default_factory=list)

    def __call__(self, payload: Any) -> Json:
        """The next answer."""
        self.payloads.append(payload)
        if len(self.payloads) > len(self.play.answers):
            self.hands.stop()
            return None
        answer = self.play.answers[len(self.payloads) - 1]
        answer.before(self.hands, payload)
        if answer.error:
            raise type(answer.error, (Exception,), {})("as the play says")
        return answer.value


def masked(value: Json) -> Json:
    """The value without what differs from run to run."""
    if isinstance(value, dict):
        return {key: _masked_member(key, member) for key, member in value.items()}
    return value


def _masked_member(key: str, member: Json) -> Json:
    if key in _INSTANTS:
        return re.sub(r"\d", "0", member)
    return "…" if key in _PASSING else masked(member)


def seen_of(events: Sequence[Mapping[str, Any]], payloads: Sequence[Json], status: str, error: str) -> Seen:
    """What GetExecutionHistory tells, in the shape that is compared."""
    plain: list[tuple[str, str]] = []
    inputs: list[tuple[str, Json]] = []
    outputs: list[tuple[str, Json]] = []
    for event in events:
        if status == "ABORTED" and event["type"] == "TaskTimedOut":
            continue  # moto's own: AWS aborts without it
        entered, exited = event.get("stateEnteredEventDetails"), event.get("stateExitedEventDetails")
        plain.append((event["type"], (entered or exited or {}).get("name", "")))
        if entered:
            inputs.append((entered["name"], masked(json.loads(entered["input"]))))
        if exited:
            outputs.append((exited["name"], masked(json.loads(exited["output"]))))
    return Seen(plain, inputs, outputs, [masked(payload) for payload in payloads], status, error)


def token_of_inbox(hands: Hands) -> str:
    """The token that the latest wait left in the INBOX."""
    item = hands.table.get(INBOX_KEY)
    assert item is not None
    return str(item["token"])


def wake(hands: Hands) -> None:
    """Signal the INBOX and answer the token in it."""
    signal(hands)
    hands.succeed(token_of_inbox(hands), {})


def signal(hands: Hands) -> None:
    """Raise the INBOX's counter only."""
    hands.table.update(INBOX_KEY, Changes(add={"signals": 1}))
