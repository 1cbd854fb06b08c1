"""The text of each mail, from what the execution is at that moment."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from notification_formatter.commands import (
    Place,
    approve_block,
    cancel_block,
    cloudshell_link,
    status_command,
    terminate_command,
)
from notification_formatter.texts import duration, one_line, subject
from shared.models.base import format_instant
from shared.models.execution import ExecutionHeader, WaveSummary
from shared.models.gate import PAUSE_SCOPE, Gate
from shared.models.mail import MailType
from shared.models.recovery_plan import wave_words
from shared.models.recovery_time import RecoveryTime
from shared.models.wave_record import WaveRecord, WaveStatus

WAVES_SHOWN: Final = 60
_QUIET: Final = frozenset({WaveStatus.PENDING, WaveStatus.COMPLETED})


@dataclass(frozen=True, slots=True)
class Story:
    """An execution as a mail tells it; `waves` are the records by wave number, `now` the time of the mail."""

    header: ExecutionHeader
    waves: Mapping[int, WaveRecord]
    now: datetime
    place: Place


@dataclass(frozen=True, slots=True)
class Mail:
    """What is published."""

    subject: str
    message: str
    attributes: dict[str, str]


def execution_mail(kind: MailType, story: Story) -> Mail:
    """The mail of a start or an end."""
    match kind:
        case MailType.START:
            opening, reason, further = "has started", story.header.reason, _after_start(story)
        case MailType.COMPLETE:
            opening, reason, further = "is complete", story.header.status_reason, _after_complete(story)
        case MailType.FAIL:
            opening, reason, further = "did not recover everything", story.header.status_reason, _after_end(story)
        case MailType.CANCEL:
            opening, reason, further = "was cancelled", story.header.status_reason, _after_end(story)
        case MailType.PAUSE:
            raise ValueError("the mail of a pause is about a gate")
    return _mail(kind, story, opening, [_field("Reason", one_line(reason) or "none given")], further)


def pause_mail(story: Story, gate: Gate, token: str) -> Mail:
    """The mail of an open gate, with the commands that decide it."""
    facts = [
        _field("Paused at", format_instant(gate.opened_at)),
        _field("Reason", one_line(gate.reason) or "none given"),
        _field("Wave waiting", _waiting(story.header, gate)),
        _field("Decide by", f"{format_instant(gate.expires_at)}, or the execution ends without a decision"),
    ]
    return _mail(MailType.PAUSE, story, "is paused and waits for your decision", facts, _decision(story, gate, token))


def _mail(kind: MailType, story: Story, opening: str, facts: list[str], further: list[str]) -> Mail:
    header = story.header
    name = one_line(header.plan_name)
    head = [
        f"The {header.execution_type.lower()} of {name} {opening}.",
        "",
        _field("Plan", name),
        _field("Execution", header.execution_id),
        _field("Type", header.execution_type.value),
        _field("Status", header.status.value),
        _field("Account", ", ".join(sorted({target.account_id for target in header.targets}))),
        _field("Region", ", ".join(sorted({target.region for target in header.targets}))),
        _field("Time", format_instant(story.now)),
        _field("Started at", f"{format_instant(header.started_at)} by {one_line(header.initiated_by)}"),
    ]
    waves = ["", "Waves so far:", *_waves(story)]
    text = "\n".join([*head, *facts, *waves, "", "What to do next:", "", *further, ""])
    return Mail(subject(name, kind.value), text, {"recoveryPlanId": header.plan_id, "eventType": kind.value})


def _field(name: str, value: str) -> str:
    return f"{name + ':':<14}{value}"


def _waves(story: Story) -> list[str]:
    """All waves, or those that tell something if there are many: SNS takes 256 KB (API reference of Publish)."""
    waves = story.header.waves
    shown = [index for index, wave in enumerate(waves) if len(waves) <= WAVES_SHOWN or wave.status not in _QUIET]
    lines = [_wave(story, index) for index in shown[:WAVES_SHOWN]]
    hidden = Counter(wave.status.value for index, wave in enumerate(waves) if index not in shown[:WAVES_SHOWN])
    return lines + [f"  and {count} more {status}" for status, count in sorted(hidden.items())]


def _wave(story: Story, index: int) -> str:
    summary = story.header.waves[index]
    record = story.waves.get(summary.wave_number)
    reason = one_line(record.present_reason) if record else ""
    counted = f"{summary.launched_count} of {summary.server_count} servers launched"
    failed = f", {summary.failed_count} failed" if summary.failed_count else ""
    because = f" ({reason})" if reason else ""
    return f"  {_words_for(summary)}: {summary.status}, {counted}{failed}{because}"


def _words_for(wave: WaveSummary) -> str:
    return wave_words(wave.wave_number, one_line(wave.wave_name))


def _waiting(header: ExecutionHeader, gate: Gate) -> str:
    if gate.scope == PAUSE_SCOPE:
        return "none in particular: running waves finish, nothing new starts"
    number = int(gate.scope)
    return next((_words_for(wave) for wave in header.waves if wave.wave_number == number), wave_words(number))


def _decision(story: Story, gate: Gate, token: str) -> list[str]:
    place, header = story.place, story.header
    link = cloudshell_link(place)
    where = f"Open CloudShell in account {place.hub_account_id}, region {place.region}" + (":" if link else ".")
    replaces = ["This mail replaces the one before: the commands of that one no longer work.", ""]
    return [
        *(replaces if gate.token_count > 1 else []),
        where,
        *([link] if link else []),
        "",
        "To approve, paste this block as it stands:",
        "",
        approve_block(place, header.execution_id, header.plan_id, token),
        "",
        "To cancel the execution instead, paste this block:",
        "",
        cancel_block(place, header.execution_id, header.plan_id, token),
        "",
        "Each block ends by showing status and waves. Used twice, or after the gate was decided, it changes nothing.",
    ]


def _after_start(story: Story) -> list[str]:
    return ["Nothing. A mail follows at every pause and at the end. To see how far it is:", "", _status(story)]


def _after_complete(story: Story) -> list[str]:
    return [*_measured(story), "", *_clean_up(story)]


def _after_end(story: Story) -> list[str]:
    unfinished = [_words_for(wave) for wave in story.header.waves if not _is_whole(wave)]
    look = [f"Look at the reasons above; not fully recovered: {', '.join(unfinished)}.", ""] if unfinished else []
    return [*_measured(story), "", *look, *_clean_up(story)]


def _is_whole(wave: WaveSummary) -> bool:
    return wave.launched_count == wave.server_count and not wave.failed_count


def _measured(story: Story) -> list[str]:
    if story.header.recovered_at is None:
        return ["RTO actual: not measured, because no wave came to its verdict."]
    rto = RecoveryTime.of(story.header, story.now)
    whole, alone = duration(rto.actual_seconds), duration(rto.actual_seconds_without_gates)
    text = f"RTO actual: {whole} with the time spent at gates, {alone} without."
    return [text] if rto.target_minutes is None else [text, _objective(rto, rto.target_minutes)]


def _objective(rto: RecoveryTime, minutes: int) -> str:
    if rto.met is None:
        return f"Objective:  {duration(minutes * 60)}, not judged, because not everything was recovered."
    return f"Objective:  {duration(minutes * 60)}, {'met' if rto.met else 'missed'}."


def _clean_up(story: Story) -> list[str]:
    header = story.header
    if not any(wave.launched_count for wave in header.waves):
        return [
            "Nothing was launched, so there is nothing to clean up. The status is still shown by:",
            "",
            _status(story),
        ]
    if header.is_drill:
        return [
            "Check the recovered servers, then terminate them: each costs money until then.",
            "",
            terminate_command(story.place, header.execution_id),
        ]
    return [
        "The recovered servers run and stay. To remove them one day, terminate_instances asks for confirm with the",
        "execution's id. The status is still shown by:",
        "",
        _status(story),
    ]


def _status(story: Story) -> str:
    return status_command(story.place, story.header.execution_id, story.header.plan_id)
