"""4,000 servers in 50 waves over 4 accounts, in a row and as a graph: sizes, calls, writes, and the CPU of a step.

CPU differs from machine to machine and with whatever else runs there, so only its ratio is held to a limit; a loop that
works the same everywhere says how fast the machine was.
"""

from __future__ import annotations

from functools import cache
from statistics import mean
from time import process_time
from typing import Final

import pytest

from shared.engine.progress import LOGS_READ
from tests.bench.areas import Area, Line, at_most, below, exactly
from tests.bench.findings import Findings
from tests.support.world import HOUR, World
from tests.support.world.cloud import CERTAIN
from tests.support.world.estate import COLUMNS, FOUR_ACCOUNTS, SHAPES, WAVES, Shape, estate_of
from tests.support.world.steps_seen import HEADER, QUOTA, StepsSeen

SERVERS: Final = 4000
TENTH: Final = 10
KILOBYTE: Final = 1024
PAGE: Final = CERTAIN.page_sizes.most
LIMITS: Final = {HEADER: 100 * KILOBYTE, QUOTA: 16 * KILOBYTE}
KINDS: Final = (
    "HEADER",
    "WAVE",
    "SERVER",
    "LAUNCH",
    "EVENT",
    "GATE",
    "INBOX",
    "REPORT",
    "REQUEST",
    "MEMBERS",
    "MAIL",
    "lock",
    "events",
    QUOTA,
)


def area_of(shape: Shape) -> Area:
    """What is measured of a plan of that shape."""
    side_by_side = 1 if shape == "in a row" else COLUMNS
    return Area(
        f"4,000 servers in 50 waves {shape}, over 4 accounts",
        (
            Line("servers launched", exactly(SERVERS)),
            Line("servers in the largest job", exactly(100)),
            Line("largest state payload", below(KILOBYTE), "bytes"),
            *(Line(f"largest {kind}", below(LIMITS.get(kind, 4 * KILOBYTE)), "bytes") for kind in KINDS),
            Line("history events of its longest run", at_most(15_000)),
            Line("steps"),
            Line("steps that wrote the header only"),
            Line("header writes of such a step, most", exactly(2)),
            Line("DynamoDB calls of such a step, most", at_most(5 + side_by_side)),
            Line("DynamoDB calls of any step, most"),
            Line("items written by a step, most"),
            Line("items written as they were stored", exactly(0)),
            Line("DescribeJobs of a poll, most", at_most(len(FOUR_ACCOUNTS))),
            Line("DescribeJobs beyond one for each page of jobs", exactly(0)),
            Line("logs read by a step in an account, most", at_most(LOGS_READ)),
        ),
    )


AREAS: Final = {shape: area_of(shape) for shape in SHAPES}
SIZES: Final = tuple(AREAS.values())
CALIBRATION: Final = "calibration loop"
RATIO: Final = "a step at 4,000 servers, for each ten at 400"
CPU: Final = Area(
    "CPU of a step, 4,000 servers in 50 waves and 400 in 5",
    (
        Line(CALIBRATION, None, "ms", varies=True),
        *(
            line
            for shape in SHAPES
            for line in (
                Line(f"{shape}: a step at 400 servers", None, "ms", varies=True),
                Line(f"{shape}: a step at 4,000 servers", None, "ms", varies=True),
                Line(f"{shape}: a step at 4,000 servers, in calibration loops", None, "×", varies=True),
                Line(f"{shape}: {RATIO}", at_most(4), "×", varies=True),
            )
        ),
    ),
)


@cache
def executed(shape: Shape, servers: int, waves: int) -> tuple[World, str, StepsSeen]:
    """An execution to its end, with one gate that is approved by mail."""
    world = World()
    plan_id = estate_of(world, servers, shape=shape, waves=waves, pauses=[waves // 2])
    seen = StepsSeen(world)
    execution_id = world.start(plan_id)
    seen.measure_everything()
    assert world.approve_by_mail(world.run_until_mail("pause"))
    assert world.run_until_end(execution_id, limit=48 * HOUR) == "COMPLETED"
    seen.measure_everything()
    world.oracle.check()
    return world, execution_id, seen


@pytest.mark.requirement("SRS-Q03")
@pytest.mark.parametrize("shape", SHAPES)
def test_an_execution_of_4000_servers_stays_small(shape: Shape, report: Findings) -> None:
    world, execution_id, seen = executed(shape, SERVERS, WAVES)
    jobs = [len(job.servers) for job in world.oracle.jobs_of(execution_id)]
    quiet = [step for step in seen.steps if step.is_quiet]
    polls = [step for step in seen.steps if step.is_poll and step.drs("DescribeJobs")]

    assert set(seen.largest) == set(KINDS)
    report(
        AREAS[shape],
        {
            "servers launched": sum(jobs),
            "servers in the largest job": max(jobs),
            "largest state payload": world.runs.largest_input,
            **{f"largest {kind}": size for kind, size in seen.largest.items()},
            "history events of its longest run": max(len(run.history) for run in world.runs.runs),
            "steps": len(seen.steps),
            "steps that wrote the header only": len(quiet),
            "header writes of such a step, most": max(step.written[HEADER] for step in quiet),
            "DynamoDB calls of such a step, most": max(step.table_calls.total() for step in quiet),
            "DynamoDB calls of any step, most": max(step.table_calls.total() for step in seen.steps),
            "items written by a step, most": max(step.written.total() for step in seen.steps),
            "items written as they were stored": sum(len(step.rewritten) for step in seen.steps),
            "DescribeJobs of a poll, most": max(len(step.drs("DescribeJobs")) for step in polls),
            "DescribeJobs beyond one for each page of jobs": sum(step.excess_pages(PAGE) for step in polls),
            "logs read by a step in an account, most": max(step.most_logs for step in seen.steps),
        },
    )


def test_the_cpu_of_a_step_grows_no_faster_than_the_servers(report: Findings) -> None:
    loop = calibration()
    figures = {CALIBRATION: loop}
    for shape in SHAPES:
        small, large = (
            mean(step.cpu for step in executed(shape, SERVERS // part, WAVES // part)[2].steps) * 1000
            for part in (TENTH, 1)
        )
        figures |= {
            f"{shape}: a step at 400 servers": small,
            f"{shape}: a step at 4,000 servers": large,
            f"{shape}: a step at 4,000 servers, in calibration loops": large / loop,
            f"{shape}: {RATIO}": large / (TENTH * small),
        }

    report(CPU, figures)


def calibration() -> float:
    """Milliseconds of CPU for a loop of what steps do most: dictionaries, texts, comparisons; the best of five."""
    return min(_loop() for _ in range(5)) * 1000


def _loop() -> float:
    began = process_time()
    found = 0
    for number in range(20_000):
        item = {"key": f"s-{number:017d}", "status": "LAUNCHED", "attempt": number % 3}
        found += item == {**item, "attempt": 1}
    assert found > 0
    return process_time() - began
