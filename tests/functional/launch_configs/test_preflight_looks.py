"""A preflight looks at launch settings in DRS: what nobody can look at, or somebody has changed, is no pass."""

from __future__ import annotations

from typing import Any

import pytest

from local.drs_simulator.networks import Network
from shared.patience import PREFLIGHT_SECONDS
from shared.services.preflight_settings_looks import FEW, MORE
from tests.functional.launch_configs.drilling import HERE, SUBNETS
from tests.functional.launch_configs.test_before_a_wave import configured, edit, shown
from tests.functional.launch_configs.test_drills import in_template
from tests.functional.launch_configs.test_launch_into import furnished
from tests.functional.launch_configs.test_overridden import left_by_a_drill
from tests.support.world import World, wave
from tests.support.world.machinery import DATABASE_ACCOUNT, REGION
from tests.support.world.rest import QUICK
from tests.support.world.world import Refused

READING = "GetLaunchConfiguration"


def plan_of(world: World, count: int = 2, **group: Any) -> tuple[str, list[str]]:
    """A plan of one group whose settings are in DRS, and its servers."""
    made, servers = configured(world, count, **group)
    world.ask("apply_launch_configs", groupId=made)
    world.settle()
    return world.create_plan("plan", wave(0, made)), servers


def checked(world: World, plan_id: str, execution_type: str = "RECOVERY") -> tuple[bool, list[dict[str, Any]]]:
    """Whether a plan can be started, and what was found of launch settings."""
    report = world.ask("preflight_recovery_plan", planId=plan_id, executionType=execution_type)
    codes = ("LAUNCH_CONFIG_DRIFT", "LAUNCH_CONFIG_INVALID", "LAUNCH_CONFIG_NOT_CHECKED")
    return report["canStart"], [each for each in report["findings"] if each["code"] in codes]


@pytest.mark.parametrize("policy", ["REPAIR", "BLOCK", "WARN"])
@pytest.mark.parametrize("kind", ["revokedRole", "throttling", "serverError"])
def test_where_nobody_can_look_it_is_unknown_whatever_the_reason_and_the_policy(policy: str, kind: str) -> None:
    world = World(settings=QUICK)
    plan, servers = plan_of(world, launchConfigPolicy=policy)
    world.fault(kind, operation=READING, times=None)

    starts, [finding] = checked(world, plan)

    assert (finding["code"], finding["outcome"], starts) == ("LAUNCH_CONFIG_NOT_CHECKED", "UNKNOWN", False)
    assert finding["reason"] == {"throttling": "THROTTLED", "revokedRole": "DENIED"}.get(kind, "REFUSED")
    assert finding["serverIds"] == sorted(servers)
    assert READING in finding["message"]


@pytest.mark.parametrize("kind", ["revokedRole", "throttling", "serverError", "unreachable"])
@pytest.mark.parametrize(
    ("codes", "status", "launched"),
    [
        ({}, "PAUSED", False),
        ({"codes": ["LAUNCH_CONFIG_NOT_CHECKED"]}, "PAUSED", False),
        ({"codes": ["LAUNCH_CONFIG_DRIFT"]}, "COMPLETED", True),
    ],
)
def test_who_starts_while_nobody_can_look_accepts_what_a_look_finds_then_only_by_name(
    kind: str, codes: dict[str, Any], status: str, launched: bool
) -> None:
    world = World(settings=QUICK)
    plan, [server] = plan_of(world, 1, launchConfigPolicy="BLOCK")
    edit(world, server, copyTags=False)
    world.fault(kind, operation=READING, times=None)
    world.parts.preflight_patience = PREFLIGHT_SECONDS
    execution_id = world.start(plan, "RECOVERY", override={"reason": "DRS will answer", **codes})
    world.simulator.clear_faults()

    world.run_until_status(execution_id, status)
    [found] = shown(world, execution_id).values()
    assert (found["launchStatus"] == "LAUNCHED") is launched
    assert "copyTags" in (found["settingsNote"] if launched else found["launchReason"])


