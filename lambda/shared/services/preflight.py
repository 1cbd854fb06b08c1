"""What a start needs, checked now in every account and region of the plan, all at once."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from shared.check_table import EVERYWHERE, check_table
from shared.conflict_detection import check_instance_conflicts, check_server_conflicts, running_job_conflicts
from shared.models.finding import Finding, FindingCode, unknown_at
from shared.models.plan_check import PlanCheck
from shared.models.recovery_plan import RecoveryPlan
from shared.models.targets import Target
from shared.plan_expectations import check_expectations
from shared.plan_resolution import resolve_waves
from shared.server_readiness import check_servers
from shared.services.preflight_changes import changes_since_last
from shared.services.preflight_deps import PreflightDeps
from shared.services.preflight_places import groups_of, look_everywhere
from shared.services.preflight_questions import Answered, SeenPlan, ask_about
from shared.services.preflight_quotas import quota_findings
from shared.services.preflight_settings import settings_findings, temporary_findings
from shared.services.preflight_time import PreflightTime

_OF_SETTINGS: Final = (
    FindingCode.LAUNCH_CONFIG_INVALID,
    FindingCode.LAUNCH_CONFIG_DRIFT,
    FindingCode.LAUNCH_CONFIG_NOT_CHECKED,
)


def check_plan(
    plan: RecoveryPlan,
    deps: PreflightDeps,
    point_in_time: datetime | None = None,
    *,
    is_drill: bool = False,
) -> PlanCheck:
    """The servers of each wave as they are at this moment, and every finding; nothing is written or launched.

    What could not be checked is UNKNOWN, never silence. Errors of our own tables are raised. With a point in time the
    servers' recovery snapshots are looked for too; it is one that check_point_in_time has let through. Drills may have
    launch settings of their own.
    """
    time = PreflightTime.of(deps.patience)
    groups = groups_of(plan, deps)
    views = look_everywhere(groups.values(), deps, time.first)
    seen = SeenPlan(plan, groups, views, resolve_waves(plan, groups, views), point_in_time, is_drill)
    answered = ask_about(seen, deps, time)
    found = sorted(_findings(seen, answered, deps), key=_order)
    return PlanCheck(
        checks=check_table(_checked(seen, answered), found),
        findings=tuple(found),
        servers_by_wave=dict(seen.resolution.servers_by_wave),
        groups=tuple(groups.values()),
        replaced_instances=answered.into.replaced,
        releasing=answered.settings.releasing,
    )


def _findings(seen: SeenPlan, answered: Answered, deps: PreflightDeps) -> Iterator[Finding]:
    plan, groups, views, resolution = seen.plan, seen.groups, seen.views, seen.resolution
    keys = seen.keys
    held = deps.holders.holders(keys)
    for view in views.values():
        yield from view.obstacles
    yield from resolution.findings
    yield from check_expectations(plan, groups, views, resolution)
    yield from changes_since_last(plan, groups, views, resolution, deps.earlier)
    yield from check_server_conflicts(held)
    into = answered.into.replaced
    yield from check_instance_conflicts(
        [one for one in into if one.server not in held],
        deps.holders.instance_holders({one.instance for one in into}) if into else {},
    )
    for target, view in views.items():
        yield from running_job_conflicts(
            target, view.jobs, (key.source_server_id for key in keys if key.target == target)
        )
    yield from quota_findings(plan, resolution, views, answered.quotas, deps.quotas.get_many(seen.launched_in))
    yield from answered.staging
    yield from answered.points.findings
    yield from answered.declared.findings
    yield from check_servers(plan, views, resolution, answered.into.left)
    extended = {one.server.target for wave in resolution.servers_by_wave.values() for one in wave if one.staging}
    yield from (
        _launch_rights(target, has_extended=target in extended) for target, view in views.items() if view.servers
    )
    yield from settings_findings(groups, answered.settings, deps.clock.now())
    yield from answered.launches.findings
    yield from answered.into.findings
    yield from temporary_findings(keys - {*held}, answered.settings.left)


def _checked(seen: SeenPlan, answered: Answered) -> dict[Target, list[FindingCode]]:
    """What is checked of this plan in each account and region."""
    lag = (FindingCode.REPLICATION_LAG,) if seen.plan.rpo_seconds is not None else ()
    codes = {target: [*EVERYWHERE, *lag] for target in seen.views}
    into = dict.fromkeys(seen.into_instances, (FindingCode.LAUNCH_INTO_TARGET,))
    releasing = {server.target for server in answered.settings.releasing}
    settled = dict.fromkeys(seen.settled | seen.into_instances | releasing, _OF_SETTINGS)
    for part in (answered.points.codes, into, settled, answered.launches.codes, answered.declared.codes):
        for target, checked in part.items():
            codes.setdefault(target, []).extend(checked)
    return codes


def _launch_rights(target: Target, *, has_extended: bool) -> Finding:
    keys = ", and use the keys by which staging accounts encrypt what their servers replicate" if has_extended else ""
    message = f"whether the role in {target} may do all that a launch does in EC2{keys}, only a launch can prove"
    return unknown_at(target, FindingCode.LAUNCH_RIGHTS, message)


def _order(finding: Finding) -> tuple[object, ...]:
    return (
        not finding.prevents,
        finding.account_id or "",
        finding.region or "",
        -1 if finding.wave_number is None else finding.wave_number,
        finding.code.value,
        finding.message,
    )
