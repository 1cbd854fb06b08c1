"""Which servers of a wave are to be looked at for their launch settings, in which order, and whether to write."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from shared.engine.bounds import SETTINGS_FRESH
from shared.models.server_record import LaunchStatus, ServerRecord
from shared.models.targets import ServerKey
from shared.models.verified_settings import SettingsVerdict, VerifiedSettings


def due_of(
    servers: Iterable[ServerRecord],
    known: Mapping[ServerKey, VerifiedSettings],
    versions: Mapping[str, int],
    asked_at: datetime,
) -> list[ServerRecord]:
    """Those that wait for their launch and of which too little is known of their groups as they are now."""
    return [
        server
        for server in servers
        if server.settings_group_id is not None
        and server.launch is LaunchStatus.PENDING
        and not _is_known(known.get(server.server), versions, asked_at)
    ]


def _is_known(seen: VerifiedSettings | None, versions: Mapping[str, int], asked_at: datetime) -> bool:
    if seen is None or not seen.is_about(versions):
        return False
    fresh = SETTINGS_FRESH if seen.verdict is SettingsVerdict.READY else timedelta(0)
    return seen.verified_at >= asked_at - fresh


def by_group(
    servers: Iterable[ServerRecord], known: Mapping[ServerKey, VerifiedSettings], now: datetime, trust: timedelta
) -> list[tuple[tuple[str, bool], list[ServerRecord]]]:
    """By group, and by whether anything may be written; first those that wait for it.

    For `trust` after a look that found it READY a server may be being launched.
    """
    groups: dict[tuple[str, bool], list[ServerRecord]] = {}
    for server in servers:
        may_write = not _may_be_launched(known.get(server.server), now, trust)
        groups.setdefault((str(server.settings_group_id), may_write), []).append(server)
    return sorted(groups.items(), key=lambda one: (not one[0][1], one[0][0]))


def _may_be_launched(seen: VerifiedSettings | None, now: datetime, trust: timedelta) -> bool:
    """Whether the engine believes the last look at a server, or did so until a moment ago: it may be launching it.

    Whoever was not READY when it asked for this look it does not launch before the answer.
    """
    if seen is None or seen.verdict is not SettingsVerdict.READY:
        return False
    return now < seen.verified_at + trust


def with_unread_since(before: VerifiedSettings | None, seen: VerifiedSettings) -> VerifiedSettings:
    """What was found, and since when nobody could look."""
    if seen.verdict is not SettingsVerdict.UNREAD:
        return seen
    since = before.unread_since if before is not None and before.verdict is SettingsVerdict.UNREAD else None
    return seen.model_copy(update={"unread_since": since or seen.verified_at})
