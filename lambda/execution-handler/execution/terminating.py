"""Termination of what an execution launched: asked for here, carried out by a run of its own."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from typing import Any, Protocol

from execution.refusing import refused_because
from execution.terminating_once import LeftInstance, Once, TerminationStarted, left_instance, started
from execution.tying import ExecutionTies
from execution.undoing import undone
from shared.aws.ports import RunsPort
from shared.clock import Clock
from shared.engine.texts import counted
from shared.errors import (
    DrsOrchestrationError,
    ErrorCode,
    ExecutionError,
    NotFoundError,
    ThrottledError,
    ValidationError,
)
from shared.execution_utils import can_terminate_execution, free_for_termination, launched_servers, servers_let_go
from shared.models.base import Model
from shared.models.event import EventType, ExecutionEvent
from shared.models.execution import ExecutionHeader
from shared.models.launch import LaunchRecord
from shared.models.lock import LockOwner
from shared.models.targets import ServerKey
from shared.models.termination import Termination, TerminationStatus
from shared.observability import Observability
from shared.operations import Context, Success, operation
from shared.roles import Permission
from shared.services.judging import ID, judge_by
from shared.services.request_fields import ClientToken, ExecutionId, Reason
from shared.services.runs import start_termination_run
from shared.stores.execution_store import ExecutionStore
from shared.stores.lock_store import LockStore
from shared.stores.refusals import AlreadyExistsError, StepLostError


class TerminatesInstances(Protocol):
    """What a termination needs."""

    @property
    def executions(self) -> ExecutionStore:
        """The executions."""
        ...

    @property
    def locks(self) -> LockStore:
        """Who holds which server."""
        ...

    @property
    def ties(self) -> ExecutionTies:
        """Who uses which account."""
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
    def observability(self) -> Observability:
        """Where a run that could not be started is logged."""
        ...


class TerminateInstances(Model):
    """`confirm` repeats the execution's id; a RECOVERY is never terminated without it."""

    execution_id: ExecutionId
    confirm: str | None = None
    reason: Reason = ""
    client_token: ClientToken | None = None


def _confirmed(request: TerminateInstances, context: Context[TerminatesInstances]) -> None:
    _must_be_confirmed(request, context.app.executions.find(request.execution_id))


@operation(
    "terminate_instances",
    http="POST /executions/{executionId}/terminate-instances",
    permission=Permission.TERMINATE_INSTANCES,
    success=Success.ACCEPTED,
    raises=(ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.CONFLICT_ERROR),
    judge=judge_by(TerminateInstances, _confirmed, stand_ins={"executionId": ID}),
)
def terminate_instances(request: TerminateInstances, context: Context[TerminatesInstances]) -> TerminationStarted:
    """Terminate exactly the instances that this execution launched; a termination that is under way is adopted.

    Instances that were there before and into which servers were launched are named, and left as they are.
    """
    app = context.app
    once = Once(request, request.client_token, app.executions)
    first = once.first()
    if first is not None:
        _begin_again(first, context, once)
        return first
    header = app.executions.find(request.execution_id)
    _must_be_confirmed(request, header)
    launches = app.executions.launches(header)
    servers = launched_servers(launches)
    if not header.is_terminal:
        raise refused_because(
            header, f"execution {header.execution_id} is {header.status}: its instances can be terminated once it ended"
        )
    if not can_terminate_execution(header, len(servers)):
        raise refused_because(header, f"execution {header.execution_id} launched nothing")
    once.left = _left(header, servers, app)
    termination = _running_or_new(header, servers, request.reason, context, once)
    _begin(header, termination, launches, context, once)
    return started(termination, once.left)


def _left(
    header: ExecutionHeader, launched: Collection[ServerKey], app: TerminatesInstances
) -> tuple[LeftInstance, ...]:
    """The instances into which servers of those that may have been launched were launched."""
    latest = app.executions.latest_termination(header)
    if not header.launch_into_count and (latest is None or not latest.left_count):
        return ()
    asked = set(launched)
    return tuple(
        left_instance(server, server.into)
        for server in app.executions.servers(header)
        if server.into is not None and server.server in asked
    )


def _begin_again(first: TerminationStarted, context: Context[TerminatesInstances], once: Once) -> None:
    """See to it that a repeated call's termination runs, of which the first call may not have come so far."""
    executions = context.app.executions
    try:
        header = executions.find(first.execution_id)
    except NotFoundError:
        # An execution is deleted only when its terminations have ended.
        return
    _begin(header, executions.termination(header, first.number), executions.launches(header), context, once)


def _begin(
    header: ExecutionHeader,
    termination: Termination | None,
    launches: Iterable[LaunchRecord],
    context: Context[TerminatesInstances],
    once: Once,
) -> None:
    """See to it that it runs; if it fails before it has begun, the same call again is to begin another."""
    if termination is None:
        return
    try:
        _ensure_run(header, termination, launches, context)
    except DrsOrchestrationError:
        left = "repeated with its client token the call answers that the termination runs"
        undone("the kept answer", once.forget, context.app.observability, left=left)
        raise


def _must_be_confirmed(request: TerminateInstances, header: ExecutionHeader) -> None:
    """A recovery by its id; a wrong id is a mistake whatever the type."""
    if request.confirm == header.execution_id or (header.is_drill and request.confirm is None):
        return
    raise ValidationError.one(
        "confirm",
        f"must be {header.execution_id}: the instances of a {header.execution_type.lower()} are to be terminated",
        "CONFIRMATION_REQUIRED" if request.confirm is None else "CONFIRMATION_MISMATCH",
    )


