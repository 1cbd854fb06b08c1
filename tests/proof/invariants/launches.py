"""1. A server is in one live launch job of ours at most, launched at most once per attempt; no job is unobserved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from local.drs_simulator.record import Call, Effect
from tests.proof.facts import HEADER, PRESSED, Act, Written
from tests.proof.invariants.reading import PATIENCE, Invariant
from tests.proof.ledger import TERMINAL, Job, Ledger
from tests.support.oracle import LAUNCH_TAG

NOT_LET_IN: Final = frozenset({"ExpiredTokenException", "UnrecognizedClientException"})
"""Refused at AWS's door: the SDK's caller may knock again with new credentials."""


class LaunchedOnce(Invariant):
    """Calls, jobs and instances of every launch of ours.

    A job that began when nobody could wait for it any more is no launch too many when it begins, nor while nobody of
    ours can know of it. From then on it counts like any other: nothing is launched beside it, nor in its place.
    """

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
        self._decided_at: dict[str, datetime] = {}
        """Of each launch, when the step was claimed that intended it: what was known then it had to heed."""
        self._suspected_at: dict[tuple[str, str], datetime] = {}
        """Since when a launch says of a job that it may be its own, by both: nobody could read whose it is."""

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
        """Whether nobody could know of the job, and DRS says no to this call.

        It had said no to the job's own call and did not list the job, or the job began when nobody waited for it. Of
        what may be ours for all that we know no call is made at all.
        """
        decided_at = self._decided_at.get(launch_id)
        suspected_at = [at for (_, job_id), at in self._suspected_at.items() if job_id == job.job_id]
        if decided_at is not None and any(at < decided_at for at in suspected_at):
            return False
        was_refused = self.ledger.launches.get(job.launch_id, {}).get("state") == "REFUSED"
        looked_at = self._known_until[launch_id].get(job.place, call.time)
        is_untold = (was_refused and looked_at < job.listed_from) or self._is_news(job, launch_id)
        return is_untold and call.outcome != "success"

    def _is_news(self, job: Job, launch_id: str) -> bool:
        """Whether nobody could wait for the job, nor know of it, when another launch was decided upon."""
        decided_at = self._decided_at.get(launch_id)
        return decided_at is not None and self.ledger.is_news(job, decided_at)

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
        if execution is None or (execution.is_terminal and not self.ledger.is_belated(job)):
            self.broken(f"the job {job.job_id} begins although {job.execution_id} is {execution and execution.status}")
        for server in sorted(job.servers):
            if server not in self.ledger.executions[job.execution_id].servers:
                self.broken(f"{server} is launched by {job.execution_id}, whose plan does not have it")
            if not self.ledger.is_belated(job):
                self._check_attempts(job, server)

    def _check_attempts(self, job: Job, server: str) -> None:
        execution_id = job.execution_id
        wave = str(self.ledger.wave_of(execution_id, server))
        retries = list(self.ledger.acts_of(execution_id, "retry", wave))
        jobs = [one for one in self.ledger.jobs_of(execution_id) if not self._is_news(one, job.launch_id)]
        earlier = [one for one in jobs if server in one.servers and one is not job]
        in_time = [one for one in earlier if not self.ledger.is_belated(one)]
        if len(in_time) > len(retries):
            words = f"{server} is launched {len(in_time) + 1} times by {execution_id}, retried {len(retries)} times"
            self.broken(f"{words}: {[one.job_id for one in in_time]}, now {job.job_id}")
        self._check_after_a_late_one(job, server, earlier, retries)
        hidden = timedelta(seconds=self.ledger.hidden.get(server, 0))
        alive = [
            instance
            for instance, (whose, by, since) in self.ledger.instances.items()
            if whose == server and by in earlier and since + hidden <= job.created_at
        ]
        if alive and not any(retry.relaunch for retry in retries):
            self.broken(f"{server} is launched anew although its instance {alive[0]} is there and nobody asked for it")

    def _check_after_a_late_one(self, job: Job, server: str, earlier: Sequence[Job], retries: Sequence[Act]) -> None:
        """The latest of the earlier jobs, if it came late, was the server's launch: after it, somebody asked for this.

        Whoever asked may have stood still before the request was there.
        """
        latest = earlier[-1] if earlier else None
        if latest is None or not self.ledger.is_belated(latest):
            return
        if not any(retry.at >= latest.created_at - PRESSED for retry in retries):
            words = f"{server} is launched by {job.job_id}, and nobody asked for it"
            self.broken(f"{words}: it was known since {latest.known_at} that {latest.job_id} had come late")

    def _suspect(self, write: Written) -> None:
        launch_id, suspects = write.row["launchId"], (write.after or {}).get("suspects", ())
        for job_id in (write.before or {}).get("suspects", ()):
            if job_id not in suspects:
                self._suspected_at.pop((launch_id, job_id), None)
        for job_id in suspects:
            self._suspected_at.setdefault((launch_id, job_id), write.at)

    def _look(self, call: Call) -> None:
        """Whoever lists jobs sees those that its filters name."""
        for job in [job for job in self._unseen.values() if job.is_shown_by(call)]:
            del self._unseen[job.job_id]

    def _is_unknown(self, job: Job) -> bool:
        """Whether listings have shown the job for some minutes, and its launch has none: be it one that was lost.

        What was refused, and has one later than anybody waits for, may be forgotten by then. That one has ended whose
        tags nobody could read is enough to know of it, if the launch says so.
        """
        launch = self.ledger.launches[job.launch_id]
        is_forgotten = job.launch_id in self.ledger.forgotten and self.ledger.is_belated(job)
        is_unread = not job.is_live and job.job_id in launch.get("unread", ())
        is_told = launch.get("jobId") or launch.get("abandonedAt") or is_unread or self.ledger.is_unlooked(job)
        return self._has_been_shown(job) and not is_forgotten and not is_told

    def _has_been_shown(self, job: Job) -> bool:
        """Whether listings showed the job before the last step of its execution began."""
        return job.listed_from < self.ledger.executions[job.execution_id].claimed_at - PATIENCE

    def wrote(self, write: Written) -> None:
        if write.noun == "LAUNCH":
            launch_id, execution = write.row["launchId"], self.ledger.executions.get(write.partition)
            self._known_until.setdefault(launch_id, dict(self._listed_at))
            self._decided_at.setdefault(launch_id, write.at if execution is None else execution.claimed_at)
            self._suspect(write)
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
            if job.execution_id == write.partition
            and not (self.ledger.is_abandoned(job.launch_id) or self.ledger.is_unlooked(job))
            and (self._has_been_shown(job) or not self.ledger.is_belated(job))
        ]
        if unseen:
            self.broken(f"{write.partition} ends although nobody has looked at the end of its jobs {unseen}")
