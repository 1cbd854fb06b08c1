"""One instant for the plan: each server from its newest snapshot that is not later, and what became of it."""

from datetime import datetime, timedelta

import pytest

from shared.engine.bounds import SNAPSHOT_TRUST
from shared.engine.effects import StartLaunch
from shared.models.drs import RecoverySnapshot
from shared.models.launch import LaunchState
from shared.models.request import RequestKind
from shared.models.server_record import HealthStatus, LaunchStatus
from shared.models.targets import ServerKey
from shared.models.wave_record import WaveStatus
from tests.support.planned_wave import PlannedWave
from tests.support.stage import START, TARGET, Stage, server_key, stage
from tests.support.stage_stories import (
    ONE,
    THREE,
    TWO,
    at_gate,
    failed,
    finish_running,
    launched,
    open_gate,
    wave_of,
)

INSTANT = START - timedelta(hours=3)
HOUR = timedelta(hours=1)


def snapshot(made: Stage, key: ServerKey, taken_at: datetime) -> str:
    """A recovery snapshot of a server; answers its id."""
    snapshot_id = f"pit-{taken_at:%d%H%M%S}0{key.source_server_id[-8:]}"
    one = RecoverySnapshot(snapshot_id=snapshot_id, source_server_id=key.source_server_id, taken_at=taken_at)
    made.snapshots.setdefault(key, []).append(one)
    return one.snapshot_id


def back_to(instant: datetime, *waves: PlannedWave) -> Stage:
    """An execution to that point in time; its servers have no snapshot yet."""
    made = stage(*waves)
    made.header = made.header.model_copy(update={"point_in_time": instant})
    return made


def launches(made: Stage) -> list[StartLaunch]:
    return [effect for effect in made.effects if isinstance(effect, StartLaunch)]


def lookups(made: Stage) -> list[str]:
    """The servers whose snapshots were asked for, as often as they were."""
    return [server for asked in made.asked for servers in asked.snapshots.values() for server in servers]


def test_each_server_is_launched_from_its_newest_snapshot_that_is_not_later() -> None:
    made = back_to(INSTANT, wave_of(1, 2))
    snapshot(made, ONE, INSTANT - 2 * HOUR)
    first = snapshot(made, ONE, INSTANT - HOUR)
    snapshot(made, ONE, INSTANT + timedelta(milliseconds=1))
    second = snapshot(made, TWO, INSTANT)

    made.settle()

    [launch] = launches(made)
    assert launch.snapshots == {ONE.source_server_id: first, TWO.source_server_id: second}
    record = made.server(ONE)
    assert record.launch is LaunchStatus.LAUNCHING
    assert record.snapshot is not None
    assert (record.snapshot.snapshot_id, record.snapshot.taken_at) == (first, INSTANT - HOUR)


def test_an_execution_to_the_latest_data_asks_for_no_snapshot() -> None:
    made, _ = launched(wave_of(1, 2))

    assert lookups(made) == []
    assert launches(made)[0].snapshots == {}
    assert made.server(ONE).snapshot is None


def test_a_server_without_such_a_snapshot_fails_with_the_reason_and_the_others_are_launched() -> None:
    made = back_to(INSTANT, wave_of(1, 2))
    snapshot(made, ONE, INSTANT - HOUR)
    snapshot(made, TWO, INSTANT + HOUR)

    made.settle()

    lost = made.server(TWO)
    assert lost.launch is LaunchStatus.FAILED
    assert lost.launch_reason == "it has no recovery snapshot of 2026-01-28T23:00:00.000Z or before"
    assert list(launches(made)[0].snapshots) == [ONE.source_server_id]
    assert [server.source_server_id for server in launches(made)[0].servers] == [ONE.source_server_id]


def test_what_cannot_be_read_is_waited_for_and_said_and_never_launched_from_the_latest_data() -> None:
    made = back_to(INSTANT, wave_of(1, 2))
    for key in (ONE, TWO):
        snapshot(made, key, INSTANT - HOUR)
    made.unreadable[TWO] = "could not read the recovery snapshots of two"

    made.settle()

    assert [list(launch.snapshots) for launch in launches(made)] == [[ONE.source_server_id]]
    assert made.server(TWO).launch is LaunchStatus.PENDING
    assert made.waves[0].record.obstacle == "could not read the recovery snapshots of two"
    del made.unreadable[TWO]
    made.step(30)
    assert [list(launch.snapshots) for launch in launches(made)] == [[ONE.source_server_id], [TWO.source_server_id]]


