"""Cancelling in every phase: nothing new starts, what runs is observed, and the mail says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from local.drs_simulator import Settings
from tests.support.world import DATABASE_ACCOUNT, HOUR, REGION, Refused, World
from tests.support.world.rest import QUICK, check_at_rest

LAUNCH = "drs.start_recovery"


CHECKED_AT_ONCE = replace(QUICK, timings=replace(QUICK.timings, status_checks=0.0))


def started(*sizes: int, pauses: tuple[int, ...] = (), settings: Settings = QUICK) -> tuple[World, str]:
    """A world and its execution."""
    world = World(settings=settings)
    return world, world.start(world.plan_of(*sizes, pauses=pauses))


def cancelled(world: World, execution_id: str, expected: str, jobs: int) -> None:
    """The execution ends so, with so many jobs, its mail says that it was cancelled, and everything is free."""
    assert world.run_until_end(execution_id, limit=4 * HOUR) == expected
    assert len(world.oracle.jobs_of(execution_id)) == jobs
    assert [mail.type for mail in world.mails(execution_id=execution_id)][-1] == "cancel"
    check_at_rest(world, execution_id)
    with pytest.raises(Refused, match="cannot be cancelled"):
        world.cancel(execution_id)


def cancel(world: World, execution_id: str) -> None:
    world.cancel(execution_id)


def test_cancelled_before_its_first_step_nothing_is_launched() -> None:
    world, execution_id = started(2, 1)

    world.cancel(execution_id)

    cancelled(world, execution_id, "CANCELLED", jobs=0)


def test_cancelled_between_intent_and_call_the_job_is_observed_to_its_end() -> None:
    world, execution_id = started(2, 1)
    world.orchestration.on(LAUNCH, lambda: cancel(world, execution_id))

    cancelled(world, execution_id, "PARTIAL", jobs=1)


@pytest.mark.requirement("SRS-F28")
def test_cancelled_while_a_wave_launches_its_job_is_observed_and_the_next_never_begins() -> None:
    world, execution_id = started(2, 1, settings=CHECKED_AT_ONCE)
    world.advance(60)

    world.cancel(execution_id)

    cancelled(world, execution_id, "PARTIAL", jobs=1)
    waves = world.execution(execution_id)["waves"]
    # its instances had passed their checks when the job was seen to have ended: the wave is what it is
    assert [one["status"] for one in waves] == ["COMPLETED", "CANCELLED"]


@pytest.mark.parametrize("found", [True, False], ids=["a job that is found", "nothing"])
def test_cancelled_while_a_launch_is_in_doubt_the_doubt_ends_first_with(found: bool) -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2, 1)
    world.fault("serverError", operation="StartRecovery", takesEffect=found)
    world.fault("lateVisibility", seconds=60)
    execution_id = world.start(plan_id)
    world.advance(20)

    world.cancel(execution_id)

    cancelled(world, execution_id, "PARTIAL" if found else "CANCELLED", jobs=int(found))


def test_cancelled_while_instances_are_checked_the_wave_ends_without_waiting_for_them() -> None:
    world = World()
    execution_id = world.start(world.plan_of(2, 1))
    world.run_until(lambda: world.header(execution_id).waves[0].status.value == "VALIDATING")

    world.cancel(execution_id)

    cancelled(world, execution_id, "PARTIAL", jobs=1)


def test_cancelled_at_a_gate_nothing_more_is_launched_and_the_mails_command_changes_nothing() -> None:
    world, execution_id = started(2, 1, pauses=(1,))
    mail = world.run_until_mail("pause")

    world.cancel(execution_id)

    cancelled(world, execution_id, "PARTIAL", jobs=1)
    assert not world.approve_by_mail(mail)
    assert world.status(execution_id) == "PARTIAL"


def test_cancelled_while_paused_by_an_operator() -> None:
    world, execution_id = started(2, 1)
    world.advance(30)
    world.pause(execution_id)
    world.run_until_status(execution_id, "PAUSED")

    world.cancel(execution_id)

    cancelled(world, execution_id, "PARTIAL", jobs=1)


def test_cancelled_while_a_wave_waits_for_room_nothing_is_launched() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2)
    for server in world.add_servers(count=20, name="foreign"):
        world.simulator.start_foreign_job(DATABASE_ACCOUNT, REGION, [server])
    execution_id = world.start(plan_id)
    world.advance(40)

    world.cancel(execution_id)

    cancelled(world, execution_id, "CANCELLED", jobs=0)


def test_cancelled_twice_is_once() -> None:
    world, execution_id = started(2)
    world.cancel(execution_id)
    world.cancel(execution_id)

    cancelled(world, execution_id, "CANCELLED", jobs=0)
