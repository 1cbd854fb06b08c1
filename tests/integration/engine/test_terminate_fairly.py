"""A termination whose places hang, whose calls stay unanswered or are refused for one instance of many."""

from __future__ import annotations

from typing import Any, Final

import boto3
import pytest

from shared.stores.attribute_values import item_size
from shared.stores.table import DeleteItem
from tests.integration.engine.terminations import MINUTE, calls, end_without_trouble, launched, told
from tests.support.world import DATABASE_ACCOUNT, HOUR, REGION, WEB_ACCOUNT, World, wave
from tests.support.world.rest import QUICK, check_at_rest, held_locks

HANGING: Final = (REGION, "us-east-1", "eu-west-1")
MANY_REGIONS: Final = sorted(boto3.Session().get_available_regions("drs"))


def test_it_does_not_end_while_its_job_runs_where_there_was_no_time_to_look() -> None:
    world = World(settings=QUICK)
    groups = []
    for region in HANGING:
        [server] = world.add_servers(DATABASE_ACCOUNT, 1, region=region, name=f"h{region}")
        groups.append(world.create_group(f"group-{region}", [server], region=region))
    [left] = world.add_servers(WEB_ACCOUNT, 1, name="left")
    groups.append(world.create_group("left", [left], account=WEB_ACCOUNT))
    execution_id = world.start(world.create_plan("plan", wave(0, *groups, deadlineMinutes=10000)))
    assert world.run_until_end(execution_id, limit=30 * HOUR) == "COMPLETED"
    world.fault("terminateFailure", servers=[left], times=None)
    world.fault("lateReply", operation="DescribeJobs", account=DATABASE_ACCOUNT, seconds=35, times=None)
    cell = world.simulator._world.cells[(WEB_ACCOUNT, REGION)]
    cell.servers[left].pace = 120
    world.terminate(execution_id)

    world.run_until_terminated(execution_id, limit=20 * HOUR)

    assert world.termination(execution_id)["status"] == "FAILED"
    assert [job.job_id for job in cell.jobs.values() if job.status != "COMPLETED"] == []
    check_at_rest(world, execution_id)


def test_accounts_that_take_long_keep_no_other_waiting_for_many_rounds() -> None:
    world = World(settings=QUICK)
    groups = []
    for region in MANY_REGIONS[:6]:
        [server] = world.add_servers(DATABASE_ACCOUNT, 1, region=region, name=f"h{region}")
        groups.append(world.create_group(f"group-{region}", [server], region=region))
    groups.append(world.create_group("quick", world.add_servers(WEB_ACCOUNT, 1), account=WEB_ACCOUNT))
    execution_id = world.start(world.create_plan("plan", wave(0, *groups)))
    assert world.run_until_end(execution_id) == "COMPLETED"
    world.fault("lateReply", operation="DescribeJobs", account=DATABASE_ACCOUNT, seconds=35, times=None)
    world.terminate(execution_id)

    world.advance(10 * MINUTE)

    assert world.instances(WEB_ACCOUNT) == []
    assert not [lock for lock in held_locks(world.history.scan()) if WEB_ACCOUNT in lock]
    end_without_trouble(world, execution_id)


def test_that_it_frees_servers_is_written_down_before_the_first_is_free() -> None:
    world = World(settings=QUICK)
    servers = world.add_servers(count=2)
    groups = [world.create_group(name, [name]) for name in servers]
    execution_id = world.start(world.create_plan("plan", wave(0, *groups)))
    assert world.run_until_end(execution_id) == "COMPLETED"
    world.fault("terminateFailure", servers=[servers[0]], times=None)
    world.terminate(execution_id)
    header, freed = world.header(execution_id), []

    def listen(verb: str, arguments: Any) -> None:
        if verb == "history.transact" and any(isinstance(one, DeleteItem) for one in arguments[0]):
            latest = world.executions.latest_termination(header)
            assert latest is not None
            freed.append(latest.lacks_locks)

    world.orchestration.listen(listen)
    world.advance(10 * MINUTE)
    world.simulator.clear_faults()
    world.run_until_terminated(execution_id)

    assert freed
    assert all(freed)
    check_at_rest(world, execution_id)


@pytest.mark.parametrize("answer", ["validation", "denied"])
@pytest.mark.parametrize("refused", [[0], [3], [0, 5]])
def test_instances_for_which_drs_refuses_the_call_keep_no_other(answer: str, refused: list[int]) -> None:
    world = World(settings=QUICK)
    servers = world.add_servers(count=9)
    groups = [world.create_group(name, [name]) for name in servers]
    execution_id = world.start(world.create_plan("plan", wave(0, *groups)))
    assert world.run_until_end(execution_id) == "COMPLETED"
    names = [servers[index] for index in refused]
    world.fault("rejectedServer", operation="TerminateRecoveryInstances", servers=names, answer=answer, times=None)
    world.terminate(execution_id)

    world.advance(HOUR)

    assert {one["sourceServerId"] for one in world.termination(execution_id)["left"]} == set(names)
    assert len(world.instances()) == len(names)
    assert len(held_locks(world.history.scan())) == len(names)
    end_without_trouble(world, execution_id)


