"""Recovery snapshots as time passes: taken by DRS's policy, aged away, and what a launch makes of them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.drs_simulator.estate import ReplicationSpec
from tests.support.drs_rehearsal import ACCOUNT, REGION, START, Rehearsal

HOUR = timedelta(hours=1)
MINUTES = timedelta(minutes=1)


def taken(rehearsal: Rehearsal, server_id: str) -> dict[datetime, str]:
    """The ids of a server's snapshots by their time, newest first."""
    pages = rehearsal.drs.get_paginator("describe_recovery_snapshots").paginate(sourceServerID=server_id, order="DESC")
    return {datetime.fromisoformat(item["timestamp"]): item["snapshotID"] for page in pages for item in page["items"]}


def point_of(rehearsal: Rehearsal) -> datetime:
    """What the one recovery instance was launched from."""
    [instance] = rehearsal.instances()
    return datetime.fromisoformat(instance["pointInTimeSnapshotDateTime"])


def test_drs_takes_one_every_ten_minutes_and_keeps_fewer_the_older_they_are(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect()

    before = taken(rehearsal, server_id)
    rehearsal.wait(3600)
    after = taken(rehearsal, server_id)

    newest = START.replace(minute=40)
    assert list(before)[:6] == [newest - number * 10 * MINUTES for number in range(6)]
    assert list(after)[:6] == [at + HOUR for at in list(before)[:6]]
    aged = set(before) - set(after)
    assert aged == {at for at in list(before)[:6] if at.minute} | (aged & set(list(before)[6:]))
    assert all(after[at] == before[at] for at in set(before) & set(after)), "one keeps its id as long as it is there"


def test_a_server_has_none_of_before_it_was_protected(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect(protected_since=START - 25 * MINUTES)

    assert list(taken(rehearsal, server_id)) == [START.replace(minute=40), START.replace(minute=30)]


def test_a_launch_from_the_latest_data_leaves_the_snapshot_that_it_took(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect()

    rehearsal.launch([server_id])

    point = point_of(rehearsal)
    assert START < point < START + 5 * MINUTES
    assert point in taken(rehearsal, server_id)


def test_a_server_that_stopped_replicating_is_launched_from_the_last_one_before(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect()
    rehearsal.wait(1800)
    rehearsal.simulator.set_replication(ACCOUNT, REGION, server_id, ReplicationSpec(state="STALLED"))
    rehearsal.wait(7200)
    newest = next(iter(taken(rehearsal, server_id)))

    job_id = rehearsal.launch([server_id])

    assert [line["event"] for line in rehearsal.log(job_id)][1:4] == [
        "SNAPSHOT_START",
        "SNAPSHOT_FAIL",
        "USING_PREVIOUS_SNAPSHOT",
    ]
    assert point_of(rehearsal) == newest == START.replace(hour=3, minute=10)


def test_each_server_of_a_job_is_launched_from_the_snapshot_that_was_named_for_it(rehearsal: Rehearsal) -> None:
    first, second, latest = rehearsal.protect(3)
    chosen = {first: list(taken(rehearsal, first))[3], second: list(taken(rehearsal, second))[9]}

    named: Any = [
        {"sourceServerID": server, "recoverySnapshotID": taken(rehearsal, server)[at]} for server, at in chosen.items()
    ]
    rehearsal.drs.start_recovery(sourceServers=[*named, {"sourceServerID": latest}])
    rehearsal.finish_jobs()

    points = {
        instance["sourceServerID"]: datetime.fromisoformat(instance["pointInTimeSnapshotDateTime"])
        for instance in rehearsal.instances()
    }
    assert {server: points[server] for server in chosen} == chosen
    assert points[latest] > START
    record = {
        effect.server_id: datetime.fromisoformat(effect.detail["pointInTime"])
        for effect in rehearsal.simulator.record.effects("instanceLaunched")
    }
    assert record == points


def test_one_that_has_aged_away_is_refused_and_so_is_another_servers(rehearsal: Rehearsal) -> None:
    first, second = rehearsal.protect(2)
    aging = taken(rehearsal, first)[START.replace(minute=10)]
    foreign = taken(rehearsal, second)[START.replace(minute=0)]
    rehearsal.wait(3600)

    for snapshot_id in (aging, foreign):
        with pytest.raises(ClientError) as refused:
            rehearsal.drs.start_recovery(sourceServers=[{"sourceServerID": first, "recoverySnapshotID": snapshot_id}])
        assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert rehearsal.simulator.record.effects("jobCreated") == []
