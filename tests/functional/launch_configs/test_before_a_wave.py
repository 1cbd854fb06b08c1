"""Launch settings are looked at before a wave launches, and mended as its group says; nobody is launched without."""

from __future__ import annotations

from typing import Any, Final

import pytest

from shared.models.base import format_instant
from tests.support.world import World, wave
from tests.support.world.machinery import DATABASE_ACCOUNT, REGION
from tests.support.world.rest import QUICK

SETTINGS: Final = {"copyTags": True, "instanceType": "m6i.large"}


def configured(world: World, count: int = 2, name: str = "db", **group: Any) -> tuple[str, list[str]]:
    """A group with launch settings, and its servers."""
    servers = world.add_servers(count=count, name=name)
    return world.create_group(name, servers, launchConfig=SETTINGS, **group), servers


def held(world: World, server: str) -> dict[str, Any]:
    """What DRS has of a server."""
    cell = world.simulator._world.cell(DATABASE_ACCOUNT, REGION)
    return dict(cell.servers[server].launch_configuration)


def edit(world: World, server: str, **members: Any) -> None:
    """Somebody changes what DRS has."""
    cell = world.simulator._world.cell(DATABASE_ACCOUNT, REGION)
    cell.servers[server].launch_configuration |= members


def started_with(world: World) -> list[dict[str, bool]]:
    """What DRS had of the servers when they were launched."""
    found = []
    for call in world.simulator.record.calls("StartRecovery"):
        for server in call.parameters["sourceServers"]:
            found.append(held(world, server["sourceServerID"]))
    return found


def shown(world: World, execution_id: str) -> dict[str, dict[str, Any]]:
    """The servers of an execution by their id."""
    return {server["sourceServerId"]: server for server in world.servers(execution_id)}


def test_a_start_brings_the_settings_of_its_servers_to_drs_before_it_launches() -> None:
    world = World(settings=QUICK)
    group, servers = configured(world)
    assert held(world, servers[0])["copyTags"] is False

    execution_id = world.start(world.create_plan("plan", wave(0, group)))

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert {held(world, server)["copyTags"] for server in servers} == {True}
    updates = [call.time for call in world.simulator.record.calls("UpdateLaunchConfiguration")]
    [launch] = world.simulator.record.calls("StartRecovery")
    assert len(updates) == 2
    assert max(updates) <= launch.time
    assert {one["settingsNote"] for one in shown(world, execution_id).values()} == {
        "repaired: copyTags, instanceType, targetInstanceTypeRightSizingMethod"
    }


def test_the_settings_of_a_later_wave_are_looked_at_while_an_earlier_one_runs() -> None:
    world = World(settings=QUICK)
    first = world.create_group("first", world.add_servers(name="first"))
    second, servers = configured(world, name="second")
    execution_id = world.start(world.create_plan("plan", wave(0, first), wave(1, second, after=[0])))

    assert world.run_until_end(execution_id) == "COMPLETED"

    early, late = world.simulator.record.calls("StartRecovery")
    looks = [call.time for call in world.simulator.record.calls("UpdateLaunchConfiguration")]
    ended = next(
        event["time"] for event in world.events(execution_id) if "Wave 1 (wave 0) is COMPLETED" in event["message"]
    )
    assert len(looks) == len(servers)
    assert all(early.time <= at < late.time for at in looks)
    assert all(format_instant(at) < ended for at in looks)


@pytest.mark.requirement("SRS-E17")
def test_what_somebody_changed_since_is_repaired_before_the_launch() -> None:
    world = World(settings=QUICK)
    group, servers = configured(world)
    world.ask("apply_launch_configs", groupId=group)
    world.settle()
    edit(world, servers[0], copyTags=False)

    execution_id = world.start(world.create_plan("plan", wave(0, group)))

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert [one["copyTags"] for one in started_with(world)] == [True, True]
    notes = {server: one.get("settingsNote") for server, one in shown(world, execution_id).items()}
    assert notes == {servers[0]: "repaired: copyTags", servers[1]: None}
    lines = world.ask("get_server_config_history", groupId=group, serverId=servers[0])["items"]
    assert (lines[0]["action"], lines[0]["actor"]) == ("REPAIRED", f"execution {execution_id}")


@pytest.mark.requirement("SRS-E17")
@pytest.mark.parametrize(("policy", "end", "note"), [("WARN", "COMPLETED", "DRS has other"), ("BLOCK", "FAILED", None)])
def test_a_group_may_want_no_repair(policy: str, end: str, note: str | None) -> None:
    world = World(settings=QUICK)
    group, servers = configured(world, launchConfigPolicy=policy)
    world.ask("apply_launch_configs", groupId=group)
    world.settle()
    plan = world.create_plan("plan", wave(0, group, failurePolicy="STOP"))
    execution_id = world.start(plan)
    edit(world, servers[0], copyTags=False)

    assert world.run_until_end(execution_id) in (end, "PARTIAL")
    found = shown(world, execution_id)
    assert held(world, servers[0])["copyTags"] is False, "nothing is repaired"
    if note:
        assert found[servers[0]]["settingsNote"].startswith(note)
        assert found[servers[0]]["launchStatus"] == "LAUNCHED"
    else:
        assert found[servers[0]]["launchStatus"] == "FAILED"
        assert "whose policy is BLOCK: copyTags" in found[servers[0]]["launchReason"]
        assert found[servers[1]]["launchStatus"] == "LAUNCHED"


