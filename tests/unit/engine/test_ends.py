"""Every execution ends, and an optional server fails no wave, whatever the clock says."""

from __future__ import annotations

from shared.models.gate import GateKind
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
