"""Drills have settings of their own, which never outlive them."""

from __future__ import annotations

from typing import Any, Final

import pytest

from local.drs_simulator.networks import Network
from local.drs_simulator.templates import MemoryTemplate
from shared.launch_config_rules import settings_of
from shared.models.base import format_instant
from shared.operations import DATA_MANAGEMENT
from shared.stores.conditions import Exists
from shared.stores.keys import item_key
from shared.stores.table import Changes
from tests.functional.launch_configs.test_before_a_wave import held
from tests.support.world import World, wave
from tests.support.world.functions import function_arn
from tests.support.world.machinery import DATABASE_ACCOUNT, REGION
from tests.support.world.rest import QUICK

STANDING: Final = {"subnetId": "subnet-0000000a", "copyTags": True}
SUBNETS: Final = {"subnet-0000000a": ("vpc-1", "10.0.0.0/24"), "subnet-0000000b": ("vpc-2", "10.0.0.0/24")}
DRILL: Final = {"subnetId": "subnet-0000000b", "recoveryMode": "OPTIMAL"}


def drilled(world: World, count: int = 2, **group: Any) -> tuple[str, list[str]]:
    """A plan of a group with settings for drills, and its servers."""
    networks = world.cloud.ec2_instances.networks
    networks[DATABASE_ACCOUNT, REGION] = Network(subnets=SUBNETS)
    servers = world.add_servers(count=count, name="db")
    created = world.create_group("db", servers, launchConfig=STANDING, drillLaunchConfig=DRILL, **group)
    return world.create_plan("plan", wave(0, created)), servers


def template_of(world: World, server: str) -> MemoryTemplate:
    """The launch template of a server."""
    return world.cloud.ec2_instances.template(DATABASE_ACCOUNT, REGION, held(world, server)["ec2LaunchTemplateID"])


def in_template(world: World, server: str) -> dict[str, Any]:
    """The first interface of the default version."""
    template = template_of(world, server)
    found: dict[str, Any] = template.version(template.default)["NetworkInterfaces"][0]
    return found


def minute(world: World, minutes: int = 1) -> None:
    """Let so many minutes pass, and the schedule fire at the end of them."""
    world.advance(60 * minutes)
    world.functions.invoke_later(function_arn(DATA_MANAGEMENT), {"schedule": "configuration"})
    world.settle()


@pytest.mark.requirement("SRS-E18")
def test_a_drill_launches_with_its_own_settings_and_leaves_none_of_them() -> None:
    world = World(settings=QUICK)
    plan, servers = drilled(world)

    execution_id = world.start(plan)

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert {one["settingsNote"] for one in world.servers(execution_id)} == {
        "repaired: copyTags; for this execution only: recoveryMode, subnetId"
    }
    assert {held(world, server).get("recoveryMode") for server in servers} == {"FAST"}
    assert ["SubnetId" in in_template(world, server) for server in servers] == [False, False]
    assert {one.launch.subnet_id for one in world.cloud.ec2_instances.instances.values()} == {"subnet-0000000b"}
    [group] = world.ask("list_protection_groups")["items"]
    lines = world.ask("get_server_config_history", groupId=group["groupId"], serverId=servers[0])["items"]
    assert [line["action"] for line in lines] == ["RESTORED", "APPLIED", "APPLIED"]


def test_what_a_drill_left_is_restored_before_a_recovery_launches() -> None:
    world = World(settings=QUICK)
    plan, servers = drilled(world)
    world.fault("revokedRole", operation="UpdateLaunchConfiguration", times=None)
    world.simulator.clear_faults()
    drill = world.start(plan)
    world.run_until_status(drill, "COMPLETED")
    # nobody restores it at the end
    world.fault("revokedRole", operation="GetLaunchConfiguration", times=None)
    world.run_until_end(drill)
    assert {in_template(world, server)["SubnetId"] for server in servers} == {"subnet-0000000b"}
    world.simulator.clear_faults()
    launched = len(world.simulator.record.calls("StartRecovery"))

    recovery = world.start(plan, "RECOVERY")
    world.run_until(lambda: len(world.simulator.record.calls("StartRecovery")) > launched)
    modes = [held(world, server)["recoveryMode"] for server in servers]

    # the subnet is the group's, and would be repaired anyway; of this the group says nothing
    assert modes == ["FAST", "FAST"]
    assert world.run_until_end(recovery) == "COMPLETED"
    used = {one.order.job_id: one.launch.subnet_id for one in world.cloud.ec2_instances.instances.values()}
    assert list(used.values()) == ["subnet-0000000b", "subnet-0000000a"]


