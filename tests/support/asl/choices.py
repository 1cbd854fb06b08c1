"""The rules of Choice states."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.support.asl.errors import UnsupportedError, runtime_error
from tests.support.asl.templates import Json, Path, Scope

_Kind = type | tuple[type, ...]
_NUMBER: Final[_Kind] = (int, float)
_OPERATORS: Final[Mapping[str, tuple[_Kind, Callable[[Any, Any], bool]]]] = {
    "StringEquals": (str, operator.eq),
    "BooleanEquals": (bool, operator.eq),
    "NumericEquals": (_NUMBER, operator.eq),
    "NumericGreaterThan": (_NUMBER, operator.gt),
    "NumericGreaterThanEquals": (_NUMBER, operator.ge),
    "NumericLessThan": (_NUMBER, operator.lt),
    "NumericLessThanEquals": (_NUMBER, operator.le),
}


def _is_of(kind: _Kind, value: Json) -> bool:
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison; a value of another type does not match, a missing one ends the run."""

    variable: Path
    name: str
    expected: Json

    def holds(self, scope: Scope) -> bool:
        """Whether the input passes the comparison."""
        found, value = self.variable.find(scope)
        if self.name == "IsPresent":
            return found is self.expected
        if not found:
            raise runtime_error(f"Invalid path '{self.variable.text}': the choice state's condition path")
        kind, compare = _OPERATORS[self.name]
        return _is_of(kind, value) and compare(value, self.expected)


@dataclass(frozen=True, slots=True)
class Combination:
    """And, Or, Not of other rules."""

    name: str
    rules: tuple[Rule, ...]

    def holds(self, scope: Scope) -> bool:
        """Whether the combined rules hold as the word says."""
        results = (rule.holds(scope) for rule in self.rules)
        if self.name == "And":
            return all(results)
        return any(results) is (self.name == "Or")


Rule = Comparison | Combination


def compile_rule(document: Mapping[str, Json]) -> Rule:
    """The rule of a Choice; UnsupportedError for operators that are not known here."""
    words = {key: value for key, value in document.items() if key not in {"Next", "Comment"}}
    if len(words) == 1:
        (name, value), *_ = words.items()
        if name in {"And", "Or"}:
            return Combination(name, tuple(compile_rule(part) for part in value))
        if name == "Not":
            return Combination(name, (compile_rule(value),))
    variable = Path.parse(words.pop("Variable", None))
    if len(words) != 1:
        raise UnsupportedError(f"unsupported rule {document!r}")
    (name, expected), *_ = words.items()
    if name not in _OPERATORS and name != "IsPresent":
        raise UnsupportedError(f"unsupported operator {name!r}")
    kind: _Kind = bool if name == "IsPresent" else _OPERATORS[name][0]
    if not _is_of(kind, expected):
        raise UnsupportedError(f"{name} cannot compare with {expected!r}")
    return Comparison(variable, name, expected)
