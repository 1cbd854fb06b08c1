"""A termination that is asked for again: while one runs, while one ends, and after one that was given up."""

from __future__ import annotations

import pytest

from tests.integration.engine.terminations import (
    MINUTE,
    end_without_trouble,
    launched,
    until_late_job,
    with_abandoned_job,
    with_late_job,
)
from tests.support.asl.functions import Crash
from tests.support.world import HOUR, Refused, World, wave
from tests.support.world.outages import SNS_DOWN
from tests.support.world.rest import QUICK, check_at_rest, held_locks


def kept_and_freed(*, launched: bool = True) -> tuple[World, str, list[str]]:
    """A world whose termination cannot end: of one server it keeps the instance, the other (`launched`) is free.

    Answers the groups of both, in this order.
    """
    world = World(settings=QUICK)
    kept, freed = world.add_servers(count=2)
    groups = [world.create_group(name, [name]) for name in (kept, freed)]
    if not launched:
        world.fault("launchFailure", servers=[freed])
    execution_id = world.start(world.create_plan("plan", wave(0, *groups, failurePolicy="STOP")))
    assert world.run_until_end(execution_id) == ("COMPLETED" if launched else "PARTIAL")
    world.fault("terminateFailure", servers=[kept], times=None)
    world.terminate(execution_id)
    world.advance(10 * MINUTE)
    return world, execution_id, groups


def given_up(*, launched: bool = True) -> tuple[World, str, str]:
    """The termination gave up; a recovery of the server that it freed runs, and nothing is in the way any more."""
    world, execution_id, groups = kept_and_freed(launched=launched)
    world.run_until_terminated(execution_id, limit=8 * HOUR)
    assert world.termination(execution_id)["status"] == "FAILED"
    world.simulator.clear_faults()
    return world, execution_id, world.start(world.create_plan("freed", wave(0, groups[1])), "RECOVERY")


def ends_well(world: World, execution_id: str, recovery: str) -> None:
    """The second termination takes what is left; the recovery is not touched."""
    world.run_until_terminated(execution_id)
    assert world.run_until_end(recovery) == "COMPLETED"

    shown = world.termination(execution_id)
    assert (shown["status"], shown["termination"]["number"]) == ("COMPLETED", 2)
    world.oracle.check_terminated_only([execution_id])
    assert len(world.instances()) == 1
    check_at_rest(world, execution_id, recovery)


@pytest.mark.parametrize("launched", [True, False])
def test_it_needs_no_server_that_the_first_has_let_go_of(*, launched: bool) -> None:
    world, execution_id, recovery = given_up(launched=launched)

    world.terminate(execution_id)

    ends_well(world, execution_id, recovery)


@pytest.mark.parametrize(("verb", "nth"), [("history.transact", 2), ("runs.start_run", 1)])
def test_nor_if_the_operation_dies_and_its_run_takes_the_locks(verb: str, nth: int) -> None:
    world, execution_id, recovery = given_up()
    world.seams["execution-handler"].crash(verb, nth=nth, moment="before")

    with pytest.raises(Crash):
        world.terminate(execution_id)

    ends_well(world, execution_id, recovery)


def test_one_that_is_refused_still_tells_what_the_first_has_left() -> None:
    world, execution_id, groups = kept_and_freed()
    world.run_until_terminated(execution_id, limit=8 * HOUR)
    before = world.termination(execution_id)
    world.start(world.create_plan("kept", wave(0, groups[0])))

    with pytest.raises(Refused) as refused:
        world.terminate(execution_id)

    assert refused.value.code == "CONFLICT_ERROR"
    after = world.termination(execution_id)
    assert (after["status"], after["termination"]["number"]) == ("FAILED", 2)
    assert (after["left"], after["unknown"]) == (before["left"], before["unknown"])
    assert after["termination"]["remainingCount"] == 1


def test_it_does_not_lock_the_server_of_an_abandoned_job_that_the_first_has_cleaned() -> None:
    world, execution_id, servers = with_abandoned_job(2)
    world.fault("terminateFailure", servers=[servers[0]], times=None)
    world.terminate(execution_id)
    world.run_until_terminated(execution_id, limit=20 * HOUR)
    assert world.termination(execution_id)["status"] == "FAILED"
    assert held_locks(world.history.scan()) == []

    world.terminate(execution_id)
    world.advance(30 * MINUTE)

    [lock] = held_locks(world.history.scan())
    assert servers[0] in lock


