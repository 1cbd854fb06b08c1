"""What a look at a server's launch settings means for its launch, and what an override makes of it.

A start may be made in spite of what is found about launch settings, and so may the retry of a wave. Then it does not
matter any more what a look finds, or that nobody can take one: the server is launched as DRS has it then, and its note
says so. It holds for the servers of which something prevented the start, and for all servers of a wave for which the
operator has named a code. Where settings of an earlier execution are left, that has to be what was accepted. It never
holds for what is there for this execution only: whoever was to be launched into an instance, or elsewhere in a drill,
is launched like that or not at all. Nor does it hold for an instance of which others have told DRS, and DRS tells:
nobody is launched into that unless the start has named it. Where DRS does not answer, nobody knows of it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from shared.launch_config_overlays import is_left
from shared.launch_config_records import Brought, in_words, lasts
from shared.launch_into_rules import told_instance
from shared.models.finding import FindingCode
from shared.models.launch_config_state import ConfigOutcome, DriftPolicy
from shared.models.server_record import ServerRecord
from shared.models.temporary_settings import TemporarySettings
from shared.models.verified_settings import AcceptedSettings, SettingsVerdict, VerifiedSettings
from shared.models.wave_record import WaveRecord
from shared.services.launch_config_bringing import EXTERNAL_EDIT, NOT_AS_WRITTEN, SERVER_NOT_FOUND

MENDED_AGAIN: Final = timedelta(minutes=30)
"""So long after it was tried in vain nobody tries to mend what was accepted: who is to be mended has to wait for it."""

_WRITTEN_BY_OTHERS: Final = (EXTERNAL_EDIT, NOT_AS_WRITTEN)

_ACCEPTED: Final = "launched as DRS has it, as was accepted"
_UNSEEN: Final = "launched as DRS has it, at which nobody could look"


class Verdict(NamedTuple):
    """Whether a server may be launched, the reason in words, and what of it was accepted."""

    verdict: SettingsVerdict
    reason: str = ""
    accepted: AcceptedSettings | None = None


def verdict_of(brought: Brought, policy: DriftPolicy, done: str = "repaired") -> Verdict:
    """Whether a server may be launched with what was found, and the reason in words if there is something to say."""
    fields = _fields(brought)
    match brought.outcome:
        case ConfigOutcome.UNCHANGED:
            return Verdict(SettingsVerdict.READY)
        case ConfigOutcome.APPLIED:
            return Verdict(SettingsVerdict.READY, f"{done}: {fields}" if fields else "")
        case ConfigOutcome.DRIFTED if policy is DriftPolicy.BLOCK:
            return Verdict(
                SettingsVerdict.REFUSED, f"DRS has other settings than its group, whose policy is BLOCK: {fields}"
            )
        case ConfigOutcome.DRIFTED:
            return Verdict(SettingsVerdict.READY, _otherwise(brought))
        case ConfigOutcome.FAILED:
            reason = in_words(brought.reason, brought.code)
            if lasts(brought.code):
                return Verdict(SettingsVerdict.REFUSED, reason)
            if policy is DriftPolicy.WARN:
                # a look would not have changed anything
                return Verdict(SettingsVerdict.READY, f"{_UNSEEN}: {reason}")
            return Verdict(SettingsVerdict.UNREAD, reason)


def _fields(brought: Brought) -> str:
    return ", ".join(difference.field for difference in brought.differences)


def _otherwise(brought: Brought) -> str:
    return f"DRS has other settings than its group: {_fields(brought)}"


def was_accepted(brought: Brought, accepted: Collection[str], left: TemporarySettings | None) -> bool:
    """Whether it was accepted that a server is launched as it was found.

    That settings of an earlier execution are `left` of it means what that had put there, and nothing of anybody else:
    where somebody else was seen to write at the same time, what is there now is not what was looked at.
    """
    if FindingCode.LAUNCH_CONFIG_DRIFT in accepted or FindingCode.LAUNCH_CONFIG_INVALID in accepted:
        return True
    if left is None or not may_keep_what_is_left(accepted) or brought.code in _WRITTEN_BY_OTHERS:
        return False
    return bool(brought.differences) and all(is_left(difference, left) for difference in brought.differences)


def standing_verdict(brought: Brought, policy: DriftPolicy, at: datetime, *, is_accepted: bool) -> Verdict:
    """The verdict upon what is there of a server's own settings, whatever is put over them for this execution.

    `at` is when the look at it began; `is_accepted`, that it is launched as it was found.
    """
    found = verdict_of(brought, policy)
    is_sure = found.verdict is SettingsVerdict.READY or brought.code == SERVER_NOT_FOUND
    if is_sure or not is_accepted:
        return found
    return _ready(AcceptedSettings(differences=brought.differences, reason=found.reason, tried_at=at))


def _ready(accepted: AcceptedSettings) -> Verdict:
    return Verdict(SettingsVerdict.READY, f"{_ACCEPTED}: {accepted.reason}", accepted)


def unmended(brought: Brought, seen: VerifiedSettings | None, at: datetime) -> Verdict:
    """The verdict upon a server that is not to be changed now, because it may be launched, and is otherwise.

    It stays accepted that it is, for a while, if the last look has found all of this, in vain: it would wait every
    other time. Whatever else is otherwise the next look mends.
    """
    accepted = seen.accepted if seen is not None else None
    if accepted is None or at - accepted.tried_at >= MENDED_AGAIN:
        return mended_next(brought)
    is_known = all(difference in accepted.differences for difference in brought.differences)
    return _ready(accepted) if is_known else mended_next(brought)


def mended_next(brought: Brought) -> Verdict:
    """The verdict upon a server that the next look mends."""
    reason = f"it is otherwise than at the last look, and the next one mends it: {_fields(brought)}"
    return Verdict(SettingsVerdict.UNREAD, reason)


def asked_for(server: ServerRecord, brought: Brought, found: Verdict) -> Verdict:
    """The verdict, unless DRS would launch the server into an instance for which nobody has asked."""
    told = told_instance(brought.found)
    if told is None or server.launch_into is not None or told == server.found_into:
        return found
    reason = (
        f"DRS was told to launch it into {told}, for which nobody has asked here, and whose volumes would be replaced: "
        "take it out of the server's launch settings in DRS, then retry the wave"
    )
    return Verdict(SettingsVerdict.REFUSED, reason)


def may_keep_what_is_left(accepted: Collection[str]) -> bool:
    """Whether it was accepted that settings of an earlier execution are left of a server."""
    return FindingCode.TEMPORARY_SETTINGS_LEFT in accepted


def accepted_of(server: ServerRecord, wave: WaveRecord) -> frozenset[str]:
    """The codes of all that was accepted of a server: by the start because it was found, or for its whole wave."""
    return frozenset(wave.accepted_codes).union(finding.code for finding in server.accepted_findings or ())
