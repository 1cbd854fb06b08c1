"""A job that may be that of a lost launch has ended, and nobody could read whose it was: what it may have replaced."""

from __future__ import annotations

import pytest

from shared.drs_utils import job_tags
from shared.models.drs import Job
from shared.models.execution import ExecutionStatus
from shared.models.launch import LaunchRecord
from shared.models.request import RequestKind
from shared.models.server_record import HealthStatus
from shared.models.wave_record import ENDED_WAVE_STATUSES, WaveStatus
from tests.support.stage import TARGET, Stage, stage
from tests.support.stage_stories import MINUTE, ONE, TWO, at_gate, finish_running, heal, open_gate, run_out, wave_of
from tests.unit.engine.test_suspected_jobs import DENIED, lost, nameless
from tests.unit.engine.test_suspected_jobs import at_a_gate as suspected_at_a_gate

GONE = "DRS does not show the instance any more"


def suspected_beside_a_healthy_one() -> tuple[Stage, LaunchRecord, Job, str]:
    """The first server is well, the second's checks have not passed, and a job of both may be ours; answers the first's
    instance too.
    """
    made = stage(wave_of(1, 2, drain_minutes=10), wave_of(3, pause=True))
    launch = lost(made)
    made.refuse.clear()
    made.settle()
    (running,) = made.running_jobs()
    made.finish_job(running, without_instance=[TWO])
    made.add_instance(TWO, running, checks="initializing")
    made.unread_tags = DENIED
    made.settle()
    made.step(130)
    made.settle()
    assert [server.health for server in made.waves[0].servers] == [HealthStatus.HEALTHY, HealthStatus.UNKNOWN]
    job = nameless(made, launch)
    made.step(30)
    assert made.launches[launch.launch_id].suspects == (job.job_id,)
    return made, launch, job, str(made.server(ONE).recovery_instance_id)


def heal_the_second(made: Stage) -> None:
    heal(made, str(made.server(TWO).recovery_instance_id))


@pytest.mark.parametrize("shows", ["its servers", "no servers"])
@pytest.mark.parametrize("terminated_at", ["before it ends", "two minutes after it"])
def test_a_healthy_server_whose_instance_drs_does_not_show_any_more_is_checked_again(
    shows: str, terminated_at: str
) -> None:
    made, _, job, instance = suspected_beside_a_healthy_one()
    made.instances[ONE] = ()
    made.finish_job(job.job_id, failed=[ONE], without_instance=[TWO])
    if shows == "no servers":
        made.jobs[job.job_id] = (TARGET, made.jobs[job.job_id][1].model_copy(update={"participants": ()}))
    heal_the_second(made)
    if terminated_at != "before it ends":
        made.step(120)
        assert made.wave(0) not in ENDED_WAVE_STATUSES
    made.health[instance] = made.health[instance].model_copy(update={"state": "terminated"})
    for _ in range(12):
        made.step(30)

    assert (made.server(ONE).health, made.server(ONE).health_reason) == (
        HealthStatus.UNHEALTHY,
        "the instance is terminated",
    )
    assert made.wave(0) is WaveStatus.FAILED
    assert any(job.job_id in event.message and GONE in event.message for event in made.events)


def test_one_that_ec2_finds_well_after_five_minutes_is_well() -> None:
    made, _, job, _ = suspected_beside_a_healthy_one()
    made.instances[ONE] = ()
    made.finish_job(job.job_id, failed=[ONE, TWO])
    heal_the_second(made)
    for _ in range(12):
        made.step(30)

    assert made.wave(0) is WaveStatus.COMPLETED
    assert sum(GONE in event.message for event in made.events) == 2


def test_one_whose_instance_drs_shows_is_not_checked_again() -> None:
    made, _, job, _ = suspected_beside_a_healthy_one()
    made.finish_job(job.job_id, failed=[ONE, TWO])
    heal_the_second(made)
    made.step(30)

    assert made.wave(0) is WaveStatus.COMPLETED
    assert not any(GONE in event.message for event in made.events)


def test_it_is_asked_about_once_after_the_grace_and_then_left_in_peace() -> None:
    made, _, job, _ = suspected_beside_a_healthy_one()
    made.finish_job(job.job_id, failed=[ONE, TWO])
    for _ in range(9):
        made.step(30)
    made.asked.clear()
    for _ in range(8):
        made.step(30)

    assert made.wave(0) not in ENDED_WAVE_STATUSES
    assert sum(ONE.source_server_id in asked.instances.get(TARGET, ()) for asked in made.asked) == 1
    assert made.server(ONE).health is HealthStatus.HEALTHY


def test_nor_is_one_that_was_launched_after_the_job_had_ended() -> None:
    made = stage(wave_of(1, 2))
    launch = lost(made)
    made.unread_tags = DENIED
    made.finish_job(nameless(made, launch).job_id, failed=[ONE, TWO])
    made.refuse.clear()
    made.settle()
    (running,) = made.running_jobs()
    made.finish_job(running, without_instance=[TWO])
    made.add_instance(TWO, running, checks="initializing")
    made.settle()
    made.step(130)
    made.instances[ONE] = ()
    made.step(30)

    assert made.server(ONE).health is HealthStatus.HEALTHY


