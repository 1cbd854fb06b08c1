"""What must be true of a world once nothing is left to do: nobody holds, waits or runs, and all tell the same story."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from local.drs_simulator import Timings
from shared.models.gate import GateStatus
from shared.models.launch import LaunchState
from tests.support.world.cloud import CERTAIN
from tests.support.world.world import World

QUICK: Final = replace(CERTAIN, timings=Timings().scaled(0.2))
"""Jobs of two minutes: a fifth of the polls, the same story."""

JOBS_PER_SERVER: Final = "L-DD6D028C"
"""The quota behind a conflict: a server is in one job at a time."""

AFTERWARDS: Final = 200.0
"""Seconds in which the reconciler may put right what the last crash left."""


def check_at_rest(
    world: World, *execution_ids: str, conflicts: bool = False, dead_starts: Collection[str] = ()
) -> None:
    """Everything has ended, everything is free, DRS was used as it may be; `conflicts` with others are allowed.

    Locks that `dead_starts` have left hold nobody back: whoever wants one takes it.
    """
    world.advance(AFTERWARDS)
    assert [run.name for run in world.runs.running] == [], "runs go on"
    rows = world.history.scan()
    dead = {f"execution#{one}" for one in dead_starts}
    assert held_locks(row for row in rows if row.get("ownerKey") not in dead) == [], "servers are still held"
    assert reservations(rows) == [], "room is still taken"
    for execution_id in execution_ids:
        header = world.header(execution_id)
        assert header.is_terminal, f"{execution_id} is {header.status}"
        assert not header.open, f"{execution_id} is still on the reconciler's list"
        undecided = [gate.run_name for gate in world.executions.gates(header) if gate.status is GateStatus.OPEN]
        assert undecided == [], "gates are open"
        launches = world.executions.launches(header)
        assert [one.launch_id for one in launches if one.state is LaunchState.OPEN] == [], "launches are in doubt"
        is_terminated = world.executions.latest_termination(header) is not None
        # a termination records the late jobs that it finds
        awaited = [one.launch_id for one in launches if one.is_awaited and not (one.job_id and is_terminated)]
        assert awaited == [], "jobs are awaited"
        assert world.executions.requests(header) == [], "requests were not consumed"
        world.oracle.check_nothing_runs(execution_id)
        check_told_the_same(world, execution_id)
    check_drs(world, conflicts=conflicts)
    assert world.runs.largest_input < 1024


def check_drs(world: World, *, conflicts: bool = False) -> None:
    """Tagged, never twice at once, never refused for quotas of ours."""
    oracle = world.oracle
    oracle.check_tagged()
    oracle.check_launched_once()
    allowed = {JOBS_PER_SERVER} if conflicts else set()
    refused = {place: set(counts) - allowed for place, counts in world.simulator.refusals.items()}
    assert not any(refused.values()), f"refused for quotas: {refused}"


def check_told_the_same(world: World, execution_id: str) -> str:
    """get_execution, list_executions and the events tell one status; answers it."""
    told = str(world.execution(execution_id)["status"])
    listed = {one["executionId"]: one["status"] for one in world.listed()}
    moves = [event["details"]["status"] for event in world.events(execution_id) if event["type"] == "EXECUTION_STATUS"]
    assert (listed[execution_id], moves[-1]) == (told, told), f"{told}, listed as {listed[execution_id]}, {moves}"
    return told


def launched_once(world: World, execution_id: str, servers: Iterable[str]) -> None:
    """Each of the servers had one job, no other server any; a launch that was proved LOST has none to excuse."""
    world.oracle.check_one_launch_each(execution_id, frozenset(servers))


def held_locks(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The servers that somebody holds."""
    return [str(row["executionId"]) for row in rows if str(row["executionId"]).startswith("lock#")]


def reservations(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The room that is reserved in any account and region."""
    return [
        str(one["reservationId"])
        for row in rows
        if str(row["executionId"]).startswith("quota#")
        for one in row.get("reservations", ())
    ]
