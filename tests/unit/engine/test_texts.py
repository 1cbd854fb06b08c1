"""How a sentence names many things: the first, and how many more there are."""

from __future__ import annotations

import pytest

from shared.engine.texts import TOLD, first_few

LETTERS = "abcdefgh"


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, ""), (1, "A"), (TOLD, "A; B; C"), (TOLD + 1, "A; B; C; and 1 more"), (8, "A; B; C; and 5 more")],
)
def test_the_first_few_are_named_and_the_others_counted(count: int, told: str) -> None:
    assert first_few(LETTERS[:count], str.upper) == told


def test_between_commas_the_count_stands_without_one_and_may_say_more() -> None:
    assert first_few(LETTERS, str, most=2, apart=", ", rest="more did not complete") == (
        "a, b and 6 more did not complete"
    )


def test_what_is_left_out_is_not_put_into_words() -> None:
    asked: list[str] = []

    def told(letter: str) -> str:
        asked.append(letter)
        return letter

    first_few(LETTERS, told)

    assert asked == ["a", "b", "c"]
