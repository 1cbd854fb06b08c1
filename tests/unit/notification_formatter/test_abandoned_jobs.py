"""What the mail of an end says of the jobs that the execution ended without."""

from datetime import timedelta
from typing import Any

import pytest

from shared.engine.draining import RUNS, UNKNOWN
from shared.models.execution import ExecutionStatus, ExecutionType, WaveSummary
from shared.models.launch import LaunchedServer, LaunchRecord, LaunchState
from shared.models.mail import MailType
from shared.models.targets import Target
from shared.models.wave_record import WaveStatus
from tests.unit.notification_formatter.conftest import EXECUTION_ID, PLAN_ID, START, Desk

TARGET = Target(account_id="444455556666", region="us-west-2")
LOCKED = "The servers of an abandoned job stay locked"


def abandoned(number: int = 1, servers: int = 1, **changes: Any) -> LaunchRecord:
    """A launch whose job, of which the id is known, still ran when its execution ended."""
    facts: dict[str, Any] = {
        "execution_id": EXECUTION_ID,
        "plan_id": PLAN_ID,
        "launch_id": f"launch-{number}",
        "wave_number": 1,
        "target": TARGET,
        "servers": tuple(
            LaunchedServer(source_server_id=f"s-{position:017d}", attempt=1) for position in range(servers)
        ),
        "state": LaunchState.STARTED,
        "job_id": f"drsjob-{number:017d}",
        "intent_at": START,
        "not_after": START,
        "abandoned_at": START,
        "reason": RUNS,
    }
    return LaunchRecord(**{**facts, **changes})


def unknown(number: int = 1, **changes: Any) -> LaunchRecord:
    """A launch of which nobody knew whether it had a job."""
    return abandoned(number, **{"state": LaunchState.OPEN, "job_id": None, "reason": UNKNOWN, **changes})


def end_with(desk: Desk, *launches: LaunchRecord, kind: MailType = MailType.FAIL, **changes: Any) -> str:
    """The message of the mail of an execution that ended without these launches."""
    facts: dict[str, Any] = {
        "status": ExecutionStatus.FAILED,
        "abandoned_count": len(launches),
        "launch_ids": tuple(launch.launch_id for launch in launches),
        "waves": (WaveSummary(wave_number=1, wave_name="Web", status=WaveStatus.TIMEOUT),),
    }
    made = desk.execution(**{**facts, **changes})
    desk.executions.write_items(made, [launch.model_copy(update={"state": LaunchState.OPEN}) for launch in launches])
    desk.executions.write_items(made, launches)
    assert desk.send(kind.value) == "SENT"
    return desk.message


@pytest.mark.parametrize(("servers", "words"), [(1, "1 server"), (2, "2 servers")])
def test_a_job_that_runs_is_named_with_its_servers_and_that_they_stay_locked(
    desk: Desk, servers: int, words: str
) -> None:
    message = end_with(desk, abandoned(servers=servers))

    assert (
        "Abandoned jobs:\n"
        "  job drsjob-00000000000000001 in 444455556666/us-west-2, called for at 2026-01-29T02:00:00.000Z: "
        f"{words} of wave 2, when it was abandoned it still ran\n"
    ) in message
    assert LOCKED in message


def test_of_a_launch_that_nobody_knows_the_job_of_it_is_not_said_that_it_ran(desk: Desk) -> None:
    message = end_with(desk, unknown())

    assert "  the unknown job of launch launch-1 in 444455556666/us-west-2, called for at " in message
    assert "1 server of wave 2, when it was abandoned it may never have come about, for nobody could tell\n" in message
    assert "still ran" not in message
    assert LOCKED in message


@pytest.mark.parametrize(
    ("launch", "words"),
    [
        (abandoned(state=LaunchState.DONE), "1 server of wave 2, has ended since\n"),
        (unknown(state=LaunchState.LOST), "1 server of wave 2, given up since: no job is known to be its own\n"),
    ],
    ids=["ended", "given up"],
)
def test_a_job_that_is_settled_when_the_mail_is_written_keeps_nothing_locked(
    desk: Desk, launch: LaunchRecord, words: str
) -> None:
    message = end_with(desk, launch)

    assert words in message
    assert "still ran" not in message
    assert LOCKED not in message
    assert "an abandoned job may launch recovery instances later, or has by now" in message


def test_one_that_holds_on_among_settled_ones_is_told_of(desk: Desk) -> None:
    message = end_with(desk, abandoned(1, state=LaunchState.DONE), abandoned(2), kind=MailType.CANCEL)

    assert message.count("has ended since") == 1
    assert message.count("it still ran") == 1
    assert LOCKED in message


def test_at_most_twenty_jobs_are_named_and_the_rest_is_counted(desk: Desk) -> None:
    message = end_with(desk, *(abandoned(number) for number in range(22)))

    assert message.count("it still ran") == 20
    assert "  and 2 more\n" in message


def test_a_launch_that_was_not_abandoned_is_no_job_to_tell_of(desk: Desk) -> None:
    message = end_with(desk, abandoned(1), abandoned(2, state=LaunchState.DONE, abandoned_at=None))

    assert "drsjob-00000000000000002" not in message


def test_an_execution_that_ended_without_none_says_nothing_of_jobs(desk: Desk) -> None:
    message = end_with(desk)

    assert "bandoned" not in message


def test_of_an_execution_that_launched_nothing_no_recovery_time_is_told_and_no_server_to_check(desk: Desk) -> None:
    message = end_with(desk, abandoned(), recovered_at=START + timedelta(minutes=1))

    assert "RTO actual: not measured, because nothing was launched.\n" in message
    assert "Check the recovered servers" not in message
    assert "Nothing was launched by the end, but an abandoned job may launch recovery instances later" in message
    assert "terminate_instances" in message


def test_of_a_recovery_that_launched_nothing_it_is_not_said_that_its_servers_run(desk: Desk) -> None:
    message = end_with(desk, abandoned(), execution_type=ExecutionType.RECOVERY)

    assert "The recovered servers run" not in message
    assert "Nothing was launched by the end, but an abandoned job may launch recovery instances later" in message
    assert "terminate_instances asks for confirm" in message


def test_what_was_launched_beside_an_abandoned_job_is_measured_and_to_be_checked(desk: Desk) -> None:
    message = end_with(desk, abandoned(), recovered_at=START + timedelta(minutes=1), has_launched=True)

    assert "RTO actual: 1 min 00 s" in message
    assert "Check the recovered servers, then terminate them: each costs money until then." in message
