"""A rehearsal answers and refuses what the table behind it would, and writes nothing there."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.stores.memory_table import MemoryTable
from shared.stores.rehearsal_table import RehearsalTable
from shared.stores.schemas import EXECUTION_HISTORY, PROTECTION_GROUPS, RECOVERY_PLANS, TARGET_ACCOUNTS, TableSchema
from shared.stores.table import Write
from tests.integration.stores.test_agreement import carried_out, contents, transactions
from tests.support.four_tables import FourTables
from tests.support.store_contract.configuration import GroupsContract, PlansContract
from tests.support.store_contract.tables import TableContract


def rehearsed(schema: TableSchema) -> RehearsalTable:
    return RehearsalTable(MemoryTable(schema), schema)


@pytest.fixture
def tables() -> FourTables:
    return FourTables(*map(rehearsed, (PROTECTION_GROUPS, RECOVERY_PLANS, EXECUTION_HISTORY, TARGET_ACCOUNTS)))


class TestRehearsalTable(TableContract):
    """The contract of tables."""


class TestRehearsedGroups(GroupsContract):
    """Protection groups."""


class TestRehearsedPlans(PlansContract):
    """Recovery plans."""


@settings(max_examples=100)
@given(before=st.lists(transactions, max_size=3), history=st.lists(transactions, min_size=1, max_size=4))
def test_whatever_is_stored_a_rehearsal_ends_as_the_real_thing(
    before: list[list[Write]], history: list[list[Write]]
) -> None:
    behind, real = MemoryTable(EXECUTION_HISTORY), MemoryTable(EXECUTION_HISTORY)
    for transaction in before:
        carried_out(behind, transaction)
        carried_out(real, transaction)
    rehearsal, untouched = RehearsalTable(behind, EXECUTION_HISTORY), contents(behind)

    for transaction in history:
        assert carried_out(rehearsal, transaction) == carried_out(real, transaction)

    assert contents(rehearsal) == contents(real)
    partition = ("executionId", "e")
    assert rehearsal.query(partition, consistent=True) == real.query(partition, consistent=True)
    assert contents(behind) == untouched


def test_an_index_shows_what_is_behind_with_what_was_written_here() -> None:
    behind = MemoryTable(RECOVERY_PLANS)
    rows = {name: {"planId": name, "usedGroupId": "g", "usedByPlanId": name, "more": name} for name in "abc"}
    for name in "ab":
        behind.put(rows[name])
    rehearsal = RehearsalTable(behind, RECOVERY_PLANS)

    rehearsal.delete({"planId": "a"})
    rehearsal.put(rows["c"])

    found = rehearsal.query(("usedGroupId", "g"), index="plans-by-group", limit=1)
    assert [item["planId"] for item in found.items] == ["b"]
    rest = rehearsal.query(("usedGroupId", "g"), index="plans-by-group", start=found.next_start)
    assert [item["planId"] for item in rest.items] == ["c"]
    assert rehearsal.get({"planId": "b"}) == rows["b"]
    assert [item["planId"] for item in behind.scan()] == ["a", "b"]
