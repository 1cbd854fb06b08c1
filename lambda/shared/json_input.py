"""JSON from outside, before anything is read from it: whole, of numbers and letters that exist, and not too deep."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NoReturn

from shared.errors import MOST_FIELDS, ValidationError
from shared.models.violation import Violation, json_path, refuse

DEEPEST: Final = 64
"""Levels of objects and lists that are read; what people send has about ten."""

MOST_VALUES: Final = 300_000
"""Values that are read, at all levels together: if each is refused, pydantic has 450 bytes of memory for it, of 512 MB
that the function has. A document of 5 MB has about 200,000."""


LONGEST_INTEGER: Final = 100
"""Digits of an integer that is read; DynamoDB stores 38, and Python takes the longer the more there are."""

GLIMPSED: Final = 16_384
"""Of a text longer than this, in characters, nothing is glimpsed."""


class _Twice(dict[str, Any]):
    """An object some of whose names its text has more than once; of them the last counts, and none is believed."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]


def parse_json(text: str, field: str) -> Any:
    """The value of a JSON text; ValidationError INVALID_JSON, INVALID_NUMBER or TOO_DEEP, which names the field
    that held it.

    A name that stands twice in one object is AMBIGUOUS, with its path: readers of JSON do not agree on which of them
    counts.
    """
    ambiguous = False

    def read(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal ambiguous
        value = dict(pairs)
        if len(value) == len(pairs):
            return value
        ambiguous = True
        return _Twice(pairs)

    try:
        value = json.loads(text, object_pairs_hook=read, parse_int=_integer, parse_constant=_no_number)
    except _TooLongError as error:
        reason = f"an integer in it has more than {LONGEST_INTEGER} digits"
        raise ValidationError.one(field, reason, "INVALID_NUMBER") from error
    except RecursionError as error:
        raise ValidationError.one(field, _TOO_DEEP, "TOO_DEEP") from error
    except ValueError as error:
        raise ValidationError.one(field, "is not JSON", "INVALID_JSON") from error
    if ambiguous:
        refuse(islice(_given_twice(value, field), MOST_FIELDS + 1))
        # Too deep, or behind too many values or a name that is no text: there is no path to show.
        raise ValidationError.one(field, "a name in it is given twice in one object", "AMBIGUOUS")
    return value


def _given_twice(whole: Any, field: str) -> Iterator[Violation]:
    for path, value in islice(_values(whole), MOST_VALUES):
        for name in filter(_is_text, value.twice) if isinstance(value, _Twice) else ():
            yield Violation(json_path([*path, name]) or field, "is given twice in one object", "AMBIGUOUS")


def glimpse(value: Any) -> Iterable[tuple[str, Any]]:
    """The fields at the top of an object or of the small JSON text of one; none of what cannot be read, which is the
    business of whoever reads it."""
    if isinstance(value, str) and len(value) <= GLIMPSED:
        try:
            value = parse_json(value, "")
        except ValidationError:
            return ()
    return value.items() if isinstance(value, Mapping) else ()


def check_json(value: Any, field: str) -> None:
    """Refuse what no JSON text can say, and what is deeper or more than is read, with its path; ValidationError.

    Beyond the fields that an error names the search goes no further.
    """
    refuse(islice(_violations(value, field), MOST_FIELDS + 1))


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
    for number, (path, value) in enumerate(_values(whole)):
        if number == MOST_VALUES:
            yield Violation(field, f"holds {_count(whole):,} values, at most {MOST_VALUES:,} are read", "TOO_MANY")
            return
        broken = _broken(value, len(path))
        if broken is not None:
            yield Violation(json_path(path) or field, *broken)
        elif isinstance(value, Mapping) and not all(map(_is_text, value)):
            yield Violation(json_path(path) or field, "a name in it is no Unicode text", "INVALID_TEXT")


def _count(whole: Any) -> int:
    """How many values there are at all levels together, however deep; level by level, which is quick."""
    count, level = 1, [whole]
    while level:
        below = [value for each in level for value in (each.values() if isinstance(each, dict) else each)]
        count += len(below)
        level = [value for value in below if isinstance(value, dict | list)]
    return count


def _values(whole: Any) -> Iterator[tuple[Sequence[str | int], Any]]:
    """Every value that is read with the names and positions that lead to it, which hold only until the next one."""
    path: list[str | int] = []
    yield path, whole
    levels = [_entries(whole)]
    while levels:
        entry = next(levels[-1], None)
        del path[len(levels) - 1 :]
        if entry is None:
            levels.pop()
            continue
        path.append(entry[0])
        yield path, entry[1]
        if len(levels) < DEEPEST:
            levels.append(_entries(entry[1]))


def _entries(value: Any) -> Iterator[tuple[str | int, Any]]:
    """What lies directly in a value, with its name or position; nothing in one that is no object or list."""
    if isinstance(value, Mapping):
        return ((name, below) for name, below in value.items() if _is_text(name))
    return enumerate(value) if isinstance(value, list) else iter(())


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


class _TooLongError(ValueError):
    """An integer of more digits than any field has."""


def _integer(literal: str) -> int:
    if len(literal.removeprefix("-")) > LONGEST_INTEGER:
        raise _TooLongError(f"{len(literal)} digits")
    return int(literal)


def _no_number(_literal: str) -> NoReturn:
    raise ValueError("no number")
