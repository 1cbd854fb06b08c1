"""Does this policy allow that? As IAM decides it, for as much of its language as the roles' policies use.

What is not known here is an error and never a yes: an operator of conditions, an element, an effect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

_ELEMENTS: Final = frozenset(
    {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal"}
)


class UnknownPolicyError(Exception):
    """The policy says something that is not judged here."""


@dataclass(frozen=True)
class Request:
    """An action on a resource (`*` if it knows none), and what conditions may ask about it."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """Whether it is allowed, and the statements that say so; of a refusal those that deny it, if any do."""

    allowed: bool
    by: tuple[str, ...] = ()


def decide(statements: Iterable[Mapping[str, Any]], request: Request) -> Decision:
    """An explicit denial wins; without an allowance it is denied."""
    matching = [statement for statement in statements if matches(statement, request)]
    effects = {statement["Effect"] for statement in matching}
    if not effects <= {"Allow", "Deny"}:
        raise UnknownPolicyError(f"effects {sorted(effects)}")
    deciding = "Deny" if "Deny" in effects else "Allow"
    by = tuple(str(statement.get("Sid", "")) for statement in matching if statement["Effect"] == deciding)
    return Decision(deciding == "Allow" and bool(by), by)


def matches(statement: Mapping[str, Any], request: Request) -> bool:
    """Whether a statement is about the request."""
    if unknown := set(statement) - _ELEMENTS:
        raise UnknownPolicyError(f"elements {sorted(unknown)}")
    return (
        _named(statement, "Action", request.action.lower(), str.lower)
        and _named(statement, "Resource", request.resource, str)
        and _conditions_hold(statement.get("Condition", {}), request.context)
    )


def _named(statement: Mapping[str, Any], element: str, value: str, form: Callable[[str], str]) -> bool:
    positive, negative = statement.get(element), statement.get(f"Not{element}")
    if (positive is None) == (negative is None):
        raise UnknownPolicyError(f"a statement needs either {element} or Not{element}")
    found = any(is_like(form(pattern), value) for pattern in _listed(positive if negative is None else negative))
    return found if negative is None else not found


def is_like(pattern: str, value: str) -> bool:
    """Whether a text is as a pattern of IAM says: `*` is any text, `?` any character."""
    return _pattern(pattern).fullmatch(value) is not None


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in pattern), re.DOTALL)


def _listed(value: Any) -> Sequence[str]:
    return [value] if isinstance(value, str) else list(value)


def _conditions_hold(conditions: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    known = {key.lower(): value for key, value in context.items()}
    return all(
        _holds(operator, _listed(expected), known.get(key.lower()))
        for operator, keys in conditions.items()
        for key, expected in keys.items()
    )


def _holds(operator: str, expected: Sequence[str], value: str | None) -> bool:
    if operator == "Null":
        return any((one == "true") == (value is None) for one in expected)
    if_exists = operator.endswith("IfExists")
    compare = _OPERATORS.get(operator.removesuffix("IfExists"))
    if compare is None:
        raise UnknownPolicyError(f"condition operator {operator}")
    if value is None:
        # what is not there equals nothing, and so differs from everything
        return if_exists or operator.removesuffix("IfExists") in _NEGATIVE
    return compare(expected, value)


def _equal(expected: Sequence[str], value: str) -> bool:
    return value in expected


def _like(expected: Sequence[str], value: str) -> bool:
    return any(is_like(one, value) for one in expected)


_OPERATORS: Final[Mapping[str, Callable[[Sequence[str], str], bool]]] = {
    "StringEquals": _equal,
    "StringNotEquals": lambda expected, value: not _equal(expected, value),
    "StringLike": _like,
    "StringNotLike": lambda expected, value: not _like(expected, value),
    "ArnEquals": _like,
    "ArnLike": _like,
    "ArnNotLike": lambda expected, value: not _like(expected, value),
    "Bool": lambda expected, value: value.lower() in {one.lower() for one in expected},
}
_NEGATIVE: Final = frozenset({"StringNotEquals", "StringNotLike", "ArnNotLike"})
