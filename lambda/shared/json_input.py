"""JSON from outside, before anything is read from it: whole, of numbers and letters that exist, and not too deep."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, NoReturn, Protocol, TypeVar

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


class _Wrong(Protocol):
    @property
    def field(self) -> str: ...

    @property
    def code(self) -> str: ...


W = TypeVar("W", bound=_Wrong)

UNREADABLE: Final = math.nan
"""Stands where something is refused: hardly a field takes it, and well_formed counts it as taken out where one does."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The fields of a request, with UNREADABLE at the `places` of what no reader takes; `refused` says why."""

    fields: Mapping[str, Any]
    refused: Sequence[Violation] = ()
    places: frozenset[str] = frozenset()

    def apart_from(self, ambiguous: Mapping[str, Violation]) -> "Sent":
        """The same without these fields, which nobody believes for these reasons."""
        return Sent(
            {**self.fields, **dict.fromkeys(ambiguous, UNREADABLE)},
            [*self.refused, *ambiguous.values()],
            self.places | {json_path([name]) for name in ambiguous},
        )

    def beside(self, wrong: Iterable[W]) -> Iterator[W]:
        """What else is wrong: nothing about UNREADABLE itself, but that there is no field where it stands."""
        named = {each.field for each in self.refused}
        for each in wrong:
            if each.field not in self.places or (each.code == "UNKNOWN_FIELD" and each.field in named):
                yield each


class _Twice(dict[str, Any]):
    """An object some of whose names its text has more than once; of them the last counts, and none is believed."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]


def parse_json(text: str, field: str) -> Any:
    """The value of a JSON text, of which `readable` must tell what can be read; ValidationError INVALID_JSON or
    TOO_DEEP, which names the field that held it."""
    try:
        return json.loads(text, object_pairs_hook=_object, parse_int=integer, parse_constant=_no_number)
    except RecursionError as error:
        raise ValidationError.one(field, _TOO_DEEP, "TOO_DEEP") from error
    except ValueError as error:
        raise ValidationError.one(field, "is not JSON", "INVALID_JSON") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    return value if len(value) == len(pairs) else _Twice(pairs)


def glimpse(value: Any) -> Iterable[tuple[str, Any]]:
    """The fields at the top of an object or of the small JSON text of one; none of what cannot be read, which is the
    business of whoever reads it."""
    if isinstance(value, str) and len(value) <= GLIMPSED:
        try:
            value = parse_json(value, "")
        except ValidationError:
            return ()
    twice = value.twice if isinstance(value, _Twice) else ()
    return ((name, below) for name, below in value.items() if name not in twice) if isinstance(value, Mapping) else ()


def check_json(value: Any, field: str) -> None:
    """Refuse what no JSON text can say or has twice, and what is deeper or more than is read, with its path;
    ValidationError.

    Beyond the fields that an error names the search goes no further.
    """
    refuse(violation for violation, _ in islice(_faults(value, field), MOST_FIELDS + 1))


def readable(fields: Mapping[str, Any], field: str) -> Sent:
    """What can be read of an object, which `field` held, and what check_json would refuse."""
    found = list(islice(_faults(fields, field), MOST_FIELDS + 1))
    if not found:
        return Sent(fields)
    left: Any = fields
    places = [place for _, several in found for place in several]
    for place in places:
        left = _without(left, place)
    paths = frozenset(json_path([*place[:-1], _as_text(place[-1])]) for place in places)
    return Sent(left, [violation for violation, _ in found], paths)


def merged(*reads: Callable[[], Sent]) -> Sent:
    """One request of all that is read; a name that two give different values is AMBIGUOUS, and neither is believed.

    ValidationError if one cannot be read at all, or more is refused than an error names: with what else is refused.
    """
    whole, differ, unread = Sent({}), dict[str, Violation](), list[Mapping[str, str]]()
    for read in reads:
        try:
            sent = read()
        except ValidationError as error:
            unread += error.details["fields"]
            continue
        for name, value in sent.fields.items():
            if not same(whole.fields.get(name, value), value):
                differ[name] = Violation(json_path([name]), "is given twice with different values", "AMBIGUOUS")
        whole = Sent({**whole.fields, **sent.fields}, [*whole.refused, *sent.refused], whole.places | sent.places)
    whole = Sent(whole.fields, list(dict.fromkeys(whole.refused)), whole.places).apart_from(differ)
    if unread or len(whole.refused) > MOST_FIELDS:
        raise ValidationError.of([*(each.wire() for each in whole.refused), *unread])
    return whole


def same(one: Any, other: Any) -> bool:
    """Whether both say the same; UNREADABLE is itself."""
    return one is other or bool(one == other)


_Place = Sequence[str | int]
_HALF_A_PAIR: Final = re.compile(r"[\ud800-\udfff]")


def _faults(whole: Any, field: str) -> Iterator[tuple[Violation, Sequence[_Place]]]:
    """What is refused, and where it stands: nothing, if it is more than is read."""
    for number, (path, value) in enumerate(_values(whole)):
        if number == MOST_VALUES:
            reason = f"holds {_count(whole):,} values, at most {MOST_VALUES:,} are read"
            raise ValidationError.one(field, reason, "TOO_MANY")
        broken = _broken(value, len(path))
        if broken is not None:
            yield Violation(json_path(path) or field, *broken), [tuple(path)]
        elif isinstance(value, Mapping):
            nameless = [(*path, name) for name in value if not _is_text(name)]
            if nameless:
                yield Violation(json_path(path) or field, "a name in it is no Unicode text", "INVALID_TEXT"), nameless
            for name in filter(_is_text, value.twice) if isinstance(value, _Twice) else ():
                place = (*path, name)
                yield Violation(json_path(place), "is given twice in one object", "AMBIGUOUS"), [place]


def _without(value: Any, place: _Place) -> Any:
    """The value with UNREADABLE at the place, which is below nothing else that is refused if it is still there."""
    if not place:
        return UNREADABLE
    if not isinstance(value, Mapping | list):
        return value
    step, below = place[0], place[1:]
    left: Any = list(value) if isinstance(value, list) else dict(value)
    put = _without(left.pop(step) if _as_text(step) != step else left[step], below)
    left[_as_text(step)] = put
    return left


def _as_text(step: Any) -> Any:
    """A name that is none made one."""
    return _HALF_A_PAIR.sub("\ufffd", step) if isinstance(step, str) else step


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
_TOO_LONG: Final = 10**LONGEST_INTEGER
"""The first integer that is not read; stands for all beyond it."""


def _broken(value: Any, depth: int) -> tuple[str, str] | None:
    """Reason and code of what is wrong with the value itself."""
    if isinstance(value, (Mapping, list)):
        return (_TOO_DEEP, "TOO_DEEP") if depth >= DEEPEST else None
    if isinstance(value, str) and not _is_text(value):
        return "is no Unicode text", "INVALID_TEXT"
    if isinstance(value, float) and not math.isfinite(value):
        return "is no number", "INVALID_NUMBER"
    if isinstance(value, int) and abs(value) >= _TOO_LONG:
        return f"is an integer of more than {LONGEST_INTEGER} digits", "INVALID_NUMBER"
    return None


def _is_text(value: Any) -> bool:
    """Whether it is text of whole letters: half a surrogate pair is none, and no table takes it."""
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


def integer(literal: str) -> int:
    """The integer of so many digits as are read; of more one that is refused."""
    return int(literal) if len(literal.removeprefix("-")) <= LONGEST_INTEGER else _TOO_LONG


def _no_number(_literal: str) -> NoReturn:
    raise ValueError("no number")
