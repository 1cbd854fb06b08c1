"""What the engine asks the world, and what it was told; an unanswered question is never a negative answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.drs_limits import DrsQuotas
from shared.models.checks_seen import AlarmReading, Invocation, SentListing
from shared.models.drs import (
    InstanceHealth,
    Job,
    JobListing,
    JobLogEntry,
    LaunchSettings,
    RecoveryInstance,
    RecoverySnapshot,
    SourceServer,
)
from shared.models.server_record import ServerRecord
from shared.models.targets import ServerKey, Target
from shared.models.verified_settings import VerifiedSettings
from shared.models.wave_record import WaveRecord


@dataclass(frozen=True)
class Unavailable:
    """Could not be asked: a finding in itself, never a pass. Without a reason it is only asked later."""

    reason: str


@dataclass(frozen=True)
class JobsQuestion:
    """Which jobs to list: those with these ids and, while any launch is in doubt, all created since an instant."""

    ids: frozenset[str] = frozenset()
    since: datetime | None = None

    def is_answered_by(self, asked: "JobsQuestion", listing: JobListing) -> bool:
        """Whether the listing that answers another question answers this one too.

        It does not for want of jobs: of an earlier instant, or with an id that it was not asked for and does not show.
        """
        reaches = self.since is None or (asked.since is not None and asked.since <= self.since)
        return reaches and self.ids <= asked.ids | {job.job_id for job in listing.jobs}

    def and_also(self, other: "JobsQuestion") -> "JobsQuestion":
        """The question whose answer answers both."""
        instants = [since for since in (self.since, other.since) if since is not None]
        return JobsQuestion(self.ids | other.ids, min(instants, default=None))


@dataclass(frozen=True)
class SnapshotQuestion:
    """The newest recovery snapshot of a server that is not later than an instant.

    There may be no time for all that are asked: who was asked in vain before, and when, comes after who was not.
    """

    not_later_than: datetime
    asked_in_vain_at: datetime | None = None

    @property
    def turn(self) -> float:
        """The smallest is asked first."""
        return 0.0 if self.asked_in_vain_at is None else self.asked_in_vain_at.timestamp()


@dataclass(frozen=True)
class LoadedWave:
    """A wave with all its servers, as stored."""

    record: WaveRecord
    servers: tuple[ServerRecord, ...]


@dataclass(frozen=True)
class LooksAtSettings:
    """What was found of servers' launch settings, and the versions that their groups have now, of those that exist."""

    seen: Mapping[ServerKey, VerifiedSettings] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)

    def of_now(self, server: ServerKey) -> VerifiedSettings | None:
        """What was found of a server, if its group is as it was then."""
        seen = self.seen.get(server)
        return seen if seen is not None and seen.is_about(self.versions) else None


@dataclass
class Questions:
    """What a decision still needs to know; grouped so that each account and region is asked once."""

    waves: set[int] = field(default_factory=set)
    verified: set[int] = field(default_factory=set)
    jobs: dict[Target, JobsQuestion] = field(default_factory=dict)
    instances: dict[Target, set[str]] = field(default_factory=dict)
    health: dict[Target, set[str]] = field(default_factory=dict)
    sources: dict[Target, set[str]] = field(default_factory=dict)
    settings: dict[Target, set[str]] = field(default_factory=dict)
    job_logs: dict[Target, set[str]] = field(default_factory=dict)
    job_tags: dict[Target, set[str]] = field(default_factory=dict)
    past_jobs: set[Target] = field(default_factory=set)
    snapshots: dict[Target, dict[str, SnapshotQuestion]] = field(default_factory=dict)
    limits: set[Target] = field(default_factory=set)
    alarms: dict[Target, set[str]] = field(default_factory=dict)
    agents: dict[Target, set[str]] = field(default_factory=dict)
    invocations: dict[Target, set[str]] = field(default_factory=dict)
    sent: dict[Target, datetime] = field(default_factory=dict)

    @property
    def targets(self) -> set[Target]:
        """The accounts and regions that are asked."""
        return {
            *self.jobs,
            *self.instances,
            *self.health,
            *self.sources,
            *self.settings,
            *self.job_logs,
            *self.job_tags,
            *self.past_jobs,
            *self.snapshots,
            *self.limits,
            *self.alarms,
            *self.agents,
            *self.invocations,
            *self.sent,
        }

    def __bool__(self) -> bool:
        return bool(self.waves or self.verified or self.targets)


