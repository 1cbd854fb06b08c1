"""A step that stands still after it has looked condemns nothing by what it saw before the patience was over."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.models.drs import ParticipantStatus
from shared.models.health_checks import CommandCheck, HealthChecks
from shared.models.wave_record import WaveStatus
from tests.support.stage import Stage
from tests.support.stage_stories import ONE, heal, launched, wave_of
from tests.unit.engine.test_alarms import WEB, recovered, say

Heal = Callable[[Stage], object]


def command_runs() -> tuple[Stage, float, Heal]:
    checks = HealthChecks(commands=(CommandCheck(document_name="CheckShop", timeout_seconds=60),))
    made, job = launched(wave_of(1, checks=checks))
    made.finish_job(job)
    made.step(1)
    return made, 60, lambda it: it.run_command.end()


def agent_is_silent() -> tuple[Stage, float, Heal]:
    checks = HealthChecks(commands=(CommandCheck(document_name="CheckShop", timeout_seconds=60),))
    made, job = launched(wave_of(1, checks=checks))
    made.finish_job(job, without_instance=[ONE])
    made.run_command.agents[made.add_instance(ONE, job)] = None
    made.step(1)

    def register(it: Stage) -> None:
        it.run_command.agents.clear()
        it.step(1)
        it.run_command.end()

    return made, 900, register


def instance_is_checked() -> tuple[Stage, float, Heal]:
    made, job = launched(wave_of(1))
    made.finish_job(job, without_instance=[ONE])
    instance = made.add_instance(ONE, job, checks="initializing")
    made.step(1)
    return made, 900, lambda it: heal(it, instance)


def instance_is_not_named() -> tuple[Stage, float, Heal]:
    made, job = launched(wave_of(1))
    made.finish_job(job, without_instance=[ONE], status=ParticipantStatus.PENDING)
    return made, 300, lambda it: it.add_instance(ONE, job)


def alarm_rings() -> tuple[Stage, float, Heal]:
    return recovered(WEB, state="ALARM"), 900, lambda it: say(it, WEB, "OK")


@pytest.mark.parametrize(
    "story", [command_runs, agent_is_silent, instance_is_checked, instance_is_not_named, alarm_rings]
)
def test_what_was_well_in_time_is_well_however_long_the_step_stood_still(
    story: Callable[[], tuple[Stage, float, Heal]],
) -> None:
    made, patience, mend = story()

    made.step(patience - 5, stands_still=20)
    assert made.wave(0) not in (WaveStatus.FAILED, WaveStatus.PARTIAL)
    mend(made)
    made.settle()

    assert made.wave(0) is WaveStatus.COMPLETED


@pytest.mark.parametrize(
    "story", [command_runs, agent_is_silent, instance_is_checked, instance_is_not_named, alarm_rings]
)
def test_what_a_later_look_does_not_find_well_has_failed(
    story: Callable[[], tuple[Stage, float, Heal]],
) -> None:
    made, patience, _ = story()

    made.step(patience - 5, stands_still=20)
    made.settle()

    assert made.wave(0) is WaveStatus.FAILED
