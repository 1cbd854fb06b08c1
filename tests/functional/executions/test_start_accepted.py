"""A lost data centre: its servers no longer replicate, and an operator may recover them all the same, on record."""

from typing import Any

import pytest

from tests.support.configuration import group, server_id, wave
from tests.support.control_room import ControlRoom

ACCEPTED = ("SERVER_NOT_REPLICATING",)


@pytest.fixture
def room() -> ControlRoom:
    """One wave with one server whose data centre is gone."""
    room = ControlRoom()
    room.protect(8, replication={"state": "DISCONNECTED"})
    room.groups.put_new(group("lost", source_server_ids=(server_id(8),)))
    room.plan_of(wave(0, "lost"))
    return room


def test_servers_that_no_longer_replicate_are_recovered_if_the_operator_says_so(room: ControlRoom) -> None:
    answer = room.start(executionType="RECOVERY", acceptFindings=ACCEPTED, by="alice")

    assert answer["status"] == "PENDING"
    [finding] = answer["findings"]
    assert (finding["code"], finding["severity"]) == ("SERVER_NOT_REPLICATING", "WARN")
    [event] = room.executions.events(room.header(answer["executionId"]), 10, None).items
    assert "started by" in event.message
    assert "DISCONNECTED" in event.message
    assert "(accepted)" in event.message


def test_a_dry_run_says_that_an_accepted_finding_no_longer_prevents_the_start(room: ControlRoom) -> None:
    assert room.start(dryRun=True)["canStart"] is False
    assert room.start(dryRun=True, acceptFindings=ACCEPTED)["canStart"] is True


def test_what_would_make_the_recovery_impossible_cannot_be_accepted(room: ControlRoom) -> None:
    answer = room.start(acceptFindings=("EMPTY_GROUP",))

    assert answer["error"] == "VALIDATION_ERROR"
    assert answer["message"] == "acceptFindings[0]: input should be 'SERVER_NOT_REPLICATING' or 'NO_RECOVERY_POINT'"
    assert room.rows() == []


def test_accepting_one_finding_accepts_no_other(room: ControlRoom) -> None:
    room.groups.put_new(group("empty"))
    room.plan_of(wave(0, "lost"), wave(1, "empty"), plan_id="plan-2")

    answer = room.start(planId="plan-2", acceptFindings=ACCEPTED)

    assert answer["error"] == "PREFLIGHT_FAILED"


@pytest.mark.parametrize(
    ("field", "value"), [("dryRun", "false"), ("dryRun", 1), ("planId", 7), ("acceptFindings", "all")]
)
def test_a_wrong_type_is_never_taken_for_what_it_looks_like(room: ControlRoom, field: str, value: Any) -> None:
    answer = room.start(**{"acceptFindings": ACCEPTED, field: value})

    assert answer["error"] == "VALIDATION_ERROR"
    assert [wrong["field"] for wrong in answer["details"]["fields"]] == [field]
    assert room.rows() == []
    assert room.runs.inputs == {}