@pytest.mark.parametrize(
    ("codes", "status", "launch"),
    [
        ({}, "PAUSED", "FAILED"),
        ({"codes": ["LAUNCH_CONFIG_DRIFT", "TEMPORARY_SETTINGS_LEFT"]}, "COMPLETED", "LAUNCHED"),
    ],
)
def test_who_accepts_what_a_drill_has_left_accepts_no_other_difference(
    codes: dict[str, Any], status: str, launch: str
) -> None:
    world = World(settings=QUICK)
    plan, server, _ = left_by_a_drill(world, launchConfig={"copyTags": False}, launchConfigPolicy="BLOCK")
    edit(world, server, copyTags=True)
    world.fault("throttling", operation=READING, times=None)
    world.parts.preflight_patience = PREFLIGHT_SECONDS
    execution_id = world.start(plan, "RECOVERY", override={"reason": "all is lost", **codes})
    world.simulator.clear_faults()
    world.fault("revokedRole", operation="UpdateLaunchConfiguration", times=None)

    world.run_until_status(execution_id, status)

    [found] = shown(world, execution_id).values()
    assert found["launchStatus"] == launch


@pytest.mark.parametrize(("policy", "outcome"), [("REPAIR", "WARN"), ("BLOCK", "FAIL")])
def test_what_somebody_has_changed_since_is_told(policy: str, outcome: str) -> None:
    world = World(settings=QUICK)
    plan, servers = plan_of(world, launchConfigPolicy=policy)
    assert checked(world, plan)[1] == []
    edit(world, servers[1], copyTags=False)

    _, [finding] = checked(world, plan)

    assert (finding["code"], finding["outcome"]) == ("LAUNCH_CONFIG_DRIFT", outcome)
    assert finding["details"] == {"statuses": {servers[1]: "DRIFTED"}, "fields": {servers[1]: ["copyTags"]}}
    assert f"differ in DRS: {servers[1]} (copyTags); " in finding["message"]


def test_a_few_servers_tell_that_all_can_be_looked_at() -> None:
    world = World(settings=QUICK)
    plan, _ = plan_of(world, FEW + 3)
    before = len(world.simulator.record.calls(READING))

    assert checked(world, plan) == (True, [])

    assert len(world.simulator.record.calls(READING)) - before == FEW


def test_where_nobody_may_differ_each_server_is_looked_at_however_many_they_are() -> None:
    world = World(settings=QUICK)
    plan, servers = plan_of(world, FEW + MORE + 1, launchConfigPolicy="BLOCK")
    assert checked(world, plan) == (True, [])
    last = max(servers)
    edit(world, last, copyTags=False)

    starts, [finding] = checked(world, plan)
    assert (finding["code"], finding["outcome"], starts) == ("LAUNCH_CONFIG_DRIFT", "FAIL", False)
    assert finding["serverIds"] == [last]
    override = {"reason": "all is lost", "codes": ["LAUNCH_CONFIG_DRIFT"]}
    execution_id = world.start(plan, "RECOVERY", override=override)

    assert world.run_until_end(execution_id) == "COMPLETED"
    found = shown(world, execution_id)
    assert {server["launchStatus"] for server in found.values()} == {"LAUNCHED"}
    assert "as was accepted: DRS has other settings" in found[last]["settingsNote"]


def test_who_is_to_be_otherwise_for_this_execution_only_is_never_launched_unseen() -> None:
    world = World(settings=QUICK)
    plan, _ = plan_of(world, launchConfigPolicy="WARN", drillLaunchConfig={"recoveryMode": "OPTIMAL"})
    world.fault("revokedRole", operation=READING, times=None)

    starts, [finding] = checked(world, plan, "DRILL")

    assert (finding["outcome"], finding["reason"], starts) == ("UNKNOWN", "LENT_SETTINGS", False)
    with pytest.raises(Refused, match="cannot be looked at"):
        world.start(plan)
    drill = world.start(plan, override={"reason": "the role comes back"})
    world.advance(120)
    assert world.simulator.record.calls("StartRecovery") == []
    world.simulator.clear_faults()
    assert world.run_until_end(drill) == "COMPLETED"
    assert {"for this execution only: recoveryMode" in each["settingsNote"] for each in shown(world, drill).values()}


def test_a_recovery_into_instances_is_overridden_while_drs_wants_fewer_calls_and_goes_on_when_it_answers() -> None:
    world = World(settings=QUICK)
    plan, _, instances = furnished(world)
    world.fault("throttling", operation=READING, times=None)
    starts, [finding] = checked(world, plan)
    assert (finding["outcome"], finding["reason"], starts) == ("UNKNOWN", "LENT_SETTINGS", False)

    world.parts.preflight_patience = PREFLIGHT_SECONDS
    execution_id = world.start(plan, "RECOVERY", override={"reason": "DRS will answer"})
    world.advance(120)
    assert world.simulator.record.calls("StartRecovery") == []
    world.simulator.clear_faults()

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert {server["recoveryInstanceId"] for server in shown(world, execution_id).values()} == {
        instance.instance_id for instance in instances
    }


