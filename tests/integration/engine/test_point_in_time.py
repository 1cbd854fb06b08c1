"""Executions to one instant, whole: what StartRecovery was asked, by the simulator's record, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from local.drs_simulator.estate import ReplicationSpec
from local.drs_simulator.transport import attach
from shared.models.base import format_instant
from tests.support.drs_rehearsal import raw_client
from tests.support.world import DATABASE_ACCOUNT, HOUR, REGION, START, WEB_ACCOUNT, World, wave
from tests.support.world.rest import QUICK, check_at_rest, launched_once
from tests.support.world.sweep import TROUBLES, Mishap

MINUTES: Final = timedelta(minutes=1)
EARLIER: Final = START - timedelta(hours=3)
"""Of that age DRS keeps one snapshot an hour, for a day."""


def snapshots(world: World, account: str, server: str) -> dict[str, datetime]:
    """When each recovery snapshot of a server was taken, as anybody may ask DRS."""
    client = raw_client(account, REGION)
    attach(client, world.simulator, sleep=world.clock.advance)
    pages = client.get_paginator("describe_recovery_snapshots").paginate(sourceServerID=server)
    return {item["snapshotID"]: datetime.fromisoformat(item["timestamp"]) for page in pages for item in page["items"]}


def newest(known: dict[str, datetime], instant: datetime) -> str:
    """The id of the newest that is not later."""
    return max((one for one in known if known[one] <= instant), key=lambda one: known[one])


def launches(world: World, execution_id: str) -> list[tuple[str, str, str | None]]:
    """Account, server and snapshot of everything that StartRecovery was asked for, in order, by its record."""
    return [
        (call.account, asked["sourceServerID"], asked.get("recoverySnapshotID"))
        for call in world.simulator_record.calls("StartRecovery")
        if call.parameters["tags"]["DRSOrchestration:executionId"] == execution_id
        for asked in call.parameters["sourceServers"]
    ]


def real_points(world: World) -> dict[str, str]:
    """What each server's latest instance was recovered to, by the simulator's record."""
    return {
        effect.server_id: effect.detail["pointInTime"] for effect in world.simulator_record.effects("instanceLaunched")
    }


def one(world: World, execution_id: str, server: str) -> dict[str, Any]:
    """A server as get_execution shows it."""
    return next(each for each in world.servers(execution_id) if each["sourceServerId"] == server)


def shown_points(world: World, execution_id: str) -> dict[str, str]:
    """What get_execution tells of the launched servers."""
    shown = {one["sourceServerId"]: one.get("recoveryPoint", {}) for one in world.servers(execution_id)}
    return {server: point["at"] for server, point in shown.items() if point.get("isKnown")}


def two_accounts(world: World, **more: Any) -> tuple[str, dict[str, list[str]], str]:
    """A plan of two waves, each in an account of its own; answers the servers by account, and the databases' group."""
    servers = {
        DATABASE_ACCOUNT: world.add_servers(DATABASE_ACCOUNT, 3, name="db"),
        WEB_ACCOUNT: world.add_servers(WEB_ACCOUNT, 2, name="web"),
    }
    groups = [world.create_group(f"of {account}", servers[account], account=account) for account in servers]
    waves = [wave(number, group, **more) for number, group in enumerate(groups)]
    return world.create_plan("shop", *waves, rpoSeconds=900), servers, groups[0]


def younger(world: World, **more: Any) -> tuple[str, str, str]:
    """A plan of one wave of two servers, of which the second is an hour old; answers both."""
    [old] = world.add_servers(name="old")
    [young] = world.add_servers(name="young", protected_since=START - timedelta(hours=1))
    return world.create_plan("mixed", wave(0, world.create_group("mixed", [old, young]), **more)), old, young


# -- which snapshot -------------------------------------------------------------------------------------------------


