"""Conditions on an item as values: rendered for DynamoDB by one table, evaluated in memory by the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

Ordered: TypeAlias = str | int | float
"""What can be compared by order: text with text (by code point, as DynamoDB does), numbers with numbers."""


@dataclass(frozen=True)
class Exists:
    """The attribute is there, whatever it holds; `path` may reach into maps with dots."""

    path: str


@dataclass(frozen=True)
class NotExists:
    """The attribute, or a map on the way to it, is not there; also true of an item that does not exist."""

    path: str


@dataclass(frozen=True)
class Equals:
    """The attribute is there and holds this value."""

    path: str
    value: Any


@dataclass(frozen=True)
class NotEquals:
    """The attribute is there and holds another value."""

    path: str
    value: Any


@dataclass(frozen=True)
class LessThan:
    """The attribute is there, of the same type, and lower."""

    path: str
    value: Ordered


@dataclass(frozen=True)
class GreaterThan:
    """The attribute is there, of the same type, and higher."""

    path: str
    value: Ordered


@dataclass(frozen=True, init=False)
class In:
    """The attribute is there and holds one of at most 100 values (DynamoDB's limit for IN)."""

    path: str
    values: tuple[Any, ...]

    def __init__(self, path: str, values: Iterable[Any]) -> None:
        listed = tuple(values)
        if not 1 <= len(listed) <= 100:
            raise ValueError(f"In takes 1 to 100 values, not {len(listed)}")
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "values", listed)


@dataclass(frozen=True, init=False)
class And:
    """Every part holds."""

    parts: tuple[Condition, ...]

    def __init__(self, *parts: Condition) -> None:
        object.__setattr__(self, "parts", _at_least_one(parts))


@dataclass(frozen=True, init=False)
class Or:
    """Some part holds."""

    parts: tuple[Condition, ...]

    def __init__(self, *parts: Condition) -> None:
        object.__setattr__(self, "parts", _at_least_one(parts))


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: Condition


Condition: TypeAlias = "Exists | NotExists | Equals | NotEquals | LessThan | GreaterThan | In | And | Or | Not"


def _at_least_one(parts: tuple[Condition, ...]) -> tuple[Condition, ...]:
    if not parts:
        raise ValueError("a condition needs at least one part")
    return parts
