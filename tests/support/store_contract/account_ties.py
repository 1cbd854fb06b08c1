"""The contract of the ties of accounts: no account is forgotten under whom needs it, and nobody holds for ever."""

from __future__ import annotations

import pytest

from shared.clock import VirtualClock
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.health_checks import AlarmCheck
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan
from shared.stores.execution_store import ExecutionStore
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.recovery_plan_store import RecoveryPlanStore
from shared.stores.table import TransactionRefused
from shared.stores.target_account_store import TargetAccountStore
from shared.stores.tie_holders import AccountOwners, Holder, HolderKind
from shared.stores.ties import TAKEN_BEFORE_PRUNING, AccountTies, TieRefusedError
from tests.support.four_tables import FourTables
from tests.support.store_contract.configuration import account, group, plan
from tests.support.store_contract.samples import NOW, TARGET, header, termination
from tests.support.store_contract.ties import TiesFixtures

ACCOUNT = TARGET.account_id
OTHER = "222222222222"


def alarmed(plan_id: str, *account_ids: str, version: int = 1) -> RecoveryPlan:
    """A plan whose wave asks for an alarm in each of these accounts."""
    alarms = tuple(AlarmCheck(alarm_name=each, account_id=each, region=TARGET.region) for each in account_ids)
    whole = plan(plan_id, plan_id, "g1")
    waves = tuple(wave.model_copy(update={"health_checks": alarms or None}) for wave in whole.waves)
    return whole.model_copy(update={"waves": waves, "version": version})


def closed(executions: ExecutionStore, execution_id: str) -> ExecutionHeader:
    """An execution that has ended, and of which nothing is left to look after."""
    ended = header(execution_id, status=ExecutionStatus.COMPLETED)
    executions.create(ended)
    assert executions.close(ended)
    return executions.find(execution_id)


def users(ties: AccountTies, account_id: str = ACCOUNT) -> list[str]:
    """Who uses the account."""
    return sorted(use.holder.owner_id for use in ties.uses(account_id).by)


