"""What is refused of JSON before anything is read from it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import ValidationError
from shared.json_input import DEEPEST, MOST_VALUES, check_json, parse_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=20,
)


_TWICE_BELOW = ["a", "b[1].c", "b[1].d", "a.e"]


def nested(levels: int, leaf: Any = 1) -> Any:
    """So many lists in one another."""
    value = leaf
    for _ in range(levels):
        value = [value]
    return value


def refused(call: Any) -> list[tuple[str, str]]:
    """Field and code of all that was refused."""
    with pytest.raises(ValidationError) as error:
        call()
    return [(each["field"], each["code"]) for each in error.value.details["fields"]]


@given(JSON)
def test_whatever_json_can_say_is_taken(value: Any) -> None:
    check_json(value, "body")

    assert parse_json(json.dumps(value), "body") == value


@pytest.mark.parametrize(
    "text", ["", "{", "nul", "{'a': 1}", '{"a": NaN}', "[Infinity]", "[-Infinity]", "\ufeff{}", "1 2"]
)
def test_what_is_no_json_is_refused(text: str) -> None:
    assert refused(lambda: parse_json(text, "body")) == [("body", "INVALID_JSON")]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ('{"dryRun": true, "planId": "p", "dryRun": false}', ["dryRun"]),
        ('{"a": 1, "a": 1, "a": 1}', ["a"]),
        ('{"a": 1, "\\u0061": 2}', ["a"]),
        ('{"b": [{"c": 1}, {"c": 1, "c": 2, "d": 1, "d": 2}], "a": 1, "a": {"e": 1, "e": 2}}', _TWICE_BELOW),
        ('[{"": 1, "": 2}]', ["[0]."]),
    ],
)
def test_a_name_that_stands_twice_in_one_object_is_refused_with_its_path(text: str, fields: list[str]) -> None:
    assert refused(lambda: parse_json(text, "body")) == [(field, "AMBIGUOUS") for field in fields]


@pytest.mark.parametrize(
    "text",
    [
        "[" * (DEEPEST + 5) + '{"a": 1, "a": 2}' + "]" * (DEEPEST + 5),
        '{"\\ud800": 1, "\\ud800": 2}',
        '{"\\ud800": {"a": 1, "a": 2}}',
        '{"": 1, "": 2}',
        "[" + "0," * MOST_VALUES + '{"a": 1, "a": 2}]',
    ],
)
def test_what_stands_twice_where_no_path_leads_is_refused_without_one(text: str) -> None:
    assert refused(lambda: parse_json(text, "body")) == [("body", "AMBIGUOUS")]


def test_a_name_may_stand_in_several_objects_of_one_text() -> None:
    assert parse_json('[{"a": 1}, {"a": 2, "b": {"a": 3}}]', "body") == [{"a": 1}, {"a": 2, "b": {"a": 3}}]


def test_an_integer_of_a_hundred_digits_is_read_and_a_longer_one_refused_as_such() -> None:
    assert parse_json("[-" + "9" * 100 + "]", "body") == [-(10**100 - 1)]

    for digits in (101, 5_000, 1_000_000):
        assert refused(lambda text="1" * digits: parse_json(text, "body")) == [("body", "INVALID_NUMBER")]


@pytest.mark.parametrize("levels", [10_000, 100_000])
def test_a_text_that_is_too_deep_to_parse_is_refused(levels: int) -> None:
    try:
        parsed = parse_json("[" * levels + "]" * levels, "body")
    except ValidationError as error:
        assert [each["code"] for each in error.details["fields"]] == ["TOO_DEEP"]
    else:
        assert refused(lambda: check_json(parsed, "body"))[0][1] == "TOO_DEEP"


def test_the_deepest_value_is_taken_and_one_level_more_refused() -> None:
    check_json(nested(DEEPEST), "body")

    [(path, code)] = refused(lambda: check_json({"a": nested(DEEPEST)}, "body"))

    assert (path, code) == ("a" + "[0]" * (DEEPEST - 1), "TOO_DEEP")


def test_a_value_too_deep_for_any_recursion_is_refused() -> None:
    assert refused(lambda: check_json(nested(100_000), "event"))[0][1] == "TOO_DEEP"


def test_everything_wrong_is_named_with_its_path() -> None:
    value = {"name": "\ud800", "waves": [{"size": float("nan")}, {"size": float("inf")}], "ok": 1, "x": {"\udfff": 1}}

    assert sorted(refused(lambda: check_json(value, "body"))) == [
        ("name", "INVALID_TEXT"),
        ("waves[0].size", "INVALID_NUMBER"),
        ("waves[1].size", "INVALID_NUMBER"),
        ("x", "INVALID_TEXT"),
    ]


@pytest.mark.parametrize("value", ["\ud800", float("nan")])
def test_a_value_that_is_wrong_as_a_whole_is_named_by_its_field(value: Any) -> None:
    assert refused(lambda: check_json(value, "event"))[0][0] == "event"


def test_as_many_values_as_are_read_are_taken_and_one_more_is_refused() -> None:
    check_json([0] * (MOST_VALUES - 1), "body")

    assert refused(lambda: check_json([0] * MOST_VALUES, "body")) == [("body", "TOO_MANY")]
    assert refused(lambda: check_json({"a": [[0] * 1000 for _ in range(MOST_VALUES // 1000)]}, "body")) == [
        ("body", "TOO_MANY")
    ]


def test_whoever_sends_too_many_values_learns_how_many_and_how_many_are_read() -> None:
    whole = {"a": [[0] * 1000 for _ in range(400)], "b": nested(10_000)}

    with pytest.raises(ValidationError) as caught:
        check_json(whole, "body")

    # the object, both fields, 400 lists of 1,000 and 10,000 levels below "b"
    assert caught.value.message == "body: holds 410,403 values, at most 300,000 are read"


def test_the_search_for_faults_ends_where_no_more_are_named() -> None:
    with pytest.raises(ValidationError) as caught:
        check_json([float("nan")] * 1000, "body")

    assert [each["field"] for each in caught.value.details["fields"]] == [f"[{number}]" for number in range(100)]
    assert caught.value.details["moreFields"] == 1
