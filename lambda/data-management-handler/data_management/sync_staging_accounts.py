"""POST /accounts/targets/{accountId}/staging-accounts/sync: have every server of the staging accounts extended."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from data_management.app import ConfigurationApp
from data_management.extending import HELD_SECONDS, hand_over
from shared.account_rules import check_regions
from shared.errors import ConflictError, ConflictReason, ErrorCode
from shared.ids import new_ulid
from shared.models.account import MOST_STAGING_ACCOUNTS, Regions, TargetAccount
from shared.models.base import Model
from shared.models.staging_sync import StagingSync, StagingSyncView, SyncPlace
from shared.models.targets import NOBODY, AccountId
from shared.models.violation import Violation, refuse
from shared.operations import Context, Success, operation
from shared.roles import Permission
from shared.services.judging import judge_by
from shared.services.regions_in_use import regions_in_use


class SyncStagingAccounts(Model):
    """A target account whose staging accounts are to be synced, all or those that are named.

    Without `regions` where the target account is used.
    """

    account_id: AccountId
    staging_account_ids: Annotated[tuple[AccountId, ...], Field(max_length=MOST_STAGING_ACCOUNTS)] = ()
    regions: Regions = ()


def _rules(request: SyncStagingAccounts, context: Context[ConfigurationApp]) -> Iterator[Violation]:
    yield from check_regions(request.regions, context.app.drs_regions)
    account = context.app.accounts.find(request.account_id) if request.staging_account_ids else None
    for position, each in enumerate(request.staging_account_ids):
        if account is not None and account.staging_account(each) is None:
            reason = f"{each} is no staging account of {account.account_id}"
            yield Violation(f"stagingAccountIds[{position}]", reason, "UNKNOWN_STAGING_ACCOUNT")


@operation(
    "sync_staging_accounts",
    http="POST /accounts/targets/{accountId}/staging-accounts/sync",
    permission=Permission.MODIFY_ACCOUNTS,
    success=Success.ACCEPTED,
    raises=(ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.CONFLICT_ERROR, ErrorCode.CROSS_ACCOUNT_ERROR),
    judge=judge_by(
        SyncStagingAccounts,
        _rules,
        stand_ins={"accountId": NOBODY},
        rests_on={"UNKNOWN_STAGING_ACCOUNT": ("accountId",)},
    ),
)
def sync_staging_accounts(request: SyncStagingAccounts, context: Context[ConfigurationApp]) -> StagingSyncView:
    """Extend every server of the staging accounts that is not extended yet; one at a time for a target account.

    Answers the sync that is under way: a new one, or the one that somebody began before. It goes on by itself, and
    `discover_staging_accounts` tells how far it is. What Lambda does not take the schedule begins, within minutes.
    """
    app = context.app
    refuse(_rules(request, context))
    account = app.accounts.get(request.account_id)
    sync = _new(request, account, context.actor, app)
    stored = app.staging_syncs.begin(sync, app.clock.now())
    if stored.sync_id == sync.sync_id:
        stored = hand_over(sync, app)
    return StagingSyncView.of(stored, app.staging_syncs.places(stored), app.clock.now())


def _new(request: SyncStagingAccounts, account: TargetAccount, actor: str, app: ConfigurationApp) -> StagingSync:
    named = request.staging_account_ids or tuple(one.account_id for one in account.staging_accounts)
    regions = request.regions or tuple(regions_in_use(account.account_id, account, app))
    if not named or not regions:
        what = "no staging account" if not named else "no region in use: name `regions`"
        raise ConflictError(
            f"the target account {account.account_id} has {what}",
            reason=ConflictReason.INVALID_STATE,
            id=account.account_id,
        )
    places = tuple(
        SyncPlace(staging_account_id=each, region=region) for each in dict.fromkeys(named) for region in regions
    )
    now = app.clock.now()
    return StagingSync(
        account_id=account.account_id,
        sync_id=new_ulid(now),
        requested_by=actor,
        started_at=now,
        held_until=now + app.clock.wall(HELD_SECONDS),
        places=places,
        pending=places,
    )
