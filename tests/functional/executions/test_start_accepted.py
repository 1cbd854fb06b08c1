"""A lost data centre: its servers no longer replicate, and an operator may recover them all the same, on record."""

from typing import Any

import pytest

from local.drs_simulator.estate import ReplicationSpec
from shared.models.finding import OVERRIDABLE, FindingCode
from shared.models.launch_config import LaunchConfig
from tests.support.configuration import DATABASE, group, server_id, wave
from tests.support.control_room import ControlRoom
from tests.support.ec2_choices import GROUPS, SUBNETS
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
    assert "alice" in event.actor
    assert "started by" in event.message and "alice" in event.message
    assert "DISCONNECTED" in event.message
    assert "in spite of what was found, because all is lost" in event.message
    assert event.details["acceptedFindings"] == {"REPLICATION_STATE": 1}
    shown = room.ask("get_execution", executionId=answer["executionId"])
    assert shown["overrideReason"] == "all is lost"
    assert shown["overrideCodes"] == OVERRIDE.get("codes", [])
    assert "alice" in shown["initiatedBy"]


def test_an_override_where_nothing_was_to_be_overridden_leaves_no_trace(room: ControlRoom) -> None:
    room.plan_of(wave(0, room.group_of("well", 1)), plan_id="plan-2")

    answer = room.start("plan-2", override={"reason": "just in case"})

    assert answer["status"] == "PENDING"
    [event] = room.executions.events(room.header(answer["executionId"]), 10, None).items
    assert "just in case" not in event.message
    shown = room.ask("get_execution", executionId=answer["executionId"])
    assert ("overrideReason" in shown, shown["overrideCodes"]) == (False, [])


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


@pytest.mark.parametrize("code", sorted({*FindingCode} - {*OVERRIDABLE}))
def test_what_nobody_can_override_is_refused_when_it_is_named(room: ControlRoom, code: FindingCode) -> None:
    answer = room.start(override={"reason": "everything", "codes": ["REPLICATION_STATE", code.value]})

    assert answer["error"] == "VALIDATION_ERROR"
    [wrong] = answer["details"]["fields"]
    assert wrong["field"].startswith("override.codes")
    assert f"cannot be overridden: {code}" in wrong["reason"]
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


BOTH = {"reason": "it was being set up", "codes": ["REPLICATION_STATE", "SNAPSHOT_MISSING"]}


@pytest.fixture
def hopeless(room: ControlRoom) -> ControlRoom:
    """The same with a second server, which was never replicated: there is nothing to launch."""
    room.protect(9, replication={"state": "STOPPED"})
    stored = room.groups.get("lost")
    room.groups.put(stored.model_copy(update={"source_server_ids": (server_id(8), server_id(9))}), stored.version)
    return room


def missing(answer: Any) -> list[dict[str, Any]]:
    """What was found of snapshots."""
    return [each for each in telling(answer) if each["code"].startswith("SNAPSHOT")]


@pytest.mark.parametrize("override", [None, OVERRIDE, {"reason": "everything"}])
def test_a_server_that_has_nothing_to_be_launched_from_is_not_overridden_in_passing(
    hopeless: ControlRoom, override: dict[str, Any] | None
) -> None:
    answer = hopeless.start(override=override)

    assert answer["error"] == "PREFLIGHT_FAILED"
    [finding] = missing(answer)
    assert (finding["outcome"], finding["reason"]) == ("FAIL", "NOTHING_TO_LAUNCH")
    assert finding["serverIds"] == [server_id(9)]
    assert "no recovery snapshot at all" in finding["message"]
    assert hopeless.rows() == []


def test_whoever_names_it_recovers_the_others(hopeless: ControlRoom) -> None:
    answer = hopeless.start(override=BOTH, by="alice")

    assert answer["status"] == "PENDING"
    assert [each["overridden"] for each in missing(answer)] == [True]
    [event] = hopeless.executions.events(hopeless.header(answer["executionId"]), 10, None).items
    assert event.details["acceptedFindings"] == {"REPLICATION_STATE": 2, "SNAPSHOT_MISSING": 1}


