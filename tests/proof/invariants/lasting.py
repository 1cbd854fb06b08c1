"""11, of HEALTHY servers: when all is over each still names the instance that it had when its wave was judged.

An instance that is taken away after the verdict of its wave is none of ours to notice, nor is one that anybody else
takes away. But what a job of ours has done to it before that verdict is: such a job may come late, and whoever judges a
wave by then knows of it. One that still runs is waited for, unless the wave's time is over or it is cancelled: then it
is let go unjudged, and nobody looks any more at what that job does.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from shared.stores.table import Item
from tests.proof.facts import HEADER, Written
from tests.proof.invariants.conclusions import ENDED
from tests.proof.invariants.reading import Invariant
from tests.proof.ledger import TERMINAL, Instance, Job, Ledger

DROPPED: Final = frozenset({"SKIPPED", "CANCELLED"})
HEALTHY: Final = ("LAUNCHED", "HEALTHY")


class HealthyToTheEnd(Invariant):
    """The SERVER items when their execution ends, against what DRS has launched and taken away by then."""

    number = 11

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._judged: dict[tuple[str, int], tuple[datetime, datetime]] = {}
        """Of each wave, when the step was claimed that ended it, and when that was written."""

    def wrote(self, write: Written) -> None:
        if write.noun == "WAVE" and write.after is not None and (write.moved("status") or write.moved("triedAt")):
            self._judge(write)
        elif write.noun == HEADER and write.moved("status") and write.row["status"] in TERMINAL:
            for (execution_id, server), row in self.ledger.servers.items():
                if execution_id == write.partition and (row["launch"], row.get("health")) == HEALTHY:
                    self._check(execution_id, server, row)

    def _judge(self, write: Written) -> None:
        """A retry may bring another verdict in one step; a skip of a wave that has one judges nothing anew."""
        key, status = (write.partition, int(write.row["waveNumber"])), write.row["status"]
        if status not in DROPPED:
            self._judged.pop(key, None)
        if status in ENDED:
            self._judged.setdefault(key, (self.ledger.executions[write.partition].claimed_at, write.at))

    def _check(self, execution_id: str, server: str, row: Item) -> None:
        claimed_at, judged_at = self._judged[execution_id, self.ledger.wave_of(execution_id, server)]
        name = str(row.get("recoveryInstanceId"))
        words = f"at the end {server} of {execution_id} is HEALTHY"
        instance = self.ledger.brought.get(name)
        if instance is None or instance not in self.ledger.instances_of(execution_id, server):
            self.broken(f"{words}, and its instance {name} is not there, or not of a job of it")
        if instance.well_from is None or instance.well_from > judged_at:
            self.broken(f"{words}, and {name} had not passed its status checks when its wave was judged")
        for job in self.ledger.jobs_of(execution_id):
            is_over = job.ended_at is not None and job.ended_at <= claimed_at
            if server in job.servers and job is not instance.job and is_over:
                self._check_beside(job, instance, claimed_at, words)

    def _check_beside(self, job: Job, instance: Instance, claimed_at: datetime, words: str) -> None:
        """What another job of ours, which had ended by the verdict of the wave, has done."""
        words, gone_at = f"{words} by {instance.instance_id}, which {job.job_id}", instance.gone_at
        if self.ledger.is_news(job, claimed_at) and not self.ledger.is_suspected(job, claimed_at):
            return
        for other in self.ledger.instances_of(job.execution_id, instance.server):
            if other.job is job and other.since > instance.since:
                self.broken(f"{words} had replaced by {other.instance_id} when its wave was judged")
        if gone_at is not None and job.created_at <= gone_at <= (job.ended_at or gone_at):
            self.broken(f"{words} had taken away at {gone_at}, before its wave was judged")
