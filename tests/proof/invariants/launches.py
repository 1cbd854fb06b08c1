"""1. A server is in one live launch job of ours at most, launched at most once per attempt; no job is unobserved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from local.drs_simulator.record import Call, Effect
from shared.models.base import format_instant
from tests.proof.facts import HEADER, Written
from tests.proof.invariants.reading import PATIENCE, Invariant
from tests.proof.ledger import TERMINAL, Job, Ledger
from tests.support.oracle import LAUNCH_TAG

NOT_LET_IN: Final = frozenset({"ExpiredTokenException", "UnrecognizedClientException"})
"""Refused at AWS's door: the SDK's caller may knock again with new credentials."""


class LaunchedOnce(Invariant):
    """Calls, jobs and instances of every launch of ours."""

    number = 1

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._calls: Counter[str] = Counter()
        self._launches: Counter[str] = Counter()
        self._nameless: str = ""
        self._unseen: dict[str, Job] = {}
        self._listed_at: dict[tuple[str, str], datetime] = {}
        """When somebody last listed the jobs of an account and region."""
        self._known_until: dict[str, dict[tuple[str, str], datetime]] = {}
        """Of each launch, when jobs had last been listed before its intent."""

    def called(self, call: Call) -> None:
        launch_id = str((call.parameters.get("tags") or {}).get(LAUNCH_TAG, ""))
        if call.operation == "DescribeJobs" and call.outcome == "success":
            self._listed_at[call.account, call.region] = call.time
            self._look(call)
        elif call.operation == "StartRecovery" and call.error_code not in NOT_LET_IN and launch_id:
            self._calls[launch_id] += 1
            self._check_call(call, launch_id)

    def _check_call(self, call: Call, launch_id: str) -> None:
        if self._calls[launch_id] > 1:
            self.broken(f"StartRecovery is called again for the launch {launch_id}")
        servers = {str(one["sourceServerID"]) for one in call.parameters["sourceServers"]}
        intent = self.ledger.launches.get(launch_id)
        if (
            intent is None
            or intent["state"] != "OPEN"
            or {one.partition("#")[0] for one in intent["servers"]} != servers
        ):
            self.broken(f"StartRecovery is called for {launch_id} without the intent to: {intent}")
        for server in servers:
            job = self.ledger.live.get(server)
            if job is not None and job.launch_id not in ("", launch_id) and not self._is_untold(job, call, launch_id):
                self.broken(f"StartRecovery is called for {server}, which our job {job.job_id} launches at this moment")

    def _is_untold(self, job: Job, call: Call, launch_id: str) -> bool:
        """Whether nobody could know of the job: DRS said no to its call, did not list it, and says no to this one."""
        was_refused = self.ledger.launches.get(job.launch_id, {}).get("state") == "REFUSED"
        looked_at = self._known_until[launch_id].get(job.place, call.time)
        return was_refused and looked_at < job.listed_from and call.outcome != "success"

    def became(self, effect: Effect) -> None:
        if self._nameless and effect.kind != "foreignJob":
            self.broken(f"the job {self._nameless} carries no tags of ours, and nobody else has started it")
        self._nameless = ""
        job = self.ledger.jobs.get(effect.job_id)
        if job is None or job.type != "LAUNCH":
            return
        if effect.kind == "jobCreated":
            self._check_job(job)
        elif effect.kind == "jobEnded" and job.execution_id:
            self._unseen[job.job_id] = job

    def _check_job(self, job: Job) -> None:
        if not job.launch_id or not job.execution_id:
            self._nameless = job.job_id
            return
        self._launches[job.launch_id] += 1
        if self._launches[job.launch_id] > 1:
            self.broken(f"the launch {job.launch_id} has a second job, {job.job_id}")
        execution = self.ledger.executions.get(job.execution_id)
        if execution is None or execution.is_terminal:
            self.broken(f"the job {job.job_id} begins although {job.execution_id} is {execution and execution.status}")
        for server in job.servers if not self.ledger.is_belated(job) else ():
            self._check_attempts(job, server)

    def _check_attempts(self, job: Job, server: str) -> None:
        execution_id = job.execution_id
        if server not in self.ledger.executions[execution_id].servers:
            self.broken(f"{server} is launched by {execution_id}, whose plan does not have it")
        wave = str(self.ledger.wave_of(execution_id, server))
        retries = list(self.ledger.acts_of(execution_id, "retry", wave))
        jobs = [one for one in self.ledger.jobs_of(execution_id) if not self.ledger.is_belated(one)]
        earlier = [one for one in jobs if server in one.servers and one is not job]
        if len(earlier) > len(retries):
            words = f"{server} is launched {len(earlier) + 1} times by {execution_id}, retried {len(retries)} times"
            self.broken(f"{words}: {[one.job_id for one in earlier]}, now {job.job_id}")
        hidden = timedelta(seconds=self.ledger.hidden.get(server, 0))
        alive = [
            instance
            for instance, (whose, by, since) in self.ledger.instances.items()
            if whose == server and by in earlier and since + hidden <= job.created_at
        ]
        if alive and not any(retry.relaunch for retry in retries):
            self.broken(f"{server} is launched anew although its instance {alive[0]} is there and nobody asked for it")

    def _look(self, call: Call) -> None:
        """Whoever lists jobs sees those that its filters name; pages are not told apart."""
        if not self._unseen:
            return
        filters: Mapping[str, Any] = call.parameters.get("filters") or {}
        ids, since = filters.get("jobIDs"), str(filters.get("fromDate", ""))
        for job in list(self._unseen.values()):
            is_named = ids is None or job.job_id in ids
            is_recent = not since or format_instant(job.created_at) >= since
            is_shown = call.time >= job.listed_from or ids is not None
            if job.place == (call.account, call.region) and is_named and is_recent and is_shown:
                del self._unseen[job.job_id]

    def _is_unknown(self, job: Job) -> bool:
        """Whether listings have shown the job for some minutes, and its launch has none: be it one that was lost.

        What was refused, and has one later than anybody waits for, is forgotten by then.
        """
        launch = self.ledger.launches[job.launch_id]
        is_forgotten = launch["state"] == "REFUSED" and self.ledger.is_belated(job)
        has_been_shown = job.listed_from < self.ledger.executions[job.execution_id].claimed_at - PATIENCE
        return has_been_shown and not launch.get("jobId") and not is_forgotten and not launch.get("abandonedAt")

    def wrote(self, write: Written) -> None:
        if write.noun == "LAUNCH":
            self._known_until.setdefault(write.row["launchId"], dict(self._listed_at))
        moved = write.moved("status") if write.noun == HEADER else None
        if moved is None or moved[1] not in TERMINAL:
            return
        unknown = [job.job_id for job in self.ledger.jobs_of(write.partition) if self._is_unknown(job)]
        if unknown:
            self.broken(f"{write.partition} ends and does not know of its jobs {unknown}")
        # one that is listed as abandoned may end at any moment: the reconciler looks for its end
        unseen = [
            job.job_id
            for job in self._unseen.values()
            if job.execution_id == write.partition and not self.ledger.is_abandoned(job.launch_id)
        ]
        if unseen:
            self.broken(f"{write.partition} ends although nobody has looked at the end of its jobs {unseen}")
