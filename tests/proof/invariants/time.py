"""5. Every execution ends within its deadlines plus drain, once its gates are answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from tests.proof.facts import HEADER, Act, Written
from tests.proof.invariants.reading import Invariant, Rest
from tests.proof.ledger import TERMINAL, Ledger

IDLE: Final = timedelta(minutes=20)
"""Longer than checks are given: so long nothing may go without a step while nothing is waited for."""
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
        self._idle_since: dict[str, datetime] = {}
        """When the last step of an execution left nothing to wait for."""

    def acted(self, act: Act) -> None:
        self._since[act.execution_id] = act.at

    def wrote(self, write: Written) -> None:
        if write.noun == "GATE" and write.moved("status"):
            # until it is decided the clock stands still
            self._since[write.partition] = write.at
        if write.noun != HEADER or write.after is None:
            return
        if write.moved("committedStep"):
            self._check_idle(write)
        if write.moved("status") is None:
            return
        self._since.setdefault(write.partition, write.at)
        if write.row["status"] in TERMINAL and write.at > self.limit_of(write.partition):
            self.broken(f"{write.partition} ends at {write.at}, later than {self.limit_of(write.partition)}")

    def _check_idle(self, write: Written) -> None:
        idle = write.at - self._idle_since.pop(write.partition, write.at)
        if idle > IDLE + self.outages:
            self.broken(f"{write.partition} did nothing for {idle}, and there was nothing to wait for")
        if not self._waits_for_something(write.partition):
            self._idle_since[write.partition] = write.at

    def _waits_for_something(self, execution_id: str) -> bool:
        """A person, a job, a call in doubt, or the minutes that a wave waits."""
        gates = (gate for (owner, _, _), gate in self.ledger.gates.items() if owner == execution_id)
        launches = (one for one in self.ledger.launches.values() if one["executionId"] == execution_id)
        return (
            any(gate["status"] == "OPEN" for gate in gates)
            or any(job.is_live for job in self.ledger.jobs_of(execution_id))
            or any(launch["state"] == "OPEN" for launch in launches)
            or any(wave.wait_minutes for wave in self.ledger.plan_of(execution_id).values())
        )

    def limit_of(self, execution_id: str) -> datetime:
        """When the execution must have ended if nobody says anything more."""
        waves = self.ledger.plan_of(execution_id).values()
        minutes = sum(wave.wait_minutes + wave.deadline_minutes + wave.drain_minutes for wave in waves)
        return self._since[execution_id] + timedelta(minutes=minutes) + SLACK + self.outages

    def at_rest(self, rest: Rest) -> None:
        for execution in self.ledger.executions.values():
            if rest.is_over and not execution.is_terminal:
                self.broken(f"{execution.execution_id} is {execution.status} and does not end")
