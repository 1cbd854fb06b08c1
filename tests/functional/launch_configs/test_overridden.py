"""What a start has taken upon itself of launch settings lets its servers be launched as DRS has them, and is told."""

from __future__ import annotations

from typing import Any, Final

import pytest

from local.drs_simulator.networks import Network
from tests.functional.launch_configs.drilling import ELSEWHERE, SUBNETS
from tests.functional.launch_configs.test_before_a_wave import configured, held, shown
from tests.functional.launch_configs.test_drills import in_template
from tests.functional.launch_configs.test_launch_into import rest
from tests.support.world import World, wave
from tests.support.world.machinery import DATABASE_ACCOUNT, REGION
from tests.support.world.rest import QUICK
from tests.support.world.world import Refused

OVERRIDE: Final[dict[str, Any]] = {"reason": "the data centre is lost", "codes": ["LAUNCH_CONFIG_DRIFT"]}


def applied(world: World, group: str) -> None:
    """The settings of a group are in DRS."""
    world.ask("apply_launch_configs", groupId=group)
    world.settle()


def recovered(world: World, plan: str, **start: Any) -> dict[str, dict[str, Any]]:
    """The servers after a recovery that was completed."""
    execution_id = world.start(plan, "RECOVERY", **start)
    assert world.run_until_end(execution_id) == "COMPLETED"
    return shown(world, execution_id)


def test_who_differs_is_launched_as_drs_has_it_if_the_start_says_so_whatever_the_policy_of_its_group() -> None:
    world = World(settings=QUICK)
    group, servers = configured(world, launchConfigPolicy="BLOCK")
    plan = world.create_plan("plan", wave(0, group))

    found = recovered(world, plan, override=OVERRIDE)

    assert {held(world, server)["copyTags"] for server in servers} == {False}, "nothing is repaired"
    for server in found.values():
        assert server["launchStatus"] == "LAUNCHED"
        assert [one["code"] for one in server["acceptedFindings"]] == ["LAUNCH_CONFIG_DRIFT"]
        assert server["settingsNote"].startswith("launched as DRS has it, as the start has accepted: DRS has other")
        assert "copyTags" in server["settingsNote"]


def test_what_nobody_can_write_is_launched_as_drs_has_it_if_the_start_says_so() -> None:
    world = World(settings=QUICK)
    group, _ = configured(world, launchConfigPolicy="BLOCK")
    plan = world.create_plan("plan", wave(0, group))
    world.fault("revokedRole", operation="GetLaunchConfiguration", times=None)

    found = recovered(world, plan, override=OVERRIDE)

    assert {"GetLaunchConfiguration" in server["settingsNote"] for server in found.values()} == {True}


def test_a_group_that_wants_servers_as_they_are_does_not_wait_for_a_look_that_nobody_can_take() -> None:
    world = World(settings=QUICK)
    group, servers = configured(world, launchConfigPolicy="WARN")
    applied(world, group)
    plan = world.create_plan("plan", wave(0, group))
    execution_id = world.start(plan, "RECOVERY")
    world.fault("revokedRole", operation="GetLaunchConfiguration", times=None)

    assert world.run_until_end(execution_id) == "COMPLETED"

    notes = [server["settingsNote"] for server in shown(world, execution_id).values()]
    assert len(notes) == len(servers)
    assert all(note.startswith("launched as DRS has it, at which nobody could look: ") for note in notes)


def left_by_a_drill(world: World, **group: Any) -> tuple[str, str, str]:
    """A plan of one server, the server, and the drill whose settings nobody could take away again."""
    [server] = world.add_servers(name="db")
    made = world.create_group("db", [server], drillLaunchConfig={"recoveryMode": "OPTIMAL"}, **group)
    plan = world.create_plan("plan", wave(0, made))
    drill = world.start(plan)
    world.run_until(lambda: bool(world.simulator.record.calls("StartRecovery")))
    world.fault("revokedRole", operation="UpdateLaunchConfiguration", times=None)
    world.run_until_end(drill)
    rest(world, 6)
    return plan, server, drill


def test_what_a_drill_has_left_for_good_prevents_a_start_that_may_accept_it() -> None:
    world = World(settings=QUICK)
    plan, server, drill = left_by_a_drill(world)

    report = world.ask("preflight_recovery_plan", planId=plan)

    [left] = [each for each in report["findings"] if each["code"] == "TEMPORARY_SETTINGS_LEFT"]
    assert (left["outcome"], report["canStart"]) == ("FAIL", False)
    assert left["details"]["fields"] == {server: ["recoveryMode"]}
    assert "UpdateLaunchConfiguration" in left["message"]
    with pytest.raises(Refused, match="could not be restored"):
        world.start(plan, "RECOVERY")
    started = world.simulator.record.calls("StartRecovery")

    [found] = recovered(world, plan, override={"reason": "all is lost", "codes": ["TEMPORARY_SETTINGS_LEFT"]}).values()

    assert len(world.simulator.record.calls("StartRecovery")) == len(started) + 1
    assert found["settingsNote"].startswith(f"launched although settings of execution {drill} are left of it (recovery")
    assert held(world, server)["recoveryMode"] == "OPTIMAL"


def test_who_may_be_launched_with_what_is_left_is_brought_to_what_can_be_had_of_its_group() -> None:
    world = World(settings=QUICK)
    plan, server, _ = left_by_a_drill(world, launchConfig={"instanceType": "m6i.large"})

    [found] = recovered(world, plan, override={"reason": "all is lost"}).values()

    assert "are left of it (recoveryMode)" in found["settingsNote"]


def test_to_accept_other_findings_is_not_to_accept_what_is_left() -> None:
    world = World(settings=QUICK)
    plan, _, _ = left_by_a_drill(world)

    with pytest.raises(Refused, match="could not be restored"):
        world.start(plan, "RECOVERY", override=OVERRIDE)


def test_what_is_left_is_taken_over_by_an_execution_that_lends_settings_too_and_restored_after_it() -> None:
    world = World(settings=QUICK)
    world.cloud.ec2_instances.networks[DATABASE_ACCOUNT, REGION] = Network(SUBNETS)
    plan, server, _ = left_by_a_drill(world)
    [group] = world.ask("list_protection_groups")["items"]
    lent = {"recoveryMode": "OPTIMAL", "subnetId": ELSEWHERE}
    world.ask("update_protection_group", groupId=group["groupId"], version=1, drillLaunchConfig=lent)

    drill = world.start(plan, override={"reason": "a rehearsal all the same"})

    assert world.run_until_end(drill) == "COMPLETED"
    [found] = shown(world, drill).values()
    assert "for this execution only: subnetId" in found["settingsNote"]
    world.simulator.clear_faults()
    rest(world, 60)
    assert "SubnetId" not in in_template(world, server)
    assert held(world, server)["recoveryMode"] == "FAST"
