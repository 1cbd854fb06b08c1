"""What the mails say."""

from datetime import timedelta

import pytest

from notification_formatter.commands import Place
from notification_formatter.mails import Story, execution_mail, pause_mail
from shared.models.execution import ExecutionStatus, ExecutionType, WaveSummary
from shared.models.gate import Gate
from shared.models.mail import MailType
from shared.models.wave_record import WaveStatus
from tests.unit.notification_formatter.conftest import EXECUTION_ID, PLACE, PLAN_ID, START, TOKEN, Desk, header, wave


def test_a_start_says_what_runs_where_since_when_and_why(desk: Desk) -> None:
    desk.execution()

    assert desk.send("start") == "SENT"

    [(subject, message, attributes)] = desk.topic.mails
    assert subject == "[DRS] Three-Tier App - start"
    assert attributes == {"recoveryPlanId": PLAN_ID, "eventType": "start"}
    assert message.splitlines()[:11] == [
        "The drill of Three-Tier App has started.",
        "",
        "Plan:         Three-Tier App",
        f"Execution:    {EXECUTION_ID}",
        "Type:         DRILL",
        "Status:       RUNNING",
        "Account:      111122223333, 444455556666",
        "Region:       us-west-2",
        "Time:         2026-01-29T02:10:00.000Z",
        "Started at:   2026-01-29T02:00:00.000Z by ann@example.com",
        "Reason:       quarterly rehearsal",
    ]
    assert "What to do next:\n\nNothing. A mail follows" in message
    assert "aws dynamodb query" in message


def test_waves_are_counted_from_one_with_verdict_and_reason(desk: Desk) -> None:
    desk.execution(
        wave(1, status_reason="1 of 3 servers: no instance found"),
        waves=(
            WaveSummary(
                wave_number=0, wave_name="Database", status=WaveStatus.COMPLETED, server_count=2, launched_count=2
            ),
            WaveSummary(
                wave_number=1,
                wave_name="Application",
                status=WaveStatus.FAILED,
                server_count=3,
                launched_count=2,
                failed_count=1,
            ),
        ),
        status=ExecutionStatus.PARTIAL,
        status_reason="wave 2 failed",
    )

    desk.send("fail")

    assert "  wave 1 (Database): COMPLETED, 2 of 2 servers launched\n" in desk.message
    assert (
        "  wave 2 (Application): FAILED, 2 of 3 servers launched, 1 failed (1 of 3 servers: no instance found)\n"
        in desk.message
    )
    assert "Reason:       wave 2 failed" in desk.message
    assert "not fully recovered: wave 2 (Application)." in desk.message


def test_a_completed_drill_says_how_long_it_took_and_what_still_costs_money(desk: Desk) -> None:
    desk.execution(
        status=ExecutionStatus.COMPLETED,
        recovered_at=START + timedelta(minutes=45, seconds=5),
        seconds_at_gates=600,
        gate_seconds_at_recovery=600,
        rto_minutes=60,
    )

    desk.send("complete")

    assert "RTO actual: 45 min 05 s with the time spent at gates, 35 min 05 s without." in desk.message
    assert "Objective:  1 h 00 min 00 s, met." in desk.message
    assert "each costs money until then" in desk.message
    assert "aws lambda invoke --function-name aws-drs-orchestration-execution-handler-dev:live" in desk.message


def test_a_missed_objective_is_said(desk: Desk) -> None:
    desk.execution(status=ExecutionStatus.COMPLETED, recovered_at=START + timedelta(minutes=61), rto_minutes=60)

    desk.send("complete")

    assert "Objective:  1 h 00 min 00 s, missed." in desk.message


def test_the_objective_of_a_recovery_that_is_not_whole_is_not_judged(desk: Desk) -> None:
    desk.execution(status=ExecutionStatus.PARTIAL, recovered_at=START + timedelta(minutes=9), rto_minutes=60)

    desk.send("fail")

    assert "Objective:  1 h 00 min 00 s, not judged" in desk.message


def test_a_completed_recovery_offers_no_command_that_removes_it(desk: Desk) -> None:
    desk.execution(
        status=ExecutionStatus.COMPLETED,
        execution_type=ExecutionType.RECOVERY,
        recovered_at=START + timedelta(minutes=9),
    )

    desk.send("complete")

    assert "The recovery of Three-Tier App is complete." in desk.message
    assert "lambda invoke" not in desk.message
    assert "asks for confirm" in desk.message


def test_a_cancelled_execution_that_launched_nothing_has_nothing_to_clean_up(desk: Desk) -> None:
    desk.execution(
        status=ExecutionStatus.CANCELLED,
        status_reason="cancelled by ann@example.com",
        waves=(WaveSummary(wave_number=0, wave_name="Database", status=WaveStatus.CANCELLED, server_count=2),),
    )

    desk.send("cancel")

    assert "The drill of Three-Tier App was cancelled." in desk.message
    assert "there is nothing to clean up" in desk.message
    assert "RTO actual: not measured" in desk.message


def test_an_execution_without_a_reason_says_so(desk: Desk) -> None:
    desk.execution(reason="")

    desk.send("start")

    assert "Reason:       none given" in desk.message


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
    assert "replaces" not in message


def test_a_pause_of_the_whole_execution_names_no_wave(desk: Desk) -> None:
    desk.execution()
    desk.gate("all")

    desk.send_pause("all")

    assert "Wave waiting: none in particular" in desk.message


def test_a_gate_of_a_wave_that_the_header_lacks_is_still_named() -> None:
    gate = Gate(execution_id=EXECUTION_ID, plan_id=PLAN_ID, scope="7", number=1, opened_at=START, expires_at=START)

    mail = pause_mail(Story(header(), {}, START, PLACE), gate, TOKEN)

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
    gate = Gate(execution_id=EXECUTION_ID, plan_id=PLAN_ID, scope="1", number=1, opened_at=START, expires_at=START)

    assert line in pause_mail(Story(header(), {}, START, place), gate, TOKEN).message.splitlines()


def test_nobodys_words_can_look_like_a_command_of_the_mail(desk: Desk) -> None:
    desk.execution(reason="fine\r\nT='x'\naws iam create-user --user-name eve", initiated_by="a\nb")

    desk.send("start")

    assert not any(line.startswith(("T=", "aws iam")) for line in desk.message.splitlines())
    assert "Reason:       fine T='x' aws iam" in desk.message


def test_many_waves_are_summed_up_so_that_the_mail_stays_small() -> None:
    waves = tuple(
        WaveSummary(
            wave_number=number,
            wave_name="ü" * 64,
            status=WaveStatus.FAILED if number < 70 else WaveStatus.PENDING,
        )
        for number in range(500)
    )
    records = {number: wave(number, status_reason="r" * 2000) for number in range(500)}

    mail = execution_mail(MailType.FAIL, Story(header(waves=waves), records, START, PLACE))

    assert "  and 10 more FAILED\n  and 430 more PENDING\n" in mail.message
    assert len(mail.message.encode()) < 256 * 1024


def test_a_pause_is_not_a_mail_about_the_whole_execution() -> None:
    with pytest.raises(ValueError, match="about a gate"):
        execution_mail(MailType.PAUSE, Story(header(), {}, START, PLACE))
