"""A world with one of everything, and a good call of every operation in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.doors import Doors
from tests.support.world import World, wave

DATABASES = "111122223333"
REGION = "us-west-2"
STAGING = "777788880001"


def content(world: World) -> str:
    """Everything that is stored."""
    tables = world.tables
    every = (tables.protection_groups, tables.recovery_plans, tables.execution_history, tables.target_accounts)
    return str([sorted(map(str, table.scan())) for table in every])


@dataclass
class Seeded:
    """Two servers, one a member of a group, a plan of the group, and a drill of the plan that has just started."""

    world: World = field(default_factory=lambda: World(seed=1))

    def __post_init__(self) -> None:
        world = self.world
        self.servers = world.add_servers(DATABASES, 2, tags={"Tier": "data"})
        self.group = world.create_group("Databases", self.servers[:1])
        self.member = self.servers[0]
        self.plan = world.create_plan("Shop", wave(0, self.group))
        self.execution = world.start(self.plan)

    @property
    def doors(self) -> Doors:
        """The doors of the world."""
        return Doors(self.world.parts.invoke)

    def good(self, operation: str) -> dict[str, Any]:
        """Parameters of the operation that break no rule of form."""
        return dict(self._good()[operation])

    def _good(self) -> Mapping[str, Mapping[str, Any]]:
        return {**self._of_the_configuration(), **self._of_executions(), **self._of_accounts()}

    def _of_the_configuration(self) -> Mapping[str, Mapping[str, Any]]:
        group, plan, page = {"groupId": self.group}, {"planId": self.plan}, {"limit": 10}
        place, tags = {"accountId": DATABASES, "region": REGION}, {"serverSelectionTags": {"Tier": "web"}}
        server = {**group, "serverId": self.member}
        one_wave = {"waves": [wave(0, self.group)]}
        return {
            "list_protection_groups": {**page, "namePrefix": "data"},
            "create_protection_group": {"groupName": "Web", **place, **tags, "description": "d", "clientToken": "t"},
            "resolve_protection_group_tags": {**place, **tags, **page},
            "get_protection_group": group,
            "validate_static_ip": {
                **group,
                "serverId": self.servers[0],
                "staticPrivateIp": "10.0.1.10",
                "subnetId": "subnet-0123456789abcdef0",
            },
            "update_protection_group": {**group, "version": 1, "description": "d", "owner": "Ann"},
            "delete_protection_group": {**group, "version": 1},
            "apply_launch_configs": {**group, "sourceServerIds": [self.member], "clientToken": "t"},
            "get_launch_config_status": {**group, **page},
            "get_server_launch_config": server,
            "update_server_launch_config": {**server, "version": 1, "launchTemplate": {"copyTags": True}},
            "delete_server_launch_config": {**server, "version": 1},
            "bulk_update_server_configs": {**group, "version": 1, "servers": [{"sourceServerId": self.member}]},
            "get_server_config_history": {**server, **page},
            "list_recovery_plans": {**page, **group},
            "create_recovery_plan": {"planName": "Other", **one_wave, "rtoMinutes": 60, "clientToken": "t"},
            "get_recovery_plan": plan,
            "update_recovery_plan": {**plan, "version": 1, "rpoSeconds": 60, **one_wave},
            "delete_recovery_plan": {**plan, "version": 1},
            "check_existing_instances": {**plan, **page},
            "preflight_recovery_plan": {**plan, "pointInTime": "LATEST"},
        }

    def _of_executions(self) -> Mapping[str, Mapping[str, Any]]:
        plan, execution, page = {"planId": self.plan}, {"executionId": self.execution}, {"limit": 10}
        place = {"accountId": DATABASES, "region": REGION}
        day = {"startedAfter": "2026-01-01T00:00:00Z", "startedBefore": "2026-01-02T00:00:00Z"}
        return {
            "list_executions": {**plan, "status": "RUNNING", "executionType": "DRILL", **page, **day},
            "start_execution": {**plan, "executionType": "DRILL", "reason": "r", **place, "clientToken": "t"},
            "delete_executions": {"executionIds": [self.execution]},
            "get_execution": {**execution, "waveNumber": 0, **page},
            "pause_execution": {**execution, "reason": "r"},
            "resume_execution": {**execution, "waveNumber": 0, "reason": "r"},
            "cancel_execution": {**execution, "reason": "r"},
            "retry_wave": {
                **execution,
                "waveNumber": 0,
                "gateNumber": 1,
                "reason": "r",
                "relaunch": True,
                "override": {"reason": "r", "codes": ["LAUNCH_CONFIG_DRIFT"]},
            },
            "skip_wave": {**execution, "waveNumber": 0, "gateNumber": 1, "reason": "r"},
            "terminate_instances": {**execution, "confirm": self.execution, "reason": "r", "clientToken": "t"},
            "get_termination_status": execution,
            "get_recovery_instances": {**execution, "waveNumber": 0, **page},
            "get_job_logs": {**execution, "waveNumber": 0, **page},
            "get_execution_events": {**execution, "newestFirst": True, **page},
        }

    def _of_accounts(self) -> Mapping[str, Mapping[str, Any]]:
        place, page, account = {"accountId": DATABASES, "region": REGION}, {"limit": 10}, {"accountId": DATABASES}
        return {
            "get_drs_source_servers": {**place, "sourceServerIds": self.servers},
            "get_source_server_inventory": {**place, "hostname": "h", "tagKey": "Tier", "tagValue": "data", **page},
            "list_drs_jobs": {**place, "fromDate": "2026-01-01T00:00:00Z", **page},
            "get_ec2_subnets": {**place, **page, "vpcId": "vpc-0123456789abcdef0"},
            "get_ec2_security_groups": {**place, **page, "subnetId": "subnet-0123456789abcdef0"},
            "get_ec2_instance_profiles": {**place, **page},
            "get_ec2_instance_types": {
                **place,
                **page,
                "typePrefix": "m6i.",
                "subnetId": "subnet-0123456789abcdef0",
            },
            "list_target_accounts": page,
            "add_target_account": {"accountId": "777788889999", "externalId": "an-external-id", "clientToken": "t"},
            "get_target_account": account,
            "update_target_account": {**account, "version": 1, "accountName": "Data", "regions": [REGION]},
            "delete_target_account": {**account, "version": 1, "reason": "its role is gone for good"},
            "validate_target_account": {**account, "regions": [REGION]},
            "validate_staging_account": {"accountId": STAGING, "externalId": "an-external-id", "regions": [REGION]},
            "add_staging_account": {
                **account,
                "stagingAccountId": STAGING,
                "externalId": "an-external-id",
                "clientToken": "t",
            },
            "remove_staging_account": {**account, "stagingAccountId": STAGING, "force": False},
            "discover_staging_accounts": {**account, "regions": [REGION]},
            "sync_staging_accounts": {**account, "regions": [REGION]},
            "get_current_account": {},
            "get_drs_quotas": place,
            "get_combined_capacity": {**account, "region": REGION},
            "get_all_capacity": page,
            "get_tag_sync_settings": {},
            "update_tag_sync_settings": {"version": 1, "enabled": True, "intervalHours": 4},
            "get_tag_sync_status": {},
            "trigger_tag_sync": {},
            "export_configuration": page,
            "import_configuration": {"schemaVersion": "1.1", "protectionGroups": [], "clientToken": "t"},
            "get_user_permissions": {},
            "health": {},
        }
