"""The mail of an open gate: what the person decides, and the commands that decide it."""

from collections.abc import Mapping
from typing import Final, assert_never

from notification_formatter.commands import (
    Place,
    approve_block,
    cancel_block,
    cloudshell_link,
    retry_command,
    skip_command,
)
from notification_formatter.failures import failed_words, failure_lines, is_unhealthy, not_recovered
from notification_formatter.story import NAME_LENGTH, Mail, Story, compose, fact, reason_fact, status_of, words_for
from notification_formatter.texts import one_line
from shared.models.base import format_instant
from shared.models.execution import WaveSummary
from shared.models.gate import Gate, GateKind
from shared.models.health_checks import AlarmVerdict
from shared.models.mail import MailType
from shared.models.recovery_plan import wave_words
from shared.models.server_record import ServerRecord

Choice = tuple[str, str]
"""What some commands do, in words that introduce them, and the lines to paste."""

_DECIDED: Final = (
    "Each block ends by showing status and waves. Used twice, or after the gate was decided, it changes nothing."
)
_REPLACES: Final = "This mail replaces the one before: "
_NO_COMMAND_WORKS: Final = "the commands of that one no longer work."
_NO_TOKEN_WORKS: Final = "of that one's commands only retry and skip still work."
_WITHOUT_ALARMS: Final = (
    "To retry the failed servers, paste this line. A retry looks first, and never replaces a healthy instance:",
    "without the failed servers",
)
"""What a retry does, and how to continue, if it was for servers that the wave failed."""
_WITH_ALARMS: Final[Mapping[bool, tuple[str, str]]] = {
    True: (
        "To retry the failed servers and have the alarms looked at again, paste this line. A retry looks first, and\n"
        "never replaces a healthy instance:",
        "without the failed servers, whatever the alarms say",
    ),
    False: (
        "To have the wave's alarms looked at again, paste this line. Its servers are left as they are:",
        "whatever the alarms say",
    ),
}
"""The same if alarms were not OK, by whether servers failed too."""


def gate_mail(story: Story, gate: Gate, token: str) -> Mail:
    """The mail of an open gate."""
    match gate.kind:
        case GateKind.APPROVAL:
            return _approval_mail(story, gate, token)
        case GateKind.PAUSE:
            return _pause_mail(story, gate, token)
        case GateKind.FAILURE:
            return _failure_mail(story, gate, token)
        case never:
            assert_never(never)


def _approval_mail(story: Story, gate: Gate, token: str) -> Mail:
    facts = [
        _paused_at(gate),
        reason_fact(gate.reason),
        fact("Wave waiting", _wave_words(story, gate)),
        _decide_by(gate),
    ]
    choices = [
        ("To approve, paste this block as it stands:", _approve(story, token)),
        ("To cancel the execution instead, paste this block:", _cancel(story, token)),
    ]
    opening = "is paused and waits for your decision"
    return compose(MailType.PAUSE, story, opening, facts, _decision(story, gate, choices))


def _pause_mail(story: Story, gate: Gate, token: str) -> Mail:
    facts = [
        _paused_at(gate),
        fact("Paused by", one_line(gate.opened_by, NAME_LENGTH)),
        reason_fact(gate.reason),
        fact("Wave waiting", "none in particular: no wave begins, and one that has begun launches nothing more"),
        _decide_by(gate),
    ]
    choices = [
        (
            "To resume, paste this block as it stands. The waves whose turn it is start, those that have begun go on:",
            _approve(story, token),
        ),
        _cancelling(story, token),
    ]
    opening = "is paused: running jobs finish and are checked, and nothing is launched until you decide"
    return compose(MailType.PAUSE, story, opening, facts, _decision(story, gate, choices))


def _failure_mail(story: Story, gate: Gate, token: str) -> Mail:
    wave = _wave_of(story, gate)
    failed = f"{_wave_words(story, gate)} is {status_of(story, wave) if wave else 'FAILED'}"
    facts = [
        _paused_at(gate),
        reason_fact(gate.reason),
        fact("Wave failed", failed + _why(story, gate) + (f"; {_what_failed(story, gate, wave)}" if wave else "")),
        _decide_by(gate),
    ]
    further = _decision(story, gate, _failure_choices(story, gate, token), _NO_TOKEN_WORKS)
    servers = failure_lines(story, [wave] if wave else [])
    return compose(MailType.PAUSE, story, f"waits for your decision: {failed}", facts, further, failures=servers)


