"""Alarms as health checks: a wave has its verdict only once its alarms are OK, or have had their patience."""

from __future__ import annotations

from typing import Any

import pytest

from shared.models.checks_seen import AlarmReading
from shared.models.execution import ExecutionStatus
from shared.models.health_checks import AlarmCheck, AlarmVerdict, HealthChecks
from shared.models.recovery_plan import FailurePolicy
from shared.models.request import RequestKind
from shared.models.server_record import HealthStatus
from shared.models.wave_record import WaveStatus
from tests.support.stage import ACCOUNT, REGION, TARGET, Stage, server_key
from tests.support.stage_stories import ONE, at_gate, launched, open_gate, wave_of

WEB = AlarmCheck(alarm_name="web-5xx", account_id=ACCOUNT, region=REGION)
QUEUE = AlarmCheck(alarm_name="queue-age", account_id=ACCOUNT, region=REGION)


def say(made: Stage, alarm: AlarmCheck, state: str, reason: str = "") -> None:
    """CloudWatch has the alarm in that state."""
    made.alarms[(TARGET, alarm.alarm_name)] = AlarmReading(alarm.alarm_name, state, reason)


def recovered(*alarms: AlarmCheck, state: str = "OK", servers: tuple[int, ...] = (1,), **more: Any) -> Stage:
    """The servers of a wave are launched and well; its alarms are all in one state."""
    made, job = launched(wave_of(*servers, checks=HealthChecks(alarms=alarms or (WEB,)), **more))
    for alarm in alarms or (WEB,):
        say(made, alarm, state, "no datapoints")
    made.finish_job(job)
    made.settle()
    return made


def reason(made: Stage) -> str:
    return made.waves[0].record.status_reason


def test_a_wave_whose_alarms_are_ok_completes_and_says_so() -> None:
    made = recovered(WEB, QUEUE)

    assert made.wave(0) is WaveStatus.COMPLETED
    assert reason(made) == "1 server launched and healthy; its 2 alarms are OK"


def test_alarms_are_not_looked_at_before_every_server_has_its_verdict() -> None:
    made, job = launched(wave_of(1, checks=HealthChecks(alarms=(WEB,))))
    made.finish_job(job, without_instance=[ONE])
    made.add_instance(ONE, job, checks="initializing")
    made.settle()

    assert not any(asked.alarms for asked in made.asked)


@pytest.mark.parametrize("state", ["ALARM", "INSUFFICIENT_DATA"])
def test_an_alarm_that_is_not_ok_yet_is_waited_for(state: str) -> None:
    made = recovered(state=state)
    assert made.wave(0) is WaveStatus.VALIDATING
    assert reason(made) == f"it waits for its alarms: alarm web-5xx is {state}"
    assert made.server(ONE).health is HealthStatus.HEALTHY

    say(made, WEB, "OK")
    made.step(30)

    assert made.wave(0) is WaveStatus.COMPLETED


def test_a_wave_waits_for_its_alarms_without_a_line_for_every_look() -> None:
    made = recovered(state="ALARM")
    told = len(made.events)

    for number in range(10):
        say(made, WEB, "ALARM", f"datapoint {number}")
        made.step(30)

    assert len(made.events) == told


def test_an_alarm_that_stays_fails_the_wave_with_its_name_and_its_reason() -> None:
    made = recovered(WEB, QUEUE, state="ALARM")
    say(made, QUEUE, "OK")
    made.step(890)
    assert made.wave(0) is WaveStatus.VALIDATING

    made.step(10)

    assert made.wave(0) is WaveStatus.FAILED
    assert reason(made).startswith("alarm web-5xx is ALARM: no datapoints; ")
    assert made.waves[0].record.alarms is not None
    assert made.waves[0].record.alarms.verdict is AlarmVerdict.FAILED
    assert made.server(ONE).health is HealthStatus.HEALTHY


