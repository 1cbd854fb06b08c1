"""Lists of groups and plans by filter, through both doors."""

import pytest

from tests.integration.configuration.conftest import System
from tests.integration.configuration.test_plans import wave


@pytest.fixture
def groups(system: System) -> list[str]:
    return [
        system.group(name, serverSelectionTags={"n": str(number)})
        for number, name in enumerate(["Data 1", "data 2", "Web"])
    ]


def test_groups_are_listed_by_how_their_names_begin(system: System, groups: list[str]) -> None:
    first = system.ask("list_protection_groups", namePrefix="DATA", limit=1)
    second = system.call("list_protection_groups", namePrefix="data", limit=1, nextToken=first["nextToken"])

    assert [each["groupId"] for each in (*first["items"], *second["items"])] == groups[:2]
    assert "nextToken" not in second
    foreign = system.ask("list_protection_groups", nextToken=first["nextToken"])
    assert foreign["details"]["fields"][0]["code"] == "INVALID_NEXT_TOKEN"


@pytest.mark.requirement("SRS-F15")
def test_plans_are_listed_by_a_group_or_by_how_their_names_begin(system: System, groups: list[str]) -> None:
    made = []
    for number, used in enumerate([groups[0], groups[1], groups[0]]):
        system.clock.advance(1)
        made.append(system.plan(wave(0, used), name=f"Plan {9 - number}"))

    listed = system.ask("list_recovery_plans", groupId=groups[0])
    query = {"queryStringParameters": {"groupId": groups[0], "limit": "1"}}
    status, page = system.by_api(0, "GET /recovery-plans", **query)

    assert [each["planId"] for each in listed["items"]] == [made[0], made[2]]
    assert (status, [each["planId"] for each in page["items"]]) == (200, [made[0]])
    assert "nextToken" in page
    assert [each["planId"] for each in system.ask("list_recovery_plans", namePrefix="plan 8")["items"]] == [made[1]]


def test_a_filter_that_is_none_is_refused_by_name(system: System, groups: list[str]) -> None:
    for asked, field, code in (
        ({"groupId": groups[0], "namePrefix": "P"}, "namePrefix", "ONE_FILTER"),
        ({"namePrefix": ""}, "namePrefix", "OUT_OF_RANGE"),
        ({"groupId": "a b"}, "groupId", "WRONG_FORMAT"),
        ({"planName": "P"}, "planName", "UNKNOWN_FIELD"),
    ):
        [found] = system.ask("list_recovery_plans", **asked)["details"]["fields"]
        assert (found["field"], found["code"]) == (field, code)
