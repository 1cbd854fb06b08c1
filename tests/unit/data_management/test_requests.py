"""What a request for a group or a plan may look like."""

from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_management.requests import NewProtectionGroup, NewRecoveryPlan, written_path
from shared.models.base import read_strictly
from shared.models.recovery_plan import Wave
from shared.models.violation import violations_of
from tests.support.configuration import HUB, server_id


def refused(waves: Any, **fields: Any) -> dict[str, str]:
    sent = {"planName": "plan", "waves": waves, **fields}
    with pytest.raises(pydantic.ValidationError) as caught:
        NewRecoveryPlan.model_validate(sent)
    return {each.field: each.code for each in violations_of(caught.value, sent)}


def wave(**fields: Any) -> dict[str, Any]:
    return {"waveNumber": 0, "waveName": "first", "protectionGroupIds": ["g"], **fields}


def stored(**fields: Any) -> dict[str, Any]:
    """What is kept of a wave with these fields."""
    request = NewRecoveryPlan.model_validate({"planName": "plan", "waves": [wave(**fields)]})
    kept: dict[str, Any] = request.fields().wire()["waves"][0]
    return kept


ALARMS = [{"alarmName": "web 5xx"}, {"alarmName": "queue", "accountId": "111122223333", "region": "us-west-2"}]
COMMAND = {"documentName": "AWS-RunShellScript", "parameters": {"commands": ["true"]}, "timeoutSeconds": 60}


def test_health_checks_are_kept_as_they_were_given_and_in_their_order() -> None:
    checks = [ALARMS[0], COMMAND, ALARMS[1]]

    assert stored(healthChecks=checks)["healthChecks"] == checks


def test_a_wave_that_was_stored_before_checks_were_a_list_is_read_as_one() -> None:
    earlier = {**wave(), "healthChecks": {"alarms": ALARMS, "commands": [COMMAND]}}

    assert Wave.model_validate(earlier).wire()["healthChecks"] == [*ALARMS, COMMAND]


def test_a_command_has_ten_minutes_unless_the_plan_says_otherwise() -> None:
    kept = stored(healthChecks=[{"documentName": "CheckShop"}])["healthChecks"]

    assert kept == [{"documentName": "CheckShop", "parameters": {}, "timeoutSeconds": 600}]


@pytest.mark.parametrize("nothing", [None, [], {}, {"alarms": []}, {"alarms": [], "commands": []}])
def test_a_wave_that_was_stored_with_no_check_is_the_same_as_one_that_says_nothing_of_checks(nothing: object) -> None:
    assert Wave.model_validate({**wave(), "healthChecks": nothing}) == Wave.model_validate(wave())


@pytest.mark.parametrize("nothing", [None, []])
def test_health_checks_that_ask_for_nothing_are_let_pass(nothing: object) -> None:
    assert "healthChecks" not in stored(healthChecks=nothing)


