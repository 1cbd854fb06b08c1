"""Conditions evaluated on an item as DynamoDB would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, assert_never

from shared.stores.attribute_values import normalise
from shared.stores.conditions import (
    And,
    Condition,
    Equals,
    Exists,
    GreaterThan,
    In,
    LessThan,
    Not,
    NotEquals,
    NotExists,
    Or,
)

_ABSENT: Final = object()


def holds(condition: Condition, item: Mapping[str, Any]) -> bool:
    """Whether the condition holds of the item; an item that does not exist is an empty one."""
    match condition:
        case And(parts):
            return all(holds(part, item) for part in parts)
        case Or(parts):
            return any(holds(part, item) for part in parts)
        case Not(part):
            return not holds(part, item)
        case _:
            return _compares(condition, _at(item, condition.path))


def _compares(condition: Exists | NotExists | Equals | NotEquals | LessThan | GreaterThan | In, stored: Any) -> bool:
    match condition:
        case Exists():
            return stored is not _ABSENT
        case NotExists():
            return stored is _ABSENT
        case Equals(value=value):
            return _same(stored, value)
        case NotEquals(value=value):
            return stored is not _ABSENT and not _same(stored, value)
        case LessThan(value=value):
            return _comparable(stored, value) and bool(stored < value)
        case GreaterThan(value=value):
            return _comparable(stored, value) and bool(stored > value)
        case In(values=values):
            return any(_same(stored, value) for value in values)
        case _:
            assert_never(condition)


def _at(item: Mapping[str, Any], path: str) -> Any:
    found: Any = item
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return _ABSENT
        found = found[name]
    return found


def _same(stored: Any, value: Any) -> bool:
    expected = normalise(value)
    if isinstance(stored, bool) or isinstance(expected, bool):
        return stored is expected
    return bool(stored == expected)


def _comparable(stored: Any, value: Any) -> bool:
    if isinstance(stored, bool):
        return False
    if isinstance(value, str):
        return isinstance(stored, str)
    return isinstance(stored, int | float)