def test_what_is_left_is_told_by_the_preflight_and_the_status_and_restored_by_the_schedule() -> None:
    world = World(settings=QUICK)
    plan, servers = drilled(world)
    drill = world.start(plan)
    world.run_until_status(drill, "COMPLETED")
    world.fault("revokedRole", operation="GetLaunchConfiguration", times=None)
    world.run_until_end(drill)
    world.simulator.clear_faults()

    [group] = world.ask("list_protection_groups")["items"]
    status = world.ask("get_launch_config_status", groupId=group["groupId"])["items"]
    findings = world.ask("preflight_recovery_plan", planId=plan)["findings"]

    assert [(one["temporary"]["executionId"], one["temporary"]["fields"]) for one in status] == [
        (drill, ["recoveryMode", "subnetId"])
    ] * 2
    [left] = [each for each in findings if each["code"] == "TEMPORARY_SETTINGS_LEFT"]
    assert (left["outcome"], left["serverIds"], left["details"]["executionId"]) == ("WARN", sorted(servers), drill)

    minute(world, 61)

    status = world.ask("get_launch_config_status", groupId=group["groupId"])["items"]
    assert [one.get("temporary") for one in status] == [None, None]
    assert ["SubnetId" in in_template(world, server) for server in servers] == [False, False]


def paused_drill(world: World, **group: Any) -> tuple[str, str, str]:
    """A drill that waits before its wave, its group, and its server."""
    [server] = world.add_servers(name="db")
    made = world.create_group("db", [server], launchConfig={"copyTags": True}, **group)
    execution_id = world.start(world.create_plan("plan", wave(0, made, pauseBeforeWave=True)))
    world.run_until(lambda: world.execution(execution_id)["waves"][0]["status"] == "AWAITING_APPROVAL")
    return execution_id, made, server


def change(world: World, group: str, **said: Any) -> None:
    """Save a group anew."""
    version = world.ask("get_protection_group", groupId=group)["version"]
    world.ask("update_protection_group", groupId=group, version=version, **said)


def test_settings_for_drills_that_a_group_gets_while_one_runs_are_counted_told_and_given_back() -> None:
    world = World(settings=QUICK)
    execution_id, group, server = paused_drill(world)
    change(world, group, drillLaunchConfig={"recoveryMode": "OPTIMAL"})

    world.ask("resume_execution", executionId=execution_id)
    world.run_until(lambda: bool(world.simulator.record.calls("StartRecovery")))

    assert held(world, server)["recoveryMode"] == "OPTIMAL"
    assert world.execution(execution_id)["temporarySettingsCount"] == 1
    world.fault("revokedRole", operation="UpdateLaunchConfiguration", times=None)
    assert world.run_until_end(execution_id) == "COMPLETED"
    assert world.execution(execution_id)["temporarySettingsCount"] == 1
    assert world.header(execution_id).lends_settings
    world.simulator.clear_faults()
    for _ in range(5):
        minute(world)
    assert held(world, server)["recoveryMode"] == "FAST"
    assert world.execution(execution_id)["temporarySettingsCount"] == 0
    assert not world.header(execution_id).lends_settings, "nobody reads the rows of others for it any more"


def test_settings_for_drills_that_a_group_loses_while_one_waits_are_told_of_by_nobody() -> None:
    world = World(settings=QUICK)
    execution_id, group, server = paused_drill(world, drillLaunchConfig={"recoveryMode": "OPTIMAL"})
    change(world, group, drillLaunchConfig=None)

    world.ask("resume_execution", executionId=execution_id)

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert held(world, server)["recoveryMode"] == "FAST"
    assert not world.header(execution_id).lends_settings


