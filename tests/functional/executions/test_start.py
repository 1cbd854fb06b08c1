"""start_execution through the direct door: what is written, what is refused, and that a refusal writes nothing."""

from typing import Any

import pytest

from shared.models.execution import ExecutionStatus
from shared.models.targets import Target
from shared.roles import Role
from tests.support.configuration import DATABASE, HUB, WEB, group, server_id, wave
from tests.support.control_room import ControlRoom
from tests.support.findings import preventing, telling


@pytest.fixture
def room() -> ControlRoom:
    """Two waves: databases 1 and 2 in one account, web server 3 in another."""
    room = ControlRoom()
    room.group_of("db", 1, 2)
    room.group_of("web", 3, target=WEB)
    room.plan_of(wave(0, "db"), wave(1, "web", pause_before_wave=True), rto_minutes=60)
    return room


def fields_of(answer: Any) -> dict[str, str]:
    assert answer["error"] == "VALIDATION_ERROR", answer
    return {field["field"]: field["code"] for field in answer["details"]["fields"]}


@pytest.mark.requirement("SRS-F23")
def test_a_start_answers_the_execution_and_hands_it_to_the_state_machine(room: ControlRoom) -> None:
    answer = room.start(reason="quarterly", by="alice")

    execution_id = answer["executionId"]
    assert answer["status"] == "PENDING"
    assert (answer["waveCount"], answer["serverCount"]) == (2, 3)
    assert room.runs.inputs == {
        execution_id: {
            "schema": 1,
            "kind": "EXECUTION",
            "executionId": execution_id,
            "planId": "plan-1",
            "runSeq": 1,
        }
    }
    assert execution_id == execution_id.lower()
    assert len(f"{execution_id}-gate-9999-12") <= 80


def test_waves_servers_locks_and_the_first_event_are_there_when_the_start_is_answered(room: ControlRoom) -> None:
    header = room.header(room.start(by="alice")["executionId"])

    assert header.status is ExecutionStatus.PENDING
    assert header.open
    assert header.targets == (DATABASE, WEB)
    assert [summary.depends_on_waves for summary in header.waves] == [(), (0,)]
    assert [summary.server_count for summary in header.waves] == [2, 1]
    assert [record.protection_group_names for record in room.executions.all_waves(header).values()] == [
        ("group db",),
        ("group web",),
    ]
    assert [(one.wave_number, one.name) for one in room.executions.servers(header)] == [
        (0, "host1"),
        (0, "host2"),
        (1, "host3"),
    ]
    assert set(room.locked().values()) == {f"execution#{header.execution_id}"}
    assert len(room.locked()) == 3
    [event] = room.executions.events(header, 10).items
    assert event.type == "EXECUTION_STARTED"
    assert "alice" in event.message


def test_dependencies_that_the_plan_names_are_kept_as_they_are() -> None:
    room = ControlRoom()
    for number in range(4):
        room.group_of(f"g{number}", number + 1)
    room.plan_of(wave(0, "g0"), wave(1, "g1", after=(0,)), wave(2, "g2", after=(0,)), wave(3, "g3", after=(1, 2)))

    header = room.header(room.start()["executionId"])

    assert [summary.depends_on_waves for summary in header.waves] == [(), (0,), (0,), (1, 2)]


@pytest.mark.requirement("PRD-11")
def test_tags_are_resolved_when_the_execution_starts() -> None:
    room = ControlRoom()
    room.protect(1, tags={"tier": "db"})
    room.groups.put_new(group("tagged", server_selection_tags={"tier": "db"}))
    room.plan_of(wave(0, "tagged"))
    room.protect(2, tags={"tier": "db"})

    assert room.start()["serverCount"] == 2


def test_the_callers_of_the_operations_guide_may_write_pascal_case(room: ControlRoom) -> None:
    answer = room.call(
        "start_execution", PlanId="plan-1", ExecutionType="DRILL", AccountId=WEB.account_id, Region=WEB.region
    )

    assert answer["status"] == "PENDING"


def test_a_field_may_have_both_of_its_names_if_they_say_the_same(room: ControlRoom) -> None:
    answer = room.call("start_execution", planId="plan-1", PlanId="plan-1", ExecutionType="DRILL")

    assert answer["status"] == "PENDING"


def test_an_account_or_region_that_the_plan_does_not_use_is_refused(room: ControlRoom) -> None:
    answer = room.start(AccountId=HUB, Region="eu-west-1")

    assert fields_of(answer) == {"accountId": "NOT_OF_THE_PLAN", "region": "NOT_OF_THE_PLAN"}
    assert room.rows() == []


def test_a_region_without_drs_is_told_as_such_whether_the_plan_is_known_or_not(room: ControlRoom) -> None:
    assert fields_of(room.start(region="mars-east-1")) == {"region": "UNKNOWN_REGION"}
    assert fields_of(room.start(region="us-gov-west-1")) == {"region": "UNKNOWN_REGION"}, "of another partition"
    answer = room.start(planId=5, region="mars-east-1")

    assert fields_of(answer) == {"planId": "WRONG_TYPE", "region": "UNKNOWN_REGION"}
    assert room.rows() == []


