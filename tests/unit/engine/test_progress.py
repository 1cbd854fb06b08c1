"""One number for the execution and one for each wave: by the phases of DRS, never falling, 100 only at the end."""

from collections.abc import Sequence

import pytest

from shared.engine.bounds import POLL_SECONDS
from shared.engine.progress import ALMOST, CONVERSION, DONE, HEALTH, LAUNCH, LOGS_READ, SNAPSHOT
from shared.models.drs import JobLogEntry
from shared.models.execution import ExecutionStatus
from shared.models.launch_events import Hearing
from shared.models.recovery_plan import FailurePolicy
from shared.models.request import RequestKind
from shared.models.wave_record import WaveStatus
from tests.support.planned_wave import PlannedWave
from tests.support.stage import START, TARGET, Stage, server_key, stage
from tests.support.stage_stories import ONE, TWO, at_gate, failed, finish_running, launched, open_gate, wave_of


def log(made: Stage, job: str, *lines: tuple[str, int]) -> None:
    """What the job's log says by now."""
    made.logs[job] = tuple(
        JobLogEntry(time=made.now, event=event, source_server_id=server_key(number).source_server_id)
        for event, number in lines
    )


def progress(made: Stage) -> tuple[int, list[int]]:
    """Of the execution, and of its waves."""
    return made.header.progress, [made.waves[number].record.progress for number in sorted(made.waves)]


def test_the_phases_make_a_whole() -> None:
    assert SNAPSHOT + CONVERSION + LAUNCH + HEALTH == DONE == 100


@pytest.mark.requirement("SRS-E11")
def test_a_wave_is_as_far_as_its_servers_are_by_the_log_of_their_job() -> None:
    made, job = launched(wave_of(1, 2), wave_of(3, 4))
    assert progress(made) == (0, [0, 0])

    log(made, job, ("SNAPSHOT_END", 1))
    made.step(POLL_SECONDS)
    assert progress(made) == (2, [5, 0])

    log(made, job, ("SNAPSHOT_END", 1), ("SNAPSHOT_END", 2), ("CONVERSION_END", 1))
    made.step(POLL_SECONDS)
    assert progress(made) == (17, [35, 0])

    log(made, job, ("LAUNCH_START", 1), ("LAUNCH_START", 2))
    made.step(POLL_SECONDS)
    assert progress(made) == (30, [60, 0])


def test_launched_servers_wait_for_their_checks_and_then_the_wave_is_done() -> None:
    made, job = launched(wave_of(1, 2), wave_of(3, 4))
    made.finish_job(job, without_instance=[ONE])
    made.add_instance(ONE, job, checks="initializing")

    made.settle()
    assert progress(made) == (45, [90, 0])

    for instance, health in made.health.items():
        made.health[instance] = health.model_copy(update={"system_status": "ok", "instance_status": "ok"})
    made.step(130)
    assert progress(made) == (50, [100, 0])


def test_the_execution_is_done_when_it_has_ended_and_not_before() -> None:
    made, job = launched(wave_of(1, 2))
    made.finish_job(job)
    made.step(1)

    assert made.status() is ExecutionStatus.COMPLETED
    assert progress(made) == (100, [100])


@pytest.mark.requirement("SRS-E11")
def test_a_failed_wave_that_may_be_retried_is_not_done_and_a_retry_takes_nothing_back() -> None:
    made = failed(wave_of(1, 2), wave_of(3))
    assert progress(made) == (66, [ALMOST, 0])

    at_gate(made, RequestKind.RETRY, open_gate(made))
    made.settle()
    assert made.wave(0) is WaveStatus.LAUNCHING
    assert progress(made) == (66, [ALMOST, 0])

    finish_running(made)
    finish_running(made)
    assert progress(made) == (100, [100, 100])


def test_what_will_never_start_is_done() -> None:
    made = failed(wave_of(1, 2, policy=FailurePolicy.STOP), wave_of(3))

    assert made.status() is ExecutionStatus.PARTIAL
    assert made.header.progress == 100
    assert made.waves[1].record.progress == 100


def test_a_log_that_cannot_be_read_leaves_the_progress_where_it_was() -> None:
    made, job = launched(wave_of(1, 2))
    log(made, job, ("CONVERSION_END", 1), ("CONVERSION_END", 2))
    made.step(POLL_SECONDS)
    assert progress(made) == (60, [60])

    made.logs.clear()
    made.step(POLL_SECONDS)

    assert progress(made) == (60, [60])


@pytest.mark.parametrize(
    "waves",
    [
        pytest.param([wave_of(*range(1, 801))], id="one wave of eight jobs"),
        pytest.param(
            [wave_of(n + 1, depends_on=() if n < 8 else (0,)) for n in range(9)], id="eight waves of one job each"
        ),
    ],
)
def test_of_many_jobs_in_an_account_only_some_logs_are_read_in_one_step(waves: Sequence[PlannedWave]) -> None:
    made = stage(*waves)
    made.hearings = {TARGET: Hearing(target=TARGET, silent_at=START)}
    made.settle()
    assert len(made.running_jobs()) == 8
    made.asked.clear()

    made.step(POLL_SECONDS)

    assert sum(len(asked.job_logs.get(TARGET, ())) for asked in made.asked) == LOGS_READ


def test_just_before_the_end_of_a_job_its_log_is_left_alone() -> None:
    made, _ = launched(wave_of(1, 2))
    made.last_event_at = made.now
    made.asked.clear()

    made.step(2)

    assert not any(asked.job_logs for asked in made.asked)
    assert made.server(TWO).wave_number == 0