def test_an_execution_whose_last_row_went_with_a_work_that_was_cut_off_says_so_when_it_is_asked_for_again() -> None:
    world = World(settings=QUICK)
    plan, _servers = drilled(world)
    execution_id = world.start(plan)
    world.run_until_end(execution_id)
    ended = world.header(execution_id)
    world.tables.execution_history.update(
        item_key(execution_id, ended.plan_id), Changes(set={"lendsSettings": True}), Exists("executionId")
    )

    work = {"work": "restore-settings", "executionId": execution_id, "planId": ended.plan_id}
    world.functions.invoke_later(function_arn(DATA_MANAGEMENT), work)
    world.settle()

    assert not world.header(execution_id).lends_settings


def test_a_run_that_is_under_way_does_not_write_over_what_a_drill_has_that_begins_meanwhile() -> None:
    world = World(settings=QUICK)
    plan, [server] = drilled(world, 1)
    [group] = world.ask("list_protection_groups")["items"]
    seen: list[dict[str, Any]] = []

    def begin() -> None:
        execution = world.start(plan)
        asked = {"executionId": execution, "planId": plan, "waveNumber": 0}
        now = format_instant(world.clock.now())
        world.parts.invoke(DATA_MANAGEMENT, {"work": "verify-settings", **asked, "askedAt": now})
        seen.append(dict(held(world, server)))

    world.ask("apply_launch_configs", groupId=group["groupId"])
    # it has found the server free and written down what it is about to do
    world.seams[DATA_MANAGEMENT].on("history.transact", begin, moment="after")
    world.settle()

    assert seen[0]["recoveryMode"] == "OPTIMAL"
    assert held(world, server) == seen[0]
    assert in_template(world, server)["SubnetId"] == "subnet-0000000b"
    [shown] = world.ask("get_launch_config_status", groupId=group["groupId"])["items"]
    assert (shown["status"], shown["code"]) == ("FAILED", "SERVER_BUSY")


@pytest.mark.parametrize(
    "drill",
    [
        {"instanceProfileName": "drill"},
        {"instanceProfileName": "drill", "targetInstanceTypeRightSizingMethod": "BASIC"},
        {"instanceProfileName": "drill", "copyPrivateIp": True},
    ],
)
def test_whatever_drs_itself_writes_into_the_template_a_recovery_after_the_drill_is_as_one_before(
    drill: dict[str, Any],
) -> None:
    world = World(settings=QUICK)
    world.cloud.ec2_instances.networks[DATABASE_ACCOUNT, REGION] = Network(subnets=SUBNETS, profiles={"drill"})
    [server] = world.add_servers(name="db", ip_addresses=("10.0.0.44",))
    standing = {**STANDING, "targetInstanceTypeRightSizingMethod": "NONE"}
    group = world.create_group("db", [server], launchConfig=standing, drillLaunchConfig=drill)
    plan = world.create_plan("plan", wave(0, group))
    world.ask("apply_launch_configs", groupId=group)
    world.settle()
    template = template_of(world, server)
    template.make_default(template.add({"InstanceType": "m6i.large"}, source=template.default))
    before = settings_of(template.version(template.default))

    execution = world.start(plan)
    world.run_until(lambda: bool(world.cloud.ec2_instances.running()))
    by_hand = template.add({"KeyName": "by-hand"}, source=template.default)
    template.make_default(by_hand)
    assert world.run_until_end(execution) == "COMPLETED"
    minute(world, 2)

    data = template.version(template.default)
    assert (settings_of(data), data["KeyName"], "IamInstanceProfile" in data) == (before, "by-hand", False)
    assert data["BlockDeviceMappings"]
    assert world.run_until_end(world.start(plan, "RECOVERY")) == "COMPLETED"
    launches = [one.launch for one in world.cloud.ec2_instances.instances.values()]
    assert (launches[-1].instance_type, launches[-1].profile_name) == ("m6i.large", "")
    assert launches[-1].private_address == ""
