"""Gates: opened before a wave, after a failed one or for a pause, decided once; open ones have a run, others none."""

from shared.engine.bounds import GATE_LIFE
from shared.engine.effects import CloseGate, EndGateRun, StartGateRun
from shared.engine.state import Draft
from shared.execution_utils import WAVES_NOT_STARTED
from shared.models.event import EventType
from shared.models.gate import PAUSE_SCOPE, Gate, GateKind, GateStatus
from shared.models.recovery_plan import wave_words
from shared.models.wave_record import WaveRecord, WaveStatus


def gate_scope(wave_number: int) -> str:
    """The scope of a wave's gates."""
    return str(wave_number)


def open_wave_gate(draft: Draft, kind: GateKind, wave: WaveRecord, reason: str) -> int:
    """Open the next gate of a wave, of whatever kind those before it were; answers its number."""
    scope = gate_scope(wave.wave_number)
    latest = draft.latest_gate(scope)
    # the reconciler may have replaced a gate by the next one, of which the wave knows nothing
    number = max(wave.gate_number, latest.number if latest else 0) + 1
    open_gate(draft, kind, scope, number, reason)
    return number


def open_gate(draft: Draft, kind: GateKind, scope: str, number: int, reason: str, *, actor: str = "engine") -> None:
    """Open a gate; the effect that gives it a run follows from its being open."""
    gate = Gate(
        execution_id=draft.header.execution_id,
        plan_id=draft.header.plan_id,
        scope=scope,
        number=number,
        kind=kind,
        reason=reason,
        opened_by=actor,
        opened_at=draft.now,
        expires_at=draft.now + GATE_LIFE,
    )
    if (scope, number) not in draft.gates:
        draft.put_gate(gate)
        draft.event(
            EventType.GATE_OPENED,
            opening_words(gate),
            wave=_wave_of(scope),
            actor=actor,
            scope=scope,
            number=number,
            kind=kind.value,
        )


def close_gate(
    draft: Draft, gate: Gate, status: GateStatus, reason: str, *, decided_by: str = "engine", decision_id: str = ""
) -> None:
    """Decide an open gate; for one that was decided the same way before this is no change."""
    if gate.status is not GateStatus.OPEN:
        return
    draft.effects.append(CloseGate(gate, status, decided_by, decision_id, reason))
    draft.put_gate(
        gate.model_copy(
            update={
                "status": status,
                "decided_by": decided_by,
                "decision_id": decision_id,
                "decided_at": draft.now,
            }
        )
    )
    draft.event(
        EventType.GATE_DECIDED,
        f"The gate {gate_words(gate)} is {status} by {decided_by}: {reason}",
        wave=_wave_of(gate.scope),
        actor=decided_by,
        scope=gate.scope,
        number=gate.number,
        status=status.value,
    )


def tend_gates(draft: Draft) -> None:
    """What follows from the states of the gates: runs for open ones, none for decided ones, none left behind."""
    _open_failure_gates(draft)
    _tell_what_became_known(draft)
    # what this step decides ends its run by itself
    decided = {(gate.scope, gate.number) for gate in draft.state.gates if gate.status is not GateStatus.OPEN}
    for gate in list(draft.gates.values()):
        if gate.status is not GateStatus.OPEN:
            if not gate.run_closed and (gate.scope, gate.number) in decided:
                draft.effects.append(EndGateRun(gate))
            continue
        match _is_awaited(draft, gate):
            case True if not gate.visit:
                draft.effects.append(StartGateRun(gate))
            case False:
                close_gate(draft, gate, GateStatus.CLOSED, "there is nothing left to decide")
                draft.wait(1, f"the gate {gate_words(gate)} has closed, and time counts again")
    if draft.open_gate(PAUSE_SCOPE) is None and not draft.header.pause_closed:
        # the header follows the gate
        draft.change_header(pause_closed=True)


def _open_failure_gates(draft: Draft) -> None:
    """A wave that failed under the policy PAUSE waits for a person, who continues, retries, skips or cancels."""
    for summary in draft.header.waves:
        number = summary.wave_number
        if not draft.is_undecided(summary) or draft.open_gate(gate_scope(number), GateKind.FAILURE) is not None:
            continue
        if draft.load(number):
            wave = draft.waves[number]
            draft.change_wave(number, gate_number=open_wave_gate(draft, GateKind.FAILURE, wave, _failure_words(wave)))


def _tell_what_became_known(draft: Draft) -> None:
    """The gate after a failure says what its wave says: jobs that outlive a deadline end while somebody decides."""
    for number, wave in draft.waves.items():
        gate, words = draft.open_gate(gate_scope(number), GateKind.FAILURE), _failure_words(wave)
        if gate is not None and gate.reason != words and draft.is_undecided(draft.header.summary(number)):
            draft.put_gate(gate.model_copy(update={"reason": words}))


def _failure_words(wave: WaveRecord) -> str:
    return f"{wave_words(wave.wave_number, wave.wave_name, first=True)} is {wave.status}: {wave.status_reason}"


def _is_awaited(draft: Draft, gate: Gate) -> bool | None:
    """Whether an open gate still has something to decide; None while its wave is only just asked for."""
    if gate.kind is GateKind.PAUSE:
        return may_start(draft)
    # the wave's own record counts: the header may lag behind it when a step ended before its commit
    number = int(gate.scope)
    if number not in draft.waves and not draft.load(number):
        return None
    if gate.kind is GateKind.FAILURE:
        return draft.is_undecided(draft.header.summary(number))
    return draft.waves[number].status is WaveStatus.AWAITING_APPROVAL


def may_start(draft: Draft) -> bool:
    """Whether anything is left that a pause holds back: waves to come or to be retried, servers without a job."""
    if draft.why_nothing_starts is not None:
        return False
    return (
        bool(draft.numbers(WAVES_NOT_STARTED))
        or any(draft.is_undecided(wave) for wave in draft.header.waves)
        or any(
            draft.attend(number) and draft.may_still_launch(number) for number in draft.numbers((WaveStatus.LAUNCHING,))
        )
    )


def gate_words(gate: Gate) -> str:
    """How people call the gate."""
    match gate.kind:
        case GateKind.PAUSE:
            return "of the pause"
        case GateKind.FAILURE:
            return f"after the failure of {wave_words(int(gate.scope))}"
        case GateKind.APPROVAL:
            return f"before {wave_words(int(gate.scope))}"


def opening_words(gate: Gate) -> str:
    """What the timeline tells of a gate that opens; why a wave failed it has just told."""
    match gate.kind:
        case GateKind.APPROVAL:
            return gate.reason
        case GateKind.FAILURE:
            return f"The gate {gate_words(gate)} is {GateStatus.OPEN}: continue, retry, skip or cancel"
        case GateKind.PAUSE:
            return f"The gate {gate_words(gate)} is {GateStatus.OPEN}: {gate.reason}"


def _wave_of(scope: str) -> int | None:
    return None if scope == PAUSE_SCOPE else int(scope)
