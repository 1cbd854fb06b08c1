"""How a server stands is what was found of it last, whoever else writes of it, and whatever nobody could find out."""

from __future__ import annotations

from typing import Any

import pytest

from local.drs_simulator.networks import Network
from shared.models.base import format_instant
from shared.models.targets import ServerKey
from shared.operations import DATA_MANAGEMENT
from shared.stores import keys
from shared.stores.table import Changes
from tests.functional.launch_configs.drilling import HERE, SUBNETS, Drilling
from tests.functional.launch_configs.test_before_a_wave import configured, edit, held
from tests.support.world import World, wave
from tests.support.world.machinery import DATABASE_ACCOUNT, REGION
from tests.support.world.rest import QUICK


def standing(world: World, group: str, server: str) -> dict[str, Any]:
    """How a server stands."""
    items = world.ask("get_launch_config_status", groupId=group)["items"]
    found: dict[str, Any] = next(each for each in items if each["sourceServerId"] == server)
    return found


def test_whoever_applies_during_a_drill_leaves_the_server_applied_as_it_was() -> None:
    story = Drilling()
    story.verify()

    story.world.ask("apply_launch_configs", groupId=story.group)
    story.world.settle()

    during = standing(story.world, story.group, story.server)
    assert (during["status"], during["code"]) == ("APPLIED", "SERVER_BUSY")
    assert "SERVER_BUSY" in [line.get("code") for line in story.history()]
    story.end()
    story.go_on()
    assert story.held() == story.before
    story.world.ask("apply_launch_configs", groupId=story.group)
    story.world.settle()
    after = standing(story.world, story.group, story.server)
    assert (after["status"], after.get("code")) == ("APPLIED", None)


@pytest.mark.parametrize(("policy", "status"), [("REPAIR", "APPLIED"), ("BLOCK", "DRIFTED")])
def test_a_look_that_nobody_could_take_changes_nothing_and_is_told_once(policy: str, status: str) -> None:
    world = World(settings=QUICK)
    group, servers = configured(world, launchConfigPolicy=policy)
    world.ask("apply_launch_configs", groupId=group)
    world.settle()
    if policy == "BLOCK":
        failed = world.start(world.create_plan("first", wave(0, group, failurePolicy="STOP")))
        edit(world, servers[0], copyTags=False)
        world.run_until_end(failed)
    plan = world.create_plan("plan", wave(0, group))
    override: dict[str, Any] = {"override": {"reason": "it was found out"}} if policy == "BLOCK" else {}
    execution_id = world.start(plan, **override)
    world.fault("revokedRole", operation="GetLaunchConfiguration", times=None)

    world.advance(600)

    found = standing(world, group, servers[0])
    assert (found["status"], found["code"]) == (status, "AccessDeniedException")
    lines = world.ask("get_server_config_history", groupId=group, serverId=servers[0])["items"]
    told = [line for line in lines if line["actor"] == f"execution {execution_id}"]
    assert [line["code"] for line in told] == ["AccessDeniedException"]


def test_what_an_execution_has_applied_is_not_forgotten_by_a_run_that_looked_before() -> None:
    world = World(settings=QUICK)
    world.cloud.ec2_instances.networks[DATABASE_ACCOUNT, REGION] = Network(SUBNETS)
    [server] = world.add_servers()
    group = world.create_group("db", [server])
    own = {"groupId": group, "serverId": server, "version": 1}
    world.ask("update_server_launch_config", **own, launchTemplate={"subnetId": HERE, "staticPrivateIp": "10.0.0.9"})
    plan = world.create_plan("plan", wave(0, group))
    started: list[str] = []

    def verified_meanwhile() -> None:
        started.append(world.start(plan))
        of_wave = {"executionId": started[0], "planId": plan, "waveNumber": 0}
        now = format_instant(world.clock.now())
        world.parts.invoke(DATA_MANAGEMENT, {"work": "verify-settings", **of_wave, "askedAt": now})

    world.seams[DATA_MANAGEMENT].on("*.default_versions", verified_meanwhile, moment="after")
    world.ask("apply_launch_configs", groupId=group)
    world.settle()

    found = standing(world, group, server)
    assert (found["status"], found["code"]) == ("APPLIED", "SERVER_BUSY")
    world.run_until_end(started[0])
    world.ask("delete_server_launch_config", groupId=group, serverId=server)
    world.ask("apply_launch_configs", groupId=group)
    world.settle()
    cell = world.simulator._world.cell(DATABASE_ACCOUNT, REGION)
    template_id = cell.servers[server].launch_configuration["ec2LaunchTemplateID"]
    template = world.cloud.ec2_instances.template(DATABASE_ACCOUNT, REGION, template_id)
    assert "10.0.0.9" not in str(template.version(template.default)), "that it was written from here is known"


def test_what_cannot_be_written_down_before_it_is_done_is_not_done() -> None:
    """If it broke off, nobody would know that it was begun."""
    world = World(settings=QUICK)
    group, [server] = configured(world, count=1)
    world.ask("apply_launch_configs", groupId=group)
    world.settle()
    edit(world, server, copyTags=False)
    seam = world.seams[DATA_MANAGEMENT]
    key = ServerKey(account_id=DATABASE_ACCOUNT, region=REGION, source_server_id=server)

    def others_write() -> None:
        world.clock.advance(1)
        world.history.update(keys.config_state(key), Changes(set={"at": format_instant(world.clock.now())}))

    seam.always("history.transact", others_write)
    seam.calls.clear()
    world.ask("apply_launch_configs", groupId=group)
    world.settle()

    assert [call for call in seam.calls if call.endswith((".update", "add_version")) and "history" not in call] == []
    assert held(world, server)["copyTags"] is False
    assert world.ask("get_launch_config_status", groupId=group)["run"]["failed"] == 1
    seam.allow()
    world.ask("apply_launch_configs", groupId=group)
    world.settle()
    assert held(world, server)["copyTags"] is True
    assert standing(world, group, server)["status"] == "APPLIED"
