"""What every mail tells: the execution, where it is, and how far its waves are."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from notification_formatter.commands import Place
from notification_formatter.texts import one_line, subject
from shared.engine.texts import counted
from shared.models.base import format_instant
from shared.models.execution import ExecutionHeader, WaveSummary
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.mail import MailType
from shared.models.recovery_plan import wave_words
from shared.models.server_record import ServerRecord
from shared.models.wave_record import WaveRecord, WaveStatus

WAVES_SHOWN: Final = 60
JOBS_SHOWN: Final = 20
NAME_LENGTH: Final = 100
"""Characters of somebody's name in a line that tells more than the name."""
_QUIET: Final = frozenset({WaveStatus.PENDING, WaveStatus.COMPLETED})


@dataclass(frozen=True, slots=True)
class Story:
    """An execution as a mail tells it; `now` is the time of the mail.

    `waves` are the records by wave number; `servers` are those of the waves that the mail tells of server by server;
    `abandoned` are the launches whose jobs the execution ended without.
    """

    header: ExecutionHeader
    waves: Mapping[int, WaveRecord]
    now: datetime
    place: Place
    servers: Mapping[int, Sequence[ServerRecord]] = field(default_factory=dict)
    abandoned: Sequence[LaunchRecord] = ()


@dataclass(frozen=True, slots=True)
class Mail:
    """What is published."""

    subject: str
    message: str
    attributes: dict[str, str]


def compose(
    kind: MailType, story: Story, opening: str, facts: list[str], further: list[str], *, failures: Sequence[str] = ()
) -> Mail:
    """The mail: an opening sentence, the execution, the facts of this mail, waves, failed servers, what to do next."""
    header = story.header
    name = one_line(header.plan_name)
    head = [
        f"The {header.execution_type.lower()} of {name} {opening}.",
        "",
        fact("Plan", name),
        fact("Execution", header.execution_id),
        fact("Type", header.execution_type.value),
        fact("Status", header.status.value),
        fact("Progress", f"{header.progress} %"),
        fact("Account", ", ".join(sorted({target.account_id for target in header.targets}))),
        fact("Region", ", ".join(sorted({target.region for target in header.targets}))),
        fact("Time", format_instant(story.now)),
        fact("Started at", f"{format_instant(header.started_at)} by {one_line(header.initiated_by)}"),
        *_asked_for(header),
    ]
    waves = ["", "Waves so far:", *_waves(story)]
    servers = ["", "Failed servers:", *failures] if failures else []
    jobs = ["", "Abandoned jobs:", *_jobs(story)] if story.abandoned else []
    text = "\n".join([*head, *facts, *waves, *servers, *jobs, "", "What to do next:", "", *further, ""])
    return Mail(subject(name, kind.value), text, {"recoveryPlanId": header.plan_id, "eventType": kind.value})


def _asked_for(header: ExecutionHeader) -> list[str]:
    """The instant for the whole plan, if one was named."""
    if header.point_in_time is None:
        return []
    words = f"{format_instant(header.point_in_time)}, each server to its newest snapshot that is not later"
    return [fact("Recover to", words)]


def fact(name: str, value: str) -> str:
    """One line of the head of a mail; texts of people and of AWS must have been made one line."""
    return f"{name + ':':<14}{value}"


def reason_fact(reason: str) -> str:
    """Somebody's reason, or that there is none."""
    return fact("Reason", one_line(reason) or "none given")


def words_for(wave: WaveSummary) -> str:
    """How people call the wave."""
    return wave_words(wave.wave_number, one_line(wave.wave_name))


def status_of(story: Story, wave: WaveSummary) -> WaveStatus:
    """The status of the wave by its own record, which the header may lag behind."""
    record = story.waves.get(wave.wave_number)
    return record.status if record else wave.status


def _waves(story: Story) -> list[str]:
    """All waves, or those that tell something if there are many: SNS takes 256 KB (API reference of Publish)."""
    waves = story.header.waves
    shown = [index for index, wave in enumerate(waves) if len(waves) <= WAVES_SHOWN or wave.status not in _QUIET]
    lines = [_wave(story, index) for index in shown[:WAVES_SHOWN]]
    hidden = Counter(wave.status.value for index, wave in enumerate(waves) if index not in shown[:WAVES_SHOWN])
    return lines + [f"  and {count} more {status}" for status, count in sorted(hidden.items())]


def _jobs(story: Story) -> list[str]:
    """The jobs that the execution ended without, and what is known of each when the mail is written."""
    shown = [
        f"  {launch.job_words} in {launch.target}, called for at {format_instant(launch.intent_at)}: "
        f"{counted(len(launch.held), 'server')} of {wave_words(launch.wave_number)}, {_fate(launch)}"
        for launch in story.abandoned[:JOBS_SHOWN]
    ]
    hidden = len(story.abandoned) - len(shown)
    return [*shown, f"  and {hidden} more"] if hidden else shown


def _fate(launch: LaunchRecord) -> str:
    """What was known of an abandoned launch then, or is known by now."""
    if launch.is_abandoned:
        return f"when it was abandoned it {launch.reason}"
    if launch.state is LaunchState.LOST:
        return "given up since: no job is known to be its own"
    return "has ended since"


def _wave(story: Story, index: int) -> str:
    summary = story.header.waves[index]
    launched = f"{summary.launched_count} of {counted(summary.server_count, 'server')} launched"
    failed = f", {summary.failed_count} failed" if summary.failed_count else ""
    remarks = "; ".join(_remarks(story.waves.get(summary.wave_number)))
    return f"  {words_for(summary)}: {status_of(story, summary)}, {launched}{failed}{remarks and f' ({remarks})'}"


def _remarks(record: WaveRecord | None) -> list[str]:
    """Why the wave is as it is, who went on without it, what is not over yet."""
    reason = one_line(record.present_reason) if record else ""
    continued = one_line(record.continued_by, NAME_LENGTH) if record and record.continued_by else ""
    retries = record.retries if record else 0
    remarks = [
        reason,
        continued and f"continued by {continued}",
        "its jobs are still followed" if record and record.draining else "",
        f"retried {'once' if retries == 1 else f'{retries} times'}" if retries else "",
    ]
    return [remark for remark in remarks if remark]
