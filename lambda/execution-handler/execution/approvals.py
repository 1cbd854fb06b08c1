"""Which gate an approval means: pure, from the header, the gates, the wave and the requests not yet taken up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from execution.refusing import refused_because
from shared.errors import ValidationError
from shared.models.base import format_instant
from shared.models.execution import ExecutionHeader, WaveSummary
from shared.models.gate import PAUSE_SCOPE, Gate, GateStatus
from shared.models.recovery_plan import wave_words
from shared.models.request import Request, RequestKind
from shared.models.wave_record import WaveRecord, WaveStatus


@dataclass(frozen=True, slots=True)
class Approval:
    """The gate that is approved; without `number` it is the gate of a wave that has not opened yet."""

    scope: str
    number: int | None


def approve_the_open_gate(header: ExecutionHeader, gates: Iterable[Gate], requests: Iterable[Request]) -> Approval:
    """The one open gate that nobody has approved yet; ConflictError if there is none, or lists several."""
    asked = {(request.scope, request.number) for request in requests if request.kind is RequestKind.APPROVE}
    ahead = {scope for scope, number in asked if number is None}
    waiting = [
        gate
        for gate in gates
        if gate.status is GateStatus.OPEN and (gate.scope, gate.number) not in asked and gate.scope not in ahead
    ]
    if not waiting:
        raise refused_because(header, f"execution {header.execution_id} is {header.status} and no gate is open")
    if len(waiting) > 1:
        raise refused_because(
            header,
            "several gates are open: name the wave",
            openGates=[_listed(header, gate) for gate in sorted(waiting, key=lambda gate: gate.opened_at)],
        )
    return Approval(waiting[0].scope, waiting[0].number)


def wave_of(header: ExecutionHeader, wave_number: int) -> WaveSummary:
    """The named wave; ValidationError if the execution has none of that number."""
    try:
        return header.summary(wave_number)
    except KeyError as error:
        raise ValidationError.one(
            "waveNumber", f"execution {header.execution_id} has no waveNumber {wave_number}", "UNKNOWN_WAVE"
        ) from error


def approve_the_gate_of(
    header: ExecutionHeader, wave: WaveRecord, gates: Sequence[Gate], requests: Iterable[Request]
) -> Approval:
    """The wave's gate, open or still to come; ConflictError if it was approved, has none, or its wave has begun."""
    number, scope = wave.wave_number, str(wave.wave_number)
    for request in requests:
        if request.kind is RequestKind.APPROVE and request.scope == scope:
            raise refused_because(header, _approved(wave, request.requested_by), approvedBy=request.requested_by)
    waiting = next((gate for gate in gates if gate.scope == scope and gate.status is GateStatus.OPEN), None)
    if waiting is not None:
        return Approval(scope, waiting.number)
    approved_by = wave.approved_by or _approver(scope, gates)
    if approved_by is not None:
        raise refused_because(header, _approved(wave, approved_by), approvedBy=approved_by)
    if not header.summary(number).pause_before_wave:
        raise refused_because(header, f"{words_for(wave)} does not wait for an approval: it has no pause before it")
    if wave.status is not WaveStatus.PENDING:
        raise refused_because(header, f"{words_for(wave)} is {wave.status}: there is no gate left to approve")
    return Approval(scope, None)


def _approver(scope: str, gates: Iterable[Gate]) -> str | None:
    approved = [gate for gate in gates if gate.scope == scope and gate.status is GateStatus.APPROVED]
    return max(approved, key=lambda gate: gate.number).decided_by if approved else None


def words_for(wave: WaveRecord | WaveSummary) -> str:
    """How people call the wave."""
    return wave_words(wave.wave_number, wave.wave_name)


def _approved(wave: WaveRecord, by: str) -> str:
    return f"{words_for(wave)} was approved already, by {by}"


def _listed(header: ExecutionHeader, gate: Gate) -> dict[str, object]:
    listed: dict[str, object] = {"scope": gate.scope, "number": gate.number, "openedAt": format_instant(gate.opened_at)}
    if gate.scope != PAUSE_SCOPE:
        wave = header.summary(int(gate.scope))
        listed |= {"waveNumber": wave.wave_number, "waveName": wave.wave_name}
    return listed
