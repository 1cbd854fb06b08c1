"""What every invariant is: it reads facts in their order, and is asked again when nothing is left to happen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn

from local.drs_simulator.record import Call, Effect
from tests.proof.facts import Act, Fact, Violation, Written, instant
from tests.proof.ledger import Ledger

PATIENCE: Final = timedelta(minutes=6)
"""In which the reconciler, and the retries of asynchronous invocations, put right what broke off."""


@dataclass(frozen=True)
class Rest:
    """The system when it had time to put right what the last trouble left.

    `running` are the runs of the state machine, with the token that each waits for, if any; `mailed` is the token of
    the latest mail about a gate, by the name of the gate's run; `is_over`: every execution has ended, and so has all
    that looks after it.
    """

    at: datetime
    running: dict[str, str | None] = field(default_factory=dict)
    mailed: Mapping[str, str] = field(default_factory=dict)
    is_over: bool = True

    def is_settled(self, since: Any) -> bool:
        """Whether what happened at that instant has had its time; when all is over, it has."""
        return self.is_over or since is None or instant(since) <= self.at - PATIENCE


class Invariant:
    """Sees every fact after the ledger has."""

    number = 0

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def see(self, fact: Fact) -> None:
        """Take one fact in; raises Violation."""
        match fact:
            case Call():
                self.called(fact)
            case Effect():
                self.became(fact)
            case Written():
                self.wrote(fact)
            case Act():
                self.acted(fact)

    def called(self, call: Call) -> None:
        """Somebody called DRS."""

    def became(self, effect: Effect) -> None:
        """Something became true in DRS."""

    def wrote(self, write: Written) -> None:
        """We wrote a row."""

    def acted(self, act: Act) -> None:
        """A person did something."""

    def at_rest(self, rest: Rest) -> None:
        """Nothing went wrong for some minutes."""

    def broken(self, words: str) -> NoReturn:
        """It does not hold."""
        raise Violation(self.number, words)
