"""Servers are launched into instances that are there already: for one execution, and never at the cost of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, Literal

import pytest

from local.drs_simulator.prepared import PreparedInstance
from shared.errors import DrsServiceError
from shared.operations import DATA_MANAGEMENT
from tests.support.doors import Answer, Doors
from tests.support.world import World, wave
from tests.support.world.functions import function_arn
from tests.support.world.machinery import DATABASE_ACCOUNT, REGION, WEB_ACCOUNT
from tests.support.world.rest import QUICK, check_at_rest

OPEN: Final = {"AWSDRS": "AllowLaunchingIntoThisInstance"}
DOORS: Final = ("direct", "api")


def ask(world: World, door: str, operation: str, **parameters: Any) -> Answer:
    """Call an operation by one of the doors."""
    doors = Doors(world.parts.invoke)
    return doors.api(operation, parameters) if door == "api" else doors.direct(operation, parameters)


def prepare(world: World, number: int, **said: Any) -> PreparedInstance:
    """The instance of the server of that number, with an address of its own."""
    instance = PreparedInstance(
        f"i-{number:017x}",
        said.pop("account", DATABASE_ACCOUNT),
        REGION,
        tags={**said.pop("tags", OPEN), "Name": f"db-{number}"},
        private_address=f"10.0.{number // 200}.{number % 200 + 10}",
        **said,
    )
    world.cloud.ec2_instances.prepare(instance)
    return instance


def furnished(
    world: World, count: int = 2, more: Mapping[str, Any] = MappingProxyType({}), **group: Any
) -> tuple[str, list[str], list[PreparedInstance]]:
    """A plan of one wave whose servers find their instances by name, them, and the instances; more of the wave."""
    servers = world.add_servers(count=count, name="db")
    instances = [prepare(world, number) for number in range(1, count + 1)]
    created = world.create_group("Databases", servers, launchIntoMatching="NAME", **group)
    return world.create_plan("plan", wave(0, created, **more)), servers, instances


def name_instance(world: World, group: str, server: str, instance: PreparedInstance) -> None:
    """Let a server of a new group be launched into an instance by its id."""
    own = {"launchIntoInstanceProperties": {"launchIntoEc2InstanceId": instance.instance_id}}
    world.ask("update_server_launch_config", groupId=group, serverId=server, version=1, launchTemplate=own)


def configuration(world: World, server: str) -> dict[str, Any]:
    """What DRS has of a server."""
    return dict(world.simulator._world.cell(DATABASE_ACCOUNT, REGION).servers[server].launch_configuration)


def rest(world: World, minutes: int = 10) -> None:
    """Let the schedule do what is left."""
    for _ in range(minutes):
        strike(world)


def strike(world: World) -> None:
    """Let a minute pass, and the schedule of the configuration fire."""
    world.advance(60)
    world.functions.invoke_later(function_arn(DATA_MANAGEMENT), {"schedule": "configuration"})
    world.settle()


def assert_nothing_is_left_in_drs(world: World, before: dict[str, dict[str, Any]]) -> None:
    """What DRS has of these servers is what it had, and nothing is written down any more."""
    assert {server: configuration(world, server) for server in before} == before
    assert [row for row in world.history.scan() if row["executionId"] == "temporary-settings"] == []


@pytest.mark.requirement("PRD-16")
def test_a_hundred_servers_keep_their_instances_and_addresses() -> None:
    world = World(settings=QUICK)
    plan, servers, instances = furnished(world, 100)
    addresses = {one.instance_id: one.private_address for one in instances}
    volumes = {one.instance_id: one.volumes for one in instances}
    before = {server: configuration(world, server) for server in servers}

    report, same = (ask(world, door, "preflight_recovery_plan", planId=plan).value for door in DOORS)
    token = {"planId": plan, "executionType": "DRILL", "clientToken": "token-1"}
    started, again = (ask(world, door, "start_execution", **token).value for door in DOORS)
    execution_id = started["executionId"]

    assert report == same
    assert again["executionId"] == execution_id
    assert report["canStart"] is True
    assert {one["instanceId"]: one["privateAddress"] for one in report["replacedInstances"]} == addresses
    assert world.run_until_end(execution_id) == "COMPLETED"
    shown = {one["sourceServerId"]: one for one in world.servers(execution_id)}
    assert {one["launchIntoInstanceId"] for one in shown.values()} == set(addresses)
    assert all(one["recoveryInstanceId"] == one["launchIntoInstanceId"] for one in shown.values())
    assert world.cloud.ec2_instances.instances == {}, "no other instance was launched"
    assert {one.instance_id: one.private_address for one in instances} == addresses
    assert {one.state for one in instances} == {"running"}
    assert all(one.volumes != volumes[one.instance_id] for one in instances)
    rest(world)
    assert_nothing_is_left_in_drs(world, before)
    check_at_rest(world, execution_id)


@pytest.mark.parametrize("door", DOORS)
def test_a_termination_lists_the_instances_and_leaves_them(door: str) -> None:
    world = World(settings=QUICK)
    plan, servers, instances = furnished(world, 3)
    execution_id = ask(world, door, "start_execution", planId=plan, executionType="DRILL").value["executionId"]
    world.run_until_end(execution_id)

    begun = ask(world, door, "terminate_instances", executionId=execution_id, clientToken="token-1").value
    again = ask(world, door, "terminate_instances", executionId=execution_id, clientToken="token-1").value
    world.advance(600)

    assert begun == again
    left = {one["sourceServerId"]: one["instanceId"] for one in begun["leftInstances"]}
    assert left == {server: one.instance_id for server, one in zip(servers, instances, strict=True)}
    assert {one["reason"] for one in begun["leftInstances"]} == {
        f"{one.instance_id} was there before the execution and is left as it is" for one in instances
    }
    assert world.simulator.record.calls("TerminateRecoveryInstances") == []
    assert {one.state for one in instances} == {"running"}
    ended = ask(world, door, "get_termination_status", executionId=execution_id).value["termination"]
    assert (ended["status"], ended["leftCount"]) == ("COMPLETED", 3)
    assert ended["statusReason"] == "no instance of this execution is left but 3 instances that had been there before"
    shown = {one["launchStatus"] for one in world.servers(execution_id)}
    assert shown == {"LAUNCHED"}
    found = ask(world, door, "get_recovery_instances", executionId=execution_id).value["items"]
    assert [one["launchedInto"] for one in found] == [True] * 3
    existing = ask(world, door, "check_existing_instances", planId=plan).value["items"]
    assert [one["launchedInto"] for one in existing] == [True] * 3
    check_at_rest(world, execution_id)


def test_of_a_mixed_wave_only_new_instances_are_terminated() -> None:
    world = World(settings=QUICK)
    servers = world.add_servers(count=2, name="db")
    instance = prepare(world, 1)
    group = world.create_group("Databases", servers)
    name_instance(world, group, servers[0], instance)
    execution_id = world.start(world.create_plan("plan", wave(0, group)))
    assert world.run_until_end(execution_id) == "COMPLETED"
    [new] = world.cloud.ec2_instances.running()

    begun = world.ask("terminate_instances", executionId=execution_id)
    world.advance(1200)

    assert [one["instanceId"] for one in begun["leftInstances"]] == [instance.instance_id]
    [call] = world.simulator.record.calls("TerminateRecoveryInstances")
    assert call.parameters["recoveryInstanceIDs"] == [new]
    assert world.cloud.ec2_instances.running() == []
    assert instance.state == "running"
    assert {one["sourceServerId"]: one["launchStatus"] for one in world.servers(execution_id)} == {
        servers[0]: "LAUNCHED",
        servers[1]: "TERMINATED",
    }


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"state": "running"}, "LAUNCH_INTO_NOT_STOPPED"),
        ({"tags": {"Name": "db-1"}}, "LAUNCH_INTO_NOT_FOUND"),
        ({"account": WEB_ACCOUNT}, "LAUNCH_INTO_NOT_FOUND"),
        ({"platform": "windows"}, "LAUNCH_INTO_UNFIT"),
    ],
)
def test_an_instance_that_will_not_do_is_refused_before_anything_starts(
    door: str, changed: dict[str, Any], code: str
) -> None:
    world = World(settings=QUICK)
    plan, servers, [instance, _] = furnished(world)
    for name, value in changed.items():
        setattr(instance, name, value)

    refused = ask(
        world,
        door,
        "start_execution",
        planId=plan,
        executionType="DRILL",
        override={"reason": "we need it"},
    )

    assert refused.code == "PREFLIGHT_FAILED"
    [finding] = [one for one in refused.value["details"]["findings"] if one["code"] == "LAUNCH_INTO_TARGET"]
    assert [each["code"] for each in finding["details"]["servers"][servers[0]]] == [code]
    assert servers[0] in finding["serverIds"]
    assert world.simulator.record.calls("UpdateLaunchConfiguration") == []
    assert world.simulator.record.calls("StartRecovery") == []


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"state": "running"}, "LAUNCH_INTO_NOT_STOPPED"),
        ({"state": "pending"}, "LAUNCH_INTO_NOT_STOPPED"),
        ({"state": "stopping"}, "LAUNCH_INTO_NOT_STOPPED"),
        ({"state": "terminated"}, "LAUNCH_INTO_NOT_FOUND"),
        ({"tags": {}}, "LAUNCH_INTO_NOT_ALLOWED"),
        ({"account": WEB_ACCOUNT}, "LAUNCH_INTO_NOT_FOUND"),
    ],
)
def test_one_that_is_named_by_its_id_is_refused_too_before_anything_starts(
    door: str, changed: dict[str, Any], code: str
) -> None:
    world = World(settings=QUICK)
    [server] = world.add_servers(count=1, name="db")
    instance = prepare(world, 1)
    group = world.create_group("Databases", [server])
    name_instance(world, group, server, instance)
    plan = world.create_plan("plan", wave(0, group))
    if "account" in changed:
        world.cloud.ec2_instances.targets.clear()
        prepare(world, 1, **changed)
    for name, value in changed.items():
        setattr(instance, name, value)

    refused = ask(world, door, "start_execution", planId=plan, executionType="RECOVERY")

    assert refused.code == "PREFLIGHT_FAILED"
    [finding] = [one for one in refused.value["details"]["findings"] if one["code"] == "LAUNCH_INTO_TARGET"]
    assert [each["code"] for each in finding["details"]["servers"][server]] == [code]
    assert finding["message"].count(instance.instance_id) == 1
    assert world.simulator.record.calls("UpdateLaunchConfiguration") == []
    assert world.simulator.record.calls("StartRecovery") == []


def test_an_instance_that_is_started_before_its_wave_fails_its_server_alone() -> None:
    world = World(settings=QUICK)
    servers = world.add_servers(count=2, name="db")
    first = world.create_group("first", world.add_servers(name="web"))
    instances = [prepare(world, number) for number in (1, 2)]
    second = world.create_group("second", servers, launchIntoMatching="NAME")
    plan = world.create_plan("plan", wave(0, first), wave(1, second, after=[0], pause=True, failurePolicy="STOP"))
    before = {server: configuration(world, server) for server in servers}
    execution_id = world.start(plan)
    world.run_until_status(execution_id, "PAUSED")
    instances[0].state = "running"
    volumes = instances[0].volumes

    world.advance(3600)
    world.resume(execution_id)
    world.run_until_end(execution_id)

    shown = {one["sourceServerId"]: one for one in world.servers(execution_id)}
    assert shown[servers[0]]["launchStatus"] == "FAILED"
    assert "is running, and DRS launches into stopped ones only: stop it" in shown[servers[0]]["launchReason"]
    assert shown[servers[1]]["recoveryInstanceId"] == instances[1].instance_id
    assert instances[0].volumes == volumes
    rest(world)
    assert_nothing_is_left_in_drs(world, before)


def test_where_ec2_does_not_answer_the_wave_waits_and_goes_on() -> None:
    world = World(settings=QUICK)
    plan, _, _ = furnished(world)
    choices = world.cloud.ec2_choices
    enter = choices.enter

    def deny(_target: object, _service: object) -> None:
        raise DrsServiceError("DescribeInstances: not authorized", drsCode="UnauthorizedOperation", httpStatus=403)

    execution_id = world.start(plan)
    choices.enter = deny
    world.advance(300)

    assert world.simulator.record.calls("StartRecovery") == []
    [told] = world.ask("get_execution", executionId=execution_id)["waves"]
    assert "its instance could not be looked at" in told["statusReason"]
    choices.enter = enter
    assert world.run_until_end(execution_id) == "COMPLETED"


def test_the_next_drill_goes_into_the_same_instances_once_they_are_stopped() -> None:
    world = World(settings=QUICK)
    plan, _, instances = furnished(world)
    world.run_until_end(world.start(plan))
    rest(world)

    running = world.call("start_execution", planId=plan, executionType="DRILL")
    for instance in instances:
        instance.state = "stopped"
    second = world.start(plan)

    assert running["error"] == "PREFLIGHT_FAILED"
    assert world.run_until_end(second) == "COMPLETED"
    assert [effect.instance_id for effect in world.simulator.record.effects("instanceTerminated")] == []
    assert {one.state for one in instances} == {"running"}


@pytest.mark.requirement("PRD-02")
def test_a_recovery_goes_into_instances_as_a_drill_does_and_restores_what_drs_had() -> None:
    world = World(settings=QUICK)
    plan, servers, instances = furnished(world, launchConfig={"instanceType": "m6i.large"})
    execution_id = world.start(plan, "RECOVERY")

    assert world.run_until_end(execution_id) == "COMPLETED"

    rest(world)
    assert {one.state for one in instances} == {"running"}
    for server in servers:
        held = configuration(world, server)
        assert held["launchIntoInstanceProperties"] == {}
        assert held["targetInstanceTypeRightSizingMethod"] == "NONE", "of its instance type"


def test_an_apply_never_tells_drs_of_an_instance() -> None:
    world = World(settings=QUICK)
    servers = world.add_servers(name="db")
    group = world.create_group("Databases", servers, launchConfig={"recoveryMode": "OPTIMAL"})
    name_instance(world, group, servers[0], prepare(world, 1))

    world.ask("apply_launch_configs", groupId=group)
    world.settle()

    held = configuration(world, servers[0])
    assert (held["recoveryMode"], held["launchIntoInstanceProperties"]) == ("OPTIMAL", {})
    assert held["targetInstanceTypeRightSizingMethod"] == "BASIC"
    status = world.ask("get_launch_config_status", groupId=group)
    assert status["counts"]["APPLIED"] == 1
    assert status["items"][0]["launchInto"] == {
        "instanceId": "i-00000000000000001",
        "name": "db-1",
        "state": "stopped",
        "privateAddress": "10.0.0.11",
        "volumeIds": list(world.cloud.ec2_instances.targets[DATABASE_ACCOUNT, REGION, "i-00000000000000001"].volumes),
        "problems": [],
    }
    now = world.ask("get_server_launch_config", groupId=group, serverId=servers[0])
    assert now["launchInto"]["instanceId"] == "i-00000000000000001"
    assert now["differences"] == []


# -- how DRS is told that it launches into none any more --------------------------------------------------------------


def quirky(quirk: Literal["refused", "ignored", "kept"]) -> World:
    """A world whose DRS does that with an empty id."""
    return World(settings=replace(QUICK, quirks=replace(QUICK.quirks, empty_instance_id=quirk)))


@pytest.mark.parametrize("quirk", ["refused", "ignored"])
def test_whatever_drs_does_with_an_empty_id_nothing_is_left(quirk: Literal["refused", "ignored"]) -> None:
    world = quirky(quirk)
    plan, servers, _ = furnished(world)
    before = {server: configuration(world, server) for server in servers}

    assert world.run_until_end(world.start(plan)) == "COMPLETED"
    rest(world)

    assert_nothing_is_left_in_drs(world, before)


def test_a_setting_that_drs_keeps_is_told_with_the_way_out_and_all_else_is_restored() -> None:
    world = quirky("kept")
    plan, [server], [instance] = furnished(world, 1)
    before = configuration(world, server)

    assert world.run_until_end(world.start(plan)) == "COMPLETED"
    rest(world)

    after = configuration(world, server)
    assert after["launchIntoInstanceProperties"] == {"launchIntoEC2InstanceID": instance.instance_id}
    assert {**after, "launchIntoInstanceProperties": {}} == {**before, "launchIntoInstanceProperties": {}}
    [row] = [row for row in world.history.scan() if row["executionId"] == "temporary-settings"]
    assert row["code"] == "NOT_RESTORED"
    assert "launchIntoInstanceProperties" in row["reason"] and "in DRS" in row["reason"]
