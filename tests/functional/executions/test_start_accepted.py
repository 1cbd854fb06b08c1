"""A lost data centre: its servers no longer replicate, and an operator may recover them all the same, on record."""

from typing import Any

import pytest

from tests.support.configuration import DATABASE, group, server_id, wave
from tests.support.control_room import ControlRoom
from tests.support.findings import preventing, telling

OVERRIDE = {"reason": "all is lost", "codes": ["REPLICATION_STATE"]}


@pytest.fixture
def room() -> ControlRoom:
    """One wave with one server whose data centre is gone."""
    room = ControlRoom()
    room.protect(8, replication={"state": "DISCONNECTED"})
    room.groups.put_new(group("lost", source_server_ids=(server_id(8),)))
    room.plan_of(wave(0, "lost"))
    return room


def test_servers_that_no_longer_replicate_are_recovered_if_the_operator_says_so(room: ControlRoom) -> None:
    answer = room.start(executionType="RECOVERY", override=OVERRIDE, by="alice")

    assert answer["status"] == "PENDING"
    [finding] = telling(answer)
    assert (finding["code"], finding["outcome"], finding["overridden"]) == ("REPLICATION_STATE", "FAIL", True)
    [event] = room.executions.events(room.header(answer["executionId"]), 10, None).items
    assert "started by" in event.message
    assert "DISCONNECTED" in event.message
    assert "in spite of what was found, because all is lost" in event.message
    assert event.details["acceptedFindings"] == {"REPLICATION_STATE": 1}
    shown = room.ask("get_execution", executionId=answer["executionId"])
    assert shown["overrideReason"] == "all is lost"


def test_a_dry_run_says_that_an_accepted_finding_no_longer_prevents_the_start(room: ControlRoom) -> None:
    assert room.start(dryRun=True)["canStart"] is False
    assert room.start(dryRun=True, override=OVERRIDE)["canStart"] is True


@pytest.mark.parametrize(
    "override", [{}, {"reason": ""}, {"reason": " "}, {"reason": "r", "codes": []}, {"reason": "r", "codes": ["NONE"]}]
)
def test_an_override_has_a_reason_and_known_codes(room: ControlRoom, override: dict[str, Any]) -> None:
    answer = room.start(override=override)

    assert answer["error"] == "VALIDATION_ERROR"
    assert room.rows() == []


def test_what_would_make_the_recovery_impossible_is_not_overridden(room: ControlRoom) -> None:
    room.groups.put_new(group("empty"))
    room.plan_of(wave(0, "lost"), wave(1, "empty"), plan_id="plan-2")

    answer = room.start(planId="plan-2", override={"reason": "everything"})

    assert answer["error"] == "PREFLIGHT_FAILED"
    assert [each["code"] for each in preventing(answer)] == ["EMPTY_GROUP"]
    assert room.rows() == []


def test_servers_of_another_execution_are_not_had_by_an_override(room: ControlRoom) -> None:
    room.plan_of(wave(0, "lost"), plan_id="plan-2", plan_name="Nightly")
    assert room.start(planId="plan-2", override=OVERRIDE)["status"] == "PENDING"

    answer = room.start(override={"reason": "everything"})

    assert (answer["error"], answer["details"]["reason"]) == ("CONFLICT_ERROR", "SERVER_CONFLICT")


def test_an_account_that_cannot_be_entered_is_overridden_for_servers_that_are_known(room: ControlRoom) -> None:
    room.roles.missing.add(DATABASE.account_id)
    assert [each["code"] for each in preventing(room.start())] == ["ROLE"]

    answer = room.start(override={"reason": "the role comes back"})

    assert (answer["status"], answer["serverCount"]) == ("PENDING", 1)


def test_nobody_overrides_that_it_is_not_known_which_servers_carry_tags(room: ControlRoom) -> None:
    room.groups.put_new(group("tagged", server_selection_tags={"tier": "db"}))
    room.plan_of(wave(0, "tagged"), plan_id="plan-2")
    room.roles.missing.add(DATABASE.account_id)

    answer = room.start(planId="plan-2", override={"reason": "everything"})

    assert answer["error"] == "PREFLIGHT_FAILED"
    assert [each["code"] for each in preventing(answer)] == ["SERVERS_NOT_RESOLVED"]


def test_accepting_one_finding_accepts_no_other(room: ControlRoom) -> None:
    room.groups.put_new(group("empty"))
    room.plan_of(wave(0, "lost"), wave(1, "empty"), plan_id="plan-2")

    answer = room.start(planId="plan-2", override=OVERRIDE)

    assert answer["error"] == "PREFLIGHT_FAILED"


@pytest.mark.parametrize(("field", "value"), [("dryRun", "false"), ("dryRun", 1), ("planId", 7), ("override", "all")])
def test_a_wrong_type_is_never_taken_for_what_it_looks_like(room: ControlRoom, field: str, value: Any) -> None:
    answer = room.start(**{"override": OVERRIDE, field: value})

    assert answer["error"] == "VALIDATION_ERROR"
    assert [wrong["field"] for wrong in answer["details"]["fields"]] == [field]
    assert room.rows() == []
    assert room.runs.inputs == {}
