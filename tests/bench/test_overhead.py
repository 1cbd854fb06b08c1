"""The promised overhead: at most 3 s per wave beyond what DRS and EC2 need; see `tests.bench.lags` for its measure.

On the virtual clock functions and calls take no time and a change of state takes up to 0.1 s, so what is left is what
the schedule of looks costs. At speed 1 real processes and real requests come on top, and nothing is promised.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import product
from pathlib import Path
from statistics import mean
from typing import Any, Final

import pytest

from local.drs_door import simulated_drs
from local.drs_simulator import Quirks, Settings, Timings
from local.system import Blueprint, LocalSystem
from shared.models.execution import TERMINAL_STATUSES
from tests.bench.areas import Area, Line, at_most, exactly
from tests.bench.findings import Findings
from tests.bench.lags import Lags, lags, when_checked, when_ended
from tests.e2e.accounts import DATABASE, DEPLOYED, register_accounts
from tests.e2e.hub import Hub, Part, Wave
from tests.e2e.simulated import Simulated
from tests.support.oracle import ExpectedWave
from tests.support.world import DATABASE_ACCOUNT, REGION, WEB_ACCOUNT, World, wave

LINE: Final = ((), (0,), (1,))
DIAMOND: Final = ((), (0,), (0,), (1, 2))
"""For each wave, those that it depends on."""

ACCOUNTS: Final = ((DATABASE_ACCOUNT,), (DATABASE_ACCOUNT, WEB_ACCOUNT))
"""Where the servers of every wave are."""

SERVERS: Final = 3
"""In each account of a wave: each has a pace of its own, so that they are launched at different moments."""

SEEDS: Final = range(4)

JOBS_OF_TEN_SECONDS: Final = Settings(
    timings=Timings(pending=1, snapshot=2, conversion=4, launch=2, finish=1, jitter=0.0, event_lead=1),
    quirks=Quirks(event_loss=0),
)
FIRST: Final = "to the first job, most"
MEAN: Final = "after a wave, mean"
MOST: Final = "after a wave, most"
TOTAL: Final = "of a run, most for each of its waves in a row"
PATIENCE: Final = 90.0
"""Real seconds for an execution at speed 1: three jobs of 10 s, on a busy machine."""


@dataclass(frozen=True)
class Situation:
    """Whether DRS's events reach us, what an earlier execution has taught, and what becomes of the instances."""

    name: str
    allowed: float
    events: bool
    earlier: bool
    stopped: bool = False


CHECKED: Final = (
    Situation("events on, heard before", 3, events=True, earlier=True),
    Situation("events on, the first execution ever", 3, events=True, earlier=False),
    Situation("events off, known to be silent", 3, events=False, earlier=True),
    Situation("events off, the first execution ever", 3, events=False, earlier=False),
)
STOPPED: Final = (
    Situation("events on, heard before", 3, events=True, earlier=True, stopped=True),
    Situation("events on, the first execution ever", 3, events=True, earlier=False, stopped=True),
    Situation("events off, known to be silent", 61, events=False, earlier=True, stopped=True),
    Situation("events off, the first execution ever", 61, events=False, earlier=False, stopped=True),
)


def area_of(situation: Situation) -> Area:
    """What is measured of a situation, in seconds of the simulator's clock."""
    what = "the end of the jobs, servers to stay STOPPED" if situation.stopped else "the checks of EC2"
    allowed = at_most(situation.allowed)
    return Area(
        f"Overhead beyond {what}; {situation.name}",
        (
            Line(FIRST, allowed, "s"),
            Line(MEAN, None, "s"),
            Line(MOST, allowed, "s"),
            Line(TOTAL, allowed, "s"),
        ),
    )


AREAS: Final = tuple(area_of(situation) for situation in (*CHECKED, *STOPPED))
TO_FIRST_JOB: Final = "from the start request to the first job"
AFTER_JOBS: Final = tuple(f"from the end of the jobs of wave {number} to what follows" for number in range(len(LINE)))
AT_SPEED_1: Final = Area(
    "Overhead at speed 1 in real seconds, servers to stay STOPPED, events on",
    (
        Line("waves in a row", exactly(len(LINE))),
        *(Line(what, unit="s", varies=True) for what in (TO_FIRST_JOB, *AFTER_JOBS, "in all")),
    ),
)


@pytest.mark.requirement("SRS-Q02")
@pytest.mark.parametrize("situation", CHECKED, ids=lambda situation: situation.name)
def test_a_wave_whose_instances_are_checked_costs_three_seconds(situation: Situation, report: Findings) -> None:
    check(situation, report)


@pytest.mark.parametrize("situation", STOPPED, ids=lambda situation: situation.name)
def test_a_wave_whose_servers_stay_stopped_costs_three_seconds_with_events_and_a_poll_without(
    situation: Situation, report: Findings
) -> None:
    check(situation, report)


