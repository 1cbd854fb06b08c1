"""3. The simulator never refuses our executions alone for quota; room is reserved as long as jobs run, in its order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, Final

from local.drs_simulator import Quotas
from local.drs_simulator.record import Call, Effect
from tests.proof.facts import HEADER, Written, instant
from tests.proof.invariants.reading import PATIENCE, Invariant
from tests.proof.ledger import TERMINAL, Job, Ledger

TICKET: Final = timedelta(seconds=180)
"""A ticket that was not renewed for so long is passed over (engine.md §6)."""

LISTED: Final = timedelta(days=1)
"""So long a job that runs is listed before a call (engine.md §6)."""

REFUSED_FOR_NOW: Final = frozenset({402, 403, 429})


class WithinQuotas(Invariant):
    """Refusals, the room that jobs take, and the rows in which it is reserved.

    A job of which DRS said that it was refused (the call was sent twice on its way) takes room by being listed; so does
    one that began when nobody could wait for it any more, and its launch was lost with its reservation. Only until the
    launch names its job, or its execution ends without it: listings go back a day, and it may hang for longer.
    """

    number = 3

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._said_to_be_refused = set[str]()
        self._lost = set[str]()
        """The launches that were lost at some time."""
        self._held: dict[str, Collection[str | None]] = {}
        """The launches and jobs that have room, by the row."""

    @property
    def _quotas(self) -> Quotas:
        return self.ledger.witness.quotas

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
        quotas = self._quotas
        if (
            len(running) > quotas.jobs_at_once
            or largest > quotas.servers_per_job
            or servers > quotas.servers_in_all_jobs
        ):
            self.broken(f"{place} has {len(running)} jobs with {servers} servers, the largest of {largest}")

    def wrote(self, write: Written) -> None:
        if write.noun == "LAUNCH" and write.row["state"] == "LOST":
            self._lost.add(write.row["launchId"])
        elif write.noun == HEADER and write.moved("committedStep"):
            self._check_kept(write.partition, is_over=write.row["status"] in TERMINAL)
        if write.noun != "quota":
            return
        taken = (write.after or {}).get("reservations", ())
        # one that may be the job of several launches has its room under any of them
        self._held[write.partition] = {one["reservationId"] for one in taken} | {one.get("jobId") for one in taken}
        unreserved = [job for job in self._ours_in(write.partition) if not self._has_room(job)]
        self._check_room(write, unreserved)
        for job in unreserved:
            if not self._takes_room_by_being_listed(job, write.at):
                self.broken(
                    f"{job.job_id} runs in {job.place}, and the room of its launch {job.launch_id} is given away"
                )

    def _ours_in(self, partition: str) -> list[Job]:
        """The launch jobs of ours that run in the account and region of a quota row."""
        _, account, region = partition.split("#")
        live = {job.job_id: job for job in self.ledger.live.values()}.values()
        return [job for job in live if job.launch_id and job.place == (account, region)]

    def _check_kept(self, execution_id: str, *, is_over: bool) -> None:
        """The jobs that launches of an execution name have room; when it ends without some, also what may be theirs."""
        for job in self.ledger.jobs_of(execution_id):
            launch = self.ledger.launches.get(job.launch_id, {})
            named = {launch.get("jobId")}
            if is_over:
                named = {*named, *launch.get("suspects", ())} if launch.get("abandonedAt") else set()
            if job.job_id in named and job.is_live and not self._has_room(job):
                self.broken(f"{job.job_id} of {execution_id} runs in {job.place}, and nothing keeps its room")

    def _has_room(self, job: Job) -> bool:
        held = self._held.get("#".join(("quota", *job.place)), ())
        return job.launch_id in held or job.job_id in held

    def _takes_room_by_being_listed(self, job: Job, at: datetime) -> bool:
        if self.ledger.launches.get(job.launch_id, {}).get("jobId") == job.job_id:
            return False
        is_late = job.launch_id in self._lost and self.ledger.is_belated(job) and at < job.created_at + LISTED
        return is_late or job.job_id in self._said_to_be_refused

    def _check_room(self, write: Written, unreserved: Sequence[Job]) -> None:
        """What is reserved fits the quotas, and so does what those want who came before; jobs without a reservation
        count when listings have shown them for minutes, or whoever reserves has begun to look since they were known.
        """
        reserved, quotas = _each_job_once((write.before or {}).get("reservations", ())), self._quotas
        # that of a job which runs already is no admission: it is made anew for one that was adopted late
        running = {job.launch_id for job in self._ours_in(write.partition)}
        before, tickets = (write.before or {}).get("reservations", ()), (write.before or {}).get("tickets", [])
        known = {one["reservationId"] for one in before} | running
        for new in (write.after or {}).get("reservations", ()):
            if new["reservationId"] in known or new.get("jobId"):
                continue
            listed = [job for job in unreserved if self._is_listed(job, write.at, new["executionId"])]
            held = [*({"reservationId": job.launch_id, "serverCount": len(job.servers)} for job in listed), *reserved]
            ahead = _ahead_of(new["executionId"], tickets, write.at)
            servers = _servers(held) + _servers(ahead) + new["serverCount"]
            if len(held) + len(ahead) + 1 > quotas.jobs_at_once or servers > quotas.servers_in_all_jobs:
                words = f"{new['reservationId']} of {new['serverCount']} servers gets room in {write.partition}"
                self.broken(f"{words}, where {held} have theirs, and {ahead} came before")
            reserved.append(new)

    def _is_listed(self, job: Job, at: datetime, execution_id: str) -> bool:
        """Whether the listing by which an execution takes room has shown the job."""
        execution = self.ledger.executions.get(execution_id)
        is_known = execution is not None and job.known_at is not None and job.known_at <= execution.claimed_at
        return is_known or job.listed_from < at - PATIENCE


def _ahead_of(holder: str, tickets: Sequence[Mapping[str, Any]], at: datetime) -> list[Mapping[str, Any]]:
    """The tickets that come before a holder's own; all of them, if there is none."""
    fresh = [ticket for ticket in tickets if at - instant(ticket["renewedAt"]) < TICKET]
    return list(takewhile(lambda ticket: ticket["holder"] != holder, fresh))


def _each_job_once(reservations: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What several launches hold for one job that may be any one's is taken once, for the most of its servers."""
    by_size = sorted(reservations, key=lambda one: int(one["serverCount"]))
    return list({one.get("jobId") or one["reservationId"]: one for one in by_size}.values())


def _servers(rows: Iterable[Mapping[str, Any]]) -> int:
    return sum(row["serverCount"] for row in rows)
