"""What a look at a server's launch settings means for its launch, and what an override makes of it.

A start may be made in spite of what is found about launch settings, and so may the retry of a wave. Then it does not
matter any more what a look finds, or that nobody can take one: the server is launched as DRS has it then, and its note
says so. It holds for the servers of which something prevented the start, and for all servers of a wave for which the
operator has named a code. Where settings of an earlier execution are left, that has to be what was accepted. It never
holds for what is there for this execution only: whoever was to be launched into an instance, or elsewhere in a drill,
is launched like that or not at all.
"""

from collections.abc import Collection
from typing import Final, TypeAlias

from shared.launch_config_records import Brought, in_words, lasts
from shared.models.finding import ABOUT_SETTINGS, FindingCode
from shared.models.launch_config_state import ConfigOutcome, DriftPolicy
from shared.models.server_record import ServerRecord
from shared.models.verified_settings import SettingsVerdict, VerifiedSettings
from shared.models.wave_record import WaveRecord
from shared.services.launch_config_bringing import SERVER_NOT_FOUND

Verdict: TypeAlias = tuple[SettingsVerdict, str]
"""With the reason in words."""

_ACCEPTED: Final = "launched as DRS has it, as was accepted"
_UNSEEN: Final = "launched as DRS has it, at which nobody could look"


def verdict_of(brought: Brought, policy: DriftPolicy, done: str = "repaired") -> Verdict:
    """Whether a server may be launched with what was found, and the reason in words if there is something to say."""
    fields = _fields(brought)
    match brought.outcome:
        case ConfigOutcome.UNCHANGED:
            return SettingsVerdict.READY, ""
        case ConfigOutcome.APPLIED:
            return SettingsVerdict.READY, f"{done}: {fields}" if fields else ""
        case ConfigOutcome.DRIFTED if policy is DriftPolicy.BLOCK:
            return SettingsVerdict.REFUSED, f"DRS has other settings than its group, whose policy is BLOCK: {fields}"
        case ConfigOutcome.DRIFTED:
            return SettingsVerdict.READY, _otherwise(brought)
        case ConfigOutcome.FAILED:
            reason = in_words(brought.reason, brought.code)
            if lasts(brought.code):
                return SettingsVerdict.REFUSED, reason
            if policy is DriftPolicy.WARN:
                # a look would not have changed anything
                return SettingsVerdict.READY, f"{_UNSEEN}: {reason}"
            return SettingsVerdict.UNREAD, reason


def _fields(brought: Brought) -> str:
    return ", ".join(difference.field for difference in brought.differences)


def _otherwise(brought: Brought) -> str:
    return f"DRS has other settings than its group: {_fields(brought)}"


def standing_verdict(brought: Brought, policy: DriftPolicy, accepted: Collection[str]) -> Verdict:
    """The verdict upon what is there of a server's own settings, whatever is put over them for this execution."""
    verdict, reason = verdict_of(brought, policy)
    is_sure = verdict is SettingsVerdict.READY or brought.code == SERVER_NOT_FOUND
    if is_sure or not any(code in accepted for code in ABOUT_SETTINGS):
        return verdict, reason
    return SettingsVerdict.READY, f"{_ACCEPTED}: {reason}"


def is_as_accepted(seen: VerifiedSettings | None) -> bool:
    """Whether the last look has found that the server is launched as DRS has it, because that was accepted."""
    return seen is not None and seen.verdict is SettingsVerdict.READY and _ACCEPTED in seen.reason


def still_accepted(brought: Brought) -> Verdict:
    """The verdict upon such a server that is not to be changed now, and is otherwise still."""
    return SettingsVerdict.READY, f"{_ACCEPTED}: {_otherwise(brought)}"


def mended_next(brought: Brought) -> Verdict:
    """The verdict upon a server that is not to be changed now, because it may be launched, and is otherwise."""
    return (
        SettingsVerdict.UNREAD,
        f"it is otherwise than at the last look, and the next one mends it: {_fields(brought)}",
    )


def may_keep_what_is_left(accepted: Collection[str]) -> bool:
    """Whether it was accepted that settings of an earlier execution are left of a server."""
    return FindingCode.TEMPORARY_SETTINGS_LEFT in accepted


def accepted_of(server: ServerRecord, wave: WaveRecord) -> frozenset[str]:
    """The codes of all that was accepted of a server: by the start because it was found, or for its whole wave."""
    return frozenset(wave.accepted_codes).union(finding.code for finding in server.accepted_findings or ())
