"""GET /accounts/targets, and one of them."""

from typing import Protocol

from shared.errors import ErrorCode
from shared.models.account import TargetAccount, TargetAccountView
from shared.models.base import Model
from shared.models.targets import AccountId
from shared.operations import Context, operation
from shared.roles import Permission
from shared.services.judging import judge_by, token_of
from shared.services.request_fields import Limit, NextToken
from shared.stores.paging import Listing
from shared.stores.target_account_store import TargetAccountStore


class ReadsAccounts(Protocol):
    """What reading accounts needs."""

    @property
    def accounts(self) -> TargetAccountStore:
        """The registered target accounts."""
        ...


class ListTargetAccounts(Model):
    """A page of the accounts."""

    limit: Limit = 50
    next_token: NextToken | None = None


class OneTargetAccount(Model):
    """An account by its id."""

    account_id: AccountId


class TargetAccountPage(Model):
    """A page of accounts, by id."""

    items: tuple[TargetAccountView, ...]
    next_token: str | None = None


def _page(request: ListTargetAccounts, context: Context[ReadsAccounts]) -> Listing[TargetAccount]:
    return context.app.accounts.page(request.limit, request.next_token)


@operation(
    "list_target_accounts",
    http="GET /accounts/targets",
    permission=Permission.VIEW_ACCOUNTS,
    aliases=("get_target_accounts",),
    judge=judge_by(ListTargetAccounts, token_of(_page)),
    raises=(ErrorCode.CROSS_ACCOUNT_ERROR,),
)
def list_target_accounts(request: ListTargetAccounts, context: Context[ReadsAccounts]) -> TargetAccountPage:
    """All registered target accounts by id, a page at a time; external ids are never shown."""
    page = _page(request, context)
    return TargetAccountPage(items=tuple(map(TargetAccountView.of, page.items)), next_token=page.next_token)


@operation(
    "get_target_account",
    http="GET /accounts/targets/{accountId}",
    permission=Permission.VIEW_ACCOUNTS,
    raises=(ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.CROSS_ACCOUNT_ERROR),
)
def get_target_account(request: OneTargetAccount, context: Context[ReadsAccounts]) -> TargetAccountView:
    """One registered target account; its external id is never shown."""
    return TargetAccountView.of(context.app.accounts.get(request.account_id))
