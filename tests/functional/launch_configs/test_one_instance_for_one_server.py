"""An instance takes one server: who has it keeps it until the end, and nobody else's start gets past that."""

from __future__ import annotations

from typing import Any

import pytest

from local.drs_simulator.prepared import PreparedInstance
from shared.models.lock import OwnerKind
from shared.models.targets import Target, instance_in
from shared.operations import EXECUTION
from tests.functional.launch_configs.test_instances_of_others import told_by_others
from tests.functional.launch_configs.test_launch_into import ask, name_instance, prepare
from tests.support.world import World, wave
from tests.support.world.machinery import DATABASE_ACCOUNT, REGION
from tests.support.world.rest import QUICK, check_at_rest

PLACE = Target(account_id=DATABASE_ACCOUNT, region=REGION)


def rivals(world: World) -> tuple[list[str], PreparedInstance]:
    """Two plans of a server each that would both be launched into one instance: by its id, and by its name."""
    first = world.add_servers(count=1, name="other")
    second = world.add_servers(count=1, name="db")
    instance = prepare(world, 1)
    by_id, by_name = world.create_group("A", first), world.create_group("B", second, launchIntoMatching="NAME")
    name_instance(world, by_id, first[0], instance)
    return [world.create_plan(name, wave(0, group)) for name, group in (("a", by_id), ("b", by_name))], instance


@pytest.mark.parametrize("door", ["direct", "api"])
def test_while_an_execution_has_an_instance_no_other_start_gets_it(door: str) -> None:
    world = World(settings=QUICK)
    [first, second], instance = rivals(world)
    running = world.start(first, "RECOVERY")

    report = ask(world, door, "preflight_recovery_plan", planId=second).value
    refused = ask(
        world,
        door,
        "start_execution",
        planId=second,
        executionType="RECOVERY",
        override={"reason": "we need it", "codes": ["SERVER_BUSY"]},
    )

    assert report["canStart"] is False
    [finding] = [one for one in report["findings"] if one["outcome"] == "FAIL"]
    assert (finding["code"], finding["reason"]) == ("SERVER_BUSY", "HELD_BY_EXECUTION")
    told = f"{instance.instance_id} in {PLACE}, into which db-1 is to be launched, is held by execution {running}"
    assert told in finding["message"]
    assert finding["details"]["instances"] == {finding["serverIds"][0]: instance.instance_id}
    assert refused.value["details"]["reason"] == "SERVER_CONFLICT"
    [one] = refused.value["details"]["servers"]
    assert (one["executionId"], one["instanceId"]) == (running, instance.instance_id)
    assert world.run_until_end(running) == "COMPLETED"
    assert len(world.simulator.record.calls("StartRecovery")) == 1
    instance.state = "stopped"
    again = world.start(second, "RECOVERY")
    assert world.run_until_end(again) == "COMPLETED"
    check_at_rest(world, running, again)


def test_of_two_starts_whose_checks_both_passed_one_is_refused_by_the_lock() -> None:
    world = World(settings=QUICK)
    [first, second], instance = rivals(world)
    started: list[str] = []
    world.seams[EXECUTION].on("history.transact", lambda: started.append(world.start(first, "RECOVERY")))

    refused = world.call("start_execution", planId=second, executionType="RECOVERY")

    [running] = started
    assert refused["details"]["reason"] == "SERVER_CONFLICT"
    assert f"Instance {instance.instance_id} is held by execution {running} of plan a" in refused["message"]
    assert refused["details"]["servers"][0]["instanceId"] == instance.instance_id
    assert world.run_until_end(running) == "COMPLETED"
    check_at_rest(world, running)


