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
