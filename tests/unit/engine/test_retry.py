"""A retry looks first: running jobs are judged, late instances adopted, healthy ones kept, only the rest launched."""

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.engine.effects import StartLaunch
from shared.models.drs import JobStatus, RecoveryInstance
from shared.models.execution import ExecutionStatus
from shared.models.gate import GateStatus
from shared.models.recovery_plan import FailurePolicy
from shared.models.request import RequestKind
from shared.models.server_record import HealthStatus, LaunchStatus
from shared.models.wave_record import WaveStatus
from tests.support.stage import TARGET, Stage, stage
from tests.support.stage_stories import (
    ONE,
    THREE,
    TWO,
    at_gate,
    failed,
    finish_running,
    heal,
    launched,
    open_gate,
    open_gates,
    outcome,
    unhealthy,
    wave_of,
)

RETRY, SKIP, APPROVE = RequestKind.RETRY, RequestKind.SKIP, RequestKind.APPROVE


def launches(made: Stage) -> list[list[tuple[str, int]]]:
    """Every call of StartRecovery: its servers with their attempts."""
    return [
        [(server.source_server_id, server.attempt) for server in effect.servers]
        for effect in made.effects
        if isinstance(effect, StartLaunch)
    ]


def retry(made: Stage, **facts: object) -> None:
    """Retry at the open gate."""
    at_gate(made, RETRY, open_gate(made), **facts)
    made.settle()


def test_a_retry_launches_the_failed_server_alone_and_the_wave_completes() -> None:
    made = failed(wave_of(1, 2, 3), wave_of(4))

    retry(made)

    assert launches(made)[1:] == [[(ONE.source_server_id, 2)]]
    assert made.wave(0) is WaveStatus.LAUNCHING
    assert open_gates(made) == []
    finish_running(made)
    assert (made.wave(0), made.wave(1)) == (WaveStatus.COMPLETED, WaveStatus.LAUNCHING)
    finish_running(made)
    assert made.status() is ExecutionStatus.COMPLETED


def test_a_retry_that_fails_again_opens_the_next_gate() -> None:
    made = failed(wave_of(1, 2))
    retry(made)
    (job,) = made.running_jobs()

    made.finish_job(job, failed=[ONE])
    made.settle()

    assert made.wave(0) is WaveStatus.FAILED
    assert open_gate(made).number == 2
    assert made.waves[0].record.retries == 1


def test_an_instance_that_appeared_after_the_verdict_is_adopted() -> None:
    made, job = launched(wave_of(1, 2))
    made.finish_job(job, without_instance=[ONE], failed=[ONE])
    made.settle()
    made.add_instance(ONE, job)

    retry(made)

    assert len(launches(made)) == 1
    assert (made.server(ONE).launch, made.server(ONE).health) == (LaunchStatus.LAUNCHED, HealthStatus.HEALTHY)
    assert made.wave(0) is WaveStatus.COMPLETED


def test_what_is_adopted_is_checked_soon_and_not_when_the_deadline_comes() -> None:
    made, job = launched(wave_of(1, 2))
    made.finish_job(job, without_instance=[ONE], failed=[ONE])
    made.settle()
    made.add_instance(ONE, job)
    at_gate(made, RequestKind.RETRY, open_gate(made))

    decision = made.step()

    assert made.server(ONE).launch is LaunchStatus.LAUNCHED
    assert decision.wait_seconds <= 30, decision.wait_reason


def test_an_instance_that_only_the_source_server_names_is_adopted() -> None:
    made, job = launched(wave_of(1))
    instance = made.add_instance(ONE, job)
    made.instances.clear()
    made.finish_job(job, failed=[ONE])
    made.settle()
    made.sources[ONE] = made.sources[ONE].model_copy(
        update={"recovery_instance_id": instance, "last_launch_job_id": job, "last_launch_status": "LAUNCHED"}
    )

    retry(made)

    assert len(launches(made)) == 1
    assert made.server(ONE).recovery_instance_id == instance
    assert made.wave(0) is WaveStatus.COMPLETED


@pytest.mark.parametrize(("job", "state"), [("drsjob-99999999999999999", "RUNNING"), (None, "TERMINATED")])
def test_an_instance_of_others_or_a_dead_one_is_not_adopted(job: str | None, state: str) -> None:
    made, own = launched(wave_of(1))
    made.finish_job(own, failed=[ONE])
    made.settle()
    made.instances[ONE] = (
        RecoveryInstance(
            recovery_instance_id="i-0000000000000beef",
            ec2_instance_id="i-0000000000000beef",
            job_id=job or own,
            ec2_state=state,
        ),
    )

    retry(made)

    assert launches(made)[1:] == [[(ONE.source_server_id, 2)]]


