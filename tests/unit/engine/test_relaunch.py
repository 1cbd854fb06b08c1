"""What a retry must not do: undo itself, replace what is well, forget what was launched, escape a pause."""

from __future__ import annotations

import pytest

from shared.engine.effects import StartLaunch
from shared.engine.observations import LoadedWave
from shared.engine.texts import LONGEST_REASON
from shared.models.drs import JobStatus, ParticipantStatus
from shared.models.execution import ExecutionStatus
from shared.models.gate import GateKind
from shared.models.launch import LaunchState
from shared.models.request import RequestKind
from shared.models.server_record import HealthStatus, LaunchStatus
from shared.models.wave_record import WaveStatus
from tests.support.stage import TARGET, Stage, server_key, stage
from tests.support.stage_stories import (
    ONE,
    TWO,
    at_gate,
    failed,
    finish_running,
    heal,
    launched,
    open_gate,
    open_gates,
    proved,
    unhealthy,
    wave_of,
)


def launches(made: Stage) -> list[list[tuple[str, int]]]:
    """Every call of StartRecovery: its servers with their attempts."""
    return [
        [(server.source_server_id, server.attempt) for server in effect.servers]
        for effect in made.effects
        if isinstance(effect, StartLaunch)
    ]


def retry(made: Stage, **facts: object) -> None:
    """Retry at the open failure gate."""
    at_gate(made, RequestKind.RETRY, open_gate(made), **facts)
    made.settle()


def end_job(made: Stage, job: str, **shown: ParticipantStatus) -> None:
    """The job ends; it shows servers as told (`s1=FAILED`), and launches nothing."""
    target, present = made.jobs[job]
    by_id = {server_key(int(name[1:])).source_server_id: status for name, status in shown.items()}
    seen = tuple(one.model_copy(update={"status": by_id[one.source_server_id]}) for one in present.participants)
    made.jobs[job] = (
        target,
        present.model_copy(update={"status": JobStatus.COMPLETED, "ended_at": made.now, "participants": seen}),
    )


# -- an old attempt's verdict ---------------------------------------------------------------------------------------


def test_a_retried_server_is_not_failed_again_by_its_old_job_while_another_server_of_it_has_its_grace() -> None:
    made, job = launched(wave_of(1, 2, deadline_minutes=10))
    made.step(540)
    end_job(made, job, s1=ParticipantStatus.FAILED, s2=ParticipantStatus.PENDING)
    made.step(1)
    assert (made.server(ONE).launch, made.server(TWO).launch) == (LaunchStatus.FAILED, LaunchStatus.LAUNCHING)
    made.step(70)
    made.settle()
    assert made.wave(0) is WaveStatus.TIMEOUT

    retry(made)

    assert launches(made)[1:] == [[(ONE.source_server_id, 2)]]


# -- a healthy instance is never replaced ---------------------------------------------------------------------------


def test_an_instance_that_recovers_while_its_relaunch_waits_for_room_is_kept() -> None:
    made, instance = unhealthy(wave_of(1, 2))
    made.refuse[TARGET] = LaunchState.REFUSED
    retry(made, relaunch=True)

    heal(made, instance)
    made.refuse.clear()
    made.settle()

    assert made.running_jobs() == []
    assert made.server(ONE).recovery_instance_id == instance


def test_a_plain_retry_after_a_relaunch_that_failed_keeps_the_instance_that_is_well_by_now() -> None:
    made, instance = unhealthy(wave_of(1, 2))
    retry(made, relaunch=True)
    (job,) = made.running_jobs()
    end_job(made, job, s1=ParticipantStatus.FAILED)
    made.settle()
    assert made.wave(0) is WaveStatus.FAILED

    heal(made, instance)
    retry(made)

    assert made.running_jobs() == []
    assert made.server(ONE).recovery_instance_id == instance


def test_relaunch_gives_an_instance_that_was_never_judged_the_time_for_its_first_checks() -> None:
    made, job = launched(wave_of(1, 2, deadline_minutes=10))
    made.step(600)
    made.settle()
    assert made.wave(0) is WaveStatus.TIMEOUT
    made.finish_job(job, without_instance=[ONE])
    made.add_instance(ONE, job, checks="initializing")
    made.step(1)

    retry(made, relaunch=True)

    assert len(launches(made)) == 1


