"""The timeline of an execution: append-only."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from shared.models.base import Instant, Model
from shared.models.request import Request


class EventType(StrEnum):
    """What happened."""

    EXECUTION_STARTED = "EXECUTION_STARTED"
    EXECUTION_STATUS = "EXECUTION_STATUS"
    WAVE_STATUS = "WAVE_STATUS"
    SERVER_LAUNCH = "SERVER_LAUNCH"
    SERVER_HEALTH = "SERVER_HEALTH"
    LAUNCH_STARTED = "LAUNCH_STARTED"
    LAUNCH_ADOPTED = "LAUNCH_ADOPTED"
    LAUNCH_REFUSED = "LAUNCH_REFUSED"
    LAUNCH_LOST = "LAUNCH_LOST"
    LAUNCH_DONE = "LAUNCH_DONE"
    LAUNCH_ABANDONED = "LAUNCH_ABANDONED"
    COMMAND_SENT = "COMMAND_SENT"
    GATE_OPENED = "GATE_OPENED"
    GATE_DECIDED = "GATE_DECIDED"
    REQUEST_MADE = "REQUEST_MADE"
    REQUEST_CONSUMED = "REQUEST_CONSUMED"
    WAITING = "WAITING"
    RUN_REPLACED = "RUN_REPLACED"
    MAIL_SENT = "MAIL_SENT"
    TERMINATION_STATUS = "TERMINATION_STATUS"
    SETTINGS_LEFT = "SETTINGS_LEFT"
    SETTINGS_GIVEN_UP = "SETTINGS_GIVEN_UP"
    OPS_ITEM_MADE = "OPS_ITEM_MADE"


class ExecutionEvent(Model):
    """One line of the timeline; ordered by time, step and index within the step."""

    execution_id: str
    plan_id: str
    time: Instant
    step: int
    index: int
    type: EventType
    message: str
    actor: str = "engine"
    wave_number: int | None = None
    details: dict[str, Any] = Field(default_factory=dict)


def request_made(
    request: Request, message: str, *, wave_number: int | None = None, call_id: str | None = None
) -> ExecutionEvent:
    """The event that tells of a request, written with it at once; what was not named is left out.

    `call_id` is the request id of the call that made it, by which the audit log knows it.
    """
    named = {
        "scope": request.scope,
        "number": request.number,
        "relaunch": request.relaunch or None,
        "acceptedCodes": list(request.accepted_codes) or None,
        "callId": call_id or None,
    }
    return ExecutionEvent(
        execution_id=request.execution_id,
        plan_id=request.plan_id,
        time=request.requested_at,
        step=0,
        index=0,
        type=EventType.REQUEST_MADE,
        message=message,
        actor=request.requested_by,
        wave_number=wave_number,
        details={"requestId": request.request_id, "kind": request.kind.value}
        | {name: value for name, value in named.items() if value is not None},
    )