@pytest.mark.parametrize("door", ["direct", "api"])
def test_an_instance_of_which_others_told_drs_is_launched_into_by_one_execution_at_a_time(door: str) -> None:
    world = World(settings=QUICK)
    instance = prepare(world, 1)
    plans = list[str]()
    for name in ("a", "b"):
        servers = world.add_servers(count=1, name=name)
        told_by_others(world, servers[0], instance)
        plans.append(world.create_plan(name, wave(0, world.create_group(name.upper(), servers))))
    accepted = {"override": {"reason": "all is lost", "codes": ["PREPARED_INSTANCE"]}, "executionType": "RECOVERY"}

    running = ask(world, door, "start_execution", planId=plans[0], **accepted).value["executionId"]
    refused = ask(world, door, "start_execution", planId=plans[1], **accepted)

    assert refused.value["details"]["reason"] == "SERVER_CONFLICT"
    assert f"Instance {instance.instance_id} is held by execution {running}" in refused.value["message"]
    [one] = refused.value["details"]["servers"]
    assert (one["executionId"], one["instanceId"]) == (running, instance.instance_id)
    assert world.run_until_end(running) == "COMPLETED"
    check_at_rest(world, running)
    instance.state = "stopped"
    again = ask(world, door, "start_execution", planId=plans[1], **accepted).value["executionId"]
    assert world.run_until_end(again) == "COMPLETED"
    check_at_rest(world, again)


def test_an_abandoned_job_keeps_its_instance_until_it_has_ended() -> None:
    world = World(settings=QUICK)
    servers = world.add_servers(count=1, name="db")
    instance = prepare(world, 1)
    group = world.create_group("A", servers, launchIntoMatching="NAME")
    patience: dict[str, Any] = {"deadlineMinutes": 10, "drainMinutes": 5, "failurePolicy": "STOP"}
    plan = world.create_plan("a", wave(0, group, **patience))
    world.fault("stuckJob", seconds=8 * 3600)
    execution_id = world.start(plan)
    assert world.run_until_end(execution_id) == "FAILED"
    locks, held = world.parts._orchestration().locks, instance_in(PLACE, instance.instance_id)

    kept = locks.owner(held)
    world.advance(9 * 3600)

    assert kept is not None
    [launch] = world.executions.launches(world.header(execution_id))
    assert (kept.owner.kind, kept.owner.job_id) == (OwnerKind.JOB, launch.job_id)
    assert locks.owner(held) is None
    check_at_rest(world, execution_id)


def two_groups(world: World, **said: Any) -> tuple[list[str], list[str], PreparedInstance]:
    servers = world.add_servers(count=2, name="db")
    return (
        [world.create_group(name, [one], **said) for name, one in zip("AB", servers, strict=True)],
        servers,
        prepare(world, 1),
    )


@pytest.mark.parametrize("door", ["direct", "api"])
@pytest.mark.parametrize("layer", ["launchTemplate", "drillLaunchTemplate"])
def test_an_instance_of_one_group_cannot_be_named_in_another(door: str, layer: str) -> None:
    world = World(settings=QUICK)
    groups, servers, instance = two_groups(world)
    name_instance(world, groups[0], servers[0], instance)
    into = {"launchIntoInstanceProperties": {"launchIntoEc2InstanceId": instance.instance_id}}

    refused = ask(
        world,
        door,
        "update_server_launch_config",
        groupId=groups[1],
        serverId=servers[1],
        version=1,
        **{"launchTemplate": {}, layer: into},
    )
    world.ask("delete_server_launch_config", groupId=groups[0], serverId=servers[0])
    taken = ask(
        world,
        door,
        "update_server_launch_config",
        groupId=groups[1],
        serverId=servers[1],
        version=1,
        **{"launchTemplate": {}, layer: into},
    )

    assert refused.code == "VALIDATION_ERROR"
    [told] = refused.value["details"]["fields"]
    assert told["code"] == "LAUNCH_INTO_TAKEN"
    assert told["field"].endswith(f"{layer}.launchIntoInstanceProperties.launchIntoEc2InstanceId")
    assert told["reason"] == f"{instance.instance_id} is the instance of a server of the group A"
    assert taken.code is None


def test_a_group_may_give_an_instance_from_one_of_its_servers_to_another() -> None:
    world = World(settings=QUICK)
    servers = world.add_servers(count=2, name="db")
    instance = prepare(world, 1)
    into = {"launchIntoInstanceProperties": {"launchIntoEc2InstanceId": instance.instance_id}}
    group = world.create_group("A", servers)
    name_instance(world, group, servers[0], instance)

    moved = world.ask(
        "update_protection_group",
        groupId=group,
        version=2,
        servers=[{"sourceServerId": servers[1], "drillLaunchTemplate": into}],
    )

    assert [one["sourceServerId"] for one in moved["servers"]] == [servers[1]]
