"""A call that was sent twice on its way, and refused the second time: its job is found, however much comes between."""

from __future__ import annotations

import pytest

from shared.models.launch import LaunchState
from tests.support.asl.functions import Crash
from tests.support.world import DATABASE_ACCOUNT, HOUR, World, wave
from tests.support.world.rest import QUICK, check_at_rest, held_locks, launched_once, reservations

Refused = tuple[World, str, str]
REFUSALS = ("throttling", "denied", "quota")


def refused_world(answer: str = "throttling", *sizes: int, minutes: int = 120, drain: int = 360) -> Refused:
    """Waves of which the first's job, or else that of two servers, has just begun although DRS answered a refusal."""
    world = World(settings=QUICK)
    plan_id = world.plan_of(*(sizes or (2,)), deadlineMinutes=minutes, drainMinutes=drain)
    world.fault("repeatedCall", operation="StartRecovery", answer=answer)
    execution_id = world.start(plan_id)
    world.run_until(lambda: bool(world.oracle.jobs_of(execution_id)), HOUR)
    world.advance(3)
    return world, plan_id, execution_id


def held(world: World) -> list[str]:
    """The servers that are locked."""
    return held_locks(world.history.scan())


def completed(world: World, plan_id: str, execution_id: str) -> None:
    """The execution completes, each server launched once, and everything is free."""
    assert world.run_until_end(execution_id, limit=48 * HOUR) == "COMPLETED"
    servers = [one for each in world.expected_waves(plan_id).values() for one in each.servers]
    launched_once(world, execution_id, servers)
    check_at_rest(world, execution_id)


@pytest.mark.parametrize("answer", REFUSALS)
def test_in_a_pause_the_job_is_found_and_followed_and_when_it_ends_nothing_is_launched_twice(answer: str) -> None:
    world, plan_id, execution_id = refused_world(answer, 2, 1)
    world.pause(execution_id)
    world.advance(HOUR)
    assert {one["launchStatus"] for one in world.servers(execution_id, 0)} == {"LAUNCHED"}
    world.advance(25 * HOUR)
    world.resume(execution_id)

    completed(world, plan_id, execution_id)


def test_the_job_has_its_room_although_the_step_that_finds_it_dies_at_once() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2)
    world.fault("repeatedCall", operation="StartRecovery", answer="throttling")
    execution_id = world.start(plan_id)
    deaths = list[str]()

    def die_once_it_is_recorded() -> None:
        for launch in world.executions.launches(world.header(execution_id)):
            if not deaths and launch.state is LaunchState.STARTED:
                deaths.append(launch.launch_id)
                raise Crash("the function dies")

    world.orchestration.always("history.update", die_once_it_is_recorded, moment="after")
    world.run_until(lambda: bool(deaths), HOUR, "the job is found")
    world.advance(60)

    assert reservations(world.history.scan()) == deaths
    completed(world, plan_id, execution_id)


@pytest.mark.parametrize(("answer", "hours"), [("denied", 25), ("throttling", 5), ("quota", 5)])
def test_after_hours_or_a_day_without_the_role_nothing_is_launched_twice(answer: str, hours: int) -> None:
    world, plan_id, execution_id = refused_world(answer, minutes=10080)
    world.remove_role(DATABASE_ACCOUNT)
    world.advance(hours * HOUR)
    world.restore_role(DATABASE_ACCOUNT)

    completed(world, plan_id, execution_id)


def test_a_retry_on_the_next_day_launches_nothing_twice() -> None:
    world, plan_id, execution_id = refused_world(minutes=1)
    world.remove_role(DATABASE_ACCOUNT)
    world.advance(30 * HOUR)
    assert world.execution(execution_id)["waves"][0]["status"] == "TIMEOUT"
    world.retry(execution_id, 0)
    world.restore_role(DATABASE_ACCOUNT)

    completed(world, plan_id, execution_id)


