"""A row of a target account that somebody wrote by hand: what is wrong with it is told, and its secrets are not."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

from shared.errors import CrossAccountError
from shared.models.account import StagingAccount
from shared.stores import schemas
from shared.stores.memory_table import MemoryTable
from shared.stores.target_account_store import TargetAccountStore

ACCOUNT = "111122223333"
SECRET = "perfectly-good-secret"
ROW = {
    "accountId": ACCOUNT,
    "accountName": "Databases",
    "externalId": SECRET,
    "createdAt": "2026-01-01T00:00:00.000Z",
    "updatedAt": "2026-01-01T00:00:00.000Z",
}


@pytest.mark.parametrize(
    ("row", "secret", "fault"),
    [
        ({**ROW, "externalId": "s3cret!"}, "s3cret!", "externalId"),
        ({**ROW, "externalId": [SECRET]}, SECRET, "externalId"),
        ({name: value for name, value in ROW.items() if name != "updatedAt"}, SECRET, "updatedAt"),
        ({**ROW, "stagingAccounts": [{"externalId": SECRET}]}, SECRET, "stagingAccounts[0].accountId"),
    ],
    ids=["too-short", "no-text", "another-fault", "staging"],
)
def test_the_stack_of_a_broken_row_names_the_fault_and_not_the_external_id(
    row: dict[str, Any], secret: str, fault: str
) -> None:
    table = MemoryTable(schemas.TARGET_ACCOUNTS)
    table.put(row)

    with pytest.raises(CrossAccountError) as refused:
        TargetAccountStore(table).find(ACCOUNT)

    stack = "".join(traceback.format_exception(refused.value))
    assert f"{fault}: " in refused.value.message
    assert "ValidationError" in stack
    assert secret not in stack


def test_a_staging_account_is_shown_without_its_external_id() -> None:
    assert SECRET not in repr(StagingAccount(account_id=ACCOUNT, account_name="Staging", external_id=SECRET))
