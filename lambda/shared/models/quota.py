"""The room we take in an account and region before DRS shows our jobs."""

from shared.models.base import Instant, Model
from shared.models.targets import Target


class Reservation(Model):
    """The room of one launch or termination call; it ends when that is done, refused or lost."""

    reservation_id: str
    execution_id: str
    server_count: int
    job_id: str | None = None
    taken_at: Instant


class QuotaRow(Model):
    """All reservations in one account and region, changed on `version` only."""

    target: Target
    reservations: tuple[Reservation, ...] = ()
    version: int = 0
