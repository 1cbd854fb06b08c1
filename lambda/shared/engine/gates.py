"""Gates: opened for a wave or for a pause, decided once; open ones have a run, decided ones have none."""

from shared.engine.bounds import GATE_LIFE
from shared.engine.effects import CloseGate, EndGateRun, StartGateRun
from shared.engine.state import Draft
from shared.models.event import EventType
from shared.models.gate import PAUSE_SCOPE, Gate, GateStatus
from shared.models.recovery_plan import wave_words
from shared.models.wave_record import WaveStatus


def gate_scope(wave_number: int) -> str:
    """The scope of a wave's gate."""
    return str(wave_number)


def open_gate(draft: Draft, scope: str, number: int, reason: str, actor: str = "engine") -> None:
    """Open a gate; the effect that gives it a run follows from its being open."""
    gate = Gate(
        execution_id=draft.header.execution_id,
        plan_id=draft.header.plan_id,
        scope=scope,
        number=number,
        reason=reason,
        opened_at=draft.now,
        expires_at=draft.now + GATE_LIFE,
    )
    if (scope, number) not in draft.gates:
        draft.gates[(scope, number)] = gate
        draft.event(EventType.GATE_OPENED, reason, wave=_wave_of(scope), actor=actor, scope=scope, number=number)


def close_gate(
    draft: Draft, gate: Gate, status: GateStatus, reason: str, *, decided_by: str = "engine", decision_id: str = ""
) -> None:
    """Decide an open gate; for one that was decided the same way before this is no change."""
    if gate.status is not GateStatus.OPEN:
        return
    draft.effects.append(CloseGate(gate, status, decided_by, decision_id, reason))
    draft.gates[(gate.scope, gate.number)] = gate.model_copy(
        update={
            "status": status,
            "decided_by": decided_by,
            "decision_id": decision_id,
            "decided_at": draft.now,
        }
    )
    draft.event(
        EventType.GATE_DECIDED,
        f"The gate {gate_words(gate.scope)} is {status} by {decided_by}: {reason}",
        wave=_wave_of(gate.scope),
        actor=decided_by,
        scope=gate.scope,
        number=gate.number,
        status=status.value,
    )


def tend_gates(draft: Draft) -> None:
    """What follows from the states of the gates: runs for open ones, none for decided ones, none left behind."""
    waiting = {gate_scope(number) for number in draft.numbers((WaveStatus.AWAITING_APPROVAL,))}
    if _pause_goes_on(draft):
        waiting.add(PAUSE_SCOPE)
    for gate in list(draft.gates.values()):
        if gate.status is not GateStatus.OPEN:
            if not gate.run_closed and _was_stored(draft, gate):
                draft.effects.append(EndGateRun(gate))
        elif gate.scope in waiting:
            if not gate.visit:
                draft.effects.append(StartGateRun(gate))
        elif gate.scope == PAUSE_SCOPE or _wave_has_moved_on(draft, int(gate.scope)):
            close_gate(draft, gate, GateStatus.CLOSED, "there is nothing left to decide")


def _pause_goes_on(draft: Draft) -> bool:
    """Whether an operator's pause is open and still holds something back; the header follows the gate."""
    goes_on = (
        not draft.header.pause_closed
        and draft.open_gate(PAUSE_SCOPE) is not None
        and bool(draft.numbers((WaveStatus.PENDING, WaveStatus.AWAITING_APPROVAL)))
    )
    if not goes_on and not draft.header.pause_closed:
        draft.change_header(pause_closed=True)
    return goes_on


def _was_stored(draft: Draft, gate: Gate) -> bool:
    """Whether the decision was there before this step; what this step decides ends its run by itself."""
    return any(
        (stored.scope, stored.number) == (gate.scope, gate.number) and stored.status is not GateStatus.OPEN
        for stored in draft.state.gates
    )


def _wave_has_moved_on(draft: Draft, number: int) -> bool:
    """Whether the wave's own record says so; the header may lag behind it when a step ended before its commit."""
    return draft.load(number) and draft.waves[number].status is not WaveStatus.AWAITING_APPROVAL


def gate_words(scope: str) -> str:
    """How people call the gate."""
    return "of the pause" if scope == PAUSE_SCOPE else f"before {wave_words(int(scope))}"


def _wave_of(scope: str) -> int | None:
    return None if scope == PAUSE_SCOPE else int(scope)
