"""Target accounts, and the accounts that replicate servers for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

import pydantic

from shared.errors import ConflictError, ConflictReason, CrossAccountError, NotFoundError
from shared.models.account import StagingAccount, TargetAccount
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

_OWNER: Final = "targetAccountId"
"""In the row of a staging account: of which target account it is one."""


class TargetAccountStore:
    """The table of target accounts; rows whose key has a `#` are settings, not accounts.

    The row `staging#<id>` says of which target account that one replicates servers; it is of one only.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._listed = PagedQuery("target-accounts", (_LIST_KEY, _LIST), (_LIST_KEY, KEY), index="accounts-by-id")

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

    def way_into(self, account_id: str) -> TargetAccount | None:
        """How the hub gets into an account: as a target account's row says, else as it is known as a staging account.

        None for an account that is neither; CrossAccountError as `find` has it.
        """
        own = self.find(account_id)
        if own is not None:
            return own
        target_id = self.owner_of(account_id)
        target = None if target_id is None else self.find(target_id)
        staging = None if target is None else target.staging_account(account_id)
        return None if target is None or staging is None else target.way_into(staging)

    def owner_of(self, staging_account_id: str) -> str | None:
        """The target account that has this staging account; None if no account has."""
        row = self._table.get(_staging_key(staging_account_id))
        return None if row is None else str(row[_OWNER])

    def owners_of(self, staging_account_ids: Iterable[str]) -> dict[str, str]:
        """The target accounts that have these staging accounts, by the ids of those that any has."""
        rows = self._table.batch_get([_staging_key(each) for each in staging_account_ids])
        return {row[KEY].partition("#")[2]: str(row[_OWNER]) for row in rows}

    def find_many(self, account_ids: Iterable[str]) -> dict[str, TargetAccount | CrossAccountError]:
        """The accounts that exist, by id, read together; in the place of a row that is none what `find` would raise."""
        items = self._table.batch_get([{KEY: account_id} for account_id in account_ids])
        return {item[KEY]: _account_or_fault(item) for item in items if _is_account(item)}

    def page(self, limit: int, token: str | None = None) -> Listing[TargetAccount]:
        """A page of the accounts by id; the index lags behind by a moment."""
        return self._listed.read(self._table, limit, token, _account)

    def every(self) -> Iterator[TargetAccount | CrossAccountError]:
        """All accounts by id, in the place of a row that is none what `find` would raise; the index lags behind."""
        return self._listed.every(self._table, _account_or_fault)

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

    def with_staging(self, account: TargetAccount, staging: StagingAccount, at: datetime) -> TargetAccount:
        """The next version of the account, which has this staging account too; nothing is written."""
        return _following(account, (*account.staging_accounts, staging), at)

    def add_staging(
        self, account: TargetAccount, following: TargetAccount, staging_account_id: str, *, also: Sequence[Write] = ()
    ) -> None:
        """Put the next version, which has this staging account, in the place of the account as it was read.

        Together with what belongs to it, or nothing. NotFoundError, ConflictError VERSION_CONFLICT, or NAME_EXISTS if
        the staging account is one of an account already, AlsoRefusedError.
        """
        owner = {**_staging_key(staging_account_id), _OWNER: account.account_id}
        put = PutItem(_item(following), Equals("version", account.version))
        try:
            self._table.transact([put, PutItem(owner, NotExists(KEY)), *also])
        except TransactionRefused as refused:
            if refused.failed(0):
                raise _not_that_version(account.account_id, refused.items[0]) from refused
            if not refused.failed(1):
                raise AlsoRefusedError from refused
            of = str((refused.items[1] or {}).get(_OWNER, ""))
            raise ConflictError(
                f"The account {staging_account_id} is a staging account of {of} already",
                reason=ConflictReason.NAME_EXISTS,
                id=staging_account_id,
                targetAccountId=of,
            ) from refused

    def remove_staging(self, account: TargetAccount, staging_account_id: str, at: datetime) -> TargetAccount:
        """Take a staging account from the account as it was read; answers its next version.

        NotFoundError, ConflictError VERSION_CONFLICT.
        """
        left = tuple(one for one in account.staging_accounts if one.account_id != staging_account_id)
        following = _following(account, left, at)
        put = PutItem(_item(following), Equals("version", account.version))
        try:
            self._table.transact([put, DeleteItem(_staging_key(staging_account_id))])
        except TransactionRefused as refused:
            raise _not_that_version(account.account_id, refused.items[0]) from refused
        return following

    def delete(self, account: TargetAccount, uses: Uses) -> None:
        """Delete the account as it was read, of which these are all the uses, and forget its staging accounts.

        NotFoundError, ConflictError VERSION_CONFLICT, UsedMeanwhileError.
        """
        row = DeleteItem({KEY: account.account_id}, Equals("version", account.version))
        staging = [DeleteItem(_staging_key(one.account_id)) for one in account.staging_accounts]
        try:
            self._table.transact([row, *uses.ending(), *staging])
        except TransactionRefused as refused:
            if refused.failed(0):
                raise _not_that_version(account.account_id, refused.items[0]) from refused
            raise UsedMeanwhileError from refused


def _staging_key(account_id: str) -> dict[str, str]:
    return {KEY: f"staging#{account_id}"}


def _following(account: TargetAccount, staging: Sequence[StagingAccount], at: datetime) -> TargetAccount:
    changed = {"staging_accounts": tuple(staging), "updated_at": at, "version": account.version + 1}
    return account.model_copy(update=changed)


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
