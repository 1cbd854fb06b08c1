"""Termination: exactly what one execution launched, however it was launched and whatever breaks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.asl.functions import Crash
from tests.support.world import DATABASE_ACCOUNT, HOUR, WEB_ACCOUNT, Refused, World, wave
from tests.support.world.rest import QUICK, check_at_rest, reservations
from tests.support.world.seams import Moment

Arrange = Callable[[World], None]


def started(*sizes: int, pauses: tuple[int, ...] = ()) -> tuple[World, str]:
    """A world and its execution."""
    world = World(settings=QUICK)
    return world, world.start(world.plan_of(*sizes, pauses=pauses))


def completed(*sizes: int) -> tuple[World, str]:
    """A world whose execution has ended well."""
    world, execution_id = started(*sizes)
    assert world.run_until_end(execution_id) == "COMPLETED"
    return world, execution_id


def terminated(world: World, execution_id: str, **more: str) -> None:
    """Terminate, and see that everything of this execution is gone and everything is free."""
    world.terminate(execution_id, **more)
    world.run_until_terminated(execution_id, limit=4 * HOUR)
    assert world.termination(execution_id)["status"] == "COMPLETED"
    world.oracle.check_gone(execution_id)
    check_at_rest(world, execution_id, conflicts=True)


def test_what_two_accounts_hold_is_terminated_and_nothing_of_others() -> None:
    world = World(settings=QUICK)
    left = world.create_group("left", world.add_servers(DATABASE_ACCOUNT, 2, name="left"))
    right = world.create_group("right", world.add_servers(WEB_ACCOUNT, 2, name="right"), account=WEB_ACCOUNT)
    plan_id = world.create_plan("both", wave(0, left, right))
    other_plan = world.plan_of(2, name="other")
    execution_id, other = world.start(plan_id), world.start(other_plan)
    assert {world.run_until_end(one) for one in (execution_id, other)} == {"COMPLETED"}

    terminated(world, execution_id)

    world.oracle.check_terminated_only([execution_id])
    assert len(world.instances()) == 2


def test_a_failed_waves_instances_are_terminated_too() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2, 3, failurePolicy="STOP")
    broken = sorted(world.expected_waves(plan_id)[1].servers)[0]
    world.fault("launchFailure", servers=[broken])
    execution_id = world.start(plan_id)
    assert world.run_until_end(execution_id) == "PARTIAL"
    assert len(world.instances()) == 4

    terminated(world, execution_id)


def test_an_instance_that_showed_after_the_verdict_is_terminated() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2, failurePolicy="STOP")
    world.fault("stuckPending", servers=[sorted(world.expected_waves(plan_id)[0].servers)[0]], launches=True)
    world.fault("hiddenInstance", seconds=2000)
    execution_id = world.start(plan_id)
    world.run_until_end(execution_id)
    world.advance(2000)

    terminated(world, execution_id)


def test_what_a_lost_launch_brought_after_the_end_is_terminated() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2)
    world.fault("lateEffect", operation="StartRecovery", seconds=2 * HOUR)
    execution_id = world.start(plan_id)
    assert world.run_until_end(execution_id, limit=HOUR) == "COMPLETED"
    world.advance(2 * HOUR)
    assert len(world.oracle.jobs_of(execution_id)) == 2

    terminated(world, execution_id)


def test_a_job_that_comes_while_its_launch_is_lost_is_observed_before_the_execution_ends() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(1, 1, pauses=(1,))
    world.fault("lateEffect", operation="StartRecovery", seconds=HOUR)
    execution_id = world.start(plan_id)
    mail = world.run_until_mail("pause")
    world.advance(HOUR - 600)
    world.advance(700)
    assert world.approve_by_mail(mail)
    assert world.run_until_end(execution_id) == "COMPLETED"
    assert len(world.oracle.jobs_of(execution_id)) == 3

    terminated(world, execution_id)


def test_a_second_termination_adopts_the_first() -> None:
    world, execution_id = completed(2)

    first = world.terminate(execution_id)
    second = world.terminate(execution_id)

    assert first["number"] == second["number"] == 1
    world.run_until_terminated(execution_id)
    world.oracle.check_gone(execution_id)
    assert len(world.simulator_record.calls("TerminateRecoveryInstances")) == 1
    check_at_rest(world, execution_id)


def test_a_termination_after_the_termination_finds_nothing_and_says_so() -> None:
    world, execution_id = completed(1)
    terminated(world, execution_id)

    terminated(world, execution_id)

    assert world.termination(execution_id)["termination"]["number"] == 2
    assert len(world.simulator_record.calls("TerminateRecoveryInstances")) == 1


def test_a_recovery_is_terminated_only_with_its_id_as_confirmation() -> None:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(1), "RECOVERY")
    assert world.run_until_end(execution_id) == "COMPLETED"

    for wrong in ({}, {"confirm": "yes"}, {"confirm": execution_id.upper()}):
        with pytest.raises(Refused) as refused:
            world.terminate(execution_id, **wrong)
        assert refused.value.code == "VALIDATION_ERROR"
    assert len(world.instances()) == 1

    terminated(world, execution_id, confirm=execution_id)


@pytest.mark.parametrize(
    "arrange",
    [
        lambda world: world.fault("lostReply", operation="TerminateRecoveryInstances"),
        lambda world: world.fault("serverError", operation="TerminateRecoveryInstances"),
        lambda world: world.fault("throttling", operation="TerminateRecoveryInstances", times=3),
        lambda world: world.fault("revokedRole", operation="TerminateRecoveryInstances", times=2),
        lambda world: world.fault("terminateFailure"),
        lambda world: world.fault("serverError", operation="DescribeRecoveryInstances", times=4),
        lambda world: world.fault("throttling", operation="DescribeJobs", times=4),
        lambda world: world.stall("drs.terminate", 45),
        lambda world: world.stall("drs.terminate", 45, moment="after"),
        lambda world: world.orchestration.on("drs.terminate", lambda: stop_its_run(world)),
    ],
    ids=[
        "the reply is lost",
        "DRS breaks before the effect",
        "DRS throttles",
        "the role may not for a while",
        "an instance survives its job",
        "instances cannot be listed",
        "jobs cannot be listed",
        "the function stands still before the call",
        "the function stands still after the call",
        "its run is stopped from outside",
    ],
)
def test_everything_is_gone_in_the_end_although(arrange: Arrange) -> None:
    world, execution_id = completed(3)
    arrange(world)

    terminated(world, execution_id)

    world.oracle.check_terminated_only([execution_id])


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(("verb", "nth"), [("history.transact", 1), ("history.transact", 2), ("runs.start_run", 1)])
def test_an_operation_that_dies_leaves_a_termination_that_goes_on_or_can_be_asked_for_again(
    verb: str, nth: int, moment: Moment
) -> None:
    world, execution_id = completed(2)
    world.seams["execution-handler"].crash(verb, nth=nth, moment=moment)

    with pytest.raises(Crash):
        world.terminate(execution_id)
    world.advance(120)

    terminated(world, execution_id)
    world.oracle.check_terminated_only([execution_id])


def stop_its_run(world: World) -> None:
    """Somebody stops the termination's run, and the function dies with it."""
    (run,) = world.runs.running
    world.runs.stop_run(run.name)
    world.orchestration.crash("*")


