"""3. The simulator never refuses our executions alone for quota; what our jobs take is reserved as long as they run."""

from __future__ import annotations

from collections import Counter
from typing import Final

from local.drs_simulator.record import Call, Effect
from tests.proof.facts import Written
from tests.proof.invariants.reading import Invariant

JOBS: Final = 20
PER_JOB: Final = 100
SERVERS: Final = 500
"""The quotas of DRS (engine.md §9)."""


class WithinQuotas(Invariant):
    """Refusals, the room that jobs take, and the rows in which it is reserved."""

    number = 3

    def called(self, call: Call) -> None:
        place = call.account, call.region
        if call.error_code == "ServiceQuotaExceededException" and not self.ledger.foreign_runs_in(place):
            self.broken(f"DRS refused {call.operation} in {place} for a quota, and nobody else has a job there")

    def became(self, effect: Effect) -> None:
        if effect.kind != "jobCreated":
            return
        place = effect.account, effect.region
        running = [job for job in self.ledger.jobs.values() if job.is_live and job.place == place]
        servers = sum(len(job.servers) for job in running)
        largest = max(len(job.servers) for job in running)
        if len(running) > JOBS or largest > PER_JOB or servers > SERVERS:
            self.broken(f"{place} has {len(running)} jobs with {servers} servers, the largest of {largest}")

    def wrote(self, write: Written) -> None:
        if write.noun != "quota":
            return
        _, account, region = write.partition.split("#")
        held = Counter(one["reservationId"] for one in (write.after or {}).get("reservations", ()))
        for job in {id(job): job for job in self.ledger.live.values()}.values():
            if job.place == (account, region) and job.launch_id and job.launch_id not in held:
                self.broken(
                    f"{job.job_id} runs in {job.place}, and the room of its launch {job.launch_id} is given away"
                )