# -- verdicts -------------------------------------------------------------------------------------------------------


def test_an_instance_that_a_relaunch_made_has_its_own_patience() -> None:
    made, _ = unhealthy(wave_of(1))
    retry(made, relaunch=True)
    (job,) = made.running_jobs()
    made.step(1200)

    made.finish_job(job, without_instance=[ONE])
    made.add_instance(ONE, job, checks="initializing")
    made.step(1)
    made.step(130)

    assert made.server(ONE).health is HealthStatus.UNKNOWN


def test_an_instance_that_the_source_server_named_before_our_job_failed_is_not_taken_for_ours() -> None:
    made, job = launched(wave_of(1))
    made.finish_job(job, failed=[ONE])
    made.settle()
    # what a drill of last week left: DRS lists it no longer, and the failed job is the server's last launch
    made.sources[ONE] = made.sources[ONE].model_copy(
        update={"recovery_instance_id": "i-0000000000000beef", "last_launch_job_id": job}
    )

    retry(made)

    assert made.server(ONE).recovery_instance_id is None
    assert launches(made)[1:] == [[(ONE.source_server_id, 2)]]


# -- what was launched stays launched -------------------------------------------------------------------------------


def test_a_cancel_while_a_relaunch_waits_for_room_does_not_say_that_nothing_was_launched() -> None:
    made, _ = unhealthy(wave_of(1))
    made.refuse[TARGET] = LaunchState.REFUSED
    retry(made, relaunch=True)

    made.ask(RequestKind.CANCEL)
    proved(made)

    assert made.status() is ExecutionStatus.PARTIAL


@pytest.mark.parametrize("ends", ["cancel", "deadline"])
@pytest.mark.parametrize("servers", [1, 3])
def test_a_relaunch_that_never_got_its_turn_leaves_the_instance_as_it_was_found(servers: int, ends: str) -> None:
    made, instance = unhealthy(wave_of(*range(1, servers + 1), deadline_minutes=30))
    before = made.server(ONE)
    made.refuse[TARGET] = LaunchState.REFUSED
    retry(made, relaunch=True)
    assert made.server(ONE).launch is LaunchStatus.PENDING
    assert made.server(ONE).recovery_instance_id == instance, "it still runs"

    if ends == "cancel":
        made.ask(RequestKind.CANCEL)
    else:
        made.step(1801)
        made.settle()
        at_gate(made, RequestKind.SKIP, open_gate(made))
    proved(made)

    server = made.server(ONE)
    assert (server.launch, server.health) == (LaunchStatus.LAUNCHED, HealthStatus.UNHEALTHY)
    assert (server.recovery_instance_id, server.recovery_point) == (instance, before.recovery_point)
    assert (server.job_id, server.launched_at) == (before.job_id, before.launched_at)
    assert server.health_reason == before.health_reason
    assert server.launch_reason.startswith("it was not launched again: ")
    assert made.header.waves[0].launched_count == servers
    assert made.wave(0) is (WaveStatus.CANCELLED if ends == "cancel" else WaveStatus.SKIPPED)
    assert made.status() is ExecutionStatus.PARTIAL


def test_a_server_whose_kept_instance_is_retried_once_more_is_launched_as_its_next_attempt() -> None:
    made, _ = unhealthy(wave_of(1, 2, deadline_minutes=30))
    made.refuse[TARGET] = LaunchState.REFUSED
    retry(made, relaunch=True)
    made.step(1801)
    proved(made)
    made.refuse.clear()

    retry(made, relaunch=True)
    (job,) = made.running_jobs()
    made.finish_job(job)
    made.settle()

    assert made.wave(0) is WaveStatus.COMPLETED
    assert made.server(ONE).finding is None


