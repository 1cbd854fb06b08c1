"""start_execution and its preflight with a point in time: what is taken, what is found, and what is kept of it."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from local.drs_simulator.estate import ReplicationSpec
from shared.models.base import format_instant
from tests.support.configuration import DATABASE, NOW, WEB, group, server_id, wave
from tests.support.control_room import ControlRoom
from tests.support.findings import preventing, telling

ROOT: Final = Path(__file__).parents[3]
HOUR = timedelta(hours=1)
YESTERDAY = format_instant(NOW - 24 * HOUR)


@pytest.fixture
def room() -> ControlRoom:
    """Two waves: databases 1 and 2 in one account, web server 3 in another."""
    room = ControlRoom()
    room.group_of("db", 1, 2)
    room.group_of("web", 3, target=WEB)
    room.plan_of(wave(0, "db"), wave(1, "web"), rpo_seconds=900)
    return room


def fields_of(answer: Any) -> list[tuple[str, str]]:
    assert answer["error"] == "VALIDATION_ERROR", answer
    return [(field["field"], field["code"]) for field in answer["details"]["fields"]]


def young(room: ControlRoom, number: int = 9) -> str:
    """A plan with one more server, protected half an hour ago; answers the plan's id."""
    room.protect(number, protected_since=NOW - HOUR / 2)
    room.groups.put_new(group("young", source_server_ids=(server_id(number),)))
    return room.plan_of(wave(0, "db"), wave(1, "young"), plan_id="with-a-young-one")


def snapshot_calls(room: ControlRoom) -> int:
    return len(room.simulator.record.calls("DescribeRecoverySnapshots"))


def named(answer: Any, code: str) -> list[Any]:
    """The findings of that code, of an answer or of a refusal."""
    return [one for one in telling(answer) if one["code"] == code]


# -- what is taken ------------------------------------------------------------------------------------------------


@pytest.mark.requirement("PRD-07")
def test_a_start_keeps_its_instant_and_shows_it_everywhere(room: ControlRoom) -> None:
    answer = room.start(pointInTime=YESTERDAY, by="alice")

    assert answer["status"] == "PENDING"
    assert answer["pointInTime"] == YESTERDAY
    execution_id = answer["executionId"]
    header = room.header(execution_id)
    assert header.point_in_time == NOW - 24 * HOUR
    assert header.rpo_seconds == 900
    shown = room.ask("get_execution", executionId=execution_id)
    assert shown["pointInTime"] == YESTERDAY
    [listed] = room.ask("list_executions")["items"]
    [of_the_plan] = room.ask("list_executions", planId="plan-1")["items"]
    assert (listed["pointInTime"], of_the_plan["pointInTime"]) == (YESTERDAY, YESTERDAY)
    [event] = room.executions.events(header, 10).items
    assert f"Drill of plan-1 to the point in time {YESTERDAY} started by" in event.message


@pytest.mark.parametrize("said", [{}, {"pointInTime": "LATEST"}, {"pointInTime": None}])
def test_nothing_said_is_the_latest_data_and_asks_for_no_snapshot(room: ControlRoom, said: dict[str, Any]) -> None:
    answer = room.start(**said)

    assert answer["pointInTime"] == "LATEST"
    assert room.header(answer["executionId"]).point_in_time is None
    assert room.ask("get_execution", executionId=answer["executionId"])["pointInTime"] == "LATEST"
    assert room.ask("list_executions")["items"][0]["pointInTime"] == "LATEST"
    assert snapshot_calls(room) == 0


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("2026-01-28T02:00:00", "WRONG_FORMAT"),
        ("yesterday", "WRONG_FORMAT"),
        ("latest", "WRONG_FORMAT"),
        ("2026-01-28", "WRONG_FORMAT"),
        ("2026-02-30T02:00:00Z", "WRONG_FORMAT"),
        ("9999-12-31T23:59:59-10:00", "WRONG_FORMAT"),
        ("1769565600", "WRONG_FORMAT"),
        (1769565600, "WRONG_TYPE"),
        ("", "WRONG_FORMAT"),
        ("0001-01-01T00:00:00+14:00", "OUT_OF_RANGE"),
        ("2026-01-29T02:00:00.001Z", "IN_THE_FUTURE"),
        ("2026-01-29T02:00:00-01:00", "IN_THE_FUTURE"),
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_what_is_no_instant_of_the_past_is_refused_by_its_rule(
    room: ControlRoom, given: object, code: str, dry_run: bool
) -> None:
    assert fields_of(room.start(pointInTime=given, dryRun=dry_run)) == [("pointInTime", code)]
    assert fields_of(room.ask("preflight_recovery_plan", planId="plan-1", pointInTime=given)) == [("pointInTime", code)]
    assert room.rows() == []
    assert snapshot_calls(room) == 0


