"""What the mail of a gate says: what waits for the person, and what each of its commands will do."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from notification_formatter.commands import Place
from notification_formatter.gate_mails import gate_mail
from notification_formatter.story import Story
from shared.models.execution import ExecutionStatus, WaveSummary
from shared.models.gate import GateKind
from shared.models.health_checks import AlarmCheck, AlarmStanding, AlarmVerdict, HealthChecks
from shared.models.server_record import HealthStatus, LaunchStatus, ServerRecord
from shared.models.wave_record import WaveStatus
from tests.support.world.mails import SentMail
from tests.unit.notification_formatter.conftest import (
    EXECUTION_ID,
    PLACE,
    PLAN_ID,
    START,
    TOKEN,
    Desk,
    gate,
    header,
    recovered,
    server,
    wave,
)

RETRY = (
    f"""echo '{{"operation": "retry_wave", "parameters": {{"executionId": "{EXECUTION_ID}", """
    """"waveNumber": 1, "gateNumber": 1}}'"""
    " | aws lambda invoke --function-name aws-drs-orchestration-execution-handler-dev:live"
    " --payload fileb:///dev/stdin --region us-east-1 /dev/stdout | cat; sleep 3; aws dynamodb query "
)
SKIP = RETRY.replace("retry_wave", "skip_wave")


def failed_waves(status: WaveStatus = WaveStatus.FAILED) -> tuple[WaveSummary, ...]:
    """The second of two waves came to that end."""
    return (
        WaveSummary(wave_number=0, wave_name="Database", status=WaveStatus.COMPLETED, server_count=2, launched_count=2),
        WaveSummary(
            wave_number=1, wave_name="Application", status=status, server_count=3, launched_count=2, failed_count=1
        ),
    )


def failed(
    desk: Desk,
    *servers: ServerRecord,
    status: WaveStatus = WaveStatus.FAILED,
    of_wave: Mapping[str, Any] | None = None,
    **changes: Any,
) -> str:
    """The mail of a wave that ended so, with these servers; unless told, one of its three was not launched."""
    rest = [recovered(number) for number in (2, 3)]
    facts_of_wave = {"status_reason": "1 of 3 servers: LAUNCH_FAILED: no capacity", **(of_wave or {})}
    record = wave(1, status=status, **facts_of_wave)
    desk.execution(record, *(servers or [server(1), *rest]), status=ExecutionStatus.PAUSED, waves=failed_waves(status))
    facts: dict[str, Any] = {"kind": GateKind.FAILURE, "reason": "the wave's failure policy is PAUSE"}
    desk.gate(**{**facts, **changes})
    assert desk.send_pause() == "SENT"
    return desk.message


# -- an approval ------------------------------------------------------------------------------------------------------


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


# -- an operator's pause ----------------------------------------------------------------------------------------------


def test_an_operators_pause_says_who_paused_and_why_and_what_goes_on(desk: Desk) -> None:
    desk.execution(progress=40)
    desk.pause("ann@example.com", "the change window is closed")

    assert desk.send_pause("all") == "SENT"

    message = desk.message
    assert message.startswith(
        "The drill of Three-Tier App is paused: "
        "running jobs finish and are checked, and nothing is launched until you decide.\n"
    )
    assert "Progress:     40 %" in message
    assert "Paused by:    ann@example.com" in message
    assert "Reason:       the change window is closed" in message
    assert (
        "Wave waiting: none in particular: no wave begins, and one that has begun launches nothing more\n"
    ) in message
    assert "Decide by:    2027-01-28T02:00:00.000Z" in message
    assert (
        "To resume, paste this block as it stands. The waves whose turn it is start, those that have begun go on:\n"
        "\nT='"
    ) in message
    assert "To cancel the execution instead, paste this block. Nothing new starts" in message
    assert "lambda invoke" not in message
    assert desk.topic.mails[0][2]["eventType"] == "pause"


# -- a failure --------------------------------------------------------------------------------------------------------


