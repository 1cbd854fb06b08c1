"""The work that extends the servers of staging accounts: place by place, in as many invocations as it takes.

A chain of invocations that hand over to one another ends after HOPS of them (`config_runs` says why); the schedule
begins the next one, and takes up a sync that broke off.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from data_management.app import ConfigurationApp
from data_management.background import work_later
from data_management.extending_place import CALL_SECONDS, Extending
from shared.aws.ports import HandOverError
from shared.models.finding import FindingCode, FindingReason, unknown_at
from shared.models.staging_sync import StagingSync, SyncedPlace, SyncStatus
from shared.models.targets import Target
from shared.patience import LONG_CALL_SECONDS, is_time_for, patience_left, somebody_waits
from shared.services.absorbing import Absorbing
from shared.services.reachability import obstacle_in
from shared.stores.staging_sync_store import SyncLostError

WORK: Final = "staging-sync"

HELD_SECONDS: Final = 180
"""Real seconds for which a sync is held for whoever goes on with it: longer than an invocation and its hand-over."""

HOPS: Final = 10

MOST_TRIES: Final = 5
"""So many invocations in a row that break off; then what is left is told as not done."""

STALLED_SECONDS: Final = 300
"""Real seconds in which no call is answered, for DRS's pace or its silence; then what is left is told as not done."""


def extend_servers(fields: Mapping[str, Any], app: ConfigurationApp) -> Mapping[str, Any]:
    """Go on with a sync, and hand on what is left of it; nothing if another invocation does, or it has ended."""
    sync = app.staging_syncs.find(str(fields.get("accountId")))
    if sync is None or sync.status is not SyncStatus.RUNNING:
        return {"goesOn": False}
    if sync.sync_id != fields.get("syncId") or str(sync.step) != fields.get("step"):
        return {"goesOn": False}
    try:
        # as if somebody waited: a try that is under way is given up in time to write down what was done
        with somebody_waits(LONG_CALL_SECONDS):
            return _gone_on(sync, int(str(fields.get("hop") or 0)), app)
    except SyncLostError:
        return {"goesOn": False}


def hand_over(sync: StagingSync, app: ConfigurationApp, hop: int = 0) -> StagingSync:
    """Have another invocation go on with it, or the schedule if Lambda did not say that it will; the sync as it is now.

    Lambda may have taken what it did not answer: then the sync is already on its way.
    """
    try:
        if hop <= HOPS:
            work_later(app, WORK, accountId=sync.account_id, syncId=sync.sync_id, step=str(sync.step), hop=str(hop))
            return sync
    except HandOverError as error:
        app.observability.logger.warning("a sync waits for its schedule", accountId=sync.account_id, reason=str(error))
    with suppress(SyncLostError):
        return app.staging_syncs.go_on(sync, sync.model_copy(update={"waits": True}))
    return app.staging_syncs.find(sync.account_id) or sync


def take_up_syncs(app: ConfigurationApp) -> int:
    """Hand over every sync on which nobody works; how many."""
    left = app.staging_syncs.left(app.accounts.ids(), app.clock.now())
    for sync in left:
        hand_over(sync, app)
    return len(left)


def _gone_on(sync: StagingSync, hop: int, app: ConfigurationApp) -> Mapping[str, Any]:
    sync = app.staging_syncs.go_on(sync, _held(sync, app, step=sync.step + 1, waits=False, tries=sync.tries + 1))
    if sync.tries > MOST_TRIES:
        return _given_up(sync, app)
    tried, came_on = 0, False
    extending = _extending(sync, app)
    for place in sync.pending:
        if not is_time_for(CALL_SECONDS):
            break
        seen = extending.seen(place)
        tried += seen.count
        came_on = came_on or seen.count > 0 or not seen.is_cut
        left = tuple(each for each in sync.pending if each != place or seen.is_cut)
        sync = app.staging_syncs.go_on(sync, _held(sync, app, pending=left), seen.place)
    if not sync.pending:
        return _ended(sync, app, tried)
    since = None if came_on else (sync.stalled_since or app.clock.now())
    sync = app.staging_syncs.go_on(sync, _held(sync, app, tries=0, stalled_since=since))
    hand_over(sync, app, hop + 1)
    return {"goesOn": True, "tried": tried}


def _extending(sync: StagingSync, app: ConfigurationApp) -> Extending:
    """With what an invocation extends servers, by what it finds of the target account now."""
    left, now = patience_left(), app.clock.now()
    until = None if left is None else now + app.clock.wall(left - CALL_SECONDS)
    since = sync.stalled_since
    accounts = app.accounts.find_many([sync.account_id])
    return Extending(
        sync=sync,
        extensions=app.extensions.named(sync.sync_id),
        clock=app.clock,
        absorbing=Absorbing(app.clock, app.bringing.pause, until, workers=1),
        account=accounts.get(sync.account_id),
        obstacle=lambda target: obstacle_in(target, accounts, app.hub_account_id),
        known={place.place: place for place in app.staging_syncs.places(sync)},
        is_last_try=since is not None and now - since >= app.clock.wall(STALLED_SECONDS),
    )


def _given_up(sync: StagingSync, app: ConfigurationApp) -> Mapping[str, Any]:
    """The end of a sync that breaks off again and again, with a word about every place that is left."""
    known = {place.place: place for place in app.staging_syncs.places(sync)}
    for place in sync.pending:
        target = Target(account_id=sync.account_id, region=place.region)
        message = f"the sync broke off {MOST_TRIES} times in a row, and the log has more"
        told = SyncedPlace(
            staging_account_id=place.staging_account_id,
            region=place.region,
            servers=known[place].servers if place in known else (),
            finding=unknown_at(target, FindingCode.DRS_STATE, message, reason=FindingReason.NO_ANSWER),
        )
        left = tuple(each for each in sync.pending if each != place)
        sync = app.staging_syncs.go_on(sync, _held(sync, app, pending=left), told)
    return _ended(sync, app, 0)


def _ended(sync: StagingSync, app: ConfigurationApp, tried: int) -> Mapping[str, Any]:
    app.staging_syncs.go_on(sync, sync.model_copy(update={"status": SyncStatus.DONE, "ended_at": app.clock.now()}))
    return {"goesOn": False, "tried": tried}


def _held(sync: StagingSync, app: ConfigurationApp, **changes: Any) -> StagingSync:
    until = app.clock.now() + app.clock.wall(HELD_SECONDS)
    return sync.model_copy(update={"held_until": until, **changes})
