"""A job that DRS does not end: its wave times out, its execution ends after the drain, its servers stay locked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from shared.models.lock import OwnerKind
from shared.models.targets import ServerKey
from tests.support.world import DATABASE_ACCOUNT, HOUR, REGION, Refused, World, wave
from tests.support.world.rest import QUICK, check_at_rest, held_locks, reservations

DAY: Final = 24 * HOUR
MINUTE: Final = 60.0


def key_of(server: str, account: str = DATABASE_ACCOUNT) -> ServerKey:
    return ServerKey(account_id=account, region=REGION, source_server_id=server)


def stuck(seconds: float = DAY, *, count: int = 1, **more: Any) -> tuple[World, str, list[str]]:
    """An execution of one wave with an hour's deadline whose job hangs; answers the servers too."""
    world = World(settings=QUICK)
    servers = world.add_servers(count=count)
    said: dict[str, Any] = {"failurePolicy": "STOP", "deadlineMinutes": 60} | more
    plan_id = world.create_plan("plan", wave(0, world.create_group("group", servers), **said))
    world.fault("stuckJob", seconds=seconds)
    return world, world.start(plan_id), servers


def other_plan(world: World, servers: list[str], name: str = "other") -> str:
    """Another plan that wants the same servers."""
    (group,) = {group_id for group_id, members in world._groups.items() if set(members) == set(servers)}
    return world.create_plan(name, wave(0, group, failurePolicy="STOP"))


def minutes_of(world: World, execution_id: str) -> float:
    """How long the execution took."""
    shown = world.execution(execution_id)
    took: timedelta = datetime.fromisoformat(shown["endedAt"]) - datetime.fromisoformat(shown["startedAt"])
    return took.total_seconds() / MINUTE


def told(world: World, execution_id: str, type_: str) -> list[dict[str, Any]]:
    return [event for event in world.events(execution_id) if event["type"] == type_]


def test_a_job_that_is_stuck_for_a_day() -> None:
    world, execution_id, servers = stuck(count=3)
    others = other_plan(world, servers)

    world.advance(61 * MINUTE)
    shown = world.execution(execution_id)
    assert (shown["status"], shown["waves"][0]["status"]) == ("DRAINING", "TIMEOUT")
    assert shown["abandonedJobs"] == []
    until = datetime.fromisoformat(shown["waves"][0]["drainUntil"])
    assert until - datetime.fromisoformat(shown["waves"][0]["endedAt"]) == timedelta(minutes=360)

    assert world.run_until_end(execution_id) == "FAILED"
    assert 420 <= minutes_of(world, execution_id) < 421
    shown = world.execution(execution_id)
    [job] = shown["abandonedJobs"]
    [running] = world.oracle.jobs_of(execution_id)
    assert running.ended is None
    assert (job["jobId"], job["accountId"], job["region"]) == (running.job_id, DATABASE_ACCOUNT, REGION)
    assert sorted(job["serverIds"]) == sorted(servers)
    assert "endedAt" not in job
    assert f"still running and abandoned: {running.job_id} in {DATABASE_ACCOUNT}/{REGION}" in shown["statusReason"]
    assert {server["launchStatus"] for server in world.servers(execution_id)} == {"FAILED"}
    mail = world.mails("fail", execution_id)[0].message
    assert f"  job {running.job_id} in {DATABASE_ACCOUNT}/{REGION}, begun at " in mail
    assert "terminate_instances" in mail, "what the job launches in the end has to be cleaned up"

    assert len(told(world, execution_id, "LAUNCH_ABANDONED")) == 1
    for server in servers:
        lock = world.parts._orchestration().locks.owner(key_of(server))
        assert lock is not None
        assert (lock.owner.kind, lock.owner.job_id) == (OwnerKind.JOB, running.job_id)
    assert len(reservations(world.history.scan())) == 1

    with pytest.raises(Refused) as refused:
        world.start(others)
    assert refused.value.code == "CONFLICT_ERROR"
    words = refused.value.envelope["message"]
    assert running.job_id in words
    assert execution_id in words

    world.advance(DAY - 7 * HOUR)
    assert world.header(execution_id).open
    world.advance(30 * MINUTE)
    [after] = world.execution(execution_id)["abandonedJobs"]
    assert after["endedAt"] > job["abandonedAt"]
    [done] = told(world, execution_id, "LAUNCH_DONE")
    assert "3 of 3 servers launched; its servers are free" in done["message"]
    assert world.status(execution_id) == "FAILED"
    check_at_rest(world, execution_id)
    assert world.run_until_end(world.start(others)) == "COMPLETED"


def test_what_an_abandoned_job_launched_in_the_end_is_terminated() -> None:
    world, execution_id, _ = stuck(5 * HOUR, count=2, drainMinutes=30)
    world.run_until_end(execution_id)
    world.advance(5 * HOUR)
    assert len(world.instances()) == 2

    world.terminate(execution_id)
    world.run_until_terminated(execution_id)

    world.oracle.check_gone(execution_id)
    check_at_rest(world, execution_id)


def test_a_plan_says_how_long_its_jobs_are_followed() -> None:
    world, execution_id, _ = stuck(drainMinutes=10)

    world.run_until_end(execution_id)

    assert 70 <= minutes_of(world, execution_id) < 71
    assert world.execution(execution_id)["waves"][0]["drainMinutes"] == 10


def test_a_job_that_ends_while_it_is_followed_is_not_abandoned() -> None:
    world, execution_id, _ = stuck(5 * HOUR)

    assert world.run_until_end(execution_id) == "PARTIAL"

    assert world.execution(execution_id)["abandonedJobs"] == []
    check_at_rest(world, execution_id)


def test_a_cancel_ends_after_the_drain_too() -> None:
    world, execution_id, _ = stuck(deadlineMinutes=600, drainMinutes=60)
    world.advance(10 * MINUTE)
    world.cancel(execution_id)

    assert world.run_until_end(execution_id) == "CANCELLED"

    assert 70 <= minutes_of(world, execution_id) < 71
    assert len(world.execution(execution_id)["abandonedJobs"]) == 1
    assert "Abandoned jobs:" in world.mails("cancel", execution_id)[0].message
    world.advance(DAY)
    check_at_rest(world, execution_id)


def test_at_a_failure_gate_the_job_is_followed_on_and_counts_if_the_wave_is_retried() -> None:
    world, execution_id, _ = stuck(11.5 * HOUR, failurePolicy="PAUSE", drainMinutes=10)
    world.advance(11 * HOUR)
    assert world.execution(execution_id)["abandonedJobs"] == []

    world.retry(execution_id, 0)
    world.advance(20 * MINUTE)
    assert world.execution(execution_id)["waves"][0]["status"] == "LAUNCHING"

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert len(world.oracle.jobs_of(execution_id)) == 1


def test_locks_of_servers_whose_jobs_have_ended_are_free_although_another_job_hangs() -> None:
    world = World(settings=QUICK)
    hangs, ends = world.add_servers(name="hangs")[0], world.add_servers(name="ends")[0]
    plan_id = world.create_plan(
        "plan",
        wave(0, world.create_group("a", [hangs]), failurePolicy="CONTINUE", deadlineMinutes=5, drainMinutes=5),
        wave(1, world.create_group("b", [ends]), failurePolicy="CONTINUE"),
    )
    world.fault("stuckJob", seconds=DAY, servers=[hangs])
    execution_id = world.start(plan_id)

    assert world.run_until_end(execution_id) == "PARTIAL"

    assert held_locks(world.history.scan()) == [f"lock#{key_of(hangs)}"]
