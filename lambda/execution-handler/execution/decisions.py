"""Who was first to decide about a gate or a wave: pure, from the gates and the requests not yet taken up."""

from collections.abc import Iterable
from typing import Final

from execution.named_wave import NamedWave
from shared.errors import ConflictError
from shared.models.base import format_instant
from shared.models.gate import Gate, GateKind
from shared.models.request import Request, RequestKind

_NOUNS: Final = {
    RequestKind.APPROVE: "approval",
    RequestKind.REJECT: "rejection",
    RequestKind.EXPIRED: "expiry",
    RequestKind.RETRY: "retry",
    RequestKind.SKIP: "skip",
}
"""What decides a gate."""

_ABOUT_A_WAVE: Final = frozenset({RequestKind.RETRY, RequestKind.SKIP})


def latest_gate(gates: Iterable[Gate], scope: str, kind: GateKind | None = None) -> Gate | None:
    """The gate of that scope, and kind if one is given, that opened last."""
    of_scope = (gate for gate in gates if gate.scope == scope and kind in (None, gate.kind))
    return max(of_scope, key=lambda gate: gate.number, default=None)


def first_at_gate(gate: Gate, gates: Iterable[Gate], requests: Iterable[Request]) -> Request | None:
    """The request that decides this gate as soon as it is taken up."""
    successors = {one.number: one.replaced_by for one in gates if one.scope == gate.scope}
    return next((request for request in requests if _decides(request, gate, successors)), None)


def _decides(request: Request, gate: Gate, successors: dict[int, int | None]) -> bool:
    """A request without a number is about the wave: an approval about its beginning, others about whatever it is."""
    if request.kind not in _NOUNS or request.scope != gate.scope:
        return False
    if request.number is None:
        return request.kind is not RequestKind.APPROVE or gate.kind is GateKind.APPROVAL
    number: int | None = request.number
    while number is not None and number != gate.number:
        number = successors.get(number)
    return number is not None


def first_about_wave(scope: str, requests: Iterable[Request]) -> Request | None:
    """The retry or skip of that wave that is to be taken up, whatever gate it names."""
    return next((request for request in requests if request.kind in _ABOUT_A_WAVE and request.scope == scope), None)


def words_for_first(first: Request, about: str) -> str:
    """Who asked for what before."""
    asked = f"{_NOUNS[first.kind]} requested at {format_instant(first.requested_at)}"
    return f"{first.requested_by} was first to decide about {about}: {asked}"


def details_of_first(first: Request) -> dict[str, object]:
    """The same for programs."""
    return {
        "requested": first.kind.value,
        "requestedBy": first.requested_by,
        "requestedAt": format_instant(first.requested_at),
    }


def gate_was_decided(wave: NamedWave, gate: Gate, now_at: int | None = None) -> ConflictError:
    """What the wave's gate is, and by whom; and at which gate the wave waits `now_at`, if it is a later one."""
    waits = "" if now_at is None else f"; the wave waits at gate {now_at} now, which has a mail of its own"
    return wave.refused(f"the gate of {wave.words} is {decision_words(gate)}{waits}", **details_of_decision(gate))


def decision_words(gate: Gate) -> str:
    """What a decided gate is, and by whom."""
    return f"{gate.status} already, by {gate.decided_by}"


def details_of_decision(gate: Gate) -> dict[str, object]:
    """The same for programs."""
    return {"gateNumber": gate.number, "gateStatus": gate.status.value, "decidedBy": gate.decided_by}
