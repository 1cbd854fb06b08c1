"""Alarms as health checks: a wave whose servers are well has its verdict only once all its alarms are OK."""

from collections.abc import Sequence

from shared.engine.bounds import ALARM_GRACE, POLL_SECONDS
from shared.engine.observations import Unavailable
from shared.engine.state import Draft
from shared.engine.texts import ALARM_REASON, TOLD, first_few, shortened
from shared.models.checks_seen import ALARM_OK, AlarmReading
from shared.models.health_checks import AlarmCheck, AlarmStanding, AlarmVerdict
from shared.models.recovery_plan import wave_words
from shared.models.wave_record import WaveRecord


def read_alarms(draft: Draft, number: int) -> AlarmStanding | None:
    """How the alarms of a wave stand now, which is kept with the wave; None while they are only just asked for.

    One that is not OK is waited for, then the alarms have FAILED; one that cannot be read is waited for to the wave's
    deadline, because that says nothing.
    """
    wave = draft.waves[number]
    answers = [
        (alarm, draft.observer.alarm(place, alarm.alarm_name))
        for alarm in wave.alarm_checks
        if (place := alarm.place) is not None
    ]
    if any(answer is None for _, answer in answers):
        return None
    seen = [(alarm, answer[0]) for alarm, answer in answers if answer is not None]
    unreadable = [answer.reason for _, answer in seen if isinstance(answer, Unavailable)]
    bad = [(alarm, answer) for alarm, answer in seen if not isinstance(answer, Unavailable) and not _is_ok(answer)]
    for reason in unreadable:
        draft.obstruct(number, reason)
    since = wave.alarms.since if wave.alarms else draft.now
    if bad and not unreadable and draft.looked_at >= since + ALARM_GRACE:
        standing = AlarmStanding(verdict=AlarmVerdict.FAILED, reason=_words(bad, with_reasons=True), since=since)
    elif bad or unreadable:
        reason = _words(bad) if bad else "an alarm cannot be read"
        standing = AlarmStanding(verdict=AlarmVerdict.WAITING, reason=reason, since=since)
        draft.wait(POLL_SECONDS, f"{wave_words(number)} waits for its alarms")
    else:
        words = "its alarm is OK" if len(seen) == 1 else f"its {len(seen)} alarms are OK"
        standing = AlarmStanding(verdict=AlarmVerdict.OK, reason=words, since=since)
    draft.change_wave(number, alarms=standing)
    return standing


def alarms_hold_back(wave: WaveRecord) -> bool:
    """Whether the wave has alarms that were not found OK."""
    return bool(wave.alarm_checks) and (wave.alarms is None or wave.alarms.verdict is not AlarmVerdict.OK)


def _is_ok(answer: AlarmReading | None) -> bool:
    return answer is not None and answer.state == ALARM_OK


def _words(bad: Sequence[tuple[AlarmCheck, AlarmReading | None]], *, with_reasons: bool = False) -> str:
    """Which alarms are not OK; CloudWatch's reasons only at the end, for they change with every datapoint."""
    room = ALARM_REASON // min(len(bad), TOLD)
    told = first_few(bad, lambda one: shortened(_named(*one, with_reasons=with_reasons), room))
    return shortened(told, ALARM_REASON)


def _named(alarm: AlarmCheck, answer: AlarmReading | None, *, with_reasons: bool) -> str:
    if answer is None:
        return f"alarm {alarm.alarm_name} does not exist in {alarm.place}"
    why = f": {answer.reason}" if with_reasons and answer.reason else ""
    return f"alarm {alarm.alarm_name} is {answer.state}{why}"
