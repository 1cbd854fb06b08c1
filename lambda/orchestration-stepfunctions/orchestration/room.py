"""Room for one call: admission and intent in one transaction, or a place in the queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from orchestration.dependencies import Dependencies
from shared.drs_limits import RUNNING_JOBS_SINCE
from shared.drs_utils import LAUNCH_TAG
from shared.engine.abandoned import listed_since
from shared.engine.admission import Admission, Asked, admit
from shared.engine.doubt import is_of_its_time
from shared.engine.effects import StartLaunch
from shared.models.drs import Job, JobListing
from shared.models.execution import ExecutionHeader
from shared.models.launch import LaunchRecord
from shared.models.quota import QuotaRow
from shared.stores.refusals import QuotaRowChangedError

TRIES: Final = 5
"""How often a row that others change at this moment is read again; after that its turn comes with the next step."""

LISTING_SECONDS: Final = 30
"""Wall seconds for which a listing of jobs is good enough to call by, once it is there: a slow table makes it older."""

WAIT_FOR_ROW: Final = 5
"""Seconds until the next try at a row that others change."""


@dataclass(frozen=True)
class LateJob:
    """The job of a launch that was refused for now: its call had arrived, a repetition was refused."""

    launch: LaunchRecord
    job: Job


def open_launch(effect: StartLaunch, header: ExecutionHeader, deps: Dependencies) -> LaunchRecord | Admission | LateJob:
    """The launch item with its reservation, or why there is none; list first, then read the row, then write.

    A launch that was refused for now and has a job comes first: as long as it is not recorded, nothing is called there.

    A listing stays good for a while, in which the row is read again: what we started since then has its reservation
    there. Who waits in the queue looks there first, so that many who wait do not list jobs all the time.
    Raises StepLostError if another step has begun, DrsServiceError or CrossAccountError if jobs cannot be listed.
    """
    asked = Asked(
        holder=header.execution_id,
        reservation_id=effect.launch_id,
        execution_id=header.execution_id,
        server_count=len(effect.servers),
        more=effect.more,
    )
    if effect.target in header.queued_in and not _may_have_jobs(effect, deps):
        nothing = JobListing(began_at=deps.clock.now(), jobs=())
        early = _admit(deps.quotas.get(effect.target), nothing, asked, deps)
        if not early.is_granted and _is_kept(early, deps):
            return early
    listing = list_jobs(effect, deps)
    late = late_job(effect, listing, deps)
    if late is not None:
        return late
    return _take_room(effect, header, listing, asked, deps)


def _take_room(
    effect: StartLaunch, header: ExecutionHeader, listing: JobListing, asked: Asked, deps: Dependencies
) -> LaunchRecord | Admission:
    """Read the row and write, until nobody was faster or the listing is too old to call by."""
    listed_at = deps.clock.now()
    for _ in range(TRIES):
        if deps.clock.now() - listed_at > deps.clock.wall(LISTING_SECONDS):
            break
        admission = _admit(deps.quotas.get(effect.target), listing, asked, deps)
        if not admission.is_granted:
            if _is_kept(admission, deps):
                return admission
            continue
        record = _intent(effect, header, deps)
        try:
            deps.executions.open_launch(header, record, admission.row)
        except QuotaRowChangedError:
            continue
        return record
    words = f"{effect.target}: other executions take room at this moment"
    return Admission(QuotaRow(target=effect.target), is_granted=False, reason=words, wait_seconds=WAIT_FOR_ROW)


def list_jobs(effect: StartLaunch, deps: Dependencies) -> JobListing:
    """The jobs that may run there, and those since the first launch that was refused for now, however long ago.

    Raises DrsServiceError or CrossAccountError.
    """
    day_ago = deps.clock.now() - RUNNING_JOBS_SINCE
    return deps.drs.jobs(effect.target, since=min([day_ago, *map(listed_since, effect.postponed)]))


def late_job(effect: StartLaunch, listing: JobListing, deps: Dependencies) -> LateJob | None:
    """The first job that turns out to be of a launch that was refused for now.

    Raises DrsServiceError or CrossAccountError if a job that shows no tags cannot be asked for them. A job that is not
    listed yet holds its servers against the next call, which then conflicts. If no call follows, the engine looks for
    it when a listing proves that there is none.
    """
    for launch in effect.postponed:
        for job in listing.jobs:
            tags: Mapping[str, str] = job.tags
            if not tags and is_of_its_time(launch, job, (), deps.bounds):
                # a listing may leave out what only ListTagsForResource tells
                tags = deps.drs.job_tags(launch.target, job.job_id)
            if tags.get(LAUNCH_TAG) == launch.launch_id:
                return LateJob(launch, job)
    return None


def _may_have_jobs(effect: StartLaunch, deps: Dependencies) -> bool:
    """Whether a job of a launch that was refused for now may still appear."""
    since = deps.clock.now() - deps.bounds.doubt - deps.bounds.creation
    return any(launch.not_after > since for launch in effect.postponed)


def _admit(row: QuotaRow, listing: JobListing, asked: Asked, deps: Dependencies) -> Admission:
    return admit(row, listing, asked, limits=deps.limits.limits(row.target), spacing=deps.spacing, now=deps.clock.now())


def _is_kept(refused: Admission, deps: Dependencies) -> bool:
    """Write the ticket down if it is new or old; whether nobody else changed the row meanwhile."""
    if refused.is_as_stored:
        return True
    try:
        deps.quotas.put(refused.row)
    except QuotaRowChangedError:
        return False
    return True


def _intent(effect: StartLaunch, header: ExecutionHeader, deps: Dependencies) -> LaunchRecord:
    now = deps.clock.now()
    return LaunchRecord(
        execution_id=header.execution_id,
        plan_id=header.plan_id,
        launch_id=effect.launch_id,
        wave_number=effect.wave_number,
        target=effect.target,
        servers=effect.servers,
        expected_seconds=effect.expected_seconds,
        intent_at=now,
        not_after=now + deps.bounds.not_after,
    )