def test_a_failure_names_the_wave_its_verdict_and_every_failed_server(desk: Desk) -> None:
    broken = server(4, name="", optional=True, launch=LaunchStatus.LAUNCHED, launch_reason="")
    broken = broken.model_copy(update={"health": HealthStatus.UNHEALTHY, "health_reason": "no instance found"})

    message = failed(desk, broken, recovered(2), server(1), recovered(3))

    [(subject, _, attributes)] = desk.topic.mails
    assert subject == "[DRS] Three-Tier App - pause"
    assert attributes == {"recoveryPlanId": PLAN_ID, "eventType": "pause"}
    assert message.startswith("The drill of Three-Tier App waits for your decision: wave 2 (Application) is FAILED.\n")
    assert "Reason:       the wave's failure policy is PAUSE\n" in message
    assert (
        "Wave failed:  wave 2 (Application) is FAILED: 1 of 3 servers: LAUNCH_FAILED: no capacity;"
        " 2 of 4 servers failed\n"
    ) in message
    assert "Decide by:    2027-01-28T02:00:00.000Z" in message
    assert (
        "Failed servers:\n"
        "  wave 2 (Application): 2 of 4 servers failed\n"
        "    - app-1 (s-00000000000000001, account 444455556666, us-west-2):"
        " could not be launched: LAUNCH_FAILED: no capacity\n"
        "    - s-00000000000000004 (account 444455556666, us-west-2, optional):"
        " launched, but not healthy: no instance found\n"
        "\nWhat to do next:\n"
    ) in message


def with_alarms(verdict: AlarmVerdict | None) -> dict[str, Any]:
    """What the record of a wave with one alarm says, which came to that verdict, or was not looked at."""
    standing = verdict and AlarmStanding(verdict=verdict, reason="alarm shop-5xx is ALARM", since=START)
    return {
        "status_reason": "alarm shop-5xx is ALARM; 2 servers launched and healthy",
        "health_checks": HealthChecks(alarms=(AlarmCheck(alarm_name="shop-5xx"),)),
        "alarms": standing,
    }


@pytest.mark.parametrize(
    ("verdict", "status"),
    [
        (AlarmVerdict.FAILED, WaveStatus.FAILED),
        (AlarmVerdict.WAITING, WaveStatus.TIMEOUT),
        (None, WaveStatus.TIMEOUT),
    ],
    ids=["not OK", "not to be read", "not looked at in time"],
)
def test_a_wave_that_failed_for_its_alarms_alone_says_so_and_what_a_retry_does_then(
    desk: Desk, verdict: AlarmVerdict | None, status: WaveStatus
) -> None:
    message = failed(desk, recovered(2), recovered(3), status=status, of_wave=with_alarms(verdict))

    assert (
        f"Wave failed:  wave 2 (Application) is {status}: alarm shop-5xx is ALARM; 2 servers launched and healthy;"
        " none of its servers failed, its alarms were not found OK\n"
    ) in message
    assert (
        "To have the wave's alarms looked at again, paste this line. Its servers are left as they are:\n\n" + RETRY
    ) in message
    assert "To continue whatever the alarms say, paste this block. The wave keeps its verdict" in message
    assert "failed servers" not in message.lower()
    assert "0 of" not in message


def test_a_wave_that_failed_for_its_alarms_beside_an_optional_server_says_both(desk: Desk) -> None:
    alarms = with_alarms(AlarmVerdict.FAILED)

    message = failed(desk, server(1, optional=True), recovered(2), of_wave=alarms)

    assert "; 1 of 2 servers failed, and its alarms were not found OK\n" in message
    assert "To retry the failed servers and have the alarms looked at again, paste this line. A retry" in message
    assert "To continue without the failed servers, whatever the alarms say, paste this block." in message


@pytest.mark.parametrize("verdict", [None, AlarmVerdict.OK])
def test_alarms_that_were_found_ok_or_not_looked_at_are_not_told_of(desk: Desk, verdict: AlarmVerdict | None) -> None:
    message = failed(desk, of_wave=with_alarms(verdict))

    assert "; 1 of 3 servers failed\n" in message
    assert "To retry the failed servers, paste this line." in message


def test_a_reason_is_not_said_twice(desk: Desk) -> None:
    message = failed(desk, reason="wave 2 (Application) is FAILED: 1 of 3 servers: LAUNCH_FAILED: no capacity")

    assert "Wave failed:  wave 2 (Application) is FAILED; 1 of 3 servers failed\n" in message


def test_a_wave_that_timed_out_also_names_the_servers_without_a_verdict(desk: Desk) -> None:
    message = failed(
        desk,
        server(1, launch=LaunchStatus.PENDING, launch_reason="the quota is used up"),
        server(2, launch=LaunchStatus.LAUNCHING, launch_reason=""),
        server(3, launch=LaunchStatus.LAUNCHED, launch_reason="", health_reason="the instance is pending"),
        server(4, launch=LaunchStatus.CANCELLED, launch_reason="the deadline passed"),
        server(5),
        recovered(6),
        status=WaveStatus.TIMEOUT,
    )

    assert "waits for your decision: wave 2 (Application) is TIMEOUT." in message
    told = message.partition("  wave 2 (Application): 1 of 6 servers failed, 4 without a verdict\n")[2]
    assert [line.partition("): ")[2] for line in told.splitlines()[:5]] == [
        "could not be launched: LAUNCH_FAILED: no capacity",
        "not launched: the quota is used up",
        "still being launched",
        "launched, not checked in time: the instance is pending",
        "not launched: the deadline passed",
    ]


