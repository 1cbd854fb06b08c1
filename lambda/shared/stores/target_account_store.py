"""Target accounts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pydantic

from shared.errors import ConflictError, ConflictReason, CrossAccountError, NotFoundError
from shared.models.account import TargetAccount
from shared.models.violation import violations_of
from shared.stores.conditions import Equals, NotExists
from shared.stores.table import ConditionFailed, Item, Table

KEY: Final = "accountId"


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

    def all(self) -> list[TargetAccount]:
        """Every account by id."""
        # A scan: the table holds one row per AWS account of one organisation and a few settings, a few hundred at most.
        accounts = [TargetAccount.model_validate(item) for item in self._table.scan() if _is_account(item)]
        return sorted(accounts, key=lambda account: account.account_id)

    def put_new(self, account: TargetAccount) -> TargetAccount:
        """Write a new account as version 1; ConflictError NAME_EXISTS if there is one of that id."""
        first = account.model_copy(update={"version": 1})
        try:
            self._table.put(first.wire(), NotExists(KEY))
        except ConditionFailed as error:
            raise ConflictError(
                f"There is a target account {account.account_id} already",
                reason=ConflictReason.NAME_EXISTS,
                id=account.account_id,
            ) from error
        return first

    def put(self, account: TargetAccount, expected_version: int) -> TargetAccount:
        """Replace the account of that version; answers it with the next one. NotFoundError, VERSION_CONFLICT."""
        following = account.model_copy(update={"version": expected_version + 1})
        try:
            self._table.put(following.wire(), Equals("version", expected_version))
        except ConditionFailed as error:
            if error.item is None:
                raise NotFoundError(
                    f"There is no target account {account.account_id}", id=account.account_id
                ) from error
            raise ConflictError(
                f"The target account {account.account_id} was changed by another; read it again",
                reason=ConflictReason.VERSION_CONFLICT,
                id=account.account_id,
            ) from error
        return following


def _account(item: Item) -> TargetAccount:
    try:
        return TargetAccount.model_validate(item)
    except pydantic.ValidationError as error:
        faults = "; ".join(f"{violation.field}: {violation.reason}" for violation in violations_of(error))
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
