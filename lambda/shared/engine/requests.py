"""Requests of operators and of gates' runs, in one order, each consumed or refused with the state that refused it."""

from typing import assert_never

from shared.engine.gates import close_gate, gate_words, may_start, open_gate
from shared.engine.retrying import Outcome, ending, may_decide, present_state, retry_wave, skip_wave
from shared.engine.state import Draft
from shared.models.event import EventType
from shared.models.execution import ExecutionStatus
from shared.models.gate import PAUSE_SCOPE, Gate, GateKind, GateStatus
from shared.models.recovery_plan import wave_words
from shared.models.request import Request, RequestKind, RequestState
from shared.models.wave_record import WaveStatus


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
        case RequestKind.RETRY:
            return retry_wave(draft, request)
        case RequestKind.SKIP:
            return skip_wave(draft, request)
        case _:
            assert_never(request.kind)


def _cancel(draft: Draft, request: Request) -> Outcome:
    refused = ending(draft)
    if refused:
        return refused
    because = f" ({request.reason})" if request.reason else ""
    draft.move_execution(
        ExecutionStatus.CANCELLING, f"cancelled by {request.requested_by}{because}", actor=request.requested_by
    )
    draft.change_header(cancelled_by=request.requested_by)
    return RequestState.APPLIED, "nothing new starts, running jobs are followed for as long as their waves say"


def _decide_against(draft: Draft, request: Request) -> Outcome:
    gate = draft.named_gate(request)
    if gate is None or not may_decide(gate, request):
        return RequestState.ALREADY_DECIDED, present_state(gate)
    if request.kind is RequestKind.REJECT:
        _close(draft, gate, GateStatus.REJECTED, "rejected", request)
        return _cancel(draft, request)
    _close(draft, gate, GateStatus.EXPIRED, "nobody decided in time", request)
    if draft.header.status in (ExecutionStatus.RUNNING, ExecutionStatus.PAUSED):
        words = f"the gate {gate_words(gate)} expired undecided"
        draft.move_execution(ExecutionStatus.DRAINING, words)
        draft.change_header(expired_gate=words)
    return RequestState.APPLIED, "the execution ends"


def _approve(draft: Draft, request: Request) -> Outcome | None:
    if request.number is None:
        return _approve_ahead(draft, request)
    gate = draft.named_gate(request)
    if gate is None or not may_decide(gate, request):
        return RequestState.ALREADY_DECIDED, present_state(gate)
    refused = ending(draft)
    if refused:
        return refused
    if gate.kind is not GateKind.PAUSE and not draft.load(int(gate.scope)):
        return None
    match gate.kind:
        case GateKind.APPROVAL:
            draft.change_wave(int(gate.scope), approved_by=request.requested_by, approved_at=draft.now)
        case GateKind.FAILURE:
            draft.change_wave(int(gate.scope), continued_by=request.requested_by)
    _close(draft, gate, GateStatus.APPROVED, "approved", request)
    return RequestState.APPLIED, f"the gate {gate_words(gate)} is approved"


def _approve_ahead(draft: Draft, request: Request) -> Outcome | None:
    """An approval by name: of the wave's gate if it is open by now, else of the gate to come."""
    refused = ending(draft)
    if refused:
        return refused
    if request.scope is None or request.scope == PAUSE_SCOPE:
        return RequestState.REFUSED, "no gate was named"
    number = int(request.scope)
    gate = draft.open_gate(request.scope, GateKind.APPROVAL)
    if gate is not None:
        return _approve(draft, request.model_copy(update={"number": gate.number}))
    if not draft.load(number):
        return None
    wave = draft.waves[number]
    if wave.status is not WaveStatus.PENDING:
        return RequestState.ALREADY_DECIDED, f"{wave_words(number)} is {wave.status} already"
    if wave.approved_by is not None:
        return RequestState.ALREADY_DECIDED, f"{wave_words(number)} was approved by {wave.approved_by}"
    draft.change_wave(number, approved_by=request.requested_by, approved_at=draft.now)
    draft.event(
        EventType.GATE_DECIDED,
        f"{wave_words(number, first=True)} is approved ahead of time by {request.requested_by}",
        wave=number,
        actor=request.requested_by,
    )
    return RequestState.APPLIED, f"{wave_words(number)} is approved ahead of time"


def _pause(draft: Draft, request: Request) -> Outcome:
    refused = ending(draft)
    if refused:
        return refused
    if not draft.header.pause_closed:
        return RequestState.ALREADY_DECIDED, "the execution is paused already"
    if not may_start(draft):
        return RequestState.REFUSED, "nothing is left to start"
    because = request.reason or f"paused by {request.requested_by}"
    latest = draft.latest_gate(PAUSE_SCOPE)
    if latest is not None and latest.status is GateStatus.OPEN:
        # a step that lost its commit has opened it
        number = latest.number
    else:
        # the reconciler may have replaced a gate by the next one, of which the header knows nothing
        number = max(draft.header.pause_gate, latest.number if latest else 0) + 1
        open_gate(draft, GateKind.PAUSE, PAUSE_SCOPE, number, because, actor=request.requested_by)
    draft.change_header(pause_gate=number, pause_closed=False)
    return RequestState.APPLIED, "running jobs finish, nothing is launched"


def _close(draft: Draft, gate: Gate, status: GateStatus, reason: str, request: Request) -> None:
    close_gate(draft, gate, status, reason, decided_by=request.requested_by, decision_id=request.request_id)
