"""Instants as text: in time order whatever the year, and refused by name in years that nobody means."""

from datetime import UTC, datetime

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.models.base import Instant, Model, format_instant, read_strictly
from shared.models.violation import violations_of


class Asked(Model):
    """A request with an instant."""

    at: Instant


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_the_order_of_the_texts_is_the_order_of_the_instants(one: datetime, other: datetime) -> None:
    first, second = sorted((one, other))

    assert format_instant(first) <= format_instant(second)
    assert len(format_instant(first)) == len("2026-01-01T00:00:00.000Z")


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "0999-12-31T23:59:59.999Z", "9999-12-31T23:59:59-00:01"])
def test_an_instant_of_a_year_that_nobody_means_is_refused_by_name(text: str) -> None:
    sent = {"at": text}
    with pytest.raises(pydantic.ValidationError) as caught:
        read_strictly(Asked, sent)

    assert [(each.field, each.code) for each in violations_of(caught.value, sent)] == [("at", "OUT_OF_RANGE")]


@pytest.mark.parametrize(
    "value",
    [
        "0.5",
        "1790000000",
        "2026-01-31",
        "2026-01-31T06:30:00",
        "2026-02-30T06:30:00Z",
        "2026-01-31T24:30:00Z",
        "soon",
        "",
    ],
)
def test_a_text_that_is_no_instant_is_refused_and_no_number_is_taken_for_seconds(value: str) -> None:
    sent = {"at": value}
    with pytest.raises(pydantic.ValidationError) as caught:
        read_strictly(Asked, sent)

    assert [(each.field, each.code) for each in violations_of(caught.value, sent)] == [("at", "WRONG_FORMAT")]


@pytest.mark.parametrize("value", [0, 1790000000.5, True, [], {}])
def test_what_is_no_text_is_no_instant(value: object) -> None:
    sent = {"at": value}
    with pytest.raises(pydantic.ValidationError) as caught:
        read_strictly(Asked, sent)

    assert [(each.field, each.code) for each in violations_of(caught.value, sent)] == [("at", "WRONG_TYPE")]


@pytest.mark.parametrize(
    "text", ["2026-01-31T06:30:00.1234567Z", "2026-01-31t06:30:00.123z", "2026-01-31 08:30:00.123+02:00"]
)
def test_instants_are_read_as_rfc_3339_lets_them_be_written(text: str) -> None:
    assert format_instant(read_strictly(Asked, {"at": text}).at) == "2026-01-31T06:30:00.123Z"
