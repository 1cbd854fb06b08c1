"""The mail of an open gate, with the commands that decide it."""

from notification_formatter.commands import approve_block, cancel_block, cloudshell_link
from notification_formatter.story import Mail, Story, compose, fact, reason_fact, words_for
from shared.models.base import format_instant
from shared.models.execution import ExecutionHeader
from shared.models.gate import PAUSE_SCOPE, Gate
from shared.models.mail import MailType
from shared.models.recovery_plan import wave_words


def gate_mail(story: Story, gate: Gate, token: str) -> Mail:
    """The mail of an open gate, with the commands that decide it."""
    facts = [
        fact("Paused at", format_instant(gate.opened_at)),
        reason_fact(gate.reason),
        fact("Wave waiting", _waiting(story.header, gate)),
        fact("Decide by", f"{format_instant(gate.expires_at)}, or the execution ends without a decision"),
    ]
    opening = "is paused and waits for your decision"
    return compose(MailType.PAUSE, story, opening, facts, _decision(story, gate, token))


def _waiting(header: ExecutionHeader, gate: Gate) -> str:
    if gate.scope == PAUSE_SCOPE:
        return "none in particular: running waves finish, nothing new starts"
    number = int(gate.scope)
    return next((words_for(wave) for wave in header.waves if wave.wave_number == number), wave_words(number))


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
