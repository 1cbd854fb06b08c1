"""Room in an account and region: DRS counts jobs at once and servers in all jobs, for everybody together."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.engine.settling import LAUNCH_TAG
from shared.models.drs import Job, JobListing
from shared.models.quota import QuotaRow, Reservation

JOBS_AT_ONCE: Final = 20
"""DRS quota L-D88FAC3A, hard."""

SERVERS_IN_ALL_JOBS: Final = 500
"""DRS quota L-05AFA8C6, hard."""

UNLISTED_SERVERS: Final = 100
"""A job that lists no servers counts as a full one (L-B827C881)."""


@dataclass(frozen=True)
class Admission:
    """Either the row with the new reservation, or the reason why there is no room."""

    row: QuotaRow | None
    reason: str


def admit(
    row: QuotaRow, listing: JobListing, *, reservation_id: str, execution_id: str, server_count: int, now: datetime
) -> Admission:
    """Reserve the room of one call, if jobs that are not ours plus all reservations leave it."""
    foreign = foreign_jobs(row, listing)
    jobs = len(foreign) + len(row.reservations)
    servers = sum(_servers_of(job) for job in foreign) + sum(taken.server_count for taken in row.reservations)
    if jobs + 1 > JOBS_AT_ONCE:
        return Admission(None, f"{row.target}: {jobs} of {JOBS_AT_ONCE} jobs at once are taken")
    if servers + server_count > SERVERS_IN_ALL_JOBS:
        return Admission(
            None,
            f"{row.target}: {servers} of {SERVERS_IN_ALL_JOBS} servers in all jobs are taken, {server_count} needed",
        )
    reservation = Reservation(
        reservation_id=reservation_id, execution_id=execution_id, server_count=server_count, taken_at=now
    )
    return Admission(
        row.model_copy(update={"reservations": (*row.reservations, reservation), "version": row.version + 1}), ""
    )


def foreign_jobs(row: QuotaRow, listing: JobListing) -> list[Job]:
    """Running jobs that no reservation stands for."""
    job_ids: Collection[str] = {taken.job_id for taken in row.reservations if taken.job_id}
    reservation_ids: Collection[str] = {taken.reservation_id for taken in row.reservations}
    return [
        job
        for job in listing.jobs
        if job.is_running and job.job_id not in job_ids and job.tags.get(LAUNCH_TAG) not in reservation_ids
    ]


def _servers_of(job: Job) -> int:
    return len(job.participants) or UNLISTED_SERVERS
