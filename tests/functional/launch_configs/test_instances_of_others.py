"""Instances that were there before and of which no group of ours says anything: they are found out, and left."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

import boto3
import pytest

from local.drs_simulator import access_key_for
from local.drs_simulator.prepared import PreparedInstance
from local.drs_simulator.transport import attach
from shared.errors import DrsServiceError
from shared.models.ec2 import HeldAddress
from tests.functional.launch_configs.test_launch_into import (
    OPEN,
    ask,
    configuration,
    furnished,
    name_instance,
    prepare,
    rest,
)
from tests.support.ec2_choices import SUBNETS
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
    whose = f"{instance.instance_id} of db-1 carries the tag by which its owner lets DRS launch into it"
    left = f"{whose}, and was made before the launch: it is left"
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


def prepared_finding(report: dict[str, Any]) -> dict[str, Any]:
    """The one about prepared instances."""
    [finding] = [one for one in report["findings"] if one["code"] == "PREPARED_INSTANCE"]
    return dict(finding)


@pytest.mark.parametrize("door", ["direct", "api"])
def test_what_drs_was_told_by_others_is_refused_unless_somebody_takes_it_upon_himself(door: str) -> None:
    world = World(settings=QUICK)
    servers = world.add_servers(count=2, name="db")
    instance = prepare(world, 1)
    plan = world.create_plan("plan", wave(0, world.create_group("Databases", servers)))
    told_by_others(world, servers[0], instance)
    start = {"planId": plan, "executionType": "RECOVERY"}

    report = ask(world, door, "preflight_recovery_plan", planId=plan, executionType="RECOVERY").value
    refused = [
        ask(world, door, "start_execution", **start).code,
        ask(world, door, "start_execution", **start, override={"reason": "all is lost"}).code,
    ]
    override = {"reason": "all is lost", "codes": ["PREPARED_INSTANCE"]}
    execution_id = ask(world, door, "start_execution", **start, override=override).value["executionId"]
    first = {one["sourceServerId"]: one.get("launchIntoInstanceId") for one in world.servers(execution_id)}
    assert world.run_until_end(execution_id) == "COMPLETED"
    begun = ask(world, door, "terminate_instances", executionId=execution_id, confirm=execution_id).value
    world.advance(1200)

    assert report["canStart"] is False
    finding = prepared_finding(report)
    assert (finding["outcome"], finding["reason"]) == ("FAIL", "TOLD_BY_OTHERS")
    assert finding["details"]["instances"] == {servers[0]: instance.instance_id}
    assert f"DRS was told to launch db-1 into {instance.instance_id}" in finding["message"]
    assert refused == ["PREFLIGHT_FAILED"] * 2
    assert first == {servers[0]: instance.instance_id, servers[1]: None}
    assert [one["instanceId"] for one in begun["leftInstances"]] == [instance.instance_id]
    assert instance.state == "running"
    check_at_rest(world, execution_id)


def test_a_setting_of_the_group_goes_before_what_others_have_told_drs() -> None:
    world = World(settings=QUICK)
    servers = world.add_servers(count=1, name="db")
    ours, theirs = prepare(world, 1), prepare(world, 2)
    group = world.create_group("Databases", servers)
    name_instance(world, group, servers[0], ours)
    told_by_others(world, servers[0], theirs)

    report = world.ask("preflight_recovery_plan", planId=world.create_plan("plan", wave(0, group)))

    assert report["canStart"] is True
    assert [one["code"] for one in report["findings"]] == ["LAUNCH_RIGHTS"]


def test_drs_is_asked_only_where_somebody_has_prepared_an_instance_that_may_be_taken() -> None:
    world = World(settings=QUICK)
    plan = world.create_plan("plan", wave(0, world.create_group("Databases", world.add_servers(count=3))))
    asked = world.simulator.record.calls

    world.ask("preflight_recovery_plan", planId=plan)
    without = len(asked("GetLaunchConfiguration"))
    prepare(world, 1, state="running")
    world.ask("preflight_recovery_plan", planId=plan)
    running = len(asked("GetLaunchConfiguration"))
    prepare(world, 2)
    world.ask("preflight_recovery_plan", planId=plan)

    assert (without, running, len(asked("GetLaunchConfiguration"))) == (0, 0, 3)


@pytest.mark.parametrize("door", ["direct", "api"])
def test_an_instance_that_was_launched_into_before_is_risked_only_by_name(door: str) -> None:
    world = World(settings=QUICK)
    plan, servers, [instance] = furnished(world, 1)
    assert world.run_until_end(world.start(plan)) == "COMPLETED"
    rest(world)
    [group] = world.ask("list_protection_groups")["items"]
    world.ask("update_protection_group", groupId=group["groupId"], version=group["version"], launchIntoMatching=None)
    start = {"planId": plan, "executionType": "RECOVERY"}

    report = ask(world, door, "preflight_recovery_plan", planId=plan).value
    refused = ask(world, door, "start_execution", **start, override={"reason": "all is lost"}).code
    override = {"reason": "all is lost", "codes": ["PREPARED_INSTANCE"]}
    execution_id = ask(world, door, "start_execution", **start, override=override).value["executionId"]

    finding = prepared_finding(report)
    assert (finding["outcome"], finding["reason"]) == ("FAIL", "LAUNCHED_INTO_BEFORE")
    assert finding["details"]["instances"] == {servers[0]: instance.instance_id}
    assert "LEFTOVER_INSTANCES" not in {one["code"] for one in report["findings"]}
    assert refused == "PREFLIGHT_FAILED"
    assert world.run_until_end(execution_id) == "COMPLETED"
    assert instance.state == "running"
    assert len(world.cloud.ec2_instances.running()) == 1


def test_whoever_disconnects_and_deletes_what_drs_knows_of_it_risks_nothing() -> None:
    world = World(settings=QUICK)
    plan, _, [instance] = furnished(world, 1)
    assert world.run_until_end(world.start(plan)) == "COMPLETED"
    rest(world)
    [group] = world.ask("list_protection_groups")["items"]
    world.ask("update_protection_group", groupId=group["groupId"], version=group["version"], launchIntoMatching=None)
    key = access_key_for(DATABASE_ACCOUNT)
    drs = boto3.client("drs", region_name=REGION, aws_access_key_id=key, aws_secret_access_key="secret")
    attach(drs, world.simulator)

    drs.disconnect_recovery_instance(recoveryInstanceID=instance.instance_id)
    disconnected = world.call("start_execution", planId=plan, executionType="RECOVERY")
    drs.delete_recovery_instance(recoveryInstanceID=instance.instance_id)
    assert world.run_until_end(world.start(plan, "RECOVERY")) == "COMPLETED"

    assert disconnected["error"] == "PREFLIGHT_FAILED"
    assert instance.state == "running"
    assert len(world.cloud.ec2_instances.running()) == 1


def test_where_drs_ends_them_only_who_has_accepted_that_loses_an_instance() -> None:
    world = World(settings=replace(QUICK, quirks=replace(QUICK.quirks, ends_prepared=True)))
    plan, [server], [instance] = furnished(world, 1)
    for _ in range(2):
        instance.state = "stopped"
        assert world.run_until_end(world.start(plan)) == "COMPLETED"
        rest(world)
    [group] = world.ask("list_protection_groups")["items"]
    left = {"sourceServerId": server, "launchTemplate": {"launchIntoInstanceProperties": None}}
    world.ask("update_protection_group", groupId=group["groupId"], version=group["version"], servers=[left])

    refused = world.call("start_execution", planId=plan, executionType="RECOVERY", override={"reason": "all is lost"})
    before = instance.state
    accepted = {"reason": "all is lost", "codes": ["PREPARED_INSTANCE"]}
    assert world.run_until_end(world.start(plan, "RECOVERY", override=accepted)) == "COMPLETED"

    assert refused["error"] == "PREFLIGHT_FAILED"
    assert (before, instance.state) == ("running", "terminated")


def test_what_could_not_be_looked_at_is_unknown_and_may_be_overridden_by_its_name() -> None:
    world = World(settings=QUICK)
    plan = world.create_plan("plan", wave(0, world.create_group("Databases", world.add_servers(count=2))))
    prepare(world, 1)
    world.fault("revokedRole", operation="GetLaunchConfiguration", times=None)

    report = world.ask("preflight_recovery_plan", planId=plan)
    unnamed = world.call("start_execution", planId=plan, executionType="DRILL", override={"reason": "all is lost"})
    execution_id = world.start(plan, override={"reason": "all is lost", "codes": ["PREPARED_NOT_CHECKED"]})

    assert unnamed["error"] == "PREFLIGHT_FAILED"
    [finding] = [one for one in report["findings"] if one["code"] == "PREPARED_NOT_CHECKED"]
    assert (finding["outcome"], finding["reason"], len(finding["serverIds"])) == ("UNKNOWN", "DENIED", 2)
    assert world.run_until_end(execution_id) == "COMPLETED"


@pytest.mark.parametrize(("code", "status"), [("UnauthorizedOperation", 403), ("RequestLimitExceeded", 503)])
def test_where_ec2_tells_nothing_of_prepared_instances_it_is_unknown(code: str, status: int) -> None:
    world = World(settings=QUICK)
    plan = world.create_plan("plan", wave(0, world.create_group("Databases", world.add_servers(count=2))))

    def refuse(_target: object, _service: object) -> None:
        raise DrsServiceError("DescribeInstances: no", drsCode=code, httpStatus=status)

    world.cloud.ec2_choices.enter = refuse
    report = world.ask("preflight_recovery_plan", planId=plan)
    refused = world.call("start_execution", planId=plan, executionType="RECOVERY")

    [finding] = [one for one in report["findings"] if one["code"] == "PREPARED_NOT_CHECKED"]
    assert (finding["outcome"], len(finding["serverIds"]), report["canStart"]) == ("UNKNOWN", 2, False)
    assert refused["error"] == "PREFLIGHT_FAILED"
    lines = {one["code"]: one["outcome"] for one in report["checks"]}
    assert (lines["PREPARED_NOT_CHECKED"], lines["PREPARED_INSTANCE"]) == ("UNKNOWN", "UNKNOWN")


@pytest.mark.parametrize("door", ["direct", "api"])
def test_an_instance_of_another_team_is_in_nobodys_way_once_drs_tells_however_many_servers_there_are(door: str) -> None:
    world = World(settings=QUICK)
    servers = world.add_servers(count=250, name="web")
    prepare(world, 999)
    plan = world.create_plan("plan", wave(0, world.create_group("Web", servers)))

    report = ask(world, door, "preflight_recovery_plan", planId=plan, executionType="RECOVERY").value
    world.fault("throttling", operation="GetLaunchConfiguration", times=None)
    busy = ask(world, door, "preflight_recovery_plan", planId=plan, executionType="RECOVERY").value
    start = {"planId": plan, "executionType": "RECOVERY"}
    refused = ask(world, door, "start_execution", **start)
    override = {"reason": "none of ours is told so", "codes": ["PREPARED_NOT_CHECKED"]}
    started = ask(world, door, "start_execution", **start, override=override)

    assert [one["outcome"] for one in report["checks"] if one["code"] == "PREPARED_INSTANCE"] == ["PASS"]
    [finding] = [one for one in busy["findings"] if one["code"] == "PREPARED_NOT_CHECKED"]
    assert (finding["outcome"], finding["reason"], len(finding["serverIds"])) == ("UNKNOWN", "THROTTLED", 250)
    assert [one["outcome"] for one in busy["checks"] if one["code"] == "PREPARED_INSTANCE"] == ["UNKNOWN"]
    assert (report["canStart"], busy["canStart"]) == (True, False)
    assert (refused.code, started.code) == ("PREFLIGHT_FAILED", None)


def test_who_starts_although_drs_does_not_tell_of_prepared_instances_has_not_accepted_one() -> None:
    world = World(settings=QUICK)
    servers = world.add_servers(count=2, name="db")
    told_by_others(world, servers[0], prepare(world, 1))
    plan = world.create_plan("plan", wave(0, world.create_group("Databases", servers)))
    override = {"reason": "none of ours is told so", "codes": ["PREPARED_NOT_CHECKED"]}

    started = world.call("start_execution", planId=plan, executionType="RECOVERY", override=override)

    assert started["error"] == "PREFLIGHT_FAILED", "DRS does tell, and of one"


@pytest.mark.parametrize("door", ["direct", "api"])
def test_what_a_drill_of_ours_has_left_is_not_told_as_the_word_of_others(door: str) -> None:
    world = World(settings=QUICK)
    [server] = world.add_servers(count=1, name="db")
    instance = prepare(world, 1)
    prepare(world, 2)
    group = world.create_group("Databases", [server])
    into = {"launchIntoInstanceProperties": {"launchIntoEc2InstanceId": instance.instance_id}}
    named = {"groupId": group, "serverId": server, "version": 1, "launchTemplate": {}, "drillLaunchTemplate": into}
    world.ask("update_server_launch_config", **named)
    plan = world.create_plan("plan", wave(0, group))
    drill = world.start(plan)
    world.run_until(lambda: any(dict(configuration(world, server)["launchIntoInstanceProperties"]).values()))
    world.cancel(drill)
    world.run_until(lambda: world.status(drill) == "CANCELLED", limit=3600)
    assert configuration(world, server)["launchIntoInstanceProperties"]["launchIntoEC2InstanceID"]

    report = ask(world, door, "preflight_recovery_plan", planId=plan, executionType="RECOVERY").value
    started = ask(world, door, "start_execution", planId=plan, executionType="RECOVERY").value

    assert report["canStart"] is True
    assert [one["code"] for one in report["findings"] if one["outcome"] == "WARN"] == ["TEMPORARY_SETTINGS_LEFT"]
    assert world.run_until_end(started["executionId"]) == "COMPLETED"
    [shown] = world.servers(started["executionId"])
    assert shown.get("launchIntoInstanceId") is None
    assert instance.state == "stopped"


def test_the_address_of_an_instance_that_stays_is_not_given_back_by_a_launch() -> None:
    world = World(settings=QUICK)
    plan, [server], [instance] = furnished(world, 1)
    assert world.run_until_end(world.start(plan)) == "COMPLETED"
    rest(world)
    [group] = world.ask("list_protection_groups")["items"]
    address = IPv4Address(instance.private_address)
    held = HeldAddress(subnet_id=SUBNETS[0], address=address, interface_id="eni-1", instance_id=instance.instance_id)
    own = {"subnetId": SUBNETS[0], "staticPrivateIp": str(address), "copyPrivateIp": False}
    change = {
        "groupId": group["groupId"],
        "version": group["version"],
        "launchIntoMatching": None,
        "servers": [{"sourceServerId": server, "launchTemplate": own}],
    }

    world.cloud.ec2_choices.held.append(held)
    refused = world.call("update_protection_group", **change)
    world.cloud.ec2_choices.held.clear()
    world.ask("update_protection_group", **change)
    world.cloud.ec2_choices.held.append(held)
    report = world.ask("preflight_recovery_plan", planId=plan)

    assert [one["code"] for one in refused["details"]["fields"]] == ["IP_IN_USE"]
    [finding] = [one for one in report["findings"] if one["code"] == "STATIC_IP"]
    assert (finding["outcome"], finding["reason"]) == ("FAIL", "IP_IN_USE")
