"""The contract of ties: whoever uses a thing is seen by whoever ends it, and nobody holds for ever."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from shared.clock import VirtualClock
from shared.errors import NotFoundError
from shared.ids import new_claim, new_ulid
from shared.models.execution import ExecutionStatus
from shared.stores.execution_store import ExecutionStore
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.recovery_plan_store import RecoveryPlanStore
from shared.stores.table import Throttled
from shared.stores.tie_holders import Holder, HolderKind, Owners
from shared.stores.ties import (
    PLANS_OF_A_THING,
    TAKEN_BEFORE_PRUNING,
    TieRefusedError,
    Ties,
    TooManyUsersError,
    UsedMeanwhileError,
)
from tests.support.four_tables import FourTables
from tests.support.store_contract.configuration import group, plan
from tests.support.store_contract.samples import NOW, header
from tests.support.tampered_table import TamperedTable


class TiesFixtures:
    """Stores over four tables and the ties between what they hold."""

    @pytest.fixture
    def clock(self) -> VirtualClock:
        return VirtualClock(NOW)

    @pytest.fixture
    def groups(self, tables: FourTables) -> ProtectionGroupStore:
        return ProtectionGroupStore(tables.protection_groups)

    @pytest.fixture
    def plans(self, tables: FourTables) -> RecoveryPlanStore:
        return RecoveryPlanStore(tables.recovery_plans)

    @pytest.fixture
    def executions(self, tables: FourTables, clock: VirtualClock) -> ExecutionStore:
        return ExecutionStore(tables.execution_history, clock)

    @pytest.fixture
    def owners(self, clock: VirtualClock, plans: RecoveryPlanStore, executions: ExecutionStore) -> Owners:
        return Owners(clock, plans=plans, executions=executions)

    @pytest.fixture
    def ties(self, tables: FourTables, owners: Owners) -> Ties:
        return Ties(tables.protection_groups, "groupId", owners)


class TiesContract(TiesFixtures):
    """Groups and their plans and executions."""

    def test_a_plan_uses_the_group_that_it_lists(
        self, ties: Ties, groups: ProtectionGroupStore, plans: RecoveryPlanStore
    ) -> None:
        groups.put_new(group("g1", "Database"))
        assert ties.uses("g1").by == ()

        ties.take({"g1": None}, Holder.of_plan(plan("p1", "One", "g1"), "save-1"))
        stored = plans.put_new(plan("p1", "One", "g1"))

        assert [use.owner for use in ties.uses("g1").by] == [stored]

    def test_nothing_is_tied_if_one_of_the_things_is_gone_or_changed(
        self, ties: Ties, groups: ProtectionGroupStore
    ) -> None:
        one, two = (groups.put_new(group(f"g{number}", f"Group {number}")) for number in (1, 2))
        groups.put(two, two.version)
        holder = Holder.of_plan(plan("p1", "One", "g1"), "save-1")

        for wanted, named in (
            ({"g1": None, "none": None}, ("none",)),
            ({"g1": one.version, "g2": 1}, ("g2",)),
        ):
            with pytest.raises(TieRefusedError) as refusal:
                ties.take(wanted, holder)
            assert refusal.value.thing_ids == named

        assert ties.uses("g1").by == ties.uses("none").by == ()
        ties.take({"g1": 1, "g2": 2}, holder)
        assert [use.holder for use in ties.uses("g2").by] == [holder]

    def test_a_save_under_way_counts_for_an_hour(
        self, ties: Ties, groups: ProtectionGroupStore, clock: VirtualClock
    ) -> None:
        groups.put_new(group("g1", "Database"))
        holder = Holder.of_plan(plan("p1", "One", "g1"), "save-1")
        ties.take({"g1": None}, holder)

        clock.advance(3600)
        assert [(use.holder, use.owner) for use in ties.uses("g1").by] == [(holder, None)]
        clock.advance(1)
        assert ties.uses("g1").by == ()

    def test_a_save_that_came_to_nothing_gives_back_its_own_entry_only(
        self, ties: Ties, groups: ProtectionGroupStore
    ) -> None:
        groups.put_new(group("g1", "Database"))
        ours, theirs = (Holder.of_plan(plan("p1", "One", "g1"), mark) for mark in ("ours", "theirs"))
        ties.take({"g1": None}, ours)
        ties.take({"g1": None}, theirs)

        ties.give_back(["g1", "none"], ours)

        assert [use.holder for use in ties.uses("g1").by] == [theirs]
        assert ties.uses("none").by == ()

    def test_a_plan_that_lists_the_group_no_more_lets_it_go_but_not_what_a_later_save_takes(
        self, ties: Ties, groups: ProtectionGroupStore, plans: RecoveryPlanStore
    ) -> None:
        groups.put_new(group("g1", "Database"))
        ties.take({"g1": None}, Holder.of_plan(plan("p1", "One", "g1"), "first"))
        plans.put_new(plan("p1", "One", "g1"))
        without = plans.put(plan("p1", "One", "g2"), 1)

        later = Holder.of_plan(without.model_copy(update={"version": 3}), "later")
        ties.take({"g1": None}, later)
        ties.let_go(["g1", "none"], HolderKind.PLAN, "p1", without.version)

        assert [use.holder for use in ties.uses("g1").by] == [later]

    def test_an_entry_of_a_version_that_is_past_does_not_count(
        self, ties: Ties, groups: ProtectionGroupStore, plans: RecoveryPlanStore
    ) -> None:
        groups.put_new(group("g1", "Database"))
        ties.take({"g1": None}, Holder.of_plan(plan("p1", "One", "g1"), "first"))
        plans.put_new(plan("p1", "One", "g2"))

        assert ties.uses("g1").by == ()

    def test_an_execution_uses_until_it_has_ended(
        self, ties: Ties, groups: ProtectionGroupStore, executions: ExecutionStore, clock: VirtualClock
    ) -> None:
        groups.put_new(group("g1", "Database"))
        live = header("e1", status=ExecutionStatus.PAUSED)
        for one in (live, header("e2", status=ExecutionStatus.COMPLETED), header("e3"), header("gone")):
            if one.execution_id != "gone":
                executions.create(one)
            ties.take({"g1": 1}, Holder.of_execution(one))

        assert [use.owner and use.holder.owner_id for use in ties.uses("g1").by] == ["e1", "e3"]
        clock.advance(901)
        assert [use.owner for use in ties.uses("g1").by] == [live]
        assert executions.find("e3").status is ExecutionStatus.FAILED

    def test_a_full_row_is_pruned_of_what_counts_no_more(
        self, ties: Ties, groups: ProtectionGroupStore, executions: ExecutionStore, tables: FourTables
    ) -> None:
        groups.put_new(group("g1", "Database"))
        executions.create(header("live", status=ExecutionStatus.RUNNING))
        ties.take({"g1": 1}, Holder.of_execution(header("live")))
        for number in range(TAKEN_BEFORE_PRUNING + 5):
            ties.take({"g1": 1}, Holder.of_execution(header(f"over-{number}")))

        row = tables.protection_groups.get({"groupId": "used#g1"}) or {}
        entries = [name for name in row if "#" in name]
        assert len(entries) == 7
        assert [use.holder.owner_id for use in ties.uses("g1").by] == ["live"]

    @pytest.mark.dynamodb_local
    def test_a_group_that_too_many_plans_use_refuses_another_and_no_execution(
        self, ties: Ties, groups: ProtectionGroupStore, clock: VirtualClock, tables: FourTables
    ) -> None:
        table = tables.protection_groups
        for group_id in ("g1", "g2"):
            groups.put_new(group(group_id, group_id))
        ties.take({"g1": None}, Holder.of_plan(plan(new_ulid(NOW), "One", "g1"), new_claim()))
        saves = [Holder.of_plan(plan(new_ulid(NOW), "Plan", "g1"), new_claim()) for _ in range(PLANS_OF_A_THING - 1)]
        row = table.get({"groupId": "used#g1"})
        assert row is not None
        table.put({**row, "taken": TAKEN_BEFORE_PRUNING, **{save.name: save.entry for save in saves}})
        another = Holder.of_plan(plan("p1", "Another", "g1", "g2"), "save")

        for _ in range(2):
            with pytest.raises(TooManyUsersError) as refusal:
                ties.take({"g2": None, "g1": None}, another)
            assert refusal.value.thing_ids == ("g1",)
        for number in range(TAKEN_BEFORE_PRUNING + 1):
            ties.take({"g1": 1, "g2": 1}, Holder.of_execution(header(f"e{number}")))
        with pytest.raises(TooManyUsersError):
            ties.take({"g1": None}, another)
        assert len(ties.uses("g1").by) == PLANS_OF_A_THING

        clock.advance(3601)
        ties.take({"g1": None}, replace(another, mark="again", taken_at=clock.now()))
        assert [use.holder.owner_id for use in ties.uses("g1").by] == ["p1"]
        assert "full" not in (table.get({"groupId": "used#g1"}) or {})

    def test_a_thing_is_not_ended_on_an_old_look(self, ties: Ties, groups: ProtectionGroupStore) -> None:
        stored = groups.put_new(group("g1", "Database", servers=3))
        before = ties.uses("g1")
        ties.take({"g1": 1}, Holder.of_execution(header("e1")))

        with pytest.raises(UsedMeanwhileError):
            groups.delete(stored, before)
        with pytest.raises(UsedMeanwhileError):
            groups.put(stored, 1, before)

        assert groups.get("g1") == stored
        changed = groups.put(stored, 1, ties.uses("g1"))
        groups.delete(changed, ties.uses("g1"))
        with pytest.raises(NotFoundError):
            groups.get("g1")
        with pytest.raises(TieRefusedError):
            ties.take({"g1": None}, Holder.of_execution(header("e2")))

    def test_a_thing_that_is_gone_leaves_nothing(
        self, ties: Ties, groups: ProtectionGroupStore, tables: FourTables
    ) -> None:
        large = groups.put_new(group("g1", "Large", servers=130))
        ties.take({"g1": 1}, Holder.of_execution(header("e1")))

        groups.delete(large, ties.uses("g1"))

        assert tables.protection_groups.scan() == []

    @pytest.mark.dynamodb_local
    def test_many_things_are_tied_part_by_part_and_all_given_back_if_one_is_gone(
        self, ties: Ties, groups: ProtectionGroupStore
    ) -> None:
        for number in range(101):
            groups.put_new(group(f"g{number:03}", f"Group {number}"))
        names: dict[str, int | None] = {f"g{number:03}": None for number in range(101)}
        holder = Holder.of_plan(plan("p1", "One", "g1"), "save")

        with pytest.raises(TieRefusedError) as refusal:
            ties.take({**names, "none": None}, holder)

        assert refusal.value.thing_ids == ("none",)
        assert ties.uses("g000").by == ()
        ties.take(names, holder)
        assert [len(ties.uses(name).by) for name in ("g000", "g100")] == [1, 1]

    def test_a_row_that_is_always_full_again_is_throttled(
        self, groups: ProtectionGroupStore, owners: Owners, tables: FourTables
    ) -> None:
        groups.put_new(group("g1", "Database"))
        row = tables.protection_groups.get({"groupId": "used#g1"})
        assert row is not None
        fill = partial(tables.protection_groups.put, row | {"claim": "x", "taken": TAKEN_BEFORE_PRUNING})
        busy = TamperedTable(tables.protection_groups, before=lambda _number, writes: fill() if writes else None)

        with pytest.raises(Throttled):
            Ties(busy, "groupId", owners).take({"g1": 1}, Holder.of_execution(header("e1")))
