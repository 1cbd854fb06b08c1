"""The contract of `Table`: reads, conditional writes, transactions, pages."""

from __future__ import annotations

from typing import Any

import pytest

from shared.stores.conditions import And, Equals, Exists, GreaterThan, In, LessThan, Not, NotEquals, NotExists, Or
from shared.stores.table import (
    CONDITION_FAILED,
    Changes,
    CheckItem,
    ConditionFailed,
    DeleteItem,
    Item,
    Key,
    Page,
    PutItem,
    Table,
    TableUseError,
    TransactionRefused,
    UpdateItem,
)
from tests.support.four_tables import FourTables


def key(sort: str, partition: str = "e1") -> Key:
    """A key of the execution-history table."""
    return {"executionId": partition, "planId": sort}


def item(sort: str, partition: str = "e1", **attributes: Any) -> Item:
    """An item of the execution-history table."""
    return {"executionId": partition, "planId": sort, **attributes}


class TableContract:
    """Held by both implementations on the table with two keys and sparse indexes."""

    @pytest.fixture
    def table(self, tables: FourTables) -> Table:
        return tables.execution_history

    def test_what_is_put_comes_back_with_its_types(self, table: Table) -> None:
        stored = item(
            "a",
            text="x",
            empty="",
            count=3,
            share=0.25,
            whole=2.0,
            yes=True,
            nothing=None,
            list=[1, "b", [], {}],
            map={"a": {"b": 1}},
        )

        table.put(stored)

        found = table.get(key("a"))
        assert found == stored
        assert found is not None
        assert [type(found[name]) for name in ("count", "share", "whole", "yes")] == [int, float, int, bool]

    def test_what_is_read_is_a_copy(self, table: Table) -> None:
        nested = {"b": [1]}
        table.put(item("a", map=nested))

        nested["b"].append(2)
        found = table.get(key("a"))
        assert found is not None
        found["map"]["b"].append(3)

        assert table.get(key("a"), consistent=False) == item("a", map={"b": [1]})

    def test_what_is_not_there_is_none(self, table: Table) -> None:
        assert table.get(key("a")) is None

    def test_a_batch_of_many_keys_answers_in_their_order_without_what_is_missing(self, table: Table) -> None:
        for number in range(120):
            table.put(item(f"{number:03d}", number=number))

        found = table.batch_get([key(f"{number:03d}") for number in (*range(119, -1, -1), 5, 500)])

        assert [one["number"] for one in found] == list(range(119, -1, -1))

    def test_a_batch_of_no_keys_is_empty(self, table: Table) -> None:
        assert table.batch_get([]) == []

    def test_a_scan_reads_everything(self, table: Table) -> None:
        stored = [item(f"{number}", f"e{number % 3}") for number in range(10)]
        for one in stored:
            table.put(one)

        assert sorted(table.scan(), key=lambda one: str(one["planId"])) == stored

    def test_a_refused_put_tells_what_is_stored(self, table: Table) -> None:
        table.put(item("a", version=1))

        with pytest.raises(ConditionFailed) as refusal:
            table.put(item("a", version=9), NotExists("executionId"))

        assert refusal.value.item == item("a", version=1)
        assert table.get(key("a")) == item("a", version=1)

    def test_a_refused_update_of_nothing_tells_that_nothing_is_stored(self, table: Table) -> None:
        with pytest.raises(ConditionFailed) as refusal:
            table.update(key("a"), Changes(set={"x": 1}), Exists("executionId"))

        assert refusal.value.item is None
        assert table.get(key("a")) is None

    def test_a_refused_delete_deletes_nothing(self, table: Table) -> None:
        table.put(item("a", owner="me"))

        with pytest.raises(ConditionFailed) as refusal:
            table.delete(key("a"), Equals("owner", "you"))

        assert refusal.value.item == item("a", owner="me")
        table.delete(key("a"), Equals("owner", "me"))
        assert table.get(key("a")) is None
        table.delete(key("a"))

    def test_an_update_answers_the_whole_item_as_it_is_then(self, table: Table) -> None:
        table.put(item("a", status="OLD", count=1, gone="x", list=["a"], kept="k"))

        changed = table.update(
            key("a"),
            Changes(
                set={"status": "NEW", "name": {"first": 1}},
                add={"count": 2, "started": 5},
                remove=["gone", "neverThere"],
                append={"list": ["b", "c"], "fresh": [1]},
                set_if_absent={"kept": "other", "first": "once"},
            ),
        )

        expected = item(
            "a",
            status="NEW",
            name={"first": 1},
            count=3,
            started=5,
            list=["a", "b", "c"],
            fresh=[1],
            kept="k",
            first="once",
        )
        assert changed == expected == table.get(key("a"))

    def test_an_update_makes_the_item_that_is_not_there(self, table: Table) -> None:
        assert table.update(key("a"), Changes(add={"signals": 1})) == item("a", signals=1)

    @pytest.mark.parametrize(
        ("condition", "holds"),
        [
            (Exists("map.inner"), True),
            (Exists("map.other"), False),
            (NotExists("missing"), True),
            (Equals("status", "OPEN"), True),
            (Equals("missing", "OPEN"), False),
            (NotEquals("status", "CLOSED"), True),
            (NotEquals("missing", "CLOSED"), False),
            (Equals("yes", True), True),
            (Equals("count", True), False),
            (LessThan("by", "b"), True),
            (LessThan("by", "a"), False),
            (GreaterThan("count", 1.5), True),
            (LessThan("missing", 5), False),
            (GreaterThan("missing", 0), False),
            (In("status", ["CLOSED", "OPEN"]), True),
            (In("status", ["CLOSED"]), False),
            (Not(Equals("missing", 1)), True),
            (And(Equals("status", "OPEN"), Equals("count", 2)), True),
            (And(Equals("status", "OPEN")), True),
            (Or(Equals("status", "X"), And(Exists("by"), Not(Exists("missing")))), True),
            (Equals("map.inner", 1), True),
            (Equals("list", [1, 2]), True),
        ],
    )
    def test_a_condition_decides(self, table: Table, condition: Any, holds: bool) -> None:
        stored = item("a", status="OPEN", count=2, by="a", yes=True, map={"inner": 1}, list=[1, 2])
        table.put(stored)

        if holds:
            assert table.update(key("a"), Changes(set={"passed": True}), condition)["passed"] is True
        else:
            with pytest.raises(ConditionFailed):
                table.update(key("a"), Changes(set={"passed": True}), condition)
            assert table.get(key("a")) == stored

    def test_order_is_never_found_between_text_and_numbers(self, table: Table, platform: str) -> None:
        if platform == "moto":
            pytest.xfail("moto compares what AWS calls incomparable, and raises TypeError")
        table.put(item("a", count=2, text="2"))

        assert table.query(("executionId", "e1"), filter=Or(LessThan("count", "9"), GreaterThan("text", 1))).items == ()

    def test_attributes_may_have_names_that_dynamodb_reserves(self, table: Table) -> None:
        words = [
            "status",
            "name",
            "state",
            "open",
            "by",
            "step",
            "token",
            "time",
            "type",
            "index",
            "size",
            "reason",
            "owner",
        ]

        changed = table.update(key("a"), Changes(set=dict.fromkeys(words, "x")), And(*map(NotExists, words)))

        assert changed == item("a", **dict.fromkeys(words, "x"))
        filtered = table.query(("executionId", "e1"), filter=And(*(Equals(word, "x") for word in words)))
        assert filtered.items == (changed,)

    def test_a_transaction_writes_everything(self, table: Table) -> None:
        table.put(item("delete", x=1))
        table.put(item("check", step=3))
        table.put(item("update", n=1))

        table.transact(
            [
                PutItem(item("put", y=1), NotExists("executionId")),
                UpdateItem(key("update"), Changes(add={"n": 1}), Equals("n", 1)),
                DeleteItem(key("delete"), Equals("x", 1)),
                CheckItem(key("check"), Equals("step", 3)),
            ]
        )

        assert sorted(str(one["planId"]) for one in table.scan()) == ["check", "put", "update"]
        assert table.get(key("update")) == item("update", n=2)

    def test_a_refused_transaction_writes_nothing_and_says_which_condition_failed(self, table: Table) -> None:
        table.put(item("check", step=4))

        with pytest.raises(TransactionRefused) as refusal:
            table.transact(
                [
                    PutItem(item("put", y=1), NotExists("executionId")),
                    CheckItem(key("check"), Equals("step", 3)),
                    UpdateItem(key("absent"), Changes(set={"x": 1}), Exists("executionId")),
                    DeleteItem(key("other")),
                ]
            )

        assert refusal.value.reasons == (None, CONDITION_FAILED, CONDITION_FAILED, None)
        assert refusal.value.items == (None, item("check", step=4), None, None)
        assert refusal.value.failures() == [1, 2]
        assert table.scan() == [item("check", step=4)]

    def test_a_transaction_takes_a_hundred_items_and_no_more(self, table: Table) -> None:
        table.transact([PutItem(item(f"{number:03d}")) for number in range(100)])

        assert len(table.scan()) == 100
        with pytest.raises(TableUseError):
            table.transact([PutItem(item(f"{number:03d}")) for number in range(101)])

    def test_a_transaction_touches_an_item_once(self, table: Table) -> None:
        with pytest.raises(TableUseError):
            table.transact([PutItem(item("a")), CheckItem(key("a"), NotExists("x"))])

    @pytest.mark.parametrize(
        "changes",
        [
            Changes(),
            Changes(set={"x": 1}, remove=["x"]),
            Changes(set={"planId": "other"}),
            Changes(set={"a.b": 1}),
        ],
        ids=["nothing", "an attribute twice", "a key", "a part of an attribute"],
    )
    def test_a_change_that_makes_no_sense_is_a_defect(self, table: Table, changes: Changes) -> None:
        with pytest.raises(TableUseError):
            table.update(key("a"), changes)

    @pytest.mark.parametrize("value", [{1, 2}, b"bytes", float("nan"), object()])
    def test_only_json_is_stored(self, table: Table, value: object) -> None:
        with pytest.raises(TableUseError):
            table.put(item("a", value=value))

    def test_a_key_is_never_empty(self, table: Table) -> None:
        with pytest.raises(TableUseError):
            table.put(item(""))
        with pytest.raises(TableUseError):
            table.put(item("a", listKey="", startedAt="x"))

    def test_an_item_is_at_most_400_kilobytes(self, table: Table) -> None:
        with pytest.raises(TableUseError):
            table.put(item("a", text="x" * (400 * 1024)))

    def test_a_query_keeps_to_its_partition_and_the_order_of_the_sort_key(self, table: Table) -> None:
        for sort in ("p", "p#WAVE#0002", "p#WAVE#0001", "p#SERVER#1", "p#WAVES"):
            table.put(item(sort))
        table.put(item("p", "e2"))

        def sorts(page: Page) -> list[str]:
            return [str(one["planId"]) for one in page.items]

        everything = table.query(("executionId", "e1"), consistent=True)
        assert sorts(everything) == ["p", "p#SERVER#1", "p#WAVE#0001", "p#WAVE#0002", "p#WAVES"]
        assert everything.next_start is None
        waves = table.query(("executionId", "e1"), sort_prefix=("planId", "p#WAVE#"), forward=False)
        assert sorts(waves) == ["p#WAVE#0002", "p#WAVE#0001"]
        between = table.query(("executionId", "e1"), sort_between=("planId", "p#SERVER#1", "p#WAVE#0001"))
        assert sorts(between) == ["p#SERVER#1", "p#WAVE#0001"]

    @pytest.mark.parametrize("forward", [True, False])
    @pytest.mark.parametrize("size", [1, 3, 7, 20])
    def test_pages_show_every_item_once(self, table: Table, forward: bool, size: int) -> None:
        for number in range(14):
            table.put(item(f"{number:02d}", odd=number % 2 == 1))

        seen: list[str] = []
        start = None
        while True:
            page = table.query(
                ("executionId", "e1"), limit=size, start=start, forward=forward, filter=Equals("odd", False)
            )
            seen += [str(one["planId"]) for one in page.items]
            start = page.next_start
            if start is None:
                break
            assert len(page.items) == size

        assert seen == sorted((f"{number:02d}" for number in range(0, 14, 2)), reverse=not forward)

    @pytest.mark.parametrize("forward", [True, False])
    def test_pages_of_an_index_show_items_of_one_instant_once(self, table: Table, forward: bool) -> None:
        for number in range(9):
            table.put(item("p", f"e{number}", listKey="execution", startedAt=f"2026-0{1 + number // 4}"))

        seen: list[str] = []
        start = None
        while True:
            page = table.query(
                ("listKey", "execution"), index="executions-by-start", limit=2, start=start, forward=forward
            )
            seen += [str(one["executionId"]) for one in page.items]
            start = page.next_start
            if start is None:
                break

        assert sorted(seen) == [f"e{number}" for number in range(9)]

    def test_a_page_goes_on_after_an_item_that_is_gone(self, table: Table) -> None:
        for number in range(5):
            table.put(item(f"{number}"))
        first = table.query(("executionId", "e1"), limit=2)

        table.delete(key("1"))

        rest = table.query(("executionId", "e1"), start=first.next_start)
        assert [one["planId"] for one in rest.items] == ["2", "3", "4"]

    def test_an_index_shows_only_items_with_its_keys_and_only_what_it_projects(self, table: Table) -> None:
        header = item("p", listKey="execution", startedAt="2026", status="RUNNING", waves=[1])
        table.put(header)
        table.put(item("p#WAVE#0001", startedAt="2026"))
        table.put(item("p", "e2", listKey="execution"))

        page = table.query(("listKey", "execution"), index="executions-by-start")

        assert page.items == ({name: value for name, value in header.items() if name != "waves"},)

    def test_an_attribute_that_is_removed_leaves_the_index(self, table: Table) -> None:
        table.put(item("p", openKey="open", startedAt="2026"))

        table.update(key("p"), Changes(remove=["openKey"]))

        assert table.query(("openKey", "open"), index="open-executions").items == ()

    def test_an_index_cannot_be_read_consistently(self, table: Table) -> None:
        with pytest.raises(TableUseError):
            table.query(("openKey", "open"), index="open-executions", consistent=True)

    def test_a_query_by_what_is_no_key_is_a_defect(self, table: Table) -> None:
        with pytest.raises(TableUseError):
            table.query(("status", "RUNNING"))
