"""The contract of groups, plans and accounts: names and servers are owned, versions count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.errors import ConflictError, ConflictReason, CrossAccountError, NotFoundError, ValidationError
from shared.models.account import TargetAccount
from shared.models.launch_config import ServerLaunchConfig, ServerOverride
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan, Wave
from shared.stores.owned_rows import ORPHAN_AFTER, NothingStoredError
from shared.stores.paging import Listing
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.recovery_plan_store import RecoveryPlanStore
from shared.stores.table import Table
from shared.stores.target_account_store import TargetAccountStore
from tests.support.four_tables import FourTables
from tests.support.store_contract.samples import NOW, TARGET, server_key
from tests.support.tampered_table import ForgetfulTable, TamperedTable


class GroupFixtures:
    """A store of groups over a fresh table."""

    @pytest.fixture
    def table(self, tables: FourTables) -> Table:
        return tables.protection_groups

    @pytest.fixture
    def groups(self, table: Table) -> ProtectionGroupStore:
        return ProtectionGroupStore(table)


class GroupsContract(GroupFixtures):
    """A name and a listed server belong to one group."""

    def test_a_group_comes_back_as_it_was_put(self, groups: ProtectionGroupStore) -> None:
        override = ServerOverride(
            source_server_id=server_key(1).source_server_id,
            launch_template=ServerLaunchConfig.model_validate({"staticPrivateIp": "10.0.0.9", "copyTags": False}),
        )

        stored = groups.put_new(group("g1", "Database", servers=2).model_copy(update={"servers": (override,)}))

        assert stored.version == 1
        assert groups.get("g1") == stored == groups.find_by_name(" DATABASE ")
        assert groups.get_many(["none", "g1"]) == [stored]
        assert groups.find_by_name("x" * 3000) is None

    def test_what_is_no_group_is_not_found(self, groups: ProtectionGroupStore) -> None:
        groups.put_new(group("g1", "Database", servers=1))

        for group_id in ("none", "name#database", f"server#{server_key(0)}", "", "x" * 2049, "ä" * 1025):
            with pytest.raises(NotFoundError):
                groups.get(group_id)
        assert groups.find_by_name("none") is None

    def test_a_name_is_used_once_whatever_its_case(self, groups: ProtectionGroupStore) -> None:
        groups.put_new(group("g1", "Database"))

        with pytest.raises(ConflictError) as refusal:
            groups.put_new(group("g2", "DATABASE"))

        assert refusal.value.reason is ConflictReason.NAME_EXISTS
        assert refusal.value.details["id"] == "g1"
        assert groups.get_many(["g2"]) == []

    def test_a_listed_server_belongs_to_one_group(self, groups: ProtectionGroupStore) -> None:
        groups.put_new(group("g1", "Database", servers=2))

        with pytest.raises(ConflictError, match="Database") as refusal:
            groups.put_new(group("g2", "Web", servers=3))

        assert refusal.value.reason is ConflictReason.SERVER_CONFLICT
        assert refusal.value.details["servers"] == [
            {"server": server_key(number).source_server_id, "groupId": "g1", "groupName": "Database"}
            for number in range(2)
        ]
        assert groups.find_by_name("Web") is None

    def test_a_change_raises_the_version_and_moves_name_and_servers(self, groups: ProtectionGroupStore) -> None:
        groups.put_new(group("g1", "Database", servers=2))

        changed = groups.put(group("g1", "Databases", first=1, servers=2), 1)

        assert changed.version == 2
        assert groups.get("g1") == changed == groups.find_by_name("databases")
        assert groups.find_by_name("Database") is None
        groups.put_new(group("g2", "Database", servers=1))
        with pytest.raises(ConflictError):
            groups.put_new(group("g3", "Other", first=2, servers=1))

    def test_a_name_may_change_its_case(self, groups: ProtectionGroupStore) -> None:
        groups.put_new(group("g1", "database"))

        groups.put(group("g1", "Database"), 1)

        found = groups.find_by_name("database")
        assert found is not None
        assert found.group_name == "Database"

    def test_a_change_with_a_stale_version_is_refused(self, groups: ProtectionGroupStore) -> None:
        groups.put_new(group("g1", "Database"))
        second = groups.put(group("g1", "Database"), 1)

        with pytest.raises(ConflictError) as refusal:
            groups.put(group("g1", "Renamed"), 1)
        with pytest.raises(NotFoundError):
            groups.put(group("g9", "Renamed"), 1)

        assert refusal.value.reason is ConflictReason.VERSION_CONFLICT
        assert groups.get("g1") == second

    def test_a_change_does_not_take_a_name_or_server_of_another(self, groups: ProtectionGroupStore) -> None:
        groups.put_new(group("g1", "Database", servers=2))
        mine = groups.put_new(group("g2", "Web", first=2, servers=2))

        for different, reason in (
            (group("g2", "Database", first=2, servers=2), ConflictReason.NAME_EXISTS),
            (group("g2", "Web", first=1, servers=2), ConflictReason.SERVER_CONFLICT),
        ):
            with pytest.raises(ConflictError) as refusal:
                groups.put(different, 1)
            assert refusal.value.reason is reason

        assert groups.get("g2") == mine

    def test_a_group_of_many_servers_is_put_and_changed(self, groups: ProtectionGroupStore, table: Table) -> None:
        groups.put_new(group("g1", "Large", servers=110))
        changed = groups.put(group("g1", "Larger", first=60, servers=110), 1)

        assert groups.get("g1") == changed
        assert len(table.scan()) == 113
        groups.put_new(group("g2", "Large", servers=60))

    def test_a_large_group_that_meets_a_conflict_leaves_nothing(
        self, groups: ProtectionGroupStore, table: Table
    ) -> None:
        groups.put_new(group("g1", "Small", first=105, servers=1))
        groups.put_new(group("g2", "Other"))
        before = {str(item["groupId"]) for item in table.scan()}

        with pytest.raises(ConflictError) as by_server:
            groups.put_new(group("g3", "Large", servers=110))
        with pytest.raises(ConflictError) as by_name:
            groups.put_new(group("g3", "Other", servers=105))

        assert by_server.value.reason is ConflictReason.SERVER_CONFLICT
        assert by_name.value.reason is ConflictReason.NAME_EXISTS
        assert {str(item["groupId"]) for item in table.scan()} == before

    def test_rows_of_an_interrupted_change_are_free_after_an_hour(
        self, groups: ProtectionGroupStore, table: Table
    ) -> None:
        groups.put_new(group("g1", "Interrupted", servers=1))
        row = table.get({"groupId": f"server#{server_key(0)}"})
        assert row is not None
        table.put(row | {"groupId": f"server#{server_key(1)}"})
        table.put(row | {"groupId": f"server#{server_key(2)}", "ownerId": "never-written"})

        for late in (timedelta(0), ORPHAN_AFTER):
            with pytest.raises(NothingStoredError):
                groups.put_new(group("g2", "Next", first=1, servers=2, at=NOW + late))
        with pytest.raises(ConflictError):
            groups.put_new(group("g2", "Next", first=0, servers=3, at=NOW + 2 * ORPHAN_AFTER))
        taken = groups.put_new(group("g2", "Next", first=1, servers=2, at=NOW + 2 * ORPHAN_AFTER))

        assert groups.get("g2") == taken
        with pytest.raises(ConflictError, match="Next"):
            groups.put(group("g1", "Interrupted", servers=2, at=NOW + 2 * ORPHAN_AFTER), 1)

    def test_who_changes_a_group_that_is_being_changed_is_asked_to_wait(
        self, groups: ProtectionGroupStore, table: Table
    ) -> None:
        groups.put_new(group("g1", "Database", servers=1))
        row = table.get({"groupId": f"server#{server_key(0)}"})
        assert row is not None
        table.put(row | {"groupId": f"server#{server_key(1)}", "claim": "another call"})

        for save in (groups.put, groups.check_put):
            with pytest.raises(NothingStoredError):
                save(group("g1", "Database", servers=2), 1)

    def test_a_rehearsal_is_refused_for_what_storing_would_be_and_writes_nothing(
        self, groups: ProtectionGroupStore, table: Table
    ) -> None:
        groups.put_new(group("g1", "Database", servers=2))
        before = len(table.scan())

        groups.check_new(group("g2", "Web", first=2, servers=2))
        with pytest.raises(ConflictError) as by_name:
            groups.check_new(group("g2", "database"))
        with pytest.raises(ConflictError) as by_server:
            groups.check_new(group("g2", "Web", first=1, servers=2))

        assert by_name.value.reason is ConflictReason.NAME_EXISTS
        assert by_server.value.reason is ConflictReason.SERVER_CONFLICT
        assert len(table.scan()) == before

    def test_groups_are_listed_by_name_without_their_rows(self, groups: ProtectionGroupStore) -> None:
        names = ["web", "App", "database", "Cache", "batch"]
        for number, name in enumerate(names):
            groups.put_new(group(f"g{number}", name, first=number, servers=1))

        seen: list[str] = []
        token = None
        while True:
            page = groups.page(2, token)
            seen += [one.group_name for one in page.items]
            token = page.next_token
            if token is None:
                break

        assert seen == sorted(names, key=str.lower)
        with pytest.raises(ValidationError, match="nextToken"):
            groups.page(2, "bogus")

    def test_groups_are_found_by_how_their_names_begin_whatever_their_case_and_form(
        self, groups: ProtectionGroupStore
    ) -> None:
        for number, name in enumerate(["Data A", "database", "Datab", "Web", "Éa", "Zdata"]):
            groups.put_new(group(f"g{number}", name, first=number, servers=1))

        first = groups.page(2, name_prefix="DATA")
        second = groups.page(2, first.next_token, name_prefix="data")

        assert [one.group_name for one in (*first.items, *second.items)] == ["Data A", "Datab", "database"]
        assert second.next_token is None
        assert [one.group_name for one in groups.page(9, name_prefix="e\u0301").items] == ["Éa"]
        assert groups.page(9, name_prefix="none").items == ()
        with pytest.raises(ValidationError, match="nextToken"):
            groups.page(2, first.next_token, name_prefix="dat")

    def test_names_that_people_take_for_one_are_one(self, groups: ProtectionGroupStore) -> None:
        groups.put_new(group("g1", "Caf\u00e9 STRASSE"))

        with pytest.raises(ConflictError) as refusal:
            groups.put_new(group("g2", "cafe\u0301 straße"))

        assert refusal.value.reason is ConflictReason.NAME_EXISTS
        assert groups.find_by_name("CAFÉ strasse") == groups.get("g1")

    def test_the_same_tags_select_for_one_group_of_a_place(self, groups: ProtectionGroupStore) -> None:
        tags = {"tier": "db", "site": "a"}
        first = groups.put_new(group("g1", "First").model_copy(update={"server_selection_tags": tags}))
        again = {"site": "a", "tier": "db"}

        with pytest.raises(ConflictError, match="First") as refusal:
            groups.put_new(group("g2", "Second").model_copy(update={"server_selection_tags": again}))

        assert refusal.value.reason is ConflictReason.TAG_CONFLICT
        assert (refusal.value.details["groupId"], refusal.value.details["groupName"]) == ("g1", "First")
        groups.put_new(group("g3", "Third").model_copy(update={"server_selection_tags": {"tier": "db"}}))
        groups.put(first.model_copy(update={"server_selection_tags": {"tier": "other"}}), 1)
        groups.put_new(group("g2", "Second").model_copy(update={"server_selection_tags": again}))

    def test_a_rehearsal_of_a_change_is_refused_for_what_the_change_would_be(
        self, groups: ProtectionGroupStore, table: Table
    ) -> None:
        mine = groups.put_new(group("g1", "Database", servers=2))
        groups.put_new(group("g2", "Web", first=2, servers=2))
        before = len(table.scan())

        groups.check_put(group("g1", "DATABASE", first=1, servers=1), 1)
        refused: list[ConflictReason] = []
        for changed, version in (
            (mine, 2),
            (group("g1", "WEB"), 1),
            (group("g1", "Database", servers=3), 1),
        ):
            with pytest.raises(ConflictError) as refusal:
                groups.check_put(changed, version)
            refused.append(refusal.value.reason)

        expected = [ConflictReason.VERSION_CONFLICT, ConflictReason.NAME_EXISTS, ConflictReason.SERVER_CONFLICT]
        assert refused == expected
        assert len(table.scan()) == before

    def test_what_a_large_change_lost_and_another_took_over_stays_theirs(
        self, groups: ProtectionGroupStore, table: Table
    ) -> None:
        groups.put_new(group("g1", "Large", servers=150))
        late = NOW + 2 * ORPHAN_AFTER

        def take_over(number: int) -> None:
            if number == 0:
                groups.put_new(group("g2", "Next", servers=3, at=late))

        slow = ProtectionGroupStore(TamperedTable(table, after=take_over))
        slow.put(group("g1", "Large", first=100, servers=50), 1)

        with pytest.raises(ConflictError, match="Next"):
            groups.put_new(group("g3", "Third", servers=1, at=late))
        groups.put_new(group("g4", "Fourth", first=3, servers=90, at=late))


class PlansContract:
    """A name belongs to one plan; a group knows its plans."""

    @pytest.fixture
    def plans(self, tables: FourTables) -> RecoveryPlanStore:
        return RecoveryPlanStore(tables.recovery_plans)

    def test_a_plan_comes_back_as_it_was_put(self, plans: RecoveryPlanStore) -> None:
        stored = plans.put_new(plan("p1", "Three tiers", "g1", "g2"))

        assert plans.get("p1") == stored == plans.find_by_name("three TIERS")
        assert plans.page(10).items == (stored,)
        assert plans.get_many(["p1", "uses#g1#p1"]) == [stored]

    def test_the_plans_of_a_group_follow_every_change(self, plans: RecoveryPlanStore) -> None:
        first = plans.put_new(plan("p1", "One", "g1", "g2"))
        plans.put_new(plan("p2", "Two", "g2"))

        changed = plans.put(plan("p2", "Two", "g1"), 1)

        assert plans.plans_using("g1") == [first, changed]
        assert plans.plans_using("g2") == [first]
        assert plans.plans_using("none") == []

    def test_a_name_is_used_once(self, plans: RecoveryPlanStore) -> None:
        plans.put_new(plan("p1", "One", "g1"))

        with pytest.raises(ConflictError) as refusal:
            plans.put_new(plan("p2", "one", "g1"))

        assert refusal.value.reason is ConflictReason.NAME_EXISTS
        assert plans.plans_using("g1") == [plans.get("p1")]

    def test_a_stale_version_is_refused(self, plans: RecoveryPlanStore) -> None:
        plans.put_new(plan("p1", "One", "g1"))
        plans.put(plan("p1", "One", "g2"), 1)

        with pytest.raises(ConflictError) as refusal:
            plans.put(plan("p1", "One", "g3"), 1)

        assert refusal.value.reason is ConflictReason.VERSION_CONFLICT

    @pytest.mark.dynamodb_local
    def test_a_plan_of_many_groups_is_put_and_changed(self, plans: RecoveryPlanStore) -> None:
        plans.put_new(plan("p1", "Large", *(f"g{number}" for number in range(110))))

        changed = plans.put(plan("p1", "Large", *(f"g{number}" for number in range(150, 450))), 1)

        assert plans.get("p1") == changed
        assert plans.plans_using("g160") == [changed]
        assert plans.plans_using("g10") == []

    def test_who_changes_a_plan_that_is_being_changed_is_asked_to_wait(
        self, plans: RecoveryPlanStore, tables: FourTables
    ) -> None:
        plans.put_new(plan("p1", "One", "g1"))
        row = tables.recovery_plans.get({"planId": "uses#g1#p1"})
        assert row is not None
        tables.recovery_plans.put(row | {"planId": "uses#g2#p1"})

        with pytest.raises(NothingStoredError):
            plans.put(plan("p1", "One", "g1", "g2"), 1)

    def test_the_plans_of_a_group_are_listed_a_page_at_a_time(self, plans: RecoveryPlanStore) -> None:
        for number in range(5):
            plans.put_new(plan(f"p{number}", f"Plan {9 - number}", "g1", f"other-{number}"))
        plans.put_new(plan("p9", "Other", "g2"))

        first = plans.page_using("g1", 3)
        second = plans.page_using("g1", 3, first.next_token)

        assert [one.plan_id for one in (*first.items, *second.items)] == [f"p{number}" for number in range(5)]
        assert second.next_token is None
        assert plans.page_using("none", 3).items == ()
        with pytest.raises(ValidationError, match="nextToken"):
            plans.page_using("g2", 3, first.next_token)

    @pytest.mark.dynamodb_local
    def test_a_page_ends_with_about_a_megabyte(self, plans: RecoveryPlanStore) -> None:
        for number in range(6):
            small = plan(f"p{number}", f"Plan {number}", *["g1"] * 250)
            waves = tuple(wave.model_copy(update={"description": "d" * 1000}) for wave in small.waves)
            plans.put_new(small.model_copy(update={"waves": waves}))

        reads: list[Callable[[str | None], Listing[RecoveryPlan]]] = [
            lambda token: plans.page(50, token),
            lambda token: plans.page_using("g1", 50, token),
        ]
        for read in reads:
            seen: list[list[str]] = []
            token: str | None = None
            while not seen or token is not None:
                listing = read(token)
                seen.append([one.plan_id for one in listing.items])
                token = listing.next_token
            assert [each for page in seen for each in page] == [f"p{number}" for number in range(6)]
            assert 2 <= len(seen) <= 3
            assert all(len(page) <= 5 for page in seen)


class AccountsContract:
    """Accounts by id."""

    @pytest.fixture
    def accounts(self, tables: FourTables) -> TargetAccountStore:
        return TargetAccountStore(tables.target_accounts)

    def test_accounts_come_back_and_settings_are_none(self, accounts: TargetAccountStore, tables: FourTables) -> None:
        tables.target_accounts.put({"accountId": "settings#tag-sync", "enabled": True})
        first = accounts.put_new(account("222222222222"))
        second = accounts.put_new(account("111111111111", externalId="long-enough", regions=["us-west-2"]))

        assert accounts.page(10).items == (second, first)
        assert accounts.get("111111111111") == second
        assert accounts.find("settings#tag-sync") is None
        with pytest.raises(NotFoundError):
            accounts.get("333333333333")

    def test_accounts_that_are_wanted_together_come_together_and_a_broken_row_spoils_no_other(
        self, accounts: TargetAccountStore, tables: FourTables
    ) -> None:
        tables.target_accounts.put({"accountId": "444444444444", "accountName": "written by hand"})
        first = accounts.put_new(account("111111111111"))

        found = accounts.find_many(["111111111111", "333333333333", "444444444444", "settings#x"])

        assert found["111111111111"] == first
        assert set(found) == {"111111111111", "444444444444"}
        fault = found["444444444444"]
        with pytest.raises(CrossAccountError) as alone:
            accounts.find("444444444444")
        assert isinstance(fault, CrossAccountError)
        assert (fault.message, fault.details) == (alone.value.message, alone.value.details)

    def test_an_account_is_added_once_and_changed_on_its_version(self, accounts: TargetAccountStore) -> None:
        accounts.put_new(account("111111111111"))

        with pytest.raises(ConflictError) as twice:
            accounts.put_new(account("111111111111"))
        changed = accounts.put(account("111111111111", accountName="Renamed"), 1)
        with pytest.raises(ConflictError) as stale:
            accounts.put(account("111111111111"), 1)
        with pytest.raises(NotFoundError):
            accounts.put(account("333333333333"), 1)

        assert twice.value.reason is ConflictReason.NAME_EXISTS
        assert stale.value.reason is ConflictReason.VERSION_CONFLICT
        assert accounts.get("111111111111") == changed == account("111111111111", accountName="Renamed", version=2)

    def test_a_change_whose_first_answer_gets_lost_is_made(self, tables: FourTables) -> None:
        accounts = TargetAccountStore(ForgetfulTable(tables.target_accounts))
        accounts.put_new(account("111111111111"))

        changed = accounts.put(account("111111111111", accountName="Renamed"), 1)

        assert changed == accounts.get("111111111111") == account("111111111111", accountName="Renamed", version=2)


def group(group_id: str, name: str, *, first: int = 0, servers: int = 0, at: Any = NOW) -> ProtectionGroup:
    """A group that lists servers from `first` on, or selects by tag."""
    return ProtectionGroup(
        group_id=group_id,
        group_name=name,
        account_id=TARGET.account_id,
        region=TARGET.region,
        source_server_ids=tuple(server_key(number).source_server_id for number in range(first, first + servers)),
        server_selection_tags={} if servers else {"tier": name},
        created_at=at,
        updated_at=at,
        created_by="someone",
    )


def plan(plan_id: str, name: str, *groups: str) -> RecoveryPlan:
    """A plan with a wave for each group, or for one."""
    return RecoveryPlan(
        plan_id=plan_id,
        plan_name=name,
        waves=tuple(
            Wave(wave_number=number, wave_name=f"Wave {number}", protection_group_ids=(group_id,))
            for number, group_id in enumerate(groups or ["g1"])
        ),
        created_at=NOW,
        updated_at=NOW,
        created_by="someone",
    )


def account(account_id: str, **different: Any) -> TargetAccount:
    """An account."""
    fields = {"accountId": account_id, "accountName": "Target", "createdAt": NOW, "updatedAt": NOW}
    return TargetAccount.model_validate(fields | different)
