"""Launch events of DRS wake the execution that holds the server, now and then."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

import pytest

from shared.engine.bounds import EVENT_FAST_FOR, EVENT_POLL_SECONDS
from tests.support.world import DATABASE_ACCOUNT, REGION, World, wave
from tests.support.world.functions import ORCHESTRATION, function_arn
from tests.support.world.rest import QUICK, check_at_rest

SERVERS: Final = 4000
APART: Final = timedelta(seconds=5)


def launching(size: int) -> tuple[World, str, list[str]]:
    """An execution whose job runs, and the servers of the job; no event comes but the test's own."""
    world = World(settings=QUICK)
    world.events_on = False
    execution_id = world.start(world.plan_of(size))
    world.run_until(lambda: bool(world.oracle.jobs_of(execution_id)))
    world.advance(5)
    return world, execution_id, list(world.oracle.jobs_of(execution_id)[0].servers)


def wakes(world: World, server: str, job: str | None = None, state: str = "RECOVERY_LAUNCH_SUCCEEDED") -> bool:
    """Whether the launch result of a server wakes anybody."""
    answer = world.functions.handlers[function_arn(ORCHESTRATION)](launch_event(server, job, state))
    return bool(answer["woken"])


def launch_event(server: str, job: str | None, state: str) -> dict[str, Any]:
    """What EventBridge delivers."""
    return {
        "source": "aws.drs",
        "detail-type": "DRS Source Server Launch Result",
        "account": DATABASE_ACCOUNT,
        "region": REGION,
        "resources": [f"arn:aws:drs:{REGION}:{DATABASE_ACCOUNT}:source-server/{server}"],
        "detail": {"state": state} | ({} if job is None else {"job-id": job}),
    }


def test_many_events_at_once_wake_once_and_all_of_them_count() -> None:
    world, execution_id, (first, *others) = launching(3)
    header = world.header(execution_id)

    assert wakes(world, first)
    world.advance(1)
    assert [wakes(world, other) for other in others] == [False, False]
    assert world.executions.get_inbox(execution_id, header.plan_id).signals == header.seen + 3
    world.advance(5)
    assert wakes(world, first)

    assert world.run_until_end(execution_id) == "COMPLETED"
    check_at_rest(world, execution_id)


def test_an_event_that_meets_nobody_asleep_keeps_no_later_one_from_waking() -> None:
    world, execution_id, (server,) = launching(1)
    inbox = world.executions.get_inbox(execution_id, world.header(execution_id).plan_id)
    assert inbox.token is not None
    world.runs.succeed(inbox.token, {})

    assert not wakes(world, server)
    world.advance(2)

    assert wakes(world, server)


def test_a_job_wakes_with_the_event_of_its_last_server_only_and_counts_as_one_signal() -> None:
    world, execution_id, servers = launching(3)
    (job,) = world.oracle.jobs_of(execution_id)
    header = world.header(execution_id)

    assert [wakes(world, server, job.job_id) for server in servers] == [False, False, True]

    assert world.executions.get_inbox(execution_id, header.plan_id).signals == header.seen + 1


def test_a_failed_server_wakes_at_once() -> None:
    world, execution_id, servers = launching(3)
    (job,) = world.oracle.jobs_of(execution_id)

    assert not wakes(world, servers[0], job.job_id)
    assert wakes(world, servers[1], job.job_id, "RECOVERY_LAUNCH_FAILED")


def test_events_that_come_twice_wake_too_early_and_never_too_late() -> None:
    world, execution_id, servers = launching(3)
    (job,) = world.oracle.jobs_of(execution_id)

    woken = [wakes(world, server, job.job_id) for server in (*servers[:2], *servers[:2])]

    assert woken == [False, False, True, False]
    assert world.run_until_end(execution_id) == "COMPLETED"


def test_a_job_of_which_nobody_has_said_how_large_it_is_wakes_with_each_event() -> None:
    world, execution_id, servers = launching(3)

    assert wakes(world, servers[0], "drsjob-99999999999999999")
    assert world.run_until_end(execution_id) == "COMPLETED"


def test_an_account_that_was_silent_is_heard_again_with_its_first_event() -> None:
    world, execution_id, servers = launching(3)
    (job,) = world.oracle.jobs_of(execution_id)
    header = world.header(execution_id)
    (target,) = header.targets
    world.executions.note_silence(target, world.clock.now())

    wakes(world, servers[0], job.job_id)

    hearing = world.executions.load_step(header, []).hearings[target]
    assert hearing.heard_at is not None
    assert hearing.silent_at is not None
    assert hearing.heard_at >= hearing.silent_at


@pytest.mark.sweep
@pytest.mark.parametrize("seconds", [1, 60])
def test_4000_launch_events_wake_their_execution_at_most_once_in_5_seconds(seconds: int) -> None:
    world = World()
    world.events_on = False
    servers = world.add_servers(count=SERVERS)
    groups = [world.create_group(f"group {n}", servers[n * 100 : n * 100 + 100]) for n in range(SERVERS // 100)]
    execution_id = world.start(world.create_plan("all", *(wave(number, group) for number, group in enumerate(groups))))
    world.run_until(lambda: bool(world.oracle.jobs_of(execution_id)))
    world.advance(10)
    began, step_before = world.clock.now(), world.header(execution_id).step
    listed_before = len(world.simulator_record.calls("DescribeJobs"))

    for second in range(seconds):
        for server in servers[second::seconds]:
            # each of them tells of an end, and none is of a job that anybody counts
            event = launch_event(server, f"drsjob-{server[2:]}", "RECOVERY_LAUNCH_FAILED")
            world.functions.invoke_later(function_arn(ORCHESTRATION), event)
        world.advance(1)
    world.advance(EVENT_FAST_FOR.total_seconds())
    steps = world.header(execution_id).step - step_before
    listed = len(world.simulator_record.calls("DescribeJobs")) - listed_before
    world.advance(30)

    header = world.header(execution_id)
    visits = world.run(execution_id).visits
    woken = [after.entered_at for visit, after in pairwise(visits) if visit.answered and after.entered_at > began]
    assert 1 + (seconds - 1) // 10 <= len(woken) <= 1 + seconds // 5
    assert all(later - earlier >= APART for earlier, later in pairwise(woken))
    looks = (seconds + EVENT_FAST_FOR.total_seconds()) // EVENT_POLL_SECONDS
    assert steps <= len(woken) + looks, "between two wake-ups the engine looks for the end that was told of"
    assert listed <= steps
    assert world.executions.get_inbox(execution_id, header.plan_id).signals == SERVERS
    assert header.seen == SERVERS
    assert world.functions.dead_letters == []
