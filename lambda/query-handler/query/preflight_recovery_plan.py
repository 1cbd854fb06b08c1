"""GET /recovery-plans/{planId}/preflight."""

from typing import Protocol

from shared.errors import ErrorCode
from shared.models.base import Model
from shared.models.execution import ExecutionType
from shared.models.finding import Finding
from shared.models.plan_check import PlaceCheck, PlanCheck, ReplacedInstance, ResolvedServer
from shared.models.point_in_time import PointInTime, show_point_in_time
from shared.models.recovery_plan import RecoveryPlan, WaveNumber
from shared.models.targets import Target
from shared.models.violation import refuse
from shared.operations import Context, operation
from shared.roles import Permission
from shared.services.configuration_reads import ConfigurationReads, OnePlan
from shared.services.judging import ID, judge_by
from shared.services.preflight import check_plan
from shared.services.preflight_deps import ChecksPlans, check_point_in_time


class ChecksStoredPlans(ConfigurationReads, ChecksPlans, Protocol):
    """What a preflight needs of a function, and the plans."""


class PreflightPlan(OnePlan):
    """A plan by its id, to be recovered to its latest data or to a point in time.

    A drill may have launch settings of its own; without `execution_type` those of a recovery are checked.
    """

    point_in_time: PointInTime = None
    execution_type: ExecutionType = ExecutionType.RECOVERY


class WaveServers(Model):
    """The servers that a wave would recover now."""

    wave_number: WaveNumber
    wave_name: str
    server_count: int
    servers: tuple[ResolvedServer, ...]


class PreflightReport(Model):
    """Whether a start would be let through now, everything that was checked, and everything that was found.

    `replaced_instances` are the instances into which servers would be launched, with what is taken off them.
    """

    plan_id: str
    plan_name: str
    can_start: bool
    point_in_time: str
    server_count: int
    targets: tuple[Target, ...]
    checks: tuple[PlaceCheck, ...]
    findings: tuple[Finding, ...]
    waves: tuple[WaveServers, ...]
    replaced_instances: tuple[ReplacedInstance, ...] = ()


@operation(
    "preflight_recovery_plan",
    http="GET /recovery-plans/{planId}/preflight",
    permission=Permission.VIEW_RECOVERY_PLANS,
    raises=(ErrorCode.RESOURCE_NOT_FOUND,),
    judge=judge_by(PreflightPlan, check_point_in_time, stand_ins={"planId": ID}),
)
def preflight_recovery_plan(request: PreflightPlan, context: Context[ChecksStoredPlans]) -> PreflightReport:
    """What a start of the plan needs, checked now in every account and region; nothing is started."""
    plan = context.app.plans.get(request.plan_id)
    refuse(check_point_in_time(request, context))
    is_drill = request.execution_type is ExecutionType.DRILL
    check = check_plan(plan, context.app.preflight, request.point_in_time, is_drill=is_drill)
    return _report(plan, check, show_point_in_time(request.point_in_time))


def _report(plan: RecoveryPlan, check: PlanCheck, point_in_time: str) -> PreflightReport:
    waves = tuple(
        WaveServers(
            wave_number=wave.wave_number,
            wave_name=wave.wave_name,
            server_count=len(check.servers_by_wave[wave.wave_number]),
            servers=check.servers_by_wave[wave.wave_number],
        )
        for wave in sorted(plan.waves, key=lambda each: each.wave_number)
    )
    return PreflightReport(
        plan_id=plan.plan_id,
        plan_name=plan.plan_name,
        can_start=not check.obstacles,
        point_in_time=point_in_time,
        server_count=len(check.servers),
        targets=check.targets,
        checks=check.checks,
        findings=check.findings,
        waves=waves,
        replaced_instances=check.replaced_instances,
    )
