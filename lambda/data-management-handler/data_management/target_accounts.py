"""POST, PUT and DELETE of /accounts/targets: which accounts the hub knows, and how it gets in."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from pydantic import Field

from data_management.account_uses import check_unused
from data_management.app import ConfigurationApp
from data_management.giving_up_settings import MOST_GIVEN_UP, GivenUp, give_up, left_in
from data_management.making_once import Keep, made_once
from data_management.sent_back import check_sent_back, read_only, read_only_fields
from data_management.uses import upon_uses, upon_version
from shared.account_rules import check_account, check_regions
from shared.errors import ErrorCode, ThrottledError, ValidationError
from shared.models.account import (
    AccountStatus,
    CheckDocumentPattern,
    ExternalId,
    Regions,
    RoleArn,
    StagingAccountView,
    TargetAccount,
    TargetAccountView,
)
from shared.models.base import Instant, Model, Name, read_strictly
from shared.models.targets import AccountId
from shared.models.violation import Violation, refuse
from shared.operations import Context, Success, operation
from shared.roles import Permission
from shared.services.judging import CHANGE, judge_by
from shared.services.request_fields import ClientToken, ExecutionId, Reason, Version
from shared.services.versions import check_version
from shared.stores.ties import Uses
from shared.well_formed import RestsOn, well_formed

_WHICH: Final = frozenset({"account_id", "version"})


class AddTargetAccount(Model):
    """An account to be registered; its name is its id and its role the standardized one unless others are given."""

    account_id: AccountId
    account_name: Name | None = None
    role_arn: RoleArn | None = None
    external_id: ExternalId | None = Field(default=None, repr=False)
    regions: Regions = ()
    check_document_pattern: CheckDocumentPattern | None = None
    status: AccountStatus = AccountStatus.ACTIVE
    client_token: ClientToken | None = None


class TargetAccountChanges(Model):
    """What of an account is to be otherwise; what is left out stays, and null empties what may be empty.

    If nothing is otherwise the version stays too. So does an `externalId` that is left out, though no answer shows it.
    """

    account_id: AccountId
    version: Version
    account_name: Name | None = None
    role_arn: RoleArn | None = None
    external_id: ExternalId | None = Field(default=None, repr=False)
    regions: Regions | None = None
    check_document_pattern: CheckDocumentPattern | None = None
    status: AccountStatus = AccountStatus.ACTIVE
    has_external_id: bool = read_only()
    staging_accounts: tuple[StagingAccountView, ...] = read_only()
    created_at: Instant = read_only()
    updated_at: Instant = read_only()

    def said(self) -> dict[str, Any]:
        """The fields that were given, null as what a new account would have."""
        names = self.model_fields_set - _WHICH - read_only_fields(type(self)).keys()
        given = {name: getattr(self, name) for name in names}
        without = {"account_name": self.account_id, "regions": ()}
        return {name: without.get(name) if value is None else value for name, value in given.items()}


class DeleteTargetAccount(Model):
    """An account that is to be forgotten, whatever its version unless one is given.

    `giveUpSettingsOf` names executions whose launch settings are still in DRS there and may stay: nobody restores them
    any more. Then `reason` says why.
    """

    account_id: AccountId
    version: Version | None = None
    give_up_settings_of: tuple[ExecutionId, ...] = Field(default=(), max_length=MOST_GIVEN_UP)
    reason: Reason = ""


def _check_reason(request: DeleteTargetAccount, _: Context[ConfigurationApp]) -> None:
    if request.give_up_settings_of and not request.reason:
        raise ValidationError.one("reason", "must say why launch settings are given up", "REQUIRED")


ACCOUNTS_REST_ON: Final[RestsOn] = MappingProxyType(
    {
        "REQUIRED": ("accountId",),
        "NOT_FOR_THE_HUB": ("accountId",),
        "ROLE_OF_ANOTHER_ACCOUNT": ("accountId",),
        "READ_ONLY": ("=…",),
    }
)


def judge_account(fields: Mapping[str, Any], context: Context[ConfigurationApp]) -> Iterator[Violation]:
    """The rules that an account to be registered breaks in a request which its model refused (well_formed)."""
    app = context.app
    well = well_formed(partial(read_strictly, AddTargetAccount), fields, {"accountId": app.hub_account_id})
    if well is not None:
        yield from well.refused
        yield from well.certain(_broken(_new_account(well.read, app), app), ACCOUNTS_REST_ON)


def judge_account_changes(fields: Mapping[str, Any], context: Context[ConfigurationApp]) -> Iterator[Violation]:
    """The same of one to be changed, over what is stored; of one that is not there whether DRS is in its regions."""
    app = context.app
    stand_ins = {**CHANGE, "accountId": app.hub_account_id}
    well = well_formed(partial(read_strictly, TargetAccountChanges), fields, stand_ins)
    if well is None:
        return
    yield from well.refused
    changes = well.read
    stored = None if well.lacks("accountId") else app.accounts.find(changes.account_id)
    if stored is None:
        yield from well.certain(check_regions(changes.regions or (), app.drs_regions), ACCOUNTS_REST_ON)
        return
    account = TargetAccount.model_validate({**stored.model_dump(), **changes.said()})
    sent_back = check_sent_back(changes, TargetAccountView.of(stored))
    yield from well.certain((*sent_back, *_broken(account, app, stored)), ACCOUNTS_REST_ON)


@operation(
    "add_target_account",
    http="POST /accounts/targets",
    also=("POST /accounts/target",),
    permission=Permission.REGISTER_ACCOUNTS,
    success=Success.CREATED,
    raises=(ErrorCode.CONFLICT_ERROR,),
    judge=judge_account,
)
def add_target_account(request: AddTargetAccount, context: Context[ConfigurationApp]) -> TargetAccountView:
    """Register an account whose servers are to be recovered; nothing is asked of it yet."""
    app = context.app

    def add(keep: Keep) -> TargetAccountView:
        account = _new_account(request, app)
        refuse(_broken(account, app))
        view = TargetAccountView.of(account)
        app.accounts.put_new(account, also=keep(view))
        return view

    return made_once("add_target_account", request, app.account_repeats, TargetAccountView, add)


@operation(
    "update_target_account",
    http="PUT /accounts/targets/{accountId}",
    permission=Permission.MODIFY_ACCOUNTS,
    raises=(ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.CONFLICT_ERROR, ErrorCode.CROSS_ACCOUNT_ERROR),
    judge=judge_account_changes,
)
def update_target_account(request: TargetAccountChanges, context: Context[ConfigurationApp]) -> TargetAccountView:
    """Change the fields of an account that are given; an inactive one is kept, and no start may use it."""
    app = context.app
    stored = app.accounts.get(request.account_id)
    check_version("target account", stored.account_id, stored.account_id, stored.version, request.version)
    account = TargetAccount.model_validate({**stored.model_dump(), **request.said()})
    refuse((*check_sent_back(request, TargetAccountView.of(stored)), *_broken(account, app, stored)))
    if account == stored:
        return TargetAccountView.of(stored)
    stamped = TargetAccount.model_validate({**account.model_dump(), "updated_at": app.clock.now()})
    return TargetAccountView.of(app.accounts.put(stamped, request.version))


@operation(
    "delete_target_account",
    http="DELETE /accounts/targets/{accountId}",
    permission=Permission.DELETE_ACCOUNTS,
    success=Success.DELETED,
    raises=(ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.CONFLICT_ERROR, ErrorCode.CROSS_ACCOUNT_ERROR),
    judge=judge_by(DeleteTargetAccount, _check_reason),
)
def delete_target_account(request: DeleteTargetAccount, context: Context[ConfigurationApp]) -> None:
    """Forget an account that no group, alarm, open execution or setting that one left needs, or the hub's own row.

    Nothing changes in the account itself; what is known here of its regions, tags and staging accounts goes with it.
    Settings that can never be restored, because its role is gone for good, are given up by naming their executions.
    """
    _check_reason(request, context)
    accounts, ties = context.app.accounts, context.app.account_ties

    def end() -> None:
        stored = accounts.get(request.account_id)
        check_version("target account", stored.account_id, stored.account_id, stored.version, request.version)

        def delete(uses: Uses) -> None:
            if stored.account_id != context.app.hub_account_id:
                left = left_in(stored.account_id, context.app)
                kept = [row for row in left if row.for_execution not in request.give_up_settings_of]
                check_unused(stored, uses, context.app.executions, kept)
                # before the account goes: who is cut off repeats the request, and finds it
                given_up = [row for row in left if row.for_execution in request.give_up_settings_of]
                give_up(given_up, GivenUp(context.actor, request.reason), context.app)
            accounts.delete(stored, uses)

        upon_uses(lambda: ties.uses(stored.account_id), delete, f"the account {stored.account_id}")

    upon_version(request.version, end, f"the account {request.account_id}")
    if request.account_id != context.app.hub_account_id:
        _forget(request.account_id, context.app)


def _forget(account_id: str, app: ConfigurationApp) -> None:
    try:
        app.account_leftovers.forget(account_id, app.drs_regions)
    except ThrottledError as error:
        # the account is gone, and what is left of it does no harm
        app.observability.logger.warning("rows of an account are left", accountId=account_id, reason=error.message)


def _new_account(request: AddTargetAccount, app: ConfigurationApp) -> TargetAccount:
    now = app.clock.now()
    said = request.model_dump(exclude={"client_token"})
    return TargetAccount.model_validate(
        {**said, "account_name": request.account_name or request.account_id, "created_at": now, "updated_at": now}
    )


def _broken(account: TargetAccount, app: ConfigurationApp, stored: TargetAccount | None = None) -> Iterable[Violation]:
    return check_account(
        account, app.hub_account_id, drs_regions=app.drs_regions, partition=app.partition, stored=stored
    )
