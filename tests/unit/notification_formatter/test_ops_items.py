"""An execution that did not recover everything has one OpsItem; nobody else has."""

from dataclasses import replace

import pytest

from notification_formatter.ops_items import OpsItems
from shared.aws.ops_ports import Severity
from shared.aws.ports import HandOverError
from shared.models.event import EventType
from shared.models.execution import ExecutionStatus, ExecutionType
from shared.models.mail import MailType
from tests.support.ops_center import Center
from tests.unit.notification_formatter.conftest import EXECUTION_ID, PLAN_ID, START, Desk, header

FAILED = {"status": ExecutionStatus.FAILED, "ended_at": START}


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
    assert desk.executions.mail(header(), MailType.FAIL) is None, "the mail of the real end is not to be missed for it"


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
        "WAITING No OpsItem could be made in Systems Manager; it is tried again for ten minutes, and each try that "
        "fails is in the dead-letter queue"
    ]
    owing = desk.executions.mail(header(), MailType.FAIL)
    assert owing is not None
    assert (owing.sent_at is not None, owing.is_done) == (True, False)
    center.is_there = True
    assert desk.send("fail") == "SENT_BEFORE"
    assert (len(desk.topic.mails), len(center.made)) == (1, 1)
    record = desk.executions.mail(header(), MailType.FAIL)
    assert record is not None
    assert (record.ops_item_id, record.is_done) == ("oi-1", True)


def test_where_the_mail_cannot_be_sent_the_ops_item_calls_somebody_all_the_same(desk: Desk, center: Center) -> None:
    desk.execution(**FAILED)
    desk.topic.is_there = False
    for _ in range(2):
        with pytest.raises(HandOverError, match="SNS"):
            desk.send("fail")

    assert len(center.made) == 1
    owing = desk.executions.mail(header(), MailType.FAIL)
    assert owing is not None
    assert (owing.ops_item_id, owing.sent_at, owing.is_done) == ("oi-1", None, False)
    desk.topic.is_there = True
    assert desk.send("fail") == "SENT"
    assert (len(desk.topic.mails), len(center.made)) == (1, 1)
    record = desk.executions.mail(header(), MailType.FAIL)
    assert record is not None
    assert record.is_done


def test_where_nothing_works_both_are_tried_and_both_are_told(desk: Desk, center: Center) -> None:
    desk.execution(**FAILED)
    desk.topic.is_there = center.is_there = False

    with pytest.raises(HandOverError):
        desk.send("fail")

    assert center.asked == 1
    assert [line.partition(" ")[0] for line in told(desk)] == ["WAITING"] * 2


def test_where_none_are_wanted_any_more_nobody_waits_for_the_one_that_was_owed(desk: Desk, center: Center) -> None:
    desk.execution(**FAILED)
    center.is_there = False
    with pytest.raises(HandOverError):
        desk.send("fail")
    desk.formatter = replace(desk.formatter, ops_items=None)

    assert desk.send("fail") == "SENT_BEFORE"

    record = desk.executions.mail(header(), MailType.FAIL)
    assert record is not None
    assert (record.is_done, "wantsOpsItem" in record.wire()) == (True, False)


def test_where_none_are_wanted_none_is_made(desk: Desk) -> None:
    desk.execution(**FAILED)

    assert [desk.send("fail"), desk.send("fail")] == ["SENT", "SENT_BEFORE"]
    assert told(desk) == []
    record = desk.executions.mail(header(), MailType.FAIL)
    assert record is not None
    assert record.is_done