@pytest.mark.parametrize(
    ("checks", "path", "code"),
    [
        ("DRSCheck-Shop", "", "WRONG_TYPE"),
        (["DRSCheck-Shop"], "[0]", "WRONG_TYPE"),
        ([None], "[0]", "WRONG_TYPE"),
        ([{"type": "ALARM"}], "[0]", "ONE_KIND_OF_CHECK"),
        ([{}], "[0]", "ONE_KIND_OF_CHECK"),
        ([{"alarmName": "a", "documentName": "Doc"}], "[0]", "ONE_KIND_OF_CHECK"),
        ([{"alarmName": "a"}, {"alarmName": "b", "timeoutSeconds": 60}], "[1].timeoutSeconds", "UNKNOWN_FIELD"),
        ([{"documentName": "Doc", "region": "us-west-2"}], "[0].region", "UNKNOWN_FIELD"),
        ([{"alarmName": ""}], "[0].alarmName", "OUT_OF_RANGE"),
        ([{"alarmName": "a" * 256}], "[0].alarmName", "OUT_OF_RANGE"),
        ([{"alarmName": "a\nb"}], "[0].alarmName", "WRONG_FORMAT"),
        ([{"alarmName": "a", "accountId": "1"}], "[0].accountId", "WRONG_FORMAT"),
        ([{"alarmName": "a", "region": "here"}], "[0].region", "WRONG_FORMAT"),
        ([{"documentName": "Doc"}] * 9, "", "OUT_OF_RANGE"),
        (
            [{"documentName": "arn:aws:ssm:us-west-2:111122223333:document/Doc"}],
            "[0].documentName",
            "WRONG_FORMAT",
        ),
        ([{"documentName": "Doc", "parameters": {"a": "b"}}], "[0].parameters.a", "WRONG_TYPE"),
        ([{"documentName": "Doc", "timeoutSeconds": 29}], "[0].timeoutSeconds", "OUT_OF_RANGE"),
        ([{"documentName": "Doc", "timeoutSeconds": 3601}], "[0].timeoutSeconds", "OUT_OF_RANGE"),
        ([{"documentName": "Doc", "timeoutSeconds": "60"}], "[0].timeoutSeconds", "WRONG_TYPE"),
        ({"probes": []}, "", "WRONG_TYPE"),
        ({}, "", "WRONG_TYPE"),
        ({"alarms": False}, "", "WRONG_TYPE"),
        ({"alarms": ALARMS, "commands": [COMMAND]}, "", "WRONG_TYPE"),
    ],
)
def test_a_health_check_that_cannot_be_applied_is_refused_at_its_place(checks: Any, path: str, code: str) -> None:
    sent = {"planName": "plan", "waves": [wave(healthChecks=checks)]}
    with pytest.raises(pydantic.ValidationError) as caught:
        read_strictly(NewRecoveryPlan, sent)

    assert [(each.field, each.code) for each in violations_of(caught.value, sent)] == [
        (f"waves[0].healthChecks{path}", code)
    ]


@pytest.mark.parametrize("policy", ["STOP", "PAUSE", "CONTINUE"])
def test_every_failure_policy_is_kept(policy: str) -> None:
    assert stored(failurePolicy=policy)["failurePolicy"] == policy


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        ("stop", "NOT_ONE_OF"),
        ("RETRY", "NOT_ONE_OF"),
        ("", "NOT_ONE_OF"),
        (None, "WRONG_TYPE"),
        (0, "WRONG_TYPE"),
    ],
)
def test_what_is_no_failure_policy_is_refused(policy: object, code: str) -> None:
    assert refused([wave(failurePolicy=policy)]) == {"waves[0].failurePolicy": code}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("waitMinutes", 1),
        ("waitMinutes", 120),
        ("deadlineMinutes", 1),
        ("deadlineMinutes", 10_080),
        ("drainMinutes", 1),
        ("drainMinutes", 10_080),
        ("optionalServerIds", [server_id(1), server_id(2)]),
        ("minimumSuccess", 1),
        ("minimumSuccess", 40),
        ("minimumSuccess", "1%"),
        ("minimumSuccess", "80%"),
        ("minimumSuccess", "100%"),
    ],
)
def test_what_a_wave_asks_for_is_kept_as_it_was_given(field: str, value: object) -> None:
    kept = stored(**{field: value})[field]

    assert kept == value
    assert type(kept) is type(value)


def test_a_wave_that_asks_for_nothing_waits_for_nothing_requires_every_server_and_has_its_usual_hours() -> None:
    kept = stored(waitMinutes=None, minimumSuccess=None, optionalServerIds=[])

    assert (kept["deadlineMinutes"], kept["drainMinutes"]) == (120, 360)
    assert kept["optionalServerIds"] == []
    assert {"waitMinutes", "minimumSuccess"}.isdisjoint(kept)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("waitMinutes", 0, "OUT_OF_RANGE"),
        ("waitMinutes", 121, "OUT_OF_RANGE"),
        ("waitMinutes", "5", "WRONG_TYPE"),
        ("waitMinutes", True, "WRONG_TYPE"),
        ("waitMinutes", 1.5, "WRONG_TYPE"),
        ("deadlineMinutes", 0, "OUT_OF_RANGE"),
        ("deadlineMinutes", 10_081, "OUT_OF_RANGE"),
        ("deadlineMinutes", "60", "WRONG_TYPE"),
        ("deadlineMinutes", True, "WRONG_TYPE"),
        ("deadlineMinutes", None, "WRONG_TYPE"),
        ("drainMinutes", 0, "OUT_OF_RANGE"),
        ("drainMinutes", 10_081, "OUT_OF_RANGE"),
        ("drainMinutes", "60", "WRONG_TYPE"),
        ("drainMinutes", None, "WRONG_TYPE"),
        ("optionalServerIds", server_id(1), "WRONG_TYPE"),
    ],
)
def test_minutes_and_lists_are_taken_at_their_word(field: str, value: object, code: str) -> None:
    assert refused([wave(**{field: value})]) == {f"waves[0].{field}": code}


