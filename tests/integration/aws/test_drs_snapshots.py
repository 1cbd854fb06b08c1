"""Which recovery snapshot the gateway finds, with how many calls, and how a launch names it."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.aws.drs_words import snapshot_of
from shared.errors import DrsServiceError
from shared.models.drs import RecoverySnapshot
from tests.integration.aws.conftest import DATABASE, START, Cloud

MINUTES = timedelta(minutes=1)
MOMENT = timedelta(milliseconds=1)


def asked(cloud: Cloud) -> list[Mapping[str, Any]]:
    """The parameters of every listing of snapshots."""
    return [call.parameters for call in cloud.simulator.record.calls("DescribeRecoverySnapshots")]


def newest(cloud: Cloud, server: str, instant: datetime) -> RecoverySnapshot:
    found = cloud.drs.newest_snapshot(DATABASE, server, not_later_than=instant)
    assert found is not None
    return found


def test_the_newest_snapshot_of_an_instant_is_the_last_one_that_was_taken_by_then(cloud: Cloud) -> None:
    [server] = cloud.protect(DATABASE, "db01")

    # DRS keeps one for every ten minutes of the last hour, then one an hour
    assert newest(cloud, server, START - 15 * MINUTES).taken_at == START - 20 * MINUTES
    assert newest(cloud, server, START - 150 * MINUTES).taken_at == START - 180 * MINUTES
    assert newest(cloud, server, START + timedelta(days=1)).taken_at <= START


def test_a_snapshot_of_that_very_instant_counts_and_one_a_moment_later_does_not(cloud: Cloud) -> None:
    [server] = cloud.protect(DATABASE, "db01")
    taken = newest(cloud, server, START - 15 * MINUTES)

    assert newest(cloud, server, taken.taken_at) == taken
    assert newest(cloud, server, taken.taken_at - MOMENT).taken_at == taken.taken_at - 10 * MINUTES


def test_a_server_without_one_so_old_has_none_and_its_oldest_can_be_asked_for(cloud: Cloud) -> None:
    [server] = cloud.protect(DATABASE, "db01")
    oldest = cloud.drs.oldest_snapshot(DATABASE, server)

    assert oldest is not None
    assert oldest.taken_at < START - timedelta(days=1)
    assert cloud.drs.newest_snapshot(DATABASE, server, not_later_than=oldest.taken_at - MOMENT) is None
    assert newest(cloud, server, oldest.taken_at) == oldest


@pytest.mark.parametrize("seed", range(5))
def test_whatever_the_instant_it_is_the_newest_of_all_that_are_not_later(cloud: Cloud, seed: int) -> None:
    rng = random.Random(seed)
    [server] = cloud.protect(DATABASE, "db01")
    session = cloud.sessions.session(DATABASE.account_id, "test")
    for _ in range(3):
        # launches leave snapshots of odd moments among those of the schedule
        cloud.drs.start_recovery(
            DATABASE, [server], is_drill=True, tags={}, not_after=cloud.clock.now() + timedelta(seconds=20)
        )
        cloud.clock.advance(rng.uniform(1000, 20_000))
    pages = session.client("drs", DATABASE.region).get_paginator("describe_recovery_snapshots")
    taken = [
        datetime.fromisoformat(item["timestamp"])
        for page in pages.paginate(sourceServerID=server)
        for item in page["items"]
    ]

    for _ in range(40):
        instant = rng.choice((*taken, cloud.clock.now())) - timedelta(
            seconds=rng.choice((0, 0.001, rng.uniform(0, 9e5)))
        )
        found = cloud.drs.newest_snapshot(DATABASE, server, not_later_than=instant)

        assert (found and found.taken_at) == max((at for at in taken if at <= instant), default=None)


def test_one_short_page_answers_however_many_there_are(cloud: Cloud) -> None:
    [server] = cloud.protect(DATABASE, "db01")

    newest(cloud, server, START - timedelta(hours=12))
    cloud.drs.oldest_snapshot(DATABASE, server)

    assert [(one["order"], one["maxResults"]) for one in asked(cloud)] == [("DESC", 10), ("ASC", 10)]


def test_a_snapshot_that_is_only_expected_is_none() -> None:
    expected: Any = {
        "snapshotID": "pit-" + "1" * 17,
        "sourceServerID": "s-" + "1" * 17,
        "expectedTimestamp": "2026-01-29T02:00:00Z",
    }

    assert snapshot_of(expected) is None
    expected["timestamp"] = "2026-01-29T02:00:03.500Z"
    taken = snapshot_of(expected)
    assert taken is not None
    assert taken.taken_at == START + timedelta(seconds=3.5)


def test_a_server_that_drs_does_not_know_is_an_error_and_not_a_server_without_snapshots(cloud: Cloud) -> None:
    cloud.protect(DATABASE, "db01")

    with pytest.raises(DrsServiceError) as raised:
        cloud.drs.newest_snapshot(DATABASE, "s-00000000000000000", not_later_than=START)

    assert raised.value.drs_code == "ResourceNotFoundException"


def test_a_launch_names_the_snapshot_of_each_server_that_has_one(cloud: Cloud) -> None:
    [old, latest] = cloud.protect(DATABASE, "db01", "db02")
    chosen = newest(cloud, old, START - 150 * MINUTES)

    cloud.drs.start_recovery(
        DATABASE,
        [old, latest],
        is_drill=True,
        tags={},
        not_after=cloud.clock.now() + timedelta(seconds=20),
        snapshots={old: chosen.snapshot_id},
    )
    cloud.clock.advance(3600)

    [call] = cloud.simulator.record.calls("StartRecovery")
    assert call.parameters["sourceServers"] == [
        {"sourceServerID": old, "recoverySnapshotID": chosen.snapshot_id},
        {"sourceServerID": latest},
    ]
    points = {one.source_server_id: one.point_in_time for one in cloud.drs.recovery_instances(DATABASE)}
    assert points[old] == chosen.taken_at
    on_demand = points[latest]
    assert on_demand is not None
    assert on_demand > START
