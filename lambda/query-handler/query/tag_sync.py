"""GET /config/tag-sync and GET /drs/tag-sync: how often tags are copied, and how the newest run is."""

from typing import Final, Protocol

from shared.clock import Clock
from shared.models.base import Instant, Model
from shared.models.tag_sync import IntervalHours, PlaceStatus, TagCounts, TagSyncPlace, TagSyncSettings
from shared.models.targets import AccountId, Region
from shared.operations import Context, operation
from shared.roles import Permission
from shared.services.tag_sync_progress import TagSyncRunView, next_due, states_of
from shared.stores.tag_sync_store import TagSyncStore

MOST_PLACES: Final = 1000
"""So many accounts and regions are told one by one: hundreds of accounts have thousands."""

_ORDER: Final = (PlaceStatus.FAILED, PlaceStatus.RUNNING, PlaceStatus.PENDING, PlaceStatus.DONE)


class GetTagSyncSettings(Model):
    """Nothing."""


class GetTagSyncStatus(Model):
    """Nothing."""


class TagSyncPlaceView(Model):
    """An account and region of a run: of its `servers`, `fromEc2` are EC2 instances, of which so many are `done`."""

    account_id: AccountId
    region: Region
    status: PlaceStatus
    servers: int
    from_ec2: int
    done: int
    counts: TagCounts
    finding_count: int

    @classmethod
    def of(cls, place: TagSyncPlace) -> "TagSyncPlaceView":
        """What is stored of a place, its findings counted."""
        shown = place.model_dump(exclude={"run_id", "findings", "more_findings", "after", "tries"})
        return cls.model_validate({**shown, "finding_count": len(place.findings) + place.more_findings})


class TagSyncReport(Model):
    """The newest run with its places, and while it lasts the `last` one that has ended.

    `places` are the first 1,000, and leave out regions in which DRS is not used, of which there are `placesNotInUse`.
    `nextDueAt` is there if runs are begun by the clock.
    """

    enabled: bool
    interval_hours: IntervalHours
    next_due_at: Instant | None = None
    run: TagSyncRunView | None = None
    places: tuple[TagSyncPlaceView, ...] = ()
    more_places: int = 0
    places_not_in_use: int = 0
    last: TagSyncRunView | None = None


class KnowsTagSync(Protocol):
    """What reading about the tag sync needs."""

    @property
    def tag_sync_rows(self) -> TagSyncStore:
        """Its rows."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...


@operation(
    "get_tag_sync_settings",
    http="GET /config/tag-sync",
    permission=Permission.VIEW_PROTECTION_GROUPS,
)
def get_tag_sync_settings(_request: GetTagSyncSettings, context: Context[KnowsTagSync]) -> TagSyncSettings:
    """Whether the tags of EC2 instances are copied to their source servers by the clock, and every how many hours."""
    return context.app.tag_sync_rows.settings()


@operation(
    "get_tag_sync_status",
    http="GET /drs/tag-sync",
    permission=Permission.VIEW_PROTECTION_GROUPS,
)
def get_tag_sync_status(_request: GetTagSyncStatus, context: Context[KnowsTagSync]) -> TagSyncReport:
    """How far the newest copying of tags is in each account and region, what came of it, and when the next is due."""
    rows, now = context.app.tag_sync_rows, context.app.clock.now()
    settings, row = rows.settings(), rows.row()
    report = TagSyncReport(
        enabled=settings.enabled,
        interval_hours=settings.interval_hours,
        next_due_at=next_due(settings, row.run, now),
        last=TagSyncRunView.of(row.last, now) if row.last else None,
    )
    if row.run is None:
        return report
    states = states_of(row.run, rows).values()
    used = [place for place in states if place.status is not PlaceStatus.NOT_IN_USE]
    used.sort(key=lambda place: (_ORDER.index(place.status), place.account_id, place.region))
    run = TagSyncRunView.of(row.run, now)
    return report.model_copy(
        update={
            "run": run if row.run.is_over else run.with_places(states),
            "places": tuple(map(TagSyncPlaceView.of, used[:MOST_PLACES])),
            "more_places": max(0, len(used) - MOST_PLACES),
            "places_not_in_use": len(states) - len(used),
        }
    )
