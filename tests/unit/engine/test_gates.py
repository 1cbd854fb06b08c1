"""Gates: one decision each, by its own token or by name, and nothing else."""

from datetime import timedelta

import pytest

from shared.engine.bounds import LONGEST_WAIT_SECONDS
from shared.engine.effects import CloseGate, EndGateRun, StartGateRun
from shared.models.event import EventType
from shared.models.execution import ExecutionStatus
from shared.models.gate import PAUSE_SCOPE, GateStatus
from shared.models.launch import LaunchState
from shared.models.request import RequestKind, RequestState
from shared.models.server_record import LaunchStatus
from shared.models.wave_record import WaveStatus
from tests.support.planned_wave import PlannedWave
from tests.support.stage import START, TARGET, Stage, server_key, stage
from tests.support.stage_stories import failed, proved, wave_of


def at_the_gate() -> Stage:
    made = stage(PlannedWave((server_key(1),), pause=True))
    made.settle()
    return made


def two_branches() -> Stage:
    """Wave 1 waits at its gate while wave 2 launches."""
    made = stage(
        PlannedWave((server_key(1),)),
        PlannedWave((server_key(2),), depends_on=(0,), pause=True),
        PlannedWave((server_key(3),), depends_on=(0,)),
    )
    made.settle()
    made.finish_job(made.running_jobs()[0])
    made.settle()
    return made


def test_a_wave_that_pauses_opens_its_gate_and_waits_until_woken() -> None:
    made = at_the_gate()

    decision = made.step()

    assert made.wave(0) is WaveStatus.AWAITING_APPROVAL
    assert made.status() is ExecutionStatus.PAUSED
    assert made.gates[("0", 1)].status is GateStatus.OPEN
    assert any(isinstance(effect, StartGateRun) for effect in decision.effects)
    assert decision.wait_seconds == LONGEST_WAIT_SECONDS
    assert not made.jobs


def test_an_approval_of_this_gate_lets_the_wave_begin_and_ends_the_gates_run() -> None:
    made = at_the_gate()
    request = made.ask(RequestKind.APPROVE, scope="0", number=1)

    made.settle()

    assert made.requests[request.request_id].state is RequestState.APPLIED
    assert made.gates[("0", 1)].status is GateStatus.APPROVED
    assert made.gates[("0", 1)].run_closed
    assert made.wave(0) is WaveStatus.LAUNCHING
    assert made.status() is ExecutionStatus.RUNNING
    assert made.header.seconds_at_gates > 0


def test_twice_approved_is_once() -> None:
    made = at_the_gate()
    first = made.ask(RequestKind.APPROVE, scope="0", number=1)
    second = made.ask(RequestKind.APPROVE, scope="0", number=1)

    made.settle()

    assert made.requests[first.request_id].state is RequestState.APPLIED
    assert made.requests[second.request_id].state is RequestState.ALREADY_DECIDED
    assert len(made.jobs) == 1


@pytest.mark.parametrize(("scope", "number"), [("0", 2), ("1", 1), (PAUSE_SCOPE, 1)])
def test_an_approval_of_another_gate_changes_nothing(scope: str, number: int) -> None:
    made = at_the_gate()
    request = made.ask(RequestKind.APPROVE, scope=scope, number=number)

    made.settle()

    assert made.requests[request.request_id].state is RequestState.ALREADY_DECIDED
    assert made.gates[("0", 1)].status is GateStatus.OPEN
    assert made.wave(0) is WaveStatus.AWAITING_APPROVAL


def test_a_stray_wake_up_decides_nothing() -> None:
    made = at_the_gate()
    made.signals += 1

    made.settle()

    assert made.gates[("0", 1)].status is GateStatus.OPEN
    assert made.status() is ExecutionStatus.PAUSED


def test_a_rejection_cancels_the_execution() -> None:
    made = at_the_gate()
    made.ask(RequestKind.REJECT, scope="0", number=1)

    made.settle()

    assert made.gates[("0", 1)].status is GateStatus.REJECTED
    assert made.wave(0) is WaveStatus.CANCELLED
    assert made.server(server_key(1)).launch is LaunchStatus.CANCELLED
    assert made.status() is ExecutionStatus.CANCELLED


def test_an_expired_gate_ends_the_execution_as_a_time_out() -> None:
    made = at_the_gate()
    made.ask(RequestKind.EXPIRED, scope="0", number=1)

    made.settle()

    assert made.wave(0) is WaveStatus.TIMEOUT
    assert made.status() is ExecutionStatus.TIMEOUT


def test_an_expired_gate_after_a_launch_ends_the_execution_as_partial_once_the_other_branch_has_its_verdict() -> None:
    made = two_branches()
    made.ask(RequestKind.EXPIRED, scope="1", number=1)

    made.settle()
    assert made.status() is ExecutionStatus.DRAINING
    assert made.wave(2) is WaveStatus.LAUNCHING

    made.finish_job(made.running_jobs()[0])
    made.settle()
    assert made.wave(2) is WaveStatus.COMPLETED
    assert made.status() is ExecutionStatus.PARTIAL


