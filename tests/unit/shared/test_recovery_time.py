"""RTO actual, with and without the time at gates."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.models.execution import ExecutionHeader, ExecutionStatus, ExecutionType
from shared.models.recovery_time import RecoveryTime

START = datetime(2026, 1, 29, 2, 0, tzinfo=UTC)


def _header(**changes: object) -> ExecutionHeader:
    facts: dict[str, object] = {
        "execution_id": "e1",
        "plan_id": "p1",
        "plan_name": "Plan",
        "plan_version": 1,
        "execution_type": ExecutionType.DRILL,
        "status": ExecutionStatus.RUNNING,
        "started_at": START,
        "initiated_by": "ann",
        "waves": (),
        "wave_count": 0,
        "server_count": 0,
    }
    return ExecutionHeader.model_validate(facts | changes)


def _at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_gate_after_the_last_verdict_is_no_part_of_the_recovery() -> None:
    header = _header(
        status=ExecutionStatus.PARTIAL,
        recovered_at=_at(900),
        gate_seconds_at_recovery=100,
        ended_at=_at(15_300),
        seconds_at_gates=14_500,
    )

    rto = RecoveryTime.of(header, _at(99_999))

    assert (rto.actual_seconds, rto.gate_seconds, rto.actual_seconds_without_gates) == (900, 100, 800)
    assert rto.is_final


def test_while_a_gate_is_open_its_time_counts_up_to_now() -> None:
    header = _header(status=ExecutionStatus.PAUSED, paused_since=_at(60), seconds_at_gates=10, recovered_at=_at(50))

    rto = RecoveryTime.of(header, _at(90))

    assert (rto.actual_seconds, rto.gate_seconds, rto.is_final) == (90, 40, False)


def test_only_a_whole_recovery_meets_or_misses_its_objective() -> None:
    ended = {"recovered_at": _at(60), "ended_at": _at(60), "rto_minutes": 1}

    assert RecoveryTime.of(_header(status=ExecutionStatus.COMPLETED, **ended), _at(99)).met is True
    assert RecoveryTime.of(_header(status=ExecutionStatus.PARTIAL, **ended), _at(99)).met is None


@given(
    recovered=st.integers(0, 10_000),
    gates_before=st.floats(0, 10_000),
    gates_after=st.floats(0, 10_000),
    status=st.sampled_from(ExecutionStatus),
)
def test_the_parts_add_up_and_are_never_negative(
    recovered: int, gates_before: float, gates_after: float, status: ExecutionStatus
) -> None:
    header = _header(
        status=status,
        recovered_at=_at(recovered),
        gate_seconds_at_recovery=gates_before,
        seconds_at_gates=gates_before + gates_after,
    )

    rto = RecoveryTime.of(header, _at(recovered))

    assert rto.gate_seconds + rto.actual_seconds_without_gates == rto.actual_seconds
    assert min(rto.gate_seconds, rto.actual_seconds_without_gates) >= 0
