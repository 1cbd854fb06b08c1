"""3. The simulator never refuses our executions alone for quota; what our jobs take is reserved as long as they run."""

from __future__ import annotations

from collections import Counter
from typing import Final

from local.drs_simulator.record import Call, Effect
from tests.proof.facts import Written
from tests.proof.invariants.reading import Invariant
from tests.proof.ledger import Ledger

JOBS: Final = 20
PER_JOB: Final = 100
SERVERS: Final = 500
"""The quotas of DRS (engine.md §9)."""

REFUSED_FOR_NOW: Final = frozenset({402, 403, 429})


class WithinQuotas(Invariant):
    """Refusals, the room that jobs take, and the rows in which it is reserved.

    A job of which DRS said that it was refused (the call was sent twice on its way) takes room by being listed.
    """

    number = 3

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._said_to_be_refused = set[str]()

    def called(self, call: Call) -> None:
        place = call.account, call.region
        if call.job_id and call.status in REFUSED_FOR_NOW:
            self._said_to_be_refused.add(call.job_id)
        elif call.error_code == "ServiceQuotaExceededException" and not self.ledger.foreign_runs_in(place):
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
            is_ours = job.launch_id and job.job_id not in self._said_to_be_refused
            if job.place == (account, region) and is_ours and job.launch_id not in held:
                self.broken(
                    f"{job.job_id} runs in {job.place}, and the room of its launch {job.launch_id} is given away"
                )
