"""Reading executions: operations of query-handler and, directly, of execution-handler; nothing is written."""

import functools
from typing import Protocol

from shared.clock import Clock
from shared.errors import ErrorCode
from shared.models.base import Instant, Model
from shared.models.execution import ExecutionStatus, ExecutionType
from shared.models.execution_summary import ExecutionSummary
from shared.models.recovery_plan import WaveNumber
from shared.models.violation import Violation, refuse
from shared.operations import EXECUTION, QUERY, Context, operation
from shared.roles import Permission
from shared.services.execution_views import ExecutionView, ServerPage, execution_view, server_view
from shared.services.request_fields import ExecutionId, Limit, NextToken, PlanId
from shared.services.wave_naming import must_have_wave
from shared.stores.execution_store import ExecutionStore
from shared.stores.listings import StartedBetween


class ReadsExecutions(Protocol):
    """What reading executions needs."""

    @property
    def executions(self) -> ExecutionStore:
        """The executions."""
        ...

    @property
    def clock(self) -> Clock:
        """Engine time."""
        ...


class GetExecution(Model):
    """One execution; its servers a page at a time, of all waves or of one."""

    execution_id: ExecutionId
    wave_number: WaveNumber | None = None
    limit: Limit = 50
    next_token: NextToken | None = None


class ListExecutions(Model):
    """Executions of one plan or of all, newest first; those started between two instants, both included."""

    plan_id: PlanId | None = None
    status: ExecutionStatus | None = None
    execution_type: ExecutionType | None = None
    started_after: Instant | None = None
    started_before: Instant | None = None
    limit: Limit = 50
    next_token: NextToken | None = None


class ExecutionPage(Model):
    """A page of executions; without `next_token` it is the last."""

    items: tuple[ExecutionSummary, ...]
    next_token: str | None = None


@operation(
    "get_execution",
    http="GET /executions/{executionId}",
    permission=Permission.VIEW_EXECUTIONS,
    homes=(QUERY, EXECUTION),
    raises=(ErrorCode.RESOURCE_NOT_FOUND,),
)
def get_execution(request: GetExecution, context: Context[ReadsExecutions]) -> ExecutionView:
    """An execution with its waves, gates, recovery time, termination, and a page of its servers."""
    executions = context.app.executions
    header = executions.find(request.execution_id)
    must_have_wave(header, request.wave_number)
    overview = executions.overview(header)
    servers = executions.server_page(header, request.limit, request.next_token, wave_number=request.wave_number)
    return execution_view(
        header,
        overview.waves,
        overview.gates,
        ServerPage(items=tuple(server_view(header, server) for server in servers.items), next_token=servers.next_token),
        # an execution that ended without any job still running, as nearly all do, costs no read for this
        launches=executions.launches(header) if header.abandoned_count else (),
        termination=overview.termination,
        now=context.app.clock.now(),
    )


@operation("list_executions", http="GET /executions", permission=Permission.VIEW_EXECUTIONS, homes=(QUERY, EXECUTION))
def list_executions(request: ListExecutions, context: Context[ReadsExecutions]) -> ExecutionPage:
    """Executions, newest first; the filters are part of the query, so a page is full if there is more."""
    executions = context.app.executions
    listed = (
        executions.list_by_start
        if request.plan_id is None
        else functools.partial(executions.list_by_plan, request.plan_id)
    )
    page = listed(
        request.limit,
        request.next_token,
        status=request.status,
        execution_type=request.execution_type,
        started=_started(request),
    )
    return ExecutionPage(items=page.items, next_token=page.next_token)


def _started(request: ListExecutions) -> StartedBetween | None:
    """Between which instants the executions were started; None if it does not matter."""
    first, last = request.started_after, request.started_before
    if first and last and last < first:
        refuse([Violation("startedBefore", "is earlier than startedAfter", "OUT_OF_RANGE")])
    return StartedBetween(first, last) if first or last else None