def test_cancel_beats_an_approval_of_the_same_step() -> None:
    made = at_the_gate()
    approval = made.ask(RequestKind.APPROVE, scope="0", number=1)
    made.ask(RequestKind.CANCEL)

    made.settle()

    assert made.requests[approval.request_id].state is RequestState.ALREADY_DECIDED
    assert made.status() is ExecutionStatus.CANCELLED
    assert not made.jobs


def test_the_gate_of_one_branch_stays_usable_while_the_other_branch_runs() -> None:
    made = two_branches()
    assert made.wave(1) is WaveStatus.AWAITING_APPROVAL
    assert made.wave(2) is WaveStatus.LAUNCHING
    assert made.status() is ExecutionStatus.RUNNING

    made.ask(RequestKind.APPROVE, scope="1", number=1)
    made.settle()

    assert made.wave(1) is WaveStatus.LAUNCHING
    assert len(made.running_jobs()) == 2


def test_an_approval_ahead_of_time_opens_no_gate() -> None:
    made = stage(PlannedWave((server_key(1),)), PlannedWave((server_key(2),), pause=True))
    made.settle()
    made.ask(RequestKind.APPROVE, scope="1")
    made.settle()

    made.finish_job(made.running_jobs()[0])
    made.settle()

    assert not made.gates
    assert made.wave(1) is WaveStatus.LAUNCHING
    assert made.waves[1].record.approved_by == "operator"


@pytest.mark.requirement("SRS-E06")
def test_a_pause_lets_running_waves_finish_and_starts_nothing_new_until_it_is_approved() -> None:
    made = stage(PlannedWave((server_key(1),)), PlannedWave((server_key(2),)))
    made.settle()
    made.ask(RequestKind.PAUSE)
    made.settle()
    assert made.status() is ExecutionStatus.RUNNING
    assert made.gates[(PAUSE_SCOPE, 1)].status is GateStatus.OPEN

    made.finish_job(made.running_jobs()[0])
    made.settle()
    assert made.wave(0) is WaveStatus.COMPLETED
    assert made.wave(1) is WaveStatus.PENDING
    assert made.status() is ExecutionStatus.PAUSED

    made.ask(RequestKind.APPROVE, scope=PAUSE_SCOPE, number=1)
    made.settle()
    assert made.wave(1) is WaveStatus.LAUNCHING
    assert made.status() is ExecutionStatus.RUNNING


def test_a_second_pause_gets_a_gate_of_its_own() -> None:
    made = stage(PlannedWave((server_key(1),)), PlannedWave((server_key(2),)))
    made.settle()
    for number in (1, 2):
        made.ask(RequestKind.PAUSE)
        made.settle()
        made.ask(RequestKind.APPROVE, scope=PAUSE_SCOPE, number=number)
        made.settle()

    assert {key: gate.status for key, gate in made.gates.items()} == {
        (PAUSE_SCOPE, 1): GateStatus.APPROVED,
        (PAUSE_SCOPE, 2): GateStatus.APPROVED,
    }


def test_a_pause_with_nothing_left_to_start_is_refused() -> None:
    made = stage(PlannedWave((server_key(1),)))
    made.settle()
    request = made.ask(RequestKind.PAUSE)

    made.settle()

    assert made.requests[request.request_id].state is RequestState.REFUSED
    assert not made.gates


def test_a_failed_wave_closes_the_gates_that_nobody_needs_any_more() -> None:
    made = two_branches()
    job = made.running_jobs()[0]
    made.finish_job(job, failed=[server_key(3)])

    made.settle()

    assert made.gates[("1", 1)].status is GateStatus.CLOSED
    assert made.wave(1) is WaveStatus.SKIPPED
    assert made.status() is ExecutionStatus.PARTIAL


def test_a_gate_that_was_replaced_is_waited_for_under_its_new_number() -> None:
    made = at_the_gate()
    old = made.gates[("0", 1)]
    made.gates[("0", 1)] = old.model_copy(update={"status": GateStatus.CLOSED, "run_closed": True})
    made.gates[("0", 2)] = old.model_copy(update={"number": 2})
    stale = made.ask(RequestKind.APPROVE, scope="0", number=1)

    made.settle()
    assert made.requests[stale.request_id].state is RequestState.ALREADY_DECIDED
    assert made.wave(0) is WaveStatus.AWAITING_APPROVAL

    made.ask(RequestKind.APPROVE, scope="0", number=2)
    made.settle()
    assert made.wave(0) is WaveStatus.LAUNCHING


