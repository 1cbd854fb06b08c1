"""Deadlines end judgement, not observation; waits begin after the approval; pauses never count; a cancel ends each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from local.drs_simulator import Settings
from shared.stores.table import Throttled
from tests.support.world import DATABASE_ACCOUNT, HOUR, REGION, WEB_ACCOUNT, World, wave
from tests.support.world.functions import ORCHESTRATION
from tests.support.world.outages import DRS_FAILS
from tests.support.world.rest import QUICK, check_at_rest

SLOW_CHECKS: Final = replace(QUICK, timings=replace(QUICK.timings.scaled(0.2), status_checks=3000.0))
"""Jobs of half a minute, and instances whose checks take the better part of an hour."""


def fill(world: World, jobs: int = 20) -> None:
    """Let somebody else take all the room there is, for as long as a job takes."""
    servers = world.add_servers(count=jobs, name="foreign")
    for server in servers:
        world.simulator.start_foreign_job(DATABASE_ACCOUNT, REGION, [server])


def started(
    settings: Settings = QUICK, *, sizes: Sequence[int] = (2, 1), full: bool = False, **first: Any
) -> tuple[World, str]:
    """An execution of waves one after the other; the first has a minute unless told otherwise."""
    world = World(settings=settings)
    waves = []
    for number, size in enumerate(sizes):
        group = world.create_group(f"group {number}", world.add_servers(count=size, name=f"tier-{number}"))
        waves.append(wave(number, group, **({"deadlineMinutes": 1, **first} if number == 0 else {})))
    plan_id = world.create_plan("plan", *waves)
    if full:
        fill(world)
    return world, world.start(plan_id)


def first_wave(world: World, execution_id: str) -> dict[str, Any]:
    shown: dict[str, Any] = world.execution(execution_id)["waves"][0]
    return shown


def timed_out(world: World, execution_id: str, *words: str) -> None:
    """The first wave is out of time, and says while what."""
    world.run_until_mail("pause")
    shown = first_wave(world, execution_id)
    assert shown["status"] == "TIMEOUT"
    assert shown["statusReason"].startswith("its time of 1 minute is over: of 2 servers ")
    for word in words:
        assert word in shown["statusReason"]


# -- a deadline, wherever the wave is -------------------------------------------------------------------------------


def test_a_deadline_while_waiting_for_room_names_the_quota_and_launches_nothing() -> None:
    world, execution_id = started(full=True)

    timed_out(world, execution_id, "2 waiting to be launched", "all 20 jobs at once are taken")

    assert world.oracle.jobs_of(execution_id) == []
    assert {server["launchStatus"] for server in world.servers(execution_id, 0)} == {"SKIPPED"}
    world.resume(execution_id, 0)
    assert world.run_until_end(execution_id) == "PARTIAL"
    check_at_rest(world, execution_id)


@pytest.mark.requirement("SRS-E07")
def test_a_deadline_while_launching_lets_the_job_be_followed_to_its_end() -> None:
    world, execution_id = started()

    timed_out(world, execution_id, "2 in running jobs")
    assert first_wave(world, execution_id)["draining"]
    assert world.status(execution_id) == "RUNNING"
    world.run_until_status(execution_id, "PAUSED")

    shown = first_wave(world, execution_id)
    assert (shown["status"], shown["draining"], shown["launchedCount"]) == ("TIMEOUT", False, 2)
    world.oracle.check_nothing_runs(execution_id)
    world.skip(execution_id, 0)
    assert world.run_until_end(execution_id) == "PARTIAL"
    check_at_rest(world, execution_id)


def test_what_becomes_known_after_the_deadline_is_told_by_wave_gate_and_execution() -> None:
    world, execution_id = started(sizes=(2,), deadlineMinutes=60)
    world.advance(30)
    DRS_FAILS.begin(world)
    world.run_until_mail("pause")
    told = "its time of 60 minutes is over: of 2 servers 2 in running jobs (could not read jobs in "
    assert world.execution(execution_id)["gates"][0]["reason"].startswith(f"Wave 1 (wave 0) is TIMEOUT: {told}")

    world.allow_everything()
    world.run_until_status(execution_id, "PAUSED")

    late = "its time of 60 minutes is over; in the end 2 of 2 servers launched, 2 not checked to the end"
    shown = world.execution(execution_id)
    assert first_wave(world, execution_id)["statusReason"] == late
    assert shown["gates"][0]["reason"] == shown["statusReason"] == f"Wave 1 (wave 0) is TIMEOUT: {late}"
    assert "could not read" not in world.events(execution_id)[-1]["message"]
    world.skip(execution_id, 0)
    assert world.run_until_end(execution_id) == "PARTIAL"
    assert "in running jobs" not in world.mails()[-1].message


def test_the_last_waves_job_is_followed_although_everything_is_judged() -> None:
    world, execution_id = started(sizes=(2,), failurePolicy="STOP")
    world.run_until_status(execution_id, "DRAINING")
    assert len(world.oracle.jobs_of(execution_id)) == 1

    assert world.run_until_end(execution_id) == "PARTIAL"

    world.oracle.check_nothing_runs(execution_id)
    assert world.execution(execution_id)["statusReason"] == "wave 1 (wave 0) is TIMEOUT"
    assert {server["launchStatus"] for server in world.servers(execution_id)} == {"LAUNCHED"}
    check_at_rest(world, execution_id)


def test_a_deadline_while_validating_leaves_the_instances_unjudged() -> None:
    world, execution_id = started(SLOW_CHECKS)

    timed_out(world, execution_id, "2 not checked to the end")

    assert {server["healthStatus"] for server in world.servers(execution_id, 0)} == {"UNKNOWN"}
    world.cancel(execution_id)
    assert world.run_until_end(execution_id) == "PARTIAL"
    check_at_rest(world, execution_id)


@pytest.mark.requirement("SRS-E07")
def test_a_deadline_does_not_count_while_an_operator_pauses() -> None:
    world, execution_id = started(full=True)
    world.advance(30)
    world.pause(execution_id)
    world.run_until_status(execution_id, "PAUSED")
    assert first_wave(world, execution_id)["statusReason"] == "the execution is paused"

    assert "deadlineAt" not in first_wave(world, execution_id)
    world.advance(600)
    assert first_wave(world, execution_id)["status"] == "LAUNCHING"
    fill(world)
    world.resume(execution_id)
    world.advance(20)
    assert first_wave(world, execution_id)["status"] == "LAUNCHING"

    world.advance(20)
    assert first_wave(world, execution_id)["status"] == "TIMEOUT"


def test_a_pause_does_not_stop_the_judgement_of_a_wave_whose_time_was_up_before_it() -> None:
    world, execution_id = started(full=True)
    world.advance(30)
    world.seams[ORCHESTRATION].refuse("history.transact", lambda: Throttled("DynamoDB has no capacity left"))
    world.advance(60)
    assert first_wave(world, execution_id)["status"] == "LAUNCHING"
    world.pause(execution_id)
    world.advance(60)

    world.allow_everything()
    world.run_until_status(execution_id, "PAUSED")

    assert first_wave(world, execution_id)["status"] == "TIMEOUT"


def test_nothing_new_starts_while_paused_and_goes_on_afterwards() -> None:
    world, execution_id = started(full=True, deadlineMinutes=60)
    world.advance(30)
    world.pause(execution_id)
    world.run_until_status(execution_id, "PAUSED")

    world.advance(1200)
    assert world.oracle.jobs_of(execution_id) == []
    mail = world.mails("pause", execution_id)[-1]
    assert "running jobs finish and are checked, and nothing is launched until you decide" in mail.message
    assert "wave 1 (wave 0): LAUNCHING, 0 of 2 servers launched (the execution is paused)" in mail.message
    assert "no wave begins, and one that has begun launches nothing more" in mail.message

    assert world.approve_by_mail(mail)
    assert world.run_until_end(execution_id) == "COMPLETED"
    check_at_rest(world, execution_id)


def test_a_deadline_is_kept_although_the_call_before_it_took_a_minute() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2, deadlineMinutes=2)
    world.fault("lateReply", operation="StartRecovery", seconds=59)
    world.fault("stuckJob", seconds=HOUR)
    execution_id = world.start(plan_id)

    world.run_until_mail("pause")

    told = [event for event in world.events(execution_id) if event["type"] == "WAVE_STATUS"]
    began, ended = (
        datetime.fromisoformat(next(event["time"] for event in told if event["details"]["status"] == status))
        for status in ("LAUNCHING", "TIMEOUT")
    )
    assert 120 <= (ended - began).total_seconds() < 125


def test_without_a_deadline_of_its_own_a_wave_has_two_hours() -> None:
    world, execution_id = started(full=True, deadlineMinutes=120)
    world.fault("throttling", operation="StartRecovery", times=1000)

    world.run_until_mail("pause")

    shown = first_wave(world, execution_id)
    assert (shown["status"], shown["deadlineMinutes"]) == ("TIMEOUT", 120)
    assert "ThrottlingException" in shown["statusReason"]


def stragglers(**first: Any) -> tuple[World, str]:
    """Two servers in two accounts; the second account throttles launches until long after the deadline."""
    world = World(settings=QUICK)
    servers = [world.add_servers(account, 1, name="tier")[0] for account in (DATABASE_ACCOUNT, WEB_ACCOUNT)]
    groups = [
        world.create_group(account, [server], account=account)
        for account, server in zip((DATABASE_ACCOUNT, WEB_ACCOUNT), servers, strict=True)
    ]
    if first.pop("optional", False):
        first["optionalServerIds"] = [servers[1]]
    world.fault("throttling", operation="StartRecovery", account=WEB_ACCOUNT, times=500)
    return world, world.start(world.create_plan("plan", wave(0, *groups, deadlineMinutes=10, **first)))


def test_an_optional_server_without_a_verdict_at_the_deadline_fails_nothing() -> None:
    world, execution_id = stragglers(optional=True)

    assert world.run_until_end(execution_id) == "COMPLETED"

    reason = first_wave(world, execution_id)["statusReason"]
    assert reason.startswith("its time of 10 minutes is over: of 2 servers 1 waiting to be launched (")
    assert reason.endswith("; every required server is launched and healthy")
    check_at_rest(world, execution_id)


def test_a_minimum_that_is_met_at_the_deadline_lets_the_plan_go_on() -> None:
    world, execution_id = stragglers(minimumSuccess=1)

    assert world.run_until_end(execution_id) == "PARTIAL"

    shown = first_wave(world, execution_id)
    assert (shown["status"], shown["statusReason"].rpartition("; ")[2]) == ("PARTIAL", "its minimum of 1 is met")
    check_at_rest(world, execution_id)


def test_a_refusal_that_comes_again_and_again_is_told_once() -> None:
    world, execution_id = stragglers(optional=True)

    world.run_until_end(execution_id)

    told = [event for event in world.events(execution_id) if event["type"] == "LAUNCH_REFUSED"]
    assert len(told) == 1
    assert len(world.simulator_record.calls("StartRecovery")) > 10


def test_the_deadline_is_shown_while_it_counts() -> None:
    world, execution_id = started(full=True, deadlineMinutes=60)
    world.advance(5)
    shown = first_wave(world, execution_id)
    begun = datetime.fromisoformat(shown["startedAt"])

    assert datetime.fromisoformat(shown["deadlineAt"]) - begun == timedelta(minutes=60)
    world.pause(execution_id)
    world.advance(600)
    world.resume(execution_id)
    world.advance(1)

    later = datetime.fromisoformat(first_wave(world, execution_id)["deadlineAt"]) - begun
    assert timedelta(seconds=4195) < later < timedelta(seconds=4205)
    assert world.run_until_end(execution_id) == "COMPLETED"
    assert "deadlineAt" not in first_wave(world, execution_id)


def test_a_reply_after_the_deadline_is_recorded_and_the_job_followed() -> None:
    world, execution_id = started(sizes=(2,))
    world.fault("lateEffect", operation="StartRecovery", seconds=90)
    world.run_until_mail("pause")
    assert first_wave(world, execution_id)["draining"]
    world.run_until_status(execution_id, "PAUSED")
    assert {server["launchStatus"] for server in world.servers(execution_id)} == {"LAUNCHED"}

    world.advance(200)
    world.retry(execution_id, 0)

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert len(world.oracle.jobs_of(execution_id)) == 1
    check_at_rest(world, execution_id)


# -- waits ----------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("SRS-E07")
def test_a_wave_waits_after_its_approval_and_its_deadline_begins_afterwards() -> None:
    world, execution_id = started(sizes=(1,), pauseBeforeWave=True, waitMinutes=5, deadlineMinutes=5)
    world.run_until_mail("pause")
    world.resume(execution_id, 0)
    world.advance(5)
    shown = first_wave(world, execution_id)
    assert shown["status"] == "PENDING"
    assert "; it waits 5 minutes, until " in shown["statusReason"]
    assert world.status(execution_id) == "RUNNING"

    world.advance(290)
    assert world.oracle.jobs_of(execution_id) == []
    world.advance(10)
    assert len(world.oracle.jobs_of(execution_id)) == 1

    assert world.run_until_end(execution_id) == "COMPLETED"
    check_at_rest(world, execution_id)


def test_a_wave_without_an_approval_waits_when_its_turn_has_come() -> None:
    world, execution_id = started(sizes=(1,), waitMinutes=2, deadlineMinutes=60)

    world.advance(118)
    assert world.oracle.jobs_of(execution_id) == []
    world.advance(4)
    assert len(world.oracle.jobs_of(execution_id)) == 1


# -- cancel in each of them -----------------------------------------------------------------------------------------


def waiting_for_room() -> tuple[World, str]:
    world, execution_id = started(full=True, deadlineMinutes=60)
    world.advance(20)
    return world, execution_id


def launching() -> tuple[World, str]:
    world, execution_id = started(deadlineMinutes=60)
    world.advance(20)
    return world, execution_id


def draining() -> tuple[World, str]:
    world, execution_id = started()
    world.run_until_mail("pause")
    return world, execution_id


def validating() -> tuple[World, str]:
    world, execution_id = started(SLOW_CHECKS, deadlineMinutes=60)
    world.run_until(lambda: first_wave(world, execution_id)["status"] == "VALIDATING")
    return world, execution_id


def paused() -> tuple[World, str]:
    world, execution_id = started(full=True, deadlineMinutes=60)
    world.pause(execution_id)
    world.run_until_status(execution_id, "PAUSED")
    return world, execution_id


def waiting_after_approval() -> tuple[World, str]:
    world, execution_id = started(sizes=(2,), pauseBeforeWave=True, waitMinutes=5)
    world.run_until_mail("pause")
    world.resume(execution_id, 0)
    world.advance(30)
    return world, execution_id


def at_a_failure_gate() -> tuple[World, str]:
    world, execution_id = started(full=True)
    world.run_until_mail("pause")
    return world, execution_id


@pytest.mark.parametrize(
    ("situation", "status", "waves", "jobs"),
    [
        (waiting_for_room, "CANCELLED", ["CANCELLED", "CANCELLED"], 0),
        (launching, "PARTIAL", ["CANCELLED", "CANCELLED"], 1),
        (draining, "PARTIAL", ["TIMEOUT", "CANCELLED"], 1),
        (validating, "PARTIAL", ["CANCELLED", "CANCELLED"], 1),
        (paused, "CANCELLED", ["CANCELLED", "CANCELLED"], 0),
        (waiting_after_approval, "CANCELLED", ["CANCELLED"], 0),
        (at_a_failure_gate, "CANCELLED", ["TIMEOUT", "CANCELLED"], 0),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_cancel_has_one_outcome_and_leaves_no_job_unobserved(
    situation: Any, status: str, waves: list[str], jobs: int
) -> None:
    world, execution_id = situation()

    world.cancel(execution_id)

    assert world.run_until_end(execution_id) == status
    assert [each["status"] for each in world.execution(execution_id)["waves"]] == waves
    assert len(world.oracle.jobs_of(execution_id)) == jobs
    assert [mail.type for mail in world.mails(execution_id=execution_id)][-1] == "cancel"
    check_at_rest(world, execution_id)


@pytest.mark.parametrize("fault", ["throttling", "serverError"])
def test_a_wave_whose_time_is_over_names_the_server_that_was_not_launched_again_and_why(fault: str) -> None:
    world = World(settings=QUICK)
    servers = world.add_servers(count=2)
    plan_id = world.create_plan("plan", wave(0, world.create_group("group", servers), deadlineMinutes=40))
    world.fault("impairedStatus", servers=[servers[0]])
    execution_id = world.start(plan_id)
    world.run_until_status(execution_id, "PAUSED")
    world.fault(fault, operation="StartRecovery", times=None)
    world.retry(execution_id, 0, relaunch=True)

    world.advance(HOUR)

    reason = first_wave(world, execution_id)["statusReason"]
    assert "of 2 servers 1 waiting to be launched again (host-1)" in reason
    assert {"throttling": "Rate exceeded", "serverError": "were lost"}[fault] in reason
