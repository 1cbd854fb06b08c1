"""Abandoned jobs after the end: asked about until DRS has ended them, which frees their servers and their room."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from orchestration.dependencies import Dependencies
from orchestration.reservations import adopt, keep_room
from shared.engine.abandoned import (
    Evidence,
    Fate,
    Finding,
    by_id,
    launched_words,
    listed_since,
    without_id,
)
from shared.engine.doubt import may_be_its
from shared.errors import CrossAccountError, DrsServiceError
from shared.execution_utils import held_servers, instances_locked_with, launched_servers
from shared.models.drs import JobListing
from shared.models.event import EventType, ExecutionEvent
from shared.models.execution import ExecutionHeader
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.lock import LockKey, LockOwner
from shared.models.targets import InstanceKey, Target
from shared.models.termination import TerminationStatus

SETTLED: Final = {Fate.ENDED: LaunchState.DONE, Fate.ABSENT: LaunchState.LOST}


def settle_abandoned(
    header: ExecutionHeader,
    deps: Dependencies,
    *,
    only: Target | None = None,
    heir: LockOwner | None = None,
    silent: set[Target] | None = None,
) -> list[LaunchRecord]:
    """Ask DRS about the abandoned jobs of an ended execution; answers those that still hold their servers.

    The servers of a job that is over pass to the heir, or are free. An account and region that does not answer is
    added to `silent`, and one that is in it is not asked; its jobs hold on. `only` one may be asked.
    """
    if not header.abandoned_count:
        return []
    silent = set() if silent is None else silent
    launches = deps.executions.launches(header)
    ending = _Ending(header, [launch for launch in launches if launch.is_abandoned], heir, deps)
    asked = {launch.target for launch in ending.holding if only in (None, launch.target)}
    for target in sorted(asked - silent, key=str):
        mine = [launch for launch in ending.holding if launch.target == target]
        try:
            findings = _ask(mine, launches, deps, is_drill=header.is_drill)
        except (CrossAccountError, DrsServiceError) as error:
            silent.add(target)
            _log(mine, f"could not ask {target}: {error.message}", deps)
            continue
        for launch, finding in findings:
            ending.settle(launch, finding)
    return ending.holding


def close_if_over(header: ExecutionHeader, deps: Dependencies) -> None:
    """Take an ended execution off the reconciler's list, unless a termination runs or a job still holds servers."""
    termination = deps.executions.latest_termination(header)
    if termination is not None and termination.status is TerminationStatus.RUNNING:
        return
    if header.abandoned_count and any(launch.is_abandoned for launch in deps.executions.launches(header)):
        return
    deps.executions.close(header)


def _ask(
    mine: Sequence[LaunchRecord], launches: Iterable[LaunchRecord], deps: Dependencies, *, is_drill: bool
) -> list[tuple[LaunchRecord, Finding]]:
    """One question for all jobs whose ids are known; the jobs of its time for a launch that this does not show."""
    target, drs = mine[0].target, deps.drs
    ids = sorted(launch.job_id for launch in mine if launch.job_id)
    named = drs.jobs(target, ids=ids) if ids else None
    found = [(launch, by_id(launch, named) if named else None) for launch in mine]
    unseen = [launch for launch, finding in found if finding is None]
    if not unseen:
        return [(launch, finding) for launch, finding in found if finding is not None]
    listing = drs.jobs(target, since=min(listed_since(launch) for launch in unseen))
    others = frozenset(launch.job_id for launch in launches if launch.job_id and launch not in unseen)
    servers = sorted({member.source_server_id for launch in unseen for member in launch.servers})
    tags, unread = tags_of_nameless(target, unseen, listing, others, deps)
    evidence = Evidence(
        listing=listing,
        sources=drs.source_servers(target, servers),
        ids=others,
        is_drill=is_drill,
        tags=tags,
        unread=unread,
    )
    return [(launch, finding or without_id(launch, _of(launch, evidence), deps.bounds)) for launch, finding in found]


def tags_of_nameless(
    target: Target,
    launches: Iterable[LaunchRecord],
    listing: JobListing,
    known: frozenset[str],
    deps: Dependencies,
) -> tuple[dict[str, Mapping[str, str]], dict[str, str]]:
    """What ListTagsForResource tells of jobs that a listing shows without tags and that may be one of the launches'.

    Of those whose tags our role may not read the reason, which may stay for ever. `known` are the jobs that other
    launches account for.
    """
    tags, unread = dict[str, Mapping[str, str]](), dict[str, str]()
    for job_id in _jobs_to_ask(launches, listing, known):
        try:
            tags[job_id] = deps.drs.job_tags(target, job_id)
        except DrsServiceError as error:
            if error.http_status != HTTPStatus.FORBIDDEN:
                raise
            unread[job_id] = error.message
    return tags, unread


