"""A page token goes back to the list and filters that gave it, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import ValidationError
from shared.stores.page_token import decode, encode, number_of

starts = st.dictionaries(st.text(min_size=1, max_size=8), st.text(min_size=1, max_size=12), max_size=4)
filters = st.dictionaries(st.text(max_size=8), st.none() | st.text(max_size=8) | st.integers() | st.booleans())


@given(st.text(), filters, starts)
def test_a_token_tells_where_to_go_on(list_name: str, given_filters: dict[str, object], start: dict[str, str]) -> None:
    assert decode(encode(list_name, given_filters, start), list_name, given_filters, start) == start


@given(filters, filters, starts)
def test_a_token_of_other_filters_is_refused(
    mine: dict[str, object], others: dict[str, object], start: dict[str, str]
) -> None:
    token = encode("list", mine, start)

    if sorted(map(repr, mine.items())) != sorted(map(repr, others.items())):
        with pytest.raises(ValidationError):
            decode(token, "list", others, start)
    with pytest.raises(ValidationError):
        decode(token, "other list", mine, start)


@given(st.text() | st.text(alphabet="ABCabc012-_="))
def test_anything_else_is_refused_with_the_name_of_the_field(token: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        decode(token, "list", {}, set())

    assert refusal.value.details["fields"][0]["field"] == "nextToken"


@pytest.mark.parametrize("token", ["e30", "W10", "bnVsbA", "eyJzdGFydCI6W119", "eyJzdGFydCI6eyJhIjoxfX0"])
def test_json_that_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(ValidationError):
        decode(token, "list", {}, set())


@pytest.mark.parametrize("start", [{}, {"b": "1"}, {"a": "1", "b": "1", "c": "1"}])
def test_a_token_that_says_less_or_more_than_the_list_reads_is_refused(start: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        decode(encode("list", {}, start), "list", {}, {"a"}, maybe={"b"})

    assert decode(encode("list", {}, {"a": "1"}), "list", {}, {"a"}, maybe={"b"}) == {"a": "1"}


@pytest.mark.parametrize("text", ["", "-1", "1.0", " 1", "\u0663", "1" * 10])
def test_a_text_that_is_no_number_from_zero_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        number_of(text)

    assert number_of("012") == 12