def test_what_would_be_in_the_way_of_a_repair_is_told_before_the_start() -> None:
    world = World(settings=QUICK)
    [server] = world.add_servers(name="db")
    group = world.create_group("db", [server], launchConfig={"instanceType": "m6i.large", "subnetId": HERE})
    world.cloud.ec2_instances.networks[DATABASE_ACCOUNT, REGION] = Network(SUBNETS)
    plan = world.create_plan("plan", wave(0, group))
    checked(world, plan)
    cell = world.simulator._world.cell(DATABASE_ACCOUNT, REGION)
    template_id = cell.servers[server].launch_configuration["ec2LaunchTemplateID"]
    template = world.cloud.ec2_instances.template(DATABASE_ACCOUNT, REGION, template_id)
    template.versions[0].pop("NetworkInterfaces", None)
    template.versions[0]["SecurityGroups"] = ["default"]

    starts, [finding] = checked(world, plan)
    assert (finding["code"], finding["outcome"], starts) == ("LAUNCH_CONFIG_INVALID", "FAIL", False)
    assert "SECURITY_GROUPS_BY_NAME" in finding["message"]
    [told] = world.ask("apply_launch_configs", groupId=group, dryRun=True)["servers"]
    assert (told["outcome"], told["code"]) == ("FAILED", "SECURITY_GROUPS_BY_NAME")
    execution_id = world.start(plan, "RECOVERY", override={"reason": "all is lost"})

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert "as was accepted" in shown(world, execution_id)[server]["settingsNote"]


def test_what_a_drill_has_left_for_a_moment_is_no_difference() -> None:
    world = World(settings=QUICK)
    plan, _ = plan_of(world, launchConfigPolicy="BLOCK", drillLaunchConfig={"copyTags": False})
    drill = world.start(plan)
    world.run_until_status(drill, "COMPLETED")
    world.fault("revokedRole", operation="UpdateLaunchConfiguration", times=1)
    world.run_until_end(drill)

    assert checked(world, plan) == (True, [])


@pytest.mark.parametrize(
    ("fault", "code", "outcome"),
    [(None, "LAUNCH_CONFIG_DRIFT", "WARN"), ("revokedRole", "LAUNCH_CONFIG_NOT_CHECKED", "UNKNOWN")],
)
def test_the_table_tells_of_an_address_that_is_to_go_where_nothing_else_is_said(
    fault: str | None, code: str, outcome: str
) -> None:
    world = World(settings=QUICK)
    plan, _, _ = with_an_address_to_release(world)
    if fault is not None:
        world.fault(fault, operation=READING, times=None)

    report = world.ask("preflight_recovery_plan", planId=plan, executionType="RECOVERY")

    assert (code, outcome) in {(each["code"], each["outcome"]) for each in report["findings"]}
    assert (code, outcome) in {(each["code"], each["outcome"]) for each in report["checks"]}


def with_an_address_to_release(world: World) -> tuple[str, str, str]:
    """A plan of a group that says nothing any more, the group, and the server that has an address of ours still."""
    world.cloud.ec2_instances.networks[DATABASE_ACCOUNT, REGION] = Network(SUBNETS)
    one, other = world.add_servers(count=2)
    group = world.create_group("db", [one, other])
    own = {"subnetId": HERE, "staticPrivateIp": "10.0.0.9"}
    settings: dict[str, Any] = {"groupId": group, "launchTemplate": own, "applyLaunchConfigs": True}
    world.ask("update_server_launch_config", **settings, serverId=one, version=1)
    world.settle()
    world.ask("delete_server_launch_config", groupId=group, serverId=one)
    return world.create_plan("plan", wave(0, group)), group, one


def test_an_address_that_was_taken_away_is_taken_out_before_the_launch() -> None:
    world = World(settings=QUICK)
    plan, group, one = with_an_address_to_release(world)

    _, [finding] = checked(world, plan)
    assert finding["details"] == {"statuses": {one: "PENDING"}, "fields": {one: ["staticPrivateIp"]}}
    now = world.ask("get_server_launch_config", groupId=group, serverId=one)
    assert [each["field"] for each in now["differences"]] == ["staticPrivateIp"]
    execution_id = world.start(plan, "RECOVERY")

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert shown(world, execution_id)[one]["settingsNote"] == "repaired: staticPrivateIp"
    assert "PrivateIpAddress" not in in_template(world, one)