@pytest.mark.parametrize("answer", REFUSALS)
def test_a_cancel_right_after_the_refusal_waits_for_the_job_and_leaves_nothing_running_or_unlocked(answer: str) -> None:
    world, plan_id, execution_id = refused_world(answer)
    world.cancel(execution_id)

    world.run_until(lambda: world.header(execution_id).is_terminal or not held(world), HOUR)
    [job] = world.oracle.jobs_of(execution_id)
    assert job.ended is not None, "its servers are locked while it runs"
    assert world.run_until_end(execution_id) == "PARTIAL"
    launched_once(world, execution_id, world.expected_waves(plan_id)[0].servers)
    check_at_rest(world, execution_id)
    world.terminate(execution_id)
    world.run_until_terminated(execution_id)
    world.oracle.check_gone(execution_id)


@pytest.mark.parametrize("seconds", [30, 90])
def test_a_deadline_before_any_listing_shows_the_job_ends_judgement_and_not_its_observation(seconds: int) -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2, deadlineMinutes=1, failurePolicy="CONTINUE")
    world.fault("repeatedCall", operation="StartRecovery", answer="throttling")
    world.fault("lateVisibility", seconds=seconds, times=None)
    execution_id = world.start(plan_id)

    world.run_until_end(execution_id)

    launched_once(world, execution_id, world.expected_waves(plan_id)[0].servers)
    check_at_rest(world, execution_id, conflicts=True)


def test_a_wave_that_stops_the_plan_leaves_no_job_of_another_unobserved() -> None:
    world = World(settings=QUICK)
    bad, good = world.add_servers(count=2)
    groups = [world.create_group(name, [server]) for name, server in (("bad", bad), ("good", good))]
    last = world.create_group("last", world.add_servers(count=1))
    waves = [wave(number, group, failurePolicy="STOP") for number, group in enumerate(groups)]
    plan_id = world.create_plan("plan", *waves, wave(2, last, after=(0, 1)))
    world.fault("rejectedServer", servers=[bad], times=None)
    world.fault("repeatedCall", operation="StartRecovery", answer="throttling", servers=[good])
    execution_id = world.start(plan_id)

    assert world.run_until_end(execution_id) == "PARTIAL"
    launched_once(world, execution_id, [good])
    check_at_rest(world, execution_id)


def test_a_refusal_that_was_one_holds_up_the_end_no_longer_than_a_proof_takes_and_costs_one_listing() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2)
    world.fault("throttling", operation="StartRecovery", times=None)
    execution_id = world.start(plan_id)
    world.advance(20)
    before = len(world.simulator_record.calls("DescribeJobs"))
    cancelled = world.clock.now()
    world.cancel(execution_id)

    assert world.run_until_end(execution_id) == "CANCELLED"
    assert (world.clock.now() - cancelled).total_seconds() < 180
    assert len(world.simulator_record.calls("DescribeJobs")) == before + 1
    assert world.executions.launches(world.header(execution_id)) == []
    check_at_rest(world, execution_id)


def test_a_call_that_surely_was_not_sent_holds_up_no_end() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2)
    world.fault("unreachable", operation="StartRecovery", times=None)
    execution_id = world.start(plan_id)
    world.advance(20)
    cancelled = world.clock.now()
    world.cancel(execution_id)

    assert world.run_until_end(execution_id) == "CANCELLED"
    assert (world.clock.now() - cancelled).total_seconds() < 10


def test_where_nobody_can_ask_its_servers_stay_locked_until_somebody_can() -> None:
    world, plan_id, execution_id = refused_world(drain=5)
    world.cancel(execution_id)
    world.remove_role(DATABASE_ACCOUNT)

    assert world.run_until_end(execution_id) == "CANCELLED"
    assert len(held(world)) == 2
    [launch] = world.executions.launches(world.header(execution_id))
    assert launch.is_abandoned
    world.restore_role(DATABASE_ACCOUNT)
    world.advance(HOUR)
    check_at_rest(world, execution_id)
    world.terminate(execution_id)
    world.run_until_terminated(execution_id)
    world.oracle.check_gone(execution_id)
