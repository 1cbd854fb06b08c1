"""Waves and servers of an execution, read."""

from __future__ import annotations

from collections.abc import Iterable

from shared.models.execution import ExecutionHeader
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