@dataclass(frozen=True)
class Observations:
    """Answers so far. Recovery instances are keyed by source server, the rest by ids and names of its own; agents and
    invocations of commands by EC2 instance.

    A key that is present with None (or an empty tuple) was asked about and is not there. `held_up` says by wave why
    servers found no room when this step tried to launch them, without a reason that it is not their turn yet; `queued`
    where it may have taken a ticket. Both are None before it has tried. `asked_at` is when this step began to ask: no
    answer is older.
    """

    waves: Mapping[int, LoadedWave] = field(default_factory=dict)
    verified: Mapping[int, LooksAtSettings] = field(default_factory=dict)
    jobs: Mapping[Target, JobListing | Unavailable] = field(default_factory=dict)
    asked_jobs: Mapping[Target, JobsQuestion] = field(default_factory=dict)
    instances: Mapping[ServerKey, tuple[RecoveryInstance, ...] | Unavailable] = field(default_factory=dict)
    health: Mapping[tuple[Target, str], InstanceHealth | Unavailable | None] = field(default_factory=dict)
    sources: Mapping[ServerKey, SourceServer | Unavailable | None] = field(default_factory=dict)
    settings: Mapping[ServerKey, LaunchSettings | Unavailable] = field(default_factory=dict)
    job_logs: Mapping[tuple[Target, str], tuple[JobLogEntry, ...] | Unavailable] = field(default_factory=dict)
    job_tags: Mapping[tuple[Target, str], Mapping[str, str] | Unavailable] = field(default_factory=dict)
    past_jobs: Mapping[Target, tuple[Job, ...] | Unavailable] = field(default_factory=dict)
    snapshots: Mapping[ServerKey, RecoverySnapshot | Unavailable | None] = field(default_factory=dict)
    limits: Mapping[Target, DrsQuotas] = field(default_factory=dict)
    alarms: Mapping[tuple[Target, str], AlarmReading | Unavailable | None] = field(default_factory=dict)
    agents: Mapping[tuple[Target, str], str | Unavailable | None] = field(default_factory=dict)
    invocations: Mapping[tuple[Target, str], Mapping[str, Invocation] | Unavailable] = field(default_factory=dict)
    sent: Mapping[Target, SentListing | Unavailable] = field(default_factory=dict)
    held_up: Mapping[int, tuple[str, ...]] | None = None
    queued: frozenset[Target] | None = None
    asked_at: datetime | None = None

    def merged(self, other: "Observations") -> "Observations":
        """These answers and the others."""
        return Observations(
            waves={**self.waves, **other.waves},
            verified={**self.verified, **other.verified},
            jobs={**self.jobs, **other.jobs},
            asked_jobs={**self.asked_jobs, **other.asked_jobs},
            instances={**self.instances, **other.instances},
            health={**self.health, **other.health},
            sources={**self.sources, **other.sources},
            settings={**self.settings, **other.settings},
            job_logs={**self.job_logs, **other.job_logs},
            job_tags={**self.job_tags, **other.job_tags},
            past_jobs={**self.past_jobs, **other.past_jobs},
            snapshots={**self.snapshots, **other.snapshots},
            limits={**self.limits, **other.limits},
            alarms={**self.alarms, **other.alarms},
            agents={**self.agents, **other.agents},
            invocations={**self.invocations, **other.invocations},
            sent={**self.sent, **other.sent},
            held_up=self.held_up if other.held_up is None else other.held_up,
            queued=self.queued if other.queued is None else other.queued,
            asked_at=self.asked_at or other.asked_at,
        )


