"""Points in time: those DRS takes by its policy, and those a launch takes on demand."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from local.drs_simulator.ids import derived
from local.drs_simulator.state import Snapshot, SourceServer
from local.drs_simulator.world import World

_POLICY: Final = ((timedelta(minutes=10), 6), (timedelta(hours=1), 24), (timedelta(days=1), 7))
"""DRS's default retention: every 10 minutes for an hour, hourly for a day, daily for a week."""
_NEVER_SYNCED: Final = frozenset({"INITIATING", "INITIAL_SYNC", "STOPPED"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def snapshots_of(server: SourceServer, now: datetime) -> list[Snapshot]:
    """All points in time of a server, oldest first; none before its first synchronisation or after a stop."""
    if server.replication.state in _NEVER_SYNCED:
        return []
    found = {at: _scheduled(server, at) for at in _policy_times(server, now)}
    found |= {snapshot.at: snapshot for snapshot in server.on_demand_snapshots if snapshot.at <= now}
    return [found[at] for at in sorted(found)]


def latest_snapshot(server: SourceServer, now: datetime) -> Snapshot | None:
    """The newest point in time, or None."""
    return next(reversed(snapshots_of(server, now)), None)


def take_snapshot(world: World, server: SourceServer, at: datetime) -> Snapshot:
    """A point in time on demand, as a launch takes it."""
    snapshot = Snapshot(world.ids.resource("pit"), at, _volumes(server, at))
    server.on_demand_snapshots.append(snapshot)
    return snapshot


def _policy_times(server: SourceServer, now: datetime) -> Iterator[datetime]:
    stalled = server.replication.state in {"STALLED", "DISCONNECTED", "PAUSED"}
    newest = server.replication_since if stalled else now
    newest -= timedelta(seconds=server.replication.lag_seconds)
    for interval, count in _POLICY:
        last = newest - (newest - _EPOCH) % interval
        for index in range(count):
            if (at := last - index * interval) >= server.added:
                yield at


def _scheduled(server: SourceServer, at: datetime) -> Snapshot:
    return Snapshot(derived("pit", server.server_id, at.isoformat()), at, _volumes(server, at))


def _volumes(server: SourceServer, at: datetime) -> tuple[str, ...]:
    return tuple(derived("snap", server.server_id, disk.device_name, at.isoformat()) for disk in server.spec.disks)
