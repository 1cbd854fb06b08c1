"""Launches that were refused for now: the call may have been sent twice, and then the refusal was the second's."""

from typing import Any

from shared.engine.effects import StartLaunch
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.request import RequestKind
from shared.models.server_record import LaunchStatus
from shared.models.wave_record import WaveStatus
from tests.support.stage import TARGET, Stage, stage
from tests.support.stage_stories import ONE, at_gate, open_gate, wave_of


def refused(**more: Any) -> tuple[Stage, LaunchRecord]:
    """A wave of one server whose only call was refused for now."""
    made = stage(wave_of(1, **more))
    made.refuse[TARGET] = LaunchState.REFUSED
    made.step()
    [launch] = made.launches.values()
    return made, launch


def calls(made: Stage) -> int:
    """How many calls of StartRecovery were asked for."""
    return sum(isinstance(effect, StartLaunch) for effect in made.effects)


def test_what_a_late_job_launched_of_a_server_that_the_deadline_let_go_is_found_by_a_retry() -> None:
    made, launch = refused(deadline_minutes=10)
    made.unreachable[TARGET] = "no answer"
    made.step(601)
    made.step(86_400)
    assert (made.wave(0), made.server(ONE).launch) == (WaveStatus.TIMEOUT, LaunchStatus.SKIPPED)
    made.unreachable.clear()
    made.refuse.clear()
    job = made.add_job(launch).job_id
    made.launches[launch.launch_id] = launch.model_copy(update={"state": LaunchState.DONE, "job_id": job})
    made.finish_job(job)

    at_gate(made, RequestKind.RETRY, open_gate(made))
    made.settle()

    assert calls(made) == 1
    assert (made.server(ONE).launch, made.server(ONE).job_id) == (LaunchStatus.LAUNCHED, job)
