"""Checks compiled once from the shapes of botocore's service model.

A check takes a JSON value and returns it, cleaned: null members are dropped, as rest-json asks. It raises
`Violation` with every problem found. Requests are read leniently (unknown members are ignored, as AWS does),
answers strictly (an unknown member is a defect of ours).
"""

import re
from collections.abc import Callable
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

Check = Callable[[Any], Any]
Problem = tuple[str, str]


class Constant(dict[str, Any]):
    """A structure that never changes after it was first checked, and is checked once only."""

    __slots__ = ("clean",)

    def __init__(self, members: dict[str, Any]) -> None:
        super().__init__(members)
        self.clean: dict[str, Any] | None = None


class Violation(Exception):
    """The problems of a value, each with the path of the member at fault."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{path}: {text}" for path, text in problems))
        self.problems = problems

    def under(self, prefix: str) -> list[Problem]:
        """The problems as seen from one level up."""
        return [(_join(prefix, path), text) for path, text in self.problems]


def _join(prefix: str, path: str) -> str:
    return prefix + path if not path or path.startswith("[") else f"{prefix}.{path}"


def _fail(text: str) -> Violation:
    return Violation([("", text)])


def _length_check(shape: Shape, noun: str) -> Callable[[int], None]:
    least = shape.metadata.get("min", 0)
    most = shape.metadata.get("max", float("inf"))

    def check(length: int) -> None:
        if length < least:
            raise _fail(f"{noun} must have length greater than or equal to {least}")
        if length > most:
            raise _fail(f"{noun} must have length less than or equal to {most}")

    return check


def _string_check(shape: StringShape) -> Check:
    length = _length_check(shape, "Member")
    pattern = shape.metadata.get("pattern")
    # clients of DRS empty a member so whose length may be 0, whatever its pattern says
    or_empty = "|" if shape.metadata.get("min") == 0 else ""
    matches = re.compile(f"(?:{pattern}){or_empty}").fullmatch if pattern else None
    allowed = frozenset(shape.enum)

    def check(value: Any) -> Any:
        if not isinstance(value, str):
            raise _fail("Member must be a string")
        if allowed:
            if value not in allowed:
                raise _fail(f"Member must satisfy enum value set: [{', '.join(sorted(allowed))}]")
            return value
        length(len(value))
        if matches and not matches(value):
            raise _fail(f"Member must satisfy regular expression pattern: {pattern}")
        return value

    return check


def _integer_check(shape: Shape) -> Check:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")

    def check(value: Any) -> Any:
        if not isinstance(value, int) or isinstance(value, bool):
            raise _fail("Member must be an integer")
        if least is not None and value < least:
            raise _fail(f"Member must have value greater than or equal to {least}")
        if most is not None and value > most:
            raise _fail(f"Member must have value less than or equal to {most}")
        return value

    return check


def _boolean_check(_: Shape) -> Check:
    def check(value: Any) -> Any:
        if not isinstance(value, bool):
            raise _fail("Member must be a boolean")
        return value

    return check


def _refuse_unknown(_: Any) -> Any:
    raise _fail("is not a member of the shape")


def _missing(required: frozenset[str], value: dict[str, Any]) -> list[Problem]:
    return [(name, "Member must not be null") for name in sorted(required) if value.get(name) is None]


def _structure_check(required: frozenset[str], members: dict[str, Check], strict: bool) -> Check:
    unknown = _refuse_unknown if strict else None

    def check(value: Any) -> Any:
        if not isinstance(value, dict):
            raise _fail("Member must be a structure")
        problems: list[Problem] = []
        clean = {}
        for name, item in value.items():
            member = members.get(name, unknown)
            if member is None or item is None:
                continue
            try:
                clean[name] = member(item)
            except Violation as violation:
                problems += violation.under(name)
        if not clean.keys() >= required:
            problems += _missing(required, value)
        if problems:
            raise Violation(problems)
        return clean

    return check


def _once_if_constant(check: Check) -> Check:
    def check_once(value: Any) -> Any:
        if type(value) is not Constant:
            return check(value)
        if value.clean is None:
            value.clean = check(value)
        return value.clean

    return check_once


class Compiler:
    """Compiles shapes to checks, each shape once; `strict` refuses unknown members."""

    def __init__(self, strict: bool) -> None:
        self._strict = strict
        self._compiled: dict[str, Check] = {}

    def compile(self, shape: Shape) -> Check:
        """The check of this shape."""
        if shape.name not in self._compiled:
            self._compiled[shape.name] = self._build(shape)
        return self._compiled[shape.name]

    def _build(self, shape: Shape) -> Check:
        match shape:
            case StructureShape():
                return self._structure(shape)
            case ListShape():
                return self._list(shape)
            case MapShape():
                return self._map(shape)
            case StringShape():
                return _string_check(shape)
        return {"integer": _integer_check, "long": _integer_check, "boolean": _boolean_check}[shape.type_name](shape)

    def _structure(self, shape: StructureShape) -> Check:
        return _once_if_constant(
            _structure_check(frozenset(shape.required_members), self._members(shape), self._strict)
        )

    def _members(self, shape: StructureShape) -> dict[str, Check]:
        return {name: self.compile(member) for name, member in shape.members.items()}

    def _list(self, shape: ListShape) -> Check:
        length = _length_check(shape, "Member")
        member = self.compile(shape.member)

        def check(value: Any) -> Any:
            if not isinstance(value, list):
                raise _fail("Member must be a list")
            length(len(value))
            problems: list[Problem] = []
            clean = []
            for index, item in enumerate(value):
                try:
                    clean.append(member(item))
                except Violation as violation:
                    problems += violation.under(f"[{index}]")
            if problems:
                raise Violation(problems)
            return clean

        return check

    def _map(self, shape: MapShape) -> Check:
        key_check, value_check = self.compile(shape.key), self.compile(shape.value)
        length = _length_check(shape, "Member")

        def check(value: Any) -> Any:
            if not isinstance(value, dict):
                raise _fail("Member must be a map")
            length(len(value))
            problems: list[Problem] = []
            clean = {}
            for key, item in value.items():
                try:
                    clean[key_check(key)] = value_check(item)
                except Violation as violation:
                    problems += violation.under(key)
            if problems:
                raise Violation(problems)
            return clean

        return check