def test_while_it_is_not_known_whether_an_instance_is_there_nothing_is_launched() -> None:
    made = failed(wave_of(1, 2))
    made.unreachable[TARGET] = "the role is gone"

    retry(made)

    assert len(launches(made)) == 1
    assert made.waves[0].record.obstacle == "the role is gone"
    made.unreachable.clear()
    made.settle()
    assert len(launches(made)) == 2


def test_a_server_that_is_well_is_not_looked_at_again_for_a_job_that_ended_before_it_was_launched() -> None:
    made = failed(wave_of(1, 2), bad=(1, 2))
    retry(made)
    (second,) = made.running_jobs()
    made.finish_job(second, failed=[TWO])
    made.settle()
    well = made.server(ONE)
    assert (made.wave(0), well.health) == (WaveStatus.FAILED, HealthStatus.HEALTHY)

    retry(made)

    assert made.server(ONE) == well


def test_a_retry_while_the_job_still_runs_judges_that_job() -> None:
    made, job = launched(wave_of(1, 2, deadline_minutes=10))
    made.step(600)
    made.settle()
    assert made.wave(0) is WaveStatus.TIMEOUT

    retry(made)

    assert made.wave(0) is WaveStatus.LAUNCHING
    assert len(launches(made)) == 1
    made.finish_job(job)
    made.settle()
    assert made.wave(0) is WaveStatus.COMPLETED
    assert made.status() is ExecutionStatus.COMPLETED


def test_a_retry_gives_the_wave_its_whole_time_again() -> None:
    made, _ = launched(wave_of(1, deadline_minutes=10))
    made.step(600)
    made.settle()
    retry(made)

    made.step(590)
    assert made.wave(0) is WaveStatus.LAUNCHING

    made.step(20)
    assert made.wave(0) is WaveStatus.TIMEOUT
    assert open_gate(made).number == 2


def test_a_launched_server_that_is_not_healthy_is_checked_again_and_not_replaced() -> None:
    made, instance = unhealthy(wave_of(1, 2))

    retry(made)

    assert len(launches(made)) == 1
    assert (made.wave(0), made.server(ONE).health) == (WaveStatus.VALIDATING, HealthStatus.UNKNOWN)
    heal(made, instance)
    made.step(30)
    assert made.wave(0) is WaveStatus.COMPLETED


def test_a_server_that_stays_unhealthy_fails_the_wave_again_after_its_patience() -> None:
    made, _ = unhealthy(wave_of(1, 2))
    retry(made)

    made.step(880)
    assert made.wave(0) is WaveStatus.VALIDATING

    made.step(30)
    assert made.wave(0) is WaveStatus.FAILED


def test_relaunch_replaces_what_is_still_not_healthy_and_takes_not_the_old_one_for_the_new() -> None:
    made, instance = unhealthy(wave_of(1, 2))

    retry(made, relaunch=True)

    assert launches(made)[1:] == [[(ONE.source_server_id, 2)]]
    assert made.server(ONE).recovery_instance_id == instance, "it lives until the job launches"
    (job,) = made.running_jobs()
    made.finish_job(job)
    made.settle()
    assert made.server(ONE).recovery_instance_id not in (None, instance)
    assert made.wave(0) is WaveStatus.COMPLETED


def test_relaunch_never_replaces_a_healthy_instance() -> None:
    made, instance = unhealthy(wave_of(1, 2))
    heal(made, instance)

    retry(made, relaunch=True)

    assert len(launches(made)) == 1
    assert made.server(ONE).recovery_instance_id == instance
    assert made.wave(0) is WaveStatus.COMPLETED


def test_relaunch_waits_until_it_is_known_whether_the_instance_is_healthy() -> None:
    made, instance = unhealthy(wave_of(1, 2))
    made.unreachable[TARGET] = "the role is gone"
    retry(made, relaunch=True)
    assert (len(launches(made)), made.wave(0)) == (1, WaveStatus.LAUNCHING)

    made.unreachable.clear()
    heal(made, instance)
    made.settle()

    assert len(launches(made)) == 1
    assert made.wave(0) is WaveStatus.COMPLETED


def test_a_server_that_was_launched_without_an_instance_is_found_by_a_retry() -> None:
    made, job = launched(wave_of(1))
    made.finish_job(job, without_instance=[ONE])
    made.step(1)
    made.step(300)
    made.settle()
    assert made.server(ONE).health_reason == "no instance found"
    made.add_instance(ONE, job)

    retry(made)

    assert len(launches(made)) == 1
    assert made.wave(0) is WaveStatus.COMPLETED


