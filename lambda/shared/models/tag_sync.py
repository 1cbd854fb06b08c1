"""The copying of tags from EC2 instances to the source servers that they are: how often, how far, with what result."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from shared.models.base import Instant, Model
from shared.models.finding import Finding
from shared.models.targets import AccountId, Region, SourceServerId, Target

IntervalHours = Annotated[int, Field(ge=1, le=24)]
"""Hours from the beginning of one run to that of the next; the stack's rule strikes every hour."""

MOST_FINDINGS: Final = 50
"""So many findings of a place, and of a run, are kept; the rest is counted."""


class TagSyncSettings(Model):
    """Whether tags are copied by the clock, and how often; until somebody turns it on they are not.

    Tags decide which servers a group recovers, so nothing overwrites them that nobody has asked for.
    """

    enabled: bool = False
    interval_hours: IntervalHours = 1
    version: int = 1
    updated_at: Instant | None = None
    updated_by: str | None = None


class TagSyncReason(StrEnum):
    """Why a run was begun."""

    SCHEDULE = "SCHEDULE"
    SETTINGS = "SETTINGS"
    REQUEST = "REQUEST"


class TagSyncStatus(StrEnum):
    """How a run is; a PARTIAL one has servers whose tags it could not bring up to date, and findings that say why."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    PARTIAL = "PARTIAL"


class PlaceStatus(StrEnum):
    """How a run is in one account and region; DRS is not used in a region that is NOT_IN_USE."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    NOT_IN_USE = "NOT_IN_USE"


class TagCounts(Model):
    """What became of tags, and of servers: three counts of tags, then two of servers that come from EC2.

    `unchanged` servers had all their tags already; of those that `failed` a finding says why.
    """

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    failed: int = 0

    def __add__(self, other: "TagCounts") -> "TagCounts":
        return TagCounts(
            added=self.added + other.added,
            changed=self.changed + other.changed,
            removed=self.removed + other.removed,
            unchanged=self.unchanged + other.unchanged,
            failed=self.failed + other.failed,
        )


class TagSyncPlace(Model):
    """How far a run is in one account and region: of `servers` in DRS there, `from_ec2` are EC2 instances.

    Those up to the id `after` are done, `done` in all. `tries` counts how often it was begun since it last came on.
    """

    run_id: str
    account_id: AccountId
    region: Region
    status: PlaceStatus = PlaceStatus.PENDING
    servers: int = 0
    from_ec2: int = 0
    done: int = 0
    counts: TagCounts = TagCounts()
    findings: tuple[Finding, ...] = ()
    more_findings: int = 0
    after: str = ""
    tries: int = 0

    @property
    def target(self) -> Target:
        """The account and region."""
        return Target(account_id=self.account_id, region=self.region)

    @property
    def is_over(self) -> bool:
        """Whether the run has nothing more to do there."""
        return self.status not in (PlaceStatus.PENDING, PlaceStatus.RUNNING)


class PlaceToSync(Model):
    """An account and region that a run looks into; `is_named` if the account names the region, or a group is there."""

    account_id: AccountId
    region: Region
    is_named: bool

    @property
    def target(self) -> Target:
        """The account and region."""
        return Target(account_id=self.account_id, region=self.region)


class TagSyncRun(Model):
    """One run over all places: the regions of each account, and whether they are named; None until that was looked for.

    Nobody else may work on it until `held_until` while it has a `holder`; without one it waits to be taken up. A run
    that is not over then was left by its worker and is taken up by the next.
    """

    run_id: str
    reason: TagSyncReason
    started_by: str
    started_at: Instant
    status: TagSyncStatus = TagSyncStatus.RUNNING
    held_until: Instant
    holder: str = ""
    regions: dict[AccountId, dict[Region, bool]] | None = None
    ended_at: Instant | None = None
    counts: TagCounts = TagCounts()
    findings: tuple[Finding, ...] = ()
    more_findings: int = 0

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.status is not TagSyncStatus.RUNNING

    @property
    def places(self) -> tuple[PlaceToSync, ...]:
        """The places that are known, in the order of their accounts and regions."""
        return tuple(
            PlaceToSync(account_id=account_id, region=region, is_named=is_named)
            for account_id, regions in sorted((self.regions or {}).items())
            for region, is_named in sorted(regions.items())
        )


class TagSyncRow(Model):
    """The newest run and the one before, if it is still of interest because the newest has not ended."""

    sequence: int = 0
    run: TagSyncRun | None = None
    last: TagSyncRun | None = None


class WrittenTags(Model):
    """What was written onto one source server: of each key the values that its tag may have if it is still ours.

    There are two while it is not known whether a write was carried out.
    """

    source_server_id: SourceServerId
    tags: dict[str, tuple[str, ...]]
