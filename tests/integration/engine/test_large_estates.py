"""What must hold at any size: small items, one call for each page of jobs, and a step that writes what changed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import ceil
from typing import Final

import pytest

from local.drs_simulator import PageSizes
from shared.engine.progress import LOGS_READ
from tests.support.world import HOUR, World, wave
from tests.support.world.cloud import CERTAIN
from tests.support.world.estate import SHAPES, Shape, estate_of
from tests.support.world.steps_seen import HEADER, QUOTA, StepsSeen

SERVERS: Final = 400
WAVES: Final = 5
SIDE_BY_SIDE: Final = 7
PAGE: Final = 2
"""So short a page shows with few jobs what a page of 200 shows with thousands."""


@cache
def executed(shape: Shape) -> tuple[World, str, StepsSeen]:
    """A wave behind a gate among five, of 80 to 140 servers each, in four accounts, to its end."""
    world = World()
    plan_id = estate_of(world, SERVERS, shape=shape, waves=WAVES, pauses=[1])
    seen = StepsSeen(world)
    execution_id = world.start(plan_id)
    seen.measure_everything()
    assert world.approve_by_mail(world.run_until_mail("pause"))
    assert world.run_until_end(execution_id, limit=24 * HOUR) == "COMPLETED"
    seen.measure_everything()
    return world, execution_id, seen


@pytest.mark.parametrize("shape", SHAPES)
def test_every_server_is_launched_once_in_jobs_of_at_most_a_hundred(shape: Shape) -> None:
    world, execution_id, _ = executed(shape)

    jobs = [len(job.servers) for job in world.oracle.jobs_of(execution_id)]
    assert sum(jobs) == SERVERS
    assert max(jobs) == 100
    world.oracle.check()


@pytest.mark.requirement("SRS-Q03")
@pytest.mark.parametrize("shape", SHAPES)
def test_payload_and_items_stay_small(shape: Shape) -> None:
    world, _, seen = executed(shape)

    largest = seen.largest.copy()
    assert world.runs.largest_input < 1024
    assert {"HEADER", "WAVE", "SERVER", "LAUNCH", "EVENT", "GATE", "INBOX", "quota", "lock"} <= set(largest)
    assert largest.pop(HEADER) < 100 * 1024
    assert largest.pop(QUOTA) < 16 * 1024
    assert {kind: size for kind, size in largest.items() if size >= 4096} == {}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_step_writes_only_what_changed_and_a_poll_that_finds_nothing_only_the_header(shape: Shape) -> None:
    _, _, seen = executed(shape)

    quiet = [step for step in seen.steps if step.is_quiet]
    assert [step.rewritten for step in seen.steps if step.rewritten] == []
    assert len(quiet) >= WAVES
    assert {step.written[HEADER] for step in quiet} == {2}, "its claim and its commit"


def test_a_poll_asks_drs_once_for_each_page_of_the_jobs_that_run() -> None:
    world = World(settings=replace(CERTAIN, page_sizes=PageSizes(most=PAGE)))
    waves = [
        wave(number, world.create_group(f"group {number}", world.add_servers(name=f"wave-{number}")), after=after)
        for number, after in enumerate([[], *([0] for _ in range(SIDE_BY_SIDE))])
    ]
    plan_id = world.create_plan("side by side", *waves)
    seen = StepsSeen(world)

    assert world.run_until_end(world.start(plan_id)) == "COMPLETED"

    polls = [step for step in seen.steps if step.is_poll and step.drs("DescribeJobs")]
    assert max(len(step.drs("DescribeJobs")) for step in polls) == ceil(SIDE_BY_SIDE / PAGE)
    assert {step.excess_pages(PAGE) for step in polls} == {0}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_quiet_poll_asks_for_jobs_and_a_few_logs_and_nothing_else(shape: Shape) -> None:
    _, _, seen = executed(shape)

    quiet = [step for step in seen.steps if step.is_quiet]
    operations = {call.operation for step in quiet for call in step.drs_calls}
    assert operations <= {"DescribeJobs", "DescribeJobLogItems"}
    assert max(step.most_logs for step in seen.steps) <= LOGS_READ
