"""POST /staging-accounts/validate: whether the hub gets into an account, also before it is made a staging account."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from pydantic import Field

from query.region_checks import AccountValidation, ChecksRegions, asked, check_entered, validation
from shared.account_rules import check_regions, check_way_in
from shared.cross_account import partition_of
from shared.errors import ErrorCode
from shared.models.account import ExternalId, Regions, RoleArn, StagingAccount, TargetAccount
from shared.models.base import Model
from shared.models.targets import NOBODY, AccountId
from shared.models.violation import Violation, refuse
from shared.operations import Context, operation
from shared.roles import Permission
from shared.services.judging import judge_by
from shared.services.regions_in_use import UsedRegions, regions_in_use
from shared.well_formed import RestsOn

WAY_IN_RESTS_ON: Final[RestsOn] = MappingProxyType(
    {
        "REQUIRED": ("accountId",),
        "NOT_FOR_THE_HUB": ("accountId",),
        "ROLE_OF_ANOTHER_ACCOUNT": ("accountId",),
    }
)


class ValidateStagingAccount(Model):
    """An account that is, or is to be, a staging account, and how the hub gets in.

    What of the role and the external id is left out is that of the staging account of this id, if there is one already.
    Without `regions` DRS is asked where the target account is used: the one that is named, or whose staging account it
    is; else in the hub's own region.
    """

    account_id: AccountId
    role_arn: RoleArn | None = None
    external_id: ExternalId | None = Field(default=None, repr=False)
    target_account_id: AccountId | None = None
    regions: Regions = ()


def _rules(request: ValidateStagingAccount, context: Context[ChecksRegions]) -> Iterator[Violation]:
    yield from check_regions(request.regions, context.app.drs_regions)
    way_in = _way_in(request, _known(request, context.app))
    yield from check_way_in(way_in, context.app.hub_account_id, partition_of(context.app.region))


@operation(
    "validate_staging_account",
    http="POST /staging-accounts/validate",
    permission=Permission.MODIFY_ACCOUNTS,
    raises=(ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.CROSS_ACCOUNT_ERROR),
    judge=judge_by(ValidateStagingAccount, _rules, stand_ins={"accountId": NOBODY}, rests_on=WAY_IN_RESTS_ON),
)
def validate_staging_account(request: ValidateStagingAccount, context: Context[ChecksRegions]) -> AccountValidation:
    """Assume a staging account's role now and ask DRS where its target account is used; it need not be registered."""
    app = context.app
    refuse(_rules(request, context))
    known = _known(request, app)
    target = app.accounts.get(request.target_account_id) if request.target_account_id else known
    which = asked(request.account_id, request.regions, lambda: _used(target, app), app.region)
    return validation(which, check_entered(which, _entered(_way_in(request, known), app), app))


def _known(request: ValidateStagingAccount, app: ChecksRegions) -> TargetAccount | None:
    """The target account whose staging account it is; None if it is none."""
    owner = app.accounts.owner_of(request.account_id)
    return None if owner is None else app.accounts.find(owner)


def _way_in(request: ValidateStagingAccount, known: TargetAccount | None) -> StagingAccount:
    stored = known.staging_account(request.account_id) if known else None
    return StagingAccount(
        account_id=request.account_id,
        account_name=request.account_id,
        role_arn=request.role_arn or (stored.role_arn if stored else None),
        external_id=request.external_id or (stored.external_id if stored else None),
    )


def _entered(way_in: StagingAccount, app: ChecksRegions) -> TargetAccount:
    now = app.clock.now()
    of_nobody = TargetAccount(
        account_id=way_in.account_id, account_name=way_in.account_id, created_at=now, updated_at=now
    )
    return of_nobody.way_into(way_in)


def _used(target: TargetAccount | None, app: ChecksRegions) -> UsedRegions:
    return {} if target is None else regions_in_use(target.account_id, target, app)
