"""What no reader takes is told by both doors with every other fault, and hides none of what is told without it."""

import json
from itertools import combinations
from typing import Any, Final

import pytest

from tests.functional.contract.seeded import REGION, Seeded, content
from tests.support.doors import Answer, api_event

PLAN: Final = "create_recovery_plan"
DATA: Final = "data-management-handler"
NEW: Final[dict[str, Any]] = {"groupName": "Web", "region": REGION, "serverSelectionTags": {"Tier": "web"}}

UNREADABLE: Final = {
    "half a pair": ('"owner": "\\ud800"', {"owner": "INVALID_TEXT"}),
    "half a pair in a name": ('"\\udfff": 1', {"body": "INVALID_TEXT"}),
    "given twice": ('"description": "a", "description": "b"', {"description": "AMBIGUOUS"}),
    "no number": ('"version": 1e400', {"version": "INVALID_NUMBER", "version+": "UNKNOWN_FIELD"}),
    "a long integer": ('"accountId": ' + "1" * 101, {"accountId": "INVALID_NUMBER"}),
    "too deep": ('"servers": ' + "[" * 64 + "]" * 64, {"servers" + "[0]" * 63: "TOO_DEEP", "servers[0]": "WRONG_TYPE"}),
}
OTHERS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "a form": ('"groupName": ""', {"groupName": "OUT_OF_RANGE"}),
    "a rule": ('"region": "mars-east-1"', {"region": "UNKNOWN_REGION"}),
    "an unknown field": ('"colour": "red"', {"colour": "UNKNOWN_FIELD"}),
    "a rule of two fields": (
        '"sourceServerIds": ["s-11111111111111111"]',
        {"sourceServerIds": "EXACTLY_ONE_SELECTION", "serverSelectionTags": "EXACTLY_ONE_SELECTION"},
    ),
}
FAULTS: Final = UNREADABLE | OTHERS


@pytest.fixture(scope="module")
def seeded() -> Seeded:
    """Only for calls that are refused."""
    return Seeded()


def body_of(*faults: str) -> str:
    written = {name: json.dumps({name: value})[1:-1] for name, value in NEW.items()}
    for fault in faults:
        text = FAULTS[fault][0]
        written[text.partition(":")[0].strip('"')] = text
    return "{" + ", ".join(written.values()) + "}"


def named(answer: Answer) -> set[tuple[str, str]]:
    assert answer.code == "VALIDATION_ERROR", answer.value
    return {(each["field"], each["code"]) for each in answer.value["details"]["fields"]}


@pytest.mark.parametrize("faults", list(combinations(FAULTS, 2)))
def test_two_faults_are_told_in_one_answer_by_both_doors(seeded: Seeded, faults: tuple[str, str]) -> None:
    before, operation = content(seeded.world), "create_protection_group"
    text = body_of(*faults)

    api = seeded.doors.api_event(operation, {**api_event(operation, NEW), "body": text})
    direct = seeded.doors.direct_event(operation, {"operation": operation, "body": text})

    assert named(api) == named(direct)
    assert named(api) == {(name.strip("+"), code) for fault in faults for name, code in FAULTS[fault][1].items()}
    assert content(seeded.world) == before


def test_an_unreadable_value_is_no_missing_one(seeded: Seeded) -> None:
    group = {"groupName": "Web", "region": REGION, "sourceServerIds": ["\ud800"]}
    wave = {"waveNumber": 0, "waveName": "\ud800", "protectionGroupIds": [seeded.group]}
    plan = {"planName": "\ud800", "waves": [wave, {"waveNumber": 1, "waveName": "B", "dependsOnWaves": [9]}]}

    for answer in (
        seeded.doors.direct("create_protection_group", group),
        seeded.doors.api("create_protection_group", group),
    ):
        assert named(answer) == {("sourceServerIds[0]", "INVALID_TEXT")}
    for answer in (seeded.doors.direct(PLAN, plan), seeded.doors.api(PLAN, plan)):
        assert named(answer) == {
            ("planName", "INVALID_TEXT"),
            ("waves[0].waveName", "INVALID_TEXT"),
            ("waves[1].dependsOnWaves[0]", "UNKNOWN_WAVE"),
            ("waves[1].protectionGroupIds", "WAVE_WITHOUT_GROUPS"),
        }