def _running_or_new(
    header: ExecutionHeader,
    servers: tuple[ServerKey, ...],
    reason: str,
    context: Context[TerminatesInstances],
    once: Once,
) -> Termination:
    """The termination that runs, or the next, which knows whether an earlier one has let go of servers."""
    app, actor = context.app, context.actor
    latest = app.executions.latest_termination(header)
    if latest is not None and latest.status is TerminationStatus.RUNNING:
        if latest.is_given_up:
            raise ThrottledError(
                f"Termination {latest.number} has given up and ends in a moment; ask again then", retryAfterSeconds=5
            )
        once.keep(latest)
        return latest
    now = app.clock.now()
    # read after it was seen that none runs: then nobody lets go of any more
    let_go = _let_go(header, app) if latest is not None else ()
    number = header.termination_count + 1
    termination = Termination(
        execution_id=header.execution_id,
        plan_id=header.plan_id,
        number=number,
        status_reason=reason,
        requested_by=actor,
        requested_at=now,
        server_count=len(servers),
        left_count=len(once.left),
        lacks_locks=bool(let_go),
        **_still_left(latest),
    )
    try:
        with app.ties.reopening(header, number, servers):
            app.executions.create_termination(termination, once.keeping(termination))
    except AlreadyExistsError as error:
        other = app.executions.termination(header, number)
        if other is None:
            raise ThrottledError("the same request is being carried out; ask again", retryAfterSeconds=1) from error
        once.keep(other)
        return other
    because = f": {reason}" if reason else ""
    but = f"; it leaves {counted(len(once.left), 'instance')} that had been there before" if once.left else ""
    _note(header, number, f"Termination {number} requested by {actor}{because}{but}", actor, context)
    return termination


def _still_left(earlier: Termination | None) -> dict[str, Any]:
    """What the next termination knows of what an earlier one has left, until it has looked itself."""
    if earlier is None:
        return {}
    return earlier.model_dump(include={"found_count", "remaining_count", "survivor_count", "silent"})


def _let_go(header: ExecutionHeader, app: TerminatesInstances) -> Collection[ServerKey]:
    return servers_let_go(app.executions.servers(header))


def _ensure_run(
    header: ExecutionHeader,
    termination: Termination,
    launches: Iterable[LaunchRecord],
    context: Context[TerminatesInstances],
) -> None:
    """Locks, then the run; whoever finds a termination without a run does both for it, unless a round has begun.

    The item is there before its locks, because a lock whose owner cannot be looked up could never be judged. A round
    takes the locks itself, and may have let go of some.
    """
    if termination.status is not TerminationStatus.RUNNING:
        return
    app = context.app
    try:
        if app.runs.run_status(termination.run_name) is not None:
            return
        if not termination.visit:
            let_go = _let_go(header, app) if termination.lacks_locks else ()
            if not _take_locks(header, termination, free_for_termination(launches, let_go), context):
                return
        start_termination_run(termination, app.runs)
    except ExecutionError as error:
        # The item says RUNNING: the reconciler starts its run within a minute.
        app.observability.logger.warning(
            "could not start the termination's run", executionId=header.execution_id, cause=str(error)
        )


def _take_locks(
    header: ExecutionHeader,
    termination: Termination,
    servers: Sequence[ServerKey],
    context: Context[TerminatesInstances],
) -> bool:
    """Whether it still runs with its locks: one that others ended while we stood still is to hold none.

    Nor is anything locked once a round has begun, however late we wake: rounds lock for themselves, and free all.
    """
    app = context.app
    owner = LockOwner.of_termination(header, termination.number)
    has_begun = False
    try:
        app.locks.take(servers, owner, while_true=app.executions.not_begun(termination))
    except StepLostError:
        has_begun = True
    except DrsOrchestrationError as error:
        # A termination without its locks must not be found RUNNING, or its run would be started.
        failed = termination.model_copy(
            update={
                "status": TerminationStatus.FAILED,
                "status_reason": error.message,
                "ended_at": app.clock.now(),
            }
        )
        # Lost: whoever adopted it at the same moment met the same refusal and has written it down.
        with suppress(StepLostError):
            app.executions.update_termination(failed)
            app.locks.release(servers, owner)
            message = f"Termination {termination.number} is FAILED: {error.message}"
            _note(header, termination.number, message, termination.requested_by, context)
            if not header.open:
                # this termination alone has put the execution on the reconciler's list
                app.executions.close(header.model_copy(update={"termination_count": termination.number}))
        raise
    present = app.executions.termination(header, termination.number)
    if present is not None and present.status is TerminationStatus.RUNNING:
        return not has_begun
    app.locks.release(servers, owner)
    return False


def _note(
    header: ExecutionHeader, number: int, message: str, actor: str, context: Context[TerminatesInstances]
) -> None:
    app = context.app
    event = ExecutionEvent(
        execution_id=header.execution_id,
        plan_id=header.plan_id,
        time=app.clock.now(),
        step=0,
        index=0,
        type=EventType.TERMINATION_STATUS,
        message=message,
        actor=actor,
        details={"number": number, "callId": context.request_id},
    )
    app.executions.append_events((event,))
