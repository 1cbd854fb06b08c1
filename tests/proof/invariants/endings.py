"""4. A terminal execution has no job that runs and that it does not name, holds no lock, and stays what it is."""

from __future__ import annotations

from tests.proof.facts import HEADER, Written
from tests.proof.invariants.reading import Invariant, Rest
from tests.proof.ledger import TERMINAL


class TerminalForEver(Invariant):
    """The headers of executions, and what is left when they end."""

    number = 4

    def wrote(self, write: Written) -> None:
        if write.noun == "lock" and write.after is not None:
            self._check_taken(write)
        if write.noun != HEADER:
            return
        if write.after is None:
            self._check_deleted(write)
            return
        moved = write.moved("status")
        if moved is None:
            return
        before, after = moved
        if before in TERMINAL:
            self.broken(f"{write.partition} was {before} and becomes {after}")
        if after in TERMINAL:
            self._check_end(write.partition, after)

    def _check_deleted(self, write: Written) -> None:
        """A start that came to nothing leaves nothing; whoever might own a lock, or a job, stays."""
        held = [server for server, owner in self.ledger.owners.items() if owner == f"execution#{write.partition}"]
        if held or write.row["status"] != "PREPARING":
            self.broken(f"the header of {write.partition}, {write.row['status']} with locks of {held}, is deleted")

    def _check_taken(self, write: Written) -> None:
        kind, execution_id, *_ = str(write.row["ownerKey"]).split("#") + [""]
        execution = self.ledger.executions.get(execution_id)
        if kind == "execution" and execution is not None and execution.is_terminal:
            self.broken(f"{execution_id} is {execution.status} and takes {write.partition}")

    def _check_end(self, execution_id: str, status: str) -> None:
        running = [job for job in self.ledger.jobs_of(execution_id) if job.is_live]
        ledger = self.ledger
        told = [job for job in running if ledger.is_abandoned(job.launch_id) or ledger.is_unlooked(job)]
        unlisted = [job.job_id for job in running if job not in told and not ledger.is_begun_behind(job)]
        if unlisted:
            self.broken(f"{execution_id} is {status} although its jobs {unlisted} run and are not listed as abandoned")

    def at_rest(self, rest: Rest) -> None:
        for server, owner in self.ledger.owners.items():
            kind, name, *_ = owner.split("#")
            execution = self.ledger.executions.get(name)
            if kind == "job" or (execution is not None and execution.is_dead_start):
                continue
            is_left = execution is None or (execution.is_terminal and rest.is_settled(execution.since))
            if rest.is_over or (kind == "execution" and is_left):
                self.broken(f"{server} is still held by {owner}, which is {execution and execution.status}")
