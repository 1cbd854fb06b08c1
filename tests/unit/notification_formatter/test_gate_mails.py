"""What the mail of a gate says: what waits for the person, and what each of its commands will do."""

import pytest

from notification_formatter.commands import Place
from notification_formatter.gate_mails import gate_mail
from notification_formatter.story import Story
from shared.models.execution import ExecutionStatus
from tests.unit.notification_formatter.conftest import (
    PLACE,
    START,
    TOKEN,
    Desk,
    gate,
    header,
)


def test_a_pause_says_since_when_why_for_which_wave_and_until_when(desk: Desk) -> None:
    desk.execution(status=ExecutionStatus.PAUSED)
    desk.gate()

    assert desk.send_pause() == "SENT"

    [(subject, message, attributes)] = desk.topic.mails
    assert subject == "[DRS] Three-Tier App - pause"
    assert attributes["eventType"] == "pause"
    assert "Paused at:    2026-01-29T02:09:00.000Z" in message
    assert "Reason:       Pause before this wave" in message
    assert "Wave waiting: wave 2 (Application)" in message
    assert "Decide by:    2027-01-28T02:00:00.000Z" in message
    assert "Account:      111122223333, 444455556666" in message
    assert "https://us-east-1.console.aws.amazon.com/cloudshell/home?region=us-east-1" in message
    assert "To approve, paste this block as it stands:\n\nT='" in message
    assert "To cancel the execution instead, paste this block:\n\nT='" in message
    assert "replaces" not in message
    assert "lambda invoke" not in message


def test_a_gate_of_a_wave_that_the_header_lacks_is_still_named() -> None:
    mail = gate_mail(Story(header(), {}, START, PLACE), gate("7"), TOKEN)

    assert "Wave waiting: wave 8" in mail.message


@pytest.mark.parametrize(
    ("partition", "region", "line"),
    [
        (
            "aws-us-gov",
            "us-gov-west-1",
            "https://us-gov-west-1.console.amazonaws-us-gov.com/cloudshell/home?region=us-gov-west-1",
        ),
        ("aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/cloudshell/home?region=cn-north-1"),
        ("aws-iso", "us-iso-east-1", "Open CloudShell in account 123456789012, region us-iso-east-1."),
    ],
)
def test_the_link_follows_the_partition(partition: str, region: str, line: str) -> None:
    place = Place("123456789012", region, partition, "table", "function")

    mail = gate_mail(Story(header(), {}, START, place), gate(), TOKEN)

    assert line in mail.message.splitlines()


def test_a_pause_of_the_whole_execution_names_no_wave(desk: Desk) -> None:
    desk.execution()
    desk.gate("all")

    desk.send_pause("all")

    assert "Wave waiting: none in particular" in desk.message
