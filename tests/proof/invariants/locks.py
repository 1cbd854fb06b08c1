"""7. Two executions never hold one server."""

from __future__ import annotations

from local.drs_simulator.record import Call
from tests.proof.facts import HEADER, Written
from tests.proof.invariants.reading import Invariant
from tests.proof.ledger import Ledger

_GETTING_READY = "PREPARING"


class OneHolder(Invariant):
    """Lock rows, the executions that live, and who calls DRS for which server."""

    number = 7

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._live: dict[str, str] = {}
        """The execution that has a server, from its start to its end."""
        self._terminating: set[str] = set()

    def called(self, call: Call) -> None:
        if call.operation != "StartRecovery":
            return
        tags = call.parameters.get("tags") or {}
        execution_id = str(tags.get("DRSOrchestration:executionId", ""))
        for one in call.parameters.get("sourceServers", ()) if execution_id else ():
            owner = self.ledger.owners.get(str(one["sourceServerID"]))
            if owner != f"execution#{execution_id}":
                self.broken(f"{execution_id} launches {one['sourceServerID']}, which {owner or 'nobody'} holds")

    def wrote(self, write: Written) -> None:
        match write.noun:
            case "lock":
                self._check_lock(write)
            case "TERMINATION":
                key = f"termination#{write.partition}#{write.row['number']}"
                (self._terminating.add if write.row["status"] == "RUNNING" else self._terminating.discard)(key)
            case _ if write.noun == HEADER and write.moved("status"):
                self._check_execution(write)

    def _check_execution(self, write: Written) -> None:
        execution = self.ledger.executions.get(write.partition)
        if execution is None or execution.is_terminal:
            self._live = {server: name for server, name in self._live.items() if name != write.partition}
        elif execution.status != _GETTING_READY:
            for server in execution.servers:
                other = self._live.setdefault(server, write.partition)
                if other != write.partition:
                    self.broken(f"{server} is in {write.partition} and in {other}, and both live")

    def _check_lock(self, write: Written) -> None:
        """A lock goes from one owner to another, or to nobody, only if the first holds nothing any more."""
        moved = write.moved("ownerKey")
        if moved is None or moved[0] is None:
            return
        owner, successor = str(moved[0]), moved[1]
        kind, name, *_ = owner.split("#")
        match kind:
            case "execution":
                holds = self._execution_holds(name, successor)
            case "termination":
                # it releases what it holds when nothing is left, and says so afterwards
                holds = owner in self._terminating and successor is not None
            case _:
                holds = any(job.is_live and name in (job.job_id, job.launch_id) for job in self.ledger.jobs.values())
        if holds:
            self.broken(f"{write.partition} goes from {owner} to {successor}, although {owner} has not ended")

    def _execution_holds(self, execution_id: str, successor: str | None) -> bool:
        """A start that is being prepared may release what it took; an execution passes on to the jobs it leaves."""
        execution = self.ledger.executions.get(execution_id)
        if execution is None or execution.is_terminal:
            return False
        if execution.status == _GETTING_READY:
            return successor is not None
        kind, _, heir = str(successor).partition("#")
        own = [launch for launch in self.ledger.launches.values() if launch["executionId"] == execution_id]
        return kind != "job" or not any(heir in (launch.get("jobId"), launch["launchId"]) for launch in own)