def test_an_account_that_does_not_answer_is_waited_for() -> None:
    made = back_to(INSTANT, wave_of(1))
    snapshot(made, ONE, INSTANT)
    made.unreachable[TARGET] = "no role"

    made.settle()

    assert launches(made) == []
    assert made.server(ONE).launch is LaunchStatus.PENDING
    made.unreachable.clear()
    made.step(30)
    assert len(launches(made)) == 1


def test_snapshots_are_looked_up_for_as_many_servers_as_fit_one_job_at_a_time() -> None:
    made = back_to(INSTANT, PlannedWave(tuple(server_key(number) for number in range(250))))
    for number in range(250):
        snapshot(made, server_key(number), INSTANT - HOUR)

    made.step(1)
    assert [len(launch.servers) for launch in launches(made)] == [100]
    assert len(lookups(made)) == 100
    made.settle()

    assert [len(launch.servers) for launch in launches(made)] == [100, 100, 50]
    assert sorted(lookups(made)) == sorted(server_key(number).source_server_id for number in range(250))
    assert all(len(launch.snapshots) == len(launch.servers) for launch in launches(made))


def test_a_hundred_servers_without_a_snapshot_do_not_hold_up_those_behind_them() -> None:
    made = back_to(INSTANT, PlannedWave(tuple(server_key(number) for number in range(101))))
    snapshot(made, server_key(100), INSTANT - HOUR)

    decision = made.step(1)
    assert decision.wait_seconds == 1
    made.step(decision.wait_seconds)

    [launch] = launches(made)
    assert list(launch.snapshots) == [server_key(100).source_server_id]


def test_a_hundred_servers_whose_snapshots_cannot_be_read_do_not_hold_up_those_behind_them() -> None:
    made = back_to(INSTANT, PlannedWave(tuple(server_key(number) for number in range(121))))
    made.unreadable = {server_key(number): f"could not read those of {number}" for number in range(120)}
    snapshot(made, server_key(120), INSTANT - HOUR)

    made.step(1)
    assert launches(made) == []
    made.step(30)

    [launch] = launches(made)
    assert list(launch.snapshots) == [server_key(120).source_server_id]
    made.step(30)
    made.step(30)
    asked = lookups(made)
    assert {asked.count(server_key(number).source_server_id) for number in range(120)} == {2, 3, 4}, "each by turns"


def test_whose_snapshots_could_not_be_read_comes_after_those_that_had_no_turn_because_of_it() -> None:
    made = back_to(INSTANT, wave_of(1, 2, 3))
    made.unreadable = {ONE: "could not read those of one", TWO: "", THREE: ""}

    made.step(1)
    made.unreadable = {TWO: "could not read those of two", THREE: "", ONE: ""}
    made.step(30)
    made.unreadable = {ONE: "could not read those of one", TWO: ""}
    snapshot(made, THREE, INSTANT)
    made.step(30)

    turns = [
        sorted(servers, key=lambda server: (servers[server].turn, server))
        for asked in made.asked
        for servers in asked.snapshots.values()
    ]
    one, two, three = (key.source_server_id for key in (ONE, TWO, THREE))
    assert turns == [[one, two, three], [two, three, one], [three, one, two]]
    assert [list(launch.snapshots) for launch in launches(made)] == [[three]]


def test_what_could_not_be_read_is_told_once_however_often_the_turns_change() -> None:
    made = back_to(INSTANT, wave_of(1, 2))
    reasons = {ONE: "could not read those of one", TWO: "could not read those of two"}

    for turn in range(6):
        asked, left = (ONE, TWO) if turn % 2 == 0 else (TWO, ONE)
        made.unreadable = {asked: reasons[asked], left: ""}
        made.step(30)

    held_up = [event.message for event in made.events if "is held up" in event.message]
    assert [message.partition(": ")[2] for message in held_up] == [reasons[ONE], f"{reasons[ONE]}; {reasons[TWO]}"]


