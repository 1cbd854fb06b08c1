"""Keeps OpsItems: moto has no OpsCenter."""

import importlib
import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from moto.core.responses import ActionResult

from local.clock import LocalClock
from local.moto_patches.patches import Patches

_ABOUT: Final = "/aws/dedup"
_RESERVED: Final = ("aws", "amazon", "amzn")
"""What a source may not contain (CreateOpsItem, SSM API reference)."""
_OPEN: Final = frozenset({"Open", "InProgress"})


def install(patches: Patches, clock: LocalClock) -> None:
    """OpsItems are made, one of a source about one thing while it is open, shown, listed and resolved."""
    if not patches.begin(__name__):
        return
    response = importlib.import_module("moto.ssm.responses").SimpleSystemManagerResponse
    _make(patches, response, clock)
    _show(patches, response)
    _resolve(patches, response, clock)


def _make(patches: Patches, response: Any, clock: LocalClock) -> None:
    def create_ops_item(self: Any) -> Any:
        given, items = json.loads(self.body), _items(self)
        if any(word in given["Source"].lower() for word in _RESERVED):
            raise _refused("OpsItemInvalidParameterException", f"Source must not contain any of {_RESERVED}")
        same = [one for one in items.values() if _is_same(one, given)]
        if same:
            raise _refused("OpsItemAlreadyExistsException", "there is one already", OpsItemId=same[0]["OpsItemId"])
        name = f"oi-{uuid4().hex[:12]}"
        now = clock.now()
        items[name] = {**given, "OpsItemId": name, "Status": "Open", "CreatedTime": now, "LastModifiedTime": now}
        return ActionResult({"OpsItemId": name})

    patches.replace(response, "create_ops_item", create_ops_item)


def _show(patches: Patches, response: Any) -> None:
    def get_ops_item(self: Any) -> Any:
        return ActionResult({"OpsItem": _item(self)})

    def describe_ops_items(self: Any) -> Any:
        wanted = [(one["Key"], one["Values"]) for one in self._get_param("OpsItemFilters", [])]
        if strange := {key for key, _values in wanted} - {"Status", "Source"}:
            raise _refused("OpsItemInvalidParameterException", f"no filter by {sorted(strange)} is known here")
        found = [one for one in _items(self).values() if all(one[key] in values for key, values in wanted)]
        return ActionResult({"OpsItemSummaries": found})

    patches.replace(response, "get_ops_item", get_ops_item)
    patches.replace(response, "describe_ops_items", describe_ops_items)


def _resolve(patches: Patches, response: Any, clock: LocalClock) -> None:
    def update_ops_item(self: Any) -> Any:
        item = _item(self)
        changed = {name: value for name, value in json.loads(self.body).items() if name in ("Status", "Priority")}
        item.update(changed, LastModifiedTime=clock.now())
        return ActionResult({})

    patches.replace(response, "update_ops_item", update_ops_item)


def _items(response: Any) -> dict[str, Any]:
    """Those of the account and region, the oldest first."""
    items: dict[str, Any] = vars(response.ssm_backend).setdefault("ops_items", {})
    return items


def _item(response: Any) -> dict[str, Any]:
    name = response._get_param("OpsItemId")
    item: dict[str, Any] | None = _items(response).get(name)
    if item is None:
        raise _refused("OpsItemNotFoundException", f"there is no OpsItem {name}")
    return item


def _is_same(item: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    about = given.get("OperationalData", {}).get(_ABOUT)
    return (
        about is not None
        and item["Status"] in _OPEN
        and item["Source"] == given["Source"]
        and item.get("OperationalData", {}).get(_ABOUT) == about
    )


def _refused(code: str, message: str, **more: str) -> Exception:
    error: Exception = importlib.import_module("moto.ssm.exceptions").SSMException(code, message)
    for name, value in more.items():
        setattr(error, name, value)
    return error
