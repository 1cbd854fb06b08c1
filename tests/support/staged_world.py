"""The world of a stage as values: what DRS and EC2, launch settings and checks answer when the engine asks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from shared.drs_limits import DOCUMENTED, DrsQuotas
from shared.engine.observations import JobsQuestion, LoadedWave, Observations, Questions, Unavailable
from shared.models.checks_seen import AlarmReading
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
from shared.models.targets import ServerKey, Target
from shared.models.verified_settings import VerifiedSettings
from tests.support.staged_commands import StagedCommands, answer_checks
from tests.support.staged_looks import looks_of

Default = TypeVar("Default")
Value = TypeVar("Value")


@dataclass(kw_only=True)
class StagedWorld:
    """All that can be asked about, and why some of it cannot."""

    now: datetime
    jobs: dict[str, tuple[Target, Job]] = field(default_factory=dict)
    instances: dict[ServerKey, tuple[RecoveryInstance, ...]] = field(default_factory=dict)
    health: dict[str, InstanceHealth] = field(default_factory=dict)
    sources: dict[ServerKey, SourceServer] = field(default_factory=dict)
    settings: dict[ServerKey, LaunchSettings] = field(default_factory=dict)
    logs: dict[str, tuple[JobLogEntry, ...]] = field(default_factory=dict)
    job_tags: dict[str, dict[str, str]] = field(default_factory=dict)
    unread_tags: str | None = None
    """Why nobody can read the tags of jobs; without a reason there is no time to."""
    hidden_instances: str | None = None
    """Why nobody can read which recovery instances there are."""
    hidden_logs: str | None = None
    """Why nobody can read the logs of jobs."""
    past_jobs: dict[Target, tuple[Job, ...]] = field(default_factory=dict)
    snapshots: dict[ServerKey, list[RecoverySnapshot]] = field(default_factory=dict)
    unreadable: dict[ServerKey, str] = field(default_factory=dict)
    """Servers whose snapshots cannot be read."""
    alarms: dict[tuple[Target, str], AlarmReading] = field(default_factory=dict)
    run_command: StagedCommands = field(default_factory=StagedCommands)
    verified: dict[ServerKey, VerifiedSettings] = field(default_factory=dict)
    group_versions: dict[str, int] = field(default_factory=dict)
    limits: DrsQuotas = DOCUMENTED
    unreachable: dict[Target, str] = field(default_factory=dict)

    def answer(self, questions: Questions, waves: Mapping[int, LoadedWave]) -> Observations:
        """What is asked, of waves that are read and of all that the world knows."""
        return Observations(
            waves={number: waves[number] for number in questions.waves},
            verified={number: looks_of(number, self.verified, self.group_versions) for number in questions.verified},
            jobs={target: self._jobs(target, question) for target, question in questions.jobs.items()},
            asked_jobs=dict(questions.jobs),
            instances=self._by_server(questions.instances, self.instances, ())
            if self.hidden_instances is None
            else {key: Unavailable(self.hidden_instances) for key in self._keys(questions.instances)},
            health={
                (target, instance): self.unavailable(target) or self.health.get(instance)
                for target, asked in questions.health.items()
                for instance in asked
            },
            sources=self._by_server(questions.sources, self.sources, None),
            settings={
                key: self.unavailable(key.target)
                or self.settings.get(key, LaunchSettings(source_server_id=key.source_server_id))
                for key in self._keys(questions.settings)
            },
            job_logs={
                (target, job): self.unavailable(target) or self._log(job)
                for target, asked in questions.job_logs.items()
                for job in asked
            },
            job_tags={
                (target, job): self.unavailable(target) or self._tags(job)
                for target, asked in questions.job_tags.items()
                for job in asked
            },
            limits=dict.fromkeys(questions.limits, self.limits),
            past_jobs={
                target: self.unavailable(target) or self.past_jobs.get(target, ()) for target in questions.past_jobs
            },
            snapshots={
                key: self._snapshot(key, questions.snapshots[key.target][key.source_server_id].not_later_than)
                for key in self._keys({target: set(asked) for target, asked in questions.snapshots.items()})
            },
        ).merged(answer_checks(questions, self.alarms, self.run_command, self.unavailable, self.now))

    def _jobs(self, target: Target, question: JobsQuestion) -> JobListing | Unavailable:
        found = tuple(
            job
            for place, job in self.jobs.values()
            if place == target and (job.job_id in question.ids or _is_since(job, question))
        )
        return self.unavailable(target) or JobListing(began_at=self.now, jobs=found)

    def _log(self, job: str) -> tuple[JobLogEntry, ...] | Unavailable:
        return self.logs.get(job, ()) if self.hidden_logs is None else Unavailable(self.hidden_logs)

    def _tags(self, job: str) -> dict[str, str] | Unavailable:
        return self.job_tags.get(job, {}) if self.unread_tags is None else Unavailable(self.unread_tags)

    def _snapshot(self, key: ServerKey, not_later_than: datetime) -> RecoverySnapshot | Unavailable | None:
        known = [one for one in self.snapshots.get(key, ()) if one.taken_at <= not_later_than]
        if key in self.unreadable:
            return Unavailable(self.unreadable[key])
        return self.unavailable(key.target) or max(known, key=lambda one: one.taken_at, default=None)

    def _by_server(
        self, asked: Mapping[Target, set[str]], known: Mapping[ServerKey, Value], otherwise: Default
    ) -> dict[ServerKey, Value | Default | Unavailable]:
        return {key: self.unavailable(key.target) or known.get(key, otherwise) for key in self._keys(asked)}

    def _keys(self, asked: Mapping[Target, set[str]]) -> list[ServerKey]:
        return [
            ServerKey(account_id=target.account_id, region=target.region, source_server_id=server)
            for target, servers in asked.items()
            for server in servers
        ]

    def unavailable(self, target: Target) -> Unavailable | None:
        """The finding for an account and region that cannot be reached; without a reason it only has no turn."""
        reason = self.unreachable.get(target)
        return None if reason is None else Unavailable(reason)


def _is_since(job: Job, question: JobsQuestion) -> bool:
    return question.since is not None and job.created_at is not None and job.created_at >= question.since
