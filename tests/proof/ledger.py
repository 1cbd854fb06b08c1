"""What the facts so far add up to: jobs and instances as DRS made them, executions and rows as we wrote them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from local.drs_simulator.record import Call, Effect
from shared.engine.bounds import JUDGEMENT_GRACE
from shared.models.base import format_instant
from shared.models.execution import TERMINAL_STATUSES
from shared.stores.table import Item
from tests.proof.facts import Act, Fact, Plan, Written, instant
from tests.proof.witness import Witness
from tests.support.oracle import EXECUTION_TAG, LAUNCH_TAG

TERMINAL: Final = frozenset(status.value for status in TERMINAL_STATUSES)
IN_TIME: Final = timedelta(seconds=175)
"""So long after its intent a call may have its effect; later none is expected, and its launch is given up."""
LOOKED_FOR: Final = timedelta(minutes=2)
"""In so long somebody who can looks at what is there: every half minute, or a little later."""


@dataclass(slots=True)
class Job:
    """A job of DRS; one without tags is somebody else's."""

    job_id: str
    type: str
    place: tuple[str, str]
    servers: frozenset[str]
    launch_id: str
    execution_id: str
    created_at: datetime
    listed_from: datetime
    """Since when listings show it."""
    hides_tags: bool = False
    """Listings do not tell whose it is."""
    ended_at: datetime | None = None
    launched: set[str] = field(default_factory=set)
    known_at: datetime | None = None
    """Since when we know that it is ours: a listing or its tags have told so, or its launch names it."""
    suspected_at: datetime | None = None
    """Since when a launch says that it may be ours, or may have been: nobody could read its tags."""

    @property
    def is_live(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None

    def is_shown_by(self, call: Call) -> bool:
        """Whether a listing shows it, going by the filters; pages are not told apart."""
        filters: Mapping[str, Any] = call.parameters.get("filters") or {}
        ids, since = filters.get("jobIDs"), str(filters.get("fromDate", ""))
        is_named = ids is None or self.job_id in ids
        is_recent = not since or format_instant(self.created_at) >= since
        is_listed = call.time >= self.listed_from or ids is not None
        return self.place == (call.account, call.region) and is_named and is_recent and is_listed

    def is_told_by(self, call: Call) -> bool:
        """Whether the answer to a call tells that the job is ours."""
        match call.operation:
            case "DescribeJobs":
                return not self.hides_tags and self.is_shown_by(call)
            case "ListTagsForResource":
                return str(call.parameters.get("resourceArn", "")).endswith(f"/{self.job_id}")
            case _:
                return False


@dataclass(slots=True)
class Instance:
    """A recovery instance, `well_from` when its status checks pass, if they ever do."""

    instance_id: str
    server: str
    job: Job
    since: datetime
    well_from: datetime | None
    gone_at: datetime | None = None


@dataclass(slots=True)
class Execution:
    """An execution as its header says."""

    execution_id: str
    plan_id: str
    status: str
    started_at: datetime
    servers: frozenset[str]
    since: datetime
    """When it became what it is."""
    claimed_at: datetime
    """When its last step was claimed: whatever is written in it was looked up since."""
    point_in_time: datetime | None = None
    """To what it recovers, if not to the latest data."""
    was_ready: bool = False
    """Whether its start came to its end."""
    unlooked: frozenset[tuple[str, str]] = frozenset()
    """The accounts and regions in which it says, when it ends, that late jobs of lost launches were not looked for."""

    @property
    def is_terminal(self) -> bool:
        """Whether it has ended."""
        return self.status in TERMINAL

    @property
    def is_dead_start(self) -> bool:
        """Whether it ended before it was ready: its locks are whoever's wants them."""
        return self.is_terminal and not self.was_ready


class Ledger:
    """Reads facts in their order; invariants look things up here."""

    def __init__(self, plans: dict[str, Plan], witness: Witness) -> None:
        self.plans = plans
        self.witness = witness
        self.jobs: dict[str, Job] = {}
        self.live: dict[str, Job] = {}
        """The launch jobs that run, by server."""
        self.foreign: set[str] = set()
        self.hidden: dict[str, float] = {}
        """For how many seconds DRS may hide the instances of servers: who looks for them before finds nothing."""
        self.instances: dict[str, tuple[str, Job, datetime]] = {}
        """What lives: server, job, and when it was launched, by instance."""
        self.brought: dict[str, Instance] = {}
        """Whatever was launched, living or not."""
        self.executions: dict[str, Execution] = {}
        self.launches: dict[str, Item] = {}
        self.forgotten: set[str] = set()
        """The launches whose rows are deleted: of what was refused, and could have no job any more."""
        self.waves: dict[tuple[str, int], Item] = {}
        self.servers: dict[tuple[str, str], Item] = {}
        self.gates: dict[tuple[str, str, int], Item] = {}
        self.requests: dict[tuple[str, str], Item] = {}
        self.owners: dict[str, str] = {}
        """Who holds a server, by its id, as the lock row says."""
        self.acts: dict[str, list[Act]] = defaultdict(list)
        self.listed_at: dict[tuple[str, str], datetime] = {}
        """When somebody has listed the jobs of an account and region last, and not only some by their ids."""
        self._by_execution: dict[str, list[Job]] = defaultdict(list)
        self._brought_by: dict[tuple[str, str], list[Instance]] = defaultdict(list)
        self._brought_in: dict[str, list[Instance]] = defaultdict(list)
        """By job."""
        self._unknown: dict[str, Job] = {}
        """The launch jobs of ours that we do not know, by their launches."""

    def see(self, fact: Fact) -> None:
        """Take one fact in."""
        match fact:
            case Effect():
                self._became(fact)
            case Written():
                self._wrote(fact)
            case Act():
                self.acts[fact.execution_id].append(fact)
            case Call() if fact.outcome == "success":
                self._called(fact)

    def jobs_of(self, execution_id: str) -> list[Job]:
        """The launch jobs of an execution, in the order of their creation."""
        return self._by_execution.get(execution_id, [])

    def is_belated(self, job: Job) -> bool:
        """Whether the job began when its launch may have been given up: nobody could wait for it."""
        intent_at = self.launches.get(job.launch_id, {}).get("intentAt")
        return intent_at is not None and job.created_at > instant(intent_at) + IN_TIME

    def is_news(self, job: Job, at: datetime) -> bool:
        """Whether the job began when nobody could wait for it, and nobody of ours knew of it at that time."""
        is_unknown = job.known_at is None or job.known_at > at or job.launch_id in self.forgotten
        return self.is_belated(job) and is_unknown

    def is_begun_behind(self, job: Job) -> bool:
        """Whether a late job was there only after its execution's last step had listed what there is: nobody knows."""
        listed_at, execution = self.listed_at.get(job.place), self.executions[job.execution_id]
        # DRS tells the time of a call in whole milliseconds
        claimed_at = execution.claimed_at - timedelta(milliseconds=1)
        is_behind = listed_at is not None and claimed_at < listed_at < job.listed_from
        return is_behind and self.is_belated(job) and job.known_at is None

    def is_suspected(self, job: Job, at: datetime) -> bool:
        """Whether a launch of ours had said of the job, at that time, that it may be or have been its own."""
        return job.suspected_at is not None and job.suspected_at <= at

    def is_unlooked(self, job: Job) -> bool:
        """Whether the job is that of a lost launch, and its ended execution says that it was not looked for there."""
        launch, execution = self.launches.get(job.launch_id, {}), self.executions[job.execution_id]
        return launch.get("state") == "LOST" and job.place in execution.unlooked

    def plan_of(self, execution_id: str) -> Plan:
        """The plan of an execution that has a header."""
        return self.plans[self.executions[execution_id].plan_id]

    def wave_of(self, execution_id: str, server: str) -> int:
        """The wave in which the execution recovers the server."""
        return next(number for number, wave in self.plan_of(execution_id).items() if server in wave.servers)

    def instances_of(self, execution_id: str, server: str) -> list[Instance]:
        """Whatever the execution has launched of the server, living or not."""
        return self._brought_by.get((execution_id, server), [])

    def must_have_launched(self, execution_id: str) -> set[str]:
        """The servers that the execution has launched, as its last step must have found.

        Not those whose job it could not know, had not ended, or was given up; nor those whose instance DRS hid for
        longer than a verdict waits, or somebody replaced before.
        """
        at = self.executions[execution_id].claimed_at
        return {
            instance.server
            for job in self.jobs_of(execution_id)
            if not self.is_news(job, at) and not self.is_abandoned(job.launch_id) and not self._is_undecided(job)
            for instance in self._brought_in[job.job_id]
            if job.ended_at is not None and job.ended_at <= at and self._was_to_be_seen(instance, job.ended_at, at)
        }

    def _is_undecided(self, job: Job) -> bool:
        """Whether nothing told which of two jobs is ours: their servers are said to have failed."""
        return bool(self.launches.get(job.launch_id, {}).get("failsServers"))

    def _was_to_be_seen(self, instance: Instance, ended_at: datetime, at: datetime) -> bool:
        shown_from = instance.since + timedelta(seconds=self.hidden.get(instance.server, 0))
        until = min(at, ended_at + JUDGEMENT_GRACE, instance.gone_at or at)
        return shown_from <= min(at, ended_at + JUDGEMENT_GRACE) and max(shown_from, ended_at) + LOOKED_FOR <= until

    def acts_of(self, execution_id: str, verb: str, scope: str | None = None) -> Iterator[Act]:
        """What people did, of one kind, about one scope if it is given; acts without a scope may mean any."""
        for act in self.acts[execution_id]:
            if act.verb == verb and (scope is None or act.scope in ("", scope)):
                yield act

    def gates_of(self, execution_id: str, scope: str, kind: str) -> list[Item]:
        """The gates of one kind in one scope of an execution, the oldest first."""
        gates = [gate for (owner, whose, _), gate in self.gates.items() if (owner, whose) == (execution_id, scope)]
        return sorted((gate for gate in gates if gate["kind"] == kind), key=lambda gate: int(gate["number"]))

    def is_let_go_on(self, gate: Item) -> bool:
        """Whether anybody has approved the gate, or is about to."""
        acts = self.acts_of(str(gate["executionId"]), "approve", str(gate["scope"]))
        return any(act.decides(gate) for act in acts)

    def is_abandoned(self, launch_id: str) -> bool:
        """Whether the execution lists the launch as one whose job it ends without."""
        return bool(self.launches.get(launch_id, {}).get("abandonedAt"))

    def foreign_runs_in(self, place: tuple[str, str]) -> bool:
        """Whether somebody else's job runs there."""
        return any(job.is_live and job.place == place and job.job_id in self.foreign for job in self.jobs.values())

    def _called(self, call: Call) -> None:
        if call.operation == "DescribeJobs" and not (call.parameters.get("filters") or {}).get("jobIDs"):
            self.listed_at[call.account, call.region] = call.time
        for job in [job for job in self._unknown.values() if job.is_told_by(call)]:
            self._is_known(job, call.time)

    def _is_known(self, job: Job, at: datetime) -> None:
        job.known_at = at
        self._unknown.pop(job.launch_id, None)

    def _became(self, effect: Effect) -> None:
        match effect.kind:
            case "jobCreated":
                self._job_created(effect)
            case "jobEnded":
                self._job_ended(self.jobs[effect.job_id], effect.time)
            case "foreignJob":
                self.foreign.add(effect.job_id)
            case "instanceLaunched":
                self._launched(effect)
            case "instanceTerminated" if effect.instance_id in self.brought:
                self.instances.pop(effect.instance_id, None)
                self.brought[effect.instance_id].gone_at = effect.time

    def _launched(self, effect: Effect) -> None:
        job, name = self.jobs[effect.job_id], effect.instance_id
        job.launched.add(effect.server_id)
        self.instances[name] = effect.server_id, job, effect.time
        is_impaired = self.witness.is_impaired((effect.account, effect.region), name)
        well_from = None if is_impaired else effect.time + timedelta(seconds=self.witness.timings.status_checks)
        self.brought[name] = Instance(name, effect.server_id, job, effect.time, well_from)
        self._brought_by[job.execution_id, effect.server_id].append(self.brought[name])
        self._brought_in[job.job_id].append(self.brought[name])

    def _job_created(self, effect: Effect) -> None:
        tags = effect.detail["tags"]
        job = Job(
            effect.job_id,
            effect.detail["type"],
            (effect.account, effect.region),
            frozenset(effect.detail["servers"]),
            tags.get(LAUNCH_TAG, ""),
            tags.get(EXECUTION_TAG, ""),
            effect.time,
            instant(effect.detail.get("listedFrom", effect.time)),
            bool(effect.detail.get("hidesTags")),
        )
        self.jobs[job.job_id] = job
        if job.type == "LAUNCH":
            self.live |= dict.fromkeys(job.servers, job)
            if job.execution_id:
                self._by_execution[job.execution_id].append(job)
                self._unknown[job.launch_id] = job

    def _job_ended(self, job: Job, at: datetime) -> None:
        job.ended_at = at
        for server in job.servers:
            if self.live.get(server) is job:
                del self.live[server]

    def _wrote(self, write: Written) -> None:
        match write.noun:
            case "HEADER":
                self._header(write)
            case "LAUNCH":
                self._launch(write)
            case "WAVE":
                self.waves[write.partition, write.row["waveNumber"]] = write.row
            case "SERVER":
                self.servers[write.partition, write.row["server"]["sourceServerId"]] = write.row
            case "GATE":
                self.gates[write.partition, write.row["scope"], write.row["number"]] = write.row
            case "REQUEST":
                self.requests[write.partition, write.row["requestId"]] = write.row
            case "lock":
                self._lock(write)

    def _launch(self, write: Written) -> None:
        launch_id = str(write.row["launchId"])
        self.launches[launch_id] = write.row
        for job_id in (*write.row.get("suspects", ()), *write.row.get("unread", ())):
            if job_id in self.jobs:
                self.jobs[job_id].suspected_at = self.jobs[job_id].suspected_at or write.at
        job = self._unknown.get(launch_id)
        if write.after is None:
            self.forgotten.add(launch_id)
        elif job is not None and write.row.get("jobId") == job.job_id:
            self._is_known(job, write.at)

    def _lock(self, write: Written) -> None:
        server = write.partition.rpartition("#")[2]
        if write.after is None:
            self.owners.pop(server, None)
        else:
            self.owners[server] = write.after["ownerKey"]

    def _header(self, write: Written) -> None:
        if write.after is None:
            self.executions.pop(write.partition, None)
            return
        known = self.executions.get(write.partition)
        if known is None:
            plan = self.plans.get(write.sort, {})
            servers = frozenset(server for wave in plan.values() for server in wave.servers)
            asked = write.after.get("pointInTime")
            self.executions[write.partition] = Execution(
                write.partition,
                write.sort,
                write.after["status"],
                write.at,
                servers,
                write.at,
                write.at,
                instant(asked) if asked else None,
            )
            return
        if write.moved("step"):
            known.claimed_at = write.at
        if write.after["status"] in TERMINAL:
            known.unlooked = _unlooked(write.after)
        if known.status != write.after["status"]:
            known.status, known.since = write.after["status"], write.at
            known.was_ready = known.was_ready or not known.is_terminal


def _unlooked(header: Item) -> frozenset[tuple[str, str]]:
    """Where late jobs were not looked for, as far as the reason of the end says so too."""
    places = [(one["accountId"], one["region"]) for name in ("deniedIn", "unaskedIn") for one in header.get(name, ())]
    return frozenset(place for place in places if "/".join(place) in str(header["statusReason"]))
