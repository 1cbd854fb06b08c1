"""The promised budget of one execution: three waves of two servers, one job of 605 s per wave and account, no pauses.

EC2 checks after 120 s. Apart from the start request, the reconciler and EC2. What each line counts is said in
`tests.bench.counting`. Of several seeds, which decide the order of events and their lead, the dearest is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache, reduce
from operator import or_
from typing import Final

import pytest

from local.demo.figures import job_times
from local.drs_simulator import Timings
from shared.operations import EXECUTION
from tests.bench.areas import Area, Line, at_most
from tests.bench.counting import (
    ABROAD,
    ACCOUNT_ROWS,
    DRS,
    INVOCATIONS,
    STS,
    TABLES,
    TRANSITIONS,
    clients_of,
    clients_of_wiring,
    spent,
)
from tests.bench.findings import Findings
from tests.support.world import DATABASE_ACCOUNT, WEB_ACCOUNT, World, wave
from tests.support.world.cloud import CERTAIN
from tests.support.world.functions import FORMATTER, ORCHESTRATION

JOB: Final = timedelta(seconds=605)
SETTINGS: Final = replace(
    CERTAIN,
    timings=Timings(
        pending=20, snapshot=60, conversion=395, launch=120, finish=10, jitter=0.0, status_checks=120, event_lead=10
    ),
)
SEEDS: Final = range(8)
WAVES: Final = 3
SERVERS_PER_WAVE: Final = 2

PROMISE: Final = {
    TRANSITIONS: 100,
    INVOCATIONS: 60,
    DRS: 45,
    TABLES: 200,
    STS: 4,
    **{clients_of(function): 12 for function in (ORCHESTRATION, EXECUTION, FORMATTER)},
}
WITHOUT_EVENTS: Final = {TRANSITIONS: 210, INVOCATIONS: 90}
IN_TWO_ACCOUNTS: Final = {DRS: 85}


@dataclass(frozen=True)
class Situation:
    """What is known of the accounts when the execution starts, and whether DRS's events reach us."""

    name: str
    allowed: Mapping[str, int] = field(hash=False)
    events: bool = True
    earlier: bool = True
    """Whether an execution ended there before: with events the accounts were heard, without them they are silent."""
    accounts: tuple[str, ...] = (DATABASE_ACCOUNT,)


SITUATIONS: Final = (
    Situation("events on, the account was heard before", PROMISE),
    Situation("events on, the first execution ever", PROMISE, earlier=False),
    Situation("events on, two accounts in every wave", IN_TWO_ACCOUNTS, accounts=(DATABASE_ACCOUNT, WEB_ACCOUNT)),
    Situation("events off, the account is known to be silent", WITHOUT_EVENTS, events=False),
    Situation("events off, the first execution ever", WITHOUT_EVENTS, events=False, earlier=False),
)
OPERATIONS: Final = (
    "  DescribeJobLogItems",
    "  DescribeJobs",
    "  DescribeRecoveryInstances",
    "  DescribeSourceServers",
    "  StartRecovery",
)
LINES: Final = (
    TRANSITIONS,
    INVOCATIONS,
    DRS,
    *OPERATIONS,
    TABLES,
    ACCOUNT_ROWS,
    STS,
    *(clients_of(function) for function in (ORCHESTRATION, EXECUTION, FORMATTER)),
)
AREAS: Final = tuple(
    Area(
        f"An execution of three waves of two servers; {situation.name}",
        tuple(Line(what, at_most(situation.allowed[what]) if what in situation.allowed else None) for what in LINES),
    )
    for situation in SITUATIONS
)


@cache
def dearest(situation: Situation) -> Counter[str]:
    """The most that each thing cost with any of the seeds."""
    return reduce(or_, (cost(situation, seed) for seed in SEEDS))


def cost(situation: Situation, seed: int) -> Counter[str]:
    """What one execution cost from its start request's answer to its end."""
    world = World(seed=seed, settings=SETTINGS)
    world.reconcile_every = None
    world.events_on = situation.events
    if situation.earlier:
        assert world.run_until_end(world.start(plan(world, situation, "earlier", 1))) == "COMPLETED"
    plan_id = plan(world, situation, "measured", WAVES)
    begin_a_new_process(world, situation)

    before = spent(world)
    execution_id = world.start(plan_id)
    started = spent(world)
    assert world.run_until_end(execution_id) == "COMPLETED"
    cost = spent(world) - started

    check_premises(world, situation, execution_id)
    wired = clients_of_wiring()
    cost[clients_of(ORCHESTRATION)] = wired[ORCHESTRATION] + cost.pop(ABROAD)
    cost[clients_of(EXECUTION)] = wired[EXECUTION] + (started - before)[ABROAD]
    cost[clients_of(FORMATTER)] = wired[FORMATTER]
    return cost


def plan(world: World, situation: Situation, name: str, waves: int) -> str:
    """A plan of waves one after the other, each of two servers: in one account, or one in each of two."""
    each = SERVERS_PER_WAVE // len(situation.accounts)
    return world.create_plan(
        name,
        *(
            wave(
                number,
                *(
                    world.create_group(
                        f"{name} {number} {account}",
                        world.add_servers(account, each, name=f"{name}-{number}"),
                        account=account,
                    )
                    for account in situation.accounts
                ),
            )
            for number in range(waves)
        ),
    )


def begin_a_new_process(world: World, situation: Situation) -> None:
    """Forget the sessions that served earlier requests: all functions of a world share them, in AWS none do."""
    sessions = world.cloud.sessions
    for account in situation.accounts:
        sessions.drop(sessions.session(account, "drs-orchestration"))


def check_premises(world: World, situation: Situation, execution_id: str) -> None:
    """The jobs were those that the promise speaks of."""
    times = job_times(list(world.simulator_record.as_json()))
    jobs = world.oracle.jobs_of(execution_id)
    assert len(jobs) == WAVES * len(situation.accounts), "one job per wave and account"
    assert {times[job.job_id].length for job in jobs} == {JOB}


@pytest.mark.requirement("PRD-32")
@pytest.mark.parametrize(
    ("situation", "area"), list(zip(SITUATIONS, AREAS, strict=True)), ids=[situation.name for situation in SITUATIONS]
)
def test_an_execution_of_three_waves_keeps_its_budget(situation: Situation, area: Area, report: Findings) -> None:
    report(area, dearest(situation))