def test_if_nobody_can_tell_what_drs_shows_ec2_is_asked() -> None:
    made, _, job, instance = suspected_beside_a_healthy_one()
    made.hidden_instances = "could not read the recovery instances"
    made.finish_job(job.job_id, failed=[ONE], without_instance=[TWO])
    made.health[instance] = made.health[instance].model_copy(update={"state": "terminated"})
    heal_the_second(made)
    made.step(30)

    assert made.server(ONE).health is HealthStatus.UNHEALTHY


def test_that_nobody_could_read_its_instance_is_not_told_as_if_drs_did_not_show_it() -> None:
    made, _, job, _ = suspected_beside_a_healthy_one()
    reason = "could not read the recovery instances"
    made.hidden_instances = reason
    made.finish_job(job.job_id, failed=[ONE, TWO])
    heal_the_second(made)
    made.step(30)

    unread = f"nobody could read whether its instance is still there: {reason}"
    assert any(job.job_id in event.message and unread in event.message for event in made.events)
    assert job.job_id in made.waves[0].record.obstacle
    assert reason in made.waves[0].record.obstacle
    assert made.wave(0) not in ENDED_WAVE_STATUSES

    made.hidden_instances = None
    made.step(30)
    assert made.wave(0) is WaveStatus.COMPLETED
    assert not any("DRS does not show" in event.message for event in made.events)


def test_a_step_that_had_no_time_to_ask_for_its_instance_concludes_nothing_from_that() -> None:
    made, _, job, _ = suspected_beside_a_healthy_one()
    made.hidden_instances = ""
    made.finish_job(job.job_id, failed=[ONE, TWO])
    heal_the_second(made)
    told = len(made.events)
    made.step(30)

    assert made.server(ONE).health is HealthStatus.HEALTHY
    assert made.wave(0) not in ENDED_WAVE_STATUSES
    assert "does not show the instance" not in made.waves[0].record.obstacle
    assert not any("does not show the instance" in event.message for event in made.events[told:])

    made.hidden_instances = None
    made.step(30)
    assert made.wave(0) is WaveStatus.COMPLETED


@pytest.mark.parametrize(
    ("minutes", "is_judged"), [(9, False), (11, True)], ids=["not before the patience", "after it"]
)
def test_where_no_step_ever_has_time_the_wave_is_judged_five_minutes_after_the_grace(
    minutes: int, is_judged: bool
) -> None:
    made, _, job, _ = suspected_beside_a_healthy_one()
    made.hidden_instances = ""
    made.finish_job(job.job_id, failed=[ONE, TWO])
    heal_the_second(made)
    for _ in range(2 * minutes):
        made.step(30)

    assert (made.wave(0) is WaveStatus.COMPLETED) == is_judged
    assert made.server(ONE).health is HealthStatus.HEALTHY


def approved(made: Stage) -> None:
    """The gate is approved, what follows goes well, and the execution ends."""
    (gate,) = [gate for gate in made.gates.values() if gate.decided_at is None]
    at_gate(made, RequestKind.APPROVE, gate)
    made.settle()
    finish_running(made)
    run_out(made)
    assert made.status() is ExecutionStatus.COMPLETED


@pytest.mark.parametrize("seen", ["while it ran", "only when it had ended"])
def test_after_the_verdict_of_its_wave_the_reason_of_the_execution_names_it(seen: str) -> None:
    made, launch, job = suspected_at_a_gate()
    if seen != "while it ran":
        made.finish_job(job.job_id)
        made.step(30)
        job = nameless(made, launch)
    made.finish_job(job.job_id)
    made.settle()
    assert job.job_id in made.launches[launch.launch_id].unread

    approved(made)

    words = "look at what was launched late, for nobody could read whether it is ours: "
    assert made.header.status_reason.startswith(f"all 2 waves completed; {words}")
    assert f"job {job.job_id} in {TARGET}" in made.header.status_reason
    told = f"Job {job.job_id} in {TARGET} has ended, and nobody could read whether it was that of a lost launch"
    assert [event.message for event in made.events].count(told) == 1


@pytest.mark.parametrize("is_ours", [True, False])
def test_not_if_its_tags_can_be_read_before_the_end(is_ours: bool) -> None:
    made, launch, job = suspected_at_a_gate()
    made.finish_job(job.job_id)
    made.settle()
    made.unread_tags = None
    ours = job_tags(launch.launch_id, launch.execution_id)
    made.job_tags[job.job_id] = ours if is_ours else {"Owner": "somebody"}
    made.step(10 * MINUTE)
    made.settle()

    approved(made)

    assert made.header.status_reason == "all 2 waves completed"


def test_a_retry_checks_a_healthy_server_again_whose_instance_it_has_taken() -> None:
    made, _, job, instance = suspected_beside_a_healthy_one()
    made.finish_job(job.job_id, failed=[ONE, TWO])
    second = str(made.server(TWO).recovery_instance_id)
    made.health[second] = made.health[second].model_copy(update={"state": "terminated"})
    made.step(30)
    made.settle()
    assert made.wave(0) is WaveStatus.FAILED

    made.instances[ONE] = ()
    made.health[instance] = made.health[instance].model_copy(update={"state": "terminated"})
    made.step(10 * MINUTE)
    at_gate(made, RequestKind.RETRY, open_gate(made))
    made.settle()

    assert made.server(ONE).health is HealthStatus.UNHEALTHY