def test_only_servers_that_do_not_replicate_are_asked_for_their_snapshots(hopeless: ControlRoom) -> None:
    for number in (8, 9):
        place = (DATABASE.account_id, DATABASE.region, server_id(number))
        hopeless.simulator.set_replication(*place, ReplicationSpec(state="CONTINUOUS"))

    report = hopeless.ask("preflight_recovery_plan", planId="plan-1")

    assert (report["canStart"], missing(report)) == (True, [])
    assert hopeless.simulator.record.calls("DescribeRecoverySnapshots") == []


@pytest.mark.parametrize("fault", [{"kind": "revokedRole", "times": None}, {"kind": "throttling", "times": 1000}])
def test_snapshots_that_cannot_be_read_are_unknown(hopeless: ControlRoom, fault: dict[str, Any]) -> None:
    hopeless.simulator.add_faults({"faults": [{"operation": "DescribeRecoverySnapshots", **fault}]})

    report = hopeless.ask("preflight_recovery_plan", planId="plan-1")

    assert [(each["code"], each["outcome"]) for each in missing(report)] == [("SNAPSHOTS_NOT_CHECKED", "UNKNOWN")]
    lines = [each for each in report["checks"] if each["code"].startswith("SNAPSHOT")]
    assert [line["outcome"] for line in lines] == ["UNKNOWN", "UNKNOWN"]
    assert hopeless.start(override=OVERRIDE)["error"] == "PREFLIGHT_FAILED"
    assert hopeless.start(override={"reason": "all is lost"})["status"] == "PENDING"


# -- launch settings that the world does not have -----------------------------------------------------------------


def configured(room: ControlRoom) -> None:
    """A plan whose servers are launched into a subnet."""
    room.protect(1, 2)
    servers = tuple(map(server_id, (1, 2)))
    config = LaunchConfig(subnet_id=SUBNETS[0], security_group_ids=GROUPS[:1])
    room.groups.put_new(group("db", source_server_ids=servers, launch_config=config))
    room.plan_of(wave(0, "db"), plan_id="plan-2")


def test_a_start_whose_subnet_is_gone_is_refused_and_overridden_on_record(room: ControlRoom) -> None:
    configured(room)
    room.choices.missing.add(SUBNETS[0])

    answer = room.start("plan-2")

    assert answer["error"] == "PREFLIGHT_FAILED"
    assert [(each["code"], each["serverIds"]) for each in preventing(answer)] == [
        ("SUBNET_MISSING", [server_id(1), server_id(2)])
    ]
    override = {"reason": "it is made anew meanwhile", "codes": ["SUBNET_MISSING"]}
    accepted = room.start("plan-2", override=override, by="alice")
    [event] = room.executions.events(room.header(accepted["executionId"]), 10, None).items
    assert event.details["acceptedFindings"] == {"SUBNET_MISSING": 2}
    assert "it is made anew meanwhile" in event.message and "alice" in event.actor


def test_a_start_whose_settings_can_be_had_is_not_in_the_way_of_itself(room: ControlRoom) -> None:
    configured(room)

    assert room.start("plan-2")["status"] == "PENDING"
    assert room.choices.asked == {"subnets": 1, "security_groups": 1, "open_instances": 1}


@pytest.mark.parametrize(("field", "value"), [("dryRun", "false"), ("dryRun", 1), ("planId", 7), ("override", "all")])
def test_a_wrong_type_is_never_taken_for_what_it_looks_like(room: ControlRoom, field: str, value: Any) -> None:
    answer = room.start(**{"override": OVERRIDE, field: value})

    assert answer["error"] == "VALIDATION_ERROR"
    assert [wrong["field"] for wrong in answer["details"]["fields"]] == [field]
    assert room.rows() == []
    assert room.runs.inputs == {}
