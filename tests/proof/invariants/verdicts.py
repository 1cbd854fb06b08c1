"""11. What is called launched, healthy or completed is so, and what is called failed is not.

Held against what DRS, EC2, SSM and CloudWatch had at that time. What they tell late is forgiven: a verdict breaks the
invariant if it was certainly wrong all the time since its step was claimed, for whatever a step judges it has looked up
since.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from shared.stores.table import Item
from tests.proof.facts import HEADER, PlannedWave, Written
from tests.proof.invariants.reading import Invariant
from tests.proof.ledger import Instance, Ledger

GOOD: Final = frozenset({"COMPLETED", "PARTIAL"})
JUDGED: Final = frozenset({*GOOD, "FAILED", "TIMEOUT"})
WITH_A_JOB: Final = frozenset({"STARTED", "DONE"})
"""What a launch is whose job is known, and not lost or refused."""


class TrueVerdicts(Invariant):
    """The SERVER and WAVE items."""

    number = 11

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._fresh: dict[tuple[str, int], str] = {}
        """The verdicts of waves that the present step has given."""
        self._well: set[tuple[str, str]] = set()
        """The servers that were HEALTHY, until they were UNHEALTHY."""

    def wrote(self, write: Written) -> None:
        if write.after is None:
            return
        if write.noun == "SERVER":
            self._check_server(write)
        elif write.noun == "WAVE" and write.moved("status"):
            self._check_wave(write)
        elif write.noun == HEADER and write.moved("committedStep"):
            self._check_fresh(write.partition)

    # -- servers --------------------------------------------------------------------------------------------------

    def _check_server(self, write: Written) -> None:
        match (write.moved("launch") or ("", ""))[1]:
            case "LAUNCHED":
                self._check_launched(write)
            case "FAILED":
                self._check_failed(write)
            case "SKIPPED" | "CANCELLED":
                self._check_dropped(write)
        match (write.moved("health") or ("", ""))[1]:
            case "HEALTHY":
                self._check_healthy(write)
            case "UNHEALTHY":
                self._check_unhealthy(write)

    def _check_launched(self, write: Written) -> None:
        server, job = _server(write), self.ledger.jobs.get(str(write.row.get("jobId")))
        if job is None or job.execution_id != write.partition or server not in job.launched:
            self.broken(f"{server} of {write.partition} is LAUNCHED, and {job} has launched no instance of it")

    def _check_failed(self, write: Written) -> None:
        server, launch = _server(write), self.ledger.launches.get(str(write.row.get("launchId")))
        if launch is None or launch["state"] not in WITH_A_JOB or self.ledger.is_abandoned(launch["launchId"]):
            return
        words = f"{server} of {write.partition} is FAILED ({write.row.get('launchReason')})"
        job = self.ledger.jobs[launch["jobId"]]
        if job.is_live:
            self.broken(f"{words}, and its job {job.job_id} runs")
        for instance in self.ledger.instances_of(write.partition, server):
            if instance.job is job and self._is_shown(instance, write.partition):
                self.broken(f"{words}, and {instance.instance_id} of {job.job_id} was to be seen")

    def _check_dropped(self, write: Written) -> None:
        """Nobody lets a server go that a job of ours may have: one that was refused for now, or is in doubt.

        Nor one that has a late job of which the step could know, nor one that was HEALTHY and has an instance of ours.
        """
        server, claimed_at = _server(write), self.ledger.executions[write.partition].claimed_at
        job, words = self.ledger.live.get(server), f"{server} of {write.partition} is {write.row['launch']}"
        if job is not None and job.execution_id == write.partition and not self.ledger.is_news(job, claimed_at):
            self.broken(f"{words}, and our {job.job_id} runs")
        for instance in self.ledger.instances_of(write.partition, server):
            was_well = (write.partition, server) in self._well and not self.ledger.is_news(instance.job, claimed_at)
            if was_well and self._is_shown(instance, write.partition):
                self.broken(f"{words}, it was HEALTHY, and {instance.instance_id} is there")

    def _check_healthy(self, write: Written) -> None:
        server, name = _server(write), str(write.row.get("recoveryInstanceId"))
        words = f"{server} of {write.partition} is HEALTHY"
        instance = self.ledger.brought.get(name)
        if instance is None or instance.job.execution_id != write.partition or instance.server != server:
            self.broken(f"{words}, and its instance {name} is not there, or not of a job of it")
        if instance.well_from is None or instance.well_from > write.at:
            self.broken(f"{words}, and {name} has not passed its status checks")
        claimed_at = self.ledger.executions[write.partition].claimed_at
        if instance.gone_at is not None and instance.gone_at <= claimed_at:
            self.broken(f"{words}, and {name} was terminated at {instance.gone_at}")
        commands = self._wave_of(write.partition, server).commands
        if self.ledger.witness.commands_run(name, write.at) < commands:
            self.broken(f"{words}, and not all of its {commands} commands have run")
        if commands and self._fails(name, claimed_at):
            self.broken(f"{words}, and its commands fail")
        self._well.add((write.partition, server))

    def _check_unhealthy(self, write: Written) -> None:
        server, claimed_at = _server(write), self.ledger.executions[write.partition].claimed_at
        self._well.discard((write.partition, server))
        if self._wave_of(write.partition, server).commands:
            return
        for instance in self.ledger.instances_of(write.partition, server):
            is_its_own = instance.job.job_id == write.row.get("jobId") and self._is_shown(instance, write.partition)
            if is_its_own and instance.well_from is not None and instance.well_from <= claimed_at:
                words = f"{server} of {write.partition} is UNHEALTHY ({write.row.get('healthReason')})"
                self.broken(f"{words}, and {instance.instance_id} is well since {instance.well_from}")

    def _is_shown(self, instance: Instance, execution_id: str) -> bool:
        """Whether the instance lives, and DRS has shown it since the present step was claimed."""
        hidden = timedelta(seconds=self.ledger.hidden.get(instance.server, 0))
        return instance.gone_at is None and instance.since + hidden <= self.ledger.executions[execution_id].claimed_at

    def _fails(self, instance_id: str, claimed_at: datetime) -> bool:
        since = self.ledger.witness.failing.get(instance_id)
        return since is not None and since <= claimed_at

    def _wave_of(self, execution_id: str, server: str) -> PlannedWave:
        return self.ledger.plan_of(execution_id)[self.ledger.wave_of(execution_id, server)]

    # -- waves ----------------------------------------------------------------------------------------------------

    def _check_wave(self, write: Written) -> None:
        """What a wave needs was there, whatever the rows of its servers say."""
        number, status = write.row["waveNumber"], write.row["status"]
        self._fresh.pop((write.partition, number), None)
        if status in JUDGED:
            self._fresh[write.partition, number] = status
        if status not in GOOD:
            return
        wave = self.ledger.plan_of(write.partition)[number]
        could = {server for server in wave.required if self._could_be_well(write.partition, server, wave, write.at)}
        needed = wave.needed if status == "PARTIAL" or wave.all_optional else len(wave.required)
        words = f"wave {number} of {write.partition} is {status}"
        if len(could) < needed:
            self.broken(f"{words}, and of {sorted(wave.required)} only {sorted(could)} can be well")
        claimed_at = self.ledger.executions[write.partition].claimed_at
        for place in _alarms(write.row):
            since = self.ledger.witness.ringing.get(place)
            if since is not None and since <= claimed_at:
                self.broken(f"{words}, and its alarm in {place} has been ringing since {since}")

    def _could_be_well(self, execution_id: str, server: str, wave: PlannedWave, at: datetime) -> bool:
        """Whether any instance of the server was; one that was taken away later is none of ours to notice."""
        instances = self.ledger.instances_of(execution_id, server)
        if wave.all_optional:
            return bool(instances)
        return any(one.well_from is not None and one.well_from <= at for one in instances)

    def _check_fresh(self, execution_id: str) -> None:
        """The verdicts that a step commits are those that follow from its servers'."""
        for (owner, number), status in list(self._fresh.items()):
            if owner == execution_id:
                del self._fresh[owner, number]
                wrong = contradiction(self.ledger, execution_id, number, status)
                if wrong:
                    self.broken(wrong)