class Observer:
    """Looks an answer up, or notes the question; every method answers None for "not asked yet"."""

    def __init__(self, observations: Observations) -> None:
        self._known = observations
        self.questions = Questions()

    def wave(self, number: int) -> LoadedWave | None:
        """A stored wave with its servers."""
        known = self._known.waves.get(number)
        if known is None:
            self.questions.waves.add(number)
        return known

    def verified(self, number: int) -> LooksAtSettings | None:
        """What was found of the launch settings of a wave's servers, as far as anybody has looked."""
        known = self._known.verified.get(number)
        if known is None:
            self.questions.verified.add(number)
        return known

    def jobs(self, target: Target, question: JobsQuestion) -> JobListing | Unavailable | None:
        """The jobs of an account and region; asked again if what is known answers another question only."""
        known, asked = self._known.jobs.get(target), self._known.asked_jobs.get(target, JobsQuestion())
        if isinstance(known, Unavailable) or (known is not None and question.is_answered_by(asked, known)):
            return known
        self.questions.jobs[target] = question.and_also(self.questions.jobs.get(target, asked))
        return None

    def instances(self, server: ServerKey) -> tuple[RecoveryInstance, ...] | Unavailable | None:
        """All recovery instances of a source server, of whatever job."""
        known = self._known.instances.get(server)
        if known is None:
            self.questions.instances.setdefault(server.target, set()).add(server.source_server_id)
        return known

    def health(self, target: Target, instance_id: str) -> tuple[InstanceHealth | Unavailable | None] | None:
        """EC2's view of an instance, in a tuple because "EC2 does not know it" is an answer too."""
        key = (target, instance_id)
        if key not in self._known.health:
            self.questions.health.setdefault(target, set()).add(instance_id)
            return None
        return (self._known.health[key],)

    def source(self, server: ServerKey) -> tuple[SourceServer | Unavailable | None] | None:
        """The source server, in a tuple because "there is none" is an answer too."""
        if server not in self._known.sources:
            self.questions.sources.setdefault(server.target, set()).add(server.source_server_id)
            return None
        return (self._known.sources[server],)

    def settings(self, server: ServerKey) -> LaunchSettings | Unavailable | None:
        """What DRS does with the server when it launches it."""
        known = self._known.settings.get(server)
        if known is None:
            self.questions.settings.setdefault(server.target, set()).add(server.source_server_id)
        return known

    def job_log(self, target: Target, job_id: str) -> tuple[JobLogEntry, ...] | Unavailable | None:
        """The whole log of a job."""
        known = self._known.job_logs.get((target, job_id))
        if known is None:
            self.questions.job_logs.setdefault(target, set()).add(job_id)
        return known

    def job_tags(self, target: Target, job_id: str) -> Mapping[str, str] | Unavailable | None:
        """All tags of a job, also those that a listing leaves out."""
        known = self._known.job_tags.get((target, job_id))
        if known is None:
            self.questions.job_tags.setdefault(target, set()).add(job_id)
        return known

    def snapshot(
        self, server: ServerKey, question: SnapshotQuestion
    ) -> tuple[RecoverySnapshot | Unavailable | None] | None:
        """A server's snapshot, in a tuple because "there is none" is an answer too."""
        if server not in self._known.snapshots:
            self.questions.snapshots.setdefault(server.target, {})[server.source_server_id] = question
            return None
        return (self._known.snapshots[server],)

    def limits(self, target: Target) -> DrsQuotas | None:
        """How much DRS takes at once in an account and region."""
        known = self._known.limits.get(target)
        if known is None:
            self.questions.limits.add(target)
        return known

    def past_jobs(self, target: Target) -> tuple[Job, ...] | Unavailable | None:
        """The latest launch jobs of an account and region that have ended, whoever started them."""
        known = self._known.past_jobs.get(target)
        if known is None:
            self.questions.past_jobs.add(target)
        return known

    def alarm(self, target: Target, name: str) -> tuple[AlarmReading | Unavailable | None] | None:
        """How an alarm is, in a tuple because "there is none" is an answer too."""
        if (target, name) not in self._known.alarms:
            self.questions.alarms.setdefault(target, set()).add(name)
            return None
        return (self._known.alarms[(target, name)],)

    def agent(self, target: Target, instance_id: str) -> tuple[str | Unavailable | None] | None:
        """What SSM says of an instance's agent, in a tuple because "it never registered" is an answer too."""
        if (target, instance_id) not in self._known.agents:
            self.questions.agents.setdefault(target, set()).add(instance_id)
            return None
        return (self._known.agents[(target, instance_id)],)

    def invocations(self, target: Target, command_id: str) -> Mapping[str, Invocation] | Unavailable | None:
        """How a command is on each of its instances, by instance."""
        known = self._known.invocations.get((target, command_id))
        if known is None:
            self.questions.invocations.setdefault(target, set()).add(command_id)
        return known

    def sent(self, target: Target, since: datetime) -> SentListing | Unavailable | None:
        """The commands that were sent since an instant; the earliest that is asked for counts."""
        known = self._known.sent.get(target)
        if isinstance(known, SentListing) and known.since > since:
            # what was listed for another's sake does not go back far enough
            known = None
        if known is None:
            self.questions.sent[target] = min(since, self.questions.sent.get(target, since))
        return known