@pytest.mark.parametrize("answer", ["validation", "denied"])
def test_what_is_refused_for_all_is_not_asked_for_one_by_one(answer: str) -> None:
    world, execution_id, servers = launched(60)
    operation = "TerminateRecoveryInstances"
    world.fault("rejectedServer", operation=operation, servers=servers, answer=answer, times=None)
    world.terminate(execution_id)

    world.advance(MINUTE / 2)

    assert len(calls(world)) <= 15
    assert len(world.termination(execution_id)["left"]) == 60
    end_without_trouble(world, execution_id)


def test_who_was_not_in_the_unanswered_call_is_not_said_to_have_been() -> None:
    world, execution_id, servers = launched(120)
    world.fault("serverError", operation="TerminateRecoveryInstances", nth=1)
    world.fault("throttling", operation="TerminateRecoveryInstances", nth=2)
    world.terminate(execution_id)

    world.run_until(lambda: bool(world.termination(execution_id)["left"]), HOUR, "survivors")

    assert [len(one.parameters["recoveryInstanceIDs"]) for one in calls(world)][:2] == [100, 20]
    assert len(world.termination(execution_id)["left"]) == 100


def test_instances_that_wait_for_room_are_not_said_to_have_outlived_a_call() -> None:
    world, execution_id, servers = launched(700)
    world.terminate(execution_id)

    world.run_until_terminated(execution_id)

    assert [line for line in told(world, execution_id) if "could not be terminated" in line] == []
    world.oracle.check_gone(execution_id)


def test_each_of_two_instances_keeps_its_own_reason() -> None:
    world, execution_id, servers = launched(10)
    world.fault("terminateFailure", servers=[servers[0]], times=None)
    operation = "TerminateRecoveryInstances"
    world.fault("rejectedServer", operation=operation, servers=[servers[1]], answer="denied", times=None)
    world.terminate(execution_id)

    world.run_until_terminated(execution_id, limit=8 * HOUR)

    reasons = {one["sourceServerId"]: one["reason"] for one in world.termination(execution_id)["left"]}
    assert reasons.keys() == {servers[0], servers[1]}
    assert reasons[servers[0]] == "The EC2 instance could not be terminated"
    assert "denied" in reasons[servers[1]]
    assert len(told(world, execution_id)) < 12


def test_of_what_was_perhaps_never_called_for_no_answer_is_said_to_be_known() -> None:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(1))
    assert world.run_until_end(execution_id) == "COMPLETED"
    world.orchestration.crash("drs.terminate", moment="before")
    world.terminate(execution_id)

    world.run_until_terminated(execution_id)

    [line] = [one for one in told(world, execution_id) if "could not be terminated" in one]
    assert "no answer to the call is known, and no job of it has appeared" in line
    assert len(calls(world)) == 1


def test_a_call_whose_job_no_listing_ever_shows_is_made_ever_more_seldom() -> None:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(1))
    assert world.run_until_end(execution_id) == "COMPLETED"
    world.fault("terminateFailure", times=None)
    world.fault("lateVisibility", seconds=48 * HOUR, byId=True, times=None)
    world.terminate(execution_id)

    world.run_until_terminated(execution_id, limit=10 * HOUR)

    assert len(calls(world)) <= 20
    [left] = world.termination(execution_id)["left"]
    assert "no listing shows job drsjob-" in left["reason"]


@pytest.mark.parametrize("regions", [1, 2])
def test_many_calls_at_once_keep_the_item_small(regions: int) -> None:
    world = World(settings=QUICK)
    groups, refused = [], []
    for region in HANGING[:regions]:
        servers = world.add_servers(count=40, region=region, name=region)
        refused += servers[::2]
        groups.append(world.create_group(region, servers, region=region))
    execution_id = world.start(world.create_plan("plan", wave(0, *groups)))
    assert world.run_until_end(execution_id) == "COMPLETED"
    world.fault("rejectedServer", operation="TerminateRecoveryInstances", servers=refused, times=None)
    world.terminate(execution_id)
    sizes: list[int] = []

    def listen(_verb: str, _arguments: Any) -> None:
        sizes.extend(item_size(row) for row in world.history.scan() if "#TERMINATION#" in str(row["planId"]))

    world.orchestration.listen(listen)
    world.advance(5 * MINUTE)

    assert 4096 * regions / 2 < max(sizes) < 4096 + 8192 * regions


def test_a_conflict_beside_its_own_call_that_was_not_answered_marks_nobody() -> None:
    """The call is halved for one instance; a half is not answered, and the next conflicts, perhaps with that one."""
    world, execution_id, servers = launched(4)
    operation = "TerminateRecoveryInstances"
    world.fault("rejectedServer", operation=operation, nth=1)
    world.fault("lostReply", operation=operation, nth=2)
    world.fault("foreignJob", operation=operation, nth=3, count=4, tags={"owner": "else"})
    world.terminate(execution_id)

    world.run_until_terminated(execution_id)

    outcomes = [call.error_code for call in calls(world)][:3]
    assert outcomes == ["ValidationException", "", "ConflictException"]
    assert [line for line in told(world, execution_id) if "could not be terminated" in line] == []
    world.oracle.check_gone(execution_id)


