"""Memory and DynamoDB agree on whatever is written under whatever condition."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.stores.conditions import (
    And,
    Condition,
    Equals,
    Exists,
    GreaterThan,
    In,
    LessThan,
    Not,
    NotEquals,
    NotExists,
    Or,
)
from shared.stores.table import (
    Changes,
    CheckItem,
    ConditionFailed,
    DeleteItem,
    Item,
    PutItem,
    Table,
    TransactionRefused,
    UpdateItem,
    Write,
)
from tests.support.four_tables import FourTables, in_memory

# Each attribute keeps one type, as in our models: moto cannot compare text with numbers.
TEXTS = ("status", "by", "map.name")
NUMBERS = ("step", "share", "map.count")
SORTS = ("p", "p#WAVE#0001", "p#WAVE#0002")

texts = st.sampled_from(["", "0001", "0002", "OPEN", "offen", "ü", "\U0001f600"])
numbers = st.integers(-3, 3) | st.sampled_from([0.5, -1.25, 1e20, 2.0])
# Moto takes true for 1 and false for 0, AWS does not.
no_truths = numbers.filter(lambda number: number not in (0, 1))
comparable = texts | no_truths | st.booleans() | st.lists(texts | numbers, max_size=2)
# Null is stored but never compared: moto takes what is absent for null, AWS does not.
values = comparable | st.none()

comparisons: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Exists, st.sampled_from((*TEXTS, *NUMBERS, "map", "launchIds", "any"))),
    st.builds(NotExists, st.sampled_from((*TEXTS, *NUMBERS, "map", "launchIds", "any"))),
    st.builds(Equals, st.just("any"), comparable),
    st.builds(NotEquals, st.just("any"), comparable),
    *(
        st.builds(kind, st.sampled_from(paths), operands)
        for kind in (Equals, NotEquals, LessThan, GreaterThan)
        for paths, operands in ((TEXTS, texts), (NUMBERS, numbers))
    ),
    st.builds(In, st.sampled_from(TEXTS), st.lists(texts, min_size=1, max_size=4)),
    st.builds(In, st.sampled_from(NUMBERS), st.lists(numbers, min_size=1, max_size=4)),
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    comparisons,
    lambda parts: st.one_of(
        st.builds(Not, parts),
        st.lists(parts, min_size=1, max_size=3).map(lambda listed: And(*listed)),
        st.lists(parts, min_size=1, max_size=3).map(lambda listed: Or(*listed)),
    ),
    max_leaves=6,
)
optional_conditions = st.none() | conditions
maps = st.fixed_dictionaries({}, optional={"name": texts, "count": numbers})
attributes = st.fixed_dictionaries(
    {},
    optional={
        "status": texts,
        "by": texts,
        "step": numbers,
        "share": numbers,
        "map": maps,
        "launchIds": st.lists(texts, max_size=2),
        "any": values,
    },
)
keys = st.sampled_from(SORTS).map(lambda sort: {"executionId": "e", "planId": sort})


@st.composite
def changes(draw: st.DrawFn) -> Changes:
    """Changes of different attributes, each by a verb that its type allows."""
    verbs: dict[str, Any] = {"set": {}, "add": {}, "remove": [], "append": {}, "set_if_absent": {}}
    given_attributes = draw(attributes.filter(bool))
    for name, value in given_attributes.items():
        allowed = ["set", "remove", "set_if_absent"]
        allowed += ["add"] if name == "step" else []
        allowed += ["append"] if name == "launchIds" else []
        verb = draw(st.sampled_from(allowed))
        if verb == "remove":
            verbs["remove"].append(name)
        else:
            verbs[verb][name] = draw(st.integers(-2, 2)) if verb == "add" else value
    return Changes(**verbs)


puts = st.builds(
    lambda key, item, condition: PutItem({**item, **key}, condition), keys, attributes, optional_conditions
)
writes: st.SearchStrategy[Write] = st.one_of(
    puts,
    st.builds(UpdateItem, keys, changes(), optional_conditions),
    st.builds(DeleteItem, keys, optional_conditions),
    st.builds(CheckItem, keys, conditions),
)


def sort_key(write: Write) -> str:
    """The item that the write is on."""
    return str(write.item["planId"] if isinstance(write, PutItem) else write.key["planId"])


transactions = st.lists(writes, min_size=1, max_size=3, unique_by=sort_key)


def carried_out(table: Table, transaction: list[Write]) -> object:
    """What the table answers; single writes go the single way, so that both ways are compared."""
    try:
        match transaction:
            case [PutItem(item, condition)]:
                table.put(item, condition)
            case [UpdateItem(key, change, condition)]:
                return table.update(key, change, condition)
            case [DeleteItem(key, condition)]:
                table.delete(key, condition)
            case _:
                table.transact(transaction)
    except ConditionFailed as refusal:
        return ("refused", refusal.item)
    except TransactionRefused as refusal:
        return ("refused", refusal.reasons, refusal.items)
    return None


def contents(table: Table) -> list[Item]:
    """Everything, in order."""
    return sorted(table.scan(), key=lambda item: str(item["planId"]))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(history=st.lists(transactions, min_size=1, max_size=6))
def test_every_history_ends_alike(tables: FourTables, history: list[list[Write]]) -> None:
    table, twin = tables.execution_history, in_memory().execution_history
    for item in table.scan():
        table.delete({"executionId": str(item["executionId"]), "planId": str(item["planId"])})

    for transaction in history:
        assert carried_out(twin, transaction) == carried_out(table, transaction)

    assert contents(twin) == contents(table)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(stored=st.lists(attributes, min_size=3, max_size=3), condition=conditions)
def test_every_filter_passes_the_same_items(tables: FourTables, stored: list[Item], condition: Condition) -> None:
    table, twin = tables.execution_history, in_memory().execution_history
    for sort, item in zip(SORTS, stored, strict=True):
        for one in (table, twin):
            one.put({**item, "executionId": "e", "planId": sort})

    filtered = table.query(("executionId", "e"), filter=condition, consistent=True)

    assert filtered == twin.query(("executionId", "e"), filter=condition, consistent=True)


@pytest.mark.parametrize("nested", [And(And(Exists("a"))), Or(Or(Exists("a"), Exists("b")), And(Exists("c")))])
def test_parentheses_are_never_doubled(tables: FourTables, nested: Condition) -> None:
    # AWS refuses "redundant parentheses"; DynamoDB Local does too.
    assert tables.execution_history.query(("executionId", "e"), filter=nested).items == ()
