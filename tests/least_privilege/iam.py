"""Does this policy allow that? As IAM decides it, for as much of its language as the roles' policies use.

What is not known here is an error and never a yes: an operator of conditions, an element, an effect, a key of which
the request does not tell, a resource that is no ARN.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

_ELEMENTS: Final = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"})
_PARTS_OF_AN_ARN: Final = 6


class UnknownPolicyError(Exception):
    """The policy says something that is not judged here."""


@dataclass(frozen=True)
class Request:
    """An action on a resource (`*` if it knows none), and what conditions may ask about it.

    The context has None for a key that the request is known not to have. What it does not mention is not known.
    """

    action: str
    resource: str
    context: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """Whether it is allowed, and the statements that say so; of a refusal those that deny it, if any do."""

    allowed: bool
    by: tuple[str, ...] = ()


def decide(statements: Iterable[Mapping[str, Any]], request: Request) -> Decision:
    """An explicit denial wins; without an allowance it is denied."""
    matching = [statement for statement in statements if matches(statement, request)]
    deciding = "Deny" if any(statement["Effect"] == "Deny" for statement in matching) else "Allow"
    by = tuple(str(statement.get("Sid", "")) for statement in matching if statement["Effect"] == deciding)
    return Decision(deciding == "Allow" and bool(by), by)


def matches(statement: Mapping[str, Any], request: Request) -> bool:
    """Whether a statement is about the request."""
    if unknown := set(statement) - _ELEMENTS:
        raise UnknownPolicyError(f"elements {sorted(unknown)}")
    if statement.get("Effect") not in {"Allow", "Deny"}:
        raise UnknownPolicyError(f"effect {statement.get('Effect')}")
    action = _named(statement, "Action", lambda one: is_like(one.lower(), request.action.lower()))
    resource = _named(statement, "Resource", lambda one: _is_about(one, request.resource))
    return action and resource and _conditions_hold(statement.get("Condition", {}), request.context)


def _named(statement: Mapping[str, Any], element: str, is_meant: Callable[[str], bool]) -> bool:
    positive, negative = statement.get(element), statement.get(f"Not{element}")
    if (positive is None) == (negative is None):
        raise UnknownPolicyError(f"a statement needs either {element} or Not{element}")
    found = [is_meant(_plain(one)) for one in _listed(positive if negative is None else negative)]
    return any(found) if negative is None else not any(found)


def _is_about(pattern: str, resource: str) -> bool:
    """Whether a statement's resource is this one: `*` alone is any, and in an ARN any text of its part."""
    if pattern == "*":
        return True
    parts, meant = pattern.split(":", _PARTS_OF_AN_ARN - 1), resource.split(":", _PARTS_OF_AN_ARN - 1)
    if len(parts) != _PARTS_OF_AN_ARN:
        raise UnknownPolicyError(f"resource {pattern}")
    return len(meant) == len(parts) and all(map(is_like, parts, meant))


def is_like(pattern: str, value: str) -> bool:
    """Whether a text is as a pattern of IAM says: `*` is any text, `?` any character."""
    return _pattern(pattern).fullmatch(value) is not None


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in pattern), re.DOTALL)


def _listed(value: Any) -> Sequence[str]:
    return [value] if isinstance(value, str) else list(value)


def _plain(text: str) -> str:
    if "${" in text:
        raise UnknownPolicyError(f"the variable in {text}")
    return text


def _conditions_hold(conditions: Mapping[str, Mapping[str, Any]], context: Mapping[str, str | None]) -> bool:
    known = {key.lower(): value for key, value in context.items()}
    asked = [
        (operator, key.lower(), [_plain(one) for one in _listed(expected)])
        for operator, keys in conditions.items()
        for key, expected in keys.items()
    ]
    if unknown := sorted({key for _, key, _ in asked if key not in known}):
        raise UnknownPolicyError(f"nobody says what the request has of {', '.join(unknown)}")
    return all([_holds(operator, expected, known[key]) for operator, key, expected in asked])


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
