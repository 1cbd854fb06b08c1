"""Models of the execution-history table as items and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from shared.errors import NewerSchemaError
from shared.models.base import Model
from shared.models.execution import SCHEMA_VERSION, ExecutionHeader
from shared.stores import keys
from shared.stores.table import Item

HEADER_ATTRIBUTES: Final = ("headerPlanId", "listKey", "openKey", "statusKey")
"""The sparse index attributes of a header."""

LIST_KEY: Final = "execution"
OPEN_KEY: Final = "open"

# What the table needs and the models do not know.
_STORE_ONLY: Final = frozenset({*HEADER_ATTRIBUTES, "ownerKey", "expiresAt"})

M = TypeVar("M", bound=Model)


def child_item(model: Model, sort_key: str) -> Item:
    """An item of an execution; the sort key takes the place of the plan's id, with which it begins."""
    return model.wire() | {keys.SORT: sort_key}


def header_item(header: ExecutionHeader) -> Item:
    """The header with its index attributes; wave summaries without what has its default value."""
    item = header.wire() | {"waves": wave_summaries(header), "headerPlanId": header.plan_id, "listKey": LIST_KEY}
    if header.open:
        item["openKey"] = OPEN_KEY
    return item | status_attributes(header)


def status_attributes(header: ExecutionHeader) -> dict[str, str]:
    """What is written with every change of a header's status: waves have a status too, so the index is of another."""
    return {"statusKey": header.status.value}


_SHORT: Final[Mapping[str, str]] = {
    "waveNumber": "n",
    "dependsOnWaves": "after",
    "pauseBeforeWave": "gate",
    "failurePolicy": "policy",
    "continued": "on",
    "draining": "jobs",
    "serverCount": "of",
    "launchedCount": "up",
    "failedCount": "bad",
    "verifiesSettings": "sets",
    "settingsAskedAt": "asked",
}
"""Names within a stored wave summary: 500 waves are in one header, which has 100 KB. Name and status keep theirs."""

_LONG: Final = {short: name for name, short in _SHORT.items()}


def wave_summaries(header: ExecutionHeader) -> list[dict[str, Any]]:
    """The wave summaries as stored, about 100 bytes each.

    The status is always there, for the query of the mails, and so is the policy, whose default may change one day.
    """
    return [
        {
            _SHORT.get(name, name): value
            for name, value in (
                wave.model_dump(mode="json", by_alias=True, exclude_defaults=True)
                | {"status": wave.status.value, "failurePolicy": wave.failure_policy.value}
            ).items()
        }
        for wave in header.waves
    ]


def _whole_summary(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {_LONG.get(name, name): value for name, value in stored.items()}


def is_header(item: Mapping[str, Any]) -> bool:
    """Whether the item is an execution's header and not a lock, a quota row or a part of an execution."""
    return "headerPlanId" in item


def model_of(model: type[M], item: Mapping[str, Any]) -> M:
    """The model of an item of an execution, header included; NewerSchemaError if a later version made the header."""
    if is_header(item):
        _check_version(item)
    # A gate has a time `expiresAt` of its own; as text it means nothing to the table's time to live.
    hidden = _STORE_ONLY - {field.alias for field in model.model_fields.values()}
    fields = {name: value for name, value in item.items() if name not in hidden}
    if is_header(item) and "waves" in fields:
        fields["waves"] = [_whole_summary(wave) for wave in fields["waves"]]
    return model.model_validate(fields | {keys.SORT: keys.plan_of(item[keys.SORT])})


def _check_version(header: Mapping[str, Any]) -> None:
    """Fields that are not there have their default values; what a later version means by others nobody knows here."""
    version = header.get("schemaVersion", SCHEMA_VERSION)
    if version > SCHEMA_VERSION:
        raise NewerSchemaError(
            f"execution {header[keys.PARTITION]} was written by a later version of this software (schema {version}; "
            f"this one knows {SCHEMA_VERSION}) and waits for it",
            schemaVersion=int(version),
            knownVersion=SCHEMA_VERSION,
        )


def row_model(model: type[M], item: Mapping[str, Any]) -> M:
    """The model of a row that belongs to no execution: its key is no part of it."""
    hidden = {*_STORE_ONLY, keys.PARTITION, keys.SORT}
    return model.model_validate({name: value for name, value in item.items() if name not in hidden})
