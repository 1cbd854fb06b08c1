"""Servers that were well when the job of a lost launch came late: a retry looks for what is there."""

from typing import Any

import pytest

from shared.engine.effects import StartLaunch
from shared.models.event import EventType
from shared.models.execution import ExecutionStatus
from shared.models.health_checks import CommandCheck, HealthChecks
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.request import RequestKind
from shared.models.server_record import HealthStatus, LaunchStatus
from shared.models.wave_record import WaveStatus
from tests.support.stage import TARGET, Stage, stage
from tests.support.stage_stories import ONE, TWO, at_gate, finish_running, heal, open_gate, wave_of


def launched_twice(**more: Any) -> tuple[Stage, LaunchRecord]:
    """A wave whose first launch was lost, and answers that; the job of its second launch runs."""
    made = stage(wave_of(1, 2, **more))
    made.refuse[TARGET] = LaunchState.OPEN
    made.settle()
    made.refuse.clear()
    made.step(400)
    made.settle()
    [lost] = [launch for launch in made.launches.values() if launch.state is LaunchState.LOST]
    return made, lost


def with_late_job() -> tuple[Stage, str]:
    """A wave at its gate: of its second launch the first server is well; the job of its first, lost, one has ended."""
    made, lost = launched_twice()
    [second] = made.running_jobs()
    made.finish_job(second, failed=[TWO])
    made.settle()
    assert made.wave(0) is WaveStatus.FAILED
    late = made.add_job(lost).job_id
    made.settle()
    made.step(60)
    made.finish_job(late, failed=[ONE, TWO])
    made.instances[ONE] = ()
    made.step(1)
    made.step(301)
    assert made.launches[lost.launch_id].state is LaunchState.DONE
    assert (made.server(ONE).launch, made.server(ONE).health) == (LaunchStatus.LAUNCHED, HealthStatus.HEALTHY)
    return made, late


def retry(made: Stage) -> None:
    """Retry at the open failure gate."""
    at_gate(made, RequestKind.RETRY, open_gate(made))
    made.settle()


def calls_for_the_first(made: Stage) -> int:
    """How often the first server was launched."""
    starts = [effect for effect in made.effects if isinstance(effect, StartLaunch)]
    return sum(ONE.source_server_id in {one.source_server_id for one in start.servers} for start in starts)


def test_a_retry_launches_a_server_again_whose_instance_a_late_job_has_taken_away() -> None:
    made, _ = with_late_job()
    before = calls_for_the_first(made)

    retry(made)

    assert calls_for_the_first(made) == before + 1
    finish_running(made)
    assert made.status() is ExecutionStatus.COMPLETED


def test_a_retry_does_not_replace_what_a_late_job_has_launched_if_that_is_not_healthy() -> None:
    made, late = with_late_job()
    instance = made.add_instance(ONE, late, checks="impaired")
    before = calls_for_the_first(made)

    retry(made)
    finish_running(made)
    made.step(901)
    made.settle()

    server = made.server(ONE)
    assert (server.launch, server.health, server.recovery_instance_id) == (
        LaunchStatus.LAUNCHED,
        HealthStatus.UNHEALTHY,
        instance,
    )
    assert made.launches[server.launch_id or ""].job_id == late
    assert calls_for_the_first(made) == before


def test_a_server_that_no_look_has_told_of_is_looked_for_by_the_next_retry_too() -> None:
    made, _ = with_late_job()
    made.unreachable[TARGET] = "the role is gone"
    retry(made)
    made.step(200 * 60)
    made.settle()
    assert made.wave(0) is WaveStatus.TIMEOUT
    assert (made.server(ONE).launch, made.server(ONE).health) == (LaunchStatus.LAUNCHED, HealthStatus.UNKNOWN)
    before = calls_for_the_first(made)

    made.unreachable.clear()
    retry(made)

    assert calls_for_the_first(made) == before + 1


