"""How a run of the tag sync is, put together from the rows of its places; and the run as people are shown it."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final, Self

from shared.models.base import Instant, Model
from shared.models.finding import Finding
from shared.models.tag_sync import (
    MOST_FINDINGS,
    TagCounts,
    TagSyncPlace,
    TagSyncReason,
    TagSyncRun,
    TagSyncSettings,
    TagSyncStatus,
)
from shared.models.targets import Target
from shared.stores.tag_sync_store import TagSyncStore

MOST_BYTES: Final = 150_000
"""So large are the findings of a run together; the rest is counted. Its row, which has its places too, has 400 KB."""


class TagSyncRunView(Model):
    """A run; one that `isLeft` broke off or waits, and goes on within minutes, or when somebody asks for a sync."""

    run_id: str
    reason: TagSyncReason
    started_by: str
    started_at: Instant
    status: TagSyncStatus
    is_left: bool
    ended_at: Instant | None = None
    counts: TagCounts
    findings: tuple[Finding, ...] = ()
    more_findings: int = 0

    @classmethod
    def of(cls, run: TagSyncRun, now: datetime) -> Self:
        """The run as it is stored, which while it lasts has no counts."""
        shown = run.model_dump(exclude={"held_until", "holder", "regions"})
        return cls.model_validate({**shown, "is_left": not run.is_over and run.held_until <= now})

    def with_places(self, places: Collection[TagSyncPlace]) -> Self:
        """The same of a run that lasts, with what came of it so far."""
        findings, more = all_findings(places, self.findings, self.more_findings)
        return self.model_copy(update={"counts": counts_of(places), "findings": findings, "more_findings": more})


def states_of(run: TagSyncRun, rows: TagSyncStore) -> dict[Target, TagSyncPlace]:
    """How far the run is in each of its places; what is stored of earlier runs is none of it."""
    fresh = {
        place.target: TagSyncPlace(run_id=run.run_id, account_id=place.account_id, region=place.region)
        for place in run.places
    }
    stored = rows.places(fresh)
    return fresh | {target: place for target, place in stored.items() if place.run_id == run.run_id}


def counts_of(places: Iterable[TagSyncPlace]) -> TagCounts:
    """All counts together."""
    return sum((place.counts for place in places), TagCounts())


def all_findings(
    places: Iterable[TagSyncPlace], first: Iterable[Finding], more: int = 0
) -> tuple[tuple[Finding, ...], int]:
    """Those of a whole run, errors first, as many as are kept; and how many more there are beside the `more` known."""
    listed = list(places)
    found = sorted((*first, *(each for place in listed for each in place.findings)), key=lambda each: not each.prevents)
    kept, room = list[Finding](), MOST_BYTES
    for finding in found[:MOST_FINDINGS]:
        room -= finding.json_bytes
        if room < 0:
            break
        kept.append(finding)
    return tuple(kept), more + sum(place.more_findings for place in listed) + len(found) - len(kept)


def next_due(settings: TagSyncSettings, run: TagSyncRun | None, now: datetime) -> datetime | None:
    """When the clock begins a run next, to within the hour in which its rule strikes; None if it begins none."""
    if not settings.enabled:
        return None
    return now if run is None else max(now, run.started_at + timedelta(hours=settings.interval_hours))