def test_a_server_that_another_execution_holds_now_refuses_the_termination_and_names_it() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2)
    first = world.start(plan_id)
    assert world.run_until_end(first) == "COMPLETED"
    second = world.start(plan_id)
    world.advance(60)

    with pytest.raises(Refused) as refused:
        world.terminate(first)
    assert refused.value.code == "CONFLICT_ERROR"
    assert second in str(refused.value.envelope)

    assert world.run_until_end(second) == "COMPLETED"
    terminated(world, first)
    world.oracle.check_terminated_only([second])
    assert len(world.instances()) == 2
    check_at_rest(world, first, second)


def test_another_execution_of_the_same_servers_waits_for_no_finished_termination() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2)
    first = world.start(plan_id)
    assert world.run_until_end(first) == "COMPLETED"
    world.terminate(first)
    with pytest.raises(Refused) as refused:
        world.start(plan_id)
    assert first in str(refused.value.envelope)
    world.run_until_terminated(first)

    second = world.start(plan_id)

    assert world.run_until_end(second) == "COMPLETED"
    assert len(world.instances()) == 2
    check_at_rest(world, first, second)


def test_a_run_that_is_stopped_before_it_closes_its_execution_is_replaced_by_one_that_does() -> None:
    world, execution_id = started(1)
    world.run_until_mail("complete")
    world.runs.stop_run(execution_id)

    check_at_rest(world, execution_id)
    assert len(world.mails("complete")) == 1


def test_a_termination_asked_for_while_the_execution_closes_is_still_looked_after() -> None:
    world, execution_id = started(1)
    world.run_until_mail("complete")
    world.terminate(execution_id)
    world.advance(15)
    world.runs.stop_run(f"{execution_id}-terminate-1")

    world.run_until_terminated(execution_id)
    world.oracle.check_gone(execution_id)
    check_at_rest(world, execution_id)


def test_a_termination_whose_job_no_listing_shows_is_waited_for_and_keeps_its_room() -> None:
    world, execution_id = completed(2)
    world.fault("lateVisibility", seconds=100, byId=True)
    world.terminate(execution_id)
    world.run_until(lambda: bool(world.simulator_record.calls("TerminateRecoveryInstances")))
    world.advance(40)
    assert len(reservations(world.history.scan())) == 1

    world.run_until_terminated(execution_id)
    assert len(world.simulator_record.calls("TerminateRecoveryInstances")) == 1
    check_at_rest(world, execution_id)


def test_a_step_that_stood_still_until_the_termination_was_over_leaves_no_lock_behind() -> None:
    world, execution_id = completed(1)
    # The first write is the claim of the first round; its locks come next.
    world.stall("history.put", 600, moment="after")

    terminated(world, execution_id)