@pytest.mark.requirement("SRS-E10")
def test_every_server_of_both_accounts_is_launched_from_its_newest_snapshot_that_is_not_later() -> None:
    world = World(settings=QUICK)
    plan_id, servers, databases = two_accounts(world)
    # a drill of before left snapshots on demand, each of a moment of its own
    world.run_until_end(world.start(world.create_plan("databases", wave(0, databases))))
    world.advance(HOUR)
    known = {(account, server): snapshots(world, account, server) for account in servers for server in servers[account]}
    on_demand = sorted(at for one in known.values() for at in one.values() if at > START and at.microsecond)
    instant = on_demand[1]

    execution_id = world.start(plan_id, pointInTime=format_instant(instant))

    assert world.run_until_end(execution_id) == "COMPLETED"
    asked = {(account, server): snapshot for account, server, snapshot in launches(world, execution_id)}
    assert asked == {place: newest(one, instant) for place, one in known.items()}
    taken = {place[1]: format_instant(known[place][str(snapshot)]) for place, snapshot in asked.items()}
    assert len(set(taken.values())) == 3, "two of a moment of their own, the others of the schedule"
    assert {server: real_points(world)[server] for server in taken} == taken == shown_points(world, execution_id)
    check_at_rest(world, execution_id)


def test_a_wave_that_begins_later_takes_what_drs_has_kept_and_says_so() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(1, 1, pauses=[1])
    instant = START - timedelta(minutes=20)
    execution_id = world.start(plan_id, pointInTime=format_instant(instant))
    world.run_until_mail("pause")
    world.advance(3 * HOUR)
    world.resume(execution_id, 1)

    assert world.run_until_end(execution_id) == "COMPLETED"
    first, second = world.servers(execution_id)
    # of the last hour DRS keeps one every ten minutes, of the time before one an hour
    assert first["recoveryPoint"]["at"] == "2026-01-29T02:20:00.000Z"
    assert second["recoveryPoint"]["at"] == "2026-01-29T02:00:00.000Z"
    assert [each["recoveryPoint"]["secondsBeforePointInTime"] for each in (first, second)] == [438, 1638]
    rpo = world.execution(execution_id)["rpo"]
    assert rpo["oldestRecoveryPoint"] == "2026-01-29T02:00:00.000Z"
    assert rpo["secondsBeforePointInTime"] == 1638
    assert "Recover to:   2026-01-29T02:27:18.000Z, each server" in world.mails("start")[-1].message
    assert "the oldest recovery point is 2026-01-29T02:00:00.000Z." in world.mails("complete")[-1].message


def test_a_retry_launches_from_a_snapshot_of_the_same_instant() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2, failurePolicy="PAUSE")
    lost = min(world.expected_waves(plan_id)[0].servers)
    world.fault("launchFailure", servers=[lost])
    wanted = newest(snapshots(world, DATABASE_ACCOUNT, lost), EARLIER)
    execution_id = world.start(plan_id, pointInTime=format_instant(EARLIER))
    world.run_until_mail("pause")

    world.retry(execution_id, 0)

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert [asked for asked in launches(world, execution_id) if asked[1] == lost] == [
        (DATABASE_ACCOUNT, lost, wanted),
        (DATABASE_ACCOUNT, lost, wanted),
    ]
    assert one(world, execution_id, lost)["attempt"] == 2
    check_at_rest(world, execution_id)


# -- without one ----------------------------------------------------------------------------------------------------


def test_a_server_without_such_a_snapshot_fails_with_the_reason_and_is_never_launched() -> None:
    world = World(settings=QUICK)
    plan_id, old, young = younger(world, minimumSuccess=1)

    execution_id = world.start(
        plan_id, pointInTime=format_instant(EARLIER), override={"reason": "all is lost", "codes": ["SNAPSHOT_MISSING"]}
    )

    assert world.run_until_end(execution_id) == "PARTIAL"
    assert [server for _, server, _ in launches(world, execution_id)] == [old]
    failed = one(world, execution_id, young)
    assert failed["launchStatus"] == "FAILED"
    assert failed["launchReason"] == f"it has no recovery snapshot of {format_instant(EARLIER)} or before"
    assert "recoveryPoint" not in failed
    assert failed["launchReason"] in world.mails("fail")[-1].message
    check_at_rest(world, execution_id)


