"""What executions look like from outside; reading them writes nothing."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.models.base import format_instant
from shared.models.execution import ExecutionStatus
from shared.models.gate import GateStatus
from shared.models.wave_record import WaveStatus
from shared.stores.table import Page, Write
from tests.functional.executions.recorded import finished, pages
from tests.support.configuration import server_id, wave
from tests.support.control_room import ControlRoom
from tests.support.engine_hand import EngineHand
from tests.support.tampered_table import TamperedTable


def read_only(room: ControlRoom) -> TamperedTable:
    def refuse(_number: int, writes: Sequence[Write]) -> None:
        raise AssertionError(f"a read wrote {writes}")

    return TamperedTable(room.history, before=refuse)


def test_no_read_ever_writes(room: ControlRoom) -> None:
    execution_id = finished(room)
    room.call("terminate_instances", executionId=execution_id)
    table = read_only(room)

    for operation in (
        "get_execution",
        "get_execution_events",
        "get_job_logs",
        "get_recovery_instances",
        "get_termination_status",
    ):
        assert "error" not in room.ask(operation, history=table, executionId=execution_id)
    assert "error" not in room.ask("list_executions", history=table)
    assert "error" not in room.ask("list_executions", history=table, planId="plan-1")
    assert "error" not in room.call("get_execution", history=table, executionId=execution_id)
    assert "error" not in room.call("list_executions", history=table)


def test_a_start_that_died_is_not_buried_by_whoever_checks_or_reads(room: ControlRoom) -> None:
    header = room.header(room.start()["executionId"])
    preparing = header.model_copy(update={"execution_id": "exec-dead", "status": ExecutionStatus.PREPARING})
    room.executions.create(preparing)
    room.clock.advance(3600)
    table = read_only(room)

    assert room.ask("get_execution", history=table, executionId="exec-dead")["status"] == "PREPARING"
    assert "error" not in room.ask("preflight_recovery_plan", history=table, planId="plan-1")


@pytest.mark.requirement("SRS-F25")
def test_an_execution_shows_its_waves_gates_and_servers_and_never_a_token(room: ControlRoom) -> None:
    execution_id = finished(room)

    answer = room.ask("get_execution", executionId=execution_id)

    assert answer["status"] == "COMPLETED"
    assert [(each["waveNumber"], each["status"]) for each in answer["waves"]] == [(0, "COMPLETED"), (1, "COMPLETED")]
    assert answer["waves"][1]["approvedBy"] == "ann"
    assert answer["waves"][1]["protectionGroupNames"] == ["group web"]
    [gate] = answer["gates"]
    assert (gate["waveNumber"], gate["status"], gate["decidedBy"]) == (1, "APPROVED", "ann")
    assert [server["sourceServerId"] for server in answer["servers"]["items"]] == [server_id(n) for n in (1, 2, 3, 4)]
    assert "SECRET-TASK-TOKEN" not in str(answer)
    assert not {"step", "by", "seen", "launchIds", "token", "visit"} & set(answer)


def test_a_wave_shows_what_it_was_told_and_how_it_goes_on(room: ControlRoom) -> None:
    execution_id = str(room.start()["executionId"])
    engine, now = EngineHand(room, execution_id), room.clock.now()
    record = room.executions.waves(engine.header, [0])[0]
    told = {"minimum_success": "80%", "wait_minutes": 5, "deadline_minutes": 60, "wait_until": now}
    gone = {"status": WaveStatus.FAILED, "retries": 2, "continued_by": "ann", "progress": 70, "draining": True}
    server = room.executions.servers(engine.header, 0)[0].model_copy(update={"optional": True})
    engine.step(
        ExecutionStatus.RUNNING,
        waves={0: WaveStatus.FAILED},
        progress=35,
    )
    engine.step(items=[record.model_copy(update=told | gone), server])

    answer = room.ask("get_execution", executionId=execution_id)

    shown = answer["waves"][0]
    assert (shown["minimumSuccess"], shown["waitMinutes"], shown["deadlineMinutes"]) == ("80%", 5, 60)
    assert shown["waitUntil"] == format_instant(now)
    assert (shown["retries"], shown["continuedBy"], shown["draining"], shown["progress"]) == (2, "ann", True, 70)
    assert [server["optional"] for server in answer["servers"]["items"]] == [True, False, False, False]
    assert answer["progress"] == 35
    assert room.ask("list_executions")["items"][0]["progress"] == 35


def test_a_waves_status_and_its_reason_come_from_one_record_whatever_the_header_says_yet(room: ControlRoom) -> None:
    execution_id = str(room.start()["executionId"])
    engine = EngineHand(room, execution_id)
    record = room.executions.waves(engine.header, [0])[0]

    engine.step(items=[record.model_copy(update={"status": WaveStatus.FAILED, "status_reason": "no room"})])

    assert engine.header.summary(0).status is WaveStatus.PENDING
    shown = room.ask("get_execution", executionId=execution_id)["waves"][0]
    assert (shown["status"], shown["statusReason"]) == ("FAILED", "no room")


def test_a_wave_that_failed_is_not_done_also_when_its_execution_has_ended(room: ControlRoom) -> None:
    execution_id = str(room.start()["executionId"])
    engine = EngineHand(room, execution_id)
    failed, skipped = room.executions.waves(engine.header, [0, 1]).values()
    assert [wave["progress"] for wave in room.ask("get_execution", executionId=execution_id)["waves"]] == [0, 0]

    items = [
        failed.model_copy(update={"status": WaveStatus.FAILED, "progress": 99}),
        skipped.model_copy(update={"status": WaveStatus.SKIPPED, "progress": 100}),
    ]
    engine.step(ExecutionStatus.FAILED, items=items, progress=100)

    shown = room.ask("get_execution", executionId=execution_id)
    assert shown["progress"] == 100
    assert [wave["progress"] for wave in shown["waves"]] == [99, 100]


@pytest.mark.requirement("PRD-06")
def test_the_recovery_time_is_shown_with_and_without_gates(room: ControlRoom) -> None:
    execution_id = finished(room)
    header = room.header(execution_id)
    assert header.recovered_at is not None
    whole = int((header.recovered_at - header.started_at).total_seconds())

    room.clock.advance(10_000)
    assert room.ask("get_execution", executionId=execution_id)["rto"] == {
        "actualSeconds": whole,
        "gateSeconds": 600,
        "actualSecondsWithoutGates": whole - 600,
        "isFinal": True,
        "targetMinutes": 90,
        "met": False,
    }


def test_while_an_execution_waits_at_a_gate_its_time_goes_on(room: ControlRoom) -> None:
    execution_id = str(room.start()["executionId"])
    engine = EngineHand(room, execution_id)
    room.clock.advance(60)
    engine.open_gate("1")
    engine.step(paused_since=room.clock.now())
    room.clock.advance(30)

    rto = room.ask("get_execution", executionId=execution_id)["rto"]

    assert (rto["actualSeconds"], rto["gateSeconds"], rto["isFinal"]) == (90, 30, False)
    assert "met" not in rto


def test_servers_come_in_pages_and_by_wave(room: ControlRoom) -> None:
    execution_id = str(room.start()["executionId"])
    first = room.ask("get_execution", executionId=execution_id, limit=3)["servers"]
    rest = room.ask("get_execution", executionId=execution_id, limit=3, nextToken=first["nextToken"])["servers"]
    of_wave = room.ask("get_execution", executionId=execution_id, waveNumber=1)["servers"]

    assert [len(first["items"]), len(rest["items"])] == [3, 1]
    assert "nextToken" not in rest
    assert {server["waveNumber"] for server in of_wave["items"]} == {1}
    assert len(of_wave["items"]) == 2


def test_a_start_that_was_undone_is_shown_as_far_as_it_came(room: ControlRoom) -> None:
    header = room.header(room.start()["executionId"])
    undone = header.model_copy(
        update={
            "execution_id": "exec-undone",
            "status": ExecutionStatus.FAILED,
            "status_reason": "not started: too slow",
            "ended_at": header.started_at + timedelta(seconds=26),
        }
    )
    room.executions.create(undone)

    answer = room.ask("get_execution", executionId="exec-undone")

    assert answer["statusReason"] == "not started: too slow"
    assert [each["status"] for each in answer["waves"]] == ["PENDING", "PENDING"]
    assert answer["servers"]["items"] == []


@pytest.mark.requirement("SRS-F22")
def test_executions_are_listed_newest_first_by_plan_or_all_and_filtered_in_the_query(room: ControlRoom) -> None:
    room.plan_of(wave(0, "web"), plan_id="plan-2")
    ids = []
    for number in range(6):
        ids.append(finished(room) if number % 3 == 0 else str(room.start("plan-2")["executionId"]))
        if number % 3:
            EngineHand(room, ids[-1]).step(ExecutionStatus.FAILED)
        room.clock.advance(60)

    everything = pages(room, "list_executions", limit=4)
    of_plan = pages(room, "list_executions", planId="plan-1")
    completed = pages(room, "list_executions", status="COMPLETED", limit=1)

    assert [[each["executionId"] for each in page] for page in everything] == [ids[:1:-1], ids[1::-1]]
    assert [each["executionId"] for each in of_plan[0]] == [ids[3], ids[0]]
    assert [[each["executionId"] for each in page] for page in completed] == [[ids[3]], [ids[0]]]
    assert everything[0][0]["planName"] == "plan-2"


def test_executions_started_between_two_instants_are_listed_with_both_and_with_other_filters(room: ControlRoom) -> None:
    began, ids = [], []
    for number in range(4):
        began.append(format_instant(room.clock.now()))
        ids.append(finished(room) if number % 2 == 0 else str(room.start()["executionId"]))
        if number % 2:
            EngineHand(room, ids[-1]).step(ExecutionStatus.FAILED)
        room.clock.advance(60)

    def listed(**filters: Any) -> list[str]:
        return [one["executionId"] for page in pages(room, "list_executions", limit=1, **filters) for one in page]

    assert listed(startedAfter=began[1]) == ids[:0:-1]
    assert listed(startedBefore=began[1]) == ids[1::-1]
    assert listed(startedAfter=began[1], startedBefore=began[2]) == ids[2:0:-1]
    assert listed(startedAfter=began[2], startedBefore=began[2]) == [ids[2]]
    assert listed(startedAfter=began[1], status="COMPLETED") == [ids[2]]
    assert listed(startedBefore=began[2], executionType="RECOVERY") == []
    assert listed(startedBefore=began[2], planId="plan-1", status="FAILED") == [ids[1]]
    assert listed(startedAfter="2026-01-01T02:00:00+02:00", startedBefore="2026-01-01T00:00:00Z") == []


class Questions(TamperedTable):
    """A table that keeps what it was asked."""

    def __init__(self, room: ControlRoom) -> None:
        super().__init__(room.history)
        self.asked: list[dict[str, Any]] = []

    def query(self, partition: tuple[str, str], **options: Any) -> Page:
        self.asked.append(options)
        return super().query(partition, **options)


@pytest.mark.parametrize("filters", [{}, {"status": "COMPLETED"}, {"executionType": "DRILL"}, {"planId": "plan-1"}])
def test_executions_of_another_time_are_not_even_read(room: ControlRoom, filters: dict[str, Any]) -> None:
    finished(room)
    table = Questions(room)

    room.ask("list_executions", history=table, startedBefore="2026-01-01T00:00:00Z", **filters)

    [asked] = table.asked
    assert asked["sort_between"] == ("startedAt", "0", "2026-01-01T00:00:00.000Z")
    assert asked["filter"] is None


@pytest.mark.parametrize(
    ("pair", "field", "code"),
    [
        (
            {"startedAfter": "2026-01-02T00:00:00Z", "startedBefore": "2026-01-01T00:00:00Z"},
            "startedBefore",
            "OUT_OF_RANGE",
        ),
        ({"startedAfter": "2026-01-01T00:00:00"}, "startedAfter", "WRONG_FORMAT"),
        ({"startedAfter": "yesterday"}, "startedAfter", "WRONG_FORMAT"),
        ({"startedAfter": "2026-01-01"}, "startedAfter", "WRONG_FORMAT"),
        ({"startedBefore": 7}, "startedBefore", "WRONG_TYPE"),
        ({"startedBefore": "0001-01-01T00:00:00+14:00"}, "startedBefore", "OUT_OF_RANGE"),
        ({"startedAfter": "9999-12-31T23:59:59-14:00"}, "startedAfter", "OUT_OF_RANGE"),
    ],
)
def test_instants_that_bound_no_list_are_refused_by_name(
    room: ControlRoom, pair: dict[str, Any], field: str, code: str
) -> None:
    answer = room.ask("list_executions", **pair)

    assert [(each["field"], each["code"]) for each in answer["details"]["fields"]] == [(field, code)]


def test_a_token_of_another_list_or_of_other_filters_is_refused(room: ControlRoom) -> None:
    first, second = finished(room), finished(room)
    token = room.ask("list_executions", limit=1)["nextToken"]

    for foreign in (
        room.ask("list_executions", status="COMPLETED", nextToken=token),
        room.ask("list_executions", planId="plan-1", nextToken=token),
        room.ask("list_executions", startedAfter="2020-01-01T00:00:00Z", nextToken=token),
        room.ask("get_execution", executionId=first, nextToken=token),
        room.ask("get_job_logs", executionId=second, nextToken=token),
        room.ask("list_executions", nextToken="nonsense"),
    ):
        assert foreign["error"] == "VALIDATION_ERROR"
        assert foreign["details"]["fields"][0]["field"] == "nextToken"


@pytest.mark.parametrize("limit", [0, 101, "many"])
def test_a_page_has_between_one_and_a_hundred_items(room: ControlRoom, limit: object) -> None:
    answer = room.ask("list_executions", limit=limit)

    assert answer["details"]["fields"][0]["field"] == "limit"


@pytest.mark.requirement("SRS-F35")
def test_events_come_oldest_first_or_newest_first_in_pages(room: ControlRoom) -> None:
    execution_id = str(room.start()["executionId"])
    EngineHand(room, execution_id).step(ExecutionStatus.RUNNING)
    for _ in range(3):
        room.clock.advance(1)
        room.call("cancel_execution", executionId=execution_id)

    old = pages(room, "get_execution_events", executionId=execution_id, limit=3)
    new = pages(room, "get_execution_events", executionId=execution_id, limit=3, newestFirst=True)

    assert [len(page) for page in old] == [3, 1]
    assert [event["type"] for event in sum(old, [])] == ["EXECUTION_STARTED"] + ["REQUEST_MADE"] * 3
    assert sum(new, []) == list(reversed(sum(old, [])))


@pytest.mark.requirement("SRS-F32")
def test_the_termination_status_follows_the_latest_termination(room: ControlRoom) -> None:
    execution_id = finished(room)
    before = room.ask("get_termination_status", executionId=execution_id)
    room.call("terminate_instances", executionId=execution_id, by="ann")

    after = room.ask("get_termination_status", executionId=execution_id)
    shown = room.ask("get_execution", executionId=execution_id)["termination"]

    assert before == {"executionId": execution_id, "status": "NOT_REQUESTED", "left": [], "unknown": []}
    assert (after["status"], after["termination"]["serverCount"]) == ("RUNNING", 4)
    assert after["termination"] == shown


def test_an_open_gate_is_the_same_in_the_gate_and_the_wave(room: ControlRoom) -> None:
    execution_id = str(room.start()["executionId"])
    engine = EngineHand(room, execution_id)
    gate = engine.open_gate("1")
    engine.open_gate("all")

    answer = room.ask("get_execution", executionId=execution_id)

    assert gate.status is GateStatus.OPEN
    assert answer["status"] == "PAUSED"
    assert answer["waves"][1]["status"] == "AWAITING_APPROVAL"
    assert [(each["scope"], each["kind"], each["status"]) for each in answer["gates"]] == [
        ("1", "APPROVAL", "OPEN"),
        ("all", "PAUSE", "OPEN"),
    ]
    assert "waveNumber" not in answer["gates"][1]


@pytest.mark.parametrize("operation", ["get_execution", "get_job_logs", "get_recovery_instances"])
def test_a_wave_that_the_execution_has_not_is_refused_and_not_shown_as_empty(room: ControlRoom, operation: str) -> None:
    execution_id = finished(room)

    answer = room.ask(operation, executionId=execution_id, waveNumber=99)

    assert answer["error"] == "VALIDATION_ERROR", answer
    [field] = answer["details"]["fields"]
    assert (field["field"], field["code"]) == ("waveNumber", "UNKNOWN_WAVE")
    assert "error" not in room.ask(operation, executionId=execution_id, waveNumber=1)
