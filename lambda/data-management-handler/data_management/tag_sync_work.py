"""The work of the tag sync, which nobody waits for: what the clock starts, and what one invocation does of a run.

Accounts and regions are worked on side by side, a bounded number of them at once. Before its time ends an invocation
hands the rest to another; a place that is done is never looked into again in the same run.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, Final

from data_management.tag_sync_app import SyncsTags, TagSync
from data_management.tag_sync_origins import Accounts
from data_management.tag_sync_place import sync_place
from data_management.tag_sync_runs import begin, is_due, let_go, take_up
from shared.aws.ports import HandOverError
from shared.errors import ConflictError, CrossAccountError
from shared.ids import new_claim
from shared.models.finding import Finding, FindingCode, FindingReason, Outcome
from shared.models.tag_sync import (
    PlaceStatus,
    PlaceToSync,
    TagSyncReason,
    TagSyncRow,
    TagSyncStatus,
)
from shared.patience import patience_left
from shared.services.places_in_use import in_use_of, places_to_search
from shared.services.tag_sync_progress import all_findings, counts_of, states_of
from shared.stores.tag_sync_store import RunMovedOnError

LAST_PLACE_SECONDS: Final = 25
"""Real seconds that must be left for a place to be begun: its servers and instances may be thousands."""

LAST_PART_SECONDS: Final = 12
"""The same for some more servers of a place."""


def strike(_fields: Mapping[str, Any], app: SyncsTags) -> dict[str, Any]:
    """The rule struck: begin a run if the settings want one by now, or go on with one that was left."""
    sync = app.tag_sync
    run = sync.rows.row().run
    if run is None or run.is_over:
        if not is_due(sync.rows.settings(), run, sync.clock):
            return {"tagSync": "not due"}
        try:
            begin(sync.rows, sync.clock, TagSyncReason.SCHEDULE, "schedule")
        except ConflictError:
            return {"tagSync": "begun by another"}
    return work({}, app)


def work(_fields: Mapping[str, Any], app: SyncsTags) -> dict[str, Any]:
    """Go on with the run, wherever it is, unless somebody does; its row says all there is to know."""
    sync = app.tag_sync
    row = take_up(sync.rows, sync.clock, new_claim())
    if row is None or row.run is None:
        return {"tagSync": "nothing to take up"}
    try:
        accounts, row = _with_places(row, sync)
        if _work_on(row, accounts, sync):
            _end(row, sync)
            return {"tagSync": "ended"}
        let_go(sync.rows, sync.clock, row)
    except RunMovedOnError:
        # it was held too long, and somebody else took it up
        sync.observability.logger.warning("a tag sync was taken over")
        return {"tagSync": "taken over"}
    try:
        sync.hand_over()
    except HandOverError as error:
        sync.observability.logger.warning("a tag sync waits for its schedule", reason=error.message)
        return {"tagSync": "left"}
    return {"tagSync": "handed over"}


def _with_places(row: TagSyncRow, sync: TagSync) -> tuple[Accounts, TagSyncRow]:
    """The accounts as they are now, and the run with its places, which are looked for once."""
    accounts: Accounts = sync.accounts.find_many([*sync.accounts.ids(), sync.hub_account_id])
    if row.run is None or row.run.regions is not None:
        return accounts, row
    used = in_use_of(accounts.values(), sync.hub_account_id)
    of_groups = (group.target for group in sync.groups.every())
    regions = places_to_search(used, of_groups, sync.drs_regions, sync.states, sync.clock.now())
    spoiled = tuple(_of_row(account_id, fault) for account_id, fault in used.faulty.items())
    run = row.run.model_copy(update={"regions": regions, "findings": spoiled})
    return accounts, sync.rows.put_row(row.model_copy(update={"run": run}))


def _of_row(account_id: str, fault: CrossAccountError) -> Finding:
    return Finding(
        outcome=Outcome.FAIL,
        code=FindingCode.ROLE,
        reason=FindingReason.ROLE_NOT_ASSUMABLE,
        message=fault.message,
        account_id=account_id,
        details=fault.details,
    )


def _work_on(row: TagSyncRow, accounts: Accounts, sync: TagSync) -> bool:
    """Work as long as there is time; whether nothing is left to do."""
    run = row.run
    if run is None:
        return True
    states = states_of(run, sync.rows)
    open_places = [place for place in run.places if not states[place.target].is_over]

    def sync_one(place: PlaceToSync) -> None:
        if _has_time(LAST_PLACE_SECONDS):
            sync_place(place, states[place.target], accounts, sync, lambda: _has_time(LAST_PART_SECONDS))

    with ThreadPoolExecutor(sync.places_at_once) as pool:
        for done in [pool.submit(copy_context().run, partial(sync_one, place)) for place in open_places]:
            done.result()
    return all(state.is_over for state in states_of(run, sync.rows).values())


def _has_time(seconds: float) -> bool:
    left = patience_left()
    return left is None or left > seconds


def _end(row: TagSyncRow, sync: TagSync) -> None:
    """The run with what came of it, in place of the one before."""
    run = row.run
    if run is None:
        return
    places = states_of(run, sync.rows).values()
    findings, more = all_findings(places, run.findings)
    failed = any(place.status is PlaceStatus.FAILED for place in places) or any(each.prevents for each in findings)
    ended = run.model_copy(
        update={
            "status": TagSyncStatus.PARTIAL if failed else TagSyncStatus.COMPLETED,
            "ended_at": sync.clock.now(),
            "holder": "",
            "counts": counts_of(places),
            "findings": findings,
            "more_findings": more,
        }
    )
    sync.rows.put_row(row.model_copy(update={"run": ended, "last": None}))
