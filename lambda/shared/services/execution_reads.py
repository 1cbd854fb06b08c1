"""Reading executions: operations of query-handler and, directly, of execution-handler; nothing is written."""

import functools
from collections.abc import Iterator, Mapping
from typing import Protocol

from shared.aws.ports import DrsPort
from shared.clock import Clock
from shared.errors import ErrorCode
from shared.models.base import Instant, Model
from shared.models.execution import ExecutionHeader, ExecutionStatus, ExecutionType
from shared.models.execution_summary import ExecutionSummary
from shared.models.recovery_plan import WaveNumber
from shared.models.server_record import ServerRecord
from shared.models.staging_job import WaveStaging
from shared.models.violation import Violation, refuse
from shared.models.wave_record import WaveRecord
from shared.operations import EXECUTION, QUERY, Context, operation
from shared.roles import Permission
from shared.services.execution_views import ExecutionView, ServerPage, execution_view, server_view
from shared.services.judging import ID, judge_by, of_request, token_of
from shared.services.request_fields import ExecutionId, Limit, NextToken, PlanId
from shared.services.staging_jobs import staging_of_waves
from shared.services.wave_naming import execution_has_wave, must_have_wave
from shared.stores.execution_store import ExecutionStore
from shared.stores.listings import StartedBetween
from shared.stores.paging import Listing


class ReadsExecutions(Protocol):
    """What reading executions needs."""

    @property
    def executions(self) -> ExecutionStore:
        """The executions."""
        ...

    @property
    def drs(self) -> DrsPort:
        """DRS in all accounts and regions."""
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


def _servers(request: GetExecution, header: ExecutionHeader, executions: ExecutionStore) -> Listing[ServerRecord]:
    return executions.server_page(header, request.limit, request.next_token, wave_number=request.wave_number)


def _first_server(request: GetExecution, context: Context[ReadsExecutions]) -> None:
    executions = context.app.executions
    header = executions.find(request.execution_id)
    must_have_wave(header, request.wave_number)
    _servers(request, header, executions)


@operation(
    "get_execution",
    http="GET /executions/{executionId}",
    permission=Permission.VIEW_EXECUTIONS,
    homes=(QUERY, EXECUTION),
    raises=(ErrorCode.RESOURCE_NOT_FOUND,),
    judge=judge_by(
        GetExecution,
        execution_has_wave,
        token_of(_first_server),
        stand_ins={"executionId": ID},
    ),
)
def get_execution(request: GetExecution, context: Context[ReadsExecutions]) -> ExecutionView:
    """An execution with its waves, gates, recovery time, termination, and a page of its servers."""
    executions = context.app.executions
    header = executions.find(request.execution_id)
    must_have_wave(header, request.wave_number)
    overview = executions.overview(header)
    servers = _servers(request, header, executions)
    return execution_view(
        header,
        overview.waves,
        overview.gates,
        ServerPage(items=tuple(server_view(header, server) for server in servers.items), next_token=servers.next_token),
        # an execution that ended without any job still running, as nearly all do, costs no read for this
        launches=executions.launches(header) if header.abandoned_count else (),
        termination=overview.termination,
        temporary_settings_count=executions.temporary_settings_count(header),
        staging=_staging(header, overview.waves, context.app),
        now=context.app.clock.now(),
    )


def _staging(
    header: ExecutionHeader, waves: Mapping[int, WaveRecord], app: ReadsExecutions
) -> Mapping[int, WaveStaging]:
    """What staging accounts do for each wave that has begun; without extended servers nothing is read for this."""
    numbers = [number for number, wave in waves.items() if wave.staging_places and wave.started_at is not None]
    if not numbers:
        return {}
    return staging_of_waves(header, numbers, app.executions, app.drs)


def _dates(request: ListExecutions) -> Iterator[Violation]:
    first, last = request.started_after, request.started_before
    if first and last and last < first:
        yield Violation("startedBefore", "is earlier than startedAfter", "OUT_OF_RANGE")


def _listed(request: ListExecutions, context: Context[ReadsExecutions]) -> Listing[ExecutionSummary]:
    refuse(_dates(request))
    executions = context.app.executions
    listed = (
        executions.list_by_start
        if request.plan_id is None
        else functools.partial(executions.list_by_plan, request.plan_id)
    )
    first, last = request.started_after, request.started_before
    started = StartedBetween(first, last) if first or last else None
    return listed(
        request.limit,
        request.next_token,
        status=request.status,
        execution_type=request.execution_type,
        started=started,
    )


@operation(
    "list_executions",
    http="GET /executions",
    permission=Permission.VIEW_EXECUTIONS,
    homes=(QUERY, EXECUTION),
    judge=judge_by(ListExecutions, of_request(_dates), token_of(_listed)),
)
def list_executions(request: ListExecutions, context: Context[ReadsExecutions]) -> ExecutionPage:
    """Executions, newest first; the filters are part of the query, so a page is full if there is more."""
    page = _listed(request, context)
    return ExecutionPage(items=page.items, next_token=page.next_token)
