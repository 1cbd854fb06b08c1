"""POST /drs/tag-sync and PUT /config/tag-sync: have tags copied now, and say how often the clock does it."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any, Final

from data_management.sent_back import check_sent_back, read_only, read_only_fields
from data_management.tag_sync_app import SyncsTags, TagSync
from data_management.tag_sync_runs import begin, leave
from shared.aws.ports import HandOverError
from shared.errors import ConflictError, ErrorCode, ThrottledError
from shared.models.base import Instant, Model
from shared.models.tag_sync import IntervalHours, TagSyncReason, TagSyncRun, TagSyncSettings
from shared.models.violation import Violation, refuse
from shared.operations import Context, Success, operation
from shared.roles import Permission
from shared.services.judging import CHANGE, judge_by
from shared.services.request_fields import Version
from shared.services.tag_sync_progress import TagSyncRunView
from shared.services.versions import check_version
from shared.well_formed import RestsOn

RETRY_AFTER_SECONDS: Final = 5

_RESTS_ON: Final[RestsOn] = MappingProxyType({"READ_ONLY": ("=…",)})


class TriggerTagSync(Model):
    """Nothing."""


class TagSyncChanges(Model):
    """What of the settings is to be otherwise; the rest stays, and if nothing is otherwise the version stays too."""

    version: Version
    enabled: bool | None = None
    interval_hours: IntervalHours | None = None
    updated_at: Instant = read_only()
    updated_by: str = read_only()

    def said(self) -> dict[str, Any]:
        """The fields that were given."""
        names = self.model_fields_set - {"version"} - read_only_fields(type(self)).keys()
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


class ChangedTagSync(TagSyncSettings):
    """The settings as they are now, and the run that followed: none if they are as they were, or are off."""

    run_id: str | None = None


def _sent_back(request: TagSyncChanges, context: Context[SyncsTags]) -> Iterator[Violation]:
    return check_sent_back(request, context.app.tag_sync.rows.settings())


@operation(
    "trigger_tag_sync",
    http="POST /drs/tag-sync",
    permission=Permission.MODIFY_PROTECTION_GROUPS,
    success=Success.ACCEPTED,
    raises=(ErrorCode.CONFLICT_ERROR,),
)
def trigger_tag_sync(_request: TriggerTagSync, context: Context[SyncsTags]) -> TagSyncRunView:
    """Have the tags of EC2 instances copied to their source servers now, in every account and region.

    A run that broke off goes on. It needs no settings; `get_tag_sync_status` tells how far it is.
    """
    sync = context.app.tag_sync
    run = begin(sync.rows, sync.clock, TagSyncReason.REQUEST, context.actor)
    try:
        sync.hand_over(hop="0")
    except HandOverError as error:
        leave(sync.rows, sync.clock, run)
        raise ThrottledError(
            "the tag sync could not be handed to the function that does it; try again",
            retryAfterSeconds=RETRY_AFTER_SECONDS,
            runId=run.run_id,
        ) from error
    return TagSyncRunView.of(run, sync.clock.now())


@operation(
    "update_tag_sync_settings",
    http="PUT /config/tag-sync",
    permission=Permission.MODIFY_PROTECTION_GROUPS,
    raises=(ErrorCode.CONFLICT_ERROR,),
    judge=judge_by(TagSyncChanges, _sent_back, stand_ins=CHANGE, rests_on=_RESTS_ON),
)
def update_tag_sync_settings(request: TagSyncChanges, context: Context[SyncsTags]) -> ChangedTagSync:
    """Turn the copying of tags by the clock on or off, or say every how many hours; a change is followed by a run."""
    sync = context.app.tag_sync
    stored = sync.rows.settings()
    check_version("tag sync", "settings", "tag-sync", stored.version, request.version)
    refuse(check_sent_back(request, stored))
    changed = stored.model_copy(update=request.said())
    if changed == stored:
        return _changed(stored, None)
    stamped = changed.model_copy(update={"updated_at": sync.clock.now(), "updated_by": context.actor})
    return _changed(sync.rows.put_settings(stamped, request.version), _follow(stamped, sync, context.actor))


def _follow(settings: TagSyncSettings, sync: TagSync, actor: str) -> TagSyncRun | None:
    """The run that follows a change; the settings are stored, so what cannot run now is left to the clock."""
    if not settings.enabled:
        return None
    try:
        run = begin(sync.rows, sync.clock, TagSyncReason.SETTINGS, actor)
    except ConflictError:
        # one is under way
        return sync.rows.row().run
    try:
        sync.hand_over(hop="0")
    except HandOverError as error:
        leave(sync.rows, sync.clock, run)
        sync.observability.logger.warning("a tag sync waits for its schedule", reason=error.message)
    return run


def _changed(settings: TagSyncSettings, run: TagSyncRun | None) -> ChangedTagSync:
    return ChangedTagSync(**settings.model_dump(), run_id=run.run_id if run else None)