def test_a_cancel_leaves_a_server_launched_that_a_retry_could_not_look_at() -> None:
    made, _ = with_late_job()
    made.unreachable[TARGET] = "the role is gone"
    retry(made)

    made.ask(RequestKind.CANCEL)
    made.settle()

    assert (made.wave(0), made.server(ONE).launch) == (WaveStatus.CANCELLED, LaunchStatus.LAUNCHED)
    assert made.header.waves[0].launched_count == 1


# -- while the wave has no verdict ----------------------------------------------------------------------------------


def with_hidden_instance() -> Stage:
    """A wave whose first server is well, its second not yet; a late job has ended, DRS shows its instance no more."""
    made, lost = launched_twice()
    [second] = made.running_jobs()
    made.finish_job(second, without_instance=[TWO])
    made.add_instance(TWO, second, checks="initializing")
    made.settle()
    assert (made.wave(0), made.server(ONE).health) == (WaveStatus.VALIDATING, HealthStatus.HEALTHY)
    late = made.add_job(lost).job_id
    made.settle()
    made.finish_job(late, failed=[ONE, TWO])
    made.instances[ONE] = ()
    return made


def doubts(made: Stage) -> int:
    """How often it was told that the health of the first server is not known any more."""
    told = [one.details for one in made.events if one.type is EventType.SERVER_HEALTH]
    return sum(one["server"] == str(ONE) and one["status"] == HealthStatus.UNKNOWN for one in told)


def test_a_healthy_server_that_drs_does_not_show_after_a_late_job_is_checked_again_twice() -> None:
    made = with_hidden_instance()

    made.step(1)
    for _ in range(8):
        made.step(30)
    assert (doubts(made), made.server(ONE).health) == (1, HealthStatus.HEALTHY)

    for _ in range(8):
        made.step(30)
    assert (doubts(made), made.server(ONE).health) == (2, HealthStatus.HEALTHY)


@pytest.mark.parametrize("later", [0, 240])
def test_it_is_found_unhealthy_by_one_of_the_two_looks_if_its_instance_is_gone_then(later: int) -> None:
    made = with_hidden_instance()
    instance = made.server(ONE).recovery_instance_id or ""
    for _ in range(later // 30):
        made.step(30)
    made.health[instance] = made.health[instance].model_copy(update={"state": "terminated"})

    for _ in range(12):
        made.step(30)

    assert (made.server(ONE).health, made.server(ONE).health_reason) == (
        HealthStatus.UNHEALTHY,
        "the instance is terminated",
    )


def rechecked_long_after_its_command() -> tuple[Stage, str]:
    """The first server's command ended well long ago, the second's still runs; a late job hides the first's instance.

    EC2 is not sure about that either just then; answers it.
    """
    slow = CommandCheck(document_name="CheckShop", timeout_seconds=3600)
    made, lost = launched_twice(checks=HealthChecks(commands=(slow,)))
    finish_running(made)
    instance = made.server(ONE).recovery_instance_id or ""
    made.run_command.end(instance=instance)
    made.step(1000)
    made.settle()
    assert (made.wave(0), made.server(ONE).health) == (WaveStatus.VALIDATING, HealthStatus.HEALTHY)
    late = made.add_job(lost).job_id
    made.settle()
    made.finish_job(late, failed=[ONE, TWO])
    made.instances[ONE] = ()
    made.health[instance] = made.health[instance].model_copy(update={"system_status": "insufficient-data"})
    made.step(30)
    made.step(30)
    return made, instance


def test_one_that_is_checked_again_has_new_patience_however_long_ago_its_commands_ended() -> None:
    made, instance = rechecked_long_after_its_command()
    assert made.server(ONE).health is HealthStatus.UNKNOWN

    heal(made, instance)
    made.step(30)

    assert made.server(ONE).health is HealthStatus.HEALTHY


def test_that_patience_ends_too() -> None:
    made, _ = rechecked_long_after_its_command()

    for _ in range(31):
        made.step(30)

    assert made.server(ONE).health is HealthStatus.UNHEALTHY
