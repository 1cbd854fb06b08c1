"""One broken rule of the input: where, why, and a word for programs."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import pydantic
from pydantic_core import ErrorDetails

from shared.errors import ValidationError

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

_MEMBER: Final = re.compile(r"<\w+\.\w+: (?P<value>'[^']*')>")
"""How pydantic names a member of an enum among the values of a literal; people write the value."""


_OBJECT: Final = re.compile(r"a valid dictionary( or instance of \w+)?")
"""How pydantic asks for an object in a value that Python has read already; its words for JSON are `an object`."""


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """A broken rule; `field` is the JSON path below the request, such as `waves[1].dependsOnWaves[0]`."""

    field: str
    reason: str
    code: str

    def under(self, path: str) -> "Violation":
        """The same violation, of an object that lies at `path` of a larger one."""
        separator = "." if self.field and path and not self.field.startswith("[") else ""
        return Violation(f"{path}{separator}{self.field}", self.reason, self.code)

    def wire(self) -> dict[str, str]:
        """The entry of `details.fields`."""
        return {"field": self.field, "reason": self.reason, "code": self.code}


def refuse(violations: Iterable[Violation]) -> None:
    """Raises one ValidationError that names all violations; returns if there is none."""
    fields = [violation.wire() for violation in violations]
    if fields:
        raise ValidationError.of(fields)


def json_path(location: Iterable[str | int]) -> str:
    """The JSON path of a location: names joined by dots, positions in brackets."""
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if path else step
    return path


def violations_of(error: pydantic.ValidationError) -> tuple[Violation, ...]:
    """Everything that a model refused, without the refused values."""
    entries = error.errors(include_url=False, include_context=False, include_input=False)
    return tuple(
        Violation(json_path(entry["loc"]), _reason(entry["type"], entry["msg"]), _code(entry["type"]))
        for entry in entries
        if not (entry["type"] == "too_short" and _has_cause_below(entry["loc"], entries))
    )


def _has_cause_below(location: tuple[str | int, ...], entries: Iterable[ErrorDetails]) -> bool:
    """Whether entries of the list were refused: pydantic then also counts the list itself as too short."""
    return any(len(each["loc"]) > len(location) and each["loc"][: len(location)] == location for each in entries)


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
        case _:
            message = _MEMBER.sub(r"\g<value>", message.removeprefix("Value error, "))
            message = _OBJECT.sub("an object", message)
            return (message[:1].lower() + message[1:]).replace("tuple", "list")
