"""The local system lives as long as its user likes: its memory follows what there is, not what there was."""

import gc
import importlib
from typing import Any

import pytest

from local.moto_patches import instance_tracking
from local.moto_patches.patches import Patches
from local.system import LocalSystem

WRITES = 200


def alive(model: type) -> int:
    """How many instances of a model of moto's are in memory."""
    gc.collect()
    return sum(type(one) is model for one in gc.get_objects())


def test_what_was_overwritten_is_forgotten(system: LocalSystem) -> None:
    item = importlib.import_module("moto.dynamodb.models.dynamo_type").Item
    client, table = system.client("dynamodb"), system.deployment.value("TableName")
    before = alive(item)

    for number in range(WRITES):
        client.put_item(TableName=table, Item={"id": {"S": "written-often"}, "number": {"N": str(number)}})

    assert alive(item) - before < WRITES / 10


@pytest.mark.usefixtures("system")
def test_a_reset_of_s3_closes_what_was_overwritten_too() -> None:
    models: Any = importlib.import_module("moto.s3.models")
    key = models.FakeKey(name="name", value=b"content", account_id="123456789012", region_name="us-east-1")
    buffer = key._value_buffer

    models.S3Backend("us-east-1", "123456789012").reset()

    assert buffer.closed


def test_moto_is_put_back_as_it_was() -> None:
    base = importlib.import_module("moto.core.common_models").BaseModel
    before, patches = vars(base)["__new__"], Patches()
    instance_tracking.install(patches)
    assert vars(base)["__new__"] is not before

    patches.undo()

    assert vars(base)["__new__"] is before


def test_a_transaction_copies_what_it_names_and_puts_that_back_if_it_is_refused(system: LocalSystem) -> None:
    client, table = system.client("dynamodb"), system.deployment.value("TableName")
    models = importlib.import_module("moto.dynamodb.models")
    for name in ("named", "beside"):
        client.put_item(TableName=table, Item={"id": {"S": name}, "number": {"N": "1"}})
    backend = models.dynamodb_backends[system.hub.account][system.hub.region]
    beside = next(item for key, item in backend.get_table(table).items.items() if key.value == "beside")
    update: Any = {"TableName": table, "Key": {"id": {"S": "named"}}, "ExpressionAttributeNames": {"#n": "number"}}
    update |= {"UpdateExpression": "SET #n = :two", "ExpressionAttributeValues": {":two": {"N": "2"}}}
    check: Any = {"TableName": table, "Key": {"id": {"S": "absent"}}, "ConditionExpression": "attribute_exists(id)"}

    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(TransactItems=[{"Update": update}, {"ConditionCheck": check}])

    stored = client.get_item(TableName=table, Key={"id": {"S": "named"}}, ConsistentRead=True)["Item"]
    assert stored["number"] == {"N": "1"}
    kept = next(item for key, item in backend.get_table(table).items.items() if key.value == "beside")
    assert kept is beside, "what the transaction does not name was not copied"
    client.transact_write_items(TransactItems=[{"Update": update}])
    assert client.get_item(TableName=table, Key={"id": {"S": "named"}})["Item"]["number"] == {"N": "2"}
