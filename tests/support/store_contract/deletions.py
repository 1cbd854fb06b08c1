"""The contract of deletions: what is hidden is gone for everybody but for who carries the deletion on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.errors import NotFoundError
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.server_record import ServerRecord
from shared.models.wave_record import WaveRecord
from shared.stores.execution_store import ExecutionStore
from shared.stores.table import Table, chunks
from tests.support.store_contract.executions import RUNNING, StoreFixtures
from tests.support.store_contract.samples import NOW, event, header, request, server, termination, wave


class DeletionsContract(StoreFixtures):
    """Hidden, emptied, forgotten."""

    @pytest.fixture
    def over(self, store: ExecutionStore) -> ExecutionHeader:
        """An execution of 250 servers that has ended and is closed; another one beside it."""
        store.create(header("e1", status=ExecutionStatus.RUNNING))
        store.create(header("e2", status=ExecutionStatus.COMPLETED))
        running = store.claim_step("e1", "p1", 1, "0001#a")
        children: list[WaveRecord | ServerRecord] = [
            wave(0, running),
            *(server(number, running) for number in range(250)),
        ]
        for part in chunks(children, 100):
            store.put_children(running, part)
        store.commit(running.model_copy(update={"status": ExecutionStatus.PARTIAL}), events=[event(running)])
        store.close(store.find("e1"))
        return store.find("e1")

    def test_a_hidden_execution_is_gone_for_everybody(self, store: ExecutionStore, over: ExecutionHeader) -> None:
        assert store.hide(over, NOW) is True

        assert store.get_headers([("e1", "p1")]) == []
        assert [one.execution_id for one in store.list_by_start(9).items] == ["e2"]
        assert [one.execution_id for one in store.list_by_plan("p1", 9).items] == ["e2"]
        gone: list[Callable[[], Any]] = [
            lambda: store.find("e1"),
            lambda: store.get_header("e1", "p1"),
            lambda: store.create_termination(termination(over)),
            lambda: store.claim_step("e1", "p1", 1, "0002#a"),
            lambda: store.replace_run(over),
            lambda: store.put_request(request(over, "r1"), allowed=RUNNING, event=event(over, step=0)),
        ]
        for ask in gone:
            with pytest.raises(NotFoundError):
                ask()
        assert store.plan_of_hidden("e1") == "p1"
        assert [store.plan_of_hidden(other) for other in ("e2", "none")] == [None, None]

    @pytest.mark.dynamodb_local
    def test_its_items_go_a_hundred_at_a_time_and_a_trace_of_it_stays_for_a_day(
        self, store: ExecutionStore, over: ExecutionHeader, table: Table
    ) -> None:
        others = [row for row in table.scan() if row["executionId"] != "e1"]
        store.hide(over, NOW)

        rounds = 1
        while store.delete_some("e1", "p1"):
            rounds += 1
        store.forget("e1", "p1", NOW)

        assert rounds == 3
        assert [row for row in table.scan() if row["executionId"] != "e1"] == others
        [trace] = [row for row in table.scan() if row["executionId"] == "e1"]
        assert set(trace) == {"executionId", "planId", "deletedAt", "expiresAt"}
        assert trace["expiresAt"] == int(NOW.timestamp()) + 24 * 3600
        assert store.delete_some("e1", "p1") is False

    def test_what_has_moved_on_since_it_was_read_is_not_hidden(
        self, store: ExecutionStore, over: ExecutionHeader, table: Table
    ) -> None:
        store.create_termination(termination(over))
        before = table.scan()

        assert store.hide(over, NOW) is False
        assert store.hide(store.find("e1"), NOW) is False, "it is open again"

        assert table.scan() == before

    def test_what_terminated_anew_since_it_was_read_is_not_hidden_although_it_is_closed_again(
        self, store: ExecutionStore, over: ExecutionHeader
    ) -> None:
        store.create_termination(termination(over))
        assert store.close(store.find("e1"))

        assert [store.hide(over, NOW), store.hide(store.find("e1"), NOW)] == [False, True]

    @pytest.mark.parametrize("status", sorted(set(ExecutionStatus) - {ExecutionStatus.COMPLETED}))
    def test_what_is_open_is_not_hidden(self, store: ExecutionStore, status: ExecutionStatus) -> None:
        store.create(header("e9", status=status))

        assert store.hide(store.find("e9"), NOW) is False
        assert store.find("e9").status is status

    def test_a_hidden_execution_is_not_hidden_again(self, store: ExecutionStore, over: ExecutionHeader) -> None:
        assert [store.hide(over, NOW), store.hide(over, NOW)] == [True, False]
        with pytest.raises(NotFoundError):
            store.create_termination(termination(over))
