"""Starts that meet, and what must be true of them afterwards: one judge for tables in memory and for AWS's engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from shared.aws.drs import DrsGateway
from shared.clock import Clock
from shared.cross_account import Sessions
from shared.models.drs import JobListing, SourceServer
from shared.models.targets import ServerKey, Target
from shared.services.preflight_deps import HolderReader, PreflightDeps
from shared.stores.lock_holders import LockHolders
from shared.stores.table import Table
from tests.support.configuration import server_key, wave
from tests.support.control_room import ControlRoom

GROUPS: Final = {"a": (1, 2), "b": (3, 4), "c": (5, 6)}
PLANS: Final = {"ab": ("a", "b"), "bc": ("b", "c"), "ca": ("c", "a")}
SITUATIONS: Final[Mapping[str, Sequence[str]]] = {
    "one plan": ("ab", "ab"),
    "a shared server": ("ab", "bc"),
    "a ring": ("ab", "bc", "ca"),
}
"""Which plans are started at the same moment."""


class SteadyDrs(DrsGateway):
    """DRS, asked once: nothing is launched in a race, and a race is told a thousand times."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        super().__init__(sessions, clock)
        self._servers: dict[tuple[Target, tuple[str, ...]], tuple[SourceServer, ...]] = {}
        self._jobs: dict[Target, JobListing] = {}

    def source_servers(self, target: Target, ids: Sequence[str] | None = None) -> tuple[SourceServer, ...]:
        """The servers as they were first."""
        key = (target, tuple(ids or ()))
        if key not in self._servers:
            self._servers[key] = super().source_servers(target, ids)
        return self._servers[key]

    def jobs(self, target: Target, *, ids: Sequence[str] | None = None, since: datetime | None = None) -> JobListing:
        """The jobs as they were first."""
        if target not in self._jobs:
            self._jobs[target] = super().jobs(target, ids=ids, since=since)
        return self._jobs[target]


class RaceRoom(ControlRoom):
    """Three plans in a ring, of two waves of two servers."""

    def __init__(self, history: Table | None = None) -> None:
        super().__init__(history)
        self.drs = SteadyDrs(self.sessions, self.clock)
        for name, numbers in GROUPS.items():
            self.group_of(name, *numbers)
        for name, (first, second) in PLANS.items():
            self.plan_of(wave(0, first), wave(1, second), plan_id=name)

    def start_on(self, table: Table, plan_id: str) -> Any:
        """The answer to a start of the plan over this table of executions."""
        return self.call("start_execution", history=table, planId=plan_id, executionType="DRILL")

    def preflight(self, table: Table) -> PreflightDeps:
        return replace(super().preflight(table), holders=self.holders(table))

    def holders(self, table: Table) -> HolderReader:
        """Who tells a start which servers are held."""
        return LockHolders(table, self.clock)


@dataclass(frozen=True)
class Outcome:
    """How many starts of a race won, and how many were refused before they wrote anything or after."""

    winners: int
    refused_by_check: int
    refused_by_lock: int


def judge(room: ControlRoom, plans: Sequence[str], answers: Sequence[Any], rows: Collection[dict[str, Any]]) -> Outcome:
    """AssertionError unless no server has two owners, somebody won, and whoever lost left no row of any kind.

    Forgets the runs that were started, for the next race.
    """
    winners = {answer["executionId"]: plan for plan, answer in zip(plans, answers, strict=True) if "status" in answer}
    losers = [answer for answer in answers if "status" not in answer]
    assert winners, answers
    assert all(answer["status"] == "PENDING" for answer in answers if "status" in answer)
    assert {(loser["error"], loser["details"]["reason"]) for loser in losers} <= {("CONFLICT_ERROR", "SERVER_CONFLICT")}

    expected = {execution_id: servers_of(plan) for execution_id, plan in winners.items()}
    assert sum(map(len, expected.values())) == len(set().union(*expected.values())), f"two own a server: {winners}"
    locked = {
        ServerKey.model_validate(row["server"]): row["ownerKey"]
        for row in rows
        if str(row["executionId"]).startswith("lock#")
    }
    assert locked == {
        server: f"execution#{execution_id}" for execution_id, servers in expected.items() for server in servers
    }
    left = Counter(str(row["executionId"]) for row in rows if not str(row["executionId"]).startswith("lock#"))
    # Header, INBOX, first event, who came from which group, waves, servers.
    assert left == {
        execution_id: 4 + len(PLANS[plan]) + len(servers_of(plan)) for execution_id, plan in winners.items()
    }
    assert set(room.runs.inputs) == set(winners)
    room.runs.inputs.clear()
    by_lock = sum(loser["message"].startswith(("Server ", "Servers ")) for loser in losers)
    return Outcome(len(winners), len(losers) - by_lock, by_lock)


def servers_of(plan: str) -> frozenset[ServerKey]:
    """The servers of a plan."""
    return frozenset(server_key(number) for group in PLANS[plan] for number in GROUPS[group])
