"""Target accounts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import pydantic

from shared.errors import ConflictError, ConflictReason, CrossAccountError, NotFoundError
from shared.models.account import TargetAccount
from shared.models.violation import violations_of
from shared.stores.conditions import Equals, NotExists
from shared.stores.owned_items import AlsoRefusedError
from shared.stores.paging import Listing, PagedQuery
from shared.stores.table import DeleteItem, Item, PutItem, Table, TransactionRefused, Write
from shared.stores.ties import UsedMeanwhileError, Uses

KEY: Final = "accountId"

_LIST_KEY: Final = "listKey"
_LIST: Final = "account"
"""What accounts carry, and no other row of their table: by it an index lists them."""


class TargetAccountStore:
    """The table of target accounts; rows whose key has a `#` are settings, not accounts."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, account_id: str) -> TargetAccount:
        """The account; NotFoundError."""
        account = self.find(account_id)
        if account is None:
            raise _no_account(account_id)
        return account

    def find(self, account_id: str) -> TargetAccount | None:
        """The account, or None; CrossAccountError names what is wrong with a row that somebody wrote by hand."""
        item = self._table.get({KEY: account_id})
        return None if item is None or not _is_account(item) else _account(item)

    def find_many(self, account_ids: Iterable[str]) -> dict[str, TargetAccount | CrossAccountError]:
        """The accounts that exist, by id, read together; in the place of a row that is none what `find` would raise."""
        items = self._table.batch_get([{KEY: account_id} for account_id in account_ids])
        return {item[KEY]: _account_or_fault(item) for item in items if _is_account(item)}

    def page(self, limit: int, token: str | None = None) -> Listing[TargetAccount]:
        """A page of the accounts by id; the index lags behind by a moment."""
        query = PagedQuery("target-accounts", (_LIST_KEY, _LIST), (_LIST_KEY, KEY), index="accounts-by-id")
        return query.read(self._table, limit, token, _account)

    def ids(self) -> list[str]:
        """The ids of all accounts, whatever their rows are worth; the index lags behind by a moment."""
        page = self._table.query((_LIST_KEY, _LIST), index="accounts-by-id")
        return [item[KEY] for item in page.items]

    def put_new(self, account: TargetAccount, *, also: Sequence[Write] = ()) -> TargetAccount:
        """Write a new account as version 1, and what belongs to it, or nothing.

        ConflictError NAME_EXISTS if there is one of that id, AlsoRefusedError.
        """
        first = account.model_copy(update={"version": 1})
        try:
            self._table.transact([PutItem(_item(first), NotExists(KEY)), *also])
        except TransactionRefused as refused:
            if not refused.failed(0):
                raise AlsoRefusedError from refused
            raise ConflictError(
                f"There is a target account {account.account_id} already",
                reason=ConflictReason.NAME_EXISTS,
                id=account.account_id,
            ) from refused
        return first

    def put(self, account: TargetAccount, expected_version: int) -> TargetAccount:
        """Replace the account of that version; answers it with the next one. NotFoundError, VERSION_CONFLICT."""
        following = account.model_copy(update={"version": expected_version + 1})
        try:
            # A transaction of one, so that the repeat of a lost answer is not refused (Table.transact).
            self._table.transact([PutItem(_item(following), Equals("version", expected_version))])
        except TransactionRefused as refused:
            raise _not_that_version(account.account_id, refused.items[0]) from refused
        return following

    def delete(self, account: TargetAccount, uses: Uses) -> None:
        """Delete the account as it was read, of which these are all the uses.

        NotFoundError, ConflictError VERSION_CONFLICT, UsedMeanwhileError.
        """
        row = DeleteItem({KEY: account.account_id}, Equals("version", account.version))
        try:
            self._table.transact([row, *uses.ending()])
        except TransactionRefused as refused:
            if refused.failed(0):
                raise _not_that_version(account.account_id, refused.items[0]) from refused
            raise UsedMeanwhileError from refused


def _item(account: TargetAccount) -> Item:
    return {**account.wire(), _LIST_KEY: _LIST}


def _account(item: Item) -> TargetAccount:
    fields = {name: value for name, value in item.items() if name != _LIST_KEY}
    try:
        return TargetAccount.model_validate(fields)
    except pydantic.ValidationError as error:
        faults = "; ".join(f"{violation.field}: {violation.reason}" for violation in violations_of(error, fields))
        raise CrossAccountError(
            f"the stored row of account {item[KEY]} is not a target account: {faults}",
            accountId=item[KEY],
            step="FindTargetAccount",
        ) from error


def _account_or_fault(item: Item) -> TargetAccount | CrossAccountError:
    try:
        return _account(item)
    except CrossAccountError as fault:
        return fault


def _is_account(item: Item) -> bool:
    return "#" not in item[KEY]


def _no_account(account_id: str) -> NotFoundError:
    return NotFoundError(f"There is no target account {account_id}", resource="target account", id=account_id)


def _not_that_version(account_id: str, stored: Item | None) -> NotFoundError | ConflictError:
    if stored is None:
        return _no_account(account_id)
    return ConflictError(
        f"The target account {account_id} was changed by another; read it again",
        reason=ConflictReason.VERSION_CONFLICT,
        id=account_id,
        version=stored.get("version"),
    )
