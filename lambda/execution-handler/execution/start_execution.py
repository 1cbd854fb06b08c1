"""start_execution: check now, then begin, or say why not with nothing written."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Final, Protocol

from execution.composing import compose
from execution.pace import Pace, Waiting
from execution.repeating import RepeatedStart
from execution.start_models import StartedExecution, StartExecution, started
from execution.starting import Start
from execution.tying import ExecutionTies
from shared.account_rules import check_region
from shared.aws.ports import RunsPort
from shared.clock import Clock
from shared.errors import (
    ConflictError,
    ConflictReason,
    ErrorCode,
    ExecutionError,
    PreflightFailedError,
    servers_in_the_way,
)
from shared.models.execution import ExecutionHeader, ExecutionType
from shared.models.finding import Finding, FindingCode, FindingReason
from shared.models.plan_check import PlanCheck
from shared.models.point_in_time import show_point_in_time
from shared.models.recovery_plan import RecoveryPlan
from shared.models.violation import Violation, refuse
from shared.observability import Observability
from shared.operations import Context, Success, operation
from shared.roles import Permission
from shared.services.judging import ID, judge_by
from shared.services.preflight import check_plan
from shared.services.preflight_deps import PreflightDeps, check_point_in_time
from shared.services.preflight_places import targets_of
from shared.services.preflight_settings import temporary_findings
from shared.services.runs import start_execution_run
from shared.stores.execution_store import ExecutionStore
from shared.stores.lock_store import LockStore
from shared.stores.recovery_plan_store import RecoveryPlanStore

MESSAGES: Final = 20
"""So many findings are in the sentence of a start that is refused."""


class StartsExecutions(Protocol):
    """What a start needs."""

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
        """Who uses which plan, group and account."""
        ...

    @property
    def plans(self) -> RecoveryPlanStore:
        """The plans."""
        ...

    @property
    def preflight(self) -> PreflightDeps:
        """What checks a plan against the world."""
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
    def waiting(self) -> Waiting:
        """How a busy table is waited for."""
        ...

    @property
    def workers(self) -> int:
        """How many writes are made at once."""
        ...

    @property
    def drs_regions(self) -> Collection[str]:
        """The regions of this partition in which DRS exists."""
        ...

    @property
    def observability(self) -> Observability:
        """Where is logged what could not be started, or not be undone."""
        ...


def _unknown_region(request: StartExecution, drs_regions: Collection[str]) -> Iterable[Violation]:
    """A region in which there is no DRS is none of any plan."""
    return () if request.region is None else check_region(request.region, drs_regions)


def _of_the_partition(request: StartExecution, context: Context[StartsExecutions]) -> Iterable[Violation]:
    return _unknown_region(request, context.app.drs_regions)


def _of_the_plan(request: StartExecution, context: Context[StartsExecutions]) -> Iterable[Violation]:
    return _not_used(request, context.app.plans.get(request.plan_id), context.app)


@operation(
    "start_execution",
    http="POST /executions",
    permission=Permission.START_RECOVERY,
    success=Success.ACCEPTED,
    raises=(ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.CONFLICT_ERROR, ErrorCode.PREFLIGHT_FAILED),
    judge=judge_by(
        StartExecution,
        check_point_in_time,
        _of_the_partition,
        _of_the_plan,
        stand_ins={"planId": ID, "executionType": ExecutionType.DRILL.value},
    ),
)
def start_execution(request: StartExecution, context: Context[StartsExecutions]) -> StartedExecution:
    """Start a plan as a drill or a recovery, for the servers that its groups select at this moment."""
    app = context.app
    pace = Pace.from_now(app.clock, app.waiting, app.workers)
    if request.dry_run:
        plan = app.plans.get(request.plan_id)
        return _rehearsed(request, plan, _checked(request, plan, context))
    if request.client_token is None:
        return _begin(request, context, pace, keep=lambda _: None)
    repeated = RepeatedStart(request.client_token, request.fingerprint, app.executions, app.clock, app.observability)
    return repeated.once(lambda keep: _begin(request, context, pace, keep))


def _begin(
    request: StartExecution,
    context: Context[StartsExecutions],
    pace: Pace,
    keep: Callable[[StartedExecution], None],
) -> StartedExecution:
    """Check, write, lock and hand over to the state machine; `keep` stores the answer before it comes true.

    The plan is read here: a repeated start is the first one also when the plan was deleted since.
    """
    app = context.app
    plan = app.plans.get(request.plan_id)
    check = _checked(request, plan, context)
    _must_be_ready(check)
    execution_id = f"exec-{app.new_id().lower()}"
    new = compose(execution_id, request, plan, check, actor=context.actor, now=app.clock.now())
    start = Start(
        new,
        app.executions,
        app.locks,
        app.ties,
        pace=pace,
        observability=app.observability,
        call_id=context.request_id,
    )

    def answer(header: ExecutionHeader) -> StartedExecution:
        # what is left is only known for certain to who holds the servers
        told = check.servers_of(FindingCode.TEMPORARY_SETTINGS_LEFT)
        return started(header, (*check.findings, *temporary_findings({*check.servers} - told, start.left)))

    header = start.carry_out(lambda pending: keep(answer(pending)))
    _hand_over(header, app)
    return answer(header)


def _hand_over(header: ExecutionHeader, app: StartsExecutions) -> None:
    try:
        start_execution_run(header, app.runs)
    except ExecutionError as error:
        # PENDING is a promise: the reconciler starts its run within a minute or two.
        app.observability.logger.warning(
            "could not start the execution's run", executionId=header.execution_id, cause=str(error)
        )


def _rehearsed(request: StartExecution, plan: RecoveryPlan, check: PlanCheck) -> StartedExecution:
    return StartedExecution(
        plan_id=plan.plan_id,
        plan_name=plan.plan_name,
        execution_type=request.execution_type,
        point_in_time=show_point_in_time(request.point_in_time),
        wave_count=len(plan.waves),
        server_count=len(check.servers),
        dry_run=True,
        can_start=not check.obstacles,
        findings=check.findings,
    )


def _checked(request: StartExecution, plan: RecoveryPlan, context: Context[StartsExecutions]) -> PlanCheck:
    """The plan held against the world, with what the operator overrides marked."""
    preflight = context.app.preflight
    refuse((*check_point_in_time(request, context), *_not_used(request, plan, context.app)))
    is_drill, instant = request.execution_type is ExecutionType.DRILL, request.point_in_time
    return _overridden(check_plan(plan, preflight, instant, is_drill=is_drill), request)


def _overridden(check: PlanCheck, request: StartExecution) -> PlanCheck:
    return check if request.override is None else check.overriding(request.override.codes)


def _not_used(request: StartExecution, plan: RecoveryPlan, app: StartsExecutions) -> Iterable[Violation]:
    """An account or region that is named must be one that the plan uses, if it is known what it uses."""
    if request.account_id is None and request.region is None:
        return ()
    targets = targets_of(plan, app.preflight)
    accounts = sorted({target.account_id for target in targets})
    regions = sorted({target.region for target in targets})
    unknown = () if request.region in regions else tuple(_unknown_region(request, app.drs_regions))
    named = (("accountId", request.account_id, accounts), ("region", None if unknown else request.region, regions))
    return (
        *unknown,
        *(
            Violation(field, f"the plan uses {', '.join(used)}, not {value}", "NOT_OF_THE_PLAN")
            for field, value, used in named
            if value is not None and used and value not in used
        ),
    )


def _must_be_ready(check: PlanCheck) -> None:
    """ConflictError if other executions hold servers and nothing else is wrong, PreflightFailedError for the rest."""
    errors = check.obstacles
    if not errors:
        return
    if all(finding.reason is FindingReason.HELD_BY_EXECUTION for finding in errors):
        raise ConflictError(
            _in_words(errors),
            reason=ConflictReason.SERVER_CONFLICT,
            **servers_in_the_way(list(_held(errors))),
        )
    raise PreflightFailedError(
        f"the plan cannot be started: {_in_words(errors)}",
        findings=[finding.wire() for finding in check.findings],
    )


def _in_words(errors: Sequence[Finding]) -> str:
    """What the findings say, of many the first; programs read the details."""
    more = f"; and {len(errors) - MESSAGES:,} more" if len(errors) > MESSAGES else ""
    return "; ".join(finding.message for finding in errors[:MESSAGES]) + more


def _held(findings: Iterable[Finding]) -> Iterable[dict[str, Any]]:
    for finding in findings:
        owner = finding.details
        instances = owner.get("instances", {})
        for server_id in finding.server_ids:
            instance = {"instanceId": instances[server_id]} if server_id in instances else {}
            yield {"server": server_id, "accountId": finding.account_id, "region": finding.region, **instance} | {
                "ownerKind": owner.get("ownerKind"),
                "executionId": owner.get("executionId"),
                "planId": owner.get("planId"),
                "planName": owner.get("planName"),
                "executionType": owner.get("executionType"),
                "status": owner.get("state"),
            }
