"""The tag that lets DRS launch into an instance, on instances that launches make: they are nobody's all the same."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest

from shared.models.ec2 import HeldAddress
from tests.functional.launch_configs.test_instances_of_others import prepared_finding
from tests.functional.launch_configs.test_launch_into import OPEN, ask
from tests.support.ec2_choices import SUBNETS
from tests.support.world import World, wave
from tests.support.world.rest import QUICK, check_at_rest


def copied(world: World, **group: Any) -> tuple[str, str]:
    """A plan of a server whose tag goes with it into the instance that a launch makes, and the server."""
    [server] = world.add_servers(count=1, name="db", tags=dict(OPEN))
    created = world.create_group("Databases", [server], launchConfig={"copyTags": True}, **group)
    return world.create_plan("plan", wave(0, created)), server


@pytest.mark.parametrize("door", ["direct", "api"])
def test_an_instance_that_a_launch_has_made_is_terminated_though_the_tag_was_copied_to_it(door: str) -> None:
    world = World(settings=QUICK)
    plan, server = copied(world)

    report = ask(world, door, "preflight_recovery_plan", planId=plan).value
    execution_id = world.start(plan)
    assert world.run_until_end(execution_id) == "COMPLETED"
    [made] = world.cloud.ec2_instances.running()
    tags = world.cloud.ec2_instances.instances[made].order.tags
    again = ask(world, door, "preflight_recovery_plan", planId=plan).value
    begun = ask(world, door, "terminate_instances", executionId=execution_id).value
    world.advance(1200)

    finding = prepared_finding(report)
    assert (finding["outcome"], finding["reason"], finding["serverIds"]) == ("WARN", "TAG_COPIED", [server])
    assert "is copied to what a launch makes" in finding["message"]
    assert report["canStart"] is True
    assert tags["AWSDRS"] == OPEN["AWSDRS"]
    assert {one["code"]: one.get("reason") for one in again["findings"] if one["outcome"] == "WARN"} == {
        "LEFTOVER_INSTANCES": None,
        "PREPARED_INSTANCE": "TAG_COPIED",
    }
    assert begun["leftInstances"] == []
    assert world.cloud.ec2_instances.running() == []
    [shown] = world.servers(execution_id)
    assert (shown["launchStatus"], shown.get("launchIntoInstanceId")) == ("TERMINATED", None)
    check_at_rest(world, execution_id)


def test_where_tags_are_not_copied_nobody_is_warned() -> None:
    world = World(settings=QUICK)
    plan, _ = copied(world, drillLaunchConfig={"copyTags": False})

    drill, recovery = (
        world.ask("preflight_recovery_plan", planId=plan, executionType=each)["findings"]
        for each in ("DRILL", "RECOVERY")
    )

    assert "TAG_COPIED" not in {one.get("reason") for one in drill}
    assert "TAG_COPIED" in {one.get("reason") for one in recovery}


def test_the_address_of_such_an_instance_is_given_back_by_the_next_launch() -> None:
    world = World(settings=QUICK)
    plan, server = copied(world)
    assert world.run_until_end(world.start(plan)) == "COMPLETED"
    [made] = world.cloud.ec2_instances.running()
    [group] = world.ask("list_protection_groups")["items"]
    own = {"subnetId": SUBNETS[0], "staticPrivateIp": "10.0.0.77", "copyPrivateIp": False}
    servers = [{"sourceServerId": server, "launchTemplate": own}]
    world.ask("update_protection_group", groupId=group["groupId"], version=group["version"], servers=servers)
    held = HeldAddress(subnet_id=SUBNETS[0], address=IPv4Address("10.0.0.77"), interface_id="eni-1", instance_id=made)
    world.cloud.ec2_choices.held.append(held)

    report = world.ask("preflight_recovery_plan", planId=plan, executionType="RECOVERY")

    assert "STATIC_IP" not in {one["code"] for one in report["findings"]}