def test_snapshots_that_cannot_be_read_are_waited_for_and_the_wave_says_why() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2, 1, pauses=[1])
    execution_id = world.start(plan_id, pointInTime=format_instant(EARLIER))
    world.run_until_mail("pause")
    world.fault("revokedRole", operation="DescribeRecoverySnapshots", times=None, untilSeconds=600)

    world.resume(execution_id, 1)
    world.advance(300)

    shown = world.execution(execution_id)["waves"][1]
    assert shown["status"] == "LAUNCHING"
    assert "could not read the recovery snapshots of s-" in shown["statusReason"]
    assert len(launches(world, execution_id)) == 2
    assert world.run_until_end(execution_id) == "COMPLETED"
    assert all(snapshot for _, _, snapshot in launches(world, execution_id))
    check_at_rest(world, execution_id)


def aging_away(world: World, size: int) -> tuple[str, dict[str, dict[str, datetime]]]:
    """A start whose call comes a moment after the chosen snapshots have gone; answers what was there before."""
    plan_id = world.plan_of(size, failurePolicy="PAUSE")
    servers = world.expected_waves(plan_id)[0].servers
    # at 02:50 the one of 01:50 is an hour old, and DRS keeps the one of 01:00
    world.advance(150)
    known = {server: snapshots(world, DATABASE_ACCOUNT, server) for server in servers}
    world.orchestration.on("drs.start_recovery", lambda: world.let_pass(15))
    return world.start(plan_id, pointInTime=format_instant(START.replace(hour=1, minute=55))), known


def test_a_snapshot_that_drs_drops_in_between_fails_the_server_and_a_retry_takes_the_one_before() -> None:
    world = World(settings=QUICK)
    execution_id, known = aging_away(world, 1)
    [server] = known
    world.run_until_mail("pause")
    gone = newest(known[server], START.replace(hour=1, minute=55))
    assert gone in one(world, execution_id, server)["launchReason"]

    world.retry(execution_id, 0)

    assert world.run_until_end(execution_id) == "COMPLETED"
    taken = [format_instant(known[server][str(snapshot)]) for _, _, snapshot in launches(world, execution_id)]
    assert taken == ["2026-01-29T01:50:00.000Z", "2026-01-29T01:00:00.000Z"]


def test_where_drs_refuses_a_call_for_such_a_snapshot_all_its_servers_have_theirs_looked_up_anew() -> None:
    world = World(settings=QUICK)

    execution_id, known = aging_away(world, 5)

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert {one["attempt"] for one in world.servers(execution_id)} == {1}
    assert len(world.oracle.jobs_of(execution_id)) == 2, "halves, of which none is refused"
    assert set(shown_points(world, execution_id).values()) == {"2026-01-29T01:00:00.000Z"}
    assert set(shown_points(world, execution_id)) == set(known)


def test_an_account_that_is_silent_is_not_asked_again_for_every_server() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(1, 20, pauses=[1])
    execution_id = world.start(plan_id, pointInTime=format_instant(EARLIER))
    world.run_until_mail("pause")
    before = len(world.simulator_record.calls("DescribeRecoverySnapshots"))
    world.fault("lostReply", operation="DescribeRecoverySnapshots", how="readTimeout", times=None, untilSeconds=60)

    world.resume(execution_id, 1)
    world.advance(20)

    assert 0 < len(world.simulator_record.calls("DescribeRecoverySnapshots")) - before <= 4, "tries of one call"
    assert world.run_until_end(execution_id) == "COMPLETED"


