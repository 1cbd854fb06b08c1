"""Room in an account and region: DRS counts jobs at once and servers in all jobs, for everybody together."""

from dataclasses import dataclass
from datetime import datetime

from shared.drs_limits import DOCUMENTED, room_taken
from shared.models.drs import JobListing
from shared.models.quota import QuotaRow, Reservation


@dataclass(frozen=True)
class Admission:
    """Either the row with the new reservation, or the reason why there is no room; `is_full`: not for anything."""

    row: QuotaRow | None
    reason: str
    is_full: bool = False


def admit(
    row: QuotaRow, listing: JobListing, *, reservation_id: str, execution_id: str, server_count: int, now: datetime
) -> Admission:
    """Reserve the room of one call, if jobs that are not ours plus all reservations leave it."""
    jobs, servers = room_taken(listing.jobs, row.reservations)
    if jobs + 1 > DOCUMENTED.jobs_at_once:
        words = f"{row.target}: {jobs} of {DOCUMENTED.jobs_at_once} jobs at once are taken"
        return Admission(None, words, is_full=True)
    limit = DOCUMENTED.servers_in_all_jobs
    if servers + server_count > limit:
        return Admission(
            None, f"{row.target}: {servers} of {limit} servers in all jobs are taken, {server_count} needed"
        )
    reservation = Reservation(
        reservation_id=reservation_id, execution_id=execution_id, server_count=server_count, taken_at=now
    )
    return Admission(
        row.model_copy(update={"reservations": (*row.reservations, reservation), "version": row.version + 1}), ""
    )
