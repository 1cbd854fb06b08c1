"""Requests of operators and of gates' runs, in one order, each consumed or refused with the state that refused it."""

from typing import assert_never

from shared.engine.gates import close_gate, gate_words, open_gate
from shared.engine.state import Draft
from shared.models.event import EventType
from shared.models.execution import ExecutionStatus
from shared.models.gate import PAUSE_SCOPE, Gate, GateStatus
from shared.models.recovery_plan import wave_words
from shared.models.request import Request, RequestKind, RequestState
from shared.models.wave_record import WaveStatus

Outcome = tuple[RequestState, str]


def apply_requests(draft: Draft) -> None:
    """Consume every request: cancel first, then reject, expired, approve and the rest, each kind in order of time."""
    for request in sorted(draft.state.requests, key=lambda request: request.rank):
        outcome = _apply(draft, request)
        if outcome is None:
            continue
        state, words = outcome
        draft.requests.append(request.model_copy(update={"state": state, "outcome": words}))
        draft.event(
            EventType.REQUEST_CONSUMED,
            f"{request.kind.capitalize()} by {request.requested_by}: {words}",
            actor=request.requested_by,
            requestId=request.request_id,
            kind=request.kind.value,
            state=state.value,
        )


def _apply(draft: Draft, request: Request) -> Outcome | None:
    """What became of the request; None if something must be loaded first."""
    match request.kind:
        case RequestKind.CANCEL:
            return _cancel(draft, request)
        case RequestKind.REJECT | RequestKind.EXPIRED:
            return _decide_against(draft, request)
        case RequestKind.APPROVE:
            return _approve(draft, request)
        case RequestKind.PAUSE:
            return _pause(draft, request)
        case _:
            assert_never(request.kind)


def _ending(draft: Draft) -> Outcome | None:
    """Why nothing more can be asked of this execution, if so."""
    if draft.header.status in (ExecutionStatus.CANCELLING, ExecutionStatus.DRAINING):
        return RequestState.ALREADY_DECIDED, f"the execution is {draft.header.status} already"
    if not draft.unfinished:
        return RequestState.REFUSED, "every wave has ended"
    return None


def _cancel(draft: Draft, request: Request) -> Outcome:
    refused = _ending(draft)
    if refused:
        return refused
    because = f" ({request.reason})" if request.reason else ""
    draft.move_execution(
        ExecutionStatus.CANCELLING, f"cancelled by {request.requested_by}{because}", actor=request.requested_by
    )
    draft.change_header(cancelled_by=request.requested_by)
    return RequestState.APPLIED, "nothing new starts, running jobs are observed to their end"


def _decide_against(draft: Draft, request: Request) -> Outcome:
    gate = _named_gate(draft, request)
    if gate is None or not _may_decide(gate, request):
        return RequestState.ALREADY_DECIDED, _present_state(gate)
    if request.kind is RequestKind.REJECT:
        _close(draft, gate, GateStatus.REJECTED, "rejected", request)
        return _cancel(draft, request)
    _close(draft, gate, GateStatus.EXPIRED, "nobody decided in time", request)
    if draft.header.status in (ExecutionStatus.RUNNING, ExecutionStatus.PAUSED):
        draft.move_execution(ExecutionStatus.DRAINING, f"the gate {gate_words(gate.scope)} expired undecided")
    return RequestState.APPLIED, "the execution ends"


def _approve(draft: Draft, request: Request) -> Outcome | None:
    if request.number is None:
        return _approve_ahead(draft, request)
    gate = _named_gate(draft, request)
    if gate is None or not _may_decide(gate, request):
        return RequestState.ALREADY_DECIDED, _present_state(gate)
    refused = _ending(draft)
    if refused:
        return refused
    if gate.scope != PAUSE_SCOPE:
        number = int(gate.scope)
        if not draft.load(number):
            return None
        draft.waves[number] = draft.waves[number].model_copy(
            update={"approved_by": request.requested_by, "approved_at": draft.now}
        )
    _close(draft, gate, GateStatus.APPROVED, "approved", request)
    return RequestState.APPLIED, f"the gate {gate_words(gate.scope)} is approved"


def _approve_ahead(draft: Draft, request: Request) -> Outcome | None:
    """An approval by name: of the wave's gate if it is open by now, else of the gate to come."""
    refused = _ending(draft)
    if refused:
        return refused
    if request.scope is None or request.scope == PAUSE_SCOPE:
        return RequestState.REFUSED, "no gate was named"
    number = int(request.scope)
    gate = draft.open_gate(request.scope)
    if gate is not None:
        return _approve(draft, request.model_copy(update={"number": gate.number}))
    if not draft.load(number):
        return None
    wave = draft.waves[number]
    if wave.status is not WaveStatus.PENDING:
        return RequestState.ALREADY_DECIDED, f"{wave_words(number)} is {wave.status} already"
    if wave.approved_by is not None:
        return RequestState.ALREADY_DECIDED, f"{wave_words(number)} was approved by {wave.approved_by}"
    draft.waves[number] = wave.model_copy(update={"approved_by": request.requested_by, "approved_at": draft.now})
    draft.event(
        EventType.GATE_DECIDED,
        f"{wave_words(number, first=True)} is approved ahead of time by {request.requested_by}",
        wave=number,
        actor=request.requested_by,
    )
    return RequestState.APPLIED, f"{wave_words(number)} is approved ahead of time"


def _pause(draft: Draft, request: Request) -> Outcome:
    refused = _ending(draft)
    if refused:
        return refused
    if not draft.header.pause_closed:
        return RequestState.ALREADY_DECIDED, "the execution is paused already"
    if not draft.numbers((WaveStatus.PENDING, WaveStatus.AWAITING_APPROVAL)):
        return RequestState.REFUSED, "nothing is left to start"
    because = request.reason or f"paused by {request.requested_by}"
    # the reconciler may have replaced a gate by the next one, of which the header knows nothing
    latest = draft.latest_gate(PAUSE_SCOPE)
    number = max(draft.header.pause_gate, latest.number if latest else 0) + 1
    open_gate(draft, PAUSE_SCOPE, number, because, request.requested_by)
    draft.change_header(pause_gate=number, pause_closed=False)
    return RequestState.APPLIED, "running waves finish, nothing new starts"


def _named_gate(draft: Draft, request: Request) -> Gate | None:
    """The gate that the request is about; if another has taken its place meanwhile, that one."""
    gate = draft.gates.get((request.scope or "", request.number or 0))
    while gate is not None and gate.replaced_by is not None:
        gate = draft.gates.get((gate.scope, gate.replaced_by))
    return gate


def _may_decide(gate: Gate, request: Request) -> bool:
    """An open gate may be decided; one that this very request has decided is decided again the same way."""
    return gate.status is GateStatus.OPEN or gate.decision_id == request.request_id


def _present_state(gate: Gate | None) -> str:
    return "there is no such gate" if gate is None else f"the gate {gate_words(gate.scope)} is {gate.status} already"


def _close(draft: Draft, gate: Gate, status: GateStatus, reason: str, request: Request) -> None:
    close_gate(draft, gate, status, reason, decided_by=request.requested_by, decision_id=request.request_id)
