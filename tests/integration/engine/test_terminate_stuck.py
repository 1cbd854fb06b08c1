"""A termination that cannot succeed: it says what is left, lets go of the rest, tries ever more seldom, and ends."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

import pytest

from tests.integration.engine.terminations import MINUTE, calls, end_without_trouble, told, with_abandoned_job
from tests.support.world import DATABASE_ACCOUNT, HOUR, REGION, WEB_ACCOUNT, Refused, World, wave
from tests.support.world.rest import QUICK, check_at_rest, held_locks

PLACE: Final = f"{DATABASE_ACCOUNT}/{REGION}"


def protected(kind: str = "DRILL") -> tuple[World, str, str, list[str]]:
    """A world whose ended execution has two instances, of which the first cannot be terminated."""
    world = World(settings=QUICK)
    servers = world.add_servers(count=2)
    plan_id = world.create_plan("plan", wave(0, *(world.create_group(name, [name]) for name in servers)))
    execution_id = world.start(plan_id, kind)
    assert world.run_until_end(execution_id) == "COMPLETED"
    world.fault("terminateFailure", servers=[servers[0]], times=None)
    return world, plan_id, execution_id, servers


def plan_for(world: World, server: str, name: str) -> str:
    """Another plan for one of the servers."""
    [group] = [group_id for group_id, members in world._groups.items() if set(members) == {server}]
    return world.create_plan(name, wave(0, group))


def test_it_names_the_instance_that_is_left_and_why() -> None:
    world, _, execution_id, servers = protected()
    world.terminate(execution_id)

    world.advance(10 * MINUTE)
    [instance] = world.instances()

    shown = world.termination(execution_id)
    [left] = shown["left"]
    assert (left["accountId"], left["region"], left["sourceServerId"]) == (DATABASE_ACCOUNT, REGION, servers[0])
    assert left["reason"] == "The EC2 instance could not be terminated"
    assert left["recoveryInstanceId"] == instance
    assert left["tries"] >= 2
    assert f"{PLACE}: {left['recoveryInstanceId']} of" in shown["termination"]["statusReason"]
    assert "The EC2 instance could not be terminated" in shown["termination"]["statusReason"]
    [line] = [one for one in told(world, execution_id) if "could not be terminated" in one]
    assert left["recoveryInstanceId"] in line


def test_servers_whose_instances_are_gone_are_free_for_a_recovery_at_once() -> None:
    world, plan_id, execution_id, servers = protected()
    gone = plan_for(world, servers[1], "gone")
    world.terminate(execution_id)
    world.advance(10 * MINUTE)

    with pytest.raises(Refused) as refused:
        world.start(plan_id)
    recovery = world.start(gone, "RECOVERY")

    assert [one["server"] for one in refused.value.envelope["details"]["servers"]] == [servers[0]]
    assert world.run_until_end(recovery) == "COMPLETED"
    assert world.termination(execution_id)["status"] == "RUNNING"
    shown = {one["sourceServerId"]: one["launchStatus"] for one in world.servers(execution_id)}
    assert shown == {servers[0]: "LAUNCHED", servers[1]: "TERMINATED"}


def test_an_account_that_is_clean_is_free_while_another_is_not() -> None:
    world = World(settings=QUICK)
    here, there = world.add_servers(DATABASE_ACCOUNT, 1, name="here"), world.add_servers(WEB_ACCOUNT, 1, name="there")
    left, right = world.create_group("left", here), world.create_group("right", there, account=WEB_ACCOUNT)
    execution_id = world.start(world.create_plan("both", wave(0, left, right)))
    other = world.create_plan("other", wave(0, right))
    assert world.run_until_end(execution_id) == "COMPLETED"
    world.remove_role(DATABASE_ACCOUNT)

    world.terminate(execution_id)
    world.advance(10 * MINUTE)

    assert world.termination(execution_id)["status"] == "RUNNING"
    assert world.run_until_end(world.start(other)) == "COMPLETED"


def test_it_tries_ever_more_seldom_ends_and_can_be_asked_for_again() -> None:
    world, plan_id, execution_id, _ = protected()
    world.terminate(execution_id)

    world.run_until_terminated(execution_id, limit=8 * HOUR)

    shown = world.termination(execution_id)
    assert shown["status"] == "FAILED"
    assert shown["termination"]["remainingCount"] == 1
    assert "given up" in shown["termination"]["statusReason"]
    assert shown["left"][0]["recoveryInstanceId"] in shown["termination"]["statusReason"]
    assert len(calls(world)) < 20
    assert len([one for one in told(world, execution_id) if "could not be terminated" in one]) == 2, "new, and the end"
    assert len(told(world, execution_id)) < 8
    asked = datetime.fromisoformat(shown["termination"]["requestedAt"])
    lasted = (datetime.fromisoformat(shown["termination"]["endedAt"]) - asked).total_seconds()
    assert 6 * HOUR <= lasted <= 7 * HOUR
    check_at_rest(world, execution_id)

    world.simulator.clear_faults()
    again = world.terminate(execution_id)

    assert again["number"] == 2
    world.run_until_terminated(execution_id)
    after = world.termination(execution_id)
    assert (after["status"], after["left"], after["unknown"]) == ("COMPLETED", [], [])
    world.oracle.check_gone(execution_id)
    check_at_rest(world, execution_id)
    assert {one["launchStatus"] for one in world.servers(execution_id)} == {"TERMINATED"}
    assert world.run_until_end(world.start(plan_id)) == "COMPLETED"


def test_a_protection_that_is_taken_off_is_noticed_within_half_an_hour() -> None:
    world, _, execution_id, _ = protected()
    world.terminate(execution_id)
    world.advance(4 * HOUR)
    world.simulator.clear_faults()

    world.run_until_terminated(execution_id, limit=40 * MINUTE)

    assert world.termination(execution_id)["status"] == "COMPLETED"
    world.oracle.check_gone(execution_id)
    check_at_rest(world, execution_id)


def test_a_role_that_is_gone_for_good_ends_it_and_what_it_hides_is_unknown() -> None:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(2))
    assert world.run_until_end(execution_id) == "COMPLETED"
    world.remove_role(DATABASE_ACCOUNT)
    world.terminate(execution_id)

    world.run_until_terminated(execution_id, limit=7 * HOUR)

    shown = world.termination(execution_id)
    assert shown["status"] == "FAILED"
    [unknown] = shown["unknown"]
    assert (unknown["accountId"], unknown["region"]) == (DATABASE_ACCOUNT, REGION)
    assert unknown["reason"]
    assert f"could not ask {PLACE}, what is left there is unknown" in shown["termination"]["statusReason"]
    assert {one["launchStatus"] for one in world.servers(execution_id)} == {"LAUNCHED"}
    assert held_locks(world.history.scan()) == []

    world.restore_role(DATABASE_ACCOUNT)
    world.terminate(execution_id)
    world.run_until_terminated(execution_id)
    assert world.termination(execution_id)["status"] == "COMPLETED"
    world.oracle.check_gone(execution_id)
    check_at_rest(world, execution_id)


def test_a_role_that_may_not_terminate_is_asked_ever_more_seldom() -> None:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(2))
    assert world.run_until_end(execution_id) == "COMPLETED"
    world.fault("revokedRole", operation="TerminateRecoveryInstances", times=None)
    world.terminate(execution_id)

    world.run_until_terminated(execution_id, limit=7 * HOUR)

    shown = world.termination(execution_id)
    assert shown["status"] == "FAILED"
    assert len(shown["left"]) == 2
    assert len(calls(world)) < 3 * 20, "all, one alone, and the others"
    check_at_rest(world, execution_id)


@pytest.mark.sweep
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("verb", ["history.put", "history.transact", "history.update", "runs.run_status"])
@pytest.mark.parametrize("nth", [1, 3])
def test_a_crash_at_the_end_leaves_nothing_behind(verb: str, nth: int, moment: Any) -> None:
    world, _, execution_id, _ = protected()
    world.terminate(execution_id)
    header = world.header(execution_id)

    def is_given_up() -> bool:
        latest = world.executions.latest_termination(header)
        return latest is not None and latest.is_given_up

    world.run_until(is_given_up, 8 * HOUR, "giving up")
    world.orchestration.crash(verb, nth=nth, moment=moment)

    world.run_until_terminated(execution_id, limit=HOUR)

    assert world.termination(execution_id)["status"] == "FAILED"
    check_at_rest(world, execution_id)


@pytest.mark.sweep
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    ("verb", "nth"),
    [
        ("drs.job_log", 1),
        ("drs.terminate", 2),
        *(("history.put", nth) for nth in (1, 5, 11)),
        *(("history.transact", nth) for nth in (1, 3, 6)),
    ],
)
def test_a_crash_on_the_way_keeps_neither_the_gone_server_nor_the_others_for_ever(
    verb: str, nth: int, moment: Any
) -> None:
    world, _, execution_id, servers = protected()
    gone = plan_for(world, servers[1], "gone")
    world.terminate(execution_id)
    world.orchestration.crash(verb, nth=nth, moment=moment)

    world.advance(20 * MINUTE)
    assert world.run_until_end(world.start(gone)) == "COMPLETED"
    world.run_until_terminated(execution_id, limit=8 * HOUR)

    assert world.termination(execution_id)["status"] == "FAILED"
    assert len(calls(world)) < 20
    check_at_rest(world, execution_id)


def test_many_instances_that_are_left_keep_the_item_small() -> None:
    world = World(settings=QUICK)
    servers = world.add_servers(count=120)
    groups = [world.create_group(f"group-{start}", servers[start : start + 60]) for start in (0, 60)]
    execution_id = world.start(world.create_plan("plan", wave(0, *groups)))
    assert world.run_until_end(execution_id) == "COMPLETED"
    world.fault("terminateFailure", servers=servers, times=None)
    world.terminate(execution_id)

    world.advance(HOUR)

    shown = world.termination(execution_id)
    assert len(shown["left"]) == 120
    assert "and 110 more could not be terminated" in shown["termination"]["statusReason"]
    sizes = [len(json.dumps(row, default=str)) for row in world.history.scan() if "#TERMINATION#" in str(row["planId"])]
    assert max(sizes) < 4096
    assert len(calls(world)) < 20


def test_an_abandoned_job_keeps_no_survivor_locked_for_days() -> None:
    world, execution_id, servers = with_abandoned_job(48)
    world.fault("terminateFailure", servers=[servers[0]], times=None)
    world.terminate(execution_id)

    world.run_until_terminated(execution_id, limit=8 * HOUR)

    shown = world.termination(execution_id)
    assert shown["status"] == "FAILED"
    assert "has not ended" in shown["termination"]["statusReason"]
    assert [one["sourceServerId"] for one in shown["left"]] == [servers[0]]
    [lock] = held_locks(world.history.scan())
    assert servers[1] in str(lock)


def test_what_is_left_is_counted_where_an_account_is_silent_too() -> None:
    world = World(settings=QUICK)
    here, there = world.add_servers(DATABASE_ACCOUNT, 1, name="here"), world.add_servers(WEB_ACCOUNT, 1, name="there")
    left, right = world.create_group("left", here), world.create_group("right", there, account=WEB_ACCOUNT)
    execution_id = world.start(world.create_plan("both", wave(0, left, right)))
    assert world.run_until_end(execution_id) == "COMPLETED"
    world.fault("terminateFailure", servers=[*here, *there], times=None)
    world.terminate(execution_id)
    world.advance(10 * MINUTE)
    world.remove_role(DATABASE_ACCOUNT)

    world.run_until_terminated(execution_id, limit=10 * HOUR)

    shown = world.termination(execution_id)
    assert len(shown["left"]) == 2
    assert shown["termination"]["remainingCount"] == 2


def test_an_instance_is_listed_until_two_reads_agree_that_it_is_gone() -> None:
    world, _, execution_id, _ = protected()
    world.terminate(execution_id)
    world.advance(10 * MINUTE)
    world.simulator.clear_faults()
    header = world.header(execution_id)

    def has_read_once() -> bool:
        latest = world.executions.latest_termination(header)
        return latest is not None and 1 in latest.clean_reads.values()

    world.run_until(has_read_once, HOUR, "one clean read")

    assert world.termination(execution_id)["status"] == "RUNNING"
    assert len(world.termination(execution_id)["left"]) == 1
    assert world.termination(execution_id)["termination"]["statusReason"] == "nothing found; read again"


@pytest.mark.parametrize("reader", ["round", "reconciler"])
def test_what_a_round_writes_is_not_overwritten_by_who_has_read_before(reader: str) -> None:
    """A round that still runs writes that it frees; a repeated round, or the reconciler, has read just before."""
    world, _, execution_id, _ = protected()
    world.terminate(execution_id)
    world.advance(40)
    header = world.header(execution_id)
    before = world.executions.latest_termination(header)
    assert before is not None
    assert not before.lacks_locks
    wrote: list[str] = []

    def the_other_writes() -> None:
        read = world.executions.latest_termination(header)
        assert read is not None
        world.executions.update_termination(read.model_copy(update={"lacks_locks": True}))
        wrote.append(read.visit)

    def listen(verb: str, arguments: Any) -> None:
        if verb == "history.get" and "#TERMINATION#" in str(arguments[0]) and not wrote:
            world.orchestration.on("history.get", the_other_writes, moment="after")

    if reader == "reconciler":
        [run] = [one.name for one in world.runs.running]
        world.runs.stop_run(run)
        world.orchestration.on("runs.run_status", the_other_writes, moment="after")
    else:
        world.orchestration.listen(listen)
    world.run_until(lambda: bool(wrote), HOUR, "the write")

    def has_gone_on() -> bool:
        latest = world.executions.latest_termination(header)
        return latest is not None and (latest.visit, latest.run_seq) != (before.visit, before.run_seq)

    world.run_until(has_gone_on, HOUR, "the next round, or the next run")
    after = world.executions.latest_termination(header)
    assert after is not None
    assert after.lacks_locks
    end_without_trouble(world, execution_id)
