"""The mails of a start and of an end, from what the execution is at that moment."""

from typing import Final

from notification_formatter.commands import status_command, terminate_command
from notification_formatter.failures import failure_lines, may_have_failures
from notification_formatter.story import Mail, Story, compose, reason_fact, status_of, words_for
from notification_formatter.texts import duration
from shared.engine.texts import counted
from shared.models.base import format_instant
from shared.models.mail import MailType
from shared.models.recovery_point import AchievedRpo
from shared.models.recovery_time import RecoveryTime
from shared.models.wave_record import WaveStatus

TELLS_OF_SERVERS: Final = frozenset({MailType.COMPLETE, MailType.FAIL})
"""The ends that name the servers which failed."""


def execution_mail(kind: MailType, story: Story) -> Mail:
    """The mail of a start or an end."""
    # of an execution that is complete optional servers may have failed
    failures = failure_lines(story, filter(may_have_failures, story.header.waves)) if kind in TELLS_OF_SERVERS else []
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
    return compose(kind, story, opening, [reason_fact(reason)], further, failures=failures)


def _after_start(story: Story) -> list[str]:
    return ["Nothing. A mail follows at every pause and at the end. To see how far it is:", "", _status(story)]


def _after_complete(story: Story) -> list[str]:
    return [*_measured(story), "", *_still_locked(story), *_lent(story), *_clean_up(story)]


def _after_end(story: Story) -> list[str]:
    unfinished = [words_for(wave) for wave in story.header.waves if status_of(story, wave) is not WaveStatus.COMPLETED]
    look = [f"Look at the reasons above; not fully recovered: {', '.join(unfinished)}.", ""] if unfinished else []
    return [*_measured(story), "", *look, *_still_locked(story), *_lent(story), *_clean_up(story)]


def _still_locked(story: Story) -> list[str]:
    """Of the jobs that are settled when the mail is written nothing is locked any more."""
    if not any(launch.is_abandoned for launch in story.abandoned):
        return []
    return [
        "The servers of an abandoned job stay locked until DRS has ended it, or shows that there is none; the timeline",
        "tells when. What it launches until then is terminated with the rest.",
        "",
    ]


def _lent(story: Story) -> list[str]:
    """What was there for its time only is taken away after the end, when no further mail would tell of it."""
    if not story.header.lends_settings:
        return []
    return [
        "DRS gets back now, within minutes, the launch settings that some servers had for this execution only. Of how",
        "many it has not yet, temporarySettingsCount of get_execution says; what is in the way, the timeline.",
        "",
    ]


def _measured(story: Story) -> list[str]:
    return [*_recovery_time(story), *_recovery_points(story)]


def _recovery_points(story: Story) -> list[str]:
    """What was recovered to when; nothing if nothing is launched."""
    rpo = AchievedRpo.of(story.header, story.waves.values())
    unknown = f"unknown of {counted(rpo.unknown_count, 'launched server')}"
    if rpo.oldest_recovery_point is None or rpo.actual_seconds is None:
        return [f"RPO actual: {unknown}."] if rpo.unknown_count else []
    oldest = f"the oldest recovery point is {format_instant(rpo.oldest_recovery_point)}"
    further = f", and it is {unknown}" if rpo.unknown_count else ""
    lines = [f"RPO actual: {duration(rpo.actual_seconds)} before the start; {oldest}{further}."]
    if rpo.seconds_before_point_in_time is not None:
        lines.append(f"            That is {duration(rpo.seconds_before_point_in_time)} before the instant asked for.")
    if rpo.target_seconds is not None:
        lines.append(_rpo_objective(rpo, rpo.target_seconds, story.header.point_in_time is not None))
    return lines


def _rpo_objective(rpo: AchievedRpo, seconds: int, to_an_instant: bool) -> str:
    """As RPO actual is held against it: counted from the instant that was asked for, if one was."""
    since = ", counted from that instant" if to_an_instant else ""
    if rpo.met is None:
        why = "not everything was recovered" if not rpo.unknown_count else "not every recovery point is known"
        return f"Objective:  {duration(seconds)}{since}, not judged, because {why}."
    return f"Objective:  {duration(seconds)}{since}, {'met' if rpo.met else 'missed'}."


def _recovery_time(story: Story) -> list[str]:
    if not story.header.launched_anything:
        return ["RTO actual: not measured, because nothing was launched."]
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
    if not header.launched_anything and not story.abandoned:
        return [
            "Nothing was launched, so there is nothing to clean up. The status is still shown by:",
            "",
            _status(story),
        ]
    if not header.launched_anything:
        return _clean_up_of_abandoned(story)
    if header.is_drill:
        return [
            "Check the recovered servers, then terminate them: each costs money until then.",
            "",
            _terminate(story),
        ]
    return [
        "The recovered servers run and stay. To remove them one day, terminate_instances asks for confirm with the",
        "execution's id. The status is still shown by:",
        "",
        _status(story),
    ]


def _clean_up_of_abandoned(story: Story) -> list[str]:
    """Nothing was launched by the end, but a job that the execution ended without may have, or may yet."""
    opening = (
        "Nothing was launched by the end, but an abandoned job may launch recovery instances later, or has by now."
    )
    if story.header.is_drill:
        return [opening, "Each costs money until it is terminated:", "", _terminate(story)]
    return [
        opening,
        "They stay. To remove them one day, terminate_instances asks for confirm with the execution's id. The status",
        "is still shown by:",
        "",
        _status(story),
    ]


def _terminate(story: Story) -> str:
    return terminate_command(story.place, story.header.execution_id)


def _status(story: Story) -> str:
    return status_command(story.place, story.header.execution_id, story.header.plan_id)