def test_servers_that_the_deadline_left_without_a_launch_are_launched_by_a_retry_as_their_first_attempt() -> None:
    made = stage(wave_of(1, deadline_minutes=10))
    made.unreachable[TARGET] = "no answer"
    made.settle()
    made.step(601)
    made.settle()
    assert (made.wave(0), made.server(ONE).launch) == (WaveStatus.TIMEOUT, LaunchStatus.SKIPPED)
    made.unreachable.clear()

    retry(made)

    assert launches(made) == [[(ONE.source_server_id, 1)]]


def test_an_optional_server_that_failed_is_retried_with_the_others() -> None:
    made = failed(wave_of(1, 2, 3, optional=(ONE,)), bad=(1, 2))

    retry(made)

    assert launches(made)[1:] == [[(ONE.source_server_id, 2), (TWO.source_server_id, 2)]]


def test_a_partial_wave_may_be_retried_while_its_dependents_run() -> None:
    made = failed(wave_of(1, 2, minimum=1), wave_of(3))
    assert (made.wave(0), made.wave(1)) == (WaveStatus.PARTIAL, WaveStatus.LAUNCHING)

    request = made.ask(RETRY, scope="0")
    made.settle()

    assert outcome(made, request)[0] == "APPLIED"
    assert made.wave(0) is WaveStatus.LAUNCHING
    finish_running(made)
    assert made.status() is ExecutionStatus.COMPLETED


# -- skip -----------------------------------------------------------------------------------------------------------


def test_to_skip_a_failed_wave_lets_the_plan_go_on_without_it() -> None:
    made = failed(wave_of(1, 2), wave_of(3))

    at_gate(made, SKIP, open_gate(made))
    made.settle()

    assert (made.wave(0), made.wave(1)) == (WaveStatus.SKIPPED, WaveStatus.LAUNCHING)
    finish_running(made)
    assert made.status() is ExecutionStatus.PARTIAL


def test_to_skip_a_wave_before_its_turn_lets_those_that_depend_on_it_start_in_time() -> None:
    made, job = launched(wave_of(1), wave_of(2), wave_of(3))

    made.ask(SKIP, scope="1")
    made.settle()
    assert (made.wave(1), made.wave(2)) == (WaveStatus.SKIPPED, WaveStatus.PENDING)
    made.finish_job(job)
    made.settle()

    assert made.wave(2) is WaveStatus.LAUNCHING
    assert made.server(TWO).launch is LaunchStatus.SKIPPED


def test_to_skip_a_wave_at_its_gate_closes_the_gate() -> None:
    made = stage(wave_of(1, pause=True), wave_of(2))
    made.settle()
    gate = made.gates[("0", 1)]

    at_gate(made, SKIP, gate)
    made.settle()

    assert made.gates[("0", 1)].status is GateStatus.CLOSED
    assert (made.wave(0), made.wave(1)) == (WaveStatus.SKIPPED, WaveStatus.LAUNCHING)


def test_a_skipped_wave_whose_job_still_runs_is_followed_before_the_execution_ends() -> None:
    made, job = launched(wave_of(1, deadline_minutes=10))
    made.step(600)
    made.settle()

    at_gate(made, SKIP, open_gate(made))
    made.settle()

    assert made.wave(0) is WaveStatus.SKIPPED
    assert made.status() is ExecutionStatus.DRAINING
    made.finish_job(job)
    made.settle()
    assert made.server(ONE).launch is LaunchStatus.LAUNCHED
    assert made.status() is ExecutionStatus.PARTIAL


# -- refused --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [RETRY, SKIP, APPROVE])
@pytest.mark.parametrize("second", [RETRY, SKIP, APPROVE])
@pytest.mark.parametrize("together", [True, False], ids=["in one step", "one after the other"])
def test_of_two_decisions_at_one_gate_one_stands_and_the_other_is_told(
    first: RequestKind, second: RequestKind, together: bool
) -> None:
    made = failed(wave_of(1, 2), wave_of(3))
    gate = open_gate(made)

    one = at_gate(made, first, gate, requested_by="ann")
    if not together:
        made.step(1)
    other = at_gate(made, second, gate, requested_by="bob")
    made.settle()

    # an approval comes before the others of its step, whatever was asked first
    winner, loser = (other, one) if together and second is APPROVE and first is not APPROVE else (one, other)
    assert outcome(made, winner)[0] == "APPLIED"
    status = "APPROVED" if winner.kind is APPROVE else "CLOSED"
    words = f"the gate after the failure of wave 1 is {status} already, by {winner.requested_by}"
    assert outcome(made, loser) == ("ALREADY_DECIDED", words)
    begun = {RETRY: WaveStatus.LAUNCHING, SKIP: WaveStatus.SKIPPED, APPROVE: WaveStatus.FAILED}[winner.kind]
    assert made.wave(0) is begun


