"""What became of abandoned jobs: asked of DRS after the end; without a proof their servers stay locked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.drs_utils import EXECUTION_TAG, LAUNCH_TAG
from shared.engine.bounds import ADOPTION_WINDOW, CLOCK_SKEW, WallBounds
from shared.models.drs import Job, JobListing, JobType, ParticipantStatus, SourceServer
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

    `ids` are the jobs that other launches account for; `tags` those of jobs that the listing shows without any.
    """

    listing: JobListing
    sources: Sequence[SourceServer] = ()
    ids: frozenset[str] = frozenset()
    tags: Mapping[str, Mapping[str, str]] | None = None


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

    ABSENT only if a complete listing that began after the call could no longer be carried out shows no running job
    that may be its own, and no server reports a launch that nothing accounts for.
    """
    found = by_id(launch, evidence.listing) or _by_tag(launch, evidence)
    if found is not None:
        return found
    if evidence.listing.began_at <= launch.not_after + bounds.doubt:
        return Finding(Fate.RUNS, reason="its call may still be carried out")
    running = next((job for job in evidence.listing.jobs if _may_run_it(launch, job, evidence, bounds)), None)
    if running is not None:
        return Finding(Fate.RUNS, reason=f"job {running.job_id} runs and may be its own")
    for source in evidence.sources:
        if _reports_it(launch, source, evidence):
            words = f"server {source.source_server_id} reports a launch that has not ended and that no listing shows"
            return Finding(Fate.RUNS, reason=words)
    return Finding(Fate.ABSENT)


def launched_words(job: Job) -> str:
    """How many of its servers an ended job launched."""
    launched = sum(participant.status is ParticipantStatus.LAUNCHED for participant in job.participants)
    return f"{launched} of {len(job.participants)} servers launched"


def _tags_of(job: Job, evidence: Evidence) -> Mapping[str, str]:
    return job.tags or (evidence.tags or {}).get(job.job_id, {})


def _by_tag(launch: LaunchRecord, evidence: Evidence) -> Finding | None:
    if launch.job_id is not None:
        return None
    for job in evidence.listing.jobs:
        if _tags_of(job, evidence).get(LAUNCH_TAG) == launch.launch_id:
            return Finding(Fate.FOUND, job, f"job {job.job_id} is its own")
    return None


def may_be_its_own(launch: LaunchRecord, job: Job, ids: frozenset[str], bounds: WallBounds) -> bool:
    """Whether a job is of the launch's time and servers, and no other launch accounts for it."""
    if job.type is not JobType.LAUNCH or job.job_id in ids:
        return False
    latest = launch.not_after + bounds.doubt
    if job.created_at is not None and not launch.intent_at - CLOCK_SKEW <= job.created_at <= latest:
        return False
    listed = {participant.source_server_id for participant in job.participants}
    return not listed or bool(listed & {member.source_server_id for member in launch.servers})


def _may_run_it(launch: LaunchRecord, job: Job, evidence: Evidence, bounds: WallBounds) -> bool:
    is_anothers = EXECUTION_TAG in _tags_of(job, evidence)
    return job.is_running and not is_anothers and may_be_its_own(launch, job, evidence.ids, bounds)


def _reports_it(launch: LaunchRecord, source: SourceServer, evidence: Evidence) -> bool:
    """Whether a source server tells of a launch since the intent that runs on, and that no listing accounts for."""
    began, job_id = source.last_launch_initiated_at, source.last_launch_job_id
    if began is None or began < launch.intent_at - CLOCK_SKEW or source.last_launch_status not in UNFINISHED:
        return False
    return job_id not in evidence.ids and job_id not in {job.job_id for job in evidence.listing.jobs}
