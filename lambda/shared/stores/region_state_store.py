"""What was found of DRS in the regions of an account: a row for each account, an attribute for each region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pydantic

from shared.models.places import RegionMemory
from shared.models.targets import Target
from shared.stores.table import Changes, Key, Table
from shared.stores.target_account_store import KEY

_ROW: Final = "settings#regions#"


class RegionStateStore:
    """The rows of regions in the table of target accounts."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find_many(self, account_ids: Iterable[str]) -> dict[Target, RegionMemory]:
        """What is remembered of these accounts, read together."""
        items = self._table.batch_get([_key(account_id) for account_id in account_ids])
        return {
            Target(account_id=item[KEY].removeprefix(_ROW), region=region): memory
            for item in items
            for region, value in item.items()
            if region != KEY and (memory := _memory(value)) is not None
        }

    def note(self, account_id: str, regions: Mapping[str, RegionMemory]) -> None:
        """Remember this of some regions of an account, in one write that leaves the others as they are."""
        self._table.update(_key(account_id), Changes(set={region: one.wire() for region, one in regions.items()}))

    def forget(self, account_id: str) -> None:
        """Remember nothing of an account."""
        self._table.delete(_key(account_id))


def _key(account_id: str) -> Key:
    return {KEY: f"{_ROW}{account_id}"}


def _memory(value: Any) -> RegionMemory | None:
    """What somebody wrote by hand, and cannot be read, is not remembered: the region is asked."""
    try:
        return RegionMemory.model_validate(value)
    except pydantic.ValidationError:
        return None