def check(situation: Situation, report: Findings) -> None:
    """Measure every plan with every seed, and hold each lag and each execution to what is allowed."""
    measured = dict(every_lag(situation))

    after = [seconds for one in measured.values() for seconds in one.after_a_wave]
    report(
        area_of(situation),
        {
            FIRST: max(one.first for one in measured.values()),
            MEAN: mean(after),
            MOST: max(after),
            TOTAL: max(one.total / one.waves_in_a_row for one in measured.values()),
        },
        why=str(measured),
    )


def every_lag(situation: Situation) -> Iterator[tuple[str, Lags]]:
    """The lags of each plan, in one account and in two, with each seed."""
    for (name, shape), accounts, seed in product((("line", LINE), ("diamond", DIAMOND)), ACCOUNTS, SEEDS):
        yield f"{name} in {len(accounts)} accounts, seed {seed}", virtual_lags(situation, shape, accounts, seed)


def virtual_lags(situation: Situation, shape: Sequence[Sequence[int]], accounts: Sequence[str], seed: int) -> Lags:
    """The lags of one execution on the virtual clock."""
    world = World(seed=seed)
    world.events_on = situation.events
    make = partial(plan, world, accounts, stopped=situation.stopped)
    if situation.earlier:
        assert world.run_until_end(world.start(make("earlier", ((),)))) == "COMPLETED"
    plan_id = make("measured", shape)

    asked = world.clock.now()
    execution_id = world.start(plan_id)
    assert world.run_until_end(execution_id) == "COMPLETED"

    ended = world.header(execution_id).ended_at
    assert ended is not None
    return lags(
        list(world.simulator_record.as_json()),
        world.expected_waves(plan_id),
        asked=asked,
        ended=ended,
        when_done=when_ended if situation.stopped else when_checked,
    )


def plan(world: World, accounts: Sequence[str], name: str, shape: Sequence[Sequence[int]], *, stopped: bool) -> str:
    """A plan of that shape, every wave in all of the accounts; answers its id."""
    waves = []
    for number, after in enumerate(shape):
        groups = []
        for account in accounts:
            servers = world.add_servers(account, SERVERS, name=f"{name}-{number}")
            if stopped:
                leave_stopped(world, account, servers)
            groups.append(world.create_group(f"{name} {number} {account}", servers, account=account))
        waves.append(wave(number, *groups, after=after))
    return world.create_plan(name, *waves)


def leave_stopped(world: World, account: str, servers: Sequence[str]) -> None:
    """Tell DRS to leave the instances of these servers stopped, as somebody in that account would."""
    drs = world.cloud.sessions.session(account, "somebody").client("drs", REGION)
    for server in servers:
        drs.update_launch_configuration(sourceServerID=server, launchDisposition="STOPPED")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """The operator of a whole system in which time passes as everywhere, with one target account."""
    blueprint = Blueprint(
        targets=[one for one in DEPLOYED if (one.account, one.region) == (DATABASE.account_id, DATABASE.region)],
        parameters={"NotificationEmail": "operator@example.com"},
    )
    drs = simulated_drs(JOBS_OF_TEN_SECONDS, seed=1)
    with LocalSystem(1.0, drs=drs, blueprint=blueprint, state_dir=tmp_path) as system:
        register_accounts(system)
        yield Hub(system, Simulated(system.drs_endpoint))


def test_at_speed_1_the_overhead_of_every_wave_is_shown_in_real_seconds(hub: Hub, report: Findings) -> None:
    finish(hub, hub.start(Wave([Part(DATABASE, protect_stopped(hub, "earlier"))])))
    servers = [protect_stopped(hub, f"wave-{number}") for number in range(len(LINE))]
    plan_id = hub.plan(*(Wave([Part(DATABASE, members)]) for members in servers))

    asked = hub.system.clock.now()
    execution_id = str(hub.ask("start_execution", planId=plan_id, executionType="DRILL")["executionId"])
    execution = finish(hub, execution_id)
    assert execution["status"] == "COMPLETED", execution["statusReason"]

    waves = {
        number: ExpectedWave(frozenset(members), frozenset(after))
        for number, (members, after) in enumerate(zip(servers, LINE, strict=True))
    }
    found = lags(
        hub.drs.record(),
        waves,
        asked=asked,
        ended=datetime.fromisoformat(execution["endedAt"]),
        when_done=when_ended,
    )
    report(
        AT_SPEED_1,
        {
            "waves in a row": found.waves_in_a_row,
            TO_FIRST_JOB: found.first,
            **dict(zip(AFTER_JOBS, found.after_a_wave, strict=True)),
            "in all": found.total,
        },
    )


def protect_stopped(hub: Hub, name: str) -> list[str]:
    """Two servers whose instances are to stay stopped: the engine gives EC2 121 s for the checks of all others."""
    servers = hub.drs.protect(DATABASE, f"{name}-1", f"{name}-2")
    drs = hub.system.client("drs", DATABASE.account_id, DATABASE.region)
    for server in servers:
        drs.update_launch_configuration(sourceServerID=server, launchDisposition="STOPPED")
    return servers


def finish(hub: Hub, execution_id: str) -> dict[str, Any]:
    """The execution once it has ended; AssertionError if that takes too long."""
    return hub.until(execution_id, lambda seen: seen["status"] in TERMINAL_STATUSES, "it should end", PATIENCE)
