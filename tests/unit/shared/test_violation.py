"""How broken rules of shape are named: a path, a reason without the value, a code."""

from enum import StrEnum
from typing import Annotated, Any, Literal

import pydantic
import pytest

from shared.errors import ValidationError
from shared.models.base import Model, read_strictly
from shared.models.forms import form
from shared.models.targets import AccountId
from shared.models.violation import MOST_LISTED, Violation, json_path, refuse, violations_of
from shared.services.request_fields import ClientToken


class Inner(Model):
    wave_number: int
    addresses: tuple[pydantic.IPvAnyAddress, ...] = ()


class Colour(StrEnum):
    RED = "RED"
    GREEN = "GREEN"
    BLUE = "BLUE"


class Painted(Model):
    colour: Colour = Colour.RED
    some: tuple[Literal[Colour.GREEN, Colour.BLUE], ...] = ()


class Outer(Model):
    inner_list: tuple[Inner, ...] = pydantic.Field(min_length=1)
    short: str = pydantic.Field(default="", max_length=3)


class Lists(Model):
    outer: tuple[Outer, ...]


def test_every_fault_has_its_json_path_and_a_code_and_never_the_value() -> None:
    sent = {"innerList": [{"waveNumber": "secret"}, {"extra": 1}], "short": "secret"}
    with pytest.raises(pydantic.ValidationError) as caught:
        Outer.model_validate(sent)

    found = violations_of(caught.value, sent)

    assert {(each.field, each.code) for each in found} == {
        ("innerList[0].waveNumber", "WRONG_TYPE"),
        ("innerList[1].waveNumber", "REQUIRED"),
        ("innerList[1].extra", "UNKNOWN_FIELD"),
        ("short", "OUT_OF_RANGE"),
    }
    assert "secret" not in str(found)


def test_an_empty_list_is_too_short_where_nothing_in_it_was_refused() -> None:
    sent: dict[str, Any] = {"innerList": []}
    with pytest.raises(pydantic.ValidationError) as caught:
        Outer.model_validate(sent)

    [violation] = violations_of(caught.value, sent)

    assert (violation.field, violation.code) == ("innerList", "OUT_OF_RANGE")
    assert "list" in violation.reason


def test_a_violation_can_be_told_of_a_larger_object() -> None:
    assert Violation("b", "r", "C").under("a[0]").field == "a[0].b"
    assert Violation("[1]", "r", "C").under("a").field == "a[1]"
    assert Violation("", "r", "C").under("a").field == "a"
    assert Violation("b", "r", "C").under("").field == "b"
    assert json_path(("a", 0, "b", 1, 2)) == "a[0].b[1][2]"
    assert json_path(("",)) == '""'


def test_refusing_names_every_violation_and_refusing_none_lets_pass() -> None:
    refuse([])

    with pytest.raises(ValidationError) as caught:
        refuse([Violation("a", "is wrong", "WRONG"), Violation("b", "is missing", "REQUIRED")])

    assert caught.value.details["fields"] == [
        {"field": "a", "reason": "is wrong", "code": "WRONG"},
        {"field": "b", "reason": "is missing", "code": "REQUIRED"},
    ]


def test_a_hundred_wrong_fields_are_named_and_the_rest_is_counted() -> None:
    with pytest.raises(ValidationError) as caught:
        refuse(Violation(f"tags.{number}", "is wrong", "WRONG") for number in range(60_000))

    error = caught.value
    assert [each["field"] for each in error.details["fields"]] == [f"tags.{number}" for number in range(100)]
    assert error.details["moreFields"] == 59_900
    assert error.message.endswith("tags.99: is wrong; and 59,900 more")


def test_a_hundred_are_all_named_and_nothing_more_is_counted() -> None:
    with pytest.raises(ValidationError) as caught:
        refuse(Violation(f"tags.{number}", "is wrong", "WRONG") for number in range(100))

    assert list(caught.value.details) == ["fields"]
    assert caught.value.message.endswith("tags.99: is wrong")


def test_of_what_a_caller_wrote_a_refusal_repeats_a_short_piece() -> None:
    with pytest.raises(ValidationError) as caught:
        refuse([Violation("n" * 1_000_000, "r" * 1_000_000, "WRONG")])

    [field] = caught.value.details["fields"]
    assert (field["field"], field["reason"]) == ("n" * 255 + "…", "r" * 999 + "…")
    assert len(caught.value.message) == 1258


def test_of_more_faults_than_can_be_listed_their_number_is_told() -> None:
    sent = {"waveNumber": 1, "addresses": ["a"] * (MOST_LISTED + 1)}
    with pytest.raises(pydantic.ValidationError) as caught:
        Inner.model_validate(sent)

    [violation] = violations_of(caught.value, sent)

    assert (violation.field, violation.code) == ("", "TOO_MANY")
    assert violation.reason == "100,001 fields or entries of it are wrong, at most 100,000 can be told apart"


def test_many_empty_lists_are_each_judged_by_what_is_in_them() -> None:
    sent = {"outer": [{"innerList": []}, {"innerList": [{"waveNumber": "x"}]}] * 20_000}
    with pytest.raises(pydantic.ValidationError) as caught:
        Lists.model_validate(sent)

    found = violations_of(caught.value, sent)

    assert len(found) == 40_000
    assert [each.field for each in found[:2]] == ["outer[0].innerList", "outer[1].innerList[0].waveNumber"]


def test_values_to_choose_from_are_named_as_they_are_written() -> None:
    sent = {"colour": "PINK", "some": ["RED"]}
    with pytest.raises(pydantic.ValidationError) as caught:
        Painted.model_validate(sent)

    assert [(each.field, each.reason, each.code) for each in violations_of(caught.value, sent)] == [
        ("colour", "input should be 'RED', 'GREEN' or 'BLUE'", "NOT_ONE_OF"),
        ("some[0]", "input should be 'GREEN' or 'BLUE'", "NOT_ONE_OF"),
    ]


class Formed(Model):
    account_id: AccountId = ""
    client_token: ClientToken | None = None
    waves: Annotated[tuple[int, ...], pydantic.Field(min_length=1, max_length=2)] = (1,)
    settings: Annotated[dict[str, int], pydantic.Field(max_length=2)] = pydantic.Field(default_factory=dict)


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"accountId": "1"}, "must be 12 digits"),
        (
            {"clientToken": "a b"},
            "must be 1 to 128 printable characters of ASCII without blanks; the API has it as header Idempotency-Key",
        ),
        ({"waves": []}, "list should have at least 1 item, not 0"),
        ({"waves": [1, 2, 3, 4, 5]}, "list should have at most 2 items, not 5"),
        ({"waves": [1, "x", 3, 4]}, "list should have at most 2 items, not 4"),
        ({"settings": {"a": 1, "b": 2, "c": 3}}, "object should have at most 2 items"),
    ],
)
def test_forms_and_lengths_are_told_in_words_for_people(sent: dict[str, Any], reason: str) -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        read_strictly(Formed, sent)

    [violation] = violations_of(caught.value, sent)
    assert violation.reason == reason


def test_one_pattern_has_one_set_of_words() -> None:
    form("^a form of this test$", "so")

    with pytest.raises(ValueError, match="is also so"):
        form("^a form of this test$", "other")
