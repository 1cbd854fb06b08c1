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


def test_of_a_job_that_has_ended_and_whose_instances_cannot_be_read_it_is_not_said_that_it_runs() -> None:
    world, execution_id, _ = stuck(5 * MINUTE, deadlineMinutes=5, drainMinutes=5)
    world.fault("serverError", operation="DescribeRecoveryInstances", times=None)

    assert world.run_until_end(execution_id) == "FAILED"

    assert 15 <= minutes_of(world, execution_id) < 17
    [event] = told(world, execution_id, "LAUNCH_ABANDONED")
    assert "is abandoned: it had ended, but what it launched could not be read; its server stays" in event["message"]


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
    assert (
        f"abandoned while they ran, or may have: {running.job_id} in {DATABASE_ACCOUNT}/{REGION}"
        in shown["statusReason"]
    )
    assert {server["launchStatus"] for server in world.servers(execution_id)} == {"FAILED"}
    mail = world.mails("fail", execution_id)[0].message
    assert f"  job {running.job_id} in {DATABASE_ACCOUNT}/{REGION}, called for at " in mail
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
    assert f"of execution {execution_id} (DRILL of plan plan, job ABANDONED, execution FAILED)" in words

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


# -- launches of which nobody knows ---------------------------------------------------------------------------------


def unknown(*, took_effect: bool, stuck_for: float = 0.0) -> tuple[World, str, list[str]]:
    """The answer to the launch gets lost, or the launch itself, and then the account does not answer any more."""
    world = World(settings=QUICK)
    servers = world.add_servers(count=2)
    plan_id = world.create_plan(
        "plan",
        wave(0, world.create_group("group", servers), failurePolicy="STOP", deadlineMinutes=10, drainMinutes=10),
    )
    world.fault("serverError", operation="StartRecovery", takesEffect=took_effect)
    if stuck_for:
        world.fault("stuckJob", seconds=stuck_for)
    execution_id = world.start(plan_id)
    world.run_until(lambda: bool(world.simulator_record.calls("StartRecovery")))
    world.remove_role(DATABASE_ACCOUNT)
    assert world.run_until_end(execution_id) == "FAILED"
    return world, execution_id, servers


def test_a_launch_of_which_nobody_knows_holds_its_servers_by_its_own_id() -> None:
    world, execution_id, servers = unknown(took_effect=True)

    [job] = world.execution(execution_id)["abandonedJobs"]
    assert "jobId" not in job
    assert "a job that nobody knows" in world.execution(execution_id)["statusReason"]
    lock = world.parts._orchestration().locks.owner(key_of(servers[0]))
    assert lock is not None
    assert lock.owner.owner_key == f"job#{job['launchId']}"
    world.advance(3 * HOUR)
    assert len(held_locks(world.history.scan())) == 2, "an account that does not answer proves nothing"

    # nobody has asked yet
    world.restore_role(DATABASE_ACCOUNT)
    with pytest.raises(Refused) as refused:
        world.start(other_plan(world, servers))
    assert f"an unknown DRS job, begun at {job['since']}, of execution {execution_id}" in str(refused.value)


def test_its_job_is_found_when_the_account_answers_again() -> None:
    world, execution_id, _ = unknown(took_effect=True, stuck_for=3 * HOUR)
    world.advance(HOUR)

    world.restore_role(DATABASE_ACCOUNT)
    world.advance(3 * MINUTE)
    [job] = world.execution(execution_id)["abandonedJobs"]
    [running] = world.oracle.jobs_of(execution_id)
    assert job["jobId"] == running.job_id
    assert len(held_locks(world.history.scan())) == 2

    world.advance(3 * HOUR)
    check_at_rest(world, execution_id)
    world.terminate(execution_id)
    world.run_until_terminated(execution_id)
    world.oracle.check_gone(execution_id)
    check_at_rest(world, execution_id)


def test_that_there_is_no_job_is_proved_when_the_account_answers_again() -> None:
    world, execution_id, servers = unknown(took_effect=False)

    world.restore_role(DATABASE_ACCOUNT)
    world.advance(3 * MINUTE)

    [lost] = told(world, execution_id, "LAUNCH_LOST")
    assert "its servers are free" in lost["message"]
    check_at_rest(world, execution_id)
    assert world.run_until_end(world.start(other_plan(world, servers))) == "COMPLETED"


# -- termination beside a job that hangs ----------------------------------------------------------------------------


def half_stuck(world: World) -> tuple[str, str, str]:
    """An execution that ended with one job that hangs for a day, and one that launched its server."""
    hangs, ends = world.add_servers(name="hangs")[0], world.add_servers(name="ends")[0]
    plan_id = world.create_plan(
        "plan",
        wave(0, world.create_group("a", [hangs]), failurePolicy="CONTINUE", deadlineMinutes=5, drainMinutes=5),
        wave(1, world.create_group("b", [ends]), failurePolicy="CONTINUE"),
    )
    world.fault("stuckJob", seconds=5 * HOUR, servers=[hangs])
    execution_id = world.start(plan_id)
    assert world.run_until_end(execution_id) == "PARTIAL"
    return execution_id, hangs, ends


def test_a_termination_terminates_what_others_launched_and_waits_for_the_job_that_hangs() -> None:
    world = World(settings=QUICK)
    execution_id, hangs, _ = half_stuck(world)
    [job] = [job for job in world.oracle.jobs_of(execution_id) if job.ended is None]

    world.terminate(execution_id)
    world.advance(10 * MINUTE)
    assert world.instances() == []
    shown = world.termination(execution_id)
    assert shown["status"] == "RUNNING"
    assert f"job {job.job_id}, begun at " in shown["termination"]["statusReason"]
    lock = world.parts._orchestration().locks.owner(key_of(hangs))
    assert lock is not None
    assert lock.owner.kind is OwnerKind.JOB

    world.run_until_terminated(execution_id)
    assert world.termination(execution_id)["status"] == "COMPLETED"
    world.oracle.check_gone(execution_id)
    assert len([e for e in told(world, execution_id, "TERMINATION_STATUS") if job.job_id in e["message"]]) == 1
    [done] = [event for event in told(world, execution_id, "LAUNCH_DONE") if event["actor"] == "termination"]
    assert "its servers pass to the termination" in done["message"]
    check_at_rest(world, execution_id)


def test_a_termination_of_nothing_but_a_job_that_hangs_waits_for_it() -> None:
    world, execution_id, _ = stuck(2 * HOUR, deadlineMinutes=5, drainMinutes=5)
    world.run_until_end(execution_id)

    world.terminate(execution_id)
    world.advance(10 * MINUTE)
    assert world.termination(execution_id)["status"] == "RUNNING"
    world.run_until_terminated(execution_id)

    world.oracle.check_gone(execution_id)
    check_at_rest(world, execution_id)


def test_a_termination_that_waits_looks_seldom() -> None:
    world = World(settings=QUICK)
    execution_id, _, _ = half_stuck(world)
    world.terminate(execution_id)
    world.advance(20 * MINUTE)
    before = len(world.simulator_record.calls("DescribeRecoveryInstances"))

    world.advance(HOUR)

    assert 10 <= len(world.simulator_record.calls("DescribeRecoveryInstances")) - before <= 14


def test_an_execution_that_ends_its_jobs_is_closed_as_ever() -> None:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(1))
    assert world.run_until_end(execution_id) == "COMPLETED"
    world.advance(MINUTE)
    assert not world.header(execution_id).open
    before = len(world.simulator_record.calls())

    world.advance(10 * HOUR)

    assert len(world.simulator_record.calls()) == before
