"""Waves and servers of an execution, read."""

from __future__ import annotations

from collections.abc import Iterable

from shared.models.execution import ExecutionHeader
from shared.models.group_members import GroupMembers
from shared.models.server_record import ServerRecord
from shared.models.wave_record import WaveRecord
from shared.stores import keys
from shared.stores.items import model_of
from shared.stores.paging import Listing, PagedQuery
from shared.stores.table import Table


class Children:
    """The WAVE and SERVER items of an execution."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def waves(self, header: ExecutionHeader, numbers: Iterable[int]) -> dict[int, WaveRecord]:
        """The waves of these numbers that exist, read consistently."""
        items = self._table.batch_get(
            [keys.item_key(header.execution_id, keys.wave(header.plan_id, number)) for number in numbers]
        )
        return {record.wave_number: record for record in (model_of(WaveRecord, item) for item in items)}

    def all_waves(self, header: ExecutionHeader) -> dict[int, WaveRecord]:
        """Every wave of the execution."""
        return self.waves(header, [summary.wave_number for summary in header.waves])

    def servers(self, header: ExecutionHeader, wave_number: int | None = None) -> list[ServerRecord]:
        """All servers of the execution or of one wave, by wave, account, region and id."""
        page = self._table.query(
            (keys.PARTITION, header.execution_id),
            sort_prefix=(keys.SORT, keys.servers(header.plan_id, wave_number)),
            consistent=True,
        )
        return [model_of(ServerRecord, item) for item in page.items]

    def members(self, execution_id: str, plan_id: str) -> dict[str, frozenset[str]] | None:
        """By group the servers that its start took; None unless all parts of that are there."""
        page = self._table.query(
            (keys.PARTITION, execution_id), sort_prefix=(keys.SORT, keys.members(plan_id)), consistent=True
        )
        parts = [model_of(GroupMembers, item) for item in page.items]
        if not parts or len(parts) != parts[0].parts:
            return None
        found: dict[str, list[str]] = {}
        for part in parts:
            for group_id, servers in part.servers.items():
                found.setdefault(group_id, []).extend(servers)
        return {group_id: frozenset(servers) for group_id, servers in found.items()}

    def server_page(
        self, header: ExecutionHeader, limit: int, token: str | None = None, *, wave_number: int | None = None
    ) -> Listing[ServerRecord]:
        """A page of the same."""
        query = PagedQuery(
            "servers",
            partition=(keys.PARTITION, header.execution_id),
            order=(keys.PARTITION, keys.SORT),
            sort_prefix=(keys.SORT, keys.servers(header.plan_id, wave_number)),
            consistent=True,
            filters={"waveNumber": wave_number},
        )
        return query.read(self._table, limit, token, lambda item: model_of(ServerRecord, item))
