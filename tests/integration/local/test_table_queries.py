"""What a query of DynamoDB finds is what moto itself would have found, in its order, page by page."""

import random
from typing import Any, Final

import boto3
import pytest
from moto import mock_aws

from local.moto_patches import table_queries
from local.moto_patches.patches import Patches

TABLE: Final = "things"


def _table(kind: str, *, ranged: bool) -> Any:
    """A table with an index, and some items, of which not each is in the index."""
    client = boto3.client("dynamodb", region_name="us-east-1")
    keys: list[Any] = [{"AttributeName": "hash", "KeyType": "HASH"}]
    keys += [{"AttributeName": "range", "KeyType": "RANGE"}] if ranged else []
    index: Any = {
        "IndexName": "by-other",
        "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}, {"AttributeName": "range", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    attributes: list[Any] = [{"AttributeName": name, "AttributeType": kind} for name in ("hash", "range", "other")]
    client.create_table(
        TableName=TABLE,
        KeySchema=keys,
        AttributeDefinitions=attributes,
        GlobalSecondaryIndexes=[index],
        BillingMode="PAY_PER_REQUEST",
    )
    drawn = random.Random(7)  # noqa: S311 - nothing secret
    for number in range(60):
        item: dict[str, Any] = {"hash": {kind: str(drawn.randrange(5))}, "number": {"N": str(number)}}
        item["range"] = {kind: str(drawn.randrange(12))}
        if drawn.random() > 0.3:
            item["other"] = {kind: str(drawn.randrange(3))}
        client.put_item(TableName=TABLE, Item=item)
    return client


def _found(client: Any, kind: str) -> list[Any]:
    """What queries of every key find, forwards and backwards, in pages of three, and a scan."""
    pages = []
    for key, index in (("hash", {}), ("other", {"IndexName": "by-other"})):
        for value in range(6):
            for forward in (True, False):
                asked = {
                    "KeyConditionExpression": "#key = :value",
                    "ExpressionAttributeNames": {"#key": key},
                    "ExpressionAttributeValues": {":value": {kind: str(value)}},
                    "ScanIndexForward": forward,
                    **index,
                }
                paginator = client.get_paginator("query").paginate(
                    TableName=TABLE, PaginationConfig={"PageSize": 3}, **asked
                )
                pages += [page["Items"] for page in paginator]
    return [*pages, client.scan(TableName=TABLE)["Items"]]


@pytest.mark.parametrize("kind", ["S", "N"])
@pytest.mark.parametrize("ranged", [True, False], ids=["with a range key", "without one"])
def test_a_query_finds_what_moto_itself_would_find(kind: str, *, ranged: bool) -> None:
    patches = Patches()
    with mock_aws():
        client = _table(kind, ranged=ranged)
        expected = _found(client, kind)
    with mock_aws():
        table_queries.install(patches)
        try:
            client = _table(kind, ranged=ranged)
            found = _found(client, kind)
        finally:
            patches.undo()

    assert sum(map(len, expected)) > 100 if ranged else any(expected)
    assert found == expected
