"""The keys and indexes of the four tables as cfn/database-stack.yaml declares them (a test compares)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True)
class IndexSchema:
    """A sparse global index: partition and sort attribute; `projected` is None for all attributes."""

    keys: tuple[str, str]
    projected: tuple[str, ...] | None = None


@dataclass(frozen=True)
class TableSchema:
    """Partition attribute, sort attribute if there is one, indexes by name."""

    keys: tuple[str, ...]
    indexes: Mapping[str, IndexSchema] = field(default_factory=dict)


_SUMMARY: Final = (
    "status",
    "statusReason",
    "progress",
    "executionType",
    "planName",
    "endedAt",
    "initiatedBy",
    "waveCount",
    "serverCount",
    "pointInTime",
)

PROTECTION_GROUPS: Final = TableSchema(("groupId",), {"groups-by-name": IndexSchema(("listKey", "nameKey"))})
RECOVERY_PLANS: Final = TableSchema(
    ("planId",),
    {
        "plans-by-name": IndexSchema(("listKey", "nameKey")),
        "plans-by-group": IndexSchema(("usedGroupId", "usedByPlanId"), ()),
    },
)
EXECUTION_HISTORY: Final = TableSchema(
    ("executionId", "planId"),
    {
        "executions-by-plan": IndexSchema(("headerPlanId", "startedAt"), _SUMMARY),
        "executions-by-start": IndexSchema(("listKey", "startedAt"), _SUMMARY),
        "executions-by-status": IndexSchema(("statusKey", "startedAt"), _SUMMARY),
        "executions-by-type": IndexSchema(
            ("executionType", "startedAt"), tuple(name for name in _SUMMARY if name != "executionType")
        ),
        "open-executions": IndexSchema(("openKey", "startedAt"), ()),
    },
)
TARGET_ACCOUNTS: Final = TableSchema(("accountId",), {"accounts-by-id": IndexSchema(("listKey", "accountId"))})

_TABLES: Final = (PROTECTION_GROUPS, RECOVERY_PLANS, EXECUTION_HISTORY, TARGET_ACCOUNTS)


def place_names(partition: str, index: str | None) -> tuple[str, ...]:
    """The attributes that say where an item stands among those of a partition: of the index, then of its table.

    `partition` is the attribute by which a table without an index is known. KeyError if no table has either.
    """
    for table in _TABLES:
        if index is not None and index in table.indexes:
            return tuple(dict.fromkeys((*table.indexes[index].keys, *table.keys)))
        if index is None and table.keys[0] == partition:
            return table.keys
    raise KeyError(index or partition)
