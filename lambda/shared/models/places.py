"""What DRS says of itself in an account and region, and how long that is believed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.models.base import Instant, Model
from shared.models.drs import SourceServer
from shared.models.finding import Finding
from shared.models.targets import Target


class PlaceState(StrEnum):
    """DRS in an account and region, as it was found."""

    SERVERS = "SERVERS"
    EMPTY = "EMPTY"
    NOT_INITIALIZED = "NOT_INITIALIZED"
    NOT_ENABLED = "NOT_ENABLED"
    DENIED = "DENIED"
    THROTTLED = "THROTTLED"
    SILENT = "SILENT"
    NOT_ENTERED = "NOT_ENTERED"
    UNREADABLE = "UNREADABLE"
    NOT_ASKED = "NOT_ASKED"

    @property
    def is_read(self) -> bool:
        """Whether DRS answered with its servers, be there none."""
        return self in (PlaceState.SERVERS, PlaceState.EMPTY)

    @property
    def has_no_drs(self) -> bool:
        """Whether there surely are no servers, because DRS is not used there."""
        return self in (PlaceState.NOT_INITIALIZED, PlaceState.NOT_ENABLED)

    @property
    def is_known(self) -> bool:
        """Whether it is known what is there; else it may be anything."""
        return self.is_read or self.has_no_drs


class RegionMemory(Model):
    """What was found in a region of an account at `noted_at`; it is believed up to `until`, or till it is otherwise.

    Since `doubted_at` every answer was that the region is not enabled, which AWS says of credentials too.
    """

    state: PlaceState
    noted_at: Instant
    until: Instant | None = None
    doubted_at: Instant | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is still believed."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class PlaceSeen:
    """What is known of an account and region: its servers as of `read_at`, or the finding that says why not.

    The finding of one that has no DRS is a warning: nothing is missing there. One that `is_doubted` had servers, and is
    said not to be enabled.
    """

    target: Target
    state: PlaceState
    read_at: datetime
    servers: tuple[SourceServer, ...] = ()
    finding: Finding | None = None
    is_doubted: bool = False