def test_an_instant_without_its_zone_is_told_what_it_lacks(room: ControlRoom) -> None:
    [field] = room.start(pointInTime="2026-01-28T02:00:00")["details"]["fields"]

    assert "zone" in field["reason"]


def test_this_very_moment_is_no_future(room: ControlRoom) -> None:
    assert room.start(pointInTime=format_instant(NOW))["status"] == "PENDING"


def test_the_example_is_a_start_that_is_taken(room: ControlRoom) -> None:
    example = json.loads((ROOT / "examples/executions/start-at-a-point-in-time.json").read_text(encoding="utf-8"))
    parameters = {**example["parameters"], "planId": "plan-1"}

    answer = room.call(example["operation"], **parameters)

    assert answer["status"] == "PENDING"
    assert room.header(answer["executionId"]).point_in_time == NOW - 35 * HOUR / 60


# -- client tokens ------------------------------------------------------------------------------------------------


def test_a_repeated_start_of_the_same_instant_is_the_first_one_in_whatever_zone_it_is_given(room: ControlRoom) -> None:
    first = room.start(pointInTime="2026-01-28T02:00:00Z", clientToken="t")

    assert room.start(pointInTime="2026-01-28T03:00:00+01:00", clientToken="t") == first


@pytest.mark.parametrize("other", ["2026-01-28T02:00:01Z", "LATEST"])
def test_another_instant_under_the_same_token_is_another_request(room: ControlRoom, other: str) -> None:
    room.start(pointInTime="2026-01-28T02:00:00Z", clientToken="t")

    answer = room.start(pointInTime=other, clientToken="t")

    assert (answer["error"], answer["details"]["field"]) == ("CONFLICT_ERROR", "clientToken")


def test_to_say_latest_is_the_same_request_as_to_say_nothing(room: ControlRoom) -> None:
    first = room.start(clientToken="t")

    assert room.start(pointInTime="LATEST", clientToken="t") == first


# -- what is found ------------------------------------------------------------------------------------------------


def test_a_server_that_is_younger_prevents_the_start_and_its_oldest_snapshot_is_named(room: ControlRoom) -> None:
    plan_id = young(room)
    instant = format_instant(NOW - 2 * HOUR)

    answer = room.start(plan_id, pointInTime=instant)

    assert answer["error"] == "PREFLIGHT_FAILED"
    [finding] = named(answer, "SNAPSHOT_MISSING")
    assert finding["outcome"] == "FAIL"
    assert finding["serverIds"] == [server_id(9)]
    assert (finding["accountId"], finding["waveNumber"]) == (DATABASE.account_id, 1)
    oldest = datetime.fromisoformat(finding["details"]["oldestSnapshotAt"])
    assert NOW - HOUR / 2 <= oldest <= NOW - HOUR / 3
    assert f"host9 ({server_id(9)})" in finding["message"]
    assert f"its oldest is of {finding['details']['oldestSnapshotAt']}" in finding["message"]
    assert room.rows() == []


def test_preflight_and_dry_run_find_the_same_and_start_nothing(room: ControlRoom) -> None:
    plan_id = young(room)
    instant = format_instant(NOW - 2 * HOUR)

    dry = room.start(plan_id, pointInTime=instant, dryRun=True)
    report = room.ask("preflight_recovery_plan", planId=plan_id, pointInTime=instant)

    assert (dry["canStart"], report["canStart"]) == (False, False)
    assert (dry["pointInTime"], report["pointInTime"]) == (instant, instant)
    assert len(named(dry, "SNAPSHOT_MISSING")) == 1
    assert named(dry, "SNAPSHOT_MISSING") == named(report, "SNAPSHOT_MISSING")
    assert room.ask("preflight_recovery_plan", planId=plan_id)["canStart"] is True
    assert room.rows() == []


def test_whoever_accepts_it_starts_without_the_point_in_time_of_that_server(room: ControlRoom) -> None:
    plan_id = young(room)
    instant = format_instant(NOW - 2 * HOUR)

    answer = room.start(plan_id, pointInTime=instant, override={"reason": "all is lost", "codes": ["SNAPSHOT_MISSING"]})

    assert answer["status"] == "PENDING"
    [event] = room.executions.events(room.header(answer["executionId"]), 10).items
    assert "host9" in event.message
    assert "in spite of what was found, because all is lost" in event.message


def test_a_server_without_any_snapshot_says_so(room: ControlRoom) -> None:
    room.protect(8, replication=ReplicationSpec(state="INITIAL_SYNC"))
    stored = room.groups.get("db")
    room.groups.put(stored.model_copy(update={"source_server_ids": (server_id(8),)}), stored.version)

    [finding] = named(room.start(pointInTime=YESTERDAY), "SNAPSHOT_MISSING")

    assert "no recovery snapshot at all" in finding["message"]
    assert finding["reason"] == "NOTHING_TO_LAUNCH"
    assert "oldestSnapshotAt" not in finding["details"]


