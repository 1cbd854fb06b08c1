"""When a mail is sent, and when it is not."""

from typing import Any

import pytest

from shared.aws.ports import HandOverError
from shared.errors import NotFoundError, ValidationError
from shared.models.execution import ExecutionStatus, WaveSummary
from shared.models.gate import GateKind, GateStatus
from shared.models.mail import MailType
from shared.models.server_record import ServerRecord
from shared.models.wave_record import WaveStatus
from tests.unit.notification_formatter.conftest import EXECUTION_ID, PLAN_ID, TOKEN, Desk, header, server


def failing(waves: int) -> list[ServerRecord]:
    """A failed server in each of so many waves."""
    return [server(number, number) for number in range(waves)]


def failing_waves(waves: int) -> tuple[WaveSummary, ...]:
    """So many waves with a failed server each."""
    return tuple(
        WaveSummary(wave_number=number, wave_name="Web", status=WaveStatus.PARTIAL, failed_count=1)
        for number in range(waves)
    )


@pytest.mark.parametrize(
    ("kind", "status"), [("start", "RUNNING"), ("complete", "COMPLETED"), ("fail", "FAILED"), ("cancel", "CANCELLED")]
)
def test_a_mail_is_recorded_as_sent_and_not_sent_twice(desk: Desk, kind: str, status: str) -> None:
    desk.execution(status=ExecutionStatus(status))

    assert [desk.send(kind), desk.send(kind)] == ["SENT", "SENT_BEFORE"]

    assert len(desk.topic.mails) == 1
    record = desk.executions.mail(header(), MailType(kind))
    assert record is not None
    assert record.sent_at == desk.clock.now()


def test_a_mail_that_sns_does_not_take_is_not_recorded(desk: Desk) -> None:
    desk.execution()
    desk.topic.is_there = False

    with pytest.raises(HandOverError):
        desk.send("start")

    desk.topic.is_there = True
    assert desk.send("start") == "SENT"


def late_lines(desk: Desk) -> list[str]:
    lines = desk.executions.events(header(), 100).items
    return [f"{line.type} {line.actor} {line.wave_number}: {line.message}" for line in lines]


@pytest.mark.parametrize("kind", ["start", "fail"])
def test_the_timeline_tells_once_that_a_mail_is_late(desk: Desk, kind: str) -> None:
    desk.execution()
    desk.topic.is_there = False

    for _ in range(3):
        with pytest.raises(HandOverError):
            desk.send(kind)
        desk.clock.advance(60)

    which = {"start": "began", "fail": "ended"}[kind]
    words = f"The mail that it {which} could not be sent, because SNS did not take it; it is tried again"
    assert late_lines(desk) == [f"WAITING notification None: {words}"]


def test_the_timeline_tells_once_that_a_gates_mail_is_late_and_what_can_be_done(desk: Desk) -> None:
    desk.execution()
    desk.gate()
    desk.topic.is_there = False

    for _ in range(3):
        with pytest.raises(HandOverError):
            desk.send_pause()
        desk.clock.advance(60)

    [line] = late_lines(desk)
    assert line.startswith("WAITING notification 1: The mail of the gate before wave 2 could not be sent")
    assert line.endswith("the gate can be decided by name")


def test_a_pause_is_recorded_with_its_token_and_not_sent_twice(desk: Desk) -> None:
    desk.execution()
    desk.gate()

    assert [desk.send_pause(), desk.send_pause()] == ["SENT", "SENT_BEFORE"]

    gate = desk.executions.gate(header(), "1", 1)
    assert gate is not None
    assert gate.notified_at == desk.clock.now()


def test_a_pause_that_sns_does_not_take_is_not_recorded(desk: Desk) -> None:
    desk.execution()
    desk.gate()
    desk.topic.is_there = False

    with pytest.raises(HandOverError):
        desk.send_pause()

    desk.topic.is_there = True
    assert desk.send_pause() == "SENT"


def test_a_new_token_means_a_new_mail_that_says_what_it_replaces(desk: Desk) -> None:
    desk.execution()
    desk.gate()
    desk.send_pause()
    desk.wait("a-later-token", "visit-2")

    assert desk.send_pause() == "SENT"

    first, second = (message for _, message, _ in desk.topic.mails)
    assert "replaces the one before" not in first
    assert "This mail replaces the one before" in second
    assert "T='a-later-token' #" in second