def test_a_conflict_with_its_own_call_that_was_not_answered_marks_nobody() -> None:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(3))
    assert world.run_until_end(execution_id) == "COMPLETED"
    for server in world.simulator._world.cells[(DATABASE_ACCOUNT, REGION)].servers.values():
        server.pace = 3.0
    world.fault("lostReply", operation="TerminateRecoveryInstances")
    world.fault("lateVisibility", seconds=50)
    world.terminate(execution_id)

    world.run_until_terminated(execution_id)

    assert [line for line in told(world, execution_id) if "could not be terminated" in line] == []
    world.oracle.check_gone(execution_id)


def test_many_places_that_stay_silent_are_told_once() -> None:
    world = World(settings=QUICK)
    groups = []
    for region in (*HANGING, "eu-central-1", "us-east-2", "ap-southeast-1"):
        [server] = world.add_servers(DATABASE_ACCOUNT, 1, region=region, name=f"h{region}")
        groups.append(world.create_group(f"group-{region}", [server], region=region))
    execution_id = world.start(world.create_plan("plan", wave(0, *groups)))
    assert world.run_until_end(execution_id) == "COMPLETED"
    world.remove_role(DATABASE_ACCOUNT)
    world.terminate(execution_id)

    world.advance(HOUR)

    assert len(told(world, execution_id)) <= 2 * len(groups) + 2


def test_silence_that_is_known_is_not_told_again_beside_news() -> None:
    world = World(settings=QUICK)
    groups = []
    for region in HANGING:
        [server] = world.add_servers(DATABASE_ACCOUNT, 1, region=region, name=f"h{region}")
        groups.append(world.create_group(f"group-{region}", [server], region=region))
    [server] = world.add_servers(WEB_ACCOUNT, 1, name="other")
    groups.append(world.create_group("other", [server], account=WEB_ACCOUNT))
    execution_id = world.start(world.create_plan("plan", wave(0, *groups)))
    assert world.run_until_end(execution_id) == "COMPLETED"
    world.fault("terminateFailure", servers=[server], times=None)
    world.remove_role(DATABASE_ACCOUNT)
    world.terminate(execution_id)
    world.advance(10 * MINUTE)
    before = told(world, execution_id)
    world.remove_role(WEB_ACCOUNT)

    world.advance(10 * MINUTE)

    news = told(world, execution_id)[len(before) :]
    assert news
    assert all(WEB_ACCOUNT in line for line in news)


def test_many_silent_accounts_and_regions_are_all_named_and_keep_the_item_small() -> None:
    world = World(settings=QUICK)
    places = [(account, region) for account in (DATABASE_ACCOUNT, WEB_ACCOUNT) for region in MANY_REGIONS[:12]]
    groups = []
    for account, region in places:
        [server] = world.add_servers(account, 1, region=region, name=f"{account}{region}")
        groups.append(world.create_group(f"{account} {region}", [server], account=account, region=region))
    execution_id = world.start(world.create_plan("plan", wave(0, *groups)))
    assert world.run_until_end(execution_id) == "COMPLETED"
    world.fault("lostReply", operation="TerminateRecoveryInstances", times=None)
    world.terminate(execution_id)
    world.advance(MINUTE)
    for account in (DATABASE_ACCOUNT, WEB_ACCOUNT):
        world.remove_role(account)

    world.run_until_terminated(execution_id, limit=10 * HOUR)

    shown = world.termination(execution_id)
    assert shown["status"] == "FAILED"
    assert {(one["accountId"], one["region"]) for one in shown["unknown"]} == set(places)
    assert f"{len(places)} accounts and regions do not answer" in shown["termination"]["statusReason"]
    assert held_locks(world.history.scan()) == []
    sizes = [item_size(row) for row in world.history.scan() if "#TERMINATION#" in str(row["planId"])]
    assert max(sizes) < 4096 + 1024 * len(places), "with one call each"


def test_a_call_that_drs_answers_with_an_error_every_time_is_made_ever_more_seldom_and_not_for_ever() -> None:
    world, execution_id, servers = launched(2)
    world.fault("serverError", operation="TerminateRecoveryInstances", times=None)
    world.terminate(execution_id)

    world.run_until_terminated(execution_id, limit=10 * HOUR)

    shown = world.termination(execution_id)
    assert shown["status"] == "FAILED"
    assert {one["sourceServerId"] for one in shown["left"]} == set(servers)
    assert all("no answer to the call" in one["reason"] for one in shown["left"])
    assert len(calls(world)) <= 20
    assert len(told(world, execution_id)) <= 6
    assert held_locks(world.history.scan()) == []
    world.simulator.clear_faults()
    world.terminate(execution_id)
    world.run_until_terminated(execution_id)
    assert world.termination(execution_id)["status"] == "COMPLETED"
    check_at_rest(world, execution_id)
