"""What may be asked about a wave, and which gate that decides: pure, from the wave, the gates and the requests."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from execution.decisions import (
    details_of_first,
    first_about_wave,
    first_at_gate,
    gate_was_decided,
    latest_gate,
    words_for_first,
)
from execution.named_wave import NamedWave, words_for
from execution.refusing import must_take_requests
from shared.execution_utils import WAVES_TO_RETRY, WAVES_TO_SKIP, stops_the_plan, waits_at_failure_gate
from shared.models.base import format_instant
from shared.models.execution import WaveSummary
from shared.models.gate import Gate, GateKind, GateStatus
from shared.models.recovery_plan import FailurePolicy
from shared.models.request import Request, RequestKind
from shared.models.wave_record import WaveStatus


@dataclass(frozen=True, slots=True)
class WaveRule:
    """From which statuses of a wave a request about it is legal; `done` is what the wave is afterwards, in words."""

    kind: RequestKind
    allowed: AbstractSet[WaveStatus]
    done: str


RETRY: Final = WaveRule(RequestKind.RETRY, WAVES_TO_RETRY, "retried")
ACCEPT: Final = WaveRule(RequestKind.RETRY, WAVES_TO_RETRY | {WaveStatus.LAUNCHING}, "retried")
"""Of a wave that is being launched it is only accepted how its servers are."""
SKIP: Final = WaveRule(RequestKind.SKIP, WAVES_TO_SKIP, "skipped")
_DONE: Final = {rule.kind: rule.done for rule in (RETRY, SKIP)}


def must_be_allowed(wave: NamedWave, rule: WaveRule, last: Request | None) -> None:
    """ConflictError unless the execution takes requests, its plan goes on, and the wave is in a status of the rule.

    `last` is the retry or skip that was last taken up for the wave: who asks for it too late is told who was first.
    """
    must_take_requests(wave.header, f"none of its waves can be {rule.done}", **wave.present_state)
    stopper = next((summary for summary in wave.header.waves if _stops_the_plan(summary, wave)), None)
    if stopper is not None:
        raise wave.refused(
            f"{wave.words} cannot be {rule.done}: {words_for(stopper)} went wrong, its failure policy is "
            f"{FailurePolicy.STOP}, and nothing new starts anywhere"
        )
    if wave.status not in rule.allowed:
        possible = ", ".join(sorted(rule.allowed))
        before = f", {_DONE[last.kind]} by {last.requested_by} at {format_instant(last.requested_at)}" if last else ""
        raise wave.refused(
            f"{wave.words} is {wave.status}{before}; to be {rule.done} it must be one of {possible}",
            **(details_of_first(last) if last else {}),
        )


def _stops_the_plan(summary: WaveSummary, wave: NamedWave) -> bool:
    """The wave's own record may be ahead of what the header knows of it."""
    status = wave.status if summary.wave_number == wave.summary.wave_number else summary.status
    return stops_the_plan(status, summary.failure_policy)


def gate_to_decide(wave: NamedWave, gates: Sequence[Gate], requests: Iterable[Request]) -> int | None:
    """The number of the gate that a retry or a skip of this wave decides; None if it decides none.

    ConflictError if that gate is decided, or somebody was first to ask for something about it or the wave.
    """
    kind = _waits_at(wave)
    gate = latest_gate(gates, wave.scope, kind) if kind else None
    if gate is None:
        first = first_about_wave(wave.scope, requests)
    elif gate.status is not GateStatus.OPEN:
        raise gate_was_decided(wave, gate)
    else:
        first = first_at_gate(gate, gates, requests)
    if first is not None:
        raise wave.refused(words_for_first(first, wave.words), **details_of_first(first))
    return gate.number if gate else None


def must_mean(wave: NamedWave, named: int, deciding: int | None, gates: Iterable[Gate]) -> None:
    """ConflictError unless the gate that was named, or the one that took its place, is the one that is decided."""
    by_number = {gate.number: gate for gate in gates if gate.scope == wave.scope}
    gate = by_number.get(named)
    while gate is not None and gate.replaced_by is not None:
        gate = by_number.get(gate.replaced_by)
    if gate is None:
        raise wave.refused(f"{wave.words} has no gate {named}", gateNumber=named)
    if gate.number != deciding:
        raise gate_was_decided(wave, gate, deciding)


def _waits_at(wave: NamedWave) -> GateKind | None:
    """The kind of gate at which the wave waits; a wave that is approved and held back by a pause waits at none."""
    if waits_at_failure_gate(wave.status, wave.summary):
        return GateKind.FAILURE
    if wave.status is WaveStatus.AWAITING_APPROVAL and wave.approved_by is None:
        return GateKind.APPROVAL
    return None
