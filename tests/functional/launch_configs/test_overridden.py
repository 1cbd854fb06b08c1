"""What a start has taken upon itself of launch settings lets its servers be launched as DRS has them, and is told."""

from __future__ import annotations

from typing import Any, Final

from tests.functional.launch_configs.test_before_a_wave import configured, held, shown
from tests.support.world import World, wave
from tests.support.world.rest import QUICK

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