def test_at_most_twenty_servers_are_named_required_ones_first(desk: Desk) -> None:
    message = failed(desk, *(server(number, optional=number < 10) for number in range(33)))

    named = [line for line in message.splitlines() if line.startswith("    - ")]
    assert len(named) == 20
    assert not any("optional" in line for line in named)
    assert "  and 13 more\n" in message
    assert "33 of 33 servers failed" in message


def test_the_four_commands_say_what_they_will_do_and_stand_alone(desk: Desk) -> None:
    message = failed(desk)

    sentences = (
        "To retry the failed servers, paste this line. A retry looks first, and never replaces a healthy instance:",
        "To skip the wave, paste this line. The plan goes on without the wave's verdict: waves that depend on it\n"
        "start, and the execution ends PARTIAL at best:",
        "To continue without the failed servers, paste this block. The wave keeps its verdict: waves that depend\n"
        "on it start, and the execution ends PARTIAL at best:",
        "To cancel the execution instead, paste this block. Nothing new starts, running jobs are followed to their\n"
        "end, and nothing is terminated:",
    )
    places = [message.index(sentence) for sentence in sentences]
    assert places == sorted(places)
    retry, skip, proceed, cancel = (
        message[place + len(sentence) :].split("\n\n")[1] for place, sentence in zip(places, sentences, strict=True)
    )
    assert retry.startswith(RETRY)
    assert skip.startswith(SKIP)
    assert retry.count("\n") == skip.count("\n") == 0
    assert "\naws stepfunctions send-task-success " in proceed
    assert "\naws stepfunctions send-task-failure " in cancel
    assert (
        "Each block ends by showing status and waves. Used twice, or after the gate was decided, it changes nothing."
    ) in message


def test_relaunching_is_offered_where_something_is_launched_and_not_healthy(desk: Desk) -> None:
    sick = server(2, launch=LaunchStatus.LAUNCHED, launch_reason="", health=HealthStatus.UNHEALTHY)

    assert '"gateNumber": 1, "relaunch": true}' in failed(desk, server(1), sick)
    assert "relaunch" not in failed(Desk(), server(1))


def test_a_new_token_of_a_failure_says_what_still_works_of_the_mail_before(desk: Desk) -> None:
    failed(desk)
    desk.wait("a-later-token", "visit-2")

    assert desk.send_pause() == "SENT"

    first, second = (message for _, message, _ in desk.topic.mails)
    assert "This mail replaces" not in first
    assert "This mail replaces the one before: of that one's commands only retry and skip still work.\n" in second
    assert "T='a-later-token' #" in second


def test_a_failure_of_a_wave_that_the_header_lacks_is_still_told() -> None:
    mail = gate_mail(Story(header(), {}, START, PLACE), gate("7", kind=GateKind.FAILURE), TOKEN)

    assert "Wave failed:  wave 8 is FAILED\n" in mail.message
    assert '"waveNumber": 7, "gateNumber": 1}' in mail.message


@pytest.mark.parametrize(
    ("scope", "kind"), [("1", GateKind.APPROVAL), ("all", GateKind.PAUSE), ("1", GateKind.FAILURE)]
)
def test_the_token_of_every_gates_mail_is_that_of_its_first_block(scope: str, kind: GateKind) -> None:
    mail = gate_mail(Story(header(), {}, START, PLACE), gate(scope, kind=kind), TOKEN)

    assert SentMail(START, mail.subject, mail.message, mail.attributes).token == TOKEN


def test_the_largest_failure_fits_into_a_mail() -> None:
    waves = tuple(
        WaveSummary(wave_number=number, wave_name="😀" * 64, status=WaveStatus.FAILED, failed_count=500)
        for number in range(500)
    )
    records = {number: wave(number, status_reason="😀" * 2000, continued_by="😀" * 200) for number in range(500)}
    servers = {1: [server(number, name="😀" * 300, launch_reason="😀" * 2000) for number in range(500)]}
    story = Story(header(waves=waves), records, START + timedelta(days=1), PLACE, servers)

    mail = gate_mail(story, gate(kind=GateKind.FAILURE, reason="😀" * 2000), TOKEN * 3)

    assert "  and 480 more\n" in mail.message
    assert len(mail.message.encode()) < 256 * 1024