def test_where_nobody_is_kept_waiting_no_server_is_written_because_it_cannot_be_read() -> None:
    made = back_to(INSTANT, wave_of(1, 2))
    snapshot(made, ONE, INSTANT)
    made.unreadable[TWO] = "could not read those of two"

    made.step(1)
    made.step(30)

    assert made.server(TWO).unread_snapshots is None


def test_a_server_of_another_wave_comes_before_what_could_not_be_read() -> None:
    made = stage(PlannedWave((ONE,)), PlannedWave((TWO,)), PlannedWave((THREE,), depends_on=(0,)))
    made.header = made.header.model_copy(update={"point_in_time": INSTANT})
    made.unreadable = {ONE: "could not read those of one", TWO: ""}

    made.step(1)
    made.step(30)

    [servers] = made.asked[-1].snapshots.values()
    assert servers[TWO.source_server_id].turn < servers[ONE.source_server_id].turn


def test_a_choice_holds_for_a_short_while_and_is_made_anew_when_a_server_waits_for_room_longer() -> None:
    made = back_to(INSTANT, wave_of(1))
    aged = snapshot(made, ONE, INSTANT - HOUR)
    older = snapshot(made, ONE, INSTANT - 2 * HOUR)
    made.refuse[TARGET] = LaunchState.REFUSED

    made.step(1)
    made.step(30)
    assert lookups(made) == [ONE.source_server_id]
    made.snapshots[ONE] = [one for one in made.snapshots[ONE] if one.snapshot_id != aged]
    made.step(SNAPSHOT_TRUST.total_seconds())

    assert lookups(made) == [ONE.source_server_id] * 2
    assert [launch.snapshots[ONE.source_server_id] for launch in launches(made)] == [aged, aged, older]
    record = made.server(ONE)
    assert record.snapshot is not None
    assert record.snapshot.snapshot_id == older


def test_a_choice_with_which_a_call_was_refused_is_made_anew_at_once() -> None:
    made = back_to(INSTANT, wave_of(1, 2))
    for key in (ONE, TWO):
        snapshot(made, key, INSTANT - HOUR)
    made.refuse[TARGET] = LaunchState.REFUSED
    made.step(1)
    [refused] = made.launches.values()
    made.launches[refused.launch_id] = refused.model_copy(update={"splits": True})
    del made.refuse[TARGET]
    made.snapshots[TWO] = []
    older = snapshot(made, TWO, INSTANT - 2 * HOUR)

    made.step(1)

    assert lookups(made) == [ONE.source_server_id, TWO.source_server_id] * 2
    chosen = {server: one for launch in launches(made)[1:] for server, one in launch.snapshots.items()}
    assert chosen[TWO.source_server_id] == older


def test_a_retry_chooses_again_by_the_same_rule() -> None:
    made = back_to(INSTANT, wave_of(1, 2))
    first = snapshot(made, ONE, INSTANT - HOUR)
    made.settle()
    assert made.server(TWO).launch is LaunchStatus.FAILED
    finish_running(made)
    made.settle()
    assert made.wave(0) is WaveStatus.FAILED
    found = snapshot(made, TWO, INSTANT - 5 * HOUR)

    at_gate(made, RequestKind.RETRY, open_gate(made))
    made.settle()

    assert [launch.snapshots for launch in launches(made)] == [
        {ONE.source_server_id: first},
        {TWO.source_server_id: found},
    ]


def test_a_retry_within_the_time_of_a_choice_does_not_keep_it() -> None:
    made = back_to(INSTANT, wave_of(1))
    snapshot(made, ONE, INSTANT - HOUR)
    made.settle()
    [job] = made.running_jobs()
    made.finish_job(job, failed=[ONE])
    made.settle()
    made.snapshots[ONE] = []
    second = snapshot(made, ONE, INSTANT - 2 * HOUR)

    at_gate(made, RequestKind.RETRY, open_gate(made))
    made.settle()

    assert made.now - START < SNAPSHOT_TRUST
    assert launches(made)[1].snapshots == {ONE.source_server_id: second}


