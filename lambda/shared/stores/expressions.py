"""Conditions and changes as DynamoDB's expressions; every name and value is a placeholder, so no word is reserved."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, assert_never

from shared.stores.attribute_values import to_attribute
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
from shared.stores.table import Changes, TableUseError


class Placeholders:
    """The names and values of the expressions of one request."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: list[Any] = []

    def path(self, dotted: str) -> str:
        """A document path of placeholders."""
        return ".".join(self._names.setdefault(name, f"#n{len(self._names)}") for name in dotted.split("."))

    def value(self, value: Any) -> str:
        """The placeholder of a value."""
        self._values.append(value)
        return f":v{len(self._values) - 1}"

    def arguments(self) -> dict[str, Any]:
        """What a request carries besides its expressions; nothing that is empty, which DynamoDB refuses."""
        arguments: dict[str, Any] = {}
        if self._names:
            arguments["ExpressionAttributeNames"] = {placeholder: name for name, placeholder in self._names.items()}
        if self._values:
            arguments["ExpressionAttributeValues"] = {
                f":v{position}": to_attribute(value) for position, value in enumerate(self._values)
            }
        return arguments


def render_condition(condition: Condition, placeholders: Placeholders) -> str:
    """The condition or filter expression; never with doubled parentheses, which DynamoDB refuses."""
    match condition:
        case And(parts):
            return _joined(" AND ", parts, placeholders)
        case Or(parts):
            return _joined(" OR ", parts, placeholders)
        case Not(part):
            return f"(NOT {render_condition(part, placeholders)})"
        case _:
            return _comparison(condition, placeholders)


def _joined(operator: str, parts: tuple[Condition, ...], placeholders: Placeholders) -> str:
    rendered = [render_condition(part, placeholders) for part in parts]
    return rendered[0] if len(rendered) == 1 else f"({operator.join(rendered)})"


def _comparison(
    condition: Exists | NotExists | Equals | NotEquals | LessThan | GreaterThan | In, placeholders: Placeholders
) -> str:
    path = placeholders.path(condition.path)
    match condition:
        case Exists():
            return f"attribute_exists({path})"
        case NotExists():
            return f"attribute_not_exists({path})"
        case Equals(value=value):
            return f"{path} = {placeholders.value(value)}"
        case NotEquals(value=value):
            return f"(attribute_exists({path}) AND {path} <> {placeholders.value(value)})"
        case LessThan(value=value):
            return f"{path} < {placeholders.value(value)}"
        case GreaterThan(value=value):
            return f"{path} > {placeholders.value(value)}"
        case In(values=values):
            return f"{path} IN ({', '.join(placeholders.value(value) for value in values)})"
        case _:
            assert_never(condition)


def render_changes(changes: Changes, keys: Collection[str], placeholders: Placeholders) -> str:
    """The update expression; TableUseError for a change that DynamoDB would refuse whatever is stored."""
    check_changes(changes, keys)
    assignments = [
        *(f"{placeholders.path(name)} = {placeholders.value(value)}" for name, value in changes.set.items()),
        *(_if_absent(placeholders.path(name), value, placeholders) for name, value in changes.set_if_absent.items()),
        *(_append(placeholders.path(name), list(values), placeholders) for name, values in changes.append.items()),
    ]
    clauses = {
        "SET": assignments,
        "ADD": [f"{placeholders.path(name)} {placeholders.value(value)}" for name, value in changes.add.items()],
        "REMOVE": [placeholders.path(name) for name in changes.remove],
    }
    return " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts)


def check_changes(changes: Changes, keys: Collection[str]) -> None:
    """TableUseError for what DynamoDB refuses of an update whatever is stored."""
    names = changes.names()
    if not names:
        raise TableUseError("an update without a change")
    if len(set(names)) != len(names):
        raise TableUseError(f"an attribute is changed twice: {sorted(names)}")
    if any("." in name for name in names):
        raise TableUseError("only whole attributes are changed")
    if set(keys) & set(names):
        raise TableUseError("a key cannot be changed")


def _if_absent(path: str, value: Any, placeholders: Placeholders) -> str:
    return f"{path} = if_not_exists({path}, {placeholders.value(value)})"


def _append(path: str, values: list[Any], placeholders: Placeholders) -> str:
    return f"{path} = list_append(if_not_exists({path}, {placeholders.value([])}), {placeholders.value(values)})"
