"""5, of waves: each is judged by its deadline, begins after its wait and not before, and is not drained for ever.

A deadline counts from the try for admission, without the time of an operator's pause; a drain from the moment at which
nothing was left to judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from local.drs_simulator.record import Effect
from tests.proof.facts import HEADER, Written
from tests.proof.invariants.reading import Invariant
from tests.proof.ledger import Job, Ledger

PAUSE: Final = "all"
RUNNING: Final = frozenset({"LAUNCHING", "LAUNCHED", "VALIDATING"})
ENDED: Final = frozenset({"COMPLETED", "PARTIAL", "FAILED", "SKIPPED", "CANCELLED", "TIMEOUT"})
COUNTED: Final = frozenset({"RUNNING", "PAUSED", "DRAINING"})
"""What an execution is while deadlines count."""

TICK: Final = timedelta(seconds=1)
"""DRS tells milliseconds."""
LATE: Final = timedelta(minutes=2)
"""So long after a deadline a step that leaves a wave unjudged may have been claimed: reads may lack their turn."""
STEPS: Final = timedelta(minutes=20)
"""In which a step comes that is due, whatever breaks off: the longest stand-still, the reconciler, the retries."""
UNREAD: Final = timedelta(minutes=5)
"""How much longer than its drain a job is asked for of which something is not known."""


@dataclass
class Counted:
    """A wave that runs: since when, and how long an operator's pause has been open meanwhile."""

    since: datetime
    paused: timedelta = timedelta()