def test_a_token_that_is_replaced_while_its_mail_goes_out_leaves_the_new_one_to_be_mailed(desk: Desk) -> None:
    desk.execution()
    desk.gate()
    publish = desk.topic.publish

    class Meanwhile:
        def publish(self, subject: str, message: str, attributes: dict[str, str]) -> None:
            publish(subject, message, attributes)
            if len(desk.topic.mails) == 1:
                desk.wait("a-later-token", "visit-2")

    object.__setattr__(desk.formatter, "topic", Meanwhile())

    assert [desk.send_pause(), desk.send_pause()] == ["SENT", "SENT"]


@pytest.mark.parametrize("status", [GateStatus.APPROVED, GateStatus.REJECTED, GateStatus.EXPIRED, GateStatus.CLOSED])
def test_a_gate_that_is_decided_is_not_mailed(desk: Desk, status: GateStatus) -> None:
    desk.execution()
    gate = desk.gate()
    desk.executions.decide_gate(gate, status, "ann", desk.clock.now())

    assert desk.send_pause() == "GATE_NOT_OPEN"
    assert desk.topic.mails == []


def test_a_gate_without_a_token_is_not_mailed(desk: Desk) -> None:
    desk.execution()
    desk.gate(token=None)

    assert desk.send_pause() == "GATE_NOT_OPEN"
    assert desk.topic.mails == []


def test_a_gate_that_does_not_exist_is_not_mailed(desk: Desk) -> None:
    desk.execution()

    assert desk.send_pause() == "GATE_NOT_OPEN"


def test_a_complete_end_reads_no_servers_where_none_failed(desk: Desk) -> None:
    desk.execution(waves=(WaveSummary(wave_number=0, wave_name="Web", status=WaveStatus.COMPLETED),))

    assert desk.reads_for("complete") == 3


@pytest.mark.parametrize("kind", ["start", "cancel"])
def test_a_mail_that_names_no_server_reads_none(desk: Desk, kind: str) -> None:
    desk.execution(*failing(3), waves=failing_waves(3))

    # the header, the record of the mail, and all waves at once
    assert desk.reads_for(kind) == 3


@pytest.mark.parametrize(("waves", "queries"), [(1, 1), (3, 3), (40, 20)])
def test_a_mail_of_failure_reads_the_servers_of_failed_waves_until_it_has_what_it_names(
    desk: Desk, waves: int, queries: int
) -> None:
    completed = WaveSummary(wave_number=99, wave_name="Web", status=WaveStatus.COMPLETED)
    desk.execution(*failing(waves), waves=(completed, *failing_waves(waves)))

    assert desk.reads_for("fail") == 3 + queries


@pytest.mark.parametrize(
    ("scope", "kind", "more"), [("1", GateKind.APPROVAL, 0), ("1", GateKind.FAILURE, 1), ("all", GateKind.PAUSE, 0)]
)
def test_only_the_mail_of_a_failure_reads_servers(desk: Desk, scope: str, kind: GateKind, more: int) -> None:
    desk.execution(*failing(3), waves=failing_waves(3))
    desk.gate(scope, kind=kind)

    # the header, the gate, and all waves at once
    assert desk.reads_for("pause", gateScope=scope, gateNumber=1) == 3 + more


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({"eventType": "resume", "executionId": EXECUTION_ID, "planId": PLAN_ID}, "eventType"),
        ({"eventType": "pause", "executionId": EXECUTION_ID, "planId": PLAN_ID}, "gateScope"),
        ({"eventType": "start", "executionId": EXECUTION_ID}, "planId"),
        ({"eventType": "start", "executionId": EXECUTION_ID, "planId": PLAN_ID, "to": "eve@example.com"}, "to"),
        ({}, "eventType"),
    ],
)
def test_an_event_that_is_no_mail_is_refused_by_name_and_sends_nothing(
    desk: Desk, event: dict[str, Any], field: str
) -> None:
    desk.execution()

    with pytest.raises(ValidationError) as raised:
        desk.formatter.send(event)

    assert field in {fault["field"] for fault in raised.value.details["fields"]}
    assert desk.topic.mails == []


def test_an_execution_that_does_not_exist_is_an_error(desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        desk.send("start")


def test_the_log_names_the_execution_and_never_the_token(desk: Desk) -> None:
    desk.execution()
    desk.gate()

    desk.send_pause()

    assert EXECUTION_ID in desk.log.getvalue()
    assert "SENT" in desk.log.getvalue()
    assert TOKEN[:200] not in desk.log.getvalue()
