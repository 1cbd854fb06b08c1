"""A plan in two accounts that goes back to one instant, on the whole system."""

from datetime import datetime, timedelta

import pytest

from shared.models.base import format_instant
from shared.models.targets import Target
from tests.e2e.accounts import APPLICATION, DATABASE
from tests.e2e.hub import Hub, Part, Wave
from tests.e2e.simulated import EXECUTION_TAG


def taken(hub: Hub, target: Target, server_id: str) -> dict[str, datetime]:
    """The recovery snapshots of a server with their times, read by an outside client."""
    drs = hub.system.client("drs", target.account_id, target.region)
    pages = drs.get_paginator("describe_recovery_snapshots").paginate(sourceServerID=server_id)
    return {item["snapshotID"]: datetime.fromisoformat(item["timestamp"]) for page in pages for item in page["items"]}


@pytest.mark.requirement("PRD-07", "SRS-E10")
def test_every_server_goes_back_to_its_newest_snapshot_that_is_not_later(hub: Hub) -> None:
    places = {server: DATABASE for server in hub.drs.protect(DATABASE, "back-database-1", "back-database-2")}
    places |= {server: APPLICATION for server in hub.drs.protect(APPLICATION, "back-application")}
    parts = [
        Part(target, [server for server in places if places[server] == target]) for target in (DATABASE, APPLICATION)
    ]
    plan_id = hub.plan(*(Wave([part]) for part in parts))
    known = {server: taken(hub, target, server) for server, target in places.items()}
    # of that age DRS keeps one snapshot a day for a week: time flies here
    latest = max(at for one in known.values() for at in one.values())
    instant = latest - timedelta(days=2)
    expected = {server: max((at, name) for name, at in one.items() if at <= instant) for server, one in known.items()}

    started = hub.ask("start_execution", planId=plan_id, executionType="DRILL", pointInTime=format_instant(instant))
    execution_id = str(started["executionId"])
    execution = hub.ended(execution_id)

    assert execution["status"] == "COMPLETED", execution["statusReason"]
    assert execution["pointInTime"] == format_instant(instant)
    [listed] = [one for one in hub.every("list_executions", planId=plan_id) if one["executionId"] == execution_id]
    assert listed["pointInTime"] == format_instant(instant)
    asked = {
        server["sourceServerID"]: server.get("recoverySnapshotID")
        for call in hub.drs.calls("StartRecovery")
        if call["parameters"].get("tags", {}).get(EXECUTION_TAG) == execution_id
        for server in call["parameters"]["sourceServers"]
    }
    assert asked == {server: name for server, (_, name) in expected.items()}
    reached = {one["sourceServerId"]: one["recoveryPoint"]["at"] for one in execution["servers"]["items"]}
    assert reached == {server: format_instant(at) for server, (at, _) in expected.items()}
    mail = hub.last_mail(execution_id, "complete")
    assert f"Recover to:   {format_instant(instant)}" in mail.body
    assert f"the oldest recovery point is {min(reached.values())}." in mail.body
