"""An execution that did not recover everything has one OpsItem; nobody else has."""

from dataclasses import dataclass, field, replace

import pytest

from notification_formatter.ops_items import OpsItems
from shared.aws.ops_ports import OpsItem, Severity
from shared.aws.ports import HandOverError
from shared.models.event import EventType
from shared.models.execution import ExecutionStatus, ExecutionType
from shared.models.mail import MailType
from tests.unit.notification_formatter.conftest import EXECUTION_ID, PLAN_ID, START, Desk, header

FAILED = {"status": ExecutionStatus.FAILED, "ended_at": START}


@dataclass
class Center:
    """Keeps what was made."""

    made: list[OpsItem] = field(default_factory=list)
    is_there: bool = True

    def create(self, item: OpsItem) -> str:
        if not self.is_there:
            raise HandOverError("Systems Manager made no OpsItem")
        self.made.append(item)
        return f"oi-{len(self.made)}"


@pytest.fixture
def center(desk: Desk) -> Center:
    center = Center()
    desk.formatter = replace(desk.formatter, ops_items=OpsItems(desk.executions, center))
    return center


def told(desk: Desk) -> list[str]:
    return [f"{line.type} {line.message}" for line in desk.executions.events(header(), 100).items]


def test_a_failure_has_an_ops_item_that_says_what_the_mail_says(desk: Desk, center: Center) -> None:
    desk.execution(**FAILED)

    assert desk.send("fail") == "SENT"

    ((subject, message, _attributes),) = desk.topic.mails
    (made,) = center.made
    assert (made.about, made.title, made.severity) == (EXECUTION_ID, subject, Severity.MEDIUM)
    assert message.startswith(made.description.removesuffix("…"))
    assert len(made.description) <= 2048
    assert made.facts == {"executionId": EXECUTION_ID, "planId": PLAN_ID, "status": "FAILED"}
    assert told(desk) == [f"{EventType.OPS_ITEM_MADE} OpsItem oi-1 was made in Systems Manager"]


def test_that_of_a_recovery_is_critical(desk: Desk, center: Center) -> None:
    desk.execution(**FAILED, execution_type=ExecutionType.RECOVERY)

    desk.send("fail")

    assert [made.severity for made in center.made] == [Severity.CRITICAL]


@pytest.mark.parametrize("kind", ["start", "complete", "cancel"])
def test_nothing_else_has_one(desk: Desk, center: Center, kind: str) -> None:
    desk.execution()

    assert desk.send(kind) == "SENT"
    assert center.made == []


def test_an_event_about_an_execution_that_goes_on_makes_none(desk: Desk, center: Center) -> None:
    desk.execution()

    assert desk.send("fail") == "SENT"
    assert center.made == []


def test_an_event_that_is_delivered_twice_makes_one(desk: Desk, center: Center) -> None:
    desk.execution(**FAILED)

    assert [desk.send("fail"), desk.send("fail")] == ["SENT", "SENT_BEFORE"]
    assert len(center.made) == 1


def test_without_systems_manager_the_mail_is_sent_once_and_the_ops_item_made_later(desk: Desk, center: Center) -> None:
    desk.execution(**FAILED)
    center.is_there = False
    for _ in range(2):
        with pytest.raises(HandOverError):
            desk.send("fail")

    assert len(desk.topic.mails) == 1
    assert told(desk) == [
        "WAITING No OpsItem could be made in Systems Manager; after two more tries the dead-letter queue has it"
    ]
    center.is_there = True
    assert desk.send("fail") == "SENT_BEFORE"
    assert (len(desk.topic.mails), len(center.made)) == (1, 1)
    record = desk.executions.mail(header(), MailType.FAIL)
    assert record is not None
    assert record.ops_item_id == "oi-1"


def test_where_none_are_wanted_none_is_made(desk: Desk) -> None:
    desk.execution(**FAILED)

    assert [desk.send("fail"), desk.send("fail")] == ["SENT", "SENT_BEFORE"]
    assert told(desk) == []
