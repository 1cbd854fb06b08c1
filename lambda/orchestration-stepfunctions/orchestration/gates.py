"""The run of a gate: open, await, record. Its token decides exactly this gate, nothing else does."""

import math
from datetime import datetime
from typing import Final

from orchestration.calls import Answer, AwaitCall, GateCall, Next, RecordCall
from orchestration.dependencies import Dependencies
from shared.aws.ports import RunStatus
from shared.errors import ConflictError
from shared.models.event import request_made
from shared.models.execution import LIVE_STATUSES
from shared.models.gate import Gate, GateStatus
from shared.models.request import Request, RequestKind
from shared.services.runs import GATE_CLOSED
from shared.services.waking import wake
from shared.stores.refusals import AlreadyExistsError, NotOpenError

LONGEST_WAIT: Final = 300 * 24 * 3600
"""After 300 days the wait begins anew, with a new token and a new mail."""

MAIL_HOLDER: Final = "holder of the mail's command"


def open_gate(call: GateCall, deps: Dependencies) -> Answer:
    """How long this gate may still wait; a decided one needs no wait."""
    gate = _gate(call, deps)
    if gate is None or gate.status is not GateStatus.OPEN:
        return Answer(next=Next.DONE)
    remaining = math.ceil((gate.expires_at - deps.clock.now()).total_seconds())
    if remaining <= 0:
        return Answer(next=Next.EXPIRED)
    return Answer(next=Next.AWAIT, timeout_seconds=min(remaining, LONGEST_WAIT))


def await_decision(call: AwaitCall, deps: Dependencies) -> Answer:
    """Keep the token and have it mailed; a gate that is decided ends this wait instead and mails nothing."""
    try:
        gate = deps.executions.store_token(
            call.execution_id, call.plan_id, call.scope, call.number, visit=call.order, token=call.token
        )
    except NotOpenError as refused:
        if refused.gate.status is not GateStatus.OPEN:
            deps.runs.fail(call.token, GATE_CLOSED, "the gate is decided already")
        return Answer(next=Next.DONE)
    mail_gate(gate, deps)
    return Answer(next=Next.DONE)


def mail_gate(gate: Gate, deps: Dependencies) -> None:
    """Have the commands that decide this gate mailed; the formatter reads the token from the item."""
    deps.functions.invoke_later(
        deps.formatter,
        {
            "eventType": "pause",
            "executionId": gate.execution_id,
            "planId": gate.plan_id,
            "gateScope": gate.scope,
            "gateNumber": gate.number,
        },
    )


def record_decision(call: RecordCall, deps: Dependencies) -> Answer:
    """Write what ended the wait as a request of this gate, once, and wake the execution."""
    gate = _gate(call, deps)
    if gate is None or gate.status is not GateStatus.OPEN:
        return Answer(next=Next.DONE)
    now = deps.clock.now()
    if call.decision is RequestKind.EXPIRED and now < gate.expires_at:
        return Answer(next=Next.REOPEN)
    request = _request(gate, call.decision, now)
    try:
        event = request_made(request, f"{request.kind.capitalize()} by {request.requested_by}")
        inbox = deps.executions.put_request(request, allowed=LIVE_STATUSES, event=event)
    except AlreadyExistsError:
        inbox = deps.executions.get_inbox(call.execution_id, call.plan_id)
    except ConflictError:
        # the execution has ended: there is nothing left to decide
        return Answer(next=Next.DONE)
    wake(inbox, deps.runs)
    return Answer(next=Next.DONE)


def _request(gate: Gate, decision: RequestKind, now: datetime) -> Request:
    """The decision under the gate's own id: however often it is written, it is one."""
    return Request(
        execution_id=gate.execution_id,
        plan_id=gate.plan_id,
        request_id=gate.decision_request_id,
        kind=decision,
        scope=gate.scope,
        number=gate.number,
        requested_by="the gate's expiry" if decision is RequestKind.EXPIRED else MAIL_HOLDER,
        requested_at=now,
    )


def end_gate_run(gate: Gate, deps: Dependencies) -> bool:
    """End the wait of a decided gate; whether its run is known to have ended, which is then recorded."""
    if gate.token is not None:
        deps.runs.fail(gate.token, GATE_CLOSED, f"the gate is {gate.status}")
    if deps.runs.run_status(gate.run_name) is RunStatus.RUNNING:
        return False
    deps.executions.confirm_gate_closed(gate)
    return True


def _gate(call: GateCall, deps: Dependencies) -> Gate | None:
    header = deps.executions.get_header(call.execution_id, call.plan_id)
    return deps.executions.gate(header, call.scope, call.number)
