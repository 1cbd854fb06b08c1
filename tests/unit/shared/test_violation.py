"""How broken rules of shape are named: a path, a reason without the value, a code."""

import pydantic
import pytest

from shared.errors import ValidationError
from shared.models.base import Model
from shared.models.violation import Violation, json_path, refuse, violations_of


class Inner(Model):
    wave_number: int
    addresses: tuple[pydantic.IPvAnyAddress, ...] = ()


class Outer(Model):
    inner_list: tuple[Inner, ...] = pydantic.Field(min_length=1)
    short: str = pydantic.Field(default="", max_length=3)


def test_every_fault_has_its_json_path_and_a_code_and_never_the_value() -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        Outer.model_validate({"innerList": [{"waveNumber": "secret"}, {"extra": 1}], "short": "secret"})

    found = violations_of(caught.value)

    assert {(each.field, each.code) for each in found} == {
        ("innerList[0].waveNumber", "WRONG_TYPE"),
        ("innerList[1].waveNumber", "REQUIRED"),
        ("innerList[1].extra", "UNKNOWN_FIELD"),
        ("short", "OUT_OF_RANGE"),
    }
    assert "secret" not in str(found)


def test_an_empty_list_is_too_short_where_nothing_in_it_was_refused() -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        Outer.model_validate({"innerList": []})

    [violation] = violations_of(caught.value)

    assert (violation.field, violation.code) == ("innerList", "OUT_OF_RANGE")
    assert "list" in violation.reason


def test_a_violation_can_be_told_of_a_larger_object() -> None:
    assert Violation("b", "r", "C").under("a[0]").field == "a[0].b"
    assert Violation("[1]", "r", "C").under("a").field == "a[1]"
    assert Violation("", "r", "C").under("a").field == "a"
    assert Violation("b", "r", "C").under("").field == "b"
    assert json_path(("a", 0, "b", 1, 2)) == "a[0].b[1][2]"


def test_refusing_names_every_violation_and_refusing_none_lets_pass() -> None:
    refuse([])

    with pytest.raises(ValidationError) as caught:
        refuse([Violation("a", "is wrong", "WRONG"), Violation("b", "is missing", "REQUIRED")])

    assert caught.value.details["fields"] == [
        {"field": "a", "reason": "is wrong", "code": "WRONG"},
        {"field": "b", "reason": "is missing", "code": "REQUIRED"},
    ]
