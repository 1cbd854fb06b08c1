"""5. Every execution ends within its deadlines plus drain, once its gates are answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from tests.proof.facts import Act, Written
from tests.proof.invariants.reading import Invariant, Rest
from tests.proof.ledger import HEADER, TERMINAL, Ledger

DRAIN_MINUTES: Final = 360
"""How long a job of ours is still observed after its wave's deadline (engine.md §5)."""
SLACK: Final = timedelta(minutes=30)
"""For the last polls, the reconciler, and what broke off near the end."""


class InTime(Invariant):
    """From the last word of a person, or of the start, to the end."""

    number = 5

    def __init__(self, ledger: Ledger, outages: timedelta = timedelta()) -> None:
        super().__init__(ledger)
        self.outages = outages
        """How long DRS, the roles or the tables were away, all in all."""
        self._since: dict[str, datetime] = {}

    def acted(self, act: Act) -> None:
        self._since[act.execution_id] = act.at

    def wrote(self, write: Written) -> None:
        if write.noun == "GATE" and write.moved("status"):
            # until it is decided the clock stands still
            self._since[write.partition] = write.at
        if write.noun != HEADER or write.moved("status") is None:
            return
        self._since.setdefault(write.partition, write.at)
        if write.row["status"] in TERMINAL and write.at > self.limit_of(write.partition):
            self.broken(f"{write.partition} ends at {write.at}, later than {self.limit_of(write.partition)}")

    def limit_of(self, execution_id: str) -> datetime:
        """When the execution must have ended if nobody says anything more."""
        waves = self.ledger.plan_of(execution_id).values()
        minutes = sum(wave.wait_minutes + wave.deadline_minutes for wave in waves) + DRAIN_MINUTES
        return self._since[execution_id] + timedelta(minutes=minutes) + SLACK + self.outages

    def at_rest(self, rest: Rest) -> None:
        for execution in self.ledger.executions.values():
            if rest.is_over and not execution.is_terminal:
                self.broken(f"{execution.execution_id} is {execution.status} and does not end")
