"""What must be true when everything has ended, beyond the invariants: one story for all, and the right end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from tests.proof.facts import NEVER_BEGUN, Violation
from tests.proof.ledger import Execution
from tests.proof.scenario import Scenario
from tests.proof.stage import Stage, StartOutcome
from tests.support.world.machinery import HOUR
from tests.support.world.rest import check_at_rest

AFTERWARDS: Final = 200.0
TERMINATED: Final = 13
"""The invariant of terminations: whatever the execution has launched is gone, and nothing else."""


def check_the_end(scenario: Scenario, stage: Stage) -> None:
    """Raises Violation, or the AssertionError of whatever else is wrong."""
    stage.world.advance(AFTERWARDS)
    stage.rest(is_over=True)
    began = [one for one in stage.executions if _has_begun(stage, one)]
    dead = [one.execution_id for one in stage.executions if one.is_dead_start]
    check_at_rest(stage.world, *(one.execution_id for one in began), conflicts=True, dead_starts=dead)
    for execution in began:
        _check_servers(stage, execution)
        if scenario.is_benign:
            _check_same_end(stage, execution)
    _check_starts(stage.starts, stage)


def _has_begun(stage: Stage, execution: Execution) -> bool:
    """Whether it came as far as its first step."""
    return stage.world.header(execution.execution_id).committed_step > 0


def _check_servers(stage: Stage, execution: Execution) -> None:
    """Every server has its verdict, and one that was healthy moved again only if a late job had it too."""
    healthy: set[str] = set()
    ledger = stage.checker.ledger
    late = [job for job in ledger.jobs_of(execution.execution_id) if ledger.is_belated(job)]
    shared = set[str]().union(*(job.servers for job in late))
    for event in stage.world.events(execution.execution_id):
        server = str(event["details"].get("server", "")).rpartition("#")[2]
        if event["type"] == "SERVER_HEALTH" and event["details"]["status"] == "HEALTHY":
            healthy.add(server)
        elif event["type"] != "SERVER_LAUNCH" or server not in healthy - shared:
            continue
        elif event["details"]["status"] != "TERMINATED":
            raise Violation(1, f"a healthy server of {execution.execution_id} moved: {event['message']}")
    launches = Counter(server for job in ledger.jobs_of(execution.execution_id) for server in job.servers)
    for shown in stage.world.servers(execution.execution_id):
        if launches[shown["sourceServerId"]] > shown["attempt"]:
            raise Violation(1, f"{launches[shown['sourceServerId']]} launches in {shown['attempt']} attempts: {shown}")
        if shown["launchStatus"] in ("PENDING", "LAUNCHING"):
            raise Violation(5, f"{execution.execution_id} has ended, and a server has not: {shown}")


def _check_same_end(stage: Stage, execution: Execution) -> None:
    """Nothing went wrong that is not put right: every server is launched once, and all is COMPLETED."""
    launches = Counter(server for job in stage.checker.ledger.jobs_of(execution.execution_id) for server in job.servers)
    header = stage.world.header(execution.execution_id)
    if execution.status == "FAILED" and header.status_reason == NEVER_BEGUN and not launches:
        return
    if execution.status != "COMPLETED" or launches != Counter(execution.servers):
        words = (
            f"{execution.execution_id} is {execution.status} ({header.status_reason}) with launches {dict(launches)}"
        )
        raise Violation(6, f"{words}, and nothing happened that is not put right")


def _check_starts(starts: Sequence[StartOutcome], stage: Stage) -> None:
    """Of overlapping starts at least one wins, unless one crashed or undid itself."""
    for start in starts:
        if start.reason != "SERVER_CONFLICT":
            continue
        servers = _servers_of(start, stage)
        others = [other for other in starts if other is not start and servers & _servers_of(other, stage)]
        in_the_way = [
            other
            for other in others
            if other.began_at <= start.ended_at
            and (other.answer != "CONFLICT_ERROR" or other.began_at > start.ended_at)
        ]
        if not in_the_way:
            raise Violation(7, f"{start} is refused, and none of {others} has won")


def _servers_of(start: StartOutcome, stage: Stage) -> frozenset[str]:
    plan = stage.plans.get(stage.plan_ids[start.plan], {})
    return frozenset(server for wave in plan.values() for server in wave.servers)


def clean_up(stage: Stage, plans: Sequence[str]) -> None:
    """Terminate what the executions of these plans have launched: all of it goes, and nothing else."""
    world = stage.world
    for plan in plans:
        for execution in stage.executions_of(plan):
            if not world.header(execution.execution_id).launched_anything:
                continue
            world.terminate(execution.execution_id, confirm=execution.execution_id)
            world.run_until_terminated(execution.execution_id, limit=6 * HOUR)
            told = world.termination(execution.execution_id)
            if told["status"] != "COMPLETED":
                raise Violation(TERMINATED, f"the termination of {execution.execution_id} is {told}")
            _check_terminated(partial(world.oracle.check_gone, execution.execution_id))
    ours = [execution.execution_id for execution in stage.executions]
    _check_terminated(partial(world.oracle.check_terminated_only, ours))
    world.advance(AFTERWARDS)
    stage.rest(is_over=True)


def _check_terminated(check: Callable[[], None]) -> None:
    try:
        check()
    except AssertionError as error:
        raise Violation(TERMINATED, str(error)) from error
