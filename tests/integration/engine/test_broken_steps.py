"""A crash between a step's writes and its commit changes nothing of the story, also of large waves."""

from __future__ import annotations

import pytest

from tests.integration.engine.test_deadlines import fill
from tests.integration.engine.test_failures import broken
from tests.support.scheduler import CALM
from tests.support.world import HOUR, World
from tests.support.world.rest import QUICK, launched_once

LARGE = 120
"""Servers of a wave whose step needs more than one transaction of 100."""


@pytest.mark.sweep
@pytest.mark.parametrize("nth", range(4, 18))
def test_what_a_draining_wave_launched_is_counted_although_the_function_dies_at_write(nth: int) -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2, failurePolicy="STOP", deadlineMinutes=1)
    world.orchestration.crash("history.transact", nth=nth)
    execution_id = world.start(plan_id)

    status = world.run_until_end(execution_id, limit=6 * HOUR)

    shown = world.execution(execution_id)["waves"][0]
    assert (status, shown["status"], shown["launchedCount"]) == ("PARTIAL", "TIMEOUT", 2)
    mail = world.mails("fail", execution_id)[-1].message
    assert "Nothing was launched" not in mail
    assert "not measured" not in mail


@pytest.mark.sweep
@pytest.mark.parametrize("nth", range(4, 16))
def test_the_recovery_time_is_measured_although_the_function_dies_at_write(nth: int) -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2)
    world.orchestration.crash("history.transact", nth=nth)
    execution_id = world.start(plan_id)

    assert world.run_until_end(execution_id, limit=6 * HOUR) == "COMPLETED"

    assert world.header(execution_id).recovered_at is not None
    assert "not measured" not in world.mails("complete", execution_id)[-1].message


def test_an_execution_whose_first_step_launched_and_broke_off_goes_on_however_late_the_second_is() -> None:
    world = World(settings=QUICK, temper=CALM)
    plan_id = world.plan_of(1, 1)
    world.orchestration.on("drs.start_recovery", lambda: world.let_pass(400), moment="after")

    execution_id = world.start(plan_id)

    assert world.run_until_end(execution_id, limit=6 * HOUR) == "COMPLETED"
    assert world.functions.given_up == 1
    launched_once(world, execution_id, [one for wave in world.expected_waves(plan_id).values() for one in wave.servers])


@pytest.mark.parametrize("nth", range(1, 6))
def test_a_retry_of_a_large_wave_tries_every_failed_server_although_the_function_dies_at_write(nth: int) -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(LARGE)
    servers = sorted(world.expected_waves(plan_id)[0].servers)
    world.fault("launchFailure", servers=servers, times=LARGE, rawError="no capacity")
    execution_id = world.start(plan_id)
    world.run_until_mail("pause")
    world.advance(5)
    world.orchestration.forget()

    world.orchestration.crash("history.transact", nth=nth)
    world.retry(execution_id, 0)
    world.run_until(lambda: world.header(execution_id).is_terminal or len(world.mails("pause")) > 1)

    assert sum(len(job.servers) for job in world.oracle.jobs_of(execution_id)) == 2 * LARGE
    assert world.status(execution_id) == "COMPLETED"


@pytest.mark.parametrize("nth", range(1, 5))
def test_a_skip_of_a_large_wave_leaves_no_server_pending_although_the_function_dies_at_write(nth: int) -> None:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(LARGE, pauses=[0]))
    world.run_until_mail("pause")
    world.advance(5)
    world.orchestration.forget()

    world.orchestration.crash("history.transact", nth=nth)
    world.skip(execution_id, 0)
    world.run_until_end(execution_id)

    assert {server["launchStatus"] for server in world.servers(execution_id)} == {"SKIPPED"}


@pytest.mark.parametrize("nth", range(1, 5))
def test_a_cancel_after_a_retry_whose_step_broke_off_leaves_no_wave_launching(nth: int) -> None:
    world, execution_id, _ = broken(3, 1)
    world.run_until_mail("pause")
    world.advance(5)
    fill(world)
    world.orchestration.forget()

    world.orchestration.crash("history.transact", nth=nth)
    world.retry(execution_id, 0)
    world.advance(2)
    world.cancel(execution_id)
    world.run_until_end(execution_id)

    shown = [wave["status"] for wave in world.execution(execution_id)["waves"]]
    assert "LAUNCHING" not in shown
    assert shown == [wave.status.value for wave in world.header(execution_id).waves]
    assert "PENDING" not in {server["launchStatus"] for server in world.servers(execution_id)}
