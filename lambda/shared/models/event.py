"""The timeline of an execution: append-only."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from shared.models.base import Instant, Model


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
    GATE_OPENED = "GATE_OPENED"
    GATE_DECIDED = "GATE_DECIDED"
    REQUEST_MADE = "REQUEST_MADE"
    REQUEST_CONSUMED = "REQUEST_CONSUMED"
    WAITING = "WAITING"
    RUN_REPLACED = "RUN_REPLACED"
    MAIL_SENT = "MAIL_SENT"
    TERMINATION_STATUS = "TERMINATION_STATUS"


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
