"""POST /accounts/targets/{accountId}/validate: whether the hub gets in, and whether DRS answers there."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final, Protocol

from query.target_accounts import OneTargetAccount, ReadsAccounts
from shared.account_rules import check_regions
from shared.aws.ports import DrsPort
from shared.aws.regions import drs_regions
from shared.cross_account import AccountSession, Sessions
from shared.errors import CrossAccountError, DrsServiceError, ErrorCode
from shared.ids import new_claim
from shared.models.account import Regions, TargetAccount
from shared.models.base import Model
from shared.models.finding import Finding
from shared.models.targets import AccountId, Region, Target
from shared.models.violation import Violation, refuse
from shared.operations import Context, operation
from shared.patience import CALL_SECONDS
from shared.roles import Permission
from shared.services.judging import judge_by, of_request
from shared.services.reachability import ask_everywhere, obstacle_of

_WORKERS: Final = 10
"""As many connections as botocore keeps per client."""

_NO_SERVER: Final = "s-00000000000000000"
"""DRS has none of that id, so its answer is small however many servers it has."""


class Step(StrEnum):
    """What is done to reach DRS, in this order."""

    FIND = "FindTargetAccount"
    ASSUME = "AssumeRole"
    ASK = "DescribeSourceServers"


class ValidatesAccounts(ReadsAccounts, Protocol):
    """What validating an account needs."""

    @property
    def sessions(self) -> Sessions:
        """The way into other accounts."""
        ...

    @property
    def drs(self) -> DrsPort:
        """DRS in all accounts and regions, in those sessions."""
        ...

    @property
    def hub_account_id(self) -> str:
        """The account that this system runs in."""
        ...

    @property
    def region(self) -> str:
        """The region that this system runs in."""
        ...


class ValidateTargetAccount(OneTargetAccount):
    """An account, and where DRS is asked; without `regions` in those of the account, or in the hub's own."""

    regions: Regions = ()


class RegionCheck(Model):
    """What came of one region; if it did not pass, `failedStep` is as far as we came, and the finding says why."""

    region: Region
    passed: bool
    failed_step: Step | None = None
    finding: Finding | None = None


class RegionsFrom(StrEnum):
    """Who says which regions are asked: the request, else the account, else it is the one that the hub is in."""

    REQUEST = "REQUEST"
    ACCOUNT = "ACCOUNT"
    HUB = "HUB"


class AccountValidation(Model):
    """Whether all regions passed: the role was assumed anew, and DRS answered; of others it says nothing."""

    account_id: AccountId
    valid: bool
    regions_from: RegionsFrom
    regions: tuple[RegionCheck, ...]


def _regions(request: ValidateTargetAccount) -> Iterator[Violation]:
    return check_regions(request.regions, drs_regions())


@operation(
    "validate_target_account",
    http="POST /accounts/targets/{accountId}/validate",
    permission=Permission.VIEW_ACCOUNTS,
    raises=(ErrorCode.RESOURCE_NOT_FOUND,),
    judge=judge_by(ValidateTargetAccount, of_request(_regions), stand_ins={"accountId": "0" * 12}),
)
def validate_target_account(request: ValidateTargetAccount, context: Context[ValidatesAccounts]) -> AccountValidation:
    """Assume the account's role now and ask DRS in its regions; names the step that failed, and changes nothing."""
    app = context.app
    refuse(_regions(request))
    try:
        account = _registered(request.account_id, app)
    except CrossAccountError as error:
        source, targets = _asked(request, None, app)
        checks = [_failed(target, Step.FIND, obstacle_of(target, error)) for target in targets]
    else:
        source, targets = _asked(request, account, app)
        checks = _check(targets, account, app)
    return AccountValidation(
        account_id=request.account_id,
        valid=all(check.passed for check in checks),
        regions_from=source,
        regions=tuple(checks),
    )


def _registered(account_id: str, app: ValidatesAccounts) -> TargetAccount | None:
    """The account as it is stored now; the hub's own need not be."""
    if account_id == app.hub_account_id:
        return app.accounts.find(account_id)
    return app.accounts.get(account_id)


def _asked(
    request: ValidateTargetAccount, account: TargetAccount | None, app: ValidatesAccounts
) -> tuple[RegionsFrom, list[Target]]:
    """Where DRS is asked, and who says so."""
    source = RegionsFrom.HUB
    regions: tuple[str, ...] = (app.region,)
    if request.regions:
        source, regions = RegionsFrom.REQUEST, request.regions
    elif account is not None and account.regions:
        source, regions = RegionsFrom.ACCOUNT, account.regions
    return source, [Target(account_id=request.account_id, region=region) for region in dict.fromkeys(regions)]


def _check(targets: list[Target], account: TargetAccount | None, app: ValidatesAccounts) -> list[RegionCheck]:
    """Under a session name of its own: what was assumed an hour ago says nothing about now."""
    purpose = f"validate-{new_claim()}"
    if account is not None:
        app.sessions.believe(account)
    reached = dict.fromkeys(targets, Step.ASSUME)
    entered: list[AccountSession] = []

    def ask(target: Target) -> RegionCheck:
        try:
            entered.append(app.sessions.session(target.account_id, purpose))
            reached[target] = Step.ASK
            app.drs.named(purpose).source_servers(target, [_NO_SERVER])
        except (CrossAccountError, DrsServiceError) as error:
            return _failed(target, reached[target], obstacle_of(target, error))
        return RegionCheck(region=target.region, passed=True)

    checks = ask_everywhere(
        targets,
        ask,
        lambda silent: _failed(silent.target, reached[silent.target], silent.finding),
        workers=_WORKERS,
        patience=CALL_SECONDS,
    )
    for session in entered:
        app.sessions.drop(session)
    return [checks[target] for target in targets]


def _failed(target: Target, step: Step, finding: Finding) -> RegionCheck:
    return RegionCheck(region=target.region, passed=False, failed_step=step, finding=finding)
