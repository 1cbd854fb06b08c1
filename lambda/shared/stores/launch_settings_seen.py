"""What was found of the launch settings of an execution's servers, written by whoever verifies them."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from shared.models.base import format_instant
from shared.models.execution import ExecutionHeader
from shared.models.targets import ServerKey
from shared.models.verified_settings import VerifiedSettings
from shared.stores import keys
from shared.stores.conditions import Equals, LessThan, NotExists, Or
from shared.stores.items import child_item, model_of
from shared.stores.table import ConditionFailed, Table


class LaunchSettingsSeen:
    """The SETTINGS items of an execution."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def verified_settings(self, header: ExecutionHeader, wave_number: int) -> dict[ServerKey, VerifiedSettings]:
        """What was found of a wave's servers, read consistently; nothing of those at which nobody has looked."""
        page = self._table.query(
            (keys.PARTITION, header.execution_id),
            sort_prefix=(keys.SORT, keys.verified(header.plan_id, wave_number)),
            consistent=True,
        )
        return {seen.server: seen for seen in (model_of(VerifiedSettings, item) for item in page.items)}

    def verifying_until(self, header: ExecutionHeader, wave_number: int) -> str | None:
        """Until when somebody has a wave's settings to look at; a time that is over is that of one who broke off."""
        item = self._table.get(keys.item_key(header.execution_id, keys.verifying(header.plan_id, wave_number)))
        return None if item is None else str(item["until"])

    def begin_verifying(
        self, header: ExecutionHeader, wave_number: int, claim: str, now: datetime, until: datetime
    ) -> bool:
        """Let nobody else look at a wave's settings until then; False if somebody does, whose time is not over."""
        key = keys.item_key(header.execution_id, keys.verifying(header.plan_id, wave_number))
        is_free = Or(NotExists("until"), LessThan("until", format_instant(now)))
        try:
            self._table.put({**key, "claim": claim, "until": format_instant(until)}, is_free)
        except ConditionFailed:
            return False
        return True

    def end_verifying(self, header: ExecutionHeader, wave_number: int, claim: str) -> None:
        """Let the next one look, unless somebody does already."""
        key = keys.item_key(header.execution_id, keys.verifying(header.plan_id, wave_number))
        with suppress(ConditionFailed):
            self._table.delete(key, Equals("claim", claim))

    def note_verified(self, seen: VerifiedSettings) -> bool:
        """Write down what was found; False, and nothing written, if a look that began later is written down already."""
        item = child_item(seen, keys.verified_server(seen.plan_id, seen.wave_number, seen.server))
        earlier = Or(NotExists("verifiedAt"), LessThan("verifiedAt", format_instant(seen.verified_at)))
        try:
            self._table.put(item, earlier)
        except ConditionFailed:
            return False
        return True
