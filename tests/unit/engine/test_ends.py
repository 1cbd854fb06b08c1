"""Every execution ends, and an optional server fails no wave, whatever the clock says."""

from __future__ import annotations

import pytest

from shared.engine.texts import LONGEST_REASON
from shared.models.gate import GateKind
from shared.models.launch import LaunchState
from shared.models.request import RequestKind
from shared.models.wave_record import WaveStatus
from tests.support.stage import TARGET, stage
from tests.support.stage_stories import ONE, at_gate, finish_running, launched, open_gate, wave_of

HOUR = 3600
DRAIN_HOURS = 6
"""drainMinutes is 360 (engine.md, section 5)."""


def test_after_an_expired_gate_a_wave_in_an_account_that_does_not_answer_ends_within_its_deadline() -> None:
    made = stage(wave_of(1, deadline_minutes=60), wave_of(2, pause=True), wave_of(3, depends_on=(0,)))
    made.settle()
    (job,) = made.running_jobs()
    made.finish_job(job, without_instance=[ONE])
    made.add_instance(ONE, job, checks="initializing")
    made.settle()
    assert made.wave(0) is WaveStatus.VALIDATING
    made.unreachable[TARGET] = "the role is gone"

    at_gate(made, RequestKind.EXPIRED, open_gate(made, GateKind.APPROVAL))
    made.settle()
    for _ in range(DRAIN_HOURS + 2):
        made.step(HOUR)

    assert made.header.is_terminal


def test_an_optional_server_that_is_late_does_not_time_its_wave_out() -> None:
    made, job = launched(wave_of(1, 2, optional=(ONE,), deadline_minutes=10))
    made.finish_job(job, without_instance=[ONE])
    made.add_instance(ONE, job, checks="initializing")
    made.settle()

    made.step(600)
    made.settle()

    assert made.wave(0) is WaveStatus.COMPLETED


def test_that_all_completed_is_said_of_several_waves_only() -> None:
    reasons = []
    for waves in ([wave_of(1)], [wave_of(1), wave_of(2)]):
        made = stage(*waves)
        while not made.header.is_terminal:
            finish_running(made)
            made.step(HOUR / 60)
        reasons.append(made.header.status_reason)

    assert reasons == ["its only wave completed", "all 2 waves completed"]


@pytest.mark.parametrize("cancelled_by", ["", "y" * 400], ids=["completed", "cancelled with many words"])
def test_however_much_is_left_the_reason_says_first_why_it_ended(cancelled_by: str) -> None:
    made, job = launched(wave_of(1))
    if cancelled_by:
        made.ask(RequestKind.CANCEL, requested_by=cancelled_by)
    [launch] = made.launches.values()
    for number in range(8):
        jobs = tuple(f"drsjob-{number}{place}000000000000000" for place in range(2))
        known = {"abandoned_at": made.now, "suspects": jobs} if number < 4 else {"unread": jobs}
        other = launch.model_copy(
            update={
                "launch_id": f"{launch.launch_id}-{number}",
                "state": LaunchState.OPEN if number < 4 else LaunchState.LOST,
                "job_id": None,
                **known,
            }
        )
        made.launches[other.launch_id] = other
    made.finish_job(job)
    for _ in range(8):
        made.step(HOUR / 60)

    reason = made.header.status_reason
    assert made.header.is_terminal
    assert reason.startswith(
        "cancelled by yyy" if cancelled_by else "its only wave completed; abandoned while they ran"
    )
    assert "; abandoned while they ran, or may have: perhaps job drsjob-00000000000000000 or" in reason
    assert len(reason) <= LONGEST_REASON