def launched_in(world: World, servers: list[str], seconds: float, /, **fault: Any) -> set[str]:
    """Which of them are launched within that time, while something is the matter with the snapshots of others."""
    plan_id = world.create_plan("some", wave(0, world.create_group("some", servers), minimumSuccess=1))
    execution_id = world.start(plan_id, pointInTime=format_instant(EARLIER))
    world.fault(operation="DescribeRecoverySnapshots", times=None, **fault)
    world.advance(seconds)
    return {server for _, server, _ in launches(world, execution_id)}


@pytest.mark.sweep
@pytest.mark.parametrize("workers", [1, 8])
@pytest.mark.parametrize(
    "trouble",
    [
        {"kind": "serverError"},
        {"kind": "throttling"},
        {"kind": "unreachable"},
        {"kind": "lostReply", "how": "readTimeout"},
        {"kind": "revokedRole"},
    ],
    ids=lambda trouble: str(trouble["kind"]),
)
def test_servers_whose_snapshots_cannot_be_read_do_not_keep_the_others_of_their_account(
    trouble: dict[str, Any], workers: int
) -> None:
    world = World(settings=QUICK, workers=workers)
    servers = sorted(world.add_servers(count=25))

    assert launched_in(world, servers, 1200, servers=servers[:9], **trouble) == set(servers[9:])


@pytest.mark.parametrize(
    ("kind", "workers", "minutes"), [("revokedRole", 1, 2), ("serverError", 1, 15), ("serverError", 8, 15)]
)
def test_more_such_servers_than_fit_one_job_do_not_keep_the_one_behind_them(
    kind: str, workers: int, minutes: int
) -> None:
    world = World(settings=QUICK, workers=workers)
    servers = sorted(world.add_servers(count=121))

    assert launched_in(world, servers, 60 * minutes, kind=kind, servers=servers[:120]) == {servers[120]}


# -- many servers ---------------------------------------------------------------------------------------------------


def test_a_large_wave_is_looked_up_a_job_at_a_time_and_launched_without_a_pause_in_between() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(250)
    steps = dict[str, int]()

    def note(what: str) -> Callable[[], None]:
        return lambda: steps.update({what: world.header(execution_id).step})

    world.orchestration.on("drs.start_recovery", note("first launch"))
    world.orchestration.on("drs.newest_snapshot", note("second lookup"), nth=101)
    execution_id = world.start(plan_id, pointInTime=format_instant(EARLIER))
    asked_by_the_start = len(world.simulator_record.calls("DescribeRecoverySnapshots"))
    world.advance(60)

    calls = world.simulator_record.calls("StartRecovery")
    assert [len(call.parameters["sourceServers"]) for call in calls] == [100, 100, 50]
    assert all(snapshot for _, _, snapshot in launches(world, execution_id))
    assert asked_by_the_start == 250
    assert len(world.simulator_record.calls("DescribeRecoverySnapshots")) == 250 + 250
    assert world.header(execution_id).step < 20
    assert steps["second lookup"] == steps["first launch"] + 1, "what is launched is committed first"


def test_a_large_wave_whose_snapshots_cannot_be_read_is_looked_at_no_more_often_than_any_other() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(1, 120, pauses=[1])
    execution_id = world.start(plan_id, pointInTime=format_instant(EARLIER))
    world.run_until_mail("pause")
    world.fault("revokedRole", operation="DescribeRecoverySnapshots", times=None)
    world.resume(execution_id, 1)
    world.advance(60)
    before = world.header(execution_id).step

    world.advance(600)

    assert world.header(execution_id).step - before <= 600 / 30 + 1


# -- the latest data ------------------------------------------------------------------------------------------------


