"""A decision's work grows with what there is to decide, never with its square."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest

from shared.models.recovery_plan import FailurePolicy
from shared.models.request import RequestKind
from shared.models.targets import Target
from tests.support.planned_wave import PlannedWave
from tests.support.stage import REGION, Stage, server_key, stage
from tests.support.stage_stories import at_gate, finish_running
from tests.support.work import calls_made_by

TARGETS: Final = tuple(Target(account_id=str(111122223333 + number), region=REGION) for number in range(4))
SERVERS: Final = 8
TIMES: Final = 4
MORE: Final = 1.25
"""Four times as many waves are at most five times as much work: some of it is done again for each answer."""


def estate(waves: int) -> Stage:
    """So many waves of eight servers in one of four accounts, all of which may run once the first has."""
    return stage(
        *(
            PlannedWave(
                tuple(server_key(number * SERVERS + each, TARGETS[number % len(TARGETS)]) for each in range(SERVERS)),
                depends_on=(0,) if number else (),
                policy=FailurePolicy.PAUSE,
            )
            for number in range(waves)
        )
    )


def first_wave_ended(made: Stage) -> None:
    """All others may begin."""
    made.settle()
    finish_running(made)


def all_run(made: Stage) -> None:
    """The job of every other wave runs."""
    first_wave_ended(made)
    made.settle()
    made.settle()
    assert len(made.running_jobs()) == len(made.waves) - 1


def all_jobs_ended(made: Stage) -> None:
    """Every job has ended, every instance is to be judged."""
    all_run(made)
    finish(made)


def all_jobs_failed(made: Stage) -> None:
    """Every job has ended, and a server of each has failed."""
    all_run(made)
    finish(made, failed=1)


def all_gates_open(made: Stage) -> None:
    """Every wave has failed and waits for somebody."""
    all_jobs_failed(made)
    made.settle(5)
    assert len(made.gates) == len(made.waves) - 1


def cancelled_early(made: Stage) -> None:
    """Somebody cancels while all but the first wave are still to come."""
    made.settle()
    made.ask(RequestKind.CANCEL)


def cancelled(made: Stage) -> None:
    """Somebody cancels while everything runs."""
    all_run(made)
    made.ask(RequestKind.CANCEL)


def all_retried(made: Stage) -> None:
    """Somebody retries every wave; each server that failed is looked for before it is launched again."""
    all_gates_open(made)
    for number in range(1, len(made.waves)):
        at_gate(made, RequestKind.RETRY, made.gates[(str(number), 1)])


def finish(made: Stage, failed: int = 0) -> None:
    """Let all jobs end."""
    made.now += timedelta(seconds=1)
    for job in made.running_jobs():
        target, one = made.jobs[job]
        lost = [participant.source_server_id for participant in one.participants[:failed]]
        made.finish_job(job, failed=[server_key(int(server[2:]), target) for server in lost])


@pytest.mark.parametrize(
    "tell",
    [
        first_wave_ended,
        all_run,
        all_jobs_ended,
        all_jobs_failed,
        all_gates_open,
        cancelled_early,
        cancelled,
        all_retried,
    ],
)
def test_four_times_the_waves_are_about_four_times_the_work(tell: Callable[[Stage], None]) -> None:
    few, many = estate(25), estate(25 * TIMES)
    for made in (few, many):
        tell(made)
        made.now += timedelta(seconds=30)

    little, much = calls_made_by(few.decision), calls_made_by(many.decision)

    assert much <= MORE * TIMES * little, f"{little:,} calls for 25 waves, {much:,} for {25 * TIMES}"
