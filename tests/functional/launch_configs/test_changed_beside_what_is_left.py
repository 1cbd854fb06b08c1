"""What others have changed of a server beside what a drill has left of it: nobody has accepted that, and it is told."""

from __future__ import annotations

from typing import Any, Final

import pytest

from local.drs_simulator.networks import Network
from tests.functional.launch_configs.drilling import ELSEWHERE, HERE, SUBNETS
from tests.functional.launch_configs.test_before_a_wave import edit, held, shown
from tests.functional.launch_configs.test_drills import in_template
from tests.functional.launch_configs.test_launch_into import rest
from tests.functional.launch_configs.test_overridden import OVERRIDE, applied
from tests.support.world import World, wave
from tests.support.world.machinery import DATABASE_ACCOUNT, REGION
from tests.support.world.rest import QUICK
from tests.support.world.world import Refused

THIRD: Final = "subnet-0000000c"
LEFT: Final[dict[str, Any]] = {"reason": "all is lost", "codes": ["TEMPORARY_SETTINGS_LEFT"]}


def left_of_applied(world: World, drill: dict[str, Any], **group: Any) -> tuple[str, str]:
    """A plan whose one server has its settings, but for those of a drill, which nobody could take away; the server."""
    world.cloud.ec2_instances.networks[DATABASE_ACCOUNT, REGION] = Network({**SUBNETS, THIRD: SUBNETS[HERE]})
    [server] = world.add_servers(name="db")
    made = world.create_group("db", [server], drillLaunchConfig=drill, **group)
    applied(world, made)
    plan = world.create_plan("plan", wave(0, made))
    execution_id = world.start(plan)
    world.run_until(lambda: bool(world.simulator.record.calls("StartRecovery")))
    world.fault("revokedRole", operation="UpdateLaunchConfiguration", times=None)
    world.run_until_end(execution_id)
    rest(world, 6)
    return plan, server


def left_in_a_subnet(world: World) -> tuple[str, str]:
    """The same, of a drill in another subnet."""
    config = {"launchConfig": {"subnetId": HERE}, "launchConfigPolicy": "BLOCK"}
    return left_of_applied(world, {"recoveryMode": "OPTIMAL", "subnetId": ELSEWHERE}, **config)


def put_into(world: World, server: str, subnet: str) -> None:
    """Somebody else has the server launched there."""
    template_id = held(world, server)["ec2LaunchTemplateID"]
    template = world.cloud.ec2_instances.template(DATABASE_ACCOUNT, REGION, template_id)
    interfaces = {"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": subnet}]}
    template.make_default(template.add(interfaces, source=template.default))


def at_its_end(world: World, execution_id: str) -> dict[str, Any]:
    """The one server, once the execution has ended or somebody has to decide."""
    world.run_until(lambda: world.status(execution_id) not in ("PENDING", "RUNNING"))
    [server] = shown(world, execution_id).values()
    return server


def test_why_a_server_is_not_launched_is_told_although_it_was_accepted_what_is_left_of_it() -> None:
    world = World(settings=QUICK)
    config = {"launchConfig": {"copyTags": False}, "launchConfigPolicy": "BLOCK"}
    plan, server = left_of_applied(world, {"recoveryMode": "OPTIMAL"}, **config)
    execution_id = world.start(plan, "RECOVERY", override=LEFT)
    edit(world, server, copyTags=True)

    found = at_its_end(world, execution_id)

    assert found["launchStatus"] == "FAILED"
    why = "launch settings: DRS has other settings than its group, whose policy is BLOCK: copyTags"
    assert found["launchReason"].startswith(why)
    assert "launched although" not in found["launchReason"]


def test_what_a_look_has_found_is_told_before_what_is_left() -> None:
    world = World(settings=QUICK)
    config = {"launchConfig": {"copyTags": False}, "launchConfigPolicy": "BLOCK"}
    plan, server = left_of_applied(world, {"recoveryMode": "OPTIMAL"}, **config)
    codes = [*LEFT["codes"], *OVERRIDE["codes"]]
    execution_id = world.start(plan, "RECOVERY", override={**LEFT, "codes": codes})
    edit(world, server, copyTags=True)

    found = at_its_end(world, execution_id)

    assert found["launchStatus"] == "LAUNCHED"
    first, then = found["settingsNote"].split("; launched although settings of execution ")
    assert first.startswith("launched as DRS has it, as was accepted: ")
    assert "copyTags" in first
    assert "are left of it (recoveryMode)" in then


@pytest.mark.parametrize(("subnet", "status"), [(ELSEWHERE, "LAUNCHED"), (THIRD, "FAILED")])
def test_it_is_accepted_what_the_drill_had_put_there_and_nothing_that_others_put_in_its_place(
    subnet: str, status: str
) -> None:
    world = World(settings=QUICK)
    plan, server = left_in_a_subnet(world)
    execution_id = world.start(plan, "RECOVERY", override=LEFT)
    put_into(world, server, subnet)

    found = at_its_end(world, execution_id)

    assert (found["launchStatus"], in_template(world, server)["SubnetId"]) == (status, subnet)
    assert status == "LAUNCHED" or "whose policy is BLOCK: subnetId" in found["launchReason"]


def test_nobody_has_accepted_what_others_write_while_it_is_looked_at() -> None:
    world = World(settings=QUICK)
    config = {"launchConfig": {"subnetId": HERE}, "launchConfigPolicy": "REPAIR"}
    plan, server = left_of_applied(world, {"recoveryMode": "OPTIMAL", "subnetId": ELSEWHERE}, **config)
    execution_id = world.start(plan, "RECOVERY", override=LEFT)
    edits: list[str] = []

    def meanwhile(operation: str) -> None:
        if operation == "add_version" and len(edits) < 2:
            edits.append(operation)
            put_into(world, server, THIRD)

    world.cloud.templates.before = meanwhile

    found = at_its_end(world, execution_id)

    assert len(edits) == 2
    assert (found["launchStatus"], in_template(world, server)["SubnetId"]) == ("LAUNCHED", HERE)


def test_what_others_have_put_in_the_place_of_what_a_drill_had_prevents_the_start() -> None:
    world = World(settings=QUICK)
    plan, server = left_in_a_subnet(world)
    put_into(world, server, THIRD)

    report = world.ask("preflight_recovery_plan", planId=plan, executionType="RECOVERY")

    [drift] = [each for each in report["findings"] if each["code"] == "LAUNCH_CONFIG_DRIFT"]
    assert (drift["outcome"], drift["details"]["fields"]) == ("FAIL", {server: ["subnetId"]})
    with pytest.raises(Refused, match="differ in DRS"):
        world.start(plan, "RECOVERY", override=LEFT)


def test_a_launch_template_that_is_gone_is_found_beside_what_is_left() -> None:
    world = World(settings=QUICK)
    config = {"launchConfig": {"copyTags": False}, "launchConfigPolicy": "BLOCK"}
    plan, server = left_of_applied(world, {"recoveryMode": "OPTIMAL"}, **config)
    del world.cloud.ec2_instances.templates[DATABASE_ACCOUNT, REGION, held(world, server)["ec2LaunchTemplateID"]]

    report = world.ask("preflight_recovery_plan", planId=plan, executionType="RECOVERY")

    outcomes = {each["code"]: each["outcome"] for each in report["findings"]}
    assert outcomes["LAUNCH_CONFIG_INVALID"] == "FAIL"
    assert "TEMPORARY_SETTINGS_LEFT" in outcomes
    assert report["canStart"] is False