def test_drs_is_not_asked_for_a_start_in_a_place_that_the_plan_does_not_use(room: ControlRoom) -> None:
    assert "error" not in room.start(dryRun=True)
    asked = len(room.simulator.record.calls("DescribeSourceServers"))

    assert fields_of(room.start(region="eu-west-1")) == {"region": "NOT_OF_THE_PLAN"}

    assert len(room.simulator.record.calls("DescribeSourceServers")) == asked > 0


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"executionType": "REHEARSAL"}, "executionType"),
        ({"reason": 7}, "reason"),
        ({"initiatedBy": "mallory"}, "initiatedBy"),
        ({"AccountId": "12"}, "AccountId"),
        ({"clientToken": "two words"}, "clientToken"),
    ],
)
def test_a_field_that_is_wrong_or_unknown_is_named(room: ControlRoom, parameters: dict[str, Any], field: str) -> None:
    assert list(fields_of(room.start(**parameters))) == [field]
    assert room.rows() == []


def test_a_plan_that_does_not_exist_is_not_found(room: ControlRoom) -> None:
    assert room.start("no-such-plan")["error"] == "RESOURCE_NOT_FOUND"


def test_whoever_may_only_read_may_not_start(room: ControlRoom) -> None:
    room.direct_role = Role.READ_ONLY

    answer = room.start()

    assert answer["error"] == "AUTHORIZATION_ERROR"
    assert answer["details"]["permission"] == "start_recovery"


@pytest.mark.requirement("SRS-F23")
def test_a_dry_run_answers_the_findings_and_starts_nothing(room: ControlRoom) -> None:
    room.protect(9, target=WEB, replication={"state": "STALLED"})
    room.groups.put_new(group("stalled", WEB, source_server_ids=(server_id(9),)))
    room.plan_of(wave(0, "stalled"), plan_id="plan-2")

    good, bad = room.start(dryRun=True), room.start("plan-2", dryRun=True, clientToken="once")

    assert (good["dryRun"], good["canStart"], good["serverCount"]) == (True, True, 3)
    assert (bad["canStart"], telling(bad)[0]["code"]) == (False, "REPLICATION_STATE")
    assert "executionId" not in good
    assert room.rows() == []
    assert room.runs.inputs == {}


def empty(room: ControlRoom) -> None:
    room.groups.put_new(group("bad"))


def unmatched(room: ControlRoom) -> None:
    room.protect(8)
    room.groups.put_new(group("bad", server_selection_tags={"tier": "none"}))


def disconnected(room: ControlRoom) -> None:
    room.protect(8, replication={"state": "DISCONNECTED"})
    room.groups.put_new(group("bad", source_server_ids=(server_id(8),)))


def stalled(room: ControlRoom) -> None:
    room.protect(8, replication={"state": "STALLED"})
    room.groups.put_new(group("bad", source_server_ids=(server_id(8),)))


def uninitialised(room: ControlRoom) -> None:
    elsewhere = Target(account_id=DATABASE.account_id, region="eu-west-1")
    room.groups.put_new(group("bad", elsewhere, source_server_ids=(server_id(8),)))


def without_role(room: ControlRoom) -> None:
    room.roles.missing.add(DATABASE.account_id)
    room.groups.put_new(group("bad", source_server_ids=(server_id(8),)))


@pytest.mark.requirement("PRD-09")
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (empty, "EMPTY_GROUP"),
        (unmatched, "NO_SERVERS_MATCH"),
        (disconnected, "REPLICATION_STATE"),
        (stalled, "REPLICATION_STATE"),
        (uninitialised, "DRS_STATE"),
        (without_role, "ROLE"),
    ],
)
def test_what_a_check_finds_fails_the_start_with_nothing_written_or_launched(spoil: Any, code: str) -> None:
    room = ControlRoom()
    spoil(room)
    room.plan_of(wave(0, "bad"))

    answer = room.start()

    assert answer["error"] == "PREFLIGHT_FAILED"
    [finding] = preventing(answer)
    assert (finding["code"], finding["accountId"]) == (code, DATABASE.account_id)
    assert room.rows() == []
    assert room.runs.inputs == {}
    assert room.simulator.record.calls("StartRecovery") == []


@pytest.mark.requirement("PRD-10")
def test_a_server_in_another_execution_is_a_conflict_that_names_its_owner(room: ControlRoom) -> None:
    room.plan_of(wave(0, "web"), plan_id="plan-2", plan_name="Nightly")
    first = room.start("plan-2", executionType="RECOVERY")["executionId"]
    before = room.rows()

    answer = room.start()

    assert answer["error"] == "CONFLICT_ERROR"
    assert answer["details"]["reason"] == "SERVER_CONFLICT"
    [held] = answer["details"]["servers"]
    assert held == {
        "server": server_id(3),
        "accountId": WEB.account_id,
        "region": WEB.region,
        "ownerKind": "EXECUTION",
        "executionId": first,
        "planId": "plan-2",
        "planName": "Nightly",
        "executionType": "RECOVERY",
        "status": "PENDING",
    }
    for word in (first, "Nightly", "RECOVERY", "PENDING"):
        assert word in answer["message"]
    assert room.rows() == before


def test_an_execution_whose_run_cannot_be_started_stays_pending_for_the_reconciler(room: ControlRoom) -> None:
    room.runs.is_down = True

    answer = room.start()

    assert answer["status"] == "PENDING"
    assert room.header(answer["executionId"]).status is ExecutionStatus.PENDING
    assert len(room.locked()) == 3