def test_where_nobody_can_look_the_wave_waits_and_says_so_and_goes_on() -> None:
    world = World(settings=QUICK)
    group, _ = configured(world)
    plan = world.create_plan("plan", wave(0, group))
    execution_id = world.start(plan)
    world.fault("revokedRole", operation="GetLaunchConfiguration", times=None)

    world.advance(300)

    assert world.simulator.record.calls("StartRecovery") == []
    [told] = world.ask("get_execution", executionId=execution_id)["waves"]
    assert "GetLaunchConfiguration" in told["statusReason"]
    world.simulator.clear_faults()
    assert world.run_until_end(execution_id) == "COMPLETED"


def test_settings_that_ec2_cannot_have_fail_their_server_alone() -> None:
    world = World(settings=QUICK)
    group, servers = configured(world)
    plan = world.create_plan("plan", wave(0, group, failurePolicy="STOP"))
    execution_id = world.start(plan)
    # its launch template is gone
    del world.cloud.ec2_instances.templates[DATABASE_ACCOUNT, REGION, held(world, servers[0])["ec2LaunchTemplateID"]]

    world.run_until_end(execution_id)

    found = shown(world, execution_id)
    assert found[servers[0]]["launchStatus"] == "FAILED"
    assert "launch settings: EC2 has no launch template" in found[servers[0]]["launchReason"]
    assert found[servers[1]]["launchStatus"] == "LAUNCHED"


def test_a_server_that_has_left_its_group_while_its_wave_was_to_come_is_launched_with_what_the_group_says_now() -> None:
    world = World(settings=QUICK)
    first = world.create_group("first", world.add_servers(name="first"))
    second, servers = configured(world, count=3, name="second")
    plan = world.create_plan("plan", wave(0, first), wave(1, second, after=[0], pauseBeforeWave=True))
    execution_id = world.start(plan)
    world.run_until_status(execution_id, "PAUSED")
    version = world.ask("get_protection_group", groupId=second)["version"]
    less = {"sourceServerIds": servers[:2], "launchConfig": {"copyTags": False, "copyPrivateIp": True}}
    world.ask("update_protection_group", groupId=second, version=version, **less)
    world.advance(20 * 60)

    world.resume(execution_id)

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert shown(world, execution_id)[servers[2]]["launchStatus"] == "LAUNCHED"
    assert [held(world, server)["copyPrivateIp"] for server in servers] == [True, True, True]


def test_a_group_without_settings_asks_nobody() -> None:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(2))
    assert world.run_until_end(execution_id) == "COMPLETED"
    assert world.simulator.record.calls("GetLaunchConfiguration") == []


@pytest.mark.parametrize(
    ("change", "told"),
    [({"launchConfig": {"copyTags": False}}, "repaired: copyTags"), ({"launchConfigPolicy": "BLOCK"}, None)],
)
def test_whoever_changes_the_group_while_its_wave_waits_for_approval_is_heard(
    change: dict[str, Any], told: str | None
) -> None:
    world = World(settings=QUICK)
    group, servers = configured(world, launchConfigPolicy=None if told else "WARN")
    world.ask("apply_launch_configs", groupId=group)
    world.settle()
    if told is None:
        edit(world, servers[0], copyTags=False)
    execution_id = world.start(world.create_plan("plan", wave(0, group, pauseBeforeWave=True, failurePolicy="STOP")))
    world.run_until_status(execution_id, "PAUSED")
    world.settle()
    world.ask("update_protection_group", groupId=group, version=1, **change)

    world.resume(execution_id)
    world.run_until_end(execution_id)

    found = shown(world, execution_id)
    if told:
        assert {one["settingsNote"] for one in found.values()} == {told}
        assert [one["copyTags"] for one in started_with(world)] == [False, False]
    else:
        assert found[servers[0]]["launchStatus"] == "FAILED"
        assert "whose policy is BLOCK: copyTags" in found[servers[0]]["launchReason"]


def test_a_rehearsal_during_an_execution_tells_who_would_be_left_as_he_is() -> None:
    world = World(settings=QUICK)
    group, servers = configured(world)
    execution_id = world.start(world.create_plan("plan", wave(0, group, pauseBeforeWave=True)))
    world.run_until_status(execution_id, "PAUSED")
    world.settle()
    edit(world, servers[0], copyTags=False)

    told = world.ask("apply_launch_configs", groupId=group, dryRun=True)["servers"]

    found = {each["sourceServerId"]: (each["outcome"], each.get("code")) for each in told}
    assert found == {servers[0]: ("FAILED", "SERVER_BUSY"), servers[1]: ("UNCHANGED", None)}
