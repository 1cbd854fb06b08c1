"""What a failed wave does to the rest of its plan: it stops it, asks a person, or lets it go on."""

import itertools
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.engine.verdicts import required_successes, verdict_of
from shared.models.drs import JobLogEntry, JobStatus, ParticipantStatus
from shared.models.execution import ExecutionStatus
from shared.models.gate import GateKind, GateStatus
from shared.models.recovery_plan import FailurePolicy
from shared.models.request import RequestKind
from shared.models.server_record import HealthStatus, LaunchStatus, ServerRecord
from shared.models.wave_record import WaveStatus
from tests.support.stage import START, TARGET, Stage, server_key, stage
from tests.support.stage_stories import (
    ONE,
    THREE,
    TWO,
    at_gate,
    failed,
    finish_running,
    launched,
    open_gate,
    open_gates,
    outcome,
    wave_of,
)

PAUSE, STOP, CONTINUE = FailurePolicy.PAUSE, FailurePolicy.STOP, FailurePolicy.CONTINUE


# -- the three policies ---------------------------------------------------------------------------------------------


def test_stop_lets_nothing_new_start_and_ends_the_execution() -> None:
    made = failed(wave_of(1, 2, policy=STOP), wave_of(3))

    assert (made.wave(0), made.wave(1)) == (WaveStatus.FAILED, WaveStatus.SKIPPED)
    assert made.status() is ExecutionStatus.PARTIAL
    assert made.server(THREE).launch is LaunchStatus.SKIPPED
    assert open_gates(made) == []


def test_stop_ends_as_failed_if_nothing_was_launched() -> None:
    assert failed(wave_of(1, policy=STOP), wave_of(3)).status() is ExecutionStatus.FAILED


def test_stop_observes_a_wave_that_runs_beside_to_its_verdict() -> None:
    made = beside(STOP)

    finish_running(made)

    waves = [made.wave(number) for number in range(4)]
    assert waves == [WaveStatus.FAILED, WaveStatus.COMPLETED, WaveStatus.SKIPPED, WaveStatus.SKIPPED]
    assert made.status() is ExecutionStatus.PARTIAL


def test_pause_asks_a_person_and_holds_only_what_depends_on_the_failed_wave() -> None:
    made = beside(PAUSE)

    assert made.status() is ExecutionStatus.RUNNING
    finish_running(made)

    assert open_gates(made) == [("FAILURE", "0")]
    assert [made.wave(number) for number in (1, 2, 3)] == [
        WaveStatus.COMPLETED,
        WaveStatus.LAUNCHING,
        WaveStatus.PENDING,
    ]
    finish_running(made)
    assert made.wave(2) is WaveStatus.COMPLETED
    assert made.status() is ExecutionStatus.PAUSED
    assert made.header.status_reason.startswith("Wave 1 (Tier 0) is FAILED: 1 of 1 server failed; ")


def test_pause_waits_for_a_person_also_after_the_last_wave() -> None:
    made = failed(wave_of(1, 2))

    assert open_gates(made) == [("FAILURE", "0")]
    assert made.status() is ExecutionStatus.PAUSED


def test_continue_lets_what_depends_on_the_failed_wave_start() -> None:
    made = failed(wave_of(1, 2, policy=CONTINUE), wave_of(3))

    assert (made.wave(0), made.wave(1)) == (WaveStatus.FAILED, WaveStatus.LAUNCHING)
    finish_running(made)
    assert made.wave(1) is WaveStatus.COMPLETED
    assert made.status() is ExecutionStatus.PARTIAL
    assert made.header.status_reason == "wave 1 (Tier 0) is FAILED"


def beside(policy: FailurePolicy) -> Stage:
    """Wave 0 has failed under that policy, wave 1 runs beside it; 2 depends on 1, and 3 on 0."""
    made = stage(wave_of(1, policy=policy), wave_of(2), wave_of(3, depends_on=(1,)), wave_of(4, depends_on=(0,)))
    made.settle()
    assert len(made.running_jobs()) == 2
    made.finish_job(next(iter(made.jobs)), failed=[ONE])
    made.settle()
    return made


# -- the failure gate -----------------------------------------------------------------------------------------------


def test_to_approve_the_gate_of_a_failure_is_to_continue() -> None:
    made = failed(wave_of(1, 2), wave_of(3))

    approval = at_gate(made, RequestKind.APPROVE, open_gate(made))
    made.settle()

    assert outcome(made, approval) == ("APPLIED", "the gate after the failure of wave 1 is approved")
    assert (made.wave(0), made.wave(1)) == (WaveStatus.FAILED, WaveStatus.LAUNCHING)
    assert made.waves[0].record.continued_by == "operator"
    finish_running(made)
    assert made.status() is ExecutionStatus.PARTIAL