def test_snapshots_that_cannot_be_read_prevent_the_start_once_for_each_account_and_reason(room: ControlRoom) -> None:
    room.simulator.add_faults(
        {
            "faults": [
                {
                    "kind": "revokedRole",
                    "operation": "DescribeRecoverySnapshots",
                    "account": DATABASE.account_id,
                    "times": None,
                }
            ]
        }
    )

    answer = room.start(pointInTime=YESTERDAY, override={"reason": "all is lost", "codes": ["REPLICATION_STATE"]})

    assert answer["error"] == "PREFLIGHT_FAILED"
    [finding] = named(answer, "SNAPSHOTS_NOT_CHECKED")
    assert finding["outcome"] == "UNKNOWN"
    assert finding["serverIds"] == [server_id(1), server_id(2)]
    assert "the recovery snapshots of 2 servers" in finding["message"]
    assert room.rows() == []


# -- how far a start looks ----------------------------------------------------------------------------------------


def large(room: ControlRoom, count: int) -> str:
    room.group_of("many", *range(100, 100 + count))
    return room.plan_of(wave(0, "many"), wave(1, "web"), plan_id="large")


def busy_after(room: ControlRoom, answers: int) -> None:
    """Let DRS in the account of the databases want fewer calls once it has told of so many servers."""
    fault = {"kind": "throttling", "operation": "DescribeRecoverySnapshots", "account": DATABASE.account_id}
    room.simulator.add_faults({"faults": [{**fault, "nth": answers + 1, "times": None}]})


def test_a_start_asks_about_every_server_there_is_time_for(room: ControlRoom) -> None:
    plan_id = large(room, 230)

    answer = room.start(plan_id, pointInTime=YESTERDAY)

    assert answer["status"] == "PENDING"
    assert snapshot_calls(room) == 230 + 1, "and the web server of the other account"


def test_a_start_counts_those_it_could_not_ask_about_in_each_account(room: ControlRoom) -> None:
    plan_id = large(room, 12 + 7)
    busy_after(room, 12)

    answer = room.start(plan_id, pointInTime=YESTERDAY)

    assert answer["error"] == "PREFLIGHT_FAILED"
    [finding] = named(answer, "SNAPSHOTS_NOT_CHECKED")
    assert (finding["outcome"], finding["details"]) == ("UNKNOWN", {"servers": 7})
    assert finding["accountId"] == DATABASE.account_id
    assert "right before its launch" in finding["message"]
    override = {"reason": "each is looked up anyway", "codes": ["SNAPSHOTS_NOT_CHECKED"]}
    assert room.start(plan_id, pointInTime=YESTERDAY, override=override)["status"] == "PENDING"


def test_who_accepts_that_not_all_were_looked_at_does_not_accept_that_one_has_none(room: ControlRoom) -> None:
    large(room, 12 + 7)
    young(room)
    busy_after(room, 12)
    plan_id = room.plan_of(wave(0, "young"), wave(1, "many"), plan_id="both")
    override = {"reason": "each is looked up anyway", "codes": ["SNAPSHOTS_NOT_CHECKED"]}

    answer = room.start(plan_id, pointInTime=YESTERDAY, override=override)

    assert answer["error"] == "PREFLIGHT_FAILED"
    assert [(each["code"], each["serverIds"]) for each in preventing(answer)] == [("SNAPSHOT_MISSING", [server_id(9)])]


def test_servers_of_earlier_waves_are_asked_about_first(room: ControlRoom) -> None:
    earlier = range(100, 140)
    room.group_of("earlier", *earlier)
    room.group_of("later", 50, 51)
    room.plan_of(wave(3, "earlier"), wave(5, "later"), plan_id="two")
    busy_after(room, 5)

    answer = room.start("two", pointInTime=YESTERDAY)

    assert named(answer, "SNAPSHOTS_NOT_CHECKED")[0]["details"] == {"servers": 37}
    calls = room.simulator.record.calls("DescribeRecoverySnapshots")
    answered = {call.parameters["sourceServerID"] for call in calls if not call.error_code}
    assert len(answered) == 5
    assert answered < {server_id(number) for number in earlier}, "however many are asked at once"


def test_where_drs_wants_fewer_calls_the_start_leaves_the_rest_to_the_launch(room: ControlRoom) -> None:
    room.simulator.add_faults(
        {
            "faults": [
                {
                    "kind": "throttling",
                    "operation": "DescribeRecoverySnapshots",
                    "account": DATABASE.account_id,
                    "times": 1000,
                }
            ]
        }
    )

    answer = room.start(pointInTime=YESTERDAY)

    assert answer["error"] == "PREFLIGHT_FAILED"
    [finding] = named(answer, "SNAPSHOTS_NOT_CHECKED")
    assert (finding["outcome"], finding["accountId"], finding["details"]) == (
        "UNKNOWN",
        DATABASE.account_id,
        {"servers": 2},
    )
