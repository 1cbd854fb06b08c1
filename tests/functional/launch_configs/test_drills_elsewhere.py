"""A drill in another subnet: the address of the source goes there only if somebody says so, and fits there."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any, Final

import pytest

from local.drs_simulator.networks import Network
from tests.functional.launch_configs.test_launch_into import configuration, rest
from tests.support.ec2_choices import SUBNETS
from tests.support.world import World, wave
from tests.support.world.machinery import DATABASE_ACCOUNT, REGION
from tests.support.world.rest import QUICK

HERE, ELSEWHERE = SUBNETS[:2]
BLOCKS: Final = {HERE: "10.0.0.0/24", ELSEWHERE: "10.0.1.0/24"}
ADDRESS: Final = "10.0.0.44"


def drill_of(**group: Any) -> tuple[World, str, str]:
    """A plan of one server with an address of the first subnet, and drills in the second."""
    world = World(settings=QUICK)
    network = Network({subnet: ("vpc-1", block) for subnet, block in BLOCKS.items()})
    world.cloud.ec2_instances.networks[DATABASE_ACCOUNT, REGION] = network
    world.cloud.ec2_choices.blocks |= {subnet: IPv4Network(block) for subnet, block in BLOCKS.items()}
    [server] = world.add_servers(count=1, name="db", ip_addresses=(ADDRESS,))
    created = world.create_group("Databases", [server], **group)
    return world, world.create_plan("plan", wave(0, created)), server


def test_drs_copies_no_address_of_its_own_accord_in_a_drill_elsewhere() -> None:
    world, plan, server = drill_of(launchConfig={"subnetId": HERE}, drillLaunchConfig={"subnetId": ELSEWHERE})
    world.simulator._world.cell(DATABASE_ACCOUNT, REGION).servers[server].launch_configuration["copyPrivateIp"] = True

    execution_id = world.start(plan)

    assert world.run_until_end(execution_id) == "COMPLETED"
    rest(world)
    assert configuration(world, server)["copyPrivateIp"] is True, "and it has its own again"


@pytest.mark.parametrize("said", ["launchConfig", "drillLaunchConfig"])
def test_who_has_it_copied_into_another_range_is_told_before_the_start(said: str) -> None:
    settings: dict[str, dict[str, Any]] = {
        "launchConfig": {"subnetId": HERE},
        "drillLaunchConfig": {"subnetId": ELSEWHERE},
    }
    settings[said]["copyPrivateIp"] = True
    world, plan, server = drill_of(**settings)

    report = world.ask("preflight_recovery_plan", planId=plan, executionType="DRILL")
    recovery = world.ask("preflight_recovery_plan", planId=plan, executionType="RECOVERY")
    refused = world.call("start_execution", planId=plan, executionType="DRILL")

    [finding] = [one for one in report["findings"] if one["code"] == "STATIC_IP"]
    assert (finding["outcome"], finding["reason"], finding["serverIds"]) == ("FAIL", "IP_OUT_OF_RANGE", [server])
    assert (
        f"with copyPrivateIp DRS copies the address of the source: {ADDRESS} is not in {ELSEWHERE}"
        in finding["message"]
    )
    assert recovery["canStart"] is True
    assert refused["error"] == "PREFLIGHT_FAILED"
