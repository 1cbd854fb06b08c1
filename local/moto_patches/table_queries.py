"""A query of DynamoDB looks at the items of its key."""

import importlib
import inspect
import threading
from typing import Any, Final

from local.moto_patches.patches import Patches

_TEXT: Final = "S"


def install(patches: Patches) -> None:
    """moto sorts all items of a table for each query, most of which then are not of its key, and sorts the rest again.

    A table that holds the history of a few drills is asked several times in every second.
    """
    if not patches.begin(__name__):
        return
    table = importlib.import_module("moto.dynamodb.models.table").Table
    like_query, asked = inspect.signature(table.query), threading.local()

    def query(self: Any, *args: Any, **kwargs: Any) -> Any:
        values = like_query.bind(self, *args, **kwargs).arguments
        asked.by = (values["hash_key"], values.get("index_name"))
        try:
            return real_query(self, *args, **kwargs)
        finally:
            asked.by = None

    def all_items(self: Any) -> list[Any]:
        by = getattr(asked, "by", None)
        if by is None:
            return list(real_all_items(self))
        key, index = by
        # of an index any item may have the key
        stored = list(self.items.values()) if index else [self.items[key]] if key in self.items else []
        return [item for found in stored for item in found.values()] if self.range_key_attr else stored

    real_query = patches.replace(table, "query", query)
    real_all_items = patches.replace(table, "all_items", all_items)
    _compare_texts_at_once(patches)


def _compare_texts_at_once(patches: Patches) -> None:
    """Nearly all values that are compared are texts, which moto first holds against every other kind."""
    value = importlib.import_module("moto.dynamodb.models.dynamo_type").DynamoType

    def equal(self: Any, other: Any) -> bool:
        return bool(self.value == other.value if self.type == _TEXT == other.type else real_equal(self, other))

    def less(self: Any, other: Any) -> bool:
        return bool(self.value < other.value if self.type == _TEXT == other.type else real_less(self, other))

    def hashed(self: Any) -> int:
        return hash((_TEXT, self.value)) if self.type == _TEXT else int(real_hash(self))

    real_equal = patches.replace(value, "__eq__", equal)
    real_less = patches.replace(value, "__lt__", less)
    real_hash = patches.replace(value, "__hash__", hashed)
