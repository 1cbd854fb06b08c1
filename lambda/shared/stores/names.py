"""Items by their names, many at a time: one look at their name rows and one at the items for every hundred."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from shared.stores.owned_kinds import M, folded, may_be_key, name_row
from shared.stores.table import Table


def find_by_names(
    table: Table,
    key: str,
    names: Iterable[str],
    get_many: Callable[[Sequence[str]], list[M]],
    id_of: Callable[[M], str],
) -> dict[str, M]:
    """The items of these names, whatever their case, by their names as `folded` makes them; read consistently."""
    wanted = {name_row(name): folded(name) for name in names}
    rows = table.batch_get([{key: row_id} for row_id in wanted if may_be_key(row_id)])
    items = {id_of(item): item for item in get_many(sorted({row["ownerId"] for row in rows}))}
    return {wanted[row[key]]: items[row["ownerId"]] for row in rows if row["ownerId"] in items}
