"""The contract of staging accounts beside their target accounts, and of their syncs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from shared.errors import ConflictError, CrossAccountError, NotFoundError
from shared.models.account import StagingAccount, TargetAccount
from shared.models.staging_sync import (
    ExtendOutcome,
    StagingSync,
    SyncedPlace,
    SyncedServer,
    SyncPlace,
    SyncStatus,
)
from shared.stores.staging_sync_store import StagingSyncStore, SyncLostError
from shared.stores.target_account_store import TargetAccountStore
from shared.stores.ties import Uses
from tests.support.configuration import NOW
from tests.support.four_tables import FourTables
from tests.support.tampered_table import ForgetfulTable

TARGET: Final = "111122223333"
OTHER: Final = "444455556666"
STAGING: Final = "777788889999"
PLACE: Final = SyncPlace(staging_account_id=STAGING, region="us-west-2")


def target(account_id: str = TARGET) -> TargetAccount:
    """A target account without staging accounts."""
    return TargetAccount(
        account_id=account_id, account_name=account_id, external_id="a-secret", created_at=NOW, updated_at=NOW
    )


def staging(account_id: str = STAGING) -> StagingAccount:
    """A staging account with a role and an external id of its own."""
    role = f"arn:aws:iam::{account_id}:role/Way-in"
    return StagingAccount(account_id=account_id, account_name="Staging", role_arn=role, external_id="its-own-secret")


class StagingAccountsContract:
    """A staging account is of one target account, and the hub gets in by what is said of it there."""

    @pytest.fixture
    def accounts(self, tables: FourTables) -> TargetAccountStore:
        accounts = TargetAccountStore(tables.target_accounts)
        for account_id in (TARGET, OTHER):
            accounts.put_new(target(account_id))
        return accounts

    @pytest.fixture
    def added(self, accounts: TargetAccountStore) -> TargetAccount:
        return add(accounts, accounts.get(TARGET), staging())

    def test_it_comes_back_with_its_account_and_is_entered_by_its_own_role(
        self, accounts: TargetAccountStore, added: TargetAccount
    ) -> None:
        assert accounts.get(TARGET) == added
        assert (added.version, added.staging_accounts) == (2, (staging(),))
        way_in = accounts.way_into(STAGING)
        assert way_in is not None
        assert (way_in.role_arn, way_in.external_id) == (staging().role_arn, "its-own-secret")
        assert accounts.find(STAGING) is None
        assert accounts.owner_of(STAGING) == TARGET
        assert accounts.owners_of([STAGING, OTHER]) == {STAGING: TARGET}

    def test_an_account_that_is_a_target_too_is_entered_as_a_target(
        self, accounts: TargetAccountStore, added: TargetAccount
    ) -> None:
        add(accounts, added, staging(OTHER))

        way_in = accounts.way_into(OTHER)

        assert way_in is not None
        assert way_in.external_id == "a-secret"
        assert accounts.way_into("999999999999") is None

    def test_it_is_of_one_account_and_nothing_is_written_for_another(
        self, accounts: TargetAccountStore, added: TargetAccount
    ) -> None:
        assert added.staging_account(STAGING) is not None
        for account_id in (TARGET, OTHER):
            with pytest.raises(ConflictError) as refused:
                add(accounts, accounts.get(account_id), staging())
            assert refused.value.details == {"reason": "NAME_EXISTS", "id": STAGING, "targetAccountId": TARGET}

        assert accounts.get(OTHER) == target(OTHER)

    @pytest.mark.parametrize(
        "change",
        [
            lambda accounts, read: add(accounts, read, staging(OTHER)),
            lambda accounts, read: accounts.remove_staging(read, STAGING, NOW),
        ],
    )
    def test_what_others_changed_meanwhile_is_refused(
        self,
        accounts: TargetAccountStore,
        added: TargetAccount,
        change: Callable[[TargetAccountStore, TargetAccount], object],
    ) -> None:
        accounts.put(added.model_copy(update={"account_name": "Other"}), added.version)

        with pytest.raises(ConflictError) as refused:
            change(accounts, added)

        assert refused.value.reason.value == "VERSION_CONFLICT"
        assert accounts.get(TARGET).staging_accounts == added.staging_accounts
        with pytest.raises(NotFoundError):
            change(accounts, added.model_copy(update={"account_id": "999999999999"}))

    def test_one_that_was_removed_is_free(self, accounts: TargetAccountStore, added: TargetAccount) -> None:
        left = accounts.remove_staging(added, STAGING, NOW)

        assert accounts.get(TARGET) == left
        assert (left.version, left.staging_accounts, accounts.way_into(STAGING)) == (3, (), None)
        assert add(accounts, accounts.get(OTHER), staging()).staging_accounts == (staging(),)

    def test_a_deleted_account_sets_its_staging_accounts_free(
        self, accounts: TargetAccountStore, added: TargetAccount
    ) -> None:
        accounts.delete(added, Uses((), ()))

        assert accounts.way_into(STAGING) is None
        assert add(accounts, accounts.get(OTHER), staging()).staging_accounts == (staging(),)

    def test_lists_of_accounts_do_not_meet_its_row(self, accounts: TargetAccountStore, added: TargetAccount) -> None:
        assert added.account_id == TARGET
        assert set(accounts.find_many([f"staging#{STAGING}", TARGET])) == {TARGET}

    def test_a_write_whose_first_answer_gets_lost_is_ours(self, tables: FourTables) -> None:
        TargetAccountStore(tables.target_accounts).put_new(target())
        accounts = TargetAccountStore(ForgetfulTable(tables.target_accounts))

        added = add(accounts, accounts.get(TARGET), staging())

        assert accounts.get(TARGET) == added
        assert accounts.remove_staging(added, STAGING, NOW).staging_accounts == ()

    def test_a_spoiled_row_of_its_account_is_named(
        self, accounts: TargetAccountStore, tables: FourTables, added: TargetAccount
    ) -> None:
        tables.target_accounts.put({"accountId": added.account_id, "status": "odd"})

        with pytest.raises(CrossAccountError, match=TARGET):
            accounts.way_into(STAGING)


def add(accounts: TargetAccountStore, account: TargetAccount, one: StagingAccount) -> TargetAccount:
    """Give the account as it was read this staging account; answers what is stored."""
    following = accounts.with_staging(account, one, NOW)
    accounts.add_staging(account, following, one.account_id)
    return following


def sync(sync_id: str = "one", **different: Any) -> StagingSync:
    """A sync of one place that has just begun."""
    fields = {
        "account_id": TARGET,
        "sync_id": sync_id,
        "requested_by": "ann@example.com",
        "started_at": NOW,
        "held_until": NOW + timedelta(minutes=3),
        "places": (PLACE,),
        "pending": (PLACE,),
    }
    return StagingSync.model_validate({**fields, **different})


class StagingSyncsContract:
    """One sync at a time for an account, and one invocation that goes on with it."""

    @pytest.fixture
    def syncs(self, tables: FourTables) -> StagingSyncStore:
        return StagingSyncStore(tables.target_accounts)

    def test_a_sync_comes_back(self, syncs: StagingSyncStore) -> None:
        assert syncs.find(TARGET) is None

        assert syncs.begin(sync(), NOW) == sync()

        assert syncs.find(TARGET) == sync()
        assert syncs.find(OTHER) is None
        assert syncs.places(sync()) == ()

    def test_a_second_one_is_the_first_until_that_is_over_or_nobody_holds_it(self, syncs: StagingSyncStore) -> None:
        syncs.begin(sync(), NOW)

        assert syncs.begin(sync("two"), NOW) == sync()
        later = NOW + timedelta(minutes=4)
        assert syncs.begin(sync("three", held_until=later), later).sync_id == "three"
        done = syncs.go_on(sync("three", held_until=later), sync("three", status=SyncStatus.DONE))
        assert syncs.begin(sync("four"), NOW).sync_id == "four"
        assert done.status is SyncStatus.DONE

    def test_what_came_of_a_place_is_that_of_its_sync(self, syncs: StagingSyncStore) -> None:
        syncs.begin(sync(), NOW)
        server = SyncedServer(source_server_id="s-1111111111111db01", hostname="db01", outcome=ExtendOutcome.EXTENDED)
        seen = SyncedPlace(staging_account_id=STAGING, region="us-west-2", servers=(server,))

        after = syncs.go_on(sync(), sync(pending=(), step=1), seen)

        assert syncs.find(TARGET) == after
        assert syncs.places(after) == (seen,)
        assert syncs.places(sync("two")) == ()

    @pytest.mark.parametrize("read", [sync(step=1), sync("two"), sync(status=SyncStatus.DONE)])
    def test_whoever_read_another_step_or_sync_is_told_so(self, syncs: StagingSyncStore, read: StagingSync) -> None:
        syncs.begin(sync(), NOW)

        with pytest.raises(SyncLostError):
            syncs.go_on(read, read.model_copy(update={"step": 7}))

        assert syncs.find(TARGET) == sync()

    def test_a_write_whose_first_answer_gets_lost_is_ours(self, tables: FourTables) -> None:
        syncs = StagingSyncStore(ForgetfulTable(tables.target_accounts))

        assert syncs.begin(sync(), NOW) == sync()
        assert syncs.go_on(sync(), sync(step=1)).step == 1