def test_to_reject_the_gate_of_a_failure_cancels_the_execution() -> None:
    made = failed(wave_of(1, 2), wave_of(3))

    at_gate(made, RequestKind.REJECT, open_gate(made))
    made.settle()

    assert (made.wave(0), made.wave(1)) == (WaveStatus.FAILED, WaveStatus.CANCELLED)
    assert made.status() is ExecutionStatus.PARTIAL
    assert made.header.cancelled_by == "operator"


def test_the_gate_of_a_failure_that_nobody_decides_ends_the_execution() -> None:
    made = failed(wave_of(1, 2), wave_of(3))

    at_gate(made, RequestKind.EXPIRED, open_gate(made))
    made.settle()

    assert made.status() is ExecutionStatus.PARTIAL
    assert made.header.status_reason == "the gate after the failure of wave 1 expired undecided"
    assert made.wave(1) is WaveStatus.SKIPPED


@pytest.mark.parametrize("kind", [RequestKind.CANCEL, RequestKind.APPROVE])
def test_no_gate_of_a_failure_outlives_its_execution(kind: RequestKind) -> None:
    made = failed(wave_of(1, 2))

    made.ask(kind, **({} if kind is RequestKind.CANCEL else {"scope": "0", "number": 1}))
    made.settle()

    assert made.header.is_terminal
    assert open_gates(made) == []


def test_a_wave_of_policy_stop_that_fails_elsewhere_leaves_nothing_to_decide() -> None:
    made = stage(wave_of(1), wave_of(2, policy=STOP), wave_of(3, depends_on=(1,)))
    made.settle()
    first, second = made.running_jobs()
    made.finish_job(first, failed=[ONE])
    made.settle()
    assert open_gates(made) == [("FAILURE", "0")]

    made.finish_job(second, failed=[TWO])
    made.settle()

    assert open_gates(made) == []
    assert made.status() is ExecutionStatus.FAILED


def test_an_approval_ahead_of_time_never_decides_the_gate_of_a_failure() -> None:
    made = failed(wave_of(1, 2, pause=False), wave_of(3))

    ahead = made.ask(RequestKind.APPROVE, scope="0")
    made.settle()

    assert outcome(made, ahead) == ("ALREADY_DECIDED", "wave 1 is FAILED already")
    assert open_gates(made) == [("FAILURE", "0")]


@pytest.mark.requirement("SRS-E05")
def test_a_decision_at_one_gate_never_closes_another() -> None:
    made = stage(wave_of(1), wave_of(2), wave_of(3, depends_on=(0, 1)), wave_of(4, depends_on=(), pause=True))
    made.settle()
    first, second = made.running_jobs()
    made.finish_job(first, failed=[ONE])
    made.finish_job(second, failed=[TWO])
    made.settle()
    made.ask(RequestKind.PAUSE, scope="all")
    made.settle()
    gates = {(gate.kind, gate.scope): gate for gate in made.gates.values() if gate.status is GateStatus.OPEN}
    assert len(gates) == 4

    decided = at_gate(made, RequestKind.APPROVE, gates.pop((GateKind.FAILURE, "1")))
    made.settle()

    assert outcome(made, decided)[0] == "APPLIED"
    for (kind, scope), gate in gates.items():
        assert made.gates[(scope, gate.number)].status is GateStatus.OPEN, kind


# -- verdicts -------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("SRS-E03")
def test_an_optional_server_that_fails_is_reported_and_fails_nothing() -> None:
    made = failed(wave_of(1, 2, optional=(ONE,)))

    assert made.wave(0) is WaveStatus.COMPLETED
    assert made.status() is ExecutionStatus.COMPLETED
    reason = made.waves[0].record.status_reason
    assert reason.startswith("1 server launched and healthy; 1 optional server failed; ")
    assert ONE.source_server_id in reason


def test_a_wave_of_optional_servers_of_which_none_was_launched_has_failed() -> None:
    made = stage(wave_of(1, 2, optional=(ONE, TWO)), wave_of(3))
    made.settle()
    [job] = made.running_jobs()
    made.finish_job(job, failed=[ONE, TWO])
    made.settle()

    assert made.wave(0) is WaveStatus.FAILED
    reason = made.waves[0].record.status_reason
    assert reason.startswith("nothing of it was launched; 2 optional servers failed; ")
    assert open_gates(made) == [("FAILURE", "0")]
    assert made.wave(1) is WaveStatus.PENDING


def test_one_launched_server_is_enough_for_a_wave_of_optional_servers() -> None:
    made = failed(wave_of(1, 2, optional=(ONE, TWO)))

    assert made.wave(0) is WaveStatus.COMPLETED


def test_a_wave_of_optional_servers_of_which_none_was_launched_by_its_deadline_is_timed_out() -> None:
    made = stage(wave_of(1, 2, optional=(ONE, TWO), deadline_minutes=10))
    made.unreachable[TARGET] = "the role is gone"

    made.step(1)
    made.step(600)

    assert made.wave(0) is WaveStatus.TIMEOUT