def _failure_choices(story: Story, gate: Gate, token: str) -> list[Choice]:
    wave = _wave_of(story, gate)
    has_lost = wave is not None and bool(_lost(story, wave))
    retry, without = _WITH_ALARMS[has_lost] if _alarms_failed(story, gate) else _WITHOUT_ALARMS
    return [
        (retry, retry_command(story.place, gate)),
        *_relaunching(story, gate),
        (
            "To skip the wave, paste this line. The plan goes on without the wave's verdict: waves that depend on it\n"
            "start, and the execution ends PARTIAL at best:",
            skip_command(story.place, gate),
        ),
        (
            f"To continue {without}, paste this block. The wave keeps its verdict: waves that depend\n"
            "on it start, and the execution ends PARTIAL at best:",
            _approve(story, token),
        ),
        _cancelling(story, token),
    ]


def _relaunching(story: Story, gate: Gate) -> list[Choice]:
    """Offered only where it matters: a retry keeps what is launched and not healthy, unless it is told otherwise."""
    if not any(is_unhealthy(server) for server in story.servers.get(int(gate.scope), ())):
        return []
    words = (
        "A retry checks what is launched and not healthy again, and keeps it. To have it launched anew if it is still\n"
        "not healthy, paste this line instead:"
    )
    return [(words, retry_command(story.place, gate, relaunch=True))]


def _why(story: Story, gate: Gate) -> str:
    """The reason of the wave's status, unless the gate gives it already."""
    record = story.waves.get(int(gate.scope))
    reason = one_line(record.status_reason) if record else ""
    return f": {reason}" if reason and reason not in one_line(gate.reason) else ""


def _what_failed(story: Story, gate: Gate, wave: WaveSummary) -> str:
    lost = _lost(story, wave)
    if not _alarms_failed(story, gate):
        return failed_words(story.servers.get(wave.wave_number, ()), lost)
    if not lost:
        return "none of its servers failed, its alarms were not found OK"
    return f"{failed_words(story.servers.get(wave.wave_number, ()), lost)}, and its alarms were not found OK"


def _lost(story: Story, wave: WaveSummary) -> list[ServerRecord]:
    return not_recovered(story.servers.get(wave.wave_number, ()), status_of(story, wave))


def _alarms_failed(story: Story, gate: Gate) -> bool:
    """Whether the wave's alarms were not found OK: they are looked at only once enough of its servers are well."""
    record, wave = story.waves.get(int(gate.scope)), _wave_of(story, gate)
    if record is None or wave is None:
        return False
    if record.alarms is None:
        # its time may be over before it came to look at them
        return bool(record.alarm_checks) and not _lost(story, wave)
    return record.alarms.verdict is not AlarmVerdict.OK


def _wave_of(story: Story, gate: Gate) -> WaveSummary | None:
    return next((wave for wave in story.header.waves if wave.wave_number == int(gate.scope)), None)


def _wave_words(story: Story, gate: Gate) -> str:
    """The wave of the gate; one that the header lacks is still named."""
    wave = _wave_of(story, gate)
    return words_for(wave) if wave else wave_words(int(gate.scope))


def _paused_at(gate: Gate) -> str:
    return fact("Paused at", format_instant(gate.opened_at))


def _decide_by(gate: Gate) -> str:
    return fact("Decide by", f"{format_instant(gate.expires_at)}, or the execution ends without a decision")


def _approve(story: Story, token: str) -> str:
    return approve_block(story.place, story.header.execution_id, story.header.plan_id, token)


def _cancelling(story: Story, token: str) -> Choice:
    words = (
        "To cancel the execution instead, paste this block. Nothing new starts, running jobs are followed to their\n"
        "end, and nothing is terminated:"
    )
    return words, _cancel(story, token)


def _cancel(story: Story, token: str) -> str:
    return cancel_block(story.place, story.header.execution_id, story.header.plan_id, token)


def _decision(story: Story, gate: Gate, choices: list[Choice], replaced: str = _NO_COMMAND_WORKS) -> list[str]:
    return [
        *([f"{_REPLACES}{replaced}", ""] if gate.token_count > 1 else []),
        *_where(story.place),
        "",
        *(line for words, commands in choices for line in (words, "", commands, "")),
        _DECIDED,
    ]


def _where(place: Place) -> list[str]:
    link = cloudshell_link(place)
    where = f"Open CloudShell in account {place.hub_account_id}, region {place.region}"
    return [f"{where}:", link] if link else [f"{where}."]
