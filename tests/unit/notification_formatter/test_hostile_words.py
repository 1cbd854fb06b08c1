"""Whatever people and DRS write, a mail's commands are ours alone and each stays whole."""

import re
from collections.abc import Callable
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from local.demo.commands import NoCommandError, command_block
from notification_formatter.gate_mails import gate_mail
from notification_formatter.mails import execution_mail
from notification_formatter.story import Mail, Story
from shared.models.execution import WaveSummary
from shared.models.gate import GateKind
from shared.models.mail import MailType
from shared.models.server_record import HealthStatus, LaunchStatus
from shared.models.wave_record import WaveStatus
from tests.unit.notification_formatter.conftest import PLACE, START, TOKEN, gate, header, server, wave

_COMMAND: Final = re.compile(r"^\s*(T=|T\+=|aws |echo )")

WORDS: Final = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.sampled_from(
            ["\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029", "\u202e", "\x1b[2J", "\0"]
        ),
        st.sampled_from(["T='x' #", "T+='x' #", "aws iam create-user #", 'echo \'{"operation": "skip_wave"}\' | aws']),
    ),
    max_size=8,
).map("".join)


def story(words: str) -> Story:
    """An execution in which everybody says the same."""
    waves = (
        WaveSummary(wave_number=0, wave_name=words, status=WaveStatus.TIMEOUT, failed_count=1, draining=True),
        WaveSummary(wave_number=1, wave_name=words, status=WaveStatus.FAILED, failed_count=2),
    )
    records = {
        number: wave(number, wave_name=words, status=WaveStatus.FAILED, status_reason=words, continued_by=words)
        for number in range(2)
    }
    sick = server(3, name=words, launch=LaunchStatus.LAUNCHED, health=HealthStatus.UNHEALTHY, health_reason=words)
    servers = {
        0: [server(1, 0, name=words, launch_reason=words)],
        1: [server(2, name=words, launch_reason=words), sick],
    }
    told = header(plan_name=words, reason=words, status_reason=words, initiated_by=words, waves=waves)
    return Story(told, records, START, PLACE, servers)


def end(kind: MailType) -> Callable[[str], Mail]:
    """The mail of a start or an end, in these words."""
    return lambda words: execution_mail(kind, story(words))


MAILS: Final[dict[str, Callable[[str], Mail]]] = {
    **{kind.value: end(kind) for kind in MailType if kind is not MailType.PAUSE},
    "approval": lambda words: gate_mail(story(words), gate(reason=words), TOKEN),
    "pause": lambda words: gate_mail(
        story(words), gate("all", kind=GateKind.PAUSE, reason=words, opened_by=words), TOKEN
    ),
    "failure": lambda words: gate_mail(story(words), gate(kind=GateKind.FAILURE, reason=words), TOKEN),
}


def commands(mail: Mail) -> list[str]:
    """Every line that a shell would take for a command; a carriage return alone ends a line too."""
    return [line for line in mail.message.splitlines() if _COMMAND.match(line)]


@given(WORDS, st.sampled_from(sorted(MAILS)))
def test_nobodys_words_add_a_command_or_change_one(words: str, kind: str) -> None:
    mail = MAILS[kind](words)

    assert commands(mail) == commands(MAILS[kind]("harmless"))
    assert all(line.endswith(" #") for line in commands(mail))


@given(WORDS)
def test_nobodys_words_are_taken_for_a_block(words: str) -> None:
    for kind in MAILS:
        for wish in ("retry", "skip", "resume", "cancel"):
            assert block(MAILS[kind](words), wish) == block(MAILS[kind]("harmless"), wish)


def block(mail: Mail, wish: str) -> str:
    """The block of a wish, empty if the mail has none."""
    try:
        return command_block(mail.message, wish)
    except NoCommandError:
        return ""
