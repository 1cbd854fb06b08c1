"""The tables of legal moves."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pytest

from shared.execution_utils import (
    EXECUTION_MOVES,
    GATE_MOVES,
    HEALTH_MOVES,
    LAUNCH_STATE_MOVES,
    LAUNCH_STATUS_MOVES,
    REQUEST_MOVES,
    TERMINATION_MOVES,
    WAVE_MOVES,
    WAVES_TO_RETRY,
    WAVES_TO_SKIP,
    IllegalMoveError,
    check_move,
    stops_the_plan,
    waits_at_failure_gate,
)
from shared.models.execution import TERMINAL_STATUSES, ExecutionStatus, WaveSummary
from shared.models.launch import LaunchState
from shared.models.recovery_plan import FailurePolicy
from shared.models.server_record import LaunchStatus
from shared.models.wave_record import WaveStatus

TABLES: list[Mapping[Any, frozenset[Any]]] = [
    EXECUTION_MOVES,
    WAVE_MOVES,
    LAUNCH_STATUS_MOVES,
    HEALTH_MOVES,
    GATE_MOVES,
    LAUNCH_STATE_MOVES,
    REQUEST_MOVES,
    TERMINATION_MOVES,
]


@pytest.mark.parametrize("table", TABLES)
def test_every_table_names_every_state_of_its_noun(table: Mapping[Any, frozenset[Any]]) -> None:
    noun: type[StrEnum] = type(next(iter(table)))

    assert set(table) == set(noun.__members__.values())


@pytest.mark.parametrize("table", TABLES)
def test_a_move_to_the_present_state_changes_nothing_and_is_legal(table: Mapping[Any, frozenset[Any]]) -> None:
    for state in table:
        check_move(table, state, state)
        assert state not in table[state]


@pytest.mark.parametrize("status", sorted(TERMINAL_STATUSES))
def test_a_terminal_execution_never_moves_again(status: ExecutionStatus) -> None:
    assert not EXECUTION_MOVES[status]


def test_every_live_execution_can_reach_an_end() -> None:
    for status in set(ExecutionStatus) - TERMINAL_STATUSES:
        assert EXECUTION_MOVES[status] & TERMINAL_STATUSES


@pytest.mark.parametrize("ended", [WaveStatus.FAILED, WaveStatus.PARTIAL, WaveStatus.TIMEOUT])
def test_a_wave_that_went_wrong_may_be_retried_or_skipped(ended: WaveStatus) -> None:
    assert WAVE_MOVES[ended] == {WaveStatus.LAUNCHING, WaveStatus.SKIPPED}


def test_a_wave_is_retried_from_where_it_may_launch_again_and_skipped_from_where_it_may_be_skipped() -> None:
    gone_wrong = {WaveStatus.FAILED, WaveStatus.PARTIAL, WaveStatus.TIMEOUT}

    assert gone_wrong == WAVES_TO_RETRY
    assert gone_wrong | {WaveStatus.PENDING, WaveStatus.AWAITING_APPROVAL} == WAVES_TO_SKIP


@pytest.mark.parametrize("policy", FailurePolicy)
@pytest.mark.parametrize("status", WaveStatus)
@pytest.mark.parametrize("continued", [True, False])
def test_a_failure_policy_answers_what_failed_or_ran_out_of_time(
    status: WaveStatus, policy: FailurePolicy, continued: bool
) -> None:
    wave = WaveSummary(wave_number=0, wave_name="web", failure_policy=policy, continued=continued)
    went_wrong = status in {WaveStatus.FAILED, WaveStatus.TIMEOUT}

    assert stops_the_plan(status, policy) == (went_wrong and policy is FailurePolicy.STOP)
    assert waits_at_failure_gate(status, wave) == (went_wrong and policy is FailurePolicy.PAUSE and not continued)


def test_a_server_that_failed_may_launch_late_and_the_reverse_never() -> None:
    check_move(LAUNCH_STATUS_MOVES, LaunchStatus.FAILED, LaunchStatus.LAUNCHED)

    with pytest.raises(IllegalMoveError, match="LAUNCHED may not become FAILED"):
        check_move(LAUNCH_STATUS_MOVES, LaunchStatus.LAUNCHED, LaunchStatus.FAILED)


@pytest.mark.parametrize("given_up", [LaunchState.LOST, LaunchState.REFUSED])
def test_a_late_success_is_recorded_whatever_was_concluded(given_up: LaunchState) -> None:
    check_move(LAUNCH_STATE_MOVES, given_up, LaunchState.STARTED)


def test_an_illegal_move_names_the_noun_and_both_states() -> None:
    with pytest.raises(IllegalMoveError, match="ExecutionStatus COMPLETED may not become RUNNING"):
        check_move(EXECUTION_MOVES, ExecutionStatus.COMPLETED, ExecutionStatus.RUNNING)
