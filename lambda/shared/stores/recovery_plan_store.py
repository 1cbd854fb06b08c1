"""Recovery plans: a name belongs to one plan; rows tell which plans use a group."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from shared.models.recovery_plan import RecoveryPlan
from shared.stores.names import find_by_names
from shared.stores.owned_items import OwnedItems
from shared.stores.owned_kinds import Kind
from shared.stores.paging import Listing, PagedQuery
from shared.stores.table import Item, Table

PAGE_BYTES: Final = 1024 * 1024
"""Of plans as JSON: with one plan more, an answer stays far below the 6 MB that Lambda takes."""


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
        self.every = self._items.every
        self.check_new = self._items.check_new
        self.put_new = self._items.put_new
        self.put = self._items.put
        self.check_put = self._items.check_put
        self.delete = self._items.delete

    def find_by_names(self, names: Iterable[str]) -> dict[str, RecoveryPlan]:
        """The plans of these names, whatever their case, by their folded names; read consistently, many at a time."""
        return find_by_names(self._table, "planId", names, self.get_many, lambda plan: plan.plan_id)

    def plans_using(self, group_id: str) -> list[RecoveryPlan]:
        """The plans with a wave of this group, by id; the index lags behind by a moment."""
        rows = self._table.query(("usedGroupId", group_id), index="plans-by-group")
        plans = self._items.get_many([row["usedByPlanId"] for row in rows.items])
        return [plan for plan in plans if group_id in plan.group_ids]

    def page_using(self, group_id: str, limit: int, token: str | None = None) -> Listing[RecoveryPlan]:
        """A page of the plans with a wave of this group, in the order in which they were made.

        It ends with about a megabyte of plans; the index lags behind by a moment.
        """
        query = PagedQuery(
            "plans-by-group",
            partition=("usedGroupId", group_id),
            order=("usedGroupId", "usedByPlanId", "planId"),
            index="plans-by-group",
        )
        rows = query.read(self._table, limit, token, lambda row: row)
        plans = {plan.plan_id: plan for plan in self._items.get_many([row["usedByPlanId"] for row in rows.items])}
        found, size = list[RecoveryPlan](), 0
        for position, row in enumerate(rows.items):
            plan = plans.get(row["usedByPlanId"])
            if plan is None or group_id not in plan.group_ids:
                continue
            found.append(plan)
            size += plan.json_bytes
            if size >= PAGE_BYTES and position + 1 < len(rows.items):
                return Listing(tuple(found), query.token_after(row))
        return Listing(tuple(found), rows.next_token)


def _uses_rows(plan: RecoveryPlan) -> dict[str, Item]:
    return {
        f"uses#{group_id}#{plan.plan_id}": {"usedGroupId": group_id, "usedByPlanId": plan.plan_id}
        for group_id in plan.group_ids
    }
