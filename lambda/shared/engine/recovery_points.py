"""Points in time: the snapshot that each server is launched from, and what its instance was really recovered to."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from shared.drs_limits import SERVERS_PER_JOB
from shared.engine.bounds import SNAPSHOT_TRUST
from shared.engine.observations import SnapshotQuestion, Unavailable
from shared.engine.state import Draft
from shared.engine.texts import SERVER_REASON, counted, shortened
from shared.models.base import format_instant
from shared.models.drs import RecoverySnapshot
from shared.models.launch import LaunchState
from shared.models.server_record import ChosenSnapshot, LaunchStatus, ServerRecord, UnreadSnapshots
from shared.models.targets import ServerKey


def record_choices(draft: Draft) -> None:
    """Write down what was looked up in this step, also for servers that the step has launched meanwhile."""
    for key, found in draft.observations.snapshots.items():
        if isinstance(found, RecoverySnapshot) and key in draft.servers:
            _choose(draft, key, found)


def choose_snapshots(draft: Draft, servers: Sequence[ServerRecord]) -> list[ServerRecord]:
    """Those of one account and region that can be launched now: all of them, unless there is a point in time.

    Then as many as fit one job are looked up in a step, because DRS is asked once for each server, and because points
    in time age away while servers wait for room. One without any fails with the reason; one whose snapshots cannot be
    read comes after all others, and after those of its kind that were asked longer ago.
    """
    instant = draft.header.point_in_time
    if instant is None:
        return list(servers)
    batch = sorted(servers, key=lambda one: _question(one, instant).turn)[:SERVERS_PER_JOB]
    refused = _refused_at(draft, batch)
    ready = [draft.servers[one.server] for one in batch if _has_snapshot(draft, one, instant, refused)]
    failed = [one for one in batch if draft.servers[one.server].launch is LaunchStatus.FAILED]
    _tell_what_is_unread(draft, servers, settled={one.server for one in (*ready, *failed)})
    behind = len(servers) - len(ready) - len(failed)
    if behind and (_has_launched(draft, servers[0]) or (failed and not ready)):
        # the turn of those behind has come; what cannot be read at this moment makes nobody hurry
        draft.wait(1, f"the snapshots of {counted(behind, 'more server')} are looked up")
    return ready


def are_some_left(draft: Draft, servers: Sequence[ServerRecord]) -> bool:
    """Whether some of those servers are not looked up in this step, because others are before them."""
    return draft.header.point_in_time is not None and len(servers) > SERVERS_PER_JOB


def snapshot_ids(draft: Draft, servers: Sequence[ServerRecord]) -> dict[str, str]:
    """The chosen snapshots by source server; empty if there is no point in time.

    Raises ValueError for a server without one: it would be launched from other data than was asked for.
    """
    if draft.header.point_in_time is None:
        return {}
    chosen = {one.server.source_server_id: one.snapshot.snapshot_id for one in servers if one.snapshot is not None}
    if len(chosen) < len(servers):
        raise ValueError(f"{counted(len(servers) - len(chosen), 'server')} without a snapshot of the point in time")
    return chosen


def recovery_words(draft: Draft, recovery_point: datetime | None) -> str:
    """What the timeline tells of a launched server, if a point in time was asked for."""
    if draft.header.point_in_time is None:
        return ""
    return f"recovered to {format_instant(recovery_point)}" if recovery_point else "its recovery point is unknown"


def measure_recovery_points(draft: Draft) -> None:
    """Bring what the waves at hand say of their recovery points up to date, once, when everything is decided."""
    for number in draft.members:
        launched = [server for server in draft.servers_of(number) if server.launch is LaunchStatus.LAUNCHED]
        known = [server.recovery_point for server in launched if server.recovery_point is not None]
        oldest, unknown = min(known, default=None), len(launched) - len(known)
        wave = draft.waves[number]
        if (wave.oldest_recovery_point, wave.unknown_recovery_points) != (oldest, unknown):
            draft.change_wave(number, oldest_recovery_point=oldest, unknown_recovery_points=unknown)


def _refused_at(draft: Draft, servers: Sequence[ServerRecord]) -> dict[ServerKey, datetime]:
    """When DRS last refused a call with a server for a fault of one of them: it may be a snapshot that it dropped."""
    refusals = [
        launch
        for number in {one.wave_number for one in servers}
        for launch in draft.launches_of(number)
        if launch.state is LaunchState.REFUSED and launch.splits
    ]
    latest_last = sorted(refusals, key=lambda launch: launch.intent_at)
    return {key: launch.intent_at for launch in latest_last for key, _ in launch.members}


def _is_trusted(draft: Draft, chosen: ChosenSnapshot, refused_at: datetime | None) -> bool:
    """Whether a choice is young, and was not refused."""
    is_young = draft.now - chosen.chosen_at < SNAPSHOT_TRUST
    return is_young and (refused_at is None or refused_at < chosen.chosen_at)


def _question(server: ServerRecord, instant: datetime) -> SnapshotQuestion:
    unread = server.unread_snapshots
    return SnapshotQuestion(instant, unread.at if unread is not None else None)


def _tell_what_is_unread(draft: Draft, servers: Sequence[ServerRecord], settled: Collection[ServerKey]) -> None:
    """Say whose snapshots could not be read, and write it down where others had no turn because of them.

    What is known from an earlier step is said too: whose turn it is changes, and is no news.
    """
    unread, told = dict[ServerKey, str](), list[str]()
    for one in (server for server in servers if server.server not in settled):
        answer = draft.observations.snapshots.get(one.server)
        if isinstance(answer, Unavailable) and answer.reason:
            unread[one.server] = shortened(answer.reason, SERVER_REASON)
        known = one.unread_snapshots.reason if one.unread_snapshots is not None else ""
        told.append(unread.get(one.server, known))
    for reason in [reason for reason in told if reason] or (told if _some_had_no_turn(draft, servers) else []):
        draft.obstruct(servers[0].wave_number, reason)
    if len(servers) > SERVERS_PER_JOB or _some_had_no_turn(draft, servers):
        for key, reason in unread.items():
            draft.change_server(key, unread_snapshots=UnreadSnapshots(reason=reason, at=draft.now))


def _some_had_no_turn(draft: Draft, servers: Sequence[ServerRecord]) -> bool:
    """Whether there was no time in this step for some of that account and region, also of another wave."""
    return bool(servers) and any(
        key.target == servers[0].server.target and answer == Unavailable("")
        for key, answer in draft.observations.snapshots.items()
    )


def _has_snapshot(draft: Draft, server: ServerRecord, instant: datetime, refused: Mapping[ServerKey, datetime]) -> bool:
    """Whether the server's snapshot is known by now; whoever has none fails."""
    chosen = draft.servers[server.server].snapshot
    if chosen is not None and _is_trusted(draft, chosen, refused.get(server.server)):
        return True
    if _has_tried(draft) and server.server not in draft.observations.snapshots:
        # its turn comes with the next step, which launches it too
        return False
    answer = draft.observer.snapshot(server.server, _question(server, instant))
    if answer is None:
        return False
    found = answer[0]
    if isinstance(found, RecoverySnapshot):
        _choose(draft, server.server, found)
        return True
    if found is None:
        reason = f"it has no recovery snapshot of {format_instant(instant)} or before"
        draft.change_server(
            server.server, launch=LaunchStatus.FAILED, reason=reason, snapshot=None, unread_snapshots=None
        )
    return False


def _choose(draft: Draft, key: ServerKey, found: RecoverySnapshot) -> None:
    chosen = ChosenSnapshot(snapshot_id=found.snapshot_id, taken_at=found.taken_at, chosen_at=draft.now)
    draft.change_server(key, snapshot=chosen, unread_snapshots=None)


def _has_tried(draft: Draft) -> bool:
    return draft.observations.held_up is not None


def _has_launched(draft: Draft, waiting: ServerRecord) -> bool:
    """Whether this step has launched others of its wave in its account and region."""
    return any(
        launch.launch_id.startswith(draft.launch_prefix)
        and (launch.wave_number, launch.target) == (waiting.wave_number, waiting.server.target)
        for launch in draft.launches.values()
    )
