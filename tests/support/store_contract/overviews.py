"""The contract of the one read that shows an execution: whatever is there is in it, in few calls."""

from __future__ import annotations

from typing import Any

import pytest

from shared.clock import VirtualClock
from shared.models.execution import ExecutionHeader, ExecutionStatus, WaveSummary
from shared.models.gate import Gate
from shared.stores.execution_store import ExecutionStore
from shared.stores.overviews import GATES_AHEAD, Overview
from shared.stores.table import Table
from tests.support.counted_table import CountedTable
from tests.support.store_contract.executions import StoreFixtures
from tests.support.store_contract.samples import NOW, gate, header, termination, wave


def of_waves(count: int, **different: Any) -> ExecutionHeader:
    """A header of that many waves."""
    waves = tuple(WaveSummary(wave_number=number, wave_name=f"wave {number}") for number in range(count))
    return header(waves=waves, wave_count=count, status=ExecutionStatus.RUNNING, **different)


def overview_of(of: ExecutionHeader, table: Table) -> tuple[Overview, int]:
    """What is shown, and by how many calls."""
    counted = CountedTable(table)
    return ExecutionStore(counted, VirtualClock(NOW)).overview(of), counted.calls


def in_order(gates: Any) -> list[Gate]:
    """By scope and number."""
    return sorted(gates, key=lambda one: (one.scope, one.number))


class OverviewContract(StoreFixtures):
    """Waves, gates and the latest termination of an execution."""

    def test_waves_gates_and_the_latest_termination_come_in_one_call(self, store: ExecutionStore, table: Table) -> None:
        store.create(of_waves(3))
        running = store.claim_step("e1", "p1", 1, "0001#a")
        waves = [wave(number, running) for number in range(3)]
        gates = [gate(running, "1"), gate(running, "1", 2), gate(running, "all"), gate(running, "2", 4)]
        store.write_items(running, [*waves, *gates])
        store.commit(running.model_copy(update={"status": ExecutionStatus.COMPLETED}))
        for number in (1, 2):
            store.create_termination(termination(running, number))

        shown, calls = overview_of(store.find("e1"), table)

        assert shown.waves == {one.wave_number: one for one in waves}
        assert in_order(shown.gates) == in_order(gates) == in_order(store.gates(running))
        assert shown.termination == termination(running, 2)
        assert calls == 1

    def test_what_is_not_there_is_not_shown(self, store: ExecutionStore, table: Table) -> None:
        store.create(of_waves(2))

        shown, calls = overview_of(store.find("e1"), table)

        assert (dict(shown.waves), list(shown.gates), shown.termination) == ({}, [], None)
        assert calls == 1

    @pytest.mark.parametrize("told_by", ["its wave", "the pause", "the gate before it"])
    def test_gates_beyond_those_that_are_read_ahead_are_not_missed(
        self, store: ExecutionStore, table: Table, told_by: str
    ) -> None:
        most = GATES_AHEAD + 2
        scope = "all" if told_by == "the pause" else "1"
        store.create(of_waves(2, pause_gate=most if told_by == "the pause" else 0))
        running = store.claim_step("e1", "p1", 1, "0001#a")
        counted = most if told_by == "its wave" else 0
        gates = [gate(running, scope, number) for number in range(1, most + 1)]
        if told_by == "the gate before it":
            gates[GATES_AHEAD - 1] = gate(running, scope, GATES_AHEAD, replaced_by=GATES_AHEAD + 1)
        store.write_items(running, [wave(0, running), wave(1, running, gate_number=counted), *gates])

        shown, calls = overview_of(running, table)

        assert in_order(shown.gates) == in_order(gates)
        assert calls == 2

    def test_a_plan_of_many_waves_is_shown_too(self, store: ExecutionStore, table: Table) -> None:
        store.create(of_waves(120))
        running = store.claim_step("e1", "p1", 1, "0001#a")
        waves = [wave(number, running) for number in range(120)]
        gates = [gate(running, "0"), gate(running, "119")]
        store.write_items(running, [*waves, *gates])

        shown, calls = overview_of(running, table)

        assert len(shown.waves) == 120
        assert in_order(shown.gates) == in_order(gates)
        assert calls == 3
