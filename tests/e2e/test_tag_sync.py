"""The tag sync in the whole system: tags of instances in another account, by the function that works on its own."""

from __future__ import annotations

from typing import Any

import pytest

from local.drs_simulator import SourceServerSpec
from local.system import LocalSystem
from tests.e2e.accounts import APPLICATION, DATABASE
from tests.e2e.hub import Hub
from tests.e2e.waiting import eventually

REGION = "eu-central-1"
INSTANCE = "i-0e00fe00fe00fe00f"
SCHEDULED = "i-0e00fe00fe00fe0ff"


@pytest.mark.requirement("PRD-17")
def test_tags_of_an_instance_reach_its_source_server_in_another_account(system: LocalSystem, hub: Hub) -> None:
    server = system.simulator.add_source_server(
        DATABASE.account_id,
        DATABASE.region,
        SourceServerSpec(
            hostname="tagged",
            origin="ec2",
            origin_account_id=APPLICATION.account_id,
            origin_region=REGION,
            origin_instance_id=INSTANCE,
            origin_tags={"Tier": "web", "Old": "x"},
            tags={"Own": "kept"},
        ),
    )
    drs = system.client("drs", DATABASE.account_id, DATABASE.region)
    ec2 = system.client("ec2", APPLICATION.account_id, REGION)

    def tags() -> Any:
        return drs.describe_source_servers(filters={"sourceServerIDs": [server]})["items"][0]["tags"]

    def sync() -> dict[str, Any]:
        begun = system.invoke("data-management-handler", {"operation": "trigger_tag_sync"})
        assert begun.get("status") == "RUNNING", begun
        return eventually(lambda: _ended(hub.ask("get_tag_sync_status")), "the run should come to its end", seconds=60)

    sync()
    assert tags() == {"Own": "kept", "Tier": "web", "Old": "x"}

    ec2.create_tags(Resources=[INSTANCE], Tags=[{"Key": "Tier", "Value": "database"}, {"Key": "New", "Value": "y"}])
    ec2.delete_tags(Resources=[INSTANCE], Tags=[{"Key": "Old"}])
    status = sync()

    assert tags() == {"Own": "kept", "Tier": "database", "New": "y"}
    counts = status["run"]["counts"]
    assert (counts["added"], counts["changed"], counts["removed"]) == (1, 1, 1)


@pytest.mark.requirement("PRD-17")
def test_the_schedule_of_the_template_begins_runs_by_itself(system: LocalSystem, hub: Hub) -> None:
    server = system.simulator.add_source_server(
        DATABASE.account_id,
        DATABASE.region,
        SourceServerSpec(
            hostname="scheduled",
            origin="ec2",
            origin_account_id=APPLICATION.account_id,
            origin_region=REGION,
            origin_instance_id=SCHEDULED,
            origin_tags={"Tier": "web"},
        ),
    )
    drs = system.client("drs", DATABASE.account_id, DATABASE.region)
    ec2 = system.client("ec2", APPLICATION.account_id, REGION)

    def tags() -> Any:
        return drs.describe_source_servers(filters={"sourceServerIDs": [server]})["items"][0]["tags"]

    def turn(*, enabled: bool) -> None:
        version = hub.ask("get_tag_sync_settings")["version"]
        changed = {"operation": "update_tag_sync_settings", "version": version, "enabled": enabled, "intervalHours": 1}
        assert system.invoke("data-management-handler", changed).get("enabled") is enabled

    turn(enabled=True)
    try:
        eventually(lambda: tags() == {"Tier": "web"}, "what is turned on should begin at once", seconds=120)
        eventually(lambda: _ended(hub.ask("get_tag_sync_status")), "the run should come to its end", seconds=60)
        ec2.create_tags(Resources=[SCHEDULED], Tags=[{"Key": "Tier", "Value": "database"}])
        eventually(lambda: tags() == {"Tier": "database"}, "the rule should strike within the hour", seconds=180)
        run = hub.ask("get_tag_sync_status")["run"]
    finally:
        turn(enabled=False)

    assert (run["reason"], run["startedBy"]) == ("SCHEDULE", "schedule")


def _ended(status: dict[str, Any]) -> dict[str, Any] | None:
    return None if status["run"]["status"] == "RUNNING" else status
