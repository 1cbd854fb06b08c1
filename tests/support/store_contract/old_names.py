"""The contract of names that an older version folded less: their rows are freed and moved as they were stored."""

from __future__ import annotations

import pytest

from shared.clock import VirtualClock
from shared.errors import ConflictError, ConflictReason
from shared.models.protection_group import ProtectionGroup
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.table import Table
from shared.stores.tie_holders import Owners
from shared.stores.ties import Ties
from tests.support.store_contract.configuration import GroupFixtures, group
from tests.support.store_contract.samples import NOW


class OldNamesContract(GroupFixtures):
    """A group of an older version owns the row of its name as it was folded then, and no other."""

    def test_a_name_that_another_has_since_stays_theirs_when_one_stored_before_with_more_blanks_is_deleted(
        self, groups: ProtectionGroupStore, table: Table
    ) -> None:
        old = stored_before(table, groups, "g1", "Web  tier", "web  tier")
        groups.put_new(group("g2", "Web tier"))

        delete(groups, table, old)

        assert groups.get_many(["g1"]) == []
        assert table.get({"groupId": "name#web  tier"}) is None
        with pytest.raises(ConflictError) as refusal:
            groups.put_new(group("g3", "web TIER"))
        assert refusal.value.details["id"] == "g2"

    def test_a_name_that_another_has_since_stays_theirs_when_one_stored_before_with_more_blanks_gets_another(
        self, groups: ProtectionGroupStore, table: Table
    ) -> None:
        stored_before(table, groups, "g1", "Web  tier", "web  tier")
        groups.put_new(group("g2", "Web tier"))

        for taken in ("Web tier", "WEB  TIER"):
            with pytest.raises(ConflictError) as rehearsed:
                groups.check_put(group("g1", taken), 1)
            with pytest.raises(ConflictError) as refusal:
                groups.put(group("g1", taken), 1)
            assert rehearsed.value.details == refusal.value.details
            assert refusal.value.reason is ConflictReason.NAME_EXISTS
        groups.put(group("g1", "Front"), 1)

        assert table.get({"groupId": "name#web  tier"}) is None
        assert groups.find_by_name("front") == groups.get("g1")
        assert groups.find_by_name("Web tier") == groups.get("g2")

    def test_one_stored_before_with_more_blanks_in_its_name_owns_it_as_others_do_once_it_is_saved(
        self, groups: ProtectionGroupStore, table: Table
    ) -> None:
        stored_before(table, groups, "g1", "Web  tier", "web  tier")

        groups.check_put(group("g1", "Web  tier", servers=1), 1)
        changed = groups.put(group("g1", "Web  tier", servers=1), 1)

        assert groups.find_by_name("Web tier") == changed
        assert table.get({"groupId": "name#web  tier"}) is None
        assert [each.group_id for each in groups.page(10, name_prefix="web t").items] == ["g1"]
        with pytest.raises(ConflictError):
            groups.put_new(group("g2", "Web tier"))

    def test_one_stored_before_with_more_blanks_in_its_name_is_changed_and_keeps_it_while_another_has_it_since(
        self, groups: ProtectionGroupStore, table: Table
    ) -> None:
        stored_before(table, groups, "g1", "Web  tier", "web  tier")
        other = groups.put_new(group("g2", "Web tier"))

        groups.check_put(group("g1", "Web  tier", servers=1), 1)
        groups.put(group("g1", "Web  tier", servers=1), 1)

        assert groups.find_by_name("Web tier") == other
        assert table.get({"groupId": "name#web  tier"}) is not None
        delete(groups, table, other)
        assert groups.find_by_name("Web tier") is None
        assert groups.put(group("g1", "Web  tier"), 2) == groups.find_by_name("Web tier")


def delete(groups: ProtectionGroupStore, table: Table, one: ProtectionGroup) -> None:
    """Delete a group that nothing uses."""
    groups.delete(one, Ties(table, "groupId", Owners(VirtualClock(NOW))).uses(one.group_id))


def stored_before(
    table: Table, groups: ProtectionGroupStore, group_id: str, name: str, name_key: str
) -> ProtectionGroup:
    """A group whose name an older version folded so."""
    groups.put_new(group(group_id, "as it is folded now"))
    item, row = (table.get({"groupId": each}) for each in (group_id, "name#as it is folded now"))
    assert item and row
    table.put({**item, "groupName": name, "nameKey": name_key})
    table.put({**row, "groupId": f"name#{name_key}"})
    table.delete({"groupId": row["groupId"]})
    return groups.get(group_id)
