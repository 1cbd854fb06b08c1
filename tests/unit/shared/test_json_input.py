"""What is refused of JSON before anything is read from it."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import ValidationError
from shared.json_input import DEEPEST, MOST_VALUES, UNREADABLE, Sent, check_json, merged, parse_json, readable
from shared.models.violation import Violation

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
        ('[{"x": 1, "x": 2}]', ["[0].x"]),
    ],
)
def test_a_name_that_stands_twice_in_one_object_is_refused_with_its_path(text: str, fields: list[str]) -> None:
    assert refused(lambda: check_json(parse_json(text, "body"), "body")) == [(field, "AMBIGUOUS") for field in fields]


@pytest.mark.parametrize(
    ("text", "field", "code"),
    [
        ("[" * (DEEPEST + 5) + '{"a": 1, "a": 2}' + "]" * (DEEPEST + 5), "[0]" * DEEPEST, "TOO_DEEP"),
        ('{"\\ud800": 1, "\\ud800": 2}', "body", "INVALID_TEXT"),
        ('{"\\ud800": {"a": 1, "a": 2}}', "body", "INVALID_TEXT"),
        ("[" + "0," * MOST_VALUES + '{"a": 1, "a": 2}]', "body", "TOO_MANY"),
    ],
)
def test_what_stands_twice_where_no_path_leads_is_refused_with_what_is_in_the_way(
    text: str, field: str, code: str
) -> None:
    assert refused(lambda: check_json(parse_json(text, "body"), "body")) == [(field, code)]


def test_a_name_may_stand_in_several_objects_of_one_text() -> None:
    assert parse_json('[{"a": 1}, {"a": 2, "b": {"a": 3}}]', "body") == [{"a": 1}, {"a": 2, "b": {"a": 3}}]


def test_an_integer_of_a_hundred_digits_is_read_and_a_longer_one_refused_as_such() -> None:
    assert parse_json("[-" + "9" * 100 + "]", "body") == [-(10**100 - 1)]

    for digits in (101, 5_000, 1_000_000):
        value = parse_json('{"a": 1, "b": [-' + "1" * digits + "]}", "body")
        assert refused(lambda value=value: check_json(value, "body")) == [("b[0]", "INVALID_NUMBER")]


def test_an_integer_is_as_long_however_it_was_read() -> None:
    check_json({"a": 10**100 - 1, "b": -(10**100) + 1}, "event")

    assert refused(lambda: check_json({"a": 10**100, "b": -(10**100)}, "event")) == [
        ("a", "INVALID_NUMBER"),
        ("b", "INVALID_NUMBER"),
    ]


def test_of_an_object_everything_else_can_be_read() -> None:
    text = (
        '{"name": "\\ud800", "twice": 1, "twice": {"x": 1e400}, "in": [1, {"deep": '
        + "[" * 70
        + "]" * 70
        + '}, -1e400], "\\udfff": 7}'
    )
    value = parse_json(text, "body")

    sent = readable(value, "body")

    nothing = UNREADABLE  # of which only identity is known
    assert sent.fields == {
        "name": nothing,
        "twice": nothing,
        "in": [1, {"deep": nested(61, nothing)}, nothing],
        "\ufffd": nothing,
    }
    assert [(each.field, each.code) for each in sent.refused] == [
        ("body", "INVALID_TEXT"),
        ("twice", "AMBIGUOUS"),
        ("name", "INVALID_TEXT"),
        ("twice.x", "INVALID_NUMBER"),
        ("in[1].deep" + "[0]" * 61, "TOO_DEEP"),
        ("in[2]", "INVALID_NUMBER"),
    ]
    assert value["name"] == "\ud800"


def test_what_is_told_beside_is_not_about_what_nobody_could_read() -> None:
    sent = readable({"name": "\ud800", "colour": "\ud800", "\ud800": 1}, "body")

    told = [
        Violation("name", "must be text", "WRONG_TYPE"),
        Violation("colour", "unknown field", "UNKNOWN_FIELD"),
        Violation("\ufffd", "unknown field", "UNKNOWN_FIELD"),
        Violation("size", "required", "REQUIRED"),
    ]

    assert [each.field for each in sent.beside(told)] == ["colour", "size"]


def test_all_that_differs_between_places_is_told_once_with_what_cannot_be_read() -> None:
    sources = ({"a": 1, "b": [1], "c": "x"}, {"a": 2, "b": [2], "c": "x", "d": "\ud800"}, {"a": 3, "d": "\ud800"})

    sent = merged(*(lambda source=source: readable(source, "event") for source in sources))

    assert sorted((each.field, each.code) for each in sent.refused) == [
        ("a", "AMBIGUOUS"),
        ("b", "AMBIGUOUS"),
        ("d", "INVALID_TEXT"),
    ]
    assert {name: value for name, value in sent.fields.items() if value is not UNREADABLE} == {"c": "x"}


def test_beside_a_place_that_cannot_be_read_what_is_refused_in_others_is_told() -> None:
    def no_json() -> Sent:
        return readable(parse_json("{", "body"), "body")

    found = refused(lambda: merged(lambda: readable({"a": "\ud800"}, "query"), no_json))

    assert found == [("a", "INVALID_TEXT"), ("body", "INVALID_JSON")]


def test_more_than_is_named_is_refused_without_a_look_at_the_rest() -> None:
    fields = {str(number): math.nan for number in range(101)}

    with pytest.raises(ValidationError) as caught:
        merged(lambda: readable(fields, "body"))

    assert len(caught.value.details["fields"]) == 100
    assert caught.value.details["moreFields"] == 1


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
