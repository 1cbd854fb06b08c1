"""POST /accounts/targets/{accountId}/validate: whether the hub gets in, and whether DRS answers there."""

from collections.abc import Iterator

from query.region_checks import AccountValidation, ChecksRegions, asked, check_entered, unfound, validation
from query.target_accounts import OneTargetAccount
from shared.account_rules import check_regions
from shared.errors import CrossAccountError, ErrorCode
from shared.models.account import Regions, TargetAccount
from shared.models.targets import NOBODY
from shared.models.violation import Violation, refuse
from shared.operations import Context, operation
from shared.roles import Permission
from shared.services.judging import judge_by
from shared.services.regions_in_use import regions_in_use


class ValidateTargetAccount(OneTargetAccount):
    """An account, and where DRS is asked; without `regions` where the account is used, or in the hub's own region."""

    regions: Regions = ()


def _regions(request: ValidateTargetAccount, context: Context[ChecksRegions]) -> Iterator[Violation]:
    return check_regions(request.regions, context.app.drs_regions)


@operation(
    "validate_target_account",
    http="POST /accounts/targets/{accountId}/validate",
    permission=Permission.VIEW_ACCOUNTS,
    raises=(ErrorCode.RESOURCE_NOT_FOUND,),
    judge=judge_by(ValidateTargetAccount, _regions, stand_ins={"accountId": NOBODY}),
)
def validate_target_account(request: ValidateTargetAccount, context: Context[ChecksRegions]) -> AccountValidation:
    """Assume the account's role now and ask DRS where it is used; names the step that failed, and changes nothing."""
    app = context.app
    refuse(_regions(request, context))
    account: TargetAccount | None = None
    fault: CrossAccountError | None = None
    try:
        account = _registered(request.account_id, app)
    except CrossAccountError as error:
        fault = error
    which = asked(
        request.account_id, request.regions, lambda: regions_in_use(request.account_id, account, app), app.region
    )
    return validation(which, check_entered(which, account, app) if fault is None else unfound(which, fault))


def _registered(account_id: str, app: ChecksRegions) -> TargetAccount | None:
    """The account as it is stored now; the hub's own need not be."""
    if account_id == app.hub_account_id:
        return app.accounts.find(account_id)
    return app.accounts.get(account_id)
