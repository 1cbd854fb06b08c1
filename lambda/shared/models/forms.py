"""The forms that texts must have, each with words for people: nobody should have to read a regular expression."""

import re
from typing import Final

from pydantic import StringConstraints

_WORDS: Final[dict[str, str]] = {}

_REFUSED: Final = re.compile(r"String should match pattern '(?P<pattern>.*)'", re.DOTALL)
"""How pydantic says that a text has not its form."""


def form(
    pattern: str,
    words: str,
    *,
    min_length: int | None = None,
    max_length: int | None = None,
    strip_whitespace: bool | None = None,
) -> StringConstraints:
    """The constraint of a text to a pattern, in words that end the sentence "must be …".

    ValueError if the pattern has other words already.
    """
    if _WORDS.setdefault(pattern, words) != words:
        raise ValueError(f"{pattern} is also {_WORDS[pattern]}")
    return StringConstraints(
        pattern=pattern, min_length=min_length, max_length=max_length, strip_whitespace=strip_whitespace
    )


def in_words(message: str) -> str:
    """What pydantic says of a text that has not its form, in the form's own words if it has any."""
    found = _REFUSED.fullmatch(message)
    words = _WORDS.get(found["pattern"]) if found else None
    return message if words is None else f"must be {words}"


def has_words(pattern: str) -> bool:
    """Whether a pattern is one of a form."""
    return pattern in _WORDS