def test_every_field_that_path_and_body_disagree_on_is_named(seeded: Seeded) -> None:
    retry = {"executionId": seeded.execution, "waveNumber": 0}
    event = api_event("retry_wave", retry) | {"body": '{"executionId": "other", "waveNumber": 1, "foo": 1}'}
    places = {"parameters": retry, "body": {"executionId": "other", "waveNumber": 1, "foo": 1}}

    answers = (
        seeded.doors.api_event("retry_wave", event),
        seeded.doors.direct_event("retry_wave", {"operation": "retry_wave", **places}),
    )

    for answer in answers:
        assert named(answer) == {
            ("executionId", "AMBIGUOUS"),
            ("waveNumber", "AMBIGUOUS"),
            ("foo", "UNKNOWN_FIELD"),
        }


def test_bytes_that_are_no_text_are_refused_where_they_stand(seeded: Seeded) -> None:
    prefix = seeded.doors.api("list_protection_groups", {"namePrefix": "\ufffd", "limit": 0})
    group = seeded.doors.api("get_protection_group", {"groupId": "\ufffd"})

    assert named(prefix) == {("namePrefix", "INVALID_TEXT"), ("limit", "OUT_OF_RANGE")}
    assert named(group) == {("groupId", "INVALID_TEXT")}


def test_every_path_leads_to_what_is_wrong(seeded: Seeded) -> None:
    checks = [{"documentName": "CheckShop", "parameters": {"x y": ["a"], "[key]": ["b"]}}]
    wave = {"waveNumber": 0, "waveName": "A", "protectionGroupIds": [seeded.group], "healthChecks": checks, "[key]": 1}
    plan = {"planName": "P", "": 1, "waves": [wave]}
    tags = {"groupName": "Web", "region": REGION, "serverSelectionTags": {"[key]": 5}}

    assert named(seeded.doors.direct("create_protection_group", tags)) == {("serverSelectionTags.[key]", "WRONG_TYPE")}
    for answer in (seeded.doors.direct(PLAN, plan), seeded.doors.api(PLAN, plan)):
        assert named(answer) == {
            ('""', "UNKNOWN_FIELD"),
            ("waves[0].[key]", "UNKNOWN_FIELD"),
            ("waves[0].healthChecks[0].parameters.x y", "WRONG_FORMAT"),
            ("waves[0].healthChecks[0].parameters.[key]", "WRONG_FORMAT"),
        }


def test_two_names_of_one_field_that_differ_hide_nothing(seeded: Seeded) -> None:
    start = {"planId": seeded.plan, "PlanId": "other", "executionType": "X"}

    for answer in (seeded.doors.api("start_execution", start), seeded.doors.direct("start_execution", start)):
        assert named(answer) == {("PlanId", "AMBIGUOUS"), ("executionType", "NOT_ONE_OF")}


def test_a_field_by_its_other_name_that_cannot_be_read_is_named_once(seeded: Seeded) -> None:
    start = {"PlanId": "\ud800", "executionType": "X"}

    for answer in (seeded.doors.api("start_execution", start), seeded.doors.direct("start_execution", start)):
        assert named(answer) == {("PlanId", "INVALID_TEXT"), ("executionType", "NOT_ONE_OF")}


def test_an_item_of_a_document_that_cannot_be_read_hides_no_other(seeded: Seeded) -> None:
    groups = [{**NEW, "groupName": "\ud800"}, {**NEW, "region": "mars-east-1"}, {**NEW, "owner": 10**100}]
    document = {"schemaVersion": "1.1", "protectionGroups": groups, "metadata": {"note": "\udfff"}}

    for answer in (
        seeded.doors.api("import_configuration", document),
        seeded.doors.direct("import_configuration", document),
    ):
        assert {
            ("protectionGroups[0].groupName", "INVALID_TEXT"),
            ("protectionGroups[1].region", "UNKNOWN_REGION"),
            ("protectionGroups[2].owner", "INVALID_NUMBER"),
            ("metadata.note", "INVALID_TEXT"),
        } <= named(answer)
