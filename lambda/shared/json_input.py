"""JSON from outside, before anything is read from it: whole, of numbers and letters that exist, and not too deep."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final, NoReturn

from shared.errors import ValidationError
from shared.models.violation import Violation, json_path, refuse

DEEPEST: Final = 64
"""Levels of objects and lists that are read; what people send has about ten."""

_Location = tuple[str | int, ...]


def parse_json(text: str, field: str) -> Any:
    """The value of a JSON text; ValidationError INVALID_JSON or TOO_DEEP, which names the field that held it."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError as error:
        raise ValidationError.one(field, _TOO_DEEP, "TOO_DEEP") from error
    except ValueError as error:
        raise ValidationError.one(field, "is not JSON", "INVALID_JSON") from error


def check_json(value: Any, field: str) -> None:
    """Refuse what no JSON text can say, and what is deeper than is read, with the path of each; ValidationError."""
    refuse(_violations(value, field))


def merged(*objects: Mapping[str, Any]) -> dict[str, Any]:
    """One object of them all; ValidationError AMBIGUOUS for a name that two give different values."""
    found: dict[str, Any] = {}
    for each in objects:
        for name, value in each.items():
            if name in found and found[name] != value:
                raise ValidationError.one(name, "is given twice with different values", "AMBIGUOUS")
            found[name] = value
    return found


def _violations(whole: Any, field: str) -> Iterator[Violation]:
    waiting: list[tuple[_Location, Any]] = [((), whole)]
    while waiting:
        location, value = waiting.pop()
        broken = _broken(value, len(location))
        if broken is not None:
            yield Violation(json_path(location) or field, *broken)
        elif isinstance(value, Mapping):
            for name, below in value.items():
                if _is_text(name):
                    waiting.append(((*location, name), below))
                else:
                    yield Violation(json_path(location) or field, "a name in it is no Unicode text", "INVALID_TEXT")
        elif isinstance(value, list):
            waiting += (((*location, position), below) for position, below in enumerate(value))


_TOO_DEEP: Final = f"has more than {DEEPEST} levels"


def _broken(value: Any, depth: int) -> tuple[str, str] | None:
    """Reason and code of what is wrong with the value itself."""
    if isinstance(value, (Mapping, list)):
        return (_TOO_DEEP, "TOO_DEEP") if depth >= DEEPEST else None
    if isinstance(value, str) and not _is_text(value):
        return "is no Unicode text", "INVALID_TEXT"
    if isinstance(value, float) and not math.isfinite(value):
        return "is no number", "INVALID_NUMBER"
    return None


def _is_text(value: Any) -> bool:
    """Whether it is text of whole letters: half a surrogate pair is none, and no table takes it."""
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


def _no_number(_literal: str) -> NoReturn:
    raise ValueError("no number")
