"""What the mails say of points in time: the one that was asked for, and those that were reached."""

from datetime import timedelta
from typing import Any

import pytest

from shared.models.execution import ExecutionStatus
from tests.unit.notification_formatter.conftest import START, Desk, wave

INSTANT = START - timedelta(hours=2)
POINT = INSTANT - timedelta(minutes=10)
RECOVER_TO = "Recover to:   2026-01-29T00:00:00.000Z, each server to its newest snapshot that is not later\n"


def ended(desk: Desk, *waves: Any, **changes: Any) -> str:
    """The mail of the end."""
    desk.execution(*waves, **{"status": ExecutionStatus.COMPLETED, "rpo_seconds": 900, **changes})
    desk.send("complete")
    return desk.message


@pytest.mark.parametrize("mail", ["start", "complete", "fail", "cancel"])
def test_every_mail_says_to_which_instant(desk: Desk, mail: str) -> None:
    desk.execution(point_in_time=INSTANT)

    desk.send(mail)

    assert RECOVER_TO in desk.message


def test_the_mail_of_a_gate_says_it_too(desk: Desk) -> None:
    desk.execution(point_in_time=INSTANT)
    desk.gate()

    desk.send_pause()

    assert RECOVER_TO in desk.message


def test_a_mail_of_an_execution_to_the_latest_data_says_nothing_of_it(desk: Desk) -> None:
    desk.execution()

    desk.send("start")

    assert "Recover to:" not in desk.message


def test_the_end_tells_the_oldest_recovery_point_of_all_waves_and_holds_it_against_the_objective(desk: Desk) -> None:
    message = ended(
        desk,
        wave(0, oldest_recovery_point=START - timedelta(minutes=14)),
        wave(1, oldest_recovery_point=START - timedelta(minutes=2)),
    )

    assert (
        "RPO actual: 14 min 00 s before the start; the oldest recovery point is 2026-01-29T01:46:00.000Z.\n" in message
    )
    assert "2026-01-29T01:46:00.000Z.\nObjective:  15 min 00 s, met.\n" in message


def test_an_objective_that_was_missed_is_said(desk: Desk) -> None:
    message = ended(desk, wave(0, oldest_recovery_point=START - timedelta(minutes=16)))

    assert "Objective:  15 min 00 s, missed." in message


def test_the_objective_is_counted_from_the_instant_that_was_asked_for(desk: Desk) -> None:
    message = ended(desk, wave(0, oldest_recovery_point=POINT), point_in_time=INSTANT)

    assert "RPO actual: 2 h 10 min 00 s before the start; the oldest" in message
    assert "            That is 10 min 00 s before the instant asked for.\n" in message
    assert "Objective:  15 min 00 s, counted from that instant, met." in message


def test_what_drs_did_not_tell_is_unknown_and_judges_nothing(desk: Desk) -> None:
    message = ended(desk, wave(0, oldest_recovery_point=START, unknown_recovery_points=1))

    assert "RPO actual: 0 s before the start; the oldest recovery point is 2026-01-29T02:00:00.000Z, " in message
    assert "and it is unknown of 1 launched server." in message
    assert "Objective:  15 min 00 s, not judged, because not every recovery point is known." in message


def test_if_nothing_is_known_that_is_all_that_is_said(desk: Desk) -> None:
    message = ended(desk, wave(0, unknown_recovery_points=3))

    assert "RPO actual: unknown of 3 launched servers.\n" in message
    assert "15 min" not in message


def test_an_end_that_is_not_complete_judges_no_objective_that_is_kept_so_far(desk: Desk) -> None:
    desk.execution(
        wave(0, oldest_recovery_point=START - timedelta(minutes=1)), status=ExecutionStatus.PARTIAL, rpo_seconds=900
    )

    desk.send("fail")

    assert "Objective:  15 min 00 s, not judged, because not everything was recovered." in desk.message


def test_where_nothing_was_launched_nothing_is_said_of_it(desk: Desk) -> None:
    desk.execution(status=ExecutionStatus.FAILED, rpo_seconds=900)

    desk.send("fail")

    assert "RPO" not in desk.message
