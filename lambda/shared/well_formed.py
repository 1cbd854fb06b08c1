"""What of a request is well-formed, element by element, so that its other rules can be judged whatever is wrong.

A refused value is taken out, with the smallest thing around it that cannot do without it, or a stand-in is put there.
What is left is read, and what its rules say is told by the positions of the request.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, Generic, TypeVar

import pydantic
from pydantic_core import ErrorDetails

from shared.json_input import UNREADABLE
from shared.models.violation import MOST_LISTED, Violation, json_path, lowest, violation_at

M = TypeVar("M")

RestsOn = Mapping[str, Iterable[str]]
"""By the code of a rule the paths on which it rests beside the field that it names.

`[*]` is any position, `[=]` the first one in the path of the field; one that ends with `…` means all below it too,
and `=…` all below the field.
"""

WHATEVER: Final = "*"
"""Among the paths of a rule: it holds whatever its field says, also what is refused there."""

OUT: Final = object()
"""In place of a stand-in: of that nothing is left if anything in it is refused."""

_Place = tuple[str | int, ...]

_POSITION: Final = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class WellFormed(Generic[M]):
    """What could be read of a request.

    `gone` are the paths of all that was taken out or stood in for, or that no reader takes; but not of unknown fields,
    whose names may be any text. `touched` are these and all that is around them. Both have them also with `[*]` for
    each position. `kept` are the positions that the elements of a list have in the request, by the path of the list in
    what was read, where some were taken out. `refused` is what the model only then said: it looks at no element of a
    list that is too long, and at no whole of which a part is wrong.
    """

    read: M
    gone: frozenset[str]
    touched: frozenset[str]
    kept: Mapping[str, tuple[int, ...]]
    refused: tuple[Violation, ...] = ()

    def lacks(self, path: str) -> bool:
        """Whether that (RestsOn) was taken out or stood in for, by itself or with what is around it."""
        below = path.endswith("…")
        path = path.removesuffix("…")
        around = (path[: step.start()] for step in re.finditer(r"[.\[]", path))
        return path in (self.touched if below else self.gone) or any(each in self.gone for each in around)

    def certain(self, violations: Iterable[Violation], rests_on: RestsOn) -> Iterator[Violation]:
        """Those that stand whatever becomes of what was refused, by the positions of the request."""
        for each in violations:
            sent = each.at(self.as_sent)
            rests = rests_on.get(each.code, ())
            own = () if WHATEVER in rests else (sent.field,)
            paths = (_of_field(path, sent.field) for path in rests if path != WHATEVER)
            if not any(map(self.lacks, (*own, *paths))):
                yield sent

    def as_sent(self, path: str) -> str:
        """The path with the positions of the request."""
        if not self.kept:
            return path
        sent, walked = "", ""
        for piece in re.split(r"(\[\d{1,9}\])", path):
            kept = self.kept.get(walked, ()) if piece.startswith("[") else ()
            position = int(piece[1:-1]) if kept else 0
            sent += f"[{kept[position]}]" if position < len(kept) else piece
            walked += piece
        return sent


def whole(read: M) -> WellFormed[M]:
    """A request in which nothing is refused."""
    return WellFormed(read, frozenset(), frozenset(), {})


def well_formed(
    read: Callable[[Mapping[str, Any]], M], request: Mapping[str, Any], stand_ins: Mapping[str, Any]
) -> WellFormed[M] | None:
    """The request without what its model refuses; None if nothing of it can be read.

    `read` raises pydantic's ValidationError. `stand_ins` are put in for what is refused or missing at their paths, in
    which `[*]` is any position; where one is OUT, all of that is taken out if anything in it is refused.
    """
    reading = _Reading(request, stand_ins)
    while True:
        try:
            found = read(reading.left)
        except pydantic.ValidationError as error:
            if error.error_count() > MOST_LISTED or not reading.take_out(error):
                return None
        else:
            gone = reading.gone | set(reading.unread())
            around = {place[:depth] for place in gone for depth in range(1, len(place) + 1)}
            return WellFormed(found, _paths(gone), _paths(around), reading.kept, tuple(reading.refused))


@dataclass(frozen=True, slots=True)
class _Stands:
    """A value that stands where something was refused or missing in an object."""

    value: Any


class _Out(Enum):
    """Why nothing is left of what is there."""

    REFUSED = auto()
    UNKNOWN = auto()


class _Cuts(dict[str | int, "_Cuts | _Stands | _Out"]):
    """What is cut out of an object or a list, by its steps; of a list that is too long also all beyond the `most`."""

    most: int | None = None


class _Reading:
    """A request that loses what is refused of it, step by step; places are those of the request itself."""

    def __init__(self, request: Mapping[str, Any], stand_ins: Mapping[str, Any]) -> None:
        self._request = request
        self._stand_ins = {path: _Stands(value) for path, value in stand_ins.items() if value is not OUT}
        self._atoms = {path for path, value in stand_ins.items() if value is OUT}
        self._cuts = _Cuts()
        self.gone: set[_Place] = set()
        self.kept: dict[str, tuple[int, ...]] = {}
        self.left: Mapping[str, Any] = request
        self.refused: list[Violation] = []

    def unread(self) -> Iterator[_Place]:
        """Where nobody has read what stands there, also where the model takes any value; not below unknown fields."""
        for place in _unreadable(self._request, ()):
            cuts: Any = self._cuts
            for step in place:
                cuts = cuts.get(step) if isinstance(cuts, _Cuts) else cuts
            if cuts is not _Out.UNKNOWN:
                yield place

    def take_out(self, error: pydantic.ValidationError) -> bool:
        """Take out what the error names; whether anything is otherwise now."""
        before, is_first = self.left, self.left is self._request
        entries = list(lowest(error.errors(include_url=False, include_input=False)))
        places = [self._place_of(entry["loc"]) for entry in entries]
        if not is_first:
            told = zip(places, entries, strict=True)
            self.refused += [
                violation_at((*place, *_missing(place, entry)), entry, before)
                for place, entry in told
                if self._is_of_the_request(place, entry)
            ]
        for place, entry in zip(places, entries, strict=True):
            self._take_out(place, entry)
        self.kept.clear()
        self.left = self._without(self._request, self._cuts, (), ()) or {}
        return self.left != before

    def _take_out(self, place: _Place, entry: ErrorDetails) -> None:
        if entry["type"] == "extra_forbidden":
            self._cut(place, _Out.UNKNOWN)
            return
        most = entry.get("ctx", {}).get("max_length")
        whole = self._all_of(place)
        if entry["type"] == "too_long" and whole == place and most and isinstance(self._at(place), list):
            self._cuts_at(place).most = most
            self.gone.add((*place, most))
            return
        missing = _missing(place, entry)
        stand_in = self._stand_ins.get(_any_position(json_path((*whole, *missing))))
        place = whole if stand_in is None else (*whole, *missing)
        self._cut(place, stand_in or _Out.REFUSED)
        self.gone.add(place or entry["loc"][:1])

    def _is_of_the_request(self, place: _Place, entry: ErrorDetails) -> bool:
        """Whether the model would refuse that too if nothing had been taken out of the request, or stood in for."""
        location = (*place, *entry["loc"][len(place) :])
        if not self.gone.isdisjoint(location[:depth] for depth in range(1, len(location) + 1)):
            return False
        if entry["type"] == "missing":
            # what was taken out may have been it, by another of its names
            return not self._cuts_at(place)
        return entry["type"] != "too_short" or len(self._at(place)) == entry.get("ctx", {}).get("actual_length")

    def _place_of(self, location: _Place) -> _Place:
        """Where that is in the request, or else what is there and next around it."""
        value: Any = self.left
        place: _Place = ()
        for depth, step in enumerate(location):
            if not _has(value, step):
                break
            kept = self.kept.get(json_path(location[:depth]))
            place = (*place, step if kept is None else kept[int(step)])
            value = value[step]
        return place

    def _all_of(self, place: _Place) -> _Place:
        around = (place[:depth] for depth in range(1, len(place)))
        return next((each for each in around if _any_position(json_path(each)) in self._atoms), place)

    def _at(self, place: _Place) -> Any:
        value: Any = self._request
        for step in place:
            value = value[step]
        return value

    def _cut(self, place: _Place, cut: _Stands | _Out) -> None:
        if place:
            self._cuts_at(place[:-1])[place[-1]] = cut

    def _cuts_at(self, place: _Place) -> _Cuts:
        cuts = self._cuts
        for step in place:
            below = cuts.setdefault(step, _Cuts())
            if not isinstance(below, _Cuts):
                return _Cuts()  # of something that is out as a whole
            cuts = below
        return cuts

    def _without(self, value: Any, cuts: _Cuts, place: _Place, left_at: _Place) -> Any:
        """What is left of an object or a list; None if that is nothing, and more than unknown fields was taken out."""
        is_list = isinstance(value, list)
        left: dict[Any, Any] = {}
        for step, each in enumerate(value[: cuts.most]) if is_list else value.items():
            cut = cuts.get(step)
            if cut is None:
                left[step] = each
            elif isinstance(cut, _Cuts):
                below = self._without(each, cut, (*place, step), (*left_at, len(left) if is_list else step))
                if below is None:
                    self.gone.add((*place, step))
                else:
                    left[step] = below
        if is_list:
            self.kept[json_path(left_at)] = tuple(left)
            return list(left.values()) or None
        left |= {step: cut.value for step, cut in cuts.items() if isinstance(cut, _Stands)}
        return left if left or all(cut is _Out.UNKNOWN for cut in cuts.values()) else None


def _unreadable(value: Any, place: _Place) -> Iterator[_Place]:
    for step, each in enumerate(value) if isinstance(value, list) else value.items():
        if each is UNREADABLE:
            yield (*place, step)
        elif isinstance(each, list | Mapping):
            yield from _unreadable(each, (*place, step))


def _missing(place: _Place, entry: ErrorDetails) -> _Place:
    return entry["loc"][len(place) : len(place) + 1] if entry["type"] == "missing" else ()


def _has(value: Any, step: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(step, int) and step < len(value)
    return isinstance(value, dict) and step in value


def _of_field(path: str, field: str) -> str:
    """The path on which the rule about this field rests."""
    if path == "=…":
        return f"{field}…"
    position = _POSITION.search(field)
    return path.replace("[=]", position[0] if position else "")


def _any_position(path: str) -> str:
    return _POSITION.sub("[*]", path)


def _paths(places: Iterable[_Place]) -> frozenset[str]:
    paths = {json_path(place) for place in places}
    return frozenset(paths | {_any_position(path) for path in paths})
