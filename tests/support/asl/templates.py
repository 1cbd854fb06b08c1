"""Reference paths, two intrinsic functions, payload templates: compiled once, evaluated on input and context object."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.support.asl.errors import StatesError, UnsupportedError, runtime_error

Json = Any
"""A JSON value: nothing more is known of what flows through a state machine."""

_PATH: Final = re.compile(r"\$?\$(\.[A-Za-z_][A-Za-z0-9_]*)*")
_CALL: Final = re.compile(r"([A-Za-z.]+)\((.*)\)", re.DOTALL)
_TOKEN: Final = re.compile(r"\s*('(?:[^'\\]|\\.)*'|-?\d+|\$[$A-Za-z0-9_.]*)\s*(,|$)")
_MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a template may look at: the state's data, and the context object."""

    data: Json
    context: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Path:
    """A reference path `$.a.b`, or `$$.a.b` into the context object."""

    text: str
    is_context: bool
    steps: tuple[str, ...]

    @classmethod
    def parse(cls, text: object) -> Path:
        """The path; UnsupportedError for filters, indexes, wildcards and whatever else JsonPath knows."""
        if not isinstance(text, str) or not _PATH.fullmatch(text):
            raise UnsupportedError(f"unsupported path {text!r}")
        is_context = text.startswith("$$")
        return cls(text, is_context, tuple(text.split(".")[1:]))

    def find(self, scope: Scope) -> tuple[bool, Json]:
        """Whether the path leads somewhere, and to what."""
        value: Json = scope.context if self.is_context else scope.data
        for step in self.steps:
            value = value.get(step, _MISSING) if isinstance(value, Mapping) else _MISSING
            if value is _MISSING:
                return False, None
        return True, value

    def evaluate(self, scope: Scope) -> Json:
        """What the path leads to; a path that leads nowhere ends the run."""
        found, value = self.find(scope)
        if not found:
            raise runtime_error(f"The JSONPath '{self.text}' could not be found in {json.dumps(scope.data)}")
        return value

    def put(self, data: Json, value: Json) -> Json:
        """A copy of the data with the value at this path; objects on the way are created."""
        if not self.steps:
            return value
        if not isinstance(data, dict):
            raise StatesError("States.ResultPathMatchFailure", f"{self.text} does not fit {json.dumps(data)}")
        first, *rest = self.steps
        inner = Path(self.text, self.is_context, tuple(rest))
        return {**data, first: inner.put(data.get(first, {}) if rest else None, value)}


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands for itself."""

    value: Json

    def evaluate(self, _scope: Scope) -> Json:
        """The value."""
        return self.value


@dataclass(frozen=True, slots=True)
class Format:
    """States.Format('…{}…', …)."""

    pieces: tuple[str, ...]
    arguments: tuple[Path | Literal, ...]

    def evaluate(self, scope: Scope) -> str:
        """The text with the arguments in place of the braces; what is no text is written as JSON."""
        text = self.pieces[0]
        for piece, argument in zip(self.pieces[1:], self.arguments, strict=True):
            value = argument.evaluate(scope)
            text += (value if isinstance(value, str) else json.dumps(value)) + piece
        return text


@dataclass(frozen=True, slots=True)
class Sum:
    """States.MathAdd(…, …)."""

    parts: tuple[Path | Literal, Path | Literal]

    def evaluate(self, scope: Scope) -> int:
        """The sum of two whole numbers; anything else is an error, as in AWS."""
        first, second = (part.evaluate(scope) for part in self.parts)
        if not all(isinstance(one, int) and not isinstance(one, bool) for one in (first, second)):
            raise StatesError("States.IntrinsicFailure", f"MathAdd of {first!r} and {second!r}")
        return int(first + second)


@dataclass(frozen=True, slots=True)
class Fields:
    """An object of templates."""

    members: tuple[tuple[str, Template], ...]

    def evaluate(self, scope: Scope) -> dict[str, Json]:
        """The object with every member evaluated."""
        return {name: member.evaluate(scope) for name, member in self.members}


Template = Path | Literal | Format | Sum | Fields


def compile_template(document: Json) -> Template:
    """A payload template: members whose names end in `.$` are paths or intrinsic functions."""
    if not isinstance(document, dict):
        if isinstance(document, list) and "$" in json.dumps(document):
            raise UnsupportedError(f"unsupported list in a payload template: {document!r}")
        return Literal(document)
    return Fields(tuple(_member(name, value) for name, value in document.items()))


def _member(name: str, value: Json) -> tuple[str, Template]:
    if not name.endswith(".$"):
        return name, compile_template(value)
    if isinstance(value, str) and value.startswith("$"):
        return name[:-2], Path.parse(value)
    return name[:-2], _intrinsic(value)


def _intrinsic(text: object) -> Format | Sum:
    match = _CALL.fullmatch(text) if isinstance(text, str) else None
    if match is None or match.group(1) not in {"States.Format", "States.MathAdd"}:
        raise UnsupportedError(f"unsupported expression {text!r}")
    arguments = _arguments(match.group(2))
    return _format(arguments, text) if match.group(1) == "States.Format" else _sum(arguments, text)


def _sum(arguments: list[Path | Literal], text: object) -> Sum:
    if len(arguments) != 2 or any(isinstance(one, Literal) and not isinstance(one.value, int) for one in arguments):
        raise UnsupportedError(f"States.MathAdd takes two whole numbers: {text!r}")
    return Sum((arguments[0], arguments[1]))


def _format(arguments: list[Path | Literal], text: object) -> Format:
    if not arguments or not isinstance(arguments[0], Literal) or not isinstance(arguments[0].value, str):
        raise UnsupportedError(f"States.Format begins with a text: {text!r}")
    pieces = tuple(_unescape(piece) for piece in re.split(r"(?<!\\)\{\}", arguments[0].value))
    if len(pieces) != len(arguments):
        raise UnsupportedError(f"as many {{}} as arguments are needed: {text!r}")
    return Format(pieces, tuple(_unescaped(argument) for argument in arguments[1:]))


def _arguments(text: str) -> list[Path | Literal]:
    arguments: list[Path | Literal] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise UnsupportedError(f"unsupported argument at {text[position:]!r}")
        token = match.group(1)
        if token.startswith("'"):
            arguments.append(Literal(token[1:-1]))
        else:
            arguments.append(Path.parse(token) if token.startswith("$") else Literal(int(token)))
        position = match.end()
    return arguments


def _unescaped(argument: Path | Literal) -> Path | Literal:
    if isinstance(argument, Literal) and isinstance(argument.value, str):
        return Literal(_unescape(argument.value))
    return argument


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