@pytest.mark.parametrize("ends", ["cancel", "deadline"])
def test_a_check_anew_that_comes_to_no_end_leaves_what_was_found_before(ends: str) -> None:
    made, _ = unhealthy(wave_of(1, 2, deadline_minutes=10))
    found = made.server(ONE).health_reason
    retry(made)
    assert made.server(ONE).health is HealthStatus.UNKNOWN

    if ends == "cancel":
        made.ask(RequestKind.CANCEL)
    else:
        made.step(601)
    made.settle()

    assert made.server(ONE).health is HealthStatus.UNHEALTHY
    assert made.server(ONE).health_reason == found
    assert made.header.waves[0].failed_count == 1
    assert made.wave(0) is (WaveStatus.CANCELLED if ends == "cancel" else WaveStatus.TIMEOUT)


def test_a_cancel_while_the_last_verdict_is_due_does_not_forget_the_verdict_of_one_that_cannot_be_launched_again() -> (
    None
):
    made, job = launched(wave_of(1, 2))
    made.finish_job(job, without_instance=[ONE, TWO])
    for server in (ONE, TWO):
        made.add_instance(server, job, checks="impaired")
    made.settle()
    made.step(900)
    made.settle()
    del made.sources[ONE]
    retry(made, relaunch=True)
    assert (made.server(ONE).launch, made.server(TWO).launch) == (LaunchStatus.FAILED, LaunchStatus.LAUNCHING)
    (relaunch,) = made.running_jobs()

    made.ask(RequestKind.CANCEL)
    end_job(made, relaunch, s2=ParticipantStatus.FAILED)
    made.settle()

    assert made.wave(0) is WaveStatus.FAILED


def test_to_go_on_after_a_relaunch_that_failed_does_not_end_as_if_nothing_was_launched() -> None:
    made, _ = unhealthy(wave_of(1))
    retry(made, relaunch=True)
    (job,) = made.running_jobs()
    end_job(made, job, s1=ParticipantStatus.FAILED)
    made.settle()

    at_gate(made, RequestKind.APPROVE, open_gate(made))
    made.settle()

    assert made.status() is ExecutionStatus.PARTIAL


# -- an operator's pause --------------------------------------------------------------------------------------------


def test_a_pause_holds_a_relaunch_back_that_is_still_being_looked_into() -> None:
    made, _ = unhealthy(wave_of(1, 2))
    made.unreachable[TARGET] = "the role is gone"
    retry(made, relaunch=True)

    made.ask(RequestKind.PAUSE, scope="all")
    made.settle()
    made.unreachable.clear()
    made.settle()

    assert len(launches(made)) == 1


def test_a_pause_that_is_open_is_not_closed_over_a_relaunch_that_is_still_being_looked_into() -> None:
    made, _ = unhealthy(wave_of(1, 2))
    made.ask(RequestKind.PAUSE, scope="all")
    made.settle()
    made.unreachable[TARGET] = "the role is gone"

    retry(made, relaunch=True)

    assert (GateKind.PAUSE.value, "all") in open_gates(made)


def test_a_pause_holds_back_what_would_follow_a_launch_in_doubt() -> None:
    made = stage(wave_of(1))
    made.refuse[TARGET] = LaunchState.OPEN
    made.settle()

    made.ask(RequestKind.PAUSE, scope="all")
    made.settle()
    made.refuse.clear()
    made.step(300)
    made.settle(5)

    assert len(launches(made)) == 1


def test_a_server_that_fails_again_after_a_retry_with_relaunch_has_its_verdict() -> None:
    made = failed(wave_of(1, 2))
    at_gate(made, RequestKind.RETRY, open_gate(made), relaunch=True)
    made.settle()
    (job,) = made.running_jobs()

    made.finish_job(job, failed=[ONE])
    made.settle()

    assert made.wave(0) is WaveStatus.FAILED
    assert open_gate(made).number == 2


def test_what_a_retry_with_relaunch_has_launched_is_not_launched_once_more() -> None:
    made = failed(wave_of(1, 2))
    at_gate(made, RequestKind.RETRY, open_gate(made), relaunch=True)
    made.settle()
    (job,) = made.running_jobs()
    made.finish_job(job, without_instance=[ONE])
    made.add_instance(ONE, job, checks="impaired")
    made.settle()

    made.step(900)
    made.settle()

    assert made.server(ONE).attempt == 2
    assert made.wave(0) is WaveStatus.FAILED


# -- what a wave says at its deadline of relaunches that got no turn ------------------------------------------------