class WavesInTime(Invariant):
    """The WAVE items and the steps of their executions."""

    number = 5

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self.outages = timedelta()
        """How long DRS, the roles or the tables were away, all in all."""
        self._running: dict[tuple[str, int], Counted] = {}
        self._paused: dict[str, datetime] = {}
        """Since when a pause of an execution has been open."""
        self._ended: dict[tuple[str, int], datetime] = {}
        """When the step was claimed in which a wave first ended: it may have decided so at once and written it late."""
        self._begun: set[tuple[str, int]] = set()
        self._moved: dict[str, datetime] = {}
        """When anything last became of the waves or the launches of an execution."""

    def became(self, effect: Effect) -> None:
        job = self.ledger.jobs.get(effect.job_id)
        if effect.kind == "jobCreated" and job is not None and job.execution_id in self.ledger.executions:
            for number in {self.ledger.wave_of(job.execution_id, server) for server in job.servers}:
                self._check_wait(job.execution_id, number, job.created_at)

    def wrote(self, write: Written) -> None:
        match write.noun:
            case "WAVE" if write.moved("status"):
                self._wave(write)
            case "LAUNCH" if write.moved("state"):
                self._moved[write.partition] = write.at
            case "GATE" if write.moved("status") and write.row["scope"] == PAUSE:
                self._pause(write)
            case _ if write.noun == HEADER and write.after is not None and write.moved("committedStep"):
                self._check_deadlines(write)
                self._check_drains(write)

    # -- waits ----------------------------------------------------------------------------------------------------

    def _check_wait(self, execution_id: str, number: int, at: datetime) -> None:
        """The first job of a wave comes no earlier than its turn, and its wait after that."""
        if (execution_id, number) in self._begun:
            return
        self._begun.add((execution_id, number))
        wave = self.ledger.plan_of(execution_id)[number]
        turns = [self.ledger.executions[execution_id].started_at]
        turns += [self._ended[execution_id, one] for one in wave.after if (execution_id, one) in self._ended]
        if wave.pause:
            turns.append(min((act.at for act in self.ledger.acts_of(execution_id, "approve", str(number))), default=at))
        if at < max(turns) + timedelta(minutes=wave.wait_minutes) - TICK:
            words = f"wave {number} of {execution_id} begins at {at}"
            self.broken(f"{words}, its turn came at {max(turns)}, and it waits {wave.wait_minutes} minutes")

    # -- deadlines ------------------------------------------------------------------------------------------------

    def _wave(self, write: Written) -> None:
        key, (before, after) = (write.partition, write.row["waveNumber"]), write.moved("status") or ("", "")
        self._moved[write.partition] = write.at
        if after in ENDED:
            self._ended.setdefault(key, self.ledger.executions[key[0]].claimed_at)
        if after in RUNNING and before not in RUNNING:
            self._running[key] = Counted(write.at)
        elif after not in RUNNING and key in self._running:
            if after in ("FAILED", "TIMEOUT") and self.ledger.executions[key[0]].status in COUNTED:
                self._check_too_late(write, key)
            del self._running[key]

    def _check_too_late(self, write: Written, key: tuple[str, int]) -> None:
        limit, words = (
            self._limit_of(key, write.at),
            f"wave {key[1]} of {key[0]} is {write.row['status']} at {write.at}",
        )
        if write.at > limit + STEPS + self.outages:
            self.broken(
                f"wave {key[1]} of {key[0]} is {write.row['status']} at {write.at}, its time was over at {limit}"
            )
        if write.row["status"] == "TIMEOUT" and write.at < limit - LATE:
            self.broken(f"{words}, and has time until {limit}")

    def _limit_of(self, key: tuple[str, int], now: datetime) -> datetime:
        counted, since = self._running[key], self._paused.get(key[0])
        paused = counted.paused + (now - max(since, counted.since) if since is not None else timedelta())
        return counted.since + timedelta(minutes=self.ledger.plan_of(key[0])[key[1]].deadline_minutes) + paused

    def _pause(self, write: Written) -> None:
        """Gates that replace one another are one pause."""
        gates = self.ledger.gates.items()
        is_open = any(
            owner == write.partition and scope == PAUSE and gate["status"] == "OPEN"
            for (owner, scope, _), gate in gates
        )
        if is_open:
            self._paused.setdefault(write.partition, write.at)
        elif write.partition in self._paused:
            since = self._paused.pop(write.partition)
            for (owner, _), counted in self._running.items():
                if owner == write.partition:
                    counted.paused += write.at - max(since, counted.since)

    def _check_deadlines(self, write: Written) -> None:
        """A step that was claimed after a deadline leaves no wave unjudged."""
        claimed_at = self.ledger.executions[write.partition].claimed_at
        if write.row["status"] not in COUNTED or write.partition in self._paused:
            return
        for key in self._running:
            if key[0] == write.partition and claimed_at > self._limit_of(key, write.at) + LATE + self.outages:
                words = f"wave {key[1]} of {key[0]} is not judged by the step of {claimed_at}"
                self.broken(f"{words}, and its time was over at {self._limit_of(key, write.at)}")

    # -- drains ---------------------------------------------------------------------------------------------------

    def _check_drains(self, write: Written) -> None:
        """Once nothing is left to judge, jobs are followed as long as their waves say, and then left."""
        execution = self.ledger.executions[write.partition]
        is_judged = execution.status in ("DRAINING", "CANCELLING")
        if not is_judged or (execution.status == "DRAINING" and self._has_running(write.partition)):
            return
        live = [job for job in self.ledger.jobs_of(write.partition) if job.is_live]
        waves = self.ledger.plan_of(write.partition)
        longest = max((wave.drain_minutes for wave in waves.values() if _works_at(live, wave.servers)), default=0)
        since = max([execution.since, self._moved[write.partition], *(job.created_at for job in live)])
        if live and execution.claimed_at > since + timedelta(minutes=longest) + UNREAD + STEPS + self.outages:
            words = f"{write.partition} is {execution.status} since {since}, with a drain of {longest} minutes"
            self.broken(f"{words}, and its jobs {[job.job_id for job in live]} are not left")

    def _has_running(self, execution_id: str) -> bool:
        return any(owner == execution_id for owner, _ in self._running)


def _works_at(jobs: list[Job], servers: frozenset[str]) -> bool:
    return any(job.servers & servers for job in jobs)