def test_an_execution_to_the_latest_data_names_no_snapshot_and_tells_its_recovery_points_all_the_same() -> None:
    world = World(settings=QUICK)
    plan_id, servers, _ = two_accounts(world)

    execution_id = world.start(plan_id)

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert {snapshot for _, _, snapshot in launches(world, execution_id)} == {None}
    assert world.simulator_record.calls("DescribeRecoverySnapshots") == []
    assert shown_points(world, execution_id) == real_points(world)
    assert len(real_points(world)) == sum(map(len, servers.values()))
    assert world.execution(execution_id)["rpo"] == {
        "oldestRecoveryPoint": min(real_points(world).values()),
        "actualSeconds": 0,
        "unknownCount": 0,
        "targetSeconds": 900,
        "met": True,
    }


def test_a_server_that_drs_launched_from_an_older_snapshot_shows_the_older_point() -> None:
    world = World(settings=QUICK)
    [server] = world.add_servers(count=1)
    world.simulator.set_replication(DATABASE_ACCOUNT, REGION, server, ReplicationSpec(state="DISCONNECTED"))
    world.advance(2 * HOUR)
    plan_id = world.create_plan("lost", wave(0, world.create_group("lost", [server])), rpoSeconds=900)

    execution_id = world.start(plan_id, "RECOVERY", override={"reason": "all is lost", "codes": ["REPLICATION_STATE"]})

    assert world.run_until_end(execution_id) == "COMPLETED"
    shown = one(world, execution_id, server)["recoveryPoint"]
    assert shown["at"] == real_points(world)[server] == "2026-01-29T02:40:00.000Z"
    assert shown["achievedRpoSeconds"] == 2 * HOUR + 7 * 60 + 18
    assert world.execution(execution_id)["rpo"]["met"] is False


# -- whatever goes wrong --------------------------------------------------------------------------------------------

SAMPLE: Final = [
    *(Mishap("drs.start_recovery", nth, trouble) for nth in (1, 2) for trouble in TROUBLES),
    *(Mishap("drs.newest_snapshot", nth, TROUBLES[nth % 4]) for nth in range(1, 6)),
    *(Mishap("history.transact", nth, TROUBLES[nth % 4]) for nth in range(1, 22)),
]


def tell(world: World, arrange: Callable[[World], None]) -> str:
    """A plan in two accounts is recovered to one instant; every call named the right snapshot, whatever happened."""
    plan_id, servers, _ = two_accounts(world)
    known = {(account, server): snapshots(world, account, server) for account in servers for server in servers[account]}
    arrange(world)
    execution_id = world.start(plan_id, pointInTime=format_instant(EARLIER))
    status = world.run_until_end(execution_id, limit=6 * HOUR)
    assert status == "COMPLETED", f"{status}: {[event['message'] for event in world.events(execution_id)[-4:]]}"
    for account, server, snapshot in launches(world, execution_id):
        assert snapshot == newest(known[account, server], EARLIER)
    launched_once(world, execution_id, [server for _, server in known])
    assert shown_points(world, execution_id) == real_points(world)
    assert set(real_points(world).values()) == {"2026-01-28T23:00:00.000Z"}
    check_at_rest(world, execution_id)
    return execution_id


@pytest.mark.sweep
@pytest.mark.parametrize("mishap", SAMPLE, ids=str)
def test_every_server_is_recovered_to_the_instant_also_when_the_function(mishap: Mishap) -> None:
    tell(World(settings=QUICK), mishap.arrange)


def test_a_call_in_doubt_was_made_with_the_snapshot_that_the_server_shows() -> None:
    world = World(settings=QUICK)

    execution_id = tell(world, lambda world: world.fault("lostReply", operation="StartRecovery"))

    shown = {one["sourceServerId"]: one["snapshotId"] for one in world.servers(execution_id)}
    assert shown == {server: snapshot for _, server, snapshot in launches(world, execution_id)}


def test_a_call_that_was_lost_is_made_anew_with_a_snapshot_of_the_same_instant() -> None:
    world = World(settings=QUICK)

    tell(world, lambda world: world.fault("serverError", operation="StartRecovery", status=503))

    attempts = [each.parameters for each in world.simulator_record.calls("StartRecovery")]
    assert len(attempts) == 3