def test_an_optional_server_that_is_no_id_is_refused_at_its_place() -> None:
    assert refused([wave(optionalServerIds=[server_id(1), "s-1", 7])]) == {
        "waves[0].optionalServerIds[1]": "WRONG_FORMAT",
        "waves[0].optionalServerIds[2]": "WRONG_TYPE",
    }


@pytest.mark.parametrize(
    "value", [0, -1, 1_000_001, "0%", "101%", "080%", "80", " 80%", "80%\n", "80.5%", "", 1.5, 1.0, True, False, [], {}]
)
def test_a_wrong_minimum_success_is_refused_once_with_both_ways_to_say_it(value: object) -> None:
    sent = {"planName": "plan", "waves": [wave(), wave(minimumSuccess=value)]}
    with pytest.raises(pydantic.ValidationError) as caught:
        read_strictly(NewRecoveryPlan, sent)

    [violation] = violations_of(caught.value, sent)

    code = "WRONG_FORMAT" if type(value) in (int, str) else "WRONG_TYPE"
    assert (violation.field, violation.code) == ("waves[1].minimumSuccess", code)
    assert "a count of at least 1" in violation.reason
    assert 'a percentage of 1 to 100 such as "80%"' in violation.reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.from_regex(r"\d{1,3}%"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(JSON)
def test_whatever_minimum_success_is_it_is_kept_as_it_was_given_or_refused_once(value: object) -> None:
    sent = {"planName": "plan", "waves": [wave(minimumSuccess=value)]}
    try:
        request = read_strictly(NewRecoveryPlan, sent)
    except pydantic.ValidationError as error:
        assert [each.field for each in violations_of(error, sent)] == ["waves[0].minimumSuccess"]
        return

    kept = request.fields().waves[0].minimum_success

    assert kept == value
    assert type(kept) is type(value)
    match kept:
        case int():
            assert kept >= 1
        case str():
            assert 1 <= int(kept.removesuffix("%")) <= 100


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
    assert refused([wave(protectionGroupId="g")]) == {"waves[0].protectionGroupId": "ONE_WAY_TO_NAME_GROUPS"}


def test_a_group_without_an_account_becomes_the_hubs() -> None:
    request = NewProtectionGroup.model_validate(
        {"groupName": "g", "region": "us-west-2", "sourceServerIds": [server_id(1)]}
    )

    assert request.fields(HUB).account_id == HUB


def test_a_name_of_blanks_is_told_to_be_one() -> None:
    sent = {"groupName": "   ", "region": "us-west-2"}
    with pytest.raises(pydantic.ValidationError) as caught:
        NewProtectionGroup.model_validate(sent)

    assert [each.reason for each in violations_of(caught.value, sent)] == ["it is empty, or nothing but blanks"]


def test_an_account_that_is_not_twelve_digits_is_refused() -> None:
    sent = {"groupName": "g", "region": "us-west-2", "accountId": ""}
    with pytest.raises(pydantic.ValidationError) as caught:
        NewProtectionGroup.model_validate(sent)

    assert [each.field for each in violations_of(caught.value, sent)] == ["accountId"]


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


@pytest.mark.parametrize(
    ("checks", "position", "expected"),
    [
        ([{}, {}], 1, "[1]"),
        ({"alarms": [{}, {}], "commands": [{}]}, 1, ".alarms[1]"),
        ({"alarms": [{}, {}], "commands": [{}]}, 2, ".commands[0]"),
        ({"alarms": None, "commands": [{}, {}]}, 1, ".commands[1]"),
    ],
)
def test_the_path_of_a_check_is_told_as_the_document_has_it(checks: object, position: int, expected: str) -> None:
    path = f"waves[0].healthChecks[{position}].parameters.a\nb"

    assert written_path(path, [{"healthChecks": checks}]) == f"waves[0].healthChecks{expected}.parameters.a\nb"