class AccountTiesContract(TiesFixtures):
    """Accounts and who uses them: groups, plans for their alarms, executions and their terminations."""

    @pytest.fixture
    def accounts(self, tables: FourTables) -> TargetAccountStore:
        return TargetAccountStore(tables.target_accounts)

    @pytest.fixture
    def account_ties(
        self,
        tables: FourTables,
        clock: VirtualClock,
        groups: ProtectionGroupStore,
        plans: RecoveryPlanStore,
        executions: ExecutionStore,
    ) -> AccountTies:
        owners = AccountOwners(clock, groups=groups, plans=plans, executions=executions)
        return AccountTies(tables.target_accounts, owners)

    @pytest.fixture
    def both_registered(self, accounts: TargetAccountStore) -> None:
        for account_id in (ACCOUNT, OTHER):
            accounts.put_new(account(account_id))

    def test_a_group_uses_its_account(
        self, account_ties: AccountTies, accounts: TargetAccountStore, groups: ProtectionGroupStore
    ) -> None:
        accounts.put_new(account(ACCOUNT))
        stored: list[ProtectionGroup] = []
        for number in range(40):
            new = group(f"g{number:02}", f"Group {number}")
            account_ties.take([ACCOUNT], Holder.of_group(new, "save"))
            stored.append(groups.put_new(new))

        uses = account_ties.uses(ACCOUNT)

        assert sorted(use.holder.owner_id for use in uses.by) == [one.group_id for one in stored]
        assert len(uses.rows) == 16
        assert [one.account_id for one in accounts.page(10).items] == [ACCOUNT]

    def test_an_account_that_is_gone_or_rests_is_not_tied(
        self, account_ties: AccountTies, accounts: TargetAccountStore
    ) -> None:
        accounts.put_new(account("222222222222", status="inactive"))

        for account_id in ("222222222222", "333333333333"):
            with pytest.raises(TieRefusedError):
                account_ties.take([account_id], Holder.of_group(group("g1", "Database"), "save"))
            assert account_ties.uses(account_id).by == ()
        with pytest.raises(TieRefusedError):
            account_ties.take(["333333333333"], Holder.of_group(group("g1", "Database"), "save"), may_rest=True)
        account_ties.take(["222222222222"], Holder.of_group(group("g1", "Database"), "save"), may_rest=True)
        assert users(account_ties, "222222222222") == ["g1"]

    def test_a_group_that_left_lets_the_account_go(
        self, account_ties: AccountTies, accounts: TargetAccountStore
    ) -> None:
        accounts.put_new(account(ACCOUNT))
        new = group("g1", "Database")
        account_ties.take([ACCOUNT], Holder.of_group(new, "a"))
        later = Holder.of_group(new.model_copy(update={"version": 2}), "b")
        account_ties.take([ACCOUNT], later)

        account_ties.let_go([ACCOUNT], HolderKind.GROUP, "g1", 1)
        assert [use.holder for use in account_ties.uses(ACCOUNT).by] == [later]
        account_ties.give_back([ACCOUNT], later)
        assert account_ties.uses(ACCOUNT).by == ()

    def test_the_conditions_of_a_look_refuse_what_came_since(
        self, account_ties: AccountTies, accounts: TargetAccountStore, tables: FourTables
    ) -> None:
        accounts.put_new(account(ACCOUNT))
        before = account_ties.uses(ACCOUNT)
        account_ties.take([ACCOUNT], Holder.of_group(group("g1", "Database"), "save"))

        with pytest.raises(TransactionRefused):
            tables.target_accounts.transact(before.ending())
        tables.target_accounts.transact(account_ties.uses(ACCOUNT).ending())
        assert account_ties.uses(ACCOUNT).by == ()

    @pytest.mark.usefixtures("both_registered")
    def test_a_plan_uses_the_accounts_that_its_alarms_name(
        self, account_ties: AccountTies, plans: RecoveryPlanStore, clock: VirtualClock
    ) -> None:
        account_ties.take([ACCOUNT, OTHER], Holder.of_plan(alarmed("p1", ACCOUNT, OTHER), "one"))
        assert [(use.holder.owner_id, use.owner) for use in account_ties.uses(ACCOUNT).by] == [("p1", None)]

        stored = plans.put_new(alarmed("p1", ACCOUNT))

        clock.advance(7200)
        assert [use.owner for use in account_ties.uses(ACCOUNT).by] == [stored]
        assert users(account_ties, OTHER) == []

    @pytest.mark.usefixtures("both_registered")
    def test_a_plan_that_names_it_no_more_lets_the_account_go(
        self, account_ties: AccountTies, plans: RecoveryPlanStore
    ) -> None:
        account_ties.take([ACCOUNT], Holder.of_plan(alarmed("p1", ACCOUNT), "one"))
        plans.put_new(alarmed("p1", ACCOUNT))
        without = plans.put(alarmed("p1"), 1)
        later = Holder.of_plan(alarmed("p1", ACCOUNT, version=3), "later")
        account_ties.take([ACCOUNT], later)

        account_ties.let_go([ACCOUNT], HolderKind.PLAN, "p1", without.version)

        assert [use.holder for use in account_ties.uses(ACCOUNT).by] == [later]

    def test_many_accounts_are_tied_all_or_none(self, account_ties: AccountTies, accounts: TargetAccountStore) -> None:
        many = [f"{number:012}" for number in range(1, 102)]
        for account_id in many:
            accounts.put_new(account(account_id))
        holder = Holder.of_plan(alarmed("p1"), "save")

        with pytest.raises(TieRefusedError) as refusal:
            account_ties.take([*many, OTHER], holder)

        assert refusal.value.thing_ids == (OTHER,)
        assert {len(account_ties.uses(each).by) for each in (many[0], many[60], many[-1])} == {0}
        account_ties.take(many, holder)
        assert {len(account_ties.uses(each).by) for each in (many[0], many[60], many[-1])} == {1}

    def test_an_execution_uses_the_accounts_of_its_servers_until_it_is_closed(
        self, account_ties: AccountTies, accounts: TargetAccountStore, executions: ExecutionStore
    ) -> None:
        for account_id in (ACCOUNT, OTHER):
            accounts.put_new(account(account_id))
        running = header("e1", status=ExecutionStatus.RUNNING)
        executions.create(running)
        account_ties.take([ACCOUNT, OTHER], Holder.of_execution(running))
        assert users(account_ties) == users(account_ties, OTHER) == ["e1"]

        claimed = executions.claim_step("e1", running.plan_id, 1, "0001#a")
        ended = claimed.model_copy(update={"status": ExecutionStatus.FAILED, "abandoned_count": 1})
        executions.commit(ended)

        assert users(account_ties) == ["e1"]
        assert users(account_ties, OTHER) == [], "only its alarms are there, and nobody asks for them any more"
        assert executions.close(ended)
        assert users(account_ties) == []

    def test_a_dead_start_uses_no_account(
        self,
        account_ties: AccountTies,
        accounts: TargetAccountStore,
        executions: ExecutionStore,
        clock: VirtualClock,
    ) -> None:
        accounts.put_new(account(ACCOUNT))
        executions.create(header("e1"))
        for execution_id in ("e1", "gone"):
            account_ties.take([ACCOUNT], Holder.of_execution(header(execution_id)))
        assert users(account_ties) == ["e1"]

        clock.advance(901)

        assert users(account_ties) == []
        assert executions.find("e1").status is ExecutionStatus.FAILED

    @pytest.mark.usefixtures("both_registered")
    def test_a_termination_that_is_about_to_begin_counts_for_an_hour(
        self, account_ties: AccountTies, executions: ExecutionStore, clock: VirtualClock
    ) -> None:
        over = closed(executions, "e1")
        account_ties.take([ACCOUNT], Holder.of_termination(over, 1, "mark", NOW), may_rest=True)

        clock.advance(3600)
        assert [use.owner for use in account_ties.uses(ACCOUNT).by] == [over]
        clock.advance(1)
        assert users(account_ties) == []

    @pytest.mark.usefixtures("both_registered")
    def test_a_termination_counts_until_its_execution_is_closed_however_long_that_takes(
        self, account_ties: AccountTies, executions: ExecutionStore, clock: VirtualClock
    ) -> None:
        over = closed(executions, "e1")
        account_ties.take([ACCOUNT, OTHER], Holder.of_termination(over, 1, "mark", NOW), may_rest=True)
        executions.create_termination(termination(over))
        clock.advance(7 * 24 * 3600)

        assert users(account_ties) == ["e1"]
        assert users(account_ties, OTHER) == [], "none of its servers is there"
        assert executions.close(executions.find("e1"))
        assert users(account_ties) == []

    @pytest.mark.usefixtures("both_registered")
    def test_the_tie_of_the_next_termination_holds_after_the_first_has_ended(
        self, account_ties: AccountTies, executions: ExecutionStore
    ) -> None:
        over = closed(executions, "e1")
        executions.create_termination(termination(over))
        assert executions.close(executions.find("e1"))

        account_ties.take([ACCOUNT], Holder.of_termination(over, 1, "first", NOW), may_rest=True)
        assert users(account_ties) == []
        account_ties.take([ACCOUNT], Holder.of_termination(over, 2, "second", NOW), may_rest=True)

        assert [use.holder.mark for use in account_ties.uses(ACCOUNT).by] == ["second"]

    @pytest.mark.usefixtures("both_registered")
    def test_of_an_execution_that_was_deleted_no_termination_counts(
        self, account_ties: AccountTies, executions: ExecutionStore
    ) -> None:
        over = closed(executions, "e1")
        account_ties.take([ACCOUNT], Holder.of_termination(over, 1, "mark", NOW), may_rest=True)

        assert executions.hide(over, NOW)

        assert users(account_ties) == []

    @pytest.mark.usefixtures("both_registered")
    def test_a_full_row_is_pruned_of_what_counts_no_more(
        self, account_ties: AccountTies, executions: ExecutionStore, tables: FourTables
    ) -> None:
        over = closed(executions, "e1")
        executions.create_termination(termination(over))
        assert executions.close(executions.find("e1"))
        for number in range(TAKEN_BEFORE_PRUNING):
            account_ties.take([ACCOUNT], Holder.of_termination(over, 1, f"over-{number}", NOW), may_rest=True)

        account_ties.take([ACCOUNT], Holder.of_termination(over, 2, "next", NOW), may_rest=True)

        entries = [name for row in tables.target_accounts.scan() for name in row if "#" in name]
        assert entries == ["termination#e1#next"]
        assert users(account_ties) == ["e1"]
