"""An execution whose run begins too late is not what its operator asked for any more; one that was held up is."""

import pytest

from shared.engine.bounds import POLL_SECONDS
from shared.models.execution import ExecutionStatus
from tests.support.planned_wave import PlannedWave
from tests.support.stage import BOUNDS, START, server_key, stage

LATE = BOUNDS.pending.total_seconds() + 1


@pytest.mark.parametrize("says_when", [True, False], ids=["the run says when it began", "a run that does not say"])
def test_a_run_that_begins_too_late_fails_the_execution(says_when: bool) -> None:
    made = stage(PlannedWave((server_key(1),)))
    made.run_began_at = START + BOUNDS.pending * 2 if says_when else None

    made.step(LATE + BOUNDS.pending.total_seconds())

    assert made.status() is ExecutionStatus.FAILED
    assert made.header.status_reason == "the run of the state machine did not begin in time"
    assert made.jobs == {}


def test_a_run_that_began_in_time_goes_on_however_long_its_first_step_was_held_up() -> None:
    made = stage(PlannedWave((server_key(1),)))
    made.run_began_at = START

    made.step(LATE)

    assert made.status() is ExecutionStatus.RUNNING
    assert len(made.jobs) == 1


def test_a_run_that_follows_one_whose_first_step_has_launched_goes_on() -> None:
    made = stage(PlannedWave((server_key(1),)))
    pending = made.header
    made.step(1)
    made.header = pending.model_copy(update={"launch_ids": made.header.launch_ids})

    made.step(LATE + POLL_SECONDS)

    assert made.status() is ExecutionStatus.RUNNING


@pytest.mark.parametrize(("late", "status"), [(False, ExecutionStatus.RUNNING), (True, ExecutionStatus.FAILED)])
def test_a_run_in_the_place_of_one_that_ended_before_its_first_step_goes_on_if_that_one_began_in_time(
    late: bool, status: ExecutionStatus
) -> None:
    made = stage(PlannedWave((server_key(1),)))
    made.header = made.header.model_copy(update={"run_seq": 2, "begins_late": late})
    made.run_began_at = START + BOUNDS.pending * 2

    made.step(LATE + BOUNDS.pending.total_seconds())

    assert made.status() is status
    assert len(made.jobs) == (0 if late else 1)
