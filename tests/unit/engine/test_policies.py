"""What a failed wave does to the rest of its plan: it stops it, asks a person, or lets it go on."""

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.engine.verdicts import required_successes, verdict_of
from shared.models.drs import JobLogEntry, JobStatus, ParticipantStatus
from shared.models.execution import ExecutionStatus
from shared.models.gate import GateKind, GateStatus
from shared.models.recovery_plan import FailurePolicy
from shared.models.request import RequestKind
from shared.models.server_record import HealthStatus, LaunchStatus, ServerRecord
from shared.models.wave_record import WaveStatus
from tests.support.stage import START, Stage, server_key
from tests.support.stage_stories import (
    ONE,
    THREE,
    TWO,
    at_gate,
    failed,
    finish_running,
    launched,
    open_gate,
    open_gates,
    wave_of,
)

PAUSE, STOP, CONTINUE = FailurePolicy.PAUSE, FailurePolicy.STOP, FailurePolicy.CONTINUE


# -- the three policies ---------------------------------------------------------------------------------------------


def test_stop_lets_nothing_new_start_and_ends_the_execution() -> None:
    made = failed(wave_of(1, 2, policy=STOP), wave_of(3))

    assert (made.wave(0), made.wave(1)) == (WaveStatus.FAILED, WaveStatus.SKIPPED)
    assert made.status() is ExecutionStatus.PARTIAL
    assert made.server(THREE).launch is LaunchStatus.SKIPPED
    assert open_gates(made) == []


def test_stop_ends_as_failed_if_nothing_was_launched() -> None:
    made = failed(wave_of(1, policy=STOP), wave_of(3))

    assert made.status() is ExecutionStatus.FAILED


def test_stop_observes_a_wave_that_runs_beside_to_its_verdict() -> None:
    made = launched(wave_of(1, policy=STOP), wave_of(2, depends_on=(0,)))[0]
    beside = launched_beside()

    assert made.wave(1) is WaveStatus.PENDING
    assert beside.wave(1) is WaveStatus.LAUNCHING
    finish_running(beside)
    assert (beside.wave(0), beside.wave(1), beside.wave(2)) == (
        WaveStatus.FAILED,
        WaveStatus.COMPLETED,
        WaveStatus.SKIPPED,
    )
    assert beside.status() is ExecutionStatus.PARTIAL


def launched_beside() -> Stage:
    """Waves 0 and 1 run side by side, wave 2 follows wave 1; wave 0 fails and its policy is STOP."""
    made, *_ = [launched_two(wave_of(1, policy=STOP), wave_of(2), wave_of(3, depends_on=(1,)))]
    first = next(iter(made.jobs))
    made.finish_job(first, failed=[ONE])
    made.settle()
    return made


def launched_two(*waves: object) -> Stage:
    from tests.support.stage import stage  # noqa: PLC0415

    made = stage(*waves)  # type: ignore[arg-type]
    made.settle()
    assert len(made.running_jobs()) == 2
    return made
