"""delete_executions: what has ended and is looked after no more, with everything that was written about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Protocol

from pydantic import Field

from shared.clock import Clock
from shared.errors import ConflictError, ConflictReason, ErrorCode, NotFoundError, ThrottledError
from shared.models.base import Model
from shared.models.execution import ExecutionHeader
from shared.observability import Observability
from shared.operations import Context, Success, operation
from shared.roles import Permission
from shared.services.preflight_deps import PreflightDeps
from shared.services.request_fields import ExecutionId
from shared.stores.execution_store import ExecutionStore

DELETE_SECONDS: Final = 20
"""Wall seconds; API Gateway gives up after 29. An execution of 4,000 servers takes some 5."""

RETRY_AFTER_SECONDS: Final = 1


class DeletesExecutions(Protocol):
    """What a deletion needs."""

    @property
    def executions(self) -> ExecutionStore:
        """The executions."""
        ...

    @property
    def preflight(self) -> PreflightDeps:
        """Where it is known what an execution has reserved."""
        ...

    @property
    def clock(self) -> Clock:
        """Engine time."""
        ...

    @property
    def observability(self) -> Observability:
        """Where it is written who deleted what."""
        ...


class DeleteExecutions(Model):
    """Up to 25 executions; one that was deleted within the last day is no mistake."""

    execution_ids: Annotated[tuple[ExecutionId, ...], Field(min_length=1, max_length=25)]


@dataclass(frozen=True)
class _Doomed:
    """An execution to delete; without a header it is hidden already."""

    execution_id: str
    plan_id: str
    header: ExecutionHeader | None = None


@operation(
    "delete_executions",
    http="DELETE /executions",
    permission=Permission.DELETE_EXECUTIONS,
    success=Success.DELETED,
    raises=(ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.CONFLICT_ERROR),
)
def delete_executions(request: DeleteExecutions, context: Context[DeletesExecutions]) -> None:
    """Delete executions that have ended, all of them or, if one may not be deleted, none.

    Repeated after it ran out of time it deletes the rest.
    """
    app = context.app
    until = app.clock.now() + app.clock.wall(DELETE_SECONDS)
    doomed = _found(list(dict.fromkeys(request.execution_ids)), app.executions)
    _must_be_over([one.header for one in doomed if one.header is not None], app)
    for place, one in enumerate(doomed):
        try:
            _delete(one, context, until)
        except ThrottledError as error:
            left = [each.execution_id for each in doomed[place:]]
            error.also(f"; still to be deleted: {', '.join(left)}", executionIds=left)
            raise


def _found(execution_ids: Sequence[str], executions: ExecutionStore) -> list[_Doomed]:
    """What these ids mean; NotFoundError names all that mean nothing."""
    found = [_doomed(execution_id, executions) for execution_id in execution_ids]
    unknown = [each for each, one in zip(execution_ids, found, strict=True) if one is None]
    if unknown:
        words = f"is no execution {unknown[0]}" if len(unknown) == 1 else f"are no executions {', '.join(unknown)}"
        raise NotFoundError(f"There {words}; nothing was deleted", resource="execution", ids=unknown)
    return [one for one in found if one is not None]


def _doomed(execution_id: str, executions: ExecutionStore) -> _Doomed | None:
    try:
        header = executions.find(execution_id)
    except NotFoundError:
        plan_id = executions.plan_of_hidden(execution_id)
        return None if plan_id is None else _Doomed(execution_id, plan_id)
    return _Doomed(execution_id, header.plan_id, header)


def _must_be_over(headers: Iterable[ExecutionHeader], app: DeletesExecutions) -> None:
    """ConflictError names every execution that somebody still works for, and why."""
    kept = [(header, why) for header in headers if (why := _still_needed(header, app))]
    if kept:
        raise ConflictError(
            f"{'; '.join(f'execution {header.execution_id} {why}' for header, why in kept)}; nothing was deleted",
            reason=ConflictReason.INVALID_STATE,
            executions=[
                {"executionId": header.execution_id, "status": header.status.value, "why": why} for header, why in kept
            ],
        )


def _still_needed(header: ExecutionHeader, app: DeletesExecutions) -> str | None:
    if not header.is_terminal:
        return f"is {header.status}: cancel it and wait for its end"
    if header.abandoned_count and any(launch.is_abandoned for launch in app.executions.launches(header)):
        # the LAUNCH item alone can tell one day that the job has ended: without it the locks would hold for ever
        return "ended while a DRS job of it ran on, which still holds servers: wait for the job's end"
    if header.open:
        return "has ended and something of it is still under way, a mail, a gate or a termination: wait a few minutes"
    if _holds_room(header, app):
        return "still holds room in the quotas of DRS: it is freed within a minute or two"
    return None


def _holds_room(header: ExecutionHeader, app: DeletesExecutions) -> bool:
    rows = app.preflight.quotas.get_many(header.targets).values()
    return any(one.execution_id == header.execution_id for row in rows for one in row.reservations)


def _delete(one: _Doomed, context: Context[DeletesExecutions], until: datetime) -> None:
    app, executions = context.app, context.app.executions
    if one.header is not None:
        _in_time(app.clock, until)
        if not executions.hide(one.header, app.clock.now()):
            raise ThrottledError(
                f"execution {one.execution_id} changed while it was to be deleted; ask again",
                retryAfterSeconds=RETRY_AFTER_SECONDS,
            )
        app.observability.logger.info(
            "execution deleted",
            executionId=one.execution_id,
            planId=one.plan_id,
            status=one.header.status.value,
            by=context.actor,
        )
    has_more = True
    while has_more:
        _in_time(app.clock, until)
        has_more = executions.delete_some(one.execution_id, one.plan_id)
    executions.forget(one.execution_id, one.plan_id, app.clock.now())


def _in_time(clock: Clock, until: datetime) -> None:
    if clock.now() > until:
        raise ThrottledError(
            f"the deletion takes longer than {DELETE_SECONDS} seconds; ask again",
            retryAfterSeconds=RETRY_AFTER_SECONDS,
        )
