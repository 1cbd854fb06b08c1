"""A table in DynamoDB, through boto3's low-level client."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from botocore.exceptions import ClientError

from shared.stores.attribute_values import from_attributes, to_attributes
from shared.stores.conditions import Condition
from shared.stores.expressions import Placeholders, render_changes, render_condition
from shared.stores.schemas import place_names
from shared.stores.table import (
    BATCH_GET_LIMIT,
    CONDITION_FAILED,
    CONFLICT,
    Changes,
    CheckItem,
    ConditionFailed,
    DeleteItem,
    Item,
    Key,
    Page,
    PutItem,
    TableUseError,
    Throttled,
    TransactionRefused,
    UpdateItem,
    Write,
    chunks,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TRIES: Final = 8
"""How often a write that met another transaction, or a batch that was cut short, is tried before Throttled."""

_THROTTLES: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "ThrottlingException",
        "ThrottlingError",
        "TransactionInProgressException",
    }
)
_CONFLICTS: Final = frozenset({"TransactionConflictException", CONFLICT})
_ON_FAILURE: Final = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}

T = TypeVar("T")
Arguments: TypeAlias = dict[str, Any]


class _MetAnother(Exception):
    """Another transaction held an item of this write; trying again is right."""


class DynamoTable:
    """Implements `Table`; a write that meets another transaction is tried again after a random pause."""

    def __init__(
        self,
        client: DynamoDBClient,
        name: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._name = name
        self._sleep = sleep
        self._jitter = jitter

    def get(self, key: Key, *, consistent: bool = True) -> Item | None:
        request: Arguments = {"TableName": self._name, "Key": to_attributes(key), "ConsistentRead": consistent}
        answer = self._call(self._client.get_item, request)
        return from_attributes(answer["Item"]) if "Item" in answer else None

    def batch_get(self, keys: Sequence[Key]) -> list[Item]:
        wanted = list(dict.fromkeys(tuple(sorted(key.items())) for key in keys))
        found: dict[tuple[tuple[str, str], ...], Item] = {}
        for chunk in chunks(wanted, BATCH_GET_LIMIT):
            names = [name for name, _ in chunk[0]]
            for item in self._batch([to_attributes(dict(key)) for key in chunk]):
                found[tuple((name, item[name]) for name in names)] = item
        return [found[key] for key in wanted if key in found]

    def query(
        self,
        partition: tuple[str, str],
        *,
        sort_prefix: tuple[str, str] | None = None,
        sort_between: tuple[str, str, str] | None = None,
        index: str | None = None,
        forward: bool = True,
        limit: int | None = None,
        start: Item | None = None,
        consistent: bool = False,
        filter: Condition | None = None,
    ) -> Page:
        placeholders = Placeholders()
        request: Arguments = {
            "TableName": self._name,
            "KeyConditionExpression": _key_condition(partition, sort_prefix, sort_between, placeholders),
            "ScanIndexForward": forward,
            "ConsistentRead": consistent,
        }
        if filter is not None:
            request["FilterExpression"] = render_condition(filter, placeholders)
        if index is not None:
            request["IndexName"] = index
        following = to_attributes(start) if start is not None else None
        if filter is None or limit is None:
            return self._pages(request | placeholders.arguments(), limit, following)
        return self._sifted(request | placeholders.arguments(), limit, following, place_names(partition[0], index))

    def scan(self) -> list[Item]:
        request: Arguments = {"TableName": self._name, "ConsistentRead": True}
        items: list[Item] = []
        while True:
            answer = self._call(self._client.scan, request)
            items += map(from_attributes, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return items
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def put(self, item: Item, condition: Condition | None = None) -> None:
        request = {"TableName": self._name} | _put(PutItem(item, condition))
        self._call(self._client.put_item, request)

    def update(self, key: Key, changes: Changes, condition: Condition | None = None) -> Item:
        request = {"TableName": self._name, "ReturnValues": "ALL_NEW"} | _update(UpdateItem(key, changes, condition))
        answer = self._call(self._client.update_item, request)
        return from_attributes(answer["Attributes"])

    def delete(self, key: Key, condition: Condition | None = None) -> None:
        request = {"TableName": self._name} | _delete(DeleteItem(key, condition))
        self._call(self._client.delete_item, request)

    def transact(self, writes: Sequence[Write]) -> None:
        request: Arguments = {"TransactItems": [self._write(write) for write in writes]}
        # botocore adds the idempotency token, so that its own retry of a lost answer is not a second transaction.
        self._call(self._client.transact_write_items, request)

    def _write(self, write: Write) -> dict[str, Any]:
        match write:
            case PutItem():
                return {"Put": {"TableName": self._name} | _put(write)}
            case UpdateItem():
                return {"Update": {"TableName": self._name} | _update(write)}
            case DeleteItem():
                return {"Delete": {"TableName": self._name} | _delete(write)}
            case CheckItem():
                return {"ConditionCheck": {"TableName": self._name} | _keyed(write.key, write.condition)}

    def _sifted(self, request: Arguments, limit: int, following: Any, names: Sequence[str]) -> Page:
        """DynamoDB counts what it reads, not what passes the filter: without a limit it reads a megabyte at a time."""
        items: list[Item] = []
        while True:
            answer = self._call(self._client.query, request | ({"ExclusiveStartKey": following} if following else {}))
            items += map(from_attributes, answer["Items"])
            following = answer.get("LastEvaluatedKey")
            if len(items) > limit or (len(items) == limit and following):
                return Page(tuple(items[:limit]), {name: items[limit - 1][name] for name in names})
            if not following:
                return Page(tuple(items))

    def _pages(self, request: Arguments, limit: int | None, following: Any) -> Page:
        items: list[Item] = []
        while True:
            paging: Arguments = {"ExclusiveStartKey": following} if following else {}
            if limit is not None:
                paging["Limit"] = limit
            answer = self._call(self._client.query, request | paging)
            items += map(from_attributes, answer["Items"])
            following = answer.get("LastEvaluatedKey")
            if following is None or limit is not None:
                return Page(tuple(items), from_attributes(following) if following else None)

    def _batch(self, keys: list[dict[str, Any]]) -> Iterator[Item]:
        left: Any = {"Keys": keys, "ConsistentRead": True}
        for attempt in range(TRIES):
            answer = self._call(self._client.batch_get_item, {"RequestItems": {self._name: left}})
            yield from map(from_attributes, answer["Responses"].get(self._name, []))
            left = answer.get("UnprocessedKeys", {}).get(self._name)
            if not left:
                return
            self._pause(attempt)
        raise Throttled("the table left keys of a batch unread")

    def _call(self, operation: Callable[..., T], request: Arguments) -> T:
        for attempt in range(TRIES):
            try:
                return operation(**request)
            except ClientError as error:
                refusal = _refusal(error)
                if refusal is error:
                    raise
                if not isinstance(refusal, _MetAnother):
                    raise refusal from error
            self._pause(attempt)
        raise Throttled("the write met other transactions again and again")

    def _pause(self, attempt: int) -> None:
        self._sleep(self._jitter() * min(0.02 * 2**attempt, 1.0))


def _key_condition(
    partition: tuple[str, str],
    sort_prefix: tuple[str, str] | None,
    sort_between: tuple[str, str, str] | None,
    placeholders: Placeholders,
) -> str:
    condition = f"{placeholders.path(partition[0])} = {placeholders.value(partition[1])}"
    if sort_prefix is not None:
        attribute, prefix = sort_prefix
        condition += f" AND begins_with({placeholders.path(attribute)}, {placeholders.value(prefix)})"
    if sort_between is not None:
        attribute, low, high = sort_between
        bounds = f"{placeholders.value(low)} AND {placeholders.value(high)}"
        condition += f" AND {placeholders.path(attribute)} BETWEEN {bounds}"
    return condition


def _conditioned(condition: Condition | None, placeholders: Placeholders) -> dict[str, Any]:
    if condition is None:
        return {}
    return {"ConditionExpression": render_condition(condition, placeholders)} | _ON_FAILURE


def _put(write: PutItem) -> dict[str, Any]:
    placeholders = Placeholders()
    conditioned = _conditioned(write.condition, placeholders)
    return {"Item": to_attributes(write.item)} | conditioned | placeholders.arguments()


def _update(write: UpdateItem) -> dict[str, Any]:
    placeholders = Placeholders()
    expression = render_changes(write.changes, write.key, placeholders)
    conditioned = _conditioned(write.condition, placeholders)
    request = {"Key": to_attributes(write.key), "UpdateExpression": expression}
    return request | conditioned | placeholders.arguments()


def _delete(write: DeleteItem) -> dict[str, Any]:
    return _keyed(write.key, write.condition)


def _keyed(key: Key, condition: Condition | None) -> dict[str, Any]:
    placeholders = Placeholders()
    conditioned = _conditioned(condition, placeholders)
    return {"Key": to_attributes(key)} | conditioned | placeholders.arguments()


def _refusal(error: ClientError) -> Exception:
    """What the error means; the error itself if it is none of the refusals that a store knows."""
    answer: Any = error.response
    code = answer.get("Error", {}).get("Code", "")
    if code == "ConditionalCheckFailedException":
        return ConditionFailed(_stored(answer))
    if code == "TransactionCanceledException":
        return _cancelled(answer.get("CancellationReasons", []))
    if code in _CONFLICTS:
        return _MetAnother()
    if code in _THROTTLES:
        return Throttled("the table is busy")
    if code == "ValidationException":
        return TableUseError(answer["Error"].get("Message", "DynamoDB refused the request"))
    return error


def _cancelled(reasons: list[Any]) -> Exception:
    codes = [None if reason.get("Code") in {None, "None"} else str(reason["Code"]) for reason in reasons]
    if CONDITION_FAILED in codes:
        return TransactionRefused(codes, [_stored(reason) for reason in reasons])
    if _CONFLICTS & set(codes):
        return _MetAnother()
    if _THROTTLES & set(codes):
        return Throttled("the table is busy")
    return TableUseError(f"DynamoDB refused the transaction: {sorted({code for code in codes if code})}")


def _stored(answer: Mapping[str, Any]) -> Item | None:
    return from_attributes(answer["Item"]) if answer.get("Item") else None
