"""One broken rule of the input: where, why, and a word for programs."""

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final, TypeVar

import pydantic
from pydantic_core import ErrorDetails

from shared.errors import DrsOrchestrationError, ValidationError
from shared.models.forms import in_words

W = TypeVar("W")

_CODES: Final = {
    "extra_forbidden": "UNKNOWN_FIELD",
    "missing": "REQUIRED",
    "string_pattern_mismatch": "WRONG_FORMAT",
    "datetime_parsing": "WRONG_FORMAT",
    "ip_v4_address": "INVALID_IP_FORMAT",
    "enum": "NOT_ONE_OF",
    "literal_error": "NOT_ONE_OF",
    "string_too_short": "OUT_OF_RANGE",
    "string_too_long": "OUT_OF_RANGE",
    "too_short": "OUT_OF_RANGE",
    "too_long": "OUT_OF_RANGE",
    "greater_than_equal": "OUT_OF_RANGE",
    "less_than_equal": "OUT_OF_RANGE",
}
"""pydantic's words for what our models can refuse; its many words for a wrong type end in _type or _parsing."""

MOST_LISTED: Final = 100_000
"""So many refusals pydantic is asked to list, which it can do only of all at once, in 500 bytes of memory each."""

_NAME: Final = "[key]"
"""How pydantic ends the location of a name that is refused; a name is text, so that no other type is refused of it."""

_MEMBER: Final = re.compile(r"<\w+\.\w+: (?P<value>'[^']*')>")
"""How pydantic names a member of an enum among the values of a literal; people write the value."""


_OBJECT: Final = re.compile(r"a valid dictionary( or instance of \w+)?")
"""How pydantic asks for an object in a value that Python has read already; its words for JSON are `an object`."""

_COUNTED: Final = re.compile(r" after validation(?P<count>, not \d+)?(, not more)?$")
"""How pydantic ends a sentence on the length of a list, which it tells where nothing in it was refused; of an object it
has not counted how many entries there are."""


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """A broken rule; `field` is the JSON path below the request, such as `waves[1].dependsOnWaves[0]`.

    Of a rule that two places break together `other` is the path of the other one, which the reason names last.
    """

    field: str
    reason: str
    code: str
    other: str | None = dataclasses.field(default=None, compare=False, kw_only=True)

    def under(self, path: str) -> "Violation":
        """The same violation, of an object that lies at `path` of a larger one."""
        separator = "." if self.field and path and not self.field.startswith("[") else ""
        return replace(self, field=f"{path}{separator}{self.field}")

    def at(self, sent: Callable[[str], str]) -> "Violation":
        """The same violation by the paths that these have as they were `sent`."""
        if self.other is None:
            return replace(self, field=sent(self.field))
        before, _, after = self.reason.rpartition(self.other)
        other = sent(self.other)
        return replace(self, field=sent(self.field), reason=f"{before}{other}{after}", other=other)

    def wire(self) -> dict[str, str]:
        """The entry of `details.fields`."""
        return {"field": self.field, "reason": self.reason, "code": self.code}


def refuse(violations: Iterable[Violation]) -> None:
    """Raises one ValidationError for all violations, as ValidationError.of tells them; returns if there is none."""
    found = iter(violations)
    first = next(found, None)
    if first is not None:
        raise ValidationError.of(violation.wire() for violation in chain((first,), found))


def found_by(rule: Callable[[], Iterable[W] | None]) -> list[W | Violation]:
    """What a rule yields or raises as ValidationError; nothing more of what is not there, or cannot be read now."""
    found: list[W | Violation] = []
    try:
        for each in rule() or ():
            found.append(each)
    except ValidationError as error:
        found += [Violation(**each) for each in error.details["fields"]]
    except DrsOrchestrationError:
        # the request is refused anyway; whoever mends it is told of this
        pass
    return found


def json_path(location: Iterable[str | int]) -> str:
    """The JSON path of a location: names joined by dots, positions in brackets; an empty name at the top is `""`."""
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if path else step or '""'
    return path


def violations_of(error: pydantic.ValidationError, sent: Any) -> tuple[Violation, ...]:
    """Everything that a model refused, without the refused values; of more than MOST_LISTED only how many there are.

    In what was `sent` it is seen whether a value that is none of an enum's is of another JSON type than they.
    """
    count = error.error_count()
    if count > MOST_LISTED:
        reason = f"{count:,} fields or entries of it are wrong, at most {MOST_LISTED:,} can be told apart"
        return (Violation("", reason, "TOO_MANY"),)
    entries = error.errors(include_url=False, include_context=False, include_input=False)
    return tuple(violation_at(_place_of(entry), entry, sent) for entry in lowest(entries))


def violation_at(location: Iterable[str | int], entry: ErrorDetails, sent: Any) -> Violation:
    """What pydantic refused of what was `sent`, of what is there in the request."""
    return Violation(json_path(location), _reason(entry["type"], entry["msg"]), _code(_kind(entry, sent)))


def _place_of(entry: ErrorDetails) -> tuple[str | int, ...]:
    """Where in the request that is: of a name that is refused pydantic says so in a step after it."""
    place, kind = entry["loc"], entry["type"]
    is_name = len(place) > 1 and place[-1] == _NAME and kind.startswith("string_") and kind != "string_type"
    return place[:-1] if is_name else place


def _kind(entry: ErrorDetails, sent: Any) -> str:
    """pydantic's word for what was refused, or for a wrong type where it has one word for both."""
    if entry["type"] not in ("enum", "literal_error"):
        return entry["type"]
    for step in entry["loc"]:
        try:
            sent = sent[step]
        except (TypeError, LookupError):
            return entry["type"]
    return entry["type"] if isinstance(sent, str) else "string_type"


def lowest(entries: Sequence[ErrorDetails]) -> Iterator[ErrorDetails]:
    """All but those of what holds something refused: pydantic then also counts a list itself as too short."""
    above = {each["loc"][:depth] for each in entries for depth in range(len(each["loc"]))}
    return (entry for entry in entries if not (entry["type"] == "too_short" and entry["loc"] in above))


def _code(kind: str) -> str:
    if kind in _CODES:
        return _CODES[kind]
    return "WRONG_TYPE" if kind.endswith(("_type", "_parsing")) else kind.upper()


def _reason(kind: str, message: str) -> str:
    match kind:
        case "extra_forbidden":
            return "unknown field"
        case "missing":
            return "required"
        case "string_too_short" if message.endswith("at least 1 character"):
            return "it is empty, or nothing but blanks"
        case _:
            message = _COUNTED.sub(r"\g<count>", in_words(message))
            message = _MEMBER.sub(r"\g<value>", message.removeprefix("Value error, "))
            message = _OBJECT.sub("an object", message)
            return (message[:1].lower() + message[1:]).replace("tuple", "list").replace("dictionary", "object")