def test_a_decision_whose_step_broke_off_before_its_commit_is_taken_up_again() -> None:
    made = at_the_gate()
    request = made.ask(RequestKind.APPROVE, scope="0", number=1)
    decision = made.decision()
    (close,) = [effect for effect in decision.effects if isinstance(effect, CloseGate)]
    made.gates[("0", 1)] = close.gate.model_copy(
        update={"status": close.status, "decided_by": close.decided_by, "decision_id": close.decision_id}
    )

    made.settle()

    assert made.requests[request.request_id].state is RequestState.APPLIED
    assert made.wave(0) is WaveStatus.LAUNCHING
    assert any(isinstance(effect, EndGateRun) for effect in made.effects)


@pytest.mark.requirement("SRS-E06")
def test_cancel_of_what_has_launched_is_partial_and_drops_what_has_not_started() -> None:
    made = stage(PlannedWave((server_key(1),)), PlannedWave((server_key(2),)))
    made.settle()
    made.ask(RequestKind.CANCEL, reason="wrong plan")
    made.settle()
    assert made.wave(1) is WaveStatus.CANCELLED
    assert made.status() is ExecutionStatus.CANCELLING

    made.finish_job(made.running_jobs()[0])
    made.settle()
    assert made.status() is ExecutionStatus.PARTIAL
    assert "wrong plan" in made.header.status_reason
    assert made.header.cancelled_by == "operator"


def test_an_execution_does_not_end_while_requests_wait_for_the_next_step() -> None:
    made = stage(PlannedWave((server_key(1),)))
    made.settle()
    made.finish_job(made.running_jobs()[0])
    made.signals += 1
    made.more_requests = True

    made.settle()
    assert made.status() is ExecutionStatus.RUNNING
    assert made.header.seen < made.signals

    made.more_requests = False
    made.settle()
    assert made.status() is ExecutionStatus.COMPLETED
    assert made.header.seen == made.signals


def test_a_second_pause_opens_a_gate_of_its_own_although_the_first_ones_run_was_replaced() -> None:
    made = stage(PlannedWave((server_key(1),)), PlannedWave((server_key(2),)))
    made.settle()
    made.ask(RequestKind.PAUSE)
    made.settle()
    first = made.gates[(PAUSE_SCOPE, 1)]
    made.gates[(PAUSE_SCOPE, 1)] = first.model_copy(update={"status": GateStatus.CLOSED, "run_closed": True})
    made.gates[(PAUSE_SCOPE, 2)] = first.model_copy(update={"number": 2})
    made.ask(RequestKind.APPROVE, scope=PAUSE_SCOPE, number=2)
    made.settle()

    made.ask(RequestKind.PAUSE)
    made.settle()

    assert made.gates[(PAUSE_SCOPE, 3)].status is GateStatus.OPEN
    made.finish_job(made.running_jobs()[0])
    made.settle(10)
    assert made.wave(1) is WaveStatus.PENDING


def test_servers_that_wait_for_room_when_a_gate_expires_are_never_launched() -> None:
    made = stage(
        PlannedWave((server_key(1),)),
        PlannedWave((server_key(2),), depends_on=(0,), pause=True),
        PlannedWave((server_key(3),), depends_on=(0,)),
    )
    made.settle()
    made.refuse[TARGET] = LaunchState.REFUSED
    made.finish_job(made.running_jobs()[0])
    made.settle()
    assert made.wave(2) is WaveStatus.LAUNCHING
    made.ask(RequestKind.EXPIRED, scope="1", number=1)

    proved(made)

    assert made.server(server_key(3)).launch is LaunchStatus.SKIPPED
    assert made.status() is ExecutionStatus.PARTIAL


def test_the_timeline_says_that_a_gate_is_open_and_repeats_nothing_that_it_has_just_told() -> None:
    approval, failure, pause = at_the_gate(), failed(wave_of(1), wave_of(2)), stage(wave_of(1), wave_of(2))
    pause.ask(RequestKind.PAUSE, reason="the change window is closed")
    pause.settle()

    for made, told in (
        (approval, "Wave 1 (Tier 0) waits for approval"),
        (failure, "The gate after the failure of wave 1 is OPEN: continue, retry, skip or cancel"),
        (pause, "The gate of the pause is OPEN: the change window is closed"),
    ):
        assert [event.message for event in made.events if event.type is EventType.GATE_OPENED] == [told]


def test_a_pause_that_ends_by_itself_hides_no_deadline() -> None:
    made = stage(wave_of(1, deadline_minutes=5))
    made.refuse[TARGET] = LaunchState.OPEN
    made.step()
    made.ask(RequestKind.PAUSE, scope="all")
    decided = made.step(5)
    [launch] = made.launches.values()
    made.add_job(launch)

    while made.wave(0) is WaveStatus.LAUNCHING:
        decided = made.step(decided.wait_seconds)

    assert made.wave(0) is WaveStatus.TIMEOUT
    assert made.now - START < timedelta(minutes=5, seconds=30)