def test_a_lost_launch_is_chosen_for_again() -> None:
    made = back_to(INSTANT, wave_of(1))
    snapshot(made, ONE, INSTANT - HOUR)
    made.refuse[TARGET] = LaunchState.OPEN
    made.settle()
    del made.refuse[TARGET]
    made.snapshots[ONE] = []
    later = snapshot(made, ONE, INSTANT - 2 * HOUR)

    for _ in range(60):
        made.step(5)

    assert [launch.servers[0].attempt for launch in launches(made)] == [1, 2]
    assert launches(made)[1].snapshots == {ONE.source_server_id: later}


@pytest.mark.parametrize("asked", [None, INSTANT])
def test_a_launched_server_says_what_it_was_really_recovered_to(asked: datetime | None) -> None:
    made = stage(wave_of(1, 2))
    if asked is not None:
        made = back_to(asked, wave_of(1, 2))
        for key in (ONE, TWO):
            snapshot(made, key, asked - HOUR)
    made.settle()
    [job] = made.running_jobs()
    made.finish_job(job, without_instance=[ONE, TWO])
    made.add_instance(ONE, job, point_in_time=INSTANT - 7 * HOUR)
    made.add_instance(TWO, job)

    made.settle()

    assert made.server(ONE).recovery_point == INSTANT - 7 * HOUR, "DRS's word counts, not what was asked for"
    assert made.server(TWO).recovery_point is None
    told = [event.message for event in made.events if "server" in event.details and "is LAUNCHED" in event.message]
    words = (": recovered to 2026-01-28T16:00:00.000Z", ": its recovery point is unknown") if asked else ("", "")
    assert sorted(told) == [
        f"Server {key.source_server_id} is LAUNCHED{more}" for key, more in zip((ONE, TWO), words, strict=True)
    ]
    wave = made.waves[0].record
    assert (wave.oldest_recovery_point, wave.unknown_recovery_points) == (INSTANT - 7 * HOUR, 1)


def test_the_recovery_point_of_an_adopted_instance_is_its_own() -> None:
    made = failed(wave_of(1))
    [job] = made.jobs
    made.add_instance(ONE, job, point_in_time=INSTANT)

    at_gate(made, RequestKind.RETRY, open_gate(made))
    made.settle()

    assert made.server(ONE).recovery_point == INSTANT


def test_an_instance_that_turns_up_after_its_verdict_tells_its_recovery_point_too() -> None:
    made, job = launched(wave_of(1))
    made.finish_job(job, without_instance=[ONE])
    made.step(301)
    made.settle()
    assert made.server(ONE).health is HealthStatus.UNHEALTHY
    made.add_instance(ONE, job, point_in_time=INSTANT)

    at_gate(made, RequestKind.RETRY, open_gate(made))
    made.settle()

    assert made.server(ONE).recovery_point == INSTANT


def test_the_next_attempt_forgets_the_recovery_point_of_the_one_before() -> None:
    made, job = launched(wave_of(1, 3))
    made.finish_job(job, without_instance=[ONE, THREE])
    made.add_instance(ONE, job, checks="impaired", point_in_time=INSTANT)
    made.add_instance(THREE, job, point_in_time=INSTANT + HOUR)
    made.settle()
    assert made.waves[0].record.oldest_recovery_point == INSTANT
    made.step(900)
    made.settle()

    at_gate(made, RequestKind.RETRY, open_gate(made), relaunch=True)
    made.settle()

    record = made.server(ONE)
    # the instance of the first attempt lives until the job of the second launches, but recovers nothing
    assert (record.attempt, record.launch, record.recovery_point) == (2, LaunchStatus.LAUNCHING, INSTANT)
    wave = made.waves[0].record
    assert (wave.oldest_recovery_point, wave.unknown_recovery_points) == (INSTANT + HOUR, 0)
    (again,) = made.running_jobs()
    made.finish_job(again, failed=[ONE])
    made.settle()
    assert (made.server(ONE).launch, made.server(ONE).recovery_point) == (LaunchStatus.FAILED, None)
