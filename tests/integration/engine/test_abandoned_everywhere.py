"""Whatever dies or stands still while jobs are abandoned and let go: none of their servers is free while DRS works."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.models.targets import ServerKey
from shared.stores.lock_holders import LockHolders
from tests.support.world import HOUR, Refused, World, wave
from tests.support.world.rest import QUICK, check_at_rest
from tests.support.world.sweep import TROUBLES, Mishap

Arrange = Callable[[World], None]
MINUTE: Final = 60.0


def nothing(_world: World) -> None:
    """All goes well."""


def watch_locks(world: World) -> None:
    """After everything that happens, every server of a running job of ours must be held by somebody who may."""
    holders = LockHolders(world.history, world.clock)

    def look() -> None:
        running = [job for job in world.oracle.jobs if job.ended is None]
        servers = [
            ServerKey(account_id=job.account, region=job.region, source_server_id=server)
            for job in running
            for server in job.servers
        ]
        held = holders.holders(servers)
        free = [str(server) for server in servers if server not in held]
        assert not free, f"free while a job works on it, at {world.clock.now()}: {free}"

    world.agenda.after_step = look


def tell_stuck(
    world: World, arrange: Arrange = nothing, *, terminate: bool = False, hangs_for: float = 15 * MINUTE
) -> str:
    """Two jobs, of which one hangs beyond deadline and drain; the other's server is well. Answers the execution."""
    hangs, ends = world.add_servers(count=2, name="hangs"), world.add_servers(name="ends")
    slow: dict[str, Any] = {"deadlineMinutes": 4, "drainMinutes": 2, "failurePolicy": "CONTINUE"}
    first, second = world.create_group("hangs", hangs), world.create_group("ends", ends)
    plan_id = world.create_plan("plan", wave(0, first, **slow), wave(1, second, after=[], **slow))
    other = world.create_plan("other", wave(0, first))
    world.fault("stuckJob", seconds=hangs_for, servers=hangs)
    watch_locks(world)
    arrange(world)
    execution_id = world.start(plan_id)

    status = world.run_until_end(execution_id, limit=2 * HOUR)
    assert status in ("PARTIAL", "FAILED"), status
    running = {job.job_id for job in world.oracle.jobs_of(execution_id) if job.ended is None}
    shown = world.execution(execution_id)["abandonedJobs"]
    assert {job.get("jobId") for job in shown if "endedAt" not in job} >= running
    given_up = [job.get("jobId") for job in shown]
    told = [event["details"]["jobId"] for event in world.events(execution_id) if event["type"] == "LAUNCH_ABANDONED"]
    assert sorted(told) == sorted(given_up)
    for server in world.execution(execution_id)["servers"]["items"]:
        assert server["launchStatus"] == ("FAILED" if server["jobId"] in given_up else "LAUNCHED"), server
    if running:
        with pytest.raises(Refused):
            world.start(other)
    if terminate:
        world.terminate(execution_id)
        world.run_until_terminated(execution_id, limit=4 * HOUR)
        world.oracle.check_gone(execution_id)
    world.advance(HOUR)
    assert all("endedAt" in job for job in world.execution(execution_id)["abandonedJobs"])
    assert world.status(execution_id) == status, "what has ended never changes its status"
    check_at_rest(world, execution_id)
    jobs = Counter(server for job in world.oracle.jobs_of(execution_id) for server in job.servers)
    assert set(jobs.values()) == {1}, f"launched {dict(jobs)}"
    return execution_id


@pytest.mark.parametrize("terminate", [False, True])
def test_no_server_is_free_while_an_abandoned_job_works_on_it(terminate: bool) -> None:
    world = World(settings=QUICK)

    execution_id = tell_stuck(world, terminate=terminate)

    assert world.simulator.faults_met == {"stuckJob": 1}
    assert len(world.execution(execution_id)["abandonedJobs"]) == 1
    assert world.status(execution_id) == "PARTIAL"


def at(seconds: float, *mishaps: Mishap) -> Arrange:
    """The mishaps count their calls from then on, the second from a second later on."""

    def arrange(world: World) -> None:
        for position, mishap in enumerate(mishaps):
            world.agenda.after(seconds + position, partial(from_now_on, world, mishap), background=True)

    return arrange


def from_now_on(world: World, mishap: Mishap) -> None:
    """The mishap counts its calls from now on."""
    world.orchestration.forget()
    mishap.arrange(world)


SAMPLE: Final = [
    *(Mishap("history.transact", nth, trouble) for nth in range(1, 7) for trouble in TROUBLES),
    *(Mishap("history.update", nth, TROUBLES[nth % 4]) for nth in range(1, 13)),
    *(Mishap("history.put", nth, TROUBLES[nth % 4]) for nth in range(1, 5)),
    *(Mishap("history.batch_get", nth, TROUBLES[nth % 4]) for nth in range(1, 9)),
    *(Mishap("drs.jobs", nth, TROUBLES[nth % 4]) for nth in range(1, 5)),
    *(Mishap("functions.invoke_later", 1, trouble) for trouble in TROUBLES),
]


@pytest.mark.sweep
@pytest.mark.parametrize("mishap", SAMPLE, ids=str)
def test_it_ends_the_same_when_from_the_end_of_the_drain_on_the_function(mishap: Mishap) -> None:
    tell_stuck(World(settings=QUICK), at(5.5 * MINUTE, mishap))


@pytest.mark.sweep
@pytest.mark.parametrize("hangs_for", range(343, 349))
@pytest.mark.parametrize("nth", range(1, 4))
def test_a_job_that_ends_while_the_step_that_abandons_it_dies_has_one_verdict(nth: int, hangs_for: int) -> None:
    dies = Mishap("history.transact", nth, "dies after")

    tell_stuck(World(settings=QUICK), at(7.5 * MINUTE, dies), hangs_for=hangs_for)


LATER: Final = [
    *(Mishap("history.transact", nth, trouble) for nth in range(1, 4) for trouble in TROUBLES),
    *(Mishap("history.put", 1, trouble) for trouble in TROUBLES),
    *(Mishap("history.update", 1, trouble) for trouble in TROUBLES),
]


@pytest.mark.sweep
@pytest.mark.parametrize("terminate", [False, True])
@pytest.mark.parametrize("mishap", LATER, ids=str)
def test_it_ends_the_same_when_at_the_end_of_the_job_the_function(mishap: Mishap, terminate: bool) -> None:
    tell_stuck(World(settings=QUICK), at(16.5 * MINUTE, mishap), terminate=terminate)


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    several=st.lists(st.sampled_from([*SAMPLE, *LATER]), min_size=1, max_size=3),
    after=st.floats(300, 1100),
    terminate=st.booleans(),
)
def test_it_ends_the_same_when_several_things_go_wrong(
    seed: int, several: list[Mishap], after: float, terminate: bool
) -> None:
    tell_stuck(World(seed=seed, settings=QUICK, stale_indexes=True), at(after, *several), terminate=terminate)
