"""What people do with each resource from its beginning to its end, told once and lived through either door."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from local.drs_simulator.prepared import ALLOWED, TAG, PreparedInstance
from tests.support.doors import Answer, Doors
from tests.support.world import World, wave

NEW_ACCOUNT: Final = "777788889999"
STAGING: Final = "777788880001"
REGION: Final = "us-west-2"
DATABASES: Final = "111122223333"

_IDS: Final = re.compile(r"exec-[0-9a-z]{26}|\b01[0-9A-Z]{24}\b")
_CALLERS: Final = re.compile(r"direct invocation request-[0-9]{6}|ann@example\.com")
_OF_THE_CALL: Final = frozenset({"requestId", "callId"})
_OPAQUE: Final = frozenset({"nextToken"})

HOMES: Final = ("query-handler", "data-management-handler", "execution-handler")

Fields = dict[str, Any]
Asking = Callable[[Doors, str, Mapping[str, Any], "How"], Answer]


@dataclass(frozen=True)
class How:
    """Which of several names and routes of an operation is meant."""

    name: str | None = None
    route: str | None = None


def by_direct(doors: Doors, operation: str, parameters: Mapping[str, Any], how: How) -> Answer:
    """Ask by the direct door."""
    return doors.direct(how.name or operation, parameters)


def by_api(doors: Doors, operation: str, parameters: Mapping[str, Any], how: How) -> Answer:
    """Ask as API Gateway does."""
    return doors.api(operation, parameters, route=how.route)


@dataclass
class Visit:
    """A world, one of its doors, and what was answered there, with names for what differs from world to world."""

    asking: Asking
    world: World = field(default_factory=lambda: World(seed=1))
    told: list[tuple[str, Any]] = field(default_factory=list)
    routes: set[str] = field(default_factory=set)
    asked: dict[str, set[str]] = field(default_factory=dict)
    """By operation, the verbs of the ports that it called itself; not what it has done in the background."""
    _names: dict[str, str] = field(default_factory=dict)

    @property
    def doors(self) -> Doors:
        """The doors of the world."""
        return Doors(self.world.parts.invoke)

    def ask(
        self, operation: str, /, *, name: str | None = None, route: str | None = None, **parameters: Any
    ) -> dict[str, Any]:
        """The result of an operation that must go well."""
        answer = self._answer(operation, parameters, How(name, route))
        assert answer.code is None, f"{operation}: {answer.value}"
        return answer.value

    def refused(self, operation: str, code: str, /, **parameters: Any) -> dict[str, Any]:
        """The envelope of an operation that must be refused with that code."""
        answer = self._answer(operation, parameters, How())
        assert answer.code == code, f"{operation}: {answer.value}"
        return answer.value

    def _answer(self, operation: str, parameters: Mapping[str, Any], how: How) -> Answer:
        seams = [self.world.parts.seams[home] for home in HOMES]
        before = [len(seam.calls) for seam in seams]
        answer = self.asking(self.doors, operation, parameters, how)
        asked = self.asked.setdefault(operation, set())
        asked.update(verb for seam, many in zip(seams, before, strict=True) for verb in seam.calls[many:])
        self.told.append((operation, self._seen(answer.value)))
        if how.route is not None:
            self.routes.add(how.route)
        return answer

    def _seen(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {
                self._seen(name): "(its own)" if name in _OF_THE_CALL | _OPAQUE else self._seen(each)
                for name, each in value.items()
            }
        if isinstance(value, list):
            return [self._seen(each) for each in value]
        if not isinstance(value, str):
            return value
        known = _IDS.sub(lambda found: self._names.setdefault(found[0], f"(id {len(self._names)})"), value)
        return _CALLERS.sub("(whoever called)", known)


def groups(visit: Visit) -> None:
    """A protection group, from its tags to its end."""
    visit.world.add_servers(DATABASES, 2, tags={"Tier": "data"})
    chosen: Fields = {**_place(), "serverSelectionTags": {"Tier": "data"}, "limit": 1}
    found = visit.ask("resolve_protection_group_tags", **chosen)
    visit.ask("resolve_protection_group_tags", **chosen, nextToken=found["nextToken"])
    new: Fields = {"groupName": "Databases", **_place(), "serverSelectionTags": {"Tier": "data"}}
    group = visit.ask("create_protection_group", **new, clientToken="once")
    visit.ask("create_protection_group", **new, clientToken="once")
    visit.refused("create_protection_group", "CONFLICT_ERROR", **new)
    visit.refused("create_protection_group", "VALIDATION_ERROR", groupName="", region="mars", serverSelectionTags={})
    visit.ask("list_protection_groups", limit=10, namePrefix="data")
    visit.ask("get_protection_group", groupId=group["groupId"])
    visit.ask("update_protection_group", groupId=group["groupId"], version=1, description="of the shop", owner="Ann")
    visit.refused("update_protection_group", "CONFLICT_ERROR", groupId=group["groupId"], version=1, owner="Bob")
    visit.ask("get_drs_source_servers", **_place())
    visit.refused("get_drs_source_servers", "VALIDATION_ERROR", region="eu-nowhere-1", limit=0)
    visit.ask("delete_protection_group", groupId=group["groupId"], version=2)
    visit.refused("get_protection_group", "RESOURCE_NOT_FOUND", groupId=group["groupId"])
    visit.ask("list_protection_groups")


def plans(visit: Visit) -> None:
    """A recovery plan, from its groups to its end."""
    servers = visit.world.add_servers(DATABASES, 2)
    one = visit.ask("create_protection_group", groupName="One", **_place(), sourceServerIds=servers[:1])["groupId"]
    two = visit.ask("create_protection_group", groupName="Two", **_place(), sourceServerIds=servers[1:])["groupId"]
    new: Fields = {"planName": "Shop", "waves": [wave(0, one)], "notificationEmail": "ann@example.com"}
    plan = visit.ask("create_recovery_plan", **new)["planId"]
    visit.refused("create_recovery_plan", "CONFLICT_ERROR", planName="SHOP", waves=[wave(0, two)])
    visit.refused("create_recovery_plan", "VALIDATION_ERROR", planName="Other", waves=[wave(0, one, after=[7])])
    visit.ask("list_recovery_plans", groupId=one)
    visit.ask("get_recovery_plan", planId=plan)
    visit.ask("update_recovery_plan", planId=plan, version=1, waves=[wave(0, one), wave(1, two)], rtoMinutes=60)
    visit.ask("preflight_recovery_plan", planId=plan)
    visit.ask("check_existing_instances", planId=plan)
    refused = visit.refused("delete_protection_group", "CONFLICT_ERROR", groupId=two)
    assert refused["details"]["reason"] == "IN_USE"
    exported = visit.ask("export_configuration")
    document = {name: value for name, value in exported.items() if name != "nextToken"}
    visit.ask("import_configuration", **document, dryRun=True)
    visit.ask("import_configuration", **document, onConflict="update", clientToken="import-once")
    visit.refused("delete_recovery_plan", "CONFLICT_ERROR", planId=plan, version=1)
    visit.ask("delete_recovery_plan", planId=plan)
    visit.ask("import_configuration", **document)
    visit.ask("list_recovery_plans", namePrefix="shop", limit=1)


def accounts(visit: Visit) -> None:
    """A target account, from its registration to its end."""
    new: Fields = {"accountId": NEW_ACCOUNT, "externalId": "an-external-id", "regions": [REGION]}
    visit.ask("get_current_account")
    visit.refused("add_target_account", "VALIDATION_ERROR", **{**new, "accountId": "77778888999", "regions": ["mars"]})
    visit.ask("add_target_account", **new, clientToken="once")
    visit.ask("add_target_account", route="POST /accounts/target", **new, clientToken="once")
    visit.refused("add_target_account", "CONFLICT_ERROR", **new)
    visit.ask("list_target_accounts", limit=100)
    visit.ask("list_target_accounts", name="get_target_accounts", limit=100)
    visit.ask("get_target_account", accountId=NEW_ACCOUNT)
    visit.ask("update_target_account", accountId=NEW_ACCOUNT, version=1, accountName="Web", status="inactive")
    visit.refused("update_target_account", "CONFLICT_ERROR", accountId=NEW_ACCOUNT, version=1)
    visit.ask("validate_target_account", accountId=NEW_ACCOUNT)
    visit.ask("validate_target_account", accountId=DATABASES, regions=[REGION])
    visit.world.remove_role(DATABASES)
    visit.ask("validate_target_account", accountId=DATABASES, regions=[REGION])
    visit.ask("delete_target_account", accountId=NEW_ACCOUNT)
    visit.refused("get_target_account", "RESOURCE_NOT_FOUND", accountId=NEW_ACCOUNT)
    visit.ask("list_target_accounts")


def staging(visit: Visit) -> None:
    """A staging account of a target account, from its validation to its end."""
    known: Fields = {"accountId": DATABASES, "stagingAccountId": STAGING}
    way_in: Fields = {"externalId": "an-external-id"}
    visit.world.add_servers(DATABASES)
    visit.world.replicate(STAGING, 2)
    visit.ask("validate_staging_account", accountId=STAGING, **way_in, regions=[REGION])
    visit.refused("add_staging_account", "VALIDATION_ERROR", **known, externalId="short")
    visit.ask("add_staging_account", **known, **way_in, clientToken="once")
    visit.ask("add_staging_account", **known, **way_in, clientToken="once")
    visit.refused("add_staging_account", "CONFLICT_ERROR", **known, **way_in)
    visit.ask("discover_staging_accounts", accountId=DATABASES, regions=[REGION])
    visit.refused("sync_staging_accounts", "VALIDATION_ERROR", accountId=DATABASES, regions=["mars"])
    visit.ask("sync_staging_accounts", accountId=DATABASES, regions=[REGION])
    visit.world.advance(60)
    found = visit.ask("discover_staging_accounts", accountId=DATABASES, regions=[REGION])
    assert found["lastSync"]["extendedCount"] == 2, found
    visit.ask("get_drs_source_servers", **_place())
    visit.ask("remove_staging_account", **known, force=True)
    visit.refused("remove_staging_account", "RESOURCE_NOT_FOUND", **known)


def launches(visit: Visit) -> None:
    """What servers are launched with: what there is to choose from, what is refused, and static addresses."""
    first, second = visit.world.add_servers(DATABASES, 2)
    listed = visit.ask("get_ec2_subnets", **_place(), limit=1)
    subnet = listed["items"][0]["subnetId"]
    visit.ask("get_ec2_subnets", **_place(), limit=1, nextToken=listed["nextToken"])
    chosen = visit.ask("get_ec2_security_groups", **_place(), subnetId=subnet)["items"][0]["groupId"]
    profile = visit.ask("get_ec2_instance_profiles", **_place())["items"][0]["instanceProfileName"]
    types = visit.ask("get_ec2_instance_types", **_place(), subnetId=subnet, typePrefix="m6i.")
    settings: Fields = {
        "subnetId": subnet,
        "securityGroupIds": [chosen],
        "instanceProfileName": profile,
        "instanceType": types["items"][0]["instanceType"],
    }
    own: Fields = {"sourceServerId": first, "launchTemplate": {"staticPrivateIp": "10.0.1.10"}}
    own["drillLaunchTemplate"] = {"staticPrivateIp": "10.0.1.11"}
    new: Fields = {**_place(), "sourceServerIds": [first], "launchConfig": settings, "servers": [own]}
    group = visit.ask("create_protection_group", groupName="Databases", **new)["groupId"]
    asked: Fields = {"groupId": group, "serverId": first}
    visit.ask("validate_static_ip", **asked, staticPrivateIp="10.0.1.10")
    visit.ask("validate_static_ip", **asked, staticPrivateIp="10.0.0.300")
    visit.refused("validate_static_ip", "RESOURCE_NOT_FOUND", **{**asked, "serverId": second}, staticPrivateIp="::1")
    visit.world.cloud.ec2_choices.missing.update((chosen, profile))
    other: Fields = {**new, "sourceServerIds": [second], "servers": [{**own, "sourceServerId": second}]}
    refused = visit.refused("create_protection_group", "VALIDATION_ERROR", groupName="Others", **other)
    assert {each["code"] for each in refused["details"]["fields"]} == {
        "SECURITY_GROUPS_NOT_FOUND",
        "IAM_PROFILE_NOT_FOUND",
        "DUPLICATE_IP",
    }
    visit.ask("update_protection_group", groupId=group, version=1, owner="Ann")
    visit.world.revoke_role(DATABASES)
    visit.refused("get_ec2_subnets", "DRS_SERVICE_ERROR", **_place())


def executions(visit: Visit) -> None:
    """A drill that is paused, approved, read, terminated and deleted."""
    world = visit.world
    plan = world.plan_of(2, 1, pauses=[1])
    visit.ask("start_execution", planId=plan, executionType="DRILL", dryRun=True)
    started = {"planId": plan, "executionType": "DRILL", "reason": "quarterly", "clientToken": "drill-1"}
    execution = visit.ask("start_execution", **started)["executionId"]
    assert visit.ask("start_execution", **started)["executionId"] == execution
    visit.refused("start_execution", "CONFLICT_ERROR", planId=plan, executionType="DRILL")
    visit.ask("pause_execution", executionId=execution, reason="wait")
    world.run_until_status(execution, "PAUSED")
    visit.refused("delete_executions", "CONFLICT_ERROR", executionIds=[execution])
    visit.ask("resume_execution", executionId=execution, scope="all")
    world.run_until_status(execution, "RUNNING")
    world.run_until_status(execution, "PAUSED")
    visit.ask("get_execution", executionId=execution)
    visit.ask("resume_execution", executionId=execution, waveNumber=1)
    world.run_until_end(execution)
    page = visit.ask("get_execution", executionId=execution, limit=2)["servers"]
    visit.ask("get_execution", executionId=execution, limit=2, nextToken=page["nextToken"])
    visit.ask("list_executions", status="COMPLETED", executionType="DRILL", planId=plan)
    visit.ask("get_execution_events", executionId=execution, newestFirst=True, limit=100)
    visit.ask("get_job_logs", executionId=execution, waveNumber=0)
    visit.ask("get_recovery_instances", executionId=execution)
    visit.ask("check_existing_instances", planId=plan, limit=2)
    visit.ask("list_drs_jobs", **_place(), limit=1)
    visit.refused("resume_execution", "CONFLICT_ERROR", executionId=execution)
    ended = {"executionId": execution, "confirm": execution, "clientToken": "the-end"}
    visit.ask("terminate_instances", **ended)
    visit.ask("terminate_instances", **ended)
    world.run_until_terminated(execution)
    visit.ask("get_termination_status", executionId=execution)
    visit.ask("delete_executions", executionIds=[execution])
    visit.refused("get_execution", "RESOURCE_NOT_FOUND", executionId=execution)
    visit.ask("list_executions")


def existing_instances(visit: Visit) -> None:
    """Servers that are launched into instances which are there already, and stay there."""
    world = visit.world
    one, two = world.add_servers(DATABASES, 2, name="db")
    prepared = [
        PreparedInstance(f"i-{number:017x}", DATABASES, REGION, tags={TAG: ALLOWED, "Name": f"db-{number}"})
        for number in (1, 2)
    ]
    for instance in prepared:
        world.cloud.ec2_instances.prepare(instance)
    new: Fields = {**_place(), "sourceServerIds": [one, two], "launchIntoMatching": "NAME"}
    group = visit.ask("create_protection_group", groupName="Databases", **new)["groupId"]
    into: Fields = {"launchIntoInstanceProperties": {"launchIntoEc2InstanceId": prepared[0].instance_id}}
    visit.ask("update_server_launch_config", groupId=group, serverId=one, version=1, launchTemplate=into)
    twice: Fields = {"groupId": group, "serverId": two, "version": 2, "launchTemplate": into}
    visit.refused("update_server_launch_config", "VALIDATION_ERROR", **twice)
    visit.ask("get_launch_config_status", groupId=group)
    visit.ask("get_server_launch_config", groupId=group, serverId=two)
    plan = visit.ask("create_recovery_plan", planName="Shop", waves=[wave(0, group)])["planId"]
    visit.ask("preflight_recovery_plan", planId=plan, executionType="DRILL")
    prepared[1].state = "running"
    visit.ask("preflight_recovery_plan", planId=plan)
    visit.refused("start_execution", "PREFLIGHT_FAILED", planId=plan, executionType="DRILL")
    prepared[1].state = "stopped"
    execution = visit.ask("start_execution", planId=plan, executionType="DRILL")["executionId"]
    world.run_until_end(execution)
    visit.ask("get_execution", executionId=execution)
    visit.ask("get_recovery_instances", executionId=execution)
    visit.ask("check_existing_instances", planId=plan)
    visit.ask("terminate_instances", executionId=execution)
    world.run_until_terminated(execution)
    visit.ask("get_termination_status", executionId=execution)
    visit.ask("update_protection_group", groupId=group, version=2, launchIntoMatching=None)


def failures(visit: Visit) -> None:
    """Executions whose wave fails: tried again, given up, cancelled."""
    world = visit.world
    plan = world.plan_of(1, 1, failurePolicy="PAUSE")
    world.fault("launchFailure", account=DATABASES, times=2)
    execution = visit.ask("start_execution", planId=plan, executionType="DRILL")["executionId"]
    world.run_until_mail("pause", 1)
    visit.ask("retry_wave", executionId=execution, waveNumber=0, reason="the quota was raised")
    world.run_until_mail("pause", 2)
    visit.refused("retry_wave", "CONFLICT_ERROR", executionId=execution, waveNumber=1)
    visit.ask("skip_wave", executionId=execution, waveNumber=0)
    world.advance(120)
    visit.ask("cancel_execution", executionId=execution, reason="enough")
    world.run_until_end(execution)
    visit.ask("get_execution", executionId=execution)
    visit.refused("cancel_execution", "CONFLICT_ERROR", executionId=execution)


def everywhere(visit: Visit) -> None:
    """What there is in all accounts and regions, and how much room is left."""
    visit.world.add_servers(DATABASES, 3, tags={"Tier": "data"})
    visit.world.cloud.simulator.set_region(DATABASES, "eu-west-1", "denied")
    found = visit.ask("get_source_server_inventory", limit=2, tagKey="Tier")
    assert not found["complete"]
    visit.ask("get_source_server_inventory", limit=2, tagKey="Tier", nextToken=found["nextToken"])
    visit.ask("get_source_server_inventory", **_place(), unprotectedOnly=True, fresh=True)
    visit.refused("get_source_server_inventory", "VALIDATION_ERROR", region="eu-nowhere-1", tagValue="data")
    visit.ask("get_drs_quotas", **_place())
    visit.refused("get_drs_quotas", "VALIDATION_ERROR", accountId=NEW_ACCOUNT, region="mars")
    visit.refused("get_drs_quotas", "DRS_SERVICE_ERROR", accountId=DATABASES, region="eu-west-1")
    visit.ask("get_combined_capacity", accountId=DATABASES)
    visit.refused("get_combined_capacity", "RESOURCE_NOT_FOUND", accountId=NEW_ACCOUNT)
    all_accounts = visit.ask("get_all_capacity", limit=1)
    visit.ask("get_all_capacity", limit=100, nextToken=all_accounts["nextToken"])


def tags(visit: Visit) -> None:
    """The tag sync, from its settings to what it has done."""
    world = visit.world
    visit.ask("get_tag_sync_settings")
    visit.ask("get_tag_sync_status")
    world.add_servers(DATABASES, 2, origin="ec2", origin_tags={"Tier": "data"})
    settings = visit.ask("update_tag_sync_settings", version=1, enabled=True, intervalHours=4)
    visit.refused("update_tag_sync_settings", "VALIDATION_ERROR", version=2, intervalHours=25, updatedBy="Bob")
    visit.refused("update_tag_sync_settings", "CONFLICT_ERROR", version=1, enabled=False)
    refused = visit.refused("trigger_tag_sync", "CONFLICT_ERROR")
    assert refused["details"]["reason"] == "SYNC_IN_PROGRESS"
    assert refused["details"]["runId"] == settings["runId"]
    visit.ask("get_tag_sync_status")
    world.advance(60)
    assert visit.ask("get_tag_sync_status")["run"]["counts"]["added"] == 2
    visit.ask("trigger_tag_sync")
    world.advance(60)
    assert visit.ask("get_tag_sync_status")["run"]["counts"]["unchanged"] == 2
    visit.ask("get_tag_sync_settings")


def people(visit: Visit) -> None:
    """Who I am, and whether anybody is there."""
    visit.ask("get_user_permissions")
    visit.ask("health")
    visit.refused("health", "VALIDATION_ERROR", how="well")


def launch_settings(visit: Visit) -> None:
    """The launch settings of a group and its servers, from what is stored to what DRS holds."""
    one, two = sorted(visit.world.add_servers(DATABASES, 2))
    new: Fields = {"groupName": "Web", **_place(), "sourceServerIds": [one, two], "launchConfig": {"copyTags": True}}
    new["drillLaunchConfig"] = {"recoveryMode": "OPTIMAL"}
    group = visit.ask("create_protection_group", **new)["groupId"]
    which: Fields = {"groupId": group, "serverId": one}
    own: Fields = {"launchTemplate": {"copyTags": None, "launchDisposition": "STOPPED"}}
    own["drillLaunchTemplate"] = {"recoveryMode": None, "launchDisposition": "STARTED"}
    visit.ask("update_server_launch_config", **which, version=1, **own)
    visit.refused("update_server_launch_config", "CONFLICT_ERROR", **which, version=1, **own)
    wrong: Fields = {"launchTemplate": {"staticPrivateIp": "8.8.8.8"}}
    visit.refused("update_server_launch_config", "VALIDATION_ERROR", **which, version=2, **wrong)
    wrong["launchTemplate"], wrong["drillLaunchTemplate"] = {}, wrong["launchTemplate"]
    visit.refused("update_server_launch_config", "VALIDATION_ERROR", **which, version=2, **wrong)
    visit.ask("get_server_launch_config", **which)
    visit.ask("apply_launch_configs", groupId=group, dryRun=True)
    visit.world.advance(1)
    visit.ask("apply_launch_configs", groupId=group, clientToken="once")
    visit.ask("apply_launch_configs", groupId=group, clientToken="once")
    visit.refused("apply_launch_configs", "CONFLICT_ERROR", groupId=group)
    visit.world.settle()
    page = visit.ask("get_launch_config_status", groupId=group, limit=1)
    assert page["counts"]["APPLIED"] == 2
    visit.ask("get_launch_config_status", groupId=group, limit=1, nextToken=page["nextToken"])
    visit.world.advance(1)
    many: list[Fields] = [{"sourceServerId": one, "launchTemplate": {"copyTags": False}}, {"sourceServerId": two}]
    many[0]["drillLaunchTemplate"] = None
    visit.ask("bulk_update_server_configs", groupId=group, version=2, servers=many)
    visit.world.advance(1)
    visit.ask("update_protection_group", groupId=group, version=3, owner="Ann", applyLaunchConfigs=True)
    visit.world.settle()
    visit.world.advance(1)
    visit.refused("bulk_update_server_configs", "VALIDATION_ERROR", groupId=group, version=4, servers=[many[0]] * 2)
    visit.ask("get_server_launch_config", **which)
    visit.ask("delete_server_launch_config", **which, version=4)
    visit.refused("delete_server_launch_config", "RESOURCE_NOT_FOUND", **which)
    past = visit.ask("get_server_config_history", **which, limit=2)
    visit.ask("get_server_config_history", **which, limit=2, nextToken=past["nextToken"])
    visit.ask("get_launch_config_status", groupId=group)


def drill_settings(visit: Visit) -> None:
    """The settings of a drill: told while it lasts, and restored."""
    world, servers = visit.world, visit.world.add_servers(DATABASES, 1)
    new: Fields = {"groupName": "Web", **_place(), "sourceServerIds": servers}
    group = visit.ask("create_protection_group", **new, drillLaunchConfig={"recoveryMode": "OPTIMAL"})["groupId"]
    waves = [{"waveNumber": 0, "waveName": "Web", "protectionGroupIds": [group]}]
    plan = visit.ask("create_recovery_plan", planName="Shop", waves=waves)["planId"]
    execution = visit.ask("start_execution", planId=plan, executionType="DRILL")["executionId"]
    world.advance(60)
    [server] = visit.ask("get_launch_config_status", groupId=group)["items"]
    assert server["temporary"]["executionId"] == execution
    visit.ask("get_server_launch_config", groupId=group, serverId=servers[0])
    visit.ask("preflight_recovery_plan", planId=plan)
    world.run_until_end(execution)
    [server] = visit.ask("get_launch_config_status", groupId=group)["items"]
    assert "temporary" not in server
    past = visit.ask("get_server_config_history", groupId=group, serverId=servers[0])["items"]
    assert [line["action"] for line in past] == ["RESTORED", "APPLIED"]


STORIES: Final[Mapping[str, Callable[[Visit], None]]] = {
    story.__name__: story
    for story in (
        groups,
        launch_settings,
        drill_settings,
        launches,
        plans,
        accounts,
        staging,
        executions,
        existing_instances,
        failures,
        everywhere,
        tags,
        people,
    )
}


def lived(name: str, asking: Asking) -> Visit:
    """A story in a world of its own, through one door."""
    visit = Visit(asking)
    STORIES[name](visit)
    return visit


def _place() -> Fields:
    return {"accountId": DATABASES, "region": REGION}
