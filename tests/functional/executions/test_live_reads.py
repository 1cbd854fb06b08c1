"""Job logs and recovery instances: asked of DRS at the moment they are read, in every account of the execution."""

from typing import Any

import pytest

from shared.models.drs import RecoveryInstance
from shared.models.targets import Target
from tests.functional.executions.recorded import finished, pages
from tests.support.configuration import DATABASE, WEB, server_id, wave
from tests.support.control_room import ControlRoom
from tests.support.engine_hand import EngineHand


@pytest.mark.requirement("SRS-F34")
def test_job_logs_are_told_in_sentences_with_the_servers_names(room: ControlRoom) -> None:
    execution_id = finished(room)

    [logs] = pages(room, "get_job_logs", executionId=execution_id)

    assert [(log["waveNumber"], log["accountId"], log["serverCount"]) for log in logs] == [
        (0, DATABASE.account_id, 2),
        (1, WEB.account_id, 2),
    ]
    words = [line["message"] for line in logs[0]["lines"]]
    assert words[0] == "The job began"
    assert words[-1] == "The job ended"
    assert f"Taking a snapshot of host1 ({server_id(1)})" in words
    assert [line["time"] for line in logs[0]["lines"]] == sorted(line["time"] for line in logs[0]["lines"])


def test_job_logs_come_in_pages_by_wave_and_by_job(room: ControlRoom) -> None:
    execution_id = finished(room)
    one, two = pages(room, "get_job_logs", executionId=execution_id, limit=1)
    job_id = two[0]["jobId"]

    assert [one[0]["waveNumber"], two[0]["waveNumber"]] == [0, 1]
    assert pages(room, "get_job_logs", executionId=execution_id, jobId=job_id) == [two]
    assert pages(room, "get_job_logs", executionId=execution_id, waveNumber=1) == [two]


def test_a_failed_launch_shows_drss_reason(room: ControlRoom) -> None:
    room.simulator.add_faults({"faults": [{"kind": "launchFailure", "servers": ["host1"]}]})
    execution_id = finished(room)

    [logs] = pages(room, "get_job_logs", executionId=execution_id, waveNumber=0)

    [failure] = [line for line in logs[0]["lines"] if line["event"] == "LAUNCH_FAILED"]
    assert failure["message"].startswith(f"Could not launch host1 ({server_id(1)}): An error occurred")
    assert failure["sourceServerId"] == server_id(1)


def test_an_account_that_cannot_be_asked_is_named_and_the_others_are_shown(room: ControlRoom) -> None:
    execution_id = finished(room)
    room.roles.missing.add(WEB.account_id)
    room.sessions.drop(room.sessions.session(WEB.account_id, "drs-orchestration"))

    logs = room.ask("get_job_logs", executionId=execution_id)["items"]
    instances = room.ask("get_recovery_instances", executionId=execution_id)

    assert "failure" not in logs[0]
    assert logs[1]["failure"]["error"] == "CROSS_ACCOUNT_ERROR"
    assert WEB.account_id in logs[1]["failure"]["message"]
    assert {each["accountId"] for each in instances["items"]} == {DATABASE.account_id}
    [unread] = instances["unread"]
    assert (unread["accountId"], unread["error"]) == (WEB.account_id, "CROSS_ACCOUNT_ERROR")


@pytest.mark.requirement("SRS-F33")
def test_recovery_instances_are_exactly_those_of_this_executions_jobs(room: ControlRoom) -> None:
    older = finished(room)
    job = room.simulator.start_foreign_job(DATABASE.account_id, DATABASE.region, [server_id(2)], is_drill=True)
    room.clock.advance(3600)
    room.simulator.advance()

    [items] = pages(room, "get_recovery_instances", executionId=older)

    assert {each["sourceServerId"] for each in items} == {server_id(1), server_id(3), server_id(4)}
    assert job not in {each["jobId"] for each in items}
    assert {(each["waveNumber"], each["accountId"]) for each in items} == {
        (0, DATABASE.account_id),
        (1, WEB.account_id),
    }
    assert all(each["isDrill"] and each["ec2InstanceId"].startswith("i-") for each in items)


def test_recovery_instances_come_in_pages_each_once(room: ControlRoom) -> None:
    execution_id = finished(room)

    listed = pages(room, "get_recovery_instances", executionId=execution_id, limit=1)
    of_wave = pages(room, "get_recovery_instances", executionId=execution_id, waveNumber=1)

    assert [len(page) for page in listed if page] == [1, 1, 1, 1]
    assert len({each["recoveryInstanceId"] for page in listed for each in page}) == 4
    assert {each["waveNumber"] for page in of_wave for each in page} == {1}


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_no_page_of_instances_exceeds_its_limit_where_a_server_has_several(
    room: ControlRoom, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    execution_id = finished(room)
    real = room.drs.recovery_instances

    def twice(target: Target, **which: Any) -> list[RecoveryInstance]:
        return [
            instance.model_copy(update={"recovery_instance_id": f"{instance.recovery_instance_id[:-1]}{number}"})
            for number in (2, 1)
            for instance in real(target, **which)
        ]

    monkeypatch.setattr(room.drs, "recovery_instances", twice)

    listed = pages(room, "get_recovery_instances", executionId=execution_id, limit=limit)

    assert all(len(page) <= limit for page in listed)
    assert len({each["recoveryInstanceId"] for page in listed for each in page}) == 8


def test_an_execution_that_launched_nothing_has_no_logs_and_no_instances(room: ControlRoom) -> None:
    execution_id = str(room.start()["executionId"])

    assert room.ask("get_job_logs", executionId=execution_id) == {"items": []}
    assert room.ask("get_recovery_instances", executionId=execution_id)["items"] == []


def test_a_job_that_is_found_late_shows_nothing_twice(room: ControlRoom) -> None:
    room.group_of("late", 5)
    room.plan_of(wave(0, "late"), wave(1, "db"), wave(2, "web"), plan_id="plan-2")
    engine = EngineHand(room, str(room.start("plan-2")["executionId"]))
    [late] = engine.launch(0, with_job=False)
    for number in (1, 2):
        engine.launch(number)
    execution_id = engine.header.execution_id

    first = room.ask("get_job_logs", executionId=execution_id, limit=1)
    instances = room.ask("get_recovery_instances", executionId=execution_id, limit=1)
    room.executions.record_job(late, "drsjob-00000000000000009")
    then = room.ask("get_job_logs", executionId=execution_id, limit=1, nextToken=first["nextToken"])
    more = room.ask("get_recovery_instances", executionId=execution_id, nextToken=instances["nextToken"])

    assert [log["waveNumber"] for log in (*first["items"], *then["items"])] == [1, 2]
    assert [one["sourceServerId"] for one in (*instances["items"], *more["items"])] == [
        server_id(number) for number in (1, 2, 3, 4)
    ]
