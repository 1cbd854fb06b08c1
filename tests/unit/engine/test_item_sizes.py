"""Reasons that AWS writes are long; no item grows over 4 KB and no header over 100 KB with them."""

from __future__ import annotations

from datetime import timedelta

from shared.engine.survivors import outlived
from shared.engine.texts import ALARM_REASON, LONGEST_REASON, OVERRIDE_REASON, SERVER_REASON
from shared.models.drs import JobLogEntry
from shared.models.execution import WaveSummary
from shared.models.finding import ABOUT_SETTINGS
from shared.models.gate import GateStatus
from shared.models.health_checks import (
    COMMANDS,
    DECLARATION_BYTES,
    AlarmCheck,
    AlarmStanding,
    AlarmVerdict,
    CommandCheck,
    HealthChecks,
)
from shared.models.recovery_plan import FailurePolicy
from shared.models.server_record import ServerRecord
from shared.models.targets import Target
from shared.models.wave_record import WaveRecord, WaveStatus
from shared.plan_rules import DEPENDENCIES, NAME_BYTES
from shared.stores.attribute_values import item_size
from shared.stores.items import header_item
from shared.stores.steps import StepItem, step_write
from shared.stores.table import PutItem
from tests.support.stage import ACCOUNT, REGION, START, Stage, server_key, stage
from tests.support.stage_stories import finish_running, launched, wave_of

ENCODED = "UnauthorizedOperation: You are not authorized. Encoded authorization failure message: " + "x" * 1500
"""What EC2 answers to a role that may not run instances; the message is one to two KB."""


def tell_why(made: Stage, job: str) -> None:
    """The log of the job has EC2's answer for each of its servers."""
    made.logs[job] = tuple(
        JobLogEntry(time=made.now, event="LAUNCH_FAILED", source_server_id=one.source_server_id, raw_error=ENCODED)
        for one in made.jobs[job][1].participants
    )


def stored_size(item: StepItem) -> int:
    """Of an item that a step puts."""
    write = step_write(item)
    assert isinstance(write, PutItem)
    return item_size(write.item)


def test_no_item_of_a_failed_wave_is_larger_than_4_kilobytes() -> None:
    made, job = launched(wave_of(1, 2, 3))
    tell_why(made, job)
    made.finish_job(job, failed=[server_key(number) for number in (1, 2, 3)])
    made.now += timedelta(seconds=1)

    decision = made.decision()

    sizes = {str(item)[:60]: stored_size(item) for item in (*decision.items, *decision.events)}
    assert {name: size for name, size in sizes.items() if size > 4096} == {}


def test_a_server_and_a_wave_with_all_the_checks_that_they_may_have_stay_under_4_kilobytes() -> None:
    commands = tuple(CommandCheck(document_name=str(number) * 128) for number in range(COMMANDS))
    alarms = tuple(AlarmCheck(alarm_name=f"{number}" * 110, account_id=ACCOUNT, region=REGION) for number in range(3))
    checks = HealthChecks(alarms=alarms, commands=commands)
    assert DECLARATION_BYTES - 300 < checks.json_bytes < DECLARATION_BYTES
    made, job = launched(wave_of(1, checks=checks))
    made.finish_job(job)
    made.step(1)
    made.run_command.end("Failed", "Delivery Timed Out", output="x" * 2500)
    made.now += timedelta(seconds=3)

    items = made.decision().items

    server = next(item for item in items if isinstance(item, ServerRecord))
    wave = next(item for item in items if isinstance(item, WaveRecord))
    assert len(server.commands) == COMMANDS
    assert len(server.health_reason) == SERVER_REASON
    told = server.model_copy(update={"launch_reason": "x" * SERVER_REASON})
    told = outlived(told, 1, instance_id="i-0123456789abcdef0", reason=ENCODED, now=made.now)
    standing = AlarmStanding(verdict=AlarmVerdict.FAILED, reason="x" * ALARM_REASON, since=made.now)
    accepted = {
        "accepted_codes": ABOUT_SETTINGS,
        "accepted_by": "x" * 64,
        "override_reason": "説" * (OVERRIDE_REASON // 3),
    }
    judged = wave.model_copy(update={"status_reason": "x" * LONGEST_REASON, "alarms": standing, **accepted})
    assert stored_size(told) < 4096
    assert stored_size(judged) < 4096


def test_a_header_with_many_open_gates_stays_under_100_kilobytes() -> None:
    count = 60
    made = stage(wave_of(1), *(wave_of(number + 2, depends_on=(0,)) for number in range(count)))
    made.settle()
    finish_running(made)
    for job in made.running_jobs():
        tell_why(made, job)
        made.finish_job(job, failed=[server_key(number) for number in range(2, count + 2)])
    made.settle()

    assert sum(gate.status is GateStatus.OPEN for gate in made.gates.values()) == count
    assert item_size(header_item(made.header)) < 100 * 1024


def test_a_header_of_500_waves_that_all_say_what_they_may_say_stays_under_100_kilobytes() -> None:
    count, first = 500, 9000
    four_bytes = "\N{FIRE}"
    names = four_bytes * (NAME_BYTES // count // len(four_bytes.encode()))
    waves = tuple(
        WaveSummary(
            wave_number=first + number,
            wave_name=names,
            status=WaveStatus.TIMEOUT,
            depends_on_waves=tuple(first + other for other in range(max(0, number - DEPENDENCIES // count), number)),
            pause_before_wave=True,
            failure_policy=FailurePolicy.PAUSE,
            continued=True,
            draining=True,
            server_count=8,
            launched_count=8,
            failed_count=8,
        )
        for number in range(count)
    )
    targets = tuple(Target(account_id=f"{number:012d}", region="ap-northeast-1") for number in range(20))
    header = stage(wave_of(1)).header.model_copy(
        update={
            "waves": waves,
            "launch_ids": tuple(f"exec-01kg3tbrqgsm3jsp5ydyfp42e2-{1000 + number}-0" for number in range(count)),
            "plan_name": four_bytes * 64,
            "status_reason": four_bytes * LONGEST_REASON,
            "reason": four_bytes * 1000,
            "expired_gate": "x" * LONGEST_REASON,
            "recovered_at": START,
            "paused_since": START,
            "ended_at": START,
            "initiated_by": "x" * 254,
            "cancelled_by": "x" * 254,
            "notification_email": "x" * 254,
            "targets": targets,
            "queued_in": targets,
            "unasked_in": targets[:10],
            "denied_in": targets[10:],
            "denied_until": START,
        }
    )

    assert item_size(header_item(header)) < 100 * 1024