def test_an_alarm_that_is_gone_fails_the_wave_by_name() -> None:
    made = recovered(state="ALARM")
    made.alarms.clear()
    made.step(900)

    assert made.wave(0) is WaveStatus.FAILED
    assert reason(made).startswith(f"alarm web-5xx does not exist in {TARGET}")


def test_a_failed_alarm_is_answered_by_the_failure_policy() -> None:
    made = recovered(state="ALARM", policy=FailurePolicy.STOP)
    made.step(900)
    made.settle()

    assert made.status() is ExecutionStatus.PARTIAL


def test_the_minimum_of_servers_does_not_make_up_for_an_alarm() -> None:
    made, job = launched(wave_of(1, 2, minimum=1, checks=HealthChecks(alarms=(WEB,))))
    say(made, WEB, "ALARM")
    made.finish_job(job, failed=[ONE])
    made.settle()
    assert made.wave(0) is WaveStatus.VALIDATING

    made.step(900)

    assert made.wave(0) is WaveStatus.FAILED


def test_alarms_are_not_waited_for_where_the_servers_have_failed_the_wave() -> None:
    made, job = launched(wave_of(1, checks=HealthChecks(alarms=(WEB,))))
    say(made, WEB, "ALARM")
    made.finish_job(job, failed=[ONE])
    made.settle()

    assert made.wave(0) is WaveStatus.FAILED
    assert not any(asked.alarms for asked in made.asked)


def test_an_alarm_that_cannot_be_read_is_no_verdict_until_the_deadline() -> None:
    made, job = launched(wave_of(1, deadline_minutes=30, checks=HealthChecks(alarms=(WEB,))))
    made.finish_job(job, without_instance=[ONE])
    instance = made.add_instance(ONE, job, checks="initializing")
    made.settle()
    made.health[instance] = made.health[instance].model_copy(update={"system_status": "ok", "instance_status": "ok"})
    say(made, WEB, "ALARM")
    made.step(121)
    made.unreachable[TARGET] = "access denied"
    made.step(1000)
    assert made.wave(0) is WaveStatus.VALIDATING
    assert made.waves[0].record.present_reason == "access denied"

    made.step(700)

    assert made.wave(0) is WaveStatus.TIMEOUT
    assert "access denied" in reason(made)


def test_a_deadline_that_comes_before_the_alarms_are_ok_is_a_timeout_even_where_every_server_is_well() -> None:
    made = recovered(state="ALARM", deadline_minutes=5)
    made.step(300)

    assert made.wave(0) is WaveStatus.TIMEOUT
    assert reason(made) == "its time of 5 minutes is over: alarm web-5xx is ALARM"


def test_a_deadline_with_optional_servers_left_is_a_timeout_where_alarms_were_never_read() -> None:
    made, job = launched(
        wave_of(1, 2, optional=(server_key(2),), deadline_minutes=5, checks=HealthChecks(alarms=(WEB,)))
    )
    say(made, WEB, "OK")
    made.finish_job(job, without_instance=[server_key(2)])
    made.add_instance(server_key(2), job, checks="initializing")
    made.step(300)

    assert made.wave(0) is WaveStatus.TIMEOUT


def test_a_retry_looks_at_the_alarms_anew_and_with_new_patience() -> None:
    made = recovered(state="ALARM")
    made.step(900)
    made.settle()

    at_gate(made, RequestKind.RETRY, open_gate(made))
    made.step(1)
    assert made.wave(0) is WaveStatus.VALIDATING
    made.step(800)
    say(made, WEB, "OK")
    made.step(30)

    assert made.wave(0) is WaveStatus.COMPLETED
    assert made.server(ONE).attempt == 1


def test_a_cancelled_execution_does_not_wait_for_alarms() -> None:
    made = recovered(state="ALARM")
    made.ask(RequestKind.CANCEL)
    made.step(1)

    assert made.wave(0) is WaveStatus.CANCELLED
    assert made.status() is ExecutionStatus.PARTIAL
