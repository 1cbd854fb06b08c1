"""Launch settings: verified by a worker while earlier waves run, and believed for a while; no launch without."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from shared.engine.bounds import (
    LONGEST_SETTINGS_AGAIN,
    SETTINGS_AGAIN,
    SETTINGS_FRESH,
    SETTINGS_LOOK,
    SETTINGS_POLL_SECONDS,
    SETTINGS_TOLD,
)
from shared.engine.effects import VerifySettings
from shared.engine.graph import dependencies
from shared.engine.observations import LooksAtSettings
from shared.engine.state import Draft
from shared.engine.texts import counted
from shared.execution_utils import WAVES_NOT_STARTED, WAVES_UNDER_WAY
from shared.models.execution import ExecutionStatus, WaveSummary
from shared.models.server_record import LaunchStatus, ServerRecord
from shared.models.verified_settings import SettingsVerdict, VerifiedSettings


def verify_ahead(draft: Draft) -> None:
    """Have the settings verified of each wave whose turn comes after waves that have all begun.

    Once, and again while they run, so that what was found is not too old when they end.
    """
    status = draft.header.status
    if status not in (ExecutionStatus.RUNNING, ExecutionStatus.PAUSED) or draft.why_nothing_starts is not None:
        return
    if not any(wave.verifies_settings for wave in draft.header.waves):
        return
    needed = dependencies(draft.header.waves)
    waiting = {wave.wave_number for wave in draft.header.waves if wave.status in WAVES_NOT_STARTED}
    for number in sorted(waiting):
        wave = draft.header.summary(number)
        if wave.verifies_settings and not needed[number] & waiting and _is_due(draft, wave, needed[number]):
            _ask(draft, number)


def _is_due(draft: Draft, wave: WaveSummary, before: Collection[int]) -> bool:
    if wave.settings_asked_at is None:
        return True
    is_awaited = any(draft.header.summary(number).status in WAVES_UNDER_WAY for number in before)
    return is_awaited and draft.now - wave.settings_asked_at >= draft.bounds.settings_trust - SETTINGS_FRESH


def with_verified_settings(draft: Draft, number: int, servers: Sequence[ServerRecord]) -> list[ServerRecord]:
    """Those that may be launched as DRS has them; who may not fails, and the others wait for a look at theirs."""
    if not draft.header.summary(number).verifies_settings:
        return list(servers)
    found = draft.observer.verified(number)
    if found is None:
        return []
    allowed, unknown = list[ServerRecord](), list[VerifiedSettings | None]()
    for server in servers:
        has_settings = server.settings_group_id is not None
        seen = found.of_now(server.server) if has_settings else None
        if not has_settings or (seen is not None and _allows(draft, seen)):
            allowed.append(server)
        elif seen is not None and _forbids(draft, seen):
            draft.change_server(server.server, launch=LaunchStatus.FAILED, reason=f"launch settings: {seen.reason}")
        else:
            unknown.append(seen)
            if seen is not None and seen.verdict is SettingsVerdict.UNREAD:
                draft.obstruct(number, seen.reason)
    if unknown:
        _wait(draft, number, unknown, found)
    return allowed


def settings_note(draft: Draft, server: ServerRecord) -> str | None:
    """What the look at a server's settings has to tell of it, if anything."""
    if server.settings_group_id is None:
        return None
    found = draft.observer.verified(server.wave_number)
    seen = None if found is None else found.seen.get(server.server)
    return (seen.reason or None) if seen is not None and seen.verdict is SettingsVerdict.READY else None


def _allows(draft: Draft, seen: VerifiedSettings) -> bool:
    return seen.verdict is SettingsVerdict.READY and draft.now - seen.verified_at < draft.bounds.settings_trust


def _forbids(draft: Draft, seen: VerifiedSettings) -> bool:
    """Whether a look in this try of the wave says so: one before it may be about what was put right since."""
    tried_at = draft.waves[seen.wave_number].tried_at
    is_of_this_try = tried_at is None or seen.verified_at >= tried_at
    return seen.verdict is SettingsVerdict.REFUSED and is_of_this_try


def _wait(draft: Draft, number: int, unknown: Sequence[VerifiedSettings | None], found: LooksAtSettings) -> None:
    if _is_to_be_asked(draft, number, unknown) or _is_outdated(draft, number, found):
        _ask(draft, number)
    tried_at = draft.waves[number].tried_at
    if tried_at is not None and draft.now - tried_at >= SETTINGS_TOLD:
        draft.hold(number, f"the launch settings of {counted(len(unknown), 'server')} are being verified")
    draft.wait(SETTINGS_POLL_SECONDS, "launch settings are being verified")


def _is_to_be_asked(draft: Draft, number: int, unknown: Sequence[VerifiedSettings | None]) -> bool:
    """As soon as one answer will not do, or if none comes: whoever was asked may have died."""
    asked_at = draft.header.summary(number).settings_asked_at
    if asked_at is None:
        return True
    is_overdue = draft.now - asked_at >= draft.bounds.settings
    return any(
        is_overdue if seen is None or not _answers(seen, asked_at) else _is_spent(draft, seen) for seen in unknown
    )


def _is_outdated(draft: Draft, number: int, found: LooksAtSettings) -> bool:
    """Whether somebody has changed a group since what was asked last was answered."""
    asked_at = draft.header.summary(number).settings_asked_at
    answers = (seen for seen in found.seen.values() if asked_at is not None and seen.verified_at >= asked_at)
    return any(not seen.is_about(found.versions) for seen in answers)


def _answers(seen: VerifiedSettings, asked_at: datetime) -> bool:
    """Whether this is the answer to what was asked last: no other comes."""
    fresh = SETTINGS_FRESH if seen.verdict is SettingsVerdict.READY else timedelta(0)
    return seen.verified_at >= asked_at - fresh


def _is_spent(draft: Draft, seen: VerifiedSettings) -> bool:
    """Whether it is time for another than this, which does not allow the server.

    The longer nobody could read or write its settings, the less often anybody tries, until the wave is tried again.
    """
    if seen.verdict is not SettingsVerdict.UNREAD:
        return True
    began = [seen.unread_since or seen.verified_at, draft.waves[seen.wave_number].tried_at]
    lasts = draft.now - max(moment for moment in began if moment is not None)
    pause = min(max(lasts * SETTINGS_LOOK, SETTINGS_AGAIN), LONGEST_SETTINGS_AGAIN)
    return draft.now - seen.verified_at >= pause


def _ask(draft: Draft, number: int) -> None:
    draft.summarise(number, settings_asked_at=draft.now)
    draft.effects.append(VerifySettings(number, draft.now))
