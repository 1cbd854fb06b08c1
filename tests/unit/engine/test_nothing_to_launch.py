"""Servers that fail when they are to be launched: their wave has its verdict at once, not at its deadline."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.models.drs import ExtensionStatus
from shared.models.execution import ExecutionStatus
from shared.models.recovery_plan import FailurePolicy
from shared.models.request import RequestKind
from shared.models.server_record import LaunchStatus
from shared.models.targets import ServerKey
from shared.models.wave_record import WaveStatus
from tests.support.stage import START, Stage, stage
from tests.support.stage_stories import ONE, TWO, at_gate, failed, launched, open_gate, open_gates, wave_of


def without_points(made: Stage, *keys: ServerKey) -> None:
    """The replication of these servers has begun anew: nothing they could be launched from is there."""
    for key in keys:
        made.sources[key] = made.sources[key].model_copy(update={"replication_state": "INITIAL_SYNC"})


def go_on(made: Stage, steps: int = 4) -> float:
    """As the engine says, for so many steps; answers the seconds they took."""
    before = made.now
    for _ in range(steps):
        decision = made.step(0)
        if made.header.is_terminal or open_gates(made):
            break
        made.now += timedelta(seconds=decision.wait_seconds)
    return (made.now - before).total_seconds()


@pytest.mark.parametrize("policy", list(FailurePolicy))
def test_a_wave_that_has_nothing_to_launch_fails_at_once(policy: FailurePolicy) -> None:
    made = stage(wave_of(1, 2, policy=policy), wave_of(3))
    without_points(made, ONE, TWO)

    made.step(0)
    assert made.server(ONE).launch is LaunchStatus.FAILED
    made.step(1)

    assert made.wave(0) is WaveStatus.FAILED
    assert (made.now - START).total_seconds() == 1


def test_the_engine_says_itself_that_it_looks_again_at_once() -> None:
    made = stage(wave_of(1, 2, policy=FailurePolicy.STOP))
    without_points(made, ONE, TWO)

    assert made.step(0).wait_seconds == 1
    go_on(made)

    assert made.status() is ExecutionStatus.FAILED


def test_a_server_without_a_snapshot_of_that_time_lets_its_wave_have_its_verdict() -> None:
    made = stage(wave_of(1, policy=FailurePolicy.STOP))
    made.header = made.header.model_copy(update={"point_in_time": START - timedelta(days=30)})

    assert go_on(made) < 10

    assert made.server(ONE).launch is LaunchStatus.FAILED
    assert made.status() is ExecutionStatus.FAILED


def test_a_server_whose_extension_cannot_be_used_is_not_launched_and_is_once_it_can() -> None:
    made = stage(wave_of(1, policy=FailurePolicy.PAUSE))
    extended = made.sources[ONE].model_copy(update={"extension_status": ExtensionStatus.EXTENDED})
    made.sources[ONE] = extended.model_copy(
        update={"extension_status": ExtensionStatus.EXTENSION_ERROR, "extension_error": "the key is not shared"}
    )

    assert go_on(made) < 10
    assert (made.server(ONE).launch, made.jobs) == (LaunchStatus.FAILED, {})
    assert "the key is not shared" in str(made.server(ONE).launch_reason)
    made.sources[ONE] = extended
    at_gate(made, RequestKind.RETRY, open_gate(made))
    made.settle()

    assert len(made.running_jobs()) == 1


def test_a_retried_server_that_has_nothing_to_launch_any_more_opens_the_gate_at_once() -> None:
    made = failed(wave_of(1, 2), bad=[1])
    without_points(made, ONE)

    at_gate(made, RequestKind.RETRY, open_gate(made))

    assert go_on(made) < 10
    assert made.wave(0) is WaveStatus.FAILED
    assert open_gates(made) == [("FAILURE", "0")]


def test_the_others_of_its_wave_are_launched_all_the_same() -> None:
    made = stage(wave_of(1, 2, policy=FailurePolicy.STOP))
    without_points(made, ONE)
    made.settle()

    [job] = made.running_jobs()
    assert made.server(ONE).launch is LaunchStatus.FAILED
    made.finish_job(job)
    made.settle()
    made.step(200)
    assert made.wave(0) is WaveStatus.FAILED
    assert made.server(TWO).launch is LaunchStatus.LAUNCHED


def test_nothing_is_looked_at_again_because_of_verdicts_that_their_waves_have_seen() -> None:
    made, job = launched(wave_of(1, 2), wave_of(3))
    made.finish_job(job, failed=[ONE, TWO])

    decision = made.step(0)

    assert made.wave(0) is WaveStatus.FAILED
    assert decision.wait_seconds > 1
