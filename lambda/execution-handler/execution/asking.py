"""Asking the engine for something: one transaction of request, signal and event, then a wake-up."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from execution.refusing import TAKES_REQUESTS
from shared.aws.ports import RunsPort
from shared.clock import Clock
from shared.errors import ExecutionError
from shared.models.base import Model
from shared.models.event import request_made
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.request import Request, RequestKind
from shared.observability import Observability
from shared.operations import Context
from shared.services.waking import wake
from shared.stores.execution_store import ExecutionStore


class ControlsExecutions(Protocol):
    """What pause, resume, cancel, retry and skip need."""

    @property
    def executions(self) -> ExecutionStore:
        """The executions."""
        ...

    @property
    def runs(self) -> RunsPort:
        """The state machine."""
        ...

    @property
    def clock(self) -> Clock:
        """Engine time."""
        ...

    @property
    def new_id(self) -> Callable[[], str]:
        """A new ULID."""
        ...

    @property
    def observability(self) -> Observability:
        """Where a wake-up that failed is logged."""
        ...


class RequestAccepted(Model):
    """The request is stored and will be taken up; `status` is the execution's when it was made.

    Without `request_id` there was nothing left to ask for: it had been done already.
    """

    execution_id: str
    status: ExecutionStatus
    requested: RequestKind
    request_id: str | None = None
    scope: str | None = None
    gate_number: int | None = None
    wave_number: int | None = None
    message: str


@dataclass(frozen=True, slots=True)
class Wish:
    """A request before it is made; `scope` and `number` name a gate."""

    kind: RequestKind
    reason: str
    words: str
    scope: str | None = None
    number: int | None = None
    wave_number: int | None = None
    relaunch: bool = False
    accepted_codes: tuple[str, ...] = ()
    override_reason: str = ""


def ask(header: ExecutionHeader, wish: Wish, context: Context[ControlsExecutions]) -> RequestAccepted:
    """Store the request if the status still allows it (ConflictError if not), then wake the engine."""
    app, actor = context.app, context.actor
    now, request_id = app.clock.now(), app.new_id()
    request = Request(
        execution_id=header.execution_id,
        plan_id=header.plan_id,
        request_id=request_id,
        kind=wish.kind,
        scope=wish.scope,
        number=wish.number,
        relaunch=wish.relaunch,
        accepted_codes=wish.accepted_codes,
        override_reason=wish.override_reason,
        requested_by=actor,
        requested_at=now,
        reason=wish.reason,
    )
    because = f" ({wish.reason})" if wish.reason else ""
    message = f"{wish.words} requested by {actor}{because}"
    event = request_made(request, message, wave_number=wish.wave_number, call_id=context.request_id)
    inbox = app.executions.put_request(request, allowed=TAKES_REQUESTS, event=event)
    try:
        wake(inbox, app.runs)
    except ExecutionError as error:
        # The signal is stored: the reconciler wakes the engine within a minute.
        app.observability.logger.warning("could not wake the engine", executionId=header.execution_id, cause=str(error))
    return RequestAccepted(
        execution_id=header.execution_id,
        status=header.status,
        requested=wish.kind,
        request_id=request_id,
        scope=wish.scope,
        gate_number=wish.number,
        wave_number=wish.wave_number,
        message=f"{wish.words} requested; it is taken up with the engine's next step",
    )
