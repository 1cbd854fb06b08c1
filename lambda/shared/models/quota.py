"""The room we take in an account and region before DRS shows our jobs, and the queue of those who wait for it."""

from shared.models.base import Instant, Model
from shared.models.targets import Target


class Reservation(Model):
    """The room of one launch or termination call; it ends when that is done, refused or lost."""

    reservation_id: str
    execution_id: str
    server_count: int
    job_id: str | None = None
    taken_at: Instant


class Ticket(Model):
    """The place in the queue of one execution, and how many servers its next call has.

    `holder` is the execution's id, also while its termination waits, which begins after its last launch.
    """

    holder: str
    server_count: int
    renewed_at: Instant


class QuotaRow(Model):
    """All reservations in one account and region, changed on `version` only.

    `tickets` are the queue, the oldest first; the next launch may be called from `next_call_at` on.
    """

    target: Target
    reservations: tuple[Reservation, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    next_call_at: Instant | None = None
    version: int = 0
