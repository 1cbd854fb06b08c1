"""How full the accounts of DRS are: what counts as replicating, what counts once, and in which band a number lies."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import chain
from typing import Final

from shared.models.drs import SourceServer
from shared.models.targets import Target

_REPLICATING: Final = frozenset({"CONTINUOUS", "INITIAL_SYNC", "RESCAN", "INITIATING", "CREATING_SNAPSHOT", "BACKLOG"})
"""The states that take room of the quota of replicating servers."""


class Band(StrEnum):
    """How near a quota is, from far to past what should be; the names are those of the console."""

    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"
    BEYOND = "beyond"


_REPLICATING_BANDS: Final = ((Band.INFO, 200), (Band.WARNING, 225), (Band.CRITICAL, 250), (Band.BEYOND, 280))
"""From how many of 300 servers on; of another quota as large a part."""
_OF: Final = 300

_RECOVERY_BANDS: Final = ((Band.WARNING, 80), (Band.CRITICAL, 90))
"""From how many per cent of the source servers that an account may have on."""


def replicates(server: SourceServer) -> bool:
    """Whether it takes room of the replicating servers of its account: an extension takes it where it is staged."""
    return not server.is_extension and server.replication_state in _REPLICATING


def replicating(servers: Iterable[SourceServer]) -> int:
    """How many take that room."""
    return sum(map(replicates, servers))


def each_once(places: Mapping[Target, Sequence[SourceServer]]) -> dict[Target, tuple[SourceServer, ...]]:
    """The same servers without those that are extended into another of these accounts, where they are recovered."""
    extended = {server.staging_source_server_arn for server in chain.from_iterable(places.values())} - {None}
    return {
        target: tuple(server for server in servers if server.arn not in extended) for target, servers in places.items()
    }


def replicating_band(count: int, limit: int) -> Band:
    """The band of so many replicating servers; of none at all where none are allowed it is the last."""
    return _band(count * _OF, limit, _REPLICATING_BANDS)


def recovery_band(count: int, limit: int) -> Band:
    """The band of so many source servers."""
    return _band(count * 100, limit, _RECOVERY_BANDS)


def worst_of(bands: Iterable[Band]) -> Band | None:
    """The nearest to a quota, which each region has of its own; None of none."""
    order = list(Band)
    return max(bands, key=order.index, default=None)


def _band(scaled: int, limit: int, bands: Sequence[tuple[Band, int]]) -> Band:
    reached = [band for band, part in bands if scaled >= part * limit]
    return reached[-1] if reached else Band.OK