@pytest.mark.requirement("SRS-E03")
@pytest.mark.parametrize(("minimum", "status"), [(1, "PARTIAL"), ("50%", "PARTIAL"), (2, "FAILED"), ("51%", "FAILED")])
def test_a_wave_whose_minimum_is_met_is_partial_and_the_plan_goes_on(minimum: int | str, status: str) -> None:
    made = failed(wave_of(1, 2, minimum=minimum), wave_of(3))

    assert made.wave(0).value == status
    assert made.wave(1) is (WaveStatus.LAUNCHING if status == "PARTIAL" else WaveStatus.PENDING)
    assert open_gates(made) == ([] if status == "PARTIAL" else [("FAILURE", "0")])


def records(well: int, bad: int, optional_bad: int) -> list[ServerRecord]:
    """So many servers with verdicts."""

    def record(number: int, is_well: bool, optional: bool) -> ServerRecord:
        return ServerRecord(
            execution_id="e",
            plan_id="p",
            wave_number=0,
            server=server_key(number),
            launch=LaunchStatus.LAUNCHED,
            health=HealthStatus.HEALTHY if is_well else HealthStatus.UNHEALTHY,
            optional=optional,
            updated_at=START,
        )

    kinds = [(True, False)] * well + [(False, False)] * bad + [(False, True)] * optional_bad
    return [record(number, *kind) for number, kind in enumerate(kinds)]


@given(
    well=st.integers(0, 20),
    bad=st.integers(0, 20),
    optional_bad=st.integers(0, 5),
    minimum=st.one_of(st.none(), st.integers(1, 25), st.integers(1, 100).map(lambda percent: f"{percent}%")),
)
def test_the_verdict_of_a_wave_follows_its_required_servers_and_the_minimum(
    well: int, bad: int, optional_bad: int, minimum: int | str | None
) -> None:
    verdict = verdict_of(records(well, bad, optional_bad), minimum)

    met = minimum is not None and well >= required_successes(minimum, well + bad)
    expected = WaveStatus.COMPLETED if not bad else WaveStatus.PARTIAL if met else WaveStatus.FAILED
    assert verdict.status is expected


@given(percent=st.integers(1, 100), required=st.integers(0, 500))
def test_a_percentage_is_rounded_up(percent: int, required: int) -> None:
    needed = required_successes(f"{percent}%", required)

    assert needed * 100 >= percent * required > (needed - 1) * 100


# -- every order of events ------------------------------------------------------------------------------------------

EXPECTED: Mapping[FailurePolicy, tuple[ExecutionStatus, WaveStatus]] = {
    STOP: (ExecutionStatus.PARTIAL, WaveStatus.SKIPPED),
    PAUSE: (ExecutionStatus.PAUSED, WaveStatus.PENDING),
    CONTINUE: (ExecutionStatus.RUNNING, WaveStatus.LAUNCHING),
}


def happenings(made: Stage, job: str) -> list[Callable[[], object]]:
    """What happens to a job of three servers of which the first fails; each can come before each other."""
    target, began = made.jobs[job]

    def shows(server: int, status: ParticipantStatus) -> None:
        _, present = made.jobs[job]
        seen = tuple(
            participant.model_copy(update={"status": status})
            if participant.source_server_id == server_key(server).source_server_id
            else participant
            for participant in present.participants
        )
        made.jobs[job] = (target, present.model_copy(update={"participants": seen}))

    def ends() -> None:
        _, present = made.jobs[job]
        made.jobs[job] = (target, present.model_copy(update={"status": JobStatus.COMPLETED, "ended_at": made.now}))

    assert began.is_running
    return [
        lambda: shows(1, ParticipantStatus.FAILED),
        lambda: made.add_instance(server_key(2), job),
        lambda: made.add_instance(server_key(3), job),
        lambda: shows(2, ParticipantStatus.LAUNCHED),
        ends,
    ]


@pytest.mark.requirement("SRS-E03")
@pytest.mark.parametrize("policy", [STOP, PAUSE, CONTINUE])
@pytest.mark.parametrize("order", [*itertools.permutations(range(5))], ids=lambda order: "".join(map(str, order)))
def test_in_every_order_the_others_are_observed_and_the_policy_has_its_outcome(
    order: tuple[int, ...], policy: FailurePolicy
) -> None:
    made, job = launched(wave_of(1, 2, 3, policy=policy), wave_of(4))
    made.logs[job] = (
        JobLogEntry(
            time=made.now, event="LAUNCH_FAILED", source_server_id=ONE.source_server_id, raw_error="no capacity"
        ),
    )
    happens = happenings(made, job)

    for event in order:
        happens[event]()
        made.step(1)
    made.settle()

    assert made.server(ONE).launch is LaunchStatus.FAILED
    assert made.server(ONE).launch_reason == f"Could not launch {ONE.source_server_id}: no capacity"
    assert {(made.server(key).launch, made.server(key).health) for key in (TWO, THREE)} == {
        (LaunchStatus.LAUNCHED, HealthStatus.HEALTHY)
    }
    assert made.wave(0) is WaveStatus.FAILED
    assert (made.status(), made.wave(1)) == EXPECTED[policy]
