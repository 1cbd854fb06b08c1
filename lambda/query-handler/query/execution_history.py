"""The timeline of an execution, and how its termination stands: operations of query-handler, from our own table."""

from collections.abc import Iterable
from enum import StrEnum

from shared.errors import ErrorCode
from shared.models.base import Instant, Model
from shared.models.event import ExecutionEvent
from shared.models.server_record import ServerRecord
from shared.operations import Context, operation
from shared.roles import Permission
from shared.services.execution_reads import ReadsExecutions
from shared.services.execution_views import TerminationView, termination_view
from shared.services.judging import ID, judge_by, token_of
from shared.services.request_fields import ExecutionId, Limit, NextToken
from shared.stores.paging import Listing


class GetExecutionEvents(Model):
    """The timeline, oldest first unless `newest_first`."""

    execution_id: ExecutionId
    newest_first: bool = False
    limit: Limit = 50
    next_token: NextToken | None = None


class EventPage(Model):
    """A page of the timeline; without `next_token` it is the last so far."""

    items: tuple[ExecutionEvent, ...]
    next_token: str | None = None


class GetTerminationStatus(Model):
    """The latest termination of an execution."""

    execution_id: ExecutionId


class TerminationState(StrEnum):
    """The states of a termination, and that there is none."""

    NOT_REQUESTED = "NOT_REQUESTED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class LeftInstance(Model):
    """An instance that outlived the calls of a termination: after how many tries of it, and what DRS says of it.

    It is listed until two reads agree that it is gone.
    """

    account_id: str
    region: str
    source_server_id: str
    name: str
    recovery_instance_id: str
    tries: int
    last_tried_at: Instant
    reason: str


class UnknownPlace(Model):
    """An account and region that could not be asked: what is left there is unknown."""

    account_id: str
    region: str
    reason: str


class TerminationReport(Model):
    """How far the execution's instances are gone; `termination` is the latest.

    `left` and `unknown` are what it knows; before it has looked itself, or if it could not begin, from the one before.
    """

    execution_id: str
    status: TerminationState
    termination: TerminationView | None = None
    left: tuple[LeftInstance, ...] = ()
    unknown: tuple[UnknownPlace, ...] = ()


def _page(request: GetExecutionEvents, context: Context[ReadsExecutions]) -> Listing[ExecutionEvent]:
    executions = context.app.executions
    header = executions.find(request.execution_id)
    return executions.events(header, request.limit, request.next_token, forward=not request.newest_first)


@operation(
    "get_execution_events",
    http="GET /executions/{executionId}/events",
    permission=Permission.VIEW_EXECUTIONS,
    raises=(ErrorCode.RESOURCE_NOT_FOUND,),
    judge=judge_by(GetExecutionEvents, token_of(_page), stand_ins={"executionId": ID}),
)
def get_execution_events(request: GetExecutionEvents, context: Context[ReadsExecutions]) -> EventPage:
    """What happened in an execution, who did it, and why."""
    page = _page(request, context)
    return EventPage(items=page.items, next_token=page.next_token)


@operation(
    "get_termination_status",
    http="GET /executions/{executionId}/termination-status",
    permission=Permission.VIEW_EXECUTIONS,
    raises=(ErrorCode.RESOURCE_NOT_FOUND,),
)
def get_termination_status(request: GetTerminationStatus, context: Context[ReadsExecutions]) -> TerminationReport:
    """Whether the execution's instances are being terminated, and how many are left."""
    executions = context.app.executions
    header = executions.find(request.execution_id)
    termination = executions.latest_termination(header)
    if termination is None:
        return TerminationReport(execution_id=header.execution_id, status=TerminationState.NOT_REQUESTED)
    return TerminationReport(
        execution_id=header.execution_id,
        status=TerminationState(termination.status.value),
        termination=termination_view(termination),
        left=_left(executions.servers(header) if termination.survivor_count else ()),
        unknown=tuple(
            UnknownPlace(account_id=account_id, region=region, reason=reason)
            for place, reason in termination.silent.items()
            for account_id, _, region in [place.partition("/")]
        ),
    )


def _left(servers: Iterable[ServerRecord]) -> tuple[LeftInstance, ...]:
    return tuple(
        LeftInstance(
            account_id=server.server.account_id,
            region=server.server.region,
            source_server_id=server.server.source_server_id,
            name=server.name,
            recovery_instance_id=server.survival.instance_id,
            tries=server.survival.tries,
            last_tried_at=server.survival.seen_at,
            reason=server.survival.reason,
        )
        for server in servers
        if server.survival is not None
    )
