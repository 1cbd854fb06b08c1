"""POST and DELETE of a target account's staging accounts: which accounts replicate servers for it."""

from collections.abc import Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from pydantic import Field

from data_management.app import ConfigurationApp
from data_management.making_once import Keep, made_once
from data_management.staging_uses import check_recovers_nothing
from data_management.uses import upon_version
from shared.account_rules import check_staging_account
from shared.errors import ConflictError, ConflictReason, ErrorCode, NotFoundError
from shared.models.account import ExternalId, RoleArn, StagingAccount, TargetAccount, TargetAccountView
from shared.models.base import Model, Name, read_strictly
from shared.models.targets import NOBODY, AccountId
from shared.models.violation import Violation, refuse
from shared.operations import Context, Success, operation
from shared.roles import Permission
from shared.services.request_fields import ClientToken, Version
from shared.services.versions import check_version
from shared.well_formed import RestsOn, well_formed

"""A stand-in for the id of an account that is not there."""


class AddStagingAccount(Model):
    """An account that replicates servers for a target account; its name is its id unless another is given."""

    account_id: AccountId
    staging_account_id: AccountId
    account_name: Name | None = None
    role_arn: RoleArn | None = None
    external_id: ExternalId | None = Field(default=None, repr=False)
    version: Version | None = None
    client_token: ClientToken | None = None

    @property
    def staging(self) -> StagingAccount:
        """The staging account as it is to be stored."""
        return StagingAccount(
            account_id=self.staging_account_id,
            account_name=self.account_name or self.staging_account_id,
            role_arn=self.role_arn,
            external_id=self.external_id,
        )


class RemoveStagingAccount(Model):
    """A staging account that is to be forgotten; with `force` also if groups recover servers that it replicates."""

    account_id: AccountId
    staging_account_id: AccountId
    version: Version | None = None
    force: bool = False


_RESTS_ON: Final[RestsOn] = MappingProxyType(
    {
        "REQUIRED": ("stagingAccountId",),
        "NOT_FOR_THE_HUB": ("stagingAccountId",),
        "ROLE_OF_ANOTHER_ACCOUNT": ("stagingAccountId",),
        "SAME_ACCOUNT": ("accountId",),
        "TOO_MANY": ("accountId",),
    }
)


def judge_staging_account(fields: Mapping[str, Any], context: Context[ConfigurationApp]) -> Iterator[Violation]:
    """The rules that a staging account breaks in a request which its model refused (well_formed)."""
    app = context.app
    stand_ins = {"accountId": NOBODY, "stagingAccountId": app.hub_account_id}
    well = well_formed(partial(read_strictly, AddStagingAccount), fields, stand_ins)
    if well is not None:
        yield from well.refused
        target = app.accounts.find(well.read.account_id) or _unregistered(well.read.account_id, app)
        yield from well.certain(_broken(well.read, target, app), _RESTS_ON)


@operation(
    "add_staging_account",
    http="POST /accounts/targets/{accountId}/staging-accounts",
    permission=Permission.MODIFY_ACCOUNTS,
    success=Success.CREATED,
    raises=(ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.CONFLICT_ERROR, ErrorCode.CROSS_ACCOUNT_ERROR),
    judge=judge_staging_account,
)
def add_staging_account(request: AddStagingAccount, context: Context[ConfigurationApp]) -> TargetAccountView:
    """Register an account that replicates servers for a target account; nothing is asked of it yet."""
    app = context.app

    def add(keep: Keep) -> TargetAccountView:
        answer: list[TargetAccountView] = []

        def put() -> None:
            target = _target(request, app)
            refuse(_broken(request, target, app))
            _check_new(request, target)
            added = app.accounts.with_staging(target, request.staging, app.clock.now())
            view = TargetAccountView.of(added)
            app.accounts.add_staging(target, added, request.staging_account_id, also=keep(view))
            answer.append(view)

        upon_version(request.version, put, f"the account {request.account_id}")
        return answer[0]

    return made_once("add_staging_account", request, app.account_repeats, TargetAccountView, add)


@operation(
    "remove_staging_account",
    http="DELETE /accounts/targets/{accountId}/staging-accounts/{stagingAccountId}",
    permission=Permission.MODIFY_ACCOUNTS,
    success=Success.DELETED,
    raises=(
        ErrorCode.RESOURCE_NOT_FOUND,
        ErrorCode.CONFLICT_ERROR,
        ErrorCode.DRS_SERVICE_ERROR,
        ErrorCode.CROSS_ACCOUNT_ERROR,
    ),
)
def remove_staging_account(request: RemoveStagingAccount, context: Context[ConfigurationApp]) -> None:
    """Forget a staging account that replicates no server of a group; refused as IN_USE otherwise, unless forced.

    Nothing changes in either account: servers that are extended stay so.
    """
    app = context.app

    def end() -> None:
        target = _target(request, app)
        if target.staging_account(request.staging_account_id) is None:
            raise NotFoundError(
                f"There is no staging account {request.staging_account_id} of {request.account_id}",
                resource="staging account",
                id=request.staging_account_id,
            )
        if not request.force:
            check_recovers_nothing(target, request.staging_account_id, app)
        app.accounts.remove_staging(target, request.staging_account_id, app.clock.now())

    upon_version(request.version, end, f"the account {request.account_id}")


def _target(request: AddStagingAccount | RemoveStagingAccount, app: ConfigurationApp) -> TargetAccount:
    """The target account as it is stored, of the version that is expected if one is."""
    target = app.accounts.get(request.account_id)
    check_version("target account", target.account_id, target.account_id, target.version, request.version)
    return target


def _check_new(request: AddStagingAccount, target: TargetAccount) -> None:
    if target.staging_account(request.staging_account_id) is not None:
        raise ConflictError(
            f"The account {request.staging_account_id} is a staging account of {target.account_id} already",
            reason=ConflictReason.NAME_EXISTS,
            id=request.staging_account_id,
            targetAccountId=target.account_id,
        )


def _broken(request: AddStagingAccount, target: TargetAccount, app: ConfigurationApp) -> tuple[Violation, ...]:
    return check_staging_account(request.staging, target, app.hub_account_id, partition=app.partition)


def _unregistered(account_id: str, app: ConfigurationApp) -> TargetAccount:
    now = app.clock.now()
    return TargetAccount(account_id=account_id, account_name=account_id, created_at=now, updated_at=now)