def test_a_wave_whose_time_is_over_names_the_servers_that_wait_to_be_launched_again() -> None:
    made, _ = unhealthy(wave_of(1, 2, deadline_minutes=30))
    made.refuse[TARGET] = LaunchState.REFUSED
    retry(made, relaunch=True)

    made.step(1801)

    waits = f"of 2 servers 1 waiting to be launched again ({ONE.source_server_id})"
    assert made.waves[0].record.status_reason == f"its time of 30 minutes is over: {waits}"


def test_in_the_end_it_names_them_and_says_why() -> None:
    made, _ = unhealthy(wave_of(1, 2, deadline_minutes=30))
    made.refuse[TARGET] = LaunchState.REFUSED
    retry(made, relaunch=True)
    held = made.waves[0].record.model_copy(update={"obstacle": "DRS refused the launch"})
    made.waves[0] = LoadedWave(held, made.waves[0].servers)

    made.step(1801)
    proved(made)

    waited = f"of 2 servers 1 waiting to be launched again ({ONE.source_server_id}) (DRS refused the launch)"
    end = f"in the end 2 of 2 servers launched, 1 not again ({ONE.source_server_id})"
    assert made.server(ONE).launch_reason.startswith("it was not launched again: ")
    assert made.waves[0].record.status_reason == f"its time of 30 minutes is over: {waited}; {end}"


def kept_at_the_deadline(made: Stage, obstacle: str = "DRS refused the launch") -> str:
    """The relaunch of the first server got no turn until the wave's time was over; answers how the end is told."""
    made.refuse[TARGET] = LaunchState.REFUSED
    retry(made, relaunch=True)
    held = made.waves[0].record.model_copy(update={"obstacle": obstacle})
    made.waves[0] = LoadedWave(held, made.waves[0].servers)
    made.step(1801)
    proved(made)
    return made.waves[0].record.status_reason


def test_the_end_is_told_whole_however_long_the_reason_is_that_it_was_held_up_for() -> None:
    made, _ = unhealthy(wave_of(1, 2, deadline_minutes=30))

    reason = kept_at_the_deadline(made, f"DRS refused the launch: {'x' * 470}")

    assert reason.startswith("its time of 30 minutes is over: ")
    assert reason.endswith(f"x…; in the end 2 of 2 servers launched, 1 not again ({ONE.source_server_id})")
    assert len(reason) == LONGEST_REASON


def test_that_it_is_enough_is_said_once_after_the_end() -> None:
    made, job = launched(wave_of(1, 2, 3, minimum=2, deadline_minutes=30))
    made.finish_job(job, without_instance=[ONE, TWO])
    _, instance = (made.add_instance(server, job, checks="impaired") for server in (ONE, TWO))
    made.settle()
    made.step(900)
    made.settle()
    heal(made, instance)

    reason = kept_at_the_deadline(made)

    waited = f"of 3 servers 1 waiting to be launched again ({ONE.source_server_id}) (DRS refused the launch)"
    end = f"in the end 3 of 3 servers launched, 1 not again ({ONE.source_server_id})"
    assert made.wave(0) is WaveStatus.PARTIAL
    assert reason == f"its time of 30 minutes is over: {waited}; {end}; its minimum of 2 is met"


def test_another_end_takes_the_place_of_the_one_that_was_told_before() -> None:
    made, job = launched(wave_of(1, 2, deadline_minutes=30))
    made.finish_job(job, failed=[TWO], without_instance=[ONE])
    made.add_instance(ONE, job, checks="impaired")
    made.settle()
    made.step(900)
    made.settle()
    (first,) = made.launches.values()
    lost = first.model_copy(
        update={"launch_id": "exec-1-lost", "state": LaunchState.LOST, "job_id": None, "servers": first.servers[1:]}
    )
    made.launches[lost.launch_id] = lost
    before = kept_at_the_deadline(made)
    assert "in the end 1 of 2 servers launched" in before

    made.add_job(lost)
    made.settle()
    finish_running(made)

    reason = made.waves[0].record.status_reason
    told = f"in the end 2 of 2 servers launched, 1 not checked to the end, 1 not again ({ONE.source_server_id})"
    assert reason == f"{before.partition('; in the end ')[0]}; {told}"
