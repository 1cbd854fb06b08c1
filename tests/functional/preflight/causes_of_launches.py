"""What a preflight finds of launch settings, of prepared instances, and of what earlier executions have left.

Each brought about as it comes about in AWS.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from ipaddress import IPv4Address
from typing import Any, Final

from local.drs_simulator.networks import Network
from local.drs_simulator.prepared import PreparedInstance
from shared.errors import DrsServiceError
from shared.models.ec2 import HeldAddress
from shared.models.targets import Target
from shared.patience import PREFLIGHT_SECONDS
from tests.functional.launch_configs.test_before_a_wave import edit
from tests.functional.launch_configs.test_instances_of_others import told_by_others
from tests.functional.launch_configs.test_launch_into import furnished, prepare, rest
from tests.functional.launch_configs.test_overridden import left_by_a_drill
from tests.functional.preflight.causes import PLACE, SOON, Case, Cause, group_of, plan_of
from tests.support.ec2_choices import GROUPS, PROFILES, SUBNETS, TYPES, VPC
from tests.support.world import World

BESIDE: Final[dict[str, Any]] = {"subnetId": SUBNETS[0]}


def network_without(*gone: str) -> Network:
    """What EC2 and IAM have there, but for that: the same of which a preflight is told."""
    return Network(
        {each: (VPC, "10.0.0.0/24") for each in SUBNETS if each not in gone},
        {each: VPC for each in GROUPS if each not in gone},
        {*PROFILES} - {*gone},
        {*TYPES} - {*gone} if {*TYPES} & {*gone} else None,
    )


# -- launch settings ----------------------------------------------------------------------------------------------


def applied(world: World, plan_id: str) -> str:
    """The same plan, the settings of whose group are in DRS."""
    world.ask("apply_launch_configs", groupId=group_of(world)["groupId"])
    world.settle()
    return plan_id


def settings_that_were_never_applied(policy: str) -> Cause:
    def cause(world: World) -> str:
        return plan_of(world, group={"launchConfig": {"copyTags": True}, "launchConfigPolicy": policy})

    cause.__name__ = f"settings_that_were_never_applied_{policy}"
    return cause


def settings_that_ec2_has_refused(world: World) -> str:
    servers = world.add_servers()
    plan_id = plan_of(world, *servers, group={"launchConfig": {"instanceType": "m6i.large"}})
    applied(world, plan_id)
    world.cloud.ec2_instances.templates.clear()
    return applied(world, plan_id)


def gone(what: str, **config: Any) -> Cause:
    """Something that is not there any more with which servers are to be launched."""

    def cause(world: World) -> str:
        plan_id = applied(world, plan_of(world, group={"launchConfig": config}))
        world.cloud.ec2_choices.missing.add(what)
        world.cloud.ec2_instances.networks[PLACE] = network_without(what)
        return plan_id

    cause.__name__ = "gone_" + "_".join(config)
    return cause


def a_type_that_the_zone_offers_no_longer(world: World) -> str:
    plan_id = applied(world, plan_of(world, group={"launchConfig": {**BESIDE, "instanceType": "m6i.large"}}))

    def elsewhere(_target: Target, types: Collection[str]) -> Mapping[str, frozenset[str]]:
        return dict.fromkeys(types, frozenset({"us-west-2z"}))

    world.cloud.ec2_choices.zones_offering = elsewhere  # type: ignore[method-assign, assignment]
    world.cloud.ec2_instances.networks[PLACE].types_in_zone[SUBNETS[0]] = frozenset()
    return plan_id


def a_subnet_that_is_too_small(world: World) -> str:
    servers = world.add_servers(count=101)
    world.cloud.ec2_instances.networks[PLACE].subnets[SUBNETS[0]] = (VPC, "10.0.0.0/26")
    return plan_of(world, *servers, group={"launchConfig": BESIDE})


def groups_beside_no_subnet(world: World) -> str:
    return plan_of(world, group={"launchConfig": {"securityGroupIds": [GROUPS[0]]}})


def an_address_that_somebody_has(world: World) -> str:
    [server] = world.add_servers()
    plan_id = plan_of(world, server)
    own = {"groupId": group_of(world)["groupId"], "serverId": server, "version": 1}
    world.ask("update_server_launch_config", **own, launchTemplate={**BESIDE, "staticPrivateIp": "10.0.0.9"})
    held = HeldAddress(subnet_id=SUBNETS[0], address=IPv4Address("10.0.0.9"), interface_id="eni-1", instance_id="i-1")
    world.cloud.ec2_choices.held.append(held)
    somebody = PreparedInstance("i-1", *PLACE, state="running", tags={})
    somebody.private_address, somebody.subnet_id = str(held.address), held.subnet_id
    world.cloud.ec2_instances.prepare(somebody)
    return plan_id


def a_choice_that_ec2_refuses(code: str, **more: Any) -> Cause:
    def cause(world: World) -> str:
        config = {**BESIDE, "securityGroupIds": [GROUPS[0]], **more}
        plan_id = applied(world, plan_of(world, group={"launchConfig": config}))

        def refuse(target: Target, _service: str) -> None:
            raise DrsServiceError(f"EC2 in {target} ({code})", drsCode=code, httpStatus=400)

        world.cloud.ec2_choices.enter = refuse
        return plan_id

    cause.__name__ = f"a_choice_that_ec2_refuses_{code}"
    return cause


def settings_that_nobody_can_look_at(kind: str) -> Cause:
    def cause(world: World) -> str:
        plan_id = applied(world, plan_of(world, group={"launchConfig": {"copyTags": True}}))
        world.parts.preflight_patience = PREFLIGHT_SECONDS
        world.fault(kind, operation="GetLaunchConfiguration", times=None)
        return plan_id

    cause.__name__ = f"settings_that_nobody_can_look_at_{kind}"
    return cause


def settings_for_drills_that_nobody_can_look_at(world: World) -> str:
    plan_id, _, _ = furnished(world, 1, SOON)
    world.parts.preflight_patience = PREFLIGHT_SECONDS
    world.fault("revokedRole", operation="GetLaunchConfiguration", times=None)
    return plan_id


# -- instances that were there, and what earlier executions left --------------------------------------------------


def an_instance_that_runs(world: World) -> str:
    plan_id, _, [instance] = furnished(world, 1)
    instance.state = "running"
    return plan_id


def an_instance_that_others_have_told_drs(world: World) -> str:
    servers = world.add_servers(count=2, name="db")
    told_by_others(world, servers[0], prepare(world, 1))
    return plan_of(world, *servers)


def an_instance_of_which_drs_does_not_say_whether_it_was_told(world: World) -> str:
    plan_id = an_instance_that_others_have_told_drs(world)
    world.fault("throttling", operation="GetLaunchConfiguration", times=None)
    return plan_id


def an_instance_that_was_launched_into_before(world: World) -> str:
    plan_id, _, _ = furnished(world, 1)
    assert world.run_until_end(world.start(plan_id)) == "COMPLETED"
    rest(world)
    group = group_of(world)
    world.ask("update_protection_group", groupId=group["groupId"], version=group["version"], launchIntoMatching=None)
    return plan_id


def settings_that_a_drill_left_for_good(world: World) -> str:
    plan_id, _, _ = left_by_a_drill(world)
    return plan_id


def settings_that_a_drill_left_a_moment_ago(world: World) -> str:
    plan_id = plan_of(world, *world.add_servers(), group={"drillLaunchConfig": {"recoveryMode": "OPTIMAL"}})
    drill = world.start(plan_id)
    world.run_until(lambda: bool(world.simulator.record.calls("StartRecovery")))
    world.fault("throttling", operation="UpdateLaunchConfiguration", times=None)
    world.run_until_end(drill)
    return plan_id


def settings_that_somebody_changed_beside_what_a_drill_left(policy: str, *, for_good: bool) -> Cause:
    """The drill has left one field, and somebody has changed another since."""

    def cause(world: World) -> str:
        [server] = world.add_servers()
        said = {"launchConfig": {"copyTags": False}, "launchConfigPolicy": policy}
        plan_id = plan_of(world, server, group={**said, "drillLaunchConfig": {"recoveryMode": "OPTIMAL"}})
        drill = world.start(applied(world, plan_id))
        world.run_until_status(drill, "COMPLETED")
        world.fault("revokedRole", operation="UpdateLaunchConfiguration", times=None if for_good else 1)
        world.run_until_end(drill)
        rest(world, 6 if for_good else 0)
        edit(world, server, copyTags=True)
        return plan_id

    cause.__name__ = f"settings_that_somebody_changed_{policy}"
    return cause


def after_an_execution(world: World, count: int) -> tuple[str, list[str]]:
    """A plan that has been recovered, and its servers."""
    servers = world.add_servers(count=count)
    plan_id = plan_of(world, *servers)
    world.cloud.ec2_instances.networks[PLACE] = Network()
    execution_id = world.start(plan_id)
    assert world.run_until_end(execution_id) == "COMPLETED"
    return plan_id, servers


def fewer_servers(left: int) -> Cause:
    def cause(world: World) -> str:
        plan_id, servers = after_an_execution(world, 4)
        group = group_of(world)
        remaining = {"groupId": group["groupId"], "version": group["version"], "sourceServerIds": servers[:left]}
        world.ask("update_protection_group", **remaining)
        return plan_id

    cause.__name__ = f"{left}_of_4_servers"
    return cause


def an_execution_of_which_nobody_knows_the_servers(world: World) -> str:
    plan_id, _ = after_an_execution(world, 1)
    for row in world.history.scan():
        if "#MEMBERS#" in row["planId"]:
            world.history.delete({"executionId": row["executionId"], "planId": row["planId"]})
    return plan_id


CASES_OF_LAUNCHES: Final = (
    Case("LAUNCH_CONFIG_INVALID", "FAIL", settings_that_ec2_has_refused, then="InvalidLaunchTemplateId.NotFound"),
    Case("LAUNCH_CONFIG_DRIFT", "FAIL", settings_that_were_never_applied("BLOCK")),
    Case("LAUNCH_CONFIG_DRIFT", "WARN", settings_that_were_never_applied("REPAIR")),
    Case("LAUNCH_CONFIG_DRIFT", "WARN", settings_that_were_never_applied("WARN")),
    Case(
        "LAUNCH_CONFIG_NOT_CHECKED",
        "UNKNOWN",
        settings_that_nobody_can_look_at("revokedRole"),
        "DENIED",
        then="GetLaunchConfiguration",
    ),
    Case(
        "LAUNCH_CONFIG_NOT_CHECKED",
        "UNKNOWN",
        settings_that_nobody_can_look_at("throttling"),
        "THROTTLED",
        then="GetLaunchConfiguration",
    ),
    Case(
        "LAUNCH_CONFIG_NOT_CHECKED",
        "UNKNOWN",
        settings_for_drills_that_nobody_can_look_at,
        "LENT_SETTINGS",
        then="GetLaunchConfiguration",
    ),
    Case("SUBNET_MISSING", "FAIL", gone(SUBNETS[0], **BESIDE), then="InvalidSubnetID.NotFound"),
    Case("SUBNET_MISSING", "UNKNOWN", a_choice_that_ec2_refuses("UnauthorizedOperation"), "DENIED"),
    Case("SUBNET_MISSING", "UNKNOWN", a_choice_that_ec2_refuses("RequestLimitExceeded"), "THROTTLED"),
    Case("SUBNET_ADDRESSES", "FAIL", a_subnet_that_is_too_small, then="InsufficientFreeAddressesInSubnet"),
    Case("SUBNET_ADDRESSES", "UNKNOWN", a_choice_that_ec2_refuses("RequestLimitExceeded"), "THROTTLED"),
    Case(
        "SECURITY_GROUP",
        "FAIL",
        gone(GROUPS[0], **BESIDE, securityGroupIds=[GROUPS[0]]),
        "SECURITY_GROUPS_NOT_FOUND",
        then="InvalidGroup.NotFound",
    ),
    Case("SECURITY_GROUP", "WARN", groups_beside_no_subnet, "MISSING_SUBNET"),
    Case("SECURITY_GROUP", "UNKNOWN", a_choice_that_ec2_refuses("UnauthorizedOperation"), "DENIED"),
    Case(
        "INSTANCE_TYPE",
        "FAIL",
        gone("m6i.large", instanceType="m6i.large"),
        then="Invalid value 'm6i.large' for InstanceType",
    ),
    Case(
        "INSTANCE_TYPE",
        "UNKNOWN",
        a_choice_that_ec2_refuses("RequestLimitExceeded", instanceType="m6i.large"),
        "THROTTLED",
    ),
    Case("INSTANCE_TYPE", "FAIL", a_type_that_the_zone_offers_no_longer, then="Unsupported"),
    Case(
        "INSTANCE_PROFILE", "FAIL", gone("Shop", instanceProfileName="Shop"), then="iamInstanceProfile.name is invalid"
    ),
    Case("STATIC_IP", "FAIL", an_address_that_somebody_has, "IP_IN_USE", then="InvalidIPAddress.InUse"),
    Case("LAUNCH_INTO_TARGET", "FAIL", an_instance_that_runs),
    Case("PREPARED_INSTANCE", "FAIL", an_instance_that_others_have_told_drs, "TOLD_BY_OTHERS"),
    Case(
        "PREPARED_NOT_CHECKED",
        "UNKNOWN",
        an_instance_of_which_drs_does_not_say_whether_it_was_told,
        "THROTTLED",
    ),
    Case("PREPARED_INSTANCE", "FAIL", an_instance_that_was_launched_into_before, "LAUNCHED_INTO_BEFORE"),
    Case("TEMPORARY_SETTINGS_LEFT", "FAIL", settings_that_a_drill_left_for_good),
    Case("TEMPORARY_SETTINGS_LEFT", "WARN", settings_that_a_drill_left_a_moment_ago),
    Case(
        "LAUNCH_CONFIG_DRIFT",
        "FAIL",
        settings_that_somebody_changed_beside_what_a_drill_left("BLOCK", for_good=True),
        beside=(("TEMPORARY_SETTINGS_LEFT", "FAIL"),),
    ),
    Case(
        "LAUNCH_CONFIG_DRIFT",
        "FAIL",
        settings_that_somebody_changed_beside_what_a_drill_left("BLOCK", for_good=False),
        beside=(("TEMPORARY_SETTINGS_LEFT", "WARN"),),
    ),
    Case(
        "LAUNCH_CONFIG_DRIFT",
        "WARN",
        settings_that_somebody_changed_beside_what_a_drill_left("REPAIR", for_good=False),
        beside=(("TEMPORARY_SETTINGS_LEFT", "WARN"),),
    ),
    Case("SERVERS_CHANGED", "WARN", fewer_servers(3)),
    Case("GROUP_SHRUNK", "WARN", fewer_servers(1)),
    Case("SERVERS_NOT_COMPARED", "WARN", an_execution_of_which_nobody_knows_the_servers),
)