@pytest.mark.parametrize("kind", [RETRY, SKIP])
def test_under_the_policy_stop_nothing_is_retried_or_skipped(kind: RequestKind) -> None:
    made = stage(wave_of(1, policy=FailurePolicy.STOP), wave_of(2), wave_of(3, depends_on=(1,)))
    made.settle()
    made.finish_job(next(iter(made.jobs)), failed=[ONE])
    made.settle()

    request = made.ask(kind, scope="0")
    made.settle()

    assert outcome(made, request) == (
        "REFUSED",
        "nothing new starts: wave 1 (Tier 0) is FAILED and its policy is STOP",
    )


@pytest.mark.parametrize("kind", [RETRY, SKIP])
def test_a_wave_that_runs_is_neither_retried_nor_skipped(kind: RequestKind) -> None:
    made, _ = launched(wave_of(1))

    request = made.ask(kind, scope="0")
    made.settle()

    assert outcome(made, request) == ("REFUSED", "wave 1 is LAUNCHING")


def test_a_retry_taken_up_twice_is_one() -> None:
    made = failed(wave_of(1, 2), wave_of(3))
    request = at_gate(made, RETRY, open_gate(made))
    before = made.header, dict(made.requests)

    made.step(1)
    # the commit of that step is lost: what it wrote before and did stays
    made.header = before[0].model_copy(update={"step": made.header.step, "launch_ids": tuple(made.launches)})
    made.requests = before[1]
    made.settle()

    assert outcome(made, request)[0] == "APPLIED"
    assert made.waves[0].record.retries == 1
    assert launches(made)[1:] == [[(ONE.source_server_id, 2)]]
    finish_running(made)
    assert made.wave(0) is WaveStatus.COMPLETED


# -- every order ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [*itertools.permutations(range(5))], ids=lambda order: "".join(map(str, order)))
def test_in_every_order_no_healthy_server_is_replaced_and_no_old_verdict_overwrites_a_new_one(
    order: tuple[int, ...],
) -> None:
    """A deadline, a retry, the end of the old job, its late instance, and a look at health, as they may come."""
    made, old = launched(wave_of(1, 2, deadline_minutes=10), wave_of(3))

    def deadline() -> None:
        made.now += timedelta(seconds=600)

    def press_retry() -> None:
        gates = [gate for gate in made.gates.values() if gate.status is GateStatus.OPEN]
        if gates:
            at_gate(made, RETRY, gates[0])
        else:
            made.ask(RETRY, scope="0")

    def old_job_ends() -> None:
        target, job = made.jobs[old]
        made.jobs[old] = target, job.model_copy(update={"status": JobStatus.COMPLETED, "ended_at": made.now})

    happens: list[Callable[[], object]] = [
        deadline,
        press_retry,
        old_job_ends,
        lambda: made.add_instance(ONE, old),
        lambda: made.add_instance(TWO, old),
    ]
    for position in order:
        happens[position]()
        made.step(1)
    made.settle()
    made.step(400)
    made.settle()
    answer_what_waits(made)

    assert made.wave(0) is WaveStatus.COMPLETED
    assert launches(made)[0] == [(ONE.source_server_id, 1), (TWO.source_server_id, 1)]
    for key in (ONE, TWO):
        assert (made.server(key).launch, made.server(key).health) == (LaunchStatus.LAUNCHED, HealthStatus.HEALTHY)
        times = [one for each in launches(made) for one, _ in each].count(key.source_server_id)
        # launched again only if its job had ended, its grace was over, and no instance showed when the retry looked
        instance_event = 3 if key == ONE else 4
        nothing_showed = [order.index(event) for event in (2, 0, 1, instance_event)]
        assert times == (2 if nothing_showed == sorted(nothing_showed) else 1)
    assert made.server(THREE).launch is LaunchStatus.LAUNCHED


def answer_what_waits(made: Stage) -> None:
    """Retry at whatever gate is open, and let every job end well, until the execution ends."""
    for _ in range(6):
        for gate in [gate for gate in made.gates.values() if gate.status is GateStatus.OPEN]:
            at_gate(made, RETRY, gate)
        made.settle()
        finish_running(made)
        made.step(130)
