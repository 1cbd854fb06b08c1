"""Servers go into instances that are there already, by the functions themselves, over DRS and EC2 by HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.drs_simulator.prepared import ALLOWED, TAG
from local.system import LocalSystem
from shared.models.targets import Target
from tests.e2e.accounts import APPLICATION, DATABASE
from tests.e2e.hub import Hub
from tests.e2e.waiting import eventually

OPEN = {"Key": TAG, "Value": ALLOWED}


class Owner:
    """Who prepares instances in an account, and ends them at the end of the test."""

    def __init__(self, system: LocalSystem, target: Target) -> None:
        self.ec2 = system.client("ec2", target.account_id, target.region)
        self.prepared: list[str] = []

    def prepare(self, name: str) -> str:
        """A stopped instance of that name, with the tag."""
        images = self.ec2.describe_images(Owners=["amazon"])["Images"]
        image = next(one for one in images if one["VirtualizationType"] == "hvm" and not one.get("Platform"))
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}, OPEN]}]
        made = self.ec2.run_instances(
            ImageId=image["ImageId"], InstanceType="m5.large", MinCount=1, MaxCount=1, TagSpecifications=tags
        )
        instance_id = str(made["Instances"][0]["InstanceId"])
        self.prepared.append(instance_id)
        self.ec2.stop_instances(InstanceIds=[instance_id])
        return instance_id

    def seen(self, instance_id: str) -> dict[str, Any]:
        """What EC2 tells of an instance now."""
        found = self.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"]
        return dict(found[0]["Instances"][0])


@pytest.fixture
def owners(system: LocalSystem) -> Iterator[tuple[Owner, Owner]]:
    """Those of the account of the databases, and of another one."""
    both = Owner(system, DATABASE), Owner(system, APPLICATION)
    yield both
    for owner in both:
        if owner.prepared:
            owner.ec2.terminate_instances(InstanceIds=owner.prepared)


def volumes(instance: dict[str, Any]) -> set[str]:
    return {each["Ebs"]["VolumeId"] for each in instance["BlockDeviceMappings"]}


def codes(refused: dict[str, Any]) -> dict[str, list[str]]:
    """By server, why it cannot be launched into an instance."""
    [finding] = [one for one in refused["details"]["findings"] if one["code"] == "LAUNCH_INTO_TARGET"]
    return {server: [each["code"] for each in told] for server, told in finding["details"]["servers"].items()}


@pytest.mark.requirement("PRD-16")
def test_instances_keep_id_and_address_and_are_left_by_a_termination(hub: Hub, owners: tuple[Owner, Owner]) -> None:
    owner, other = owners
    servers = hub.drs.protect(DATABASE, "into-1", "into-2")
    ids = [owner.prepare("into-1"), owner.prepare("into-2")]
    before = {each: owner.seen(each) for each in ids}
    group = hub.ask(
        "create_protection_group",
        groupName="Into instances",
        accountId=DATABASE.account_id,
        region=DATABASE.region,
        sourceServerIds=servers,
        launchIntoMatching="NAME",
    )["groupId"]
    waves = [{"waveNumber": 0, "waveName": "Only", "protectionGroupIds": [group]}]
    drill = {
        "planId": hub.ask("create_recovery_plan", planName="Into instances", waves=waves)["planId"],
        "executionType": "DRILL",
    }

    report = hub.ask("preflight_recovery_plan", **drill)
    execution = hub.ask("start_execution", **drill)["executionId"]
    ended = hub.ended(execution)["status"]
    after = {each: owner.seen(each) for each in ids}
    begun = hub.ask("terminate_instances", executionId=execution)

    def terminated() -> dict[str, Any] | None:
        found: dict[str, Any] = hub.ask("get_termination_status", executionId=execution)["termination"]
        return found if found["status"] != "RUNNING" else None

    termination = eventually(terminated, "the termination should end")
    running = hub.refusal("start_execution", **drill)
    owner.ec2.stop_instances(InstanceIds=ids)
    owner.ec2.delete_tags(Resources=ids[:1], Tags=[OPEN])
    other.prepare("into-1")
    untagged = hub.refusal("start_execution", **drill)

    assert {one["instanceId"] for one in report["replacedInstances"]} == set(ids)
    assert (report["canStart"], ended) == (True, "COMPLETED")
    assert {each: seen["PrivateIpAddress"] for each, seen in after.items()} == {
        each: seen["PrivateIpAddress"] for each, seen in before.items()
    }
    assert {seen["State"]["Name"] for seen in after.values()} == {"running"}
    assert all(not volumes(after[each]) & volumes(before[each]) for each in ids)
    assert hub.drs.instances_of(execution) == {DATABASE: set(ids)}
    assert {one["instanceId"] for one in begun["leftInstances"]} == set(ids)
    assert (termination["status"], termination["leftCount"]) == ("COMPLETED", 2)
    assert codes(running) == dict.fromkeys(servers, ["LAUNCH_INTO_NOT_STOPPED"])
    assert codes(untagged) == {servers[0]: ["LAUNCH_INTO_NOT_FOUND"]}
    assert not set(ids) & set(hub.drs.asked_to_terminate())
