"""What became of abandoned jobs: asked of DRS after the end; without a proof their servers stay locked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.drs_utils import LAUNCH_TAG
from shared.engine.bounds import ADOPTION_WINDOW, CLOCK_SKEW, WallBounds
from shared.engine.doubt import in_its_way, is_its_twin, is_of_its_time, may_be_its, undecidable_words
from shared.engine.texts import counted
from shared.models.drs import Job, JobListing, ParticipantStatus, SourceServer
from shared.models.launch import LaunchRecord

UNFINISHED = frozenset({"PENDING", "IN_PROGRESS"})
"""What DRS says at a source server of a launch that has not ended."""


class Fate(StrEnum):
    """RUNS holds its servers on; FOUND has a job id now, and holds them too; ENDED and ABSENT let them go."""

    RUNS = "RUNS"
    FOUND = "FOUND"
    ENDED = "ENDED"
    ABSENT = "ABSENT"


@dataclass(frozen=True)
class Finding:
    """What is known of the job of an abandoned launch, and what keeps its servers if they stay locked."""

    fate: Fate
    job: Job | None = None
    reason: str = ""


@dataclass(frozen=True)
class Evidence:
    """What an account and region said: complete listings, and the launch's own source servers as far as they exist.

    `ids` are the jobs that other launches account for; `tags` those of jobs that the listing shows without any, and
    `unread` those of them whose tags may not be read, with the reason; `is_drill` tells how we called.
    """

    listing: JobListing
    sources: Sequence[SourceServer] = ()
    ids: frozenset[str] = frozenset()
    tags: Mapping[str, Mapping[str, str]] | None = None
    unread: Mapping[str, str] = field(default_factory=dict)
    is_drill: bool = True


def listed_since(launch: LaunchRecord) -> datetime:
    """From when on the jobs must be listed to find the one of a launch, or to prove that there is none."""
    return launch.intent_at - ADOPTION_WINDOW


def by_id(launch: LaunchRecord, listing: JobListing) -> Finding | None:
    """What a listing says of a job whose id is known; None if it does not show it."""
    job = next((job for job in listing.jobs if job.job_id == launch.job_id), None) if launch.job_id else None
    if job is None:
        return None
    return Finding(Fate.RUNS, job, f"job {job.job_id} is {job.status}") if job.is_running else Finding(Fate.ENDED, job)


def without_id(launch: LaunchRecord, evidence: Evidence, bounds: WallBounds) -> Finding:
    """What the jobs of its time prove of a job that is not known, or that DRS does not show by its id any more.

    Its job is the one with its tag, or where jobs show no tags at all the only one of its time that has just its
    servers. ABSENT only if a complete listing that began after the call could no longer be carried out shows none that
    may be its own and runs, and no server reports a launch that goes on and that nothing accounts for. One whose tags
    may not be read may be its own however late it began, and is never taken for it.
    """
    found = by_id(launch, evidence.listing) or _by_tag(launch, evidence)
    if found is not None:
        return found
    if evidence.listing.began_at <= launch.not_after + bounds.doubt:
        return Finding(Fate.RUNS, reason="its call may still be carried out")
    unread, nameless = _unread_jobs(launch, evidence), _untagged_jobs(launch, evidence, bounds)
    twins = [job for job in nameless if is_its_twin(launch, job, is_drill=evidence.is_drill, bounds=bounds)]
    in_the_way = _what_is_in_the_way(evidence, unread, nameless, twins)
    if in_the_way:
        return Finding(Fate.RUNS, reason=in_the_way)
    if launch.job_id is None and len(twins) == 1:
        return _found(twins[0])
    for source in evidence.sources:
        if _reports_it(launch, source, evidence):
            words = f"server {source.source_server_id} reports a launch that has not ended and that no listing shows"
            return Finding(Fate.RUNS, reason=words)
    return Finding(Fate.ABSENT, reason=_why_it_is_given_up(launch, unread, twins))


def _unread_jobs(launch: LaunchRecord, evidence: Evidence) -> list[Job]:
    """The jobs that may be the launch's, and whose tags may not be read."""
    return [
        job for job in evidence.listing.jobs if job.job_id in evidence.unread and may_be_its(launch, job, evidence.ids)
    ]


def _untagged_jobs(launch: LaunchRecord, evidence: Evidence, bounds: WallBounds) -> list[Job]:
    """The jobs of the launch's time and servers that have no tags at all, as they were read."""
    return [
        job
        for job in evidence.listing.jobs
        if job.job_id not in evidence.unread
        and not _tags_of(job, evidence)
        and is_of_its_time(launch, job, evidence.ids, bounds)
    ]


def _what_is_in_the_way(
    evidence: Evidence, unread: Sequence[Job], nameless: Sequence[Job], twins: Sequence[Job]
) -> str:
    """Which job that may be the launch's own runs, or leaves open whether it is, if any."""
    for job in unread:
        if job.is_running:
            return f"job {job.job_id} may be its own: {evidence.unread[job.job_id]}"
    for job in in_its_way(nameless, twins):
        return f"job {job.job_id} may be its own and shows no tags"
    return ""


def _why_it_is_given_up(launch: LaunchRecord, unread: Sequence[Job], twins: Sequence[Job]) -> str:
    if twins and launch.job_id is None:
        return undecidable_words(twins)
    if unread:
        named = " and ".join(f"job {job.job_id}" for job in unread)
        ended = "has ended, and nobody may read whether it was"
        return f"{named} in {launch.target} {ended} {launch.job_words}"
    return f"DRS shows nothing in {launch.target} that may be {launch.job_words}"


def launched_words(job: Job) -> str:
    """How many of its servers an ended job launched."""
    launched = sum(participant.status is ParticipantStatus.LAUNCHED for participant in job.participants)
    return f"{launched} of {counted(len(job.participants), 'server')} launched"


def _tags_of(job: Job, evidence: Evidence) -> Mapping[str, str]:
    return job.tags or (evidence.tags or {}).get(job.job_id, {})


def _by_tag(launch: LaunchRecord, evidence: Evidence) -> Finding | None:
    if launch.job_id is not None:
        return None
    for job in evidence.listing.jobs:
        if _tags_of(job, evidence).get(LAUNCH_TAG) == launch.launch_id:
            return _found(job)
    return None


def _found(job: Job) -> Finding:
    return Finding(Fate.FOUND, job, f"job {job.job_id} is its own")


def _reports_it(launch: LaunchRecord, source: SourceServer, evidence: Evidence) -> bool:
    """Whether a source server tells of a launch since the intent that runs on, and that no listing accounts for."""
    began, job_id = source.last_launch_initiated_at, source.last_launch_job_id
    if began is None or began < launch.intent_at - CLOCK_SKEW or source.last_launch_status not in UNFINISHED:
        return False
    return job_id not in evidence.ids and job_id not in {job.job_id for job in evidence.listing.jobs}