def test_who_joins_a_termination_whose_run_is_being_replaced_does_not_end_it() -> None:
    world, execution_id, groups = kept_and_freed(launched=False)
    recovery = world.start(world.create_plan("freed", wave(0, groups[1])), "RECOVERY")
    [run] = [one.name for one in world.runs.running if "terminate" in one.name]
    world.runs.stop_run(run)
    world.orchestration.crash("runs.start_run")

    def is_without_run() -> bool:
        latest = world.executions.latest_termination(world.header(execution_id))
        return latest is not None and latest.run_seq == 2

    world.run_until(is_without_run, HOUR, "the number of the next run")

    assert world.terminate(execution_id)["status"] == "RUNNING"
    assert world.termination(execution_id)["status"] == "RUNNING"
    assert world.run_until_end(recovery) == "COMPLETED"
    end_without_trouble(world, execution_id)


def test_who_asks_while_one_is_being_given_up_is_told_to_ask_again() -> None:
    world, execution_id, _ = kept_and_freed()
    header = world.header(execution_id)

    def is_given_up() -> bool:
        latest = world.executions.latest_termination(header)
        return latest is not None and latest.is_given_up

    world.run_until(is_given_up, 8 * HOUR, "giving up")
    world.simulator.clear_faults()

    with pytest.raises(Refused) as refused:
        world.terminate(execution_id)
    assert refused.value.code == "THROTTLED"
    world.advance(refused.value.envelope["details"]["retryAfterSeconds"])

    assert world.terminate(execution_id)["number"] == 2
    end_without_trouble(world, execution_id)


def test_who_asks_again_while_the_first_ends_is_not_refused_for_what_it_let_go_of() -> None:
    world = World(settings=QUICK)
    [server] = world.add_servers(count=1)
    plan_id = world.create_plan("plan", wave(0, world.create_group("group", [server])))
    execution_id = world.start(plan_id)
    assert world.run_until_end(execution_id) == "COMPLETED"
    world.terminate(execution_id)
    started: list[str] = []

    def the_first_ends() -> None:
        if not started:
            started.append("")
            world.run_until_terminated(execution_id)
            started.append(world.start(plan_id))

    world.seams["execution-handler"].on("history.query", the_first_ends, nth=2, moment="after")

    answer = world.call("terminate_instances", executionId=execution_id)

    assert len(started) == 2
    assert answer.get("error") is None, answer["message"]


def test_who_stood_still_before_its_locks_until_it_was_over_leaves_none_behind() -> None:
    world, execution_id, _ = launched(1)
    ended: list[str] = []

    def it_ends() -> None:
        if not ended:
            ended.append("")
            world.run_until_terminated(execution_id)

    # the first writes the termination down, the second takes its locks
    world.seams["execution-handler"].on("history.transact", it_ends, nth=2, moment="before")

    world.terminate(execution_id)

    assert ended
    assert held_locks(world.history.scan()) == []


def test_one_that_could_not_begin_leaves_no_lock_behind() -> None:
    world = World(settings=QUICK)
    servers = sorted(world.add_servers(count=101))
    groups = [world.create_group("most", servers[:100]), world.create_group("last", servers[100:])]
    execution_id = world.start(world.create_plan("plan", wave(0, *groups)))
    assert world.run_until_end(execution_id) == "COMPLETED"
    other_plan = world.create_plan("other", wave(0, groups[1]))
    world.seams["execution-handler"].crash("history.transact", nth=3, moment="before")
    with pytest.raises(Crash):
        world.terminate(execution_id)
    other = world.start(other_plan)

    world.run_until_terminated(execution_id)

    assert world.termination(execution_id)["status"] == "FAILED"
    assert world.run_until_end(other) == "COMPLETED"
    check_at_rest(world, execution_id, other)


def test_what_comes_late_after_the_first_is_the_seconds() -> None:
    world = World(settings=QUICK)
    _, execution_id = with_late_job(world)
    world.terminate(execution_id)
    world.run_until_terminated(execution_id)
    assert {one["launchStatus"] for one in world.servers(execution_id)} == {"TERMINATED"}
    until_late_job(world, execution_id)
    world.advance(10 * MINUTE)
    assert len(world.instances()) == 1

    world.terminate(execution_id)
    world.run_until_terminated(execution_id)

    assert world.instances() == []
    check_at_rest(world, execution_id)


def test_an_execution_that_is_terminated_before_it_is_finalized_is_not_closed_until_its_mail_is_out() -> None:
    world = World(settings=QUICK)
    SNS_DOWN.begin(world)
    execution_id = world.start(world.plan_of(1))
    world.run_until(lambda: world.header(execution_id).is_terminal, HOUR, "the end")

    world.terminate(execution_id)
    world.run_until_terminated(execution_id)
    assert world.header(execution_id).open

    world.runs.stop_run(execution_id)
    world.allow_everything()
    world.advance(HOUR)
    assert len(world.mails("complete", execution_id)) == 1
    assert not world.header(execution_id).open