def contradiction(ledger: Ledger, execution_id: str, number: int, status: str) -> str:
    """How a wave's verdict contradicts those of its servers, as their rows have them; empty if it does not."""
    wave = ledger.plan_of(execution_id)[number]
    well = {one for one in wave.required if _is_well(ledger.servers.get((execution_id, one)), wave)}
    is_complete = well >= wave.required if not wave.all_optional else bool(well)
    match status:
        case "COMPLETED":
            is_wrong = not is_complete
        case "PARTIAL":
            is_wrong = is_complete or len(well) < wave.needed
        case "FAILED" | "TIMEOUT":
            is_wrong = len(well) >= wave.needed and not _alarms(ledger.waves[execution_id, number])
        case _:
            is_wrong = False
    words = f"wave {number} of {execution_id} is {status}, and of {sorted(wave.required)} {sorted(well)} are well"
    return words if is_wrong else ""


def _server(write: Written) -> str:
    return str(write.row["server"]["sourceServerId"])


def _is_well(row: Item | None, wave: PlannedWave) -> bool:
    is_launched = row is not None and row["launch"] == "LAUNCHED"
    return is_launched and (wave.all_optional or (row or {})["health"] == "HEALTHY")


def _alarms(row: Item) -> list[tuple[str, str]]:
    """The places of the alarms of a wave."""
    checks = row.get("healthChecks") or {}
    return [(alarm["accountId"], alarm["region"]) for alarm in checks.get("alarms", ())]
