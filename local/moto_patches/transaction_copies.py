"""Lets a transaction copy what it may change, not its whole table."""

import copy
import importlib
import threading
from collections import defaultdict
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from local.moto_patches.patches import Patches


def install(patches: Patches) -> None:
    """moto copies all of a table before each transaction, once for every item in it, to put it back if that is refused.

    With the history of a few drills in it, that takes a second, and everybody waits. Only what is stored under the hash
    keys of the transaction can change.
    """
    if not patches.begin(__name__):
        return
    models = importlib.import_module("moto.dynamodb.models")
    present = threading.local()

    def transact(self: Any, transact_items: Sequence[dict[str, Any]]) -> None:
        present.transaction, present.copies = transact_items, {}
        try:
            real(self, transact_items)
        finally:
            present.transaction = None

    def deepcopy(value: Any, memo: Any = None) -> Any:
        transaction = getattr(present, "transaction", None)
        if transaction is None or not isinstance(value, models.Table):
            return copy.deepcopy(value, memo)
        if value.name not in present.copies:
            present.copies[value.name] = _snapshot(value, transaction)
        return present.copies[value.name]

    real = patches.replace(models.DynamoDBBackend, "transact_write_items", transact)
    patches.replace(models, "copy", SimpleNamespace(copy=copy.copy, deepcopy=deepcopy))


def _snapshot(table: Any, transaction: Sequence[dict[str, Any]]) -> Any:
    """The table as it is, whose items are shared with it but for those that the transaction names."""
    operations = [next(iter(item.values())) for item in transaction]
    named = {
        next(iter(operation.get("Key", operation.get("Item"))[table.hash_key_attr].values()))
        for operation in operations
        if operation.get("TableName") == table.name
    }
    snapshot = copy.copy(table)
    snapshot.items = defaultdict(dict) if isinstance(table.items, defaultdict) else {}
    for key, stored in table.items.items():
        if key.value in named:
            snapshot.items[key] = copy.deepcopy(stored)
        else:
            snapshot.items[key] = dict(stored) if isinstance(stored, dict) else stored
    return snapshot
