"""What the simulator's own record says of launches and terminations; it never looks into our tables.

Every `check_` raises AssertionError with what is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from local.drs_simulator.record import Effect, Record

LAUNCH_TAG: Final = "DRSOrchestration:launchId"
EXECUTION_TAG: Final = "DRSOrchestration:executionId"


@dataclass(frozen=True)
class ExpectedWave:
    """A wave as a test made it: its servers, and the waves that come before it."""

    servers: frozenset[str]
    after: frozenset[int] = frozenset()


@dataclass(frozen=True)
class LaunchJob:
    """A launch job as DRS carried it out; `began` and `ended` are positions in the record."""

    job_id: str
    account: str
    region: str
    servers: frozenset[str]
    launch_id: str
    execution_id: str
    at: datetime
    began: int
    ended: int | None

    def overlaps(self, other: LaunchJob) -> bool:
        """Whether both ran at one moment."""
        return (self.ended is None or other.began < self.ended) and (other.ended is None or self.began < other.ended)


@dataclass(frozen=True)
class Launched:
    """An instance that a job launched, and whether it is gone."""

    instance_id: str
    server_id: str
    job_id: str
    account: str
    is_gone: bool


class Oracle:
    """The record, read once."""

    def __init__(self, record: Record, refusals: Mapping[tuple[str, str], Counter[str]]) -> None:
        self._refusals = refusals
        effects = record.effects()
        self._foreign = {effect.job_id for effect in effects if effect.kind == "foreignJob"}
        ends = {effect.job_id: effect.sequence for effect in effects if effect.kind == "jobEnded"}
        self.jobs = [
            _launch_job(effect, ends.get(effect.job_id))
            for effect in effects
            if effect.kind == "jobCreated" and effect.detail["type"] == "LAUNCH" and effect.job_id not in self._foreign
        ]
        gone = {effect.instance_id for effect in effects if effect.kind == "instanceTerminated"}
        self.launched = [
            Launched(effect.instance_id, effect.server_id, effect.job_id, effect.account, effect.instance_id in gone)
            for effect in effects
            if effect.kind == "instanceLaunched"
        ]
        self._terminated_by_us = {
            instance for call in record.calls("TerminateRecoveryInstances") for instance in _instances(call.parameters)
        }

    def jobs_of(self, execution_id: str) -> list[LaunchJob]:
        """The launch jobs of an execution, in the order of their creation."""
        return [job for job in self.jobs if job.execution_id == execution_id]

    def instances_of(self, execution_id: str) -> list[Launched]:
        """Every instance that an execution launched."""
        jobs = {job.job_id for job in self.jobs_of(execution_id)}
        return [instance for instance in self.launched if instance.job_id in jobs]

    def check(self) -> None:
        """All that must hold at every moment, whatever happened."""
        self.check_tagged()
        self.check_launched_once()
        self.check_quotas()

    def check_tagged(self) -> None:
        """Every launch job that nobody else started carries our tags, each launch one job."""
        nameless = [job.job_id for job in self.jobs if not job.launch_id or not job.execution_id]
        assert not nameless, f"jobs without our tags: {nameless}"
        twice = [launch for launch, count in Counter(job.launch_id for job in self.jobs).items() if count > 1]
        assert not twice, f"launches with more than one job: {twice}"

    def check_launched_once(self) -> None:
        """No server is in two live launch jobs of ours."""
        for position, job in enumerate(self.jobs):
            for other in self.jobs[position + 1 :]:
                both = job.servers & other.servers
                same_place = (job.account, job.region) == (other.account, other.region)
                assert not (same_place and both and job.overlaps(other)), (
                    f"{sorted(both)} are in {job.job_id} and {other.job_id} at once"
                )

    def check_quotas(self) -> None:
        """DRS never refused a call for its quotas."""
        assert not self._refusals, f"refused for quotas: {dict(self._refusals)}"

    def check_one_launch_each(self, execution_id: str, servers: Iterable[str]) -> None:
        """Each of these servers was in exactly one launch job of the execution, and no other server was."""
        counts = Counter(server for job in self.jobs_of(execution_id) for server in job.servers)
        assert counts == Counter(servers), f"launched {dict(counts)}"

    def check_order(self, execution_id: str, waves: Mapping[int, ExpectedWave]) -> None:
        """No job of a wave began before the jobs of the waves before it had ended."""
        for number, wave in waves.items():
            for before in wave.after:
                late = [job for job in self._of(execution_id, waves[before].servers)]
                for job in self._of(execution_id, wave.servers):
                    early = [other.job_id for other in late if other.ended is None or other.ended > job.began]
                    assert not early, f"{job.job_id} of wave {number} began before {early} of wave {before} had ended"
                    missing = waves[before].servers - {server for other in late for server in other.servers}
                    assert not missing, f"wave {number} began although {sorted(missing)} of {before} had no job"

    def check_nothing_runs(self, execution_id: str) -> None:
        """No launch job of the execution is live."""
        live = [job.job_id for job in self.jobs_of(execution_id) if job.ended is None]
        assert not live, f"still running: {live}"

    def check_gone(self, execution_id: str) -> None:
        """Every instance that the execution launched is terminated."""
        left = [instance.instance_id for instance in self.instances_of(execution_id) if not instance.is_gone]
        assert not left, f"still there: {left}"

    def check_terminated_only(self, execution_ids: Collection[str]) -> None:
        """TerminateRecoveryInstances was only ever called for instances of these executions."""
        ours = {instance.instance_id for one in execution_ids for instance in self.instances_of(one)}
        foreign = self._terminated_by_us - ours
        assert not foreign, f"terminated although not launched by {list(execution_ids)}: {sorted(foreign)}"

    def _of(self, execution_id: str, servers: frozenset[str]) -> list[LaunchJob]:
        return [job for job in self.jobs_of(execution_id) if job.servers & servers]


def _launch_job(effect: Effect, ended: int | None) -> LaunchJob:
    tags: Mapping[str, str] = effect.detail["tags"]
    return LaunchJob(
        job_id=effect.job_id,
        account=effect.account,
        region=effect.region,
        servers=frozenset(effect.detail["servers"]),
        launch_id=tags.get(LAUNCH_TAG, ""),
        execution_id=tags.get(EXECUTION_TAG, ""),
        at=effect.time,
        began=effect.sequence,
        ended=ended,
    )


def _instances(parameters: Mapping[str, object]) -> list[str]:
    named = parameters.get("recoveryInstanceIDs", ())
    return [str(one) for one in named] if isinstance(named, list | tuple) else []
