"""Instances that were there before and of which no group of ours says anything: they are found out, and left."""

from __future__ import annotations

import pytest

from local.drs_simulator.prepared import PreparedInstance
from tests.functional.launch_configs.test_launch_into import OPEN, ask, prepare
from tests.support.world import World, wave
from tests.support.world.machinery import DATABASE_ACCOUNT, REGION
from tests.support.world.rest import QUICK, check_at_rest


def told_by_others(world: World, server: str, instance: PreparedInstance) -> None:
    """Let DRS be told by somebody else to launch the server into the instance, as AWS's own default does."""
    configuration = world.simulator._world.cell(DATABASE_ACCOUNT, REGION).servers[server].launch_configuration
    configuration |= {
        "launchIntoInstanceProperties": {"launchIntoEC2InstanceID": instance.instance_id},
        "copyTags": False,
        "copyPrivateIp": False,
    }


@pytest.mark.parametrize("door", ["direct", "api"])
def test_a_termination_leaves_an_instance_that_others_had_drs_launch_into(door: str) -> None:
    world = World(settings=QUICK)
    servers = world.add_servers(count=2, name="db")
    instance = prepare(world, 1)
    plan = world.create_plan("plan", wave(0, world.create_group("Databases", servers)))
    execution_id = world.start(plan)
    told_by_others(world, servers[0], instance)
    assert world.run_until_end(execution_id) == "COMPLETED"
    [new] = world.cloud.ec2_instances.running()

    begun = ask(world, door, "terminate_instances", executionId=execution_id).value
    world.advance(1200)

    assert [one["instanceId"] for one in begun["leftInstances"]] == [instance.instance_id]
    assert instance.state == "running"
    [call] = world.simulator.record.calls("TerminateRecoveryInstances")
    assert call.parameters["recoveryInstanceIDs"] == [new]
    ended = ask(world, door, "get_termination_status", executionId=execution_id).value["termination"]
    assert (ended["status"], ended["leftCount"]) == ("COMPLETED", 1)
    assert ended["statusReason"] == "no instance of this execution is left but 1 instance that had been there before"
    shown = {one["sourceServerId"]: one for one in world.servers(execution_id)}
    assert shown[servers[0]]["launchStatus"] == "LAUNCHED"
    assert shown[servers[0]]["launchIntoInstanceId"] == instance.instance_id
    assert shown[servers[1]]["launchStatus"] == "TERMINATED"
    found = ask(world, door, "get_recovery_instances", executionId=execution_id).value["items"]
    assert [one["launchedInto"] for one in found] == [True]
    check_at_rest(world, execution_id)


def test_a_tag_that_came_after_the_launch_is_respected_and_told() -> None:
    world = World(settings=QUICK)
    servers = world.add_servers(count=1, name="db")
    instance = prepare(world, 1)
    plan = world.create_plan("plan", wave(0, world.create_group("Databases", servers)))
    execution_id = world.start(plan)
    told_by_others(world, servers[0], instance)
    while instance.state != "running":
        world.advance(1)
    instance.tags = {}
    assert world.run_until_end(execution_id) == "COMPLETED"
    instance.tags = dict(OPEN)

    begun = world.ask("terminate_instances", executionId=execution_id)
    world.advance(1200)
    again = world.ask("terminate_instances", executionId=execution_id)
    world.advance(1200)

    assert begun["leftInstances"] == []
    assert [one["instanceId"] for one in again["leftInstances"]] == [instance.instance_id]
    assert world.simulator.record.calls("TerminateRecoveryInstances") == []
    assert instance.state == "running"
    ended = world.ask("get_termination_status", executionId=execution_id)["termination"]
    assert (ended["status"], ended["leftCount"]) == ("COMPLETED", 1)
    told = [one["message"] for one in world.events(execution_id)]
    left = f"{instance.instance_id} of db-1 carries the tag by which its owner lets DRS launch into it: it is left"
    assert sum(left in each for each in told) == 1
    check_at_rest(world, execution_id)


def test_nothing_is_terminated_while_ec2_does_not_tell_whose_it_is() -> None:
    world = World(settings=QUICK)
    servers = world.add_servers(count=1, name="db")
    plan = world.create_plan("plan", wave(0, world.create_group("Databases", servers)))
    execution_id = world.start(plan)
    assert world.run_until_end(execution_id) == "COMPLETED"
    world.cloud.roles.revoked.add(DATABASE_ACCOUNT)

    world.ask("terminate_instances", executionId=execution_id)
    world.advance(600)

    assert world.simulator.record.calls("TerminateRecoveryInstances") == []
    told = world.ask("get_termination_status", executionId=execution_id)["termination"]["statusReason"]
    assert "DescribeInstances" in told
    world.cloud.roles.revoked.clear()
    world.advance(1200)
    assert world.cloud.ec2_instances.running() == []
    check_at_rest(world, execution_id)
