"""Launch settings applied by the functions themselves, in processes of their own, over DRS and EC2 by HTTP."""

from typing import Any

import pytest

from local.system import FunctionFailedError, LocalSystem
from tests.e2e.accounts import DATABASE
from tests.e2e.hub import Hub, Part
from tests.e2e.waiting import eventually

MANAGING = "data-management-handler"


def network(system: LocalSystem) -> tuple[Any, str, str]:
    """EC2 in the account, with a subnet and a security group."""
    ec2 = system.client("ec2", DATABASE.account_id, DATABASE.region)
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.77.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="recovered", Description="recovered", VpcId=vpc)["GroupId"]
    return ec2, subnet, group


@pytest.mark.requirement("PRD-13")
def test_settings_are_applied_in_the_background_and_launches_follow_them(hub: Hub, system: LocalSystem) -> None:
    ec2, subnet, security_group = network(system)
    own, other = hub.drs.protect(DATABASE, "configured-1", "configured-2")
    part = Part(DATABASE, [own, other])
    group = hub.group(part)
    version = hub.ask("get_protection_group", groupId=group)["version"]
    config = {"subnetId": subnet, "securityGroupIds": [security_group], "instanceType": "m5.large"}
    update = {"operation": "update_protection_group", "groupId": group, "version": version, "launchConfig": config}
    changed = system.invoke(MANAGING, update)
    address = {"staticPrivateIp": "10.77.1.77"}
    which = {"groupId": group, "serverId": own}
    hub.ask("update_server_launch_config", **which, version=changed["version"], launchTemplate=address)

    run = hub.ask("apply_launch_configs", groupId=group)["runId"]

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = hub.ask("get_launch_config_status", groupId=group)
        return found if found["run"]["status"] != "RUNNING" else None

    status = eventually(ended, "the run should end")
    assert (status["run"]["runId"], status["run"]["status"], status["run"]["applied"]) == (run, "COMPLETED", 2)
    assert {each["status"] for each in status["items"]} == {"APPLIED"}
    now = hub.ask("get_server_launch_config", **which)
    assert now["differences"] == []
    data = ec2.describe_launch_template_versions(LaunchTemplateId=now["launchTemplateId"], Versions=["$Default"])
    assert data["LaunchTemplateVersions"][0]["LaunchTemplateData"]["BlockDeviceMappings"]

    plan = {"operation": "create_recovery_plan", "planName": f"Configured {group}"}
    waves = [{"waveNumber": 0, "waveName": "Only", "protectionGroupIds": [group]}]
    made = system.invoke(MANAGING, {**plan, "waves": waves})
    execution = hub.ask("start_execution", planId=made["planId"], executionType="DRILL")["executionId"]
    assert hub.ended(execution)["status"] == "COMPLETED"
    [ids] = hub.drs.instances_of(execution).values()
    found = ec2.describe_instances(InstanceIds=sorted(ids))["Reservations"]
    instances = [one for each in found for one in each["Instances"]]
    assert {(one["SubnetId"], one["InstanceType"]) for one in instances} == {(subnet, "m5.large")}
    assert "10.77.1.77" in {one["PrivateIpAddress"] for one in instances}


def test_work_and_schedules_that_nobody_knows_are_refused_by_name(system: LocalSystem) -> None:
    for kind in ("work", "schedule"):
        with pytest.raises(FunctionFailedError) as refused:
            system.invoke(MANAGING, {kind: "nobody-knows-this"})
        assert "nobody-knows-this" in refused.value.payload["errorMessage"]

    assert system.invoke(MANAGING, {"schedule": "configuration"})["takenUp"] >= 0
