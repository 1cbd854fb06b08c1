"""The tag sync in the whole system: tags of instances in another account, by the function that works on its own."""

from __future__ import annotations

from typing import Any

from local.drs_simulator import SourceServerSpec
from local.system import LocalSystem
from tests.e2e.accounts import APPLICATION, DATABASE
from tests.e2e.hub import Hub
from tests.e2e.waiting import eventually

REGION = "eu-central-1"
INSTANCE = "i-0e00fe00fe00fe00f"


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


def _ended(status: dict[str, Any]) -> dict[str, Any] | None:
    return None if status["run"]["status"] == "RUNNING" else status
