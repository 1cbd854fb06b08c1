"""Which gate an approval means: pure, from the header, the gates, the wave and the requests not yet taken up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from execution.decisions import (
    decision_words,
    details_of_decision,
    details_of_first,
    first_about_wave,
    first_at_gate,
    gate_was_decided,
    latest_gate,
    words_for_first,
)
from execution.named_wave import NamedWave, words_for
from execution.refusing import refused_because
from shared.errors import ConflictError
from shared.execution_utils import waits_at_failure_gate
from shared.models.base import format_instant
from shared.models.execution import ExecutionHeader
from shared.models.gate import PAUSE_SCOPE, Gate, GateKind, GateStatus
from shared.models.request import Request, RequestKind
from shared.models.wave_record import WaveStatus


@dataclass(frozen=True, slots=True)
class Approval:
    """The gate that is approved; without `number` it is the gate of a wave that has not opened yet."""

    scope: str
    number: int | None
    kind: GateKind


def approve_the_open_gate(header: ExecutionHeader, gates: Sequence[Gate], requests: Sequence[Request]) -> Approval:
    """The one open gate that nobody has decided yet; ConflictError if there is none, or lists several.

    Where none is open the refusal names who decided the last one: it may be the one that the caller means.
    """
    firsts = [
        (gate, first_at_gate(gate, gates, requests))
        for gate in sorted(gates, key=lambda gate: (gate.opened_at, gate.scope))
        if gate.status is GateStatus.OPEN
    ]
    waiting = [gate for gate, first in firsts if first is None]
    if not waiting:
        raise _none_is_open(header, [(gate, first) for gate, first in firsts if first], gates)
    if len(waiting) > 1:
        raise refused_because(
            header,
            "several gates are open: name the wave, or scope all for the pause",
            openGates=[_listed(header, gate) for gate in waiting],
        )
    return Approval(waiting[0].scope, waiting[0].number, waiting[0].kind)


def approve_the_gate_of(wave: NamedWave, gates: Sequence[Gate], requests: Sequence[Request]) -> Approval:
    """The wave's gate, open or still to come; ConflictError if it was decided, has none, or its wave has begun."""
    gate = latest_gate((gate for gate in gates if gate.status is GateStatus.OPEN), wave.scope)
    if gate is not None:
        _must_be_first(wave, gate.kind, first_at_gate(gate, gates, requests))
        return Approval(wave.scope, gate.number, gate.kind)
    if wave.status is not WaveStatus.PENDING:
        raise _no_gate_left(wave, gates)
    ahead = (one for one in requests if (one.kind, one.scope, one.number) == (RequestKind.APPROVE, wave.scope, None))
    _must_be_first(wave, GateKind.APPROVAL, next(ahead, None) or first_about_wave(wave.scope, requests))
    if wave.approved_by is not None:
        raise _approved(wave, wave.approved_by)
    if not wave.summary.pause_before_wave:
        raise _has_no_pause(wave)
    return Approval(wave.scope, None, GateKind.APPROVAL)


def _must_be_first(wave: NamedWave, kind: GateKind, first: Request | None) -> None:
    if first is None:
        return
    if first.kind is RequestKind.APPROVE and kind is GateKind.APPROVAL:
        raise _approved(wave, first.requested_by)
    raise wave.refused(words_for_first(first, wave.words), **details_of_first(first))


def _no_gate_left(wave: NamedWave, gates: Sequence[Gate]) -> ConflictError:
    """The wave is past its approval, and no gate of it is open."""
    latest = latest_gate(gates, wave.scope)
    if latest is not None and latest.kind is GateKind.FAILURE:
        return gate_was_decided(wave, latest)
    if waits_at_failure_gate(wave.status, wave.summary):
        return wave.refused(f"{wave.words} is {wave.status} and its gate opens in a few seconds: try again")
    approved_by = wave.approved_by or (latest.decided_by if latest and latest.status is GateStatus.APPROVED else None)
    if approved_by is not None:
        return _approved(wave, approved_by)
    if not wave.summary.pause_before_wave:
        return _has_no_pause(wave)
    return wave.refused(f"{wave.words} is {wave.status}: there is no gate left to approve")


def _approved(wave: NamedWave, by: str) -> ConflictError:
    return wave.refused(f"{wave.words} was approved already, by {by}", approvedBy=by)


def _has_no_pause(wave: NamedWave) -> ConflictError:
    return wave.refused(f"{wave.words} does not wait for an approval: it has no pause before it")


def _none_is_open(
    header: ExecutionHeader, firsts: Sequence[tuple[Gate, Request]], gates: Iterable[Gate]
) -> ConflictError:
    """Who was first at those that are still open, or decided the last that was."""
    none = f"execution {header.execution_id} is {header.status} and no gate is open"
    if firsts:
        told = "; ".join(words_for_first(first, _about(header, gate)) for gate, first in firsts)
        return refused_because(header, f"{none} that nobody has decided: {told}")
    decided = (gate for gate in gates if gate.decided_at is not None)
    last = max(decided, key=lambda gate: (gate.decided_at, gate.number), default=None)
    if last is None:
        return refused_because(header, none)
    return refused_because(
        header,
        f"{none}; the last one, of {_about(header, last)}, is {decision_words(last)}",
        **details_of_decision(last),
    )


def _about(header: ExecutionHeader, gate: Gate) -> str:
    return "the pause" if gate.scope == PAUSE_SCOPE else words_for(header.summary(int(gate.scope)))


def _listed(header: ExecutionHeader, gate: Gate) -> dict[str, object]:
    listed: dict[str, object] = {
        "scope": gate.scope,
        "number": gate.number,
        "kind": gate.kind.value,
        "openedAt": format_instant(gate.opened_at),
    }
    if gate.scope != PAUSE_SCOPE:
        wave = header.summary(int(gate.scope))
        listed |= {"waveNumber": wave.wave_number, "waveName": wave.wave_name}
    return listed
