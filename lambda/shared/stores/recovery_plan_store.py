"""Recovery plans: a name belongs to one plan; rows tell which plans use a group."""

from __future__ import annotations

from shared.models.recovery_plan import RecoveryPlan
from shared.stores.owned_items import OwnedItems
from shared.stores.owned_kinds import Kind
from shared.stores.table import Item, Table


class RecoveryPlanStore:
    """The table of recovery plans."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._items = OwnedItems(
            table,
            Kind(
                noun="recovery plan",
                model=RecoveryPlan,
                key="planId",
                list_key="plan",
                index="plans-by-name",
                id_of=lambda plan: plan.plan_id,
                name_of=lambda plan: plan.plan_name,
                rows_of=_uses_rows,
            ),
        )
        self.get = self._items.get
        self.get_many = self._items.get_many
        self.find_by_name = self._items.find_by_name
        self.page = self._items.page
        self.check_new = self._items.check_new
        self.put_new = self._items.put_new
        self.put = self._items.put
        self.check_put = self._items.check_put
        self.delete = self._items.delete

    def plans_using(self, group_id: str) -> list[RecoveryPlan]:
        """The plans with a wave of this group, by id; the index lags behind by a moment."""
        rows = self._table.query(("usedGroupId", group_id), index="plans-by-group")
        plans = self._items.get_many([row["usedByPlanId"] for row in rows.items])
        return [plan for plan in plans if group_id in plan.group_ids]


def _uses_rows(plan: RecoveryPlan) -> dict[str, Item]:
    return {
        f"uses#{group_id}#{plan.plan_id}": {"usedGroupId": group_id, "usedByPlanId": plan.plan_id}
        for group_id in plan.group_ids
    }
