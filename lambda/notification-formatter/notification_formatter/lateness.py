"""What the timeline tells of a mail that SNS did not take: the same line however often it is tried, so told once."""

from datetime import datetime
from typing import Final

from shared.engine.gates import gate_words
from shared.models.event import EventType, ExecutionEvent
from shared.models.execution import ExecutionHeader
from shared.models.gate import PAUSE_SCOPE, Gate
from shared.models.mail import MailType

ACTOR: Final = "notification"
_WORDS: Final = "could not be sent, because SNS did not take it; it is tried again"


def late_mail(header: ExecutionHeader, kind: MailType, asked_at: datetime) -> ExecutionEvent:
    """Of a mail about the whole execution; dated when the mail became due."""
    which = "that it began" if kind is MailType.START else "that it ended"
    return _late(header, f"The mail {which} {_WORDS}", asked_at, None)


def late_gate_mail(gate: Gate) -> ExecutionEvent:
    """Of a gate, which may be decided by name meanwhile; dated when the gate opened."""
    wave = None if gate.scope == PAUSE_SCOPE else int(gate.scope)
    words = f"The mail of the gate {gate_words(gate)} {_WORDS}, and the gate can be decided by name"
    return _late(gate, words, gate.opened_at, wave)


def _late(subject: ExecutionHeader | Gate, message: str, at: datetime, wave: int | None) -> ExecutionEvent:
    return ExecutionEvent(
        execution_id=subject.execution_id,
        plan_id=subject.plan_id,
        time=at,
        step=0,
        index=0,
        type=EventType.WAITING,
        message=message,
        actor=ACTOR,
        wave_number=wave,
    )
