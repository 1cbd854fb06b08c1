"""What only the table in memory has: lagging indexes, and limits that a test wants to meet early."""

from __future__ import annotations

import pytest

from shared.stores.conditions import And, In
from shared.stores.memory_table import MemoryTable
from shared.stores.schemas import EXECUTION_HISTORY, PROTECTION_GROUPS, RECOVERY_PLANS, TARGET_ACCOUNTS, TableSchema
from shared.stores.table import Changes, PutItem, TableUseError
from tests.support.templates import load_template


def opened(execution_id: str) -> dict[str, str]:
    """An item that is on the reconciler's list."""
    return {"executionId": execution_id, "planId": "p", "openKey": "open", "startedAt": "2026"}


def test_a_stale_index_shows_what_was_there_when_it_settled() -> None:
    table = MemoryTable(EXECUTION_HISTORY, stale_indexes=True)
    table.put(opened("e1"))
    assert table.query(("openKey", "open"), index="open-executions").items == ()

    table.settle()
    table.update({"executionId": "e1", "planId": "p"}, Changes(set={"status": "RUNNING"}, remove=["openKey"]))
    table.put(opened("e2"))

    assert table.query(("openKey", "open"), index="open-executions").items == (opened("e1"),)
    assert table.get({"executionId": "e1", "planId": "p"}) != opened("e1")
    table.settle()
    assert table.query(("openKey", "open"), index="open-executions").items == (opened("e2"),)


def test_a_transaction_is_at_most_four_megabytes() -> None:
    table = MemoryTable(EXECUTION_HISTORY)
    large = "x" * 390 * 1024

    with pytest.raises(TableUseError, match="too large"):
        table.transact([PutItem({"executionId": "e", "planId": str(number), "text": large}) for number in range(11)])

    assert table.scan() == []


@pytest.mark.parametrize("changes", [Changes(add={"text": 1}), Changes(append={"text": [1]})])
def test_only_numbers_are_added_to_and_lists_appended_to(changes: Changes) -> None:
    table = MemoryTable(EXECUTION_HISTORY)
    table.put({"executionId": "e", "planId": "p", "text": "x"})

    with pytest.raises(TableUseError):
        table.update({"executionId": "e", "planId": "p"}, changes)


def test_an_index_that_is_not_there_is_a_defect() -> None:
    with pytest.raises(TableUseError):
        MemoryTable(EXECUTION_HISTORY).query(("openKey", "open"), index="no-such-index")


def test_a_page_begins_only_where_a_page_can_end() -> None:
    with pytest.raises(TableUseError):
        MemoryTable(EXECUTION_HISTORY).query(("executionId", "e"), start={"executionId": "e"})


def test_conditions_say_something() -> None:
    with pytest.raises(ValueError, match="at least one"):
        And()
    with pytest.raises(ValueError, match="1 to 100"):
        In("status", [])
    with pytest.raises(ValueError, match="1 to 100"):
        In("status", range(101))


@pytest.mark.parametrize(
    ("resource", "schema"),
    [
        ("ProtectionGroupsTable", PROTECTION_GROUPS),
        ("RecoveryPlansTable", RECOVERY_PLANS),
        ("ExecutionHistoryTable", EXECUTION_HISTORY),
        ("TargetAccountsTable", TARGET_ACCOUNTS),
    ],
)
def test_the_keys_in_memory_are_the_templates(resource: str, schema: TableSchema) -> None:
    properties = load_template("database-stack.yaml").properties(resource)

    assert schema.keys == tuple(key["AttributeName"] for key in properties["KeySchema"])
    declared = {index["IndexName"]: index for index in properties.get("GlobalSecondaryIndexes", [])}
    assert set(schema.indexes) == set(declared)
    for name, index in schema.indexes.items():
        assert index.keys == tuple(key["AttributeName"] for key in declared[name]["KeySchema"])
        projection = declared[name]["Projection"]
        everything = projection["ProjectionType"] == "ALL"
        assert index.projected == (None if everything else tuple(projection.get("NonKeyAttributes", [])))