def _jobs_to_ask(launches: Iterable[LaunchRecord], listing: JobListing, known: frozenset[str]) -> list[str]:
    """The jobs that a listing shows without tags, and that may be one of the launches' once these are read."""
    wanted = list(launches)
    return [
        job.job_id for job in listing.jobs if not job.tags and any(may_be_its(launch, job, known) for launch in wanted)
    ]


def _of(launch: LaunchRecord, evidence: Evidence) -> Evidence:
    """The evidence about one launch: its own source servers."""
    own = {member.source_server_id for member in launch.servers}
    sources = [source for source in evidence.sources if source.source_server_id in own]
    return replace(evidence, sources=sources)


def held_instances(launch: LaunchRecord, header: ExecutionHeader, deps: Dependencies) -> list[InstanceKey]:
    """The instances into which a job of the launch may be launching servers."""
    if not header.launch_into_count:
        return []
    held = set(launch.held)
    return instances_locked_with(
        one for one in deps.executions.servers(header, launch.wave_number) if one.server in held
    )


@dataclass(frozen=True)
class _Ending:
    """What is to be done when a job of one execution is over; `holding` are those that are not known to be."""

    header: ExecutionHeader
    holding: list[LaunchRecord]
    heir: LockOwner | None
    deps: Dependencies

    def settle(self, launch: LaunchRecord, finding: Finding) -> None:
        """The record that it is over comes last: whoever dies before it does all of it again."""
        if finding.fate not in SETTLED:
            if finding.fate is Fate.FOUND and finding.job is not None:
                adopt(launch, finding.job.job_id, self.deps)
            _log([launch], finding.reason, self.deps)
            return
        self.holding.remove(launch)
        self._let_go(launch)
        self.deps.quotas.release(launch.target, launch.launch_id)
        for other in self.holding:
            if other.target == launch.target and other.suspects:
                # its job may be the one whose room this launch has kept
                keep_room(other, self.deps)
        self.deps.executions.settle_abandoned(launch, SETTLED[finding.fate], self._event(launch, finding))

    def _let_go(self, launch: LaunchRecord) -> None:
        """Servers that another abandoned job still works on pass to that job, the others to the heir, or are free."""
        left = set(launched_servers([launch]))
        instances = self._instances_of(launch)
        nameless = launch.model_copy(update={"job_id": None})
        # its id may have become known after it began to hold servers
        for owner in {LockOwner.of_job(self.header, launch), LockOwner.of_job(self.header, nameless)}:
            for other in self.holding:
                shared: list[LockKey] = [*left & set(held_servers([other])), *instances & self._instances_of(other)]
                self.deps.locks.pass_on(shared, owner, LockOwner.of_job(self.header, other))
            self.deps.locks.release(sorted(instances), owner)
            if self.heir is None:
                self.deps.locks.release(sorted(left), owner)
            else:
                self.deps.locks.pass_on(sorted(left), owner, self.heir)

    def _instances_of(self, launch: LaunchRecord) -> set[InstanceKey]:
        return set(held_instances(launch, self.header, self.deps))

    def _event(self, launch: LaunchRecord, finding: Finding) -> ExecutionEvent:
        if finding.job is not None:
            type_ = EventType.LAUNCH_DONE
            words = (
                f"The abandoned job {finding.job.job_id} in {launch.target} has ended, {launched_words(finding.job)}"
            )
        else:
            type_ = EventType.LAUNCH_LOST
            words = f"{finding.reason}: the abandoned launch is given up"
        return ExecutionEvent(
            execution_id=launch.execution_id,
            plan_id=launch.plan_id,
            time=self.deps.clock.now(),
            step=0,
            index=0,
            type=type_,
            message=f"{words}; its servers {'are free' if self.heir is None else 'pass to the termination'}",
            actor="reconciler" if self.heir is None else "termination",
            wave_number=launch.wave_number,
            details={"launchId": launch.launch_id, "jobId": launch.job_id or "", "target": str(launch.target)},
        )


def _log(launches: Iterable[LaunchRecord], reason: str, deps: Dependencies) -> None:
    for launch in launches:
        deps.observability.logger.info(
            "an abandoned job holds its servers",
            executionId=launch.execution_id,
            launchId=launch.launch_id,
            jobId=launch.job_id,
            reason=reason,
        )
