"""What a request for a group or a plan may look like."""

from typing import Any

import pydantic
import pytest

from data_management.requests import NewProtectionGroup, NewRecoveryPlan, written_path
from shared.models.violation import violations_of
from tests.support.configuration import HUB, server_id


def refused(waves: Any, **fields: Any) -> dict[str, str]:
    with pytest.raises(pydantic.ValidationError) as caught:
        NewRecoveryPlan.model_validate({"planName": "plan", "waves": waves, **fields})
    return {each.field: each.code for each in violations_of(caught.value)}


def wave(**fields: Any) -> dict[str, Any]:
    return {"waveNumber": 0, "waveName": "first", "protectionGroupIds": ["g"], **fields}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("healthChecks", [{"type": "ALARM"}]),
        ("waitMinutes", 5),
        ("deadlineMinutes", 60),
        ("minimumSuccess", "80%"),
        ("optionalServerIds", [server_id(1)]),
    ],
)
def test_fields_of_later_versions_are_refused_by_name(field: str, value: object) -> None:
    assert refused([wave(**{field: value})]) == {f"waves[0].{field}": "NOT_SUPPORTED_YET"}


def test_fields_of_later_versions_that_ask_for_nothing_are_let_pass() -> None:
    request = NewRecoveryPlan.model_validate(
        {"planName": "plan", "waves": [wave(healthChecks=[], waitMinutes=None, optionalServerIds=[])]}
    )

    assert "healthChecks" not in request.fields().wire()["waves"][0]


def test_wrong_types_are_refused_and_never_bent_into_shape() -> None:
    found = refused(
        [
            wave(waveNumber="0"),
            wave(waveNumber=True),
            wave(pauseBeforeWave="yes"),
            wave(dependsOnWaves=["0"]),
            wave(protectionGroupIds="g"),
            "wave",
        ],
        rtoMinutes="60",
    )

    assert found == {
        "waves[0].waveNumber": "WRONG_TYPE",
        "waves[1].waveNumber": "WRONG_TYPE",
        "waves[2].pauseBeforeWave": "WRONG_TYPE",
        "waves[3].dependsOnWaves[0]": "WRONG_TYPE",
        "waves[4].protectionGroupIds": "WRONG_TYPE",
        "waves[5]": "WRONG_TYPE",
        "rtoMinutes": "WRONG_TYPE",
    }


def test_unknown_fields_are_refused_by_path() -> None:
    assert refused([wave(colour="red")], shape="round") == {
        "waves[0].colour": "UNKNOWN_FIELD",
        "shape": "UNKNOWN_FIELD",
    }


def test_a_plan_needs_a_name_of_1_to_64_characters_and_a_wave() -> None:
    assert refused([], planName=" " * 3) == {"planName": "OUT_OF_RANGE", "waves": "OUT_OF_RANGE"}
    assert refused([wave()], planName="x" * 65) == {"planName": "OUT_OF_RANGE"}


def test_one_group_may_be_named_without_a_list() -> None:
    single = {"waveNumber": 0, "waveName": "first", "protectionGroupId": "g"}

    request = NewRecoveryPlan.model_validate({"planName": " plan ", "waves": [single]})

    assert request.fields().waves[0].protection_group_ids == ("g",)
    assert request.fields().plan_name == "plan"


def test_naming_groups_in_two_ways_is_refused() -> None:
    assert refused([wave(protectionGroupId="g")]) == {"waves[0]": "ONE_WAY_TO_NAME_GROUPS"}


def test_a_group_without_an_account_becomes_the_hubs() -> None:
    request = NewProtectionGroup.model_validate({"groupName": "g", "region": "us-west-2", "sourceServerIds": []})

    assert request.fields(HUB).account_id == HUB
    assert request.selects_by_id


def test_an_account_that_is_not_twelve_digits_is_refused() -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        NewProtectionGroup.model_validate({"groupName": "g", "region": "us-west-2", "accountId": ""})

    assert [each.field for each in violations_of(caught.value)] == ["accountId"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"protectionGroupIds": ["a"]}, "waves[0].protectionGroupIds[1]"),
        ({"protectionGroupNames": ["a"]}, "waves[0].protectionGroupNames[1]"),
        ({"protectionGroupId": "a"}, "waves[0].protectionGroupId"),
        ({}, "waves[0].protectionGroupIds[1]"),
        ("no wave", "waves[0].protectionGroupIds[1]"),
    ],
)
def test_a_path_is_told_as_the_request_has_it(written: object, expected: str) -> None:
    assert written_path("waves[0].protectionGroupIds[1]", [written]) == expected
    assert written_path("planName", [written]) == "planName"
