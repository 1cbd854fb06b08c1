"""What the stores refuse by condition is what the tables of legal moves forbid, for every pair of states."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

import pytest

from shared.clock import VirtualClock
from shared.execution_utils import GATE_MOVES, LAUNCH_STATE_MOVES, REQUEST_MOVES, TERMINATION_MOVES
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.gate import GateStatus
from shared.models.launch import LaunchState
from shared.models.request import RequestState
from shared.models.termination import TerminationStatus
from shared.stores import keys
from shared.stores.execution_store import ExecutionStore
from shared.stores.items import child_item
from shared.stores.memory_table import MemoryTable
from shared.stores.refusals import NotOpenError, StepLostError
from shared.stores.schemas import EXECUTION_HISTORY
from tests.support.store_contract.samples import NOW, gate, header, launch, request, termination

State = TypeVar("State", bound=StrEnum)
OF: Final[ExecutionHeader] = header(status=ExecutionStatus.RUNNING)
HAS_JOB: Final = frozenset({LaunchState.STARTED, LaunchState.DONE})


@pytest.fixture
def table() -> MemoryTable:
    return MemoryTable(EXECUTION_HISTORY)


@pytest.fixture
def store(table: MemoryTable) -> ExecutionStore:
    made = ExecutionStore(table, VirtualClock(NOW))
    made.create(OF)
    return made


def moves(table: Mapping[State, frozenset[State]]) -> list[tuple[State, State]]:
    """Every pair of different states."""
    return list(itertools.permutations(table, 2))


@pytest.mark.parametrize(("present", "after"), moves(GATE_MOVES))
def test_a_gate(table: MemoryTable, store: ExecutionStore, present: GateStatus, after: GateStatus) -> None:
    stored = gate(OF, status=present)
    table.put(child_item(stored, keys.gate("p1", "1", 1)))

    try:
        moved = store.decide_gate(stored, after, "ann", NOW).status is after
    except NotOpenError:
        moved = False

    assert moved == (after in GATE_MOVES[present])


@pytest.mark.parametrize(("present", "after"), moves(REQUEST_MOVES))
def test_a_request(table: MemoryTable, store: ExecutionStore, present: RequestState, after: RequestState) -> None:
    stored = request(OF, "r1", state=present)
    table.put(child_item(stored, keys.request("p1", "r1")))

    try:
        store.commit(OF, requests=[stored.model_copy(update={"state": after})])
        moved = True
    except StepLostError:
        moved = False

    assert moved == (after in REQUEST_MOVES[present])


@pytest.mark.parametrize(("present", "after"), moves(TERMINATION_MOVES))
def test_a_termination(
    table: MemoryTable, store: ExecutionStore, present: TerminationStatus, after: TerminationStatus
) -> None:
    stored = termination(OF, status=present)
    table.put(child_item(stored, keys.termination("p1", 1)))

    try:
        store.update_termination(stored.model_copy(update={"status": after}))
        moved = True
    except StepLostError:
        moved = False

    assert moved == (after in TERMINATION_MOVES[present])


@pytest.mark.parametrize("present", LaunchState)
@pytest.mark.parametrize("after", [LaunchState.STARTED, LaunchState.REFUSED, LaunchState.LOST])
def test_a_launch(table: MemoryTable, store: ExecutionStore, present: LaunchState, after: LaunchState) -> None:
    stored = launch(OF, state=present, job_id="drsjob-1" if present in HAS_JOB else None)
    table.put(child_item(stored, keys.launch("p1", stored.launch_id)))
    match after:
        case LaunchState.STARTED:
            state = store.record_job(stored, "drsjob-1").state
        case LaunchState.REFUSED:
            state = store.refuse_launch(stored).state
        case _:
            state = store.lose_launch(stored, "why").state

    assert (state is after) == (after is present or after in LAUNCH_STATE_MOVES[present])
