"""What the mails say."""

from datetime import timedelta

import pytest

from notification_formatter.mails import execution_mail
from notification_formatter.story import Story
from shared.models.execution import ExecutionStatus, ExecutionType, WaveSummary
from shared.models.mail import MailType
from shared.models.server_record import LaunchStatus
from shared.models.wave_record import WaveStatus
from tests.unit.notification_formatter.conftest import (
    EXECUTION_ID,
    PLACE,
    PLAN_ID,
    START,
    Desk,
    header,
    recovered,
    server,
    wave,
)


def test_a_start_says_what_runs_where_since_when_and_why(desk: Desk) -> None:
    desk.execution()

    assert desk.send("start") == "SENT"

    [(subject, message, attributes)] = desk.topic.mails
    assert subject == "[DRS] Three-Tier App - start"
    assert attributes == {"recoveryPlanId": PLAN_ID, "eventType": "start"}
    assert message.splitlines()[:12] == [
        "The drill of Three-Tier App has started.",
        "",
        "Plan:         Three-Tier App",
        f"Execution:    {EXECUTION_ID}",
        "Type:         DRILL",
        "Status:       RUNNING",
        "Progress:     0 %",
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
        wave(1, status=WaveStatus.FAILED, status_reason="1 of 3 servers: no instance found"),
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


def test_a_wave_says_who_continued_it_that_its_jobs_are_followed_and_how_often_it_was_retried(desk: Desk) -> None:
    desk.execution(
        wave(
            0,
            status=WaveStatus.TIMEOUT,
            status_reason="its deadline passed",
            continued_by="ann@example.com",
            retries=2,
            draining=True,
        ),
        wave(1, status=WaveStatus.LAUNCHING, retries=1),
        waves=(
            WaveSummary(wave_number=0, wave_name="Database", status=WaveStatus.TIMEOUT, server_count=2),
            WaveSummary(wave_number=1, wave_name="Application", status=WaveStatus.LAUNCHING, server_count=3),
        ),
        progress=62,
    )

    desk.send("start")

    assert "Progress:     62 %\n" in desk.message
    assert (
        "  wave 1 (Database): TIMEOUT, 0 of 2 servers launched"
        " (its deadline passed; continued by ann@example.com; its jobs are still followed; retried 2 times)\n"
        "  wave 2 (Application): LAUNCHING, 0 of 3 servers launched (retried once)\n"
    ) in desk.message


def test_the_end_names_the_failed_servers_of_every_wave_that_failed(desk: Desk) -> None:
    desk.execution(
        wave(0, status=WaveStatus.PARTIAL),
        wave(1, status=WaveStatus.COMPLETED),
        wave(2, status=WaveStatus.TIMEOUT),
        *(server(1, 0), recovered(2, 0)),
        *(recovered(3, 1),),
        *(server(4, 2, optional=True), server(5, 2, launch=LaunchStatus.LAUNCHING, launch_reason="")),
        status=ExecutionStatus.PARTIAL,
        waves=(
            WaveSummary(wave_number=0, wave_name="Database", status=WaveStatus.PARTIAL, failed_count=1),
            WaveSummary(wave_number=1, wave_name="Queue", status=WaveStatus.COMPLETED),
            WaveSummary(wave_number=2, wave_name="Web", status=WaveStatus.TIMEOUT),
        ),
    )

    desk.send("fail")

    where = "account 444455556666, us-west-2"
    assert (
        "Failed servers:\n"
        "  wave 1 (Database): 1 of 2 servers failed\n"
        f"    - app-1 (s-00000000000000001, {where}): could not be launched: LAUNCH_FAILED: no capacity\n"
        "  wave 3 (Web): 1 of 2 servers failed, 1 without a verdict\n"
        f"    - app-5 (s-00000000000000005, {where}): still being launched\n"
        f"    - app-4 (s-00000000000000004, {where}, optional): could not be launched: LAUNCH_FAILED: no capacity\n"
        "\nWhat to do next:\n"
    ) in desk.message


def test_a_complete_end_names_the_optional_servers_that_failed(desk: Desk) -> None:
    desk.execution(
        wave(0, status=WaveStatus.COMPLETED),
        *(server(1, 0, optional=True), recovered(2, 0)),
        status=ExecutionStatus.COMPLETED,
        waves=(WaveSummary(wave_number=0, wave_name="Database", status=WaveStatus.COMPLETED, failed_count=1),),
    )

    desk.send("complete")

    assert (
        "Failed servers:\n"
        "  wave 1 (Database): 1 of 2 servers failed\n"
        "    - app-1 (s-00000000000000001, account 444455556666, us-west-2, optional): "
        "could not be launched: LAUNCH_FAILED: no capacity\n"
        "\nWhat to do next:\n"
    ) in desk.message


def test_an_end_names_at_most_twenty_servers_in_all_and_counts_the_rest(desk: Desk) -> None:
    desk.execution(
        *(server(number, number // 8) for number in range(32)),
        status=ExecutionStatus.FAILED,
        waves=tuple(
            WaveSummary(wave_number=number, wave_name="Web", status=WaveStatus.FAILED, failed_count=8)
            for number in range(4)
        ),
    )

    desk.send("fail")

    assert sum(line.startswith("    - app-") for line in desk.message.splitlines()) == 20
    assert "  wave 3 (Web): 8 of 8 servers failed\n" in desk.message
    assert "  and 12 more\n\nWhat to do next:\n" in desk.message


def test_an_end_without_a_failed_server_lists_none(desk: Desk) -> None:
    desk.execution(status=ExecutionStatus.TIMEOUT)

    desk.send("fail")

    assert "Failed servers" not in desk.message


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


@pytest.mark.parametrize("status", [ExecutionStatus.PARTIAL, ExecutionStatus.FAILED, ExecutionStatus.TIMEOUT])
@pytest.mark.parametrize("minutes", [9, 90], ids=["in time", "too late"])
def test_the_objective_of_a_recovery_that_is_not_whole_is_not_judged(
    desk: Desk, status: ExecutionStatus, minutes: int
) -> None:
    desk.execution(status=status, recovered_at=START + timedelta(minutes=minutes), rto_minutes=60)

    desk.send("fail")

    assert "Objective:  1 h 00 min 00 s, not judged, because not everything was recovered." in desk.message


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


@pytest.mark.parametrize("kind", [MailType.COMPLETE, MailType.FAIL, MailType.CANCEL])
def test_the_end_of_an_execution_with_settings_of_its_own_says_where_one_sees_that_they_are_gone(
    kind: MailType,
) -> None:
    def told(*, lends: bool) -> bool:
        story = Story(header(lends_settings=lends), {0: wave(0)}, START, PLACE)
        return "temporarySettingsCount of get_execution" in execution_mail(kind, story).message

    assert told(lends=True)
    assert not told(lends=False)
