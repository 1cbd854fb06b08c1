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
    with pytest.raises(pydantic.ValidationError) as caught:
        read_strictly(Asked, {"at": text})

    assert [(each.field, each.code) for each in violations_of(caught.value)] == [("at", "OUT_OF_RANGE")]
