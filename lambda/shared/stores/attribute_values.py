"""JSON to DynamoDB's attribute values and back; Decimals, tuples and enums end here."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from shared.stores.table import Item, TableUseError

ITEM_LIMIT = 400 * 1024
"""Bytes of one item, names included (DynamoDB)."""


_AS_IT_IS = frozenset({str, int, bool, type(None)})
"""What needs no copy. Nearly every value is one of them; asked for first, they cost a third."""


def normalise(value: Any) -> Any:
    """A copy as it would come back from DynamoDB; TableUseError for what JSON does not know."""
    if type(value) in _AS_IT_IS:
        return value
    match value:
        case dict() | Mapping():
            return {str(name): normalise(member) for name, member in value.items()}
        case int():
            return int(value)
        case float():
            return _number(_decimal(value))
        case str():
            return str(value)
        case list() | tuple():
            return [normalise(member) for member in value]
        case _:
            raise TableUseError(f"{type(value).__name__} cannot be stored")


def to_attribute(value: Any) -> dict[str, Any]:
    """One attribute value in the low-level form; TableUseError for what JSON does not know."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(int(value))}
        case float():
            return {"N": format(_decimal(value), "f")}
        case str():
            return {"S": str(value)}
        case Mapping():
            return {"M": {str(name): to_attribute(member) for name, member in value.items()}}
        case list() | tuple():
            return {"L": [to_attribute(member) for member in value]}
        case _:
            raise TableUseError(f"{type(value).__name__} cannot be stored")


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    """The value of one attribute in the low-level form."""
    ((kind, value),) = attribute.items()
    match kind:
        case "NULL":
            return None
        case "N":
            return _number(Decimal(value))
        case "M":
            return {name: from_attribute(member) for name, member in value.items()}
        case "L":
            return [from_attribute(member) for member in value]
        case _:
            return value


def to_attributes(item: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """An item or key in the low-level form."""
    return {name: to_attribute(value) for name, value in item.items()}


def from_attributes(attributes: Mapping[str, Mapping[str, Any]]) -> Item:
    """An item from its low-level form."""
    return {name: from_attribute(attribute) for name, attribute in attributes.items()}


def item_size(item: Mapping[str, Any]) -> int:
    """About the bytes that DynamoDB counts: names and values in UTF-8, half a byte a digit, 3 per list or map."""
    size = 0
    for name, value in item.items():
        size += _text_size(name) + _value_size(value)
    return size


def _value_size(value: Any) -> int:
    # Texts and maps are nearly all there is, and every write and page is measured: they are asked for first.
    if type(value) is str:
        return _text_size(value)
    match value:
        case dict() | Mapping():
            return 3 + len(value) + item_size(value)
        case str():
            return _text_size(value)
        case None | bool():
            return 1
        case int() | float():
            return len(str(value)) // 2 + 2
        case _:
            size = 3 + len(value)
            for member in value:
                size += _value_size(member)
            return size


def _text_size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _decimal(value: float) -> Decimal:
    decimal = Decimal(repr(float(value)))
    if not decimal.is_finite():
        raise TableUseError(f"{value} cannot be stored")
    return decimal


def _number(decimal: Decimal) -> int | float:
    return int(decimal) if decimal == decimal.to_integral_value() else float(decimal)
