"""The UpdateItem call of an ASL document: read as it is written there, and carried out on a table or by a client."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Protocol

from botocore.exceptions import ClientError

from shared.stores.conditions import And, Condition, Equals, Exists, GreaterThan, LessThan, Not, NotExists, Or
from shared.stores.table import Changes, ConditionFailed, Table, Throttled
from tests.support.asl.errors import StatesError, UnsupportedError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CONDITION_FAILED: Final = "DynamoDb.ConditionalCheckFailedException"
THROTTLED: Final = "DynamoDb.ProvisionedThroughputExceededException"
_COMPARISON: Final = re.compile(r"\s*(#?\w+)\s*(=|<>|<=|>=|<|>)\s*(:\w+)\s*")
_EXISTENCE: Final = re.compile(r"\s*(attribute_exists|attribute_not_exists)\s*\(\s*(#?\w+)\s*\)\s*")
_ASSIGNMENT: Final = re.compile(r"\s*(#?\w+)\s*=\s*(:\w+)\s*")
_REQUIRED: Final = frozenset({"TableName", "Key", "UpdateExpression"})
_OPTIONAL: Final = frozenset({"ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"})
_MEANING: Final[Mapping[str, Callable[[str, Any], Condition]]] = {
    "=": Equals,
    "<": LessThan,
    ">": GreaterThan,
    "<=": lambda path, value: Or(LessThan(path, value), Equals(path, value)),
    ">=": lambda path, value: Or(GreaterThan(path, value), Equals(path, value)),
    "<>": lambda path, value: Not(Equals(path, value)),
}


@dataclass(frozen=True, slots=True)
class Update:
    """An UpdateItem call in plain values."""

    table: str
    key: Mapping[str, str]
    changes: Mapping[str, Any]
    condition: Condition | None


class UpdateItems(Protocol):
    """Carries out UpdateItem calls; raises StatesError with the names that Step Functions gives to refusals."""

    def update_item(self, parameters: Mapping[str, Any]) -> None:
        """Carry out one call."""
        ...


class TableUpdates:
    """UpdateItem on our own tables, by their real names."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables

    def update_item(self, parameters: Mapping[str, Any]) -> None:
        """Evaluate exactly the expressions of the call."""
        update = read_update(parameters)
        try:
            self._tables[update.table].update(update.key, Changes(set=update.changes), update.condition)
        except ConditionFailed as error:
            raise StatesError(CONDITION_FAILED, "The conditional request failed") from error
        except Throttled as error:
            raise StatesError(THROTTLED, str(error)) from error


class ClientUpdates:
    """UpdateItem by a DynamoDB client, which takes the very parameters that Step Functions would send."""

    def __init__(self, client: DynamoDBClient) -> None:
        self._client = client

    def update_item(self, parameters: Mapping[str, Any]) -> None:
        """Hand the call over unchanged."""
        try:
            self._client.update_item(**parameters)
        except ClientError as error:
            raise StatesError(f"DynamoDb.{error.response['Error']['Code']}", str(error)) from error


def check_update(parameters: Mapping[str, Any]) -> None:
    """Raises UnsupportedError for anything in the ASL that `read_update` would not understand."""
    if missing := sorted(_REQUIRED - set(parameters)):
        raise UnsupportedError(f"UpdateItem lacks {', '.join(missing)}")
    if unknown := sorted(set(parameters) - _REQUIRED - _OPTIONAL):
        raise UnsupportedError(f"UpdateItem has the unsupported {', '.join(unknown)}")
    names = parameters.get("ExpressionAttributeNames", {})
    values = dict.fromkeys(parameters.get("ExpressionAttributeValues", {}), 0)
    _changes(parameters["UpdateExpression"], names, values)
    condition = parameters.get("ConditionExpression")
    _condition(condition, names, values)
    used = f"{parameters['UpdateExpression']} {condition or ''}"
    if unused := sorted(name for name in (*names, *values) if not re.search(rf"{name}\b", used)):
        raise UnsupportedError(f"UpdateItem never uses {', '.join(unused)}, which DynamoDB refuses")


def read_update(parameters: Mapping[str, Any]) -> Update:
    """The call that evaluated parameters mean."""
    names = parameters.get("ExpressionAttributeNames", {})
    values = {name: plain(value) for name, value in parameters.get("ExpressionAttributeValues", {}).items()}
    return Update(
        table=parameters["TableName"],
        key={name: str(plain(value)) for name, value in parameters["Key"].items()},
        changes=_changes(parameters["UpdateExpression"], names, values),
        condition=_condition(parameters.get("ConditionExpression"), names, values),
    )


def plain(attribute: Mapping[str, Any]) -> str | int | float | bool:
    """The value of a DynamoDB attribute {type: value}; texts, numbers and booleans are known."""
    match list(attribute.items()):
        case [("S", str(text))]:
            return text
        case [("N", str(text))]:
            number = Decimal(text)
            return int(number) if number == number.to_integral_value() else float(number)
        case [("BOOL", bool(truth))]:
            return truth
    raise UnsupportedError(f"unsupported attribute {attribute!r}")


def _changes(expression: str, names: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    keyword, _, rest = expression.strip().partition(" ")
    if keyword != "SET":
        raise UnsupportedError(f"unsupported update {expression!r}")
    changes = {}
    for part in rest.split(","):
        match = _ASSIGNMENT.fullmatch(part)
        if match is None:
            raise UnsupportedError(f"unsupported assignment {part!r}")
        changes[_name(match.group(1), names)] = _value(match.group(2), values)
    return changes


def _condition(expression: str | None, names: Mapping[str, str], values: Mapping[str, Any]) -> Condition | None:
    if expression is None:
        return None
    return And(*(_clause(part, names, values) for part in re.split(r"\sAND\s", expression)))


def _clause(text: str, names: Mapping[str, str], values: Mapping[str, Any]) -> Condition:
    if comparison := _COMPARISON.fullmatch(text):
        attribute, sign, value = comparison.groups()
        return _MEANING[sign](_name(attribute, names), _value(value, values))
    if existence := _EXISTENCE.fullmatch(text):
        word, attribute = existence.groups()
        return (Exists if word == "attribute_exists" else NotExists)(_name(attribute, names))
    raise UnsupportedError(f"unsupported condition {text!r}")


def _name(text: str, names: Mapping[str, str]) -> str:
    if not text.startswith("#"):
        return text
    if text not in names:
        raise UnsupportedError(f"{text} is not in ExpressionAttributeNames")
    return names[text]


def _value(text: str, values: Mapping[str, Any]) -> Any:
    if text not in values:
        raise UnsupportedError(f"{text} is not in ExpressionAttributeValues")
    return values[text]
