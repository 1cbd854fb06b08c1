"""Runs of the tag sync: one at a time, begun by the clock, by a change of the settings or by somebody, and ended once.

Who works on a run holds it for longer than an invocation may last, so of two at once one goes away, and what a crash
left is taken up by the next that comes.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Final

from shared.clock import Clock
from shared.errors import ConflictError, ConflictReason
from shared.ids import new_ulid
from shared.models.base import format_instant
from shared.models.tag_sync import TagSyncReason, TagSyncRow, TagSyncRun, TagSyncSettings
from shared.stores.tag_sync_store import RunMovedOnError, TagSyncStore

TAKEN_UP_SECONDS: Final = 120
"""Real seconds within which an invocation begins that was asked for: Lambda keeps it for 60 (cfn/lambda-stack.yaml)."""

HELD_SECONDS: Final = 90
"""Real seconds after which whoever works on a run is dead: the function has 60 (cfn/lambda-stack.yaml)."""

SLACK: Final = timedelta(minutes=10)
"""The rule strikes within a minute of its hour, and a run begins some seconds later: so much early counts as due."""


def begin(rows: TagSyncStore, clock: Clock, reason: TagSyncReason, started_by: str) -> TagSyncRun:
    """A new run, or one that its worker left, to be taken up soon; SYNC_IN_PROGRESS, with the run that is alive."""
    while True:
        row, now = rows.row(), clock.now()
        until = now + clock.wall(TAKEN_UP_SECONDS)
        if row.run is None or row.run.is_over:
            new = TagSyncRun(
                run_id=new_ulid(now), reason=reason, started_by=started_by, started_at=now, held_until=until
            )
            following = TagSyncRow(sequence=row.sequence, run=new, last=_in_short(row.run))
        elif row.run.held_until > now:
            raise in_progress(row.run)
        else:
            new = row.run.model_copy(update={"holder": "", "held_until": until})
            following = row.model_copy(update={"run": new})
        try:
            rows.put_row(following)
            return new
        except RunMovedOnError:
            # somebody was faster: look again at what is there now
            continue


def take_up(rows: TagSyncStore, clock: Clock, holder: str) -> TagSyncRow | None:
    """The run that waits for somebody or was left, held from now on; None if there is none, or somebody works on it."""
    row, now = rows.row(), clock.now()
    run = row.run
    if run is None or run.is_over or (run.holder and run.held_until > now):
        return None
    held = run.model_copy(update={"holder": holder, "held_until": now + clock.wall(HELD_SECONDS)})
    try:
        return rows.put_row(row.model_copy(update={"run": held}))
    except RunMovedOnError:
        return None


def let_go(rows: TagSyncStore, clock: Clock, row: TagSyncRow) -> TagSyncRow:
    """Let another invocation go on with the run; RunMovedOnError if it is no longer held here."""
    if row.run is None:
        return row
    until = clock.now() + clock.wall(TAKEN_UP_SECONDS)
    run = row.run.model_copy(update={"holder": "", "held_until": until})
    return rows.put_row(row.model_copy(update={"run": run}))


def leave(rows: TagSyncStore, clock: Clock, run: TagSyncRun) -> None:
    """Let whoever comes next go on with a run at once that nobody took up; nothing if it has moved on."""
    row = rows.row()
    if row.run is not None and row.run.run_id == run.run_id and not row.run.holder and not row.run.is_over:
        with suppress(RunMovedOnError):
            rows.put_row(row.model_copy(update={"run": row.run.model_copy(update={"held_until": clock.now()})}))


def is_due(settings: TagSyncSettings, run: TagSyncRun | None, clock: Clock) -> bool:
    """Whether the settings want a run now."""
    if not settings.enabled:
        return False
    return run is None or run.started_at + timedelta(hours=settings.interval_hours) - SLACK <= clock.now()


def _in_short(run: TagSyncRun | None) -> TagSyncRun | None:
    """What stays of a run that has ended: where it was is told by the rows of the next one."""
    return None if run is None else run.model_copy(update={"regions": None})


def in_progress(run: TagSyncRun) -> ConflictError:
    """The refusal to begin another."""
    return ConflictError(
        f"A tag sync is under way since {format_instant(run.started_at)}; get_tag_sync_status shows how far it is",
        reason=ConflictReason.SYNC_IN_PROGRESS,
        runId=run.run_id,
        startedAt=format_instant(run.started_at),
        startedBy=run.started_by,
    )
