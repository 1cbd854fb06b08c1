"""What a start needs, checked now in every account and region of the plan, all at once."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from shared.aws.choice_ports import Ec2ReadinessPort
from shared.aws.ports import CloudWatchPort, DrsPort, LimitsPort, SsmPort
from shared.check_table import EVERYWHERE, check_table
from shared.clock import Clock
from shared.conflict_detection import Holder, check_server_conflicts, running_job_conflicts
from shared.drs_limits import RUNNING_JOBS_SINCE, validate_concurrent_jobs, validate_wave_sizes, warn_of_unread
from shared.drs_utils import launch_obstacle
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.account import TargetAccount
from shared.models.finding import Finding, FindingCode, unknown_at
from shared.models.plan_check import PlanCheck
from shared.models.point_in_time import check_not_future
from shared.models.protection_group import ProtectionGroup
from shared.models.quota import QuotaRow
from shared.models.recovery_plan import RecoveryPlan
from shared.models.targets import ServerKey, Target
from shared.models.violation import Violation
from shared.operations import Context
from shared.patience import PREFLIGHT_SECONDS
from shared.plan_expectations import check_expectations
from shared.plan_resolution import Resolution, TargetView, resolve_waves
from shared.server_readiness import check_servers
from shared.services.declared_checks import declared_check_findings
from shared.services.preflight_changes import EarlierExecutions, changes_since_last
from shared.services.preflight_launches import (
    LaunchesChecked,
    check_launches_of_plan,
    launched_with,
    says_settings,
)
from shared.services.preflight_quotas import KEPT_SECONDS, QUOTA_SECONDS, quotas_everywhere
from shared.services.preflight_settings import ConfigStates, settings_findings
from shared.services.preflight_time import PreflightTime
from shared.services.reachability import AccountReader, ask_everywhere, obstacle_in, obstacle_of
from shared.services.recovery_points import CHECK_SECONDS, check_recovery_points

_WORKERS: Final = 10
"""As many connections as botocore keeps per client."""


class GroupReader(Protocol):
    """Where the groups are."""

    def get_many(self, group_ids: Sequence[str]) -> Sequence[ProtectionGroup]:
        """The groups that exist, in any order."""
        ...


class QuotaReader(Protocol):
    """Where the reservations are."""

    def get_many(self, targets: Collection[Target]) -> Mapping[Target, QuotaRow]:
        """The rows of accounts and regions, read together; an empty one where nothing is reserved."""
        ...


class HolderReader(Protocol):
    """Who holds which server."""

    def holders(self, keys: Collection[ServerKey]) -> Mapping[ServerKey, Holder]:
        """The holders that are not terminal of those servers that have one."""
        ...


@dataclass(frozen=True)
class PreflightDeps:
    """What a check asks; `workers` bounds the accounts and regions that are asked at once.

    `patience` bounds the wait for them, all questions together, in seconds of real time, as the time-outs of the calls
    are; `quota_patience` the part of it that is left to Service Quotas once DRS has answered. `believe` is told what
    was read of the accounts, so that nobody reads it again who is about to enter them.
    """

    groups: GroupReader
    accounts: AccountReader
    quotas: QuotaReader
    holders: HolderReader
    earlier: EarlierExecutions
    configs: ConfigStates
    drs: DrsPort
    ec2: Ec2ReadinessPort
    limits: LimitsPort
    cloudwatch: CloudWatchPort
    ssm: SsmPort
    clock: Clock
    hub_account_id: str
    workers: int = _WORKERS
    patience: float = PREFLIGHT_SECONDS
    quota_patience: float = QUOTA_SECONDS
    believe: Callable[[TargetAccount], None] = lambda _: None


class RecoversTo(Protocol):
    """A request that may name a point in time."""

    @property
    def point_in_time(self) -> datetime | None:
        """It, or None for the latest data."""
        ...


class ChecksPlans(Protocol):
    """What a preflight needs of a function."""

    @property
    def preflight(self) -> PreflightDeps:
        """What the check asks."""
        ...


def check_point_in_time(request: RecoversTo, context: Context[ChecksPlans]) -> Iterator[Violation]:
    """The rule that the point in time of a request, if it names one, is not in the future."""
    return check_not_future(request.point_in_time, context.app.preflight.clock.now())


def check_plan(plan: RecoveryPlan, deps: PreflightDeps, point_in_time: datetime | None = None) -> PlanCheck:
    """The servers of each wave as they are at this moment, and every finding; nothing is written or launched.

    What could not be checked is UNKNOWN, never silence. Errors of our own tables are raised. With a point in time the
    servers' recovery snapshots are looked for too; it is one that check_point_in_time has let through.
    """
    groups = _groups_of(plan, deps)
    by_target = _by_target(groups)
    has_checks = any(wave.health_checks for wave in plan.waves)
    has_settings = any(map(says_settings, groups.values()))
    left = PreflightTime.of(deps.patience, 1 + has_settings + (point_in_time is not None) + has_checks)
    views = _views(by_target, deps, left)
    resolution = resolve_waves(plan, groups, views)
    launches, configs = LaunchesChecked(), launched_with(groups, resolution)
    if has_settings:
        launches = check_launches_of_plan(plan, resolution, configs, views, deps, patience=left.share())
    stale = _stale(resolution, views)
    points = _recovery_points(resolution, point_in_time, stale, deps, left)
    obstructed = {target: bool(view.obstacles) for target, view in views.items()}
    checks = declared_check_findings(plan, groups, obstructed, deps, patience=left.share()) if has_checks else []
    found = [
        *(finding for view in views.values() for finding in view.obstacles),
        *resolution.findings,
        *check_expectations(plan, groups, views, resolution),
        *changes_since_last(plan, groups, views, resolution, deps.earlier),
        *_conflicts(resolution, views, deps),
        *_quota_findings(plan, resolution, views, deps),
        *points,
        *checks,
        *check_servers(plan, views, resolution),
        *(_launch_rights(target) for target, view in views.items() if view.servers),
        *settings_findings(groups, resolution, configs, deps.configs),
        *launches.findings,
    ]
    checked = _checked(plan, looks_for_snapshots=bool(point_in_time or stale))
    return PlanCheck(
        checks=check_table(by_target, (*checked, *launches.codes), found),
        findings=tuple(sorted(found, key=_order)),
        servers_by_wave=dict(resolution.servers_by_wave),
        groups=tuple(groups.values()),
    )


def _checked(plan: RecoveryPlan, *, looks_for_snapshots: bool) -> tuple[FindingCode, ...]:
    """What is checked of this plan in each account and region."""
    lag = (FindingCode.REPLICATION_LAG,) if plan.rpo_seconds is not None else ()
    snapshots = (FindingCode.SNAPSHOT_MISSING,) if looks_for_snapshots else ()
    return (*EVERYWHERE, *lag, *snapshots)


def targets_of(plan: RecoveryPlan, deps: PreflightDeps) -> tuple[Target, ...]:
    """The accounts and regions that the plan uses, as far as its groups exist; nothing of them is asked."""
    return tuple(sorted(_by_target(_groups_of(plan, deps))))


def look_at_servers(plan: RecoveryPlan, deps: PreflightDeps) -> Resolution:
    """The servers of each wave as they are now, and why places could not be asked; nothing else is checked."""
    groups = _groups_of(plan, deps)
    views = _look_everywhere(_by_target(groups), deps, deps.patience, wants_jobs=False)
    resolution = resolve_waves(plan, groups, views)
    obstacles = tuple(finding for view in views.values() for finding in view.obstacles)
    return Resolution(resolution.servers_by_wave, (*obstacles, *resolution.findings))


def _groups_of(plan: RecoveryPlan, deps: PreflightDeps) -> dict[str, ProtectionGroup]:
    """Those of the plan's groups that exist, in the order in which its waves name them."""
    group_ids = list(dict.fromkeys(each for wave in plan.waves for each in wave.protection_group_ids))
    found = {group.group_id: group for group in deps.groups.get_many(group_ids)}
    return {group_id: found[group_id] for group_id in group_ids if group_id in found}


def _by_target(groups: Mapping[str, ProtectionGroup]) -> dict[Target, list[ProtectionGroup]]:
    by_target: dict[Target, list[ProtectionGroup]] = {}
    for group in groups.values():
        by_target.setdefault(group.target, []).append(group)
    return by_target


def _views(
    groups: Mapping[Target, Iterable[ProtectionGroup]], deps: PreflightDeps, left: PreflightTime
) -> dict[Target, TargetView]:
    """What every account and region says; where DRS is silent a finding, where Service Quotas is what is documented."""
    views = _look_everywhere(groups, deps, left.share(), wants_jobs=True)
    reached = [target for target, view in views.items() if view.servers]
    patience = min(deps.quota_patience, max(KEPT_SECONDS, left.spare))
    limits = quotas_everywhere(reached, deps.limits, workers=deps.workers, patience=patience)
    return {target: replace(view, limits=limits.get(target, view.limits)) for target, view in views.items()}


def _look_everywhere(
    groups: Mapping[Target, Iterable[ProtectionGroup]], deps: PreflightDeps, patience: float, *, wants_jobs: bool
) -> dict[Target, TargetView]:
    accounts = _accounts(groups, deps)
    return ask_everywhere(
        groups,
        lambda target: _look(target, groups[target], accounts, deps, wants_jobs=wants_jobs),
        lambda silent: TargetView(silent.target, {}, obstacles=(silent.finding,)),
        workers=deps.workers,
        patience=patience,
    )


def _accounts(targets: Iterable[Target], deps: PreflightDeps) -> Mapping[str, TargetAccount | CrossAccountError]:
    found = deps.accounts.find_many(sorted({target.account_id for target in targets}))
    for account in found.values():
        if isinstance(account, TargetAccount):
            deps.believe(account)
    return found


def _look(
    target: Target,
    groups: Iterable[ProtectionGroup],
    accounts: Mapping[str, TargetAccount | CrossAccountError],
    deps: PreflightDeps,
    *,
    wants_jobs: bool,
) -> TargetView:
    obstacle = obstacle_in(target, accounts, deps.hub_account_id)
    if obstacle is not None:
        return TargetView(target, {}, obstacles=(obstacle,))
    listed = list(groups)
    ids = sorted({each for group in listed for each in group.source_server_ids})
    wants_all = any(group.server_selection_tags for group in listed)
    if not ids and not wants_all:
        return TargetView(target, {})
    try:
        servers = deps.drs.source_servers(target, None if wants_all else ids)
        jobs = deps.drs.jobs(target, since=deps.clock.now() - RUNNING_JOBS_SINCE).jobs if wants_jobs else ()
    except (CrossAccountError, DrsServiceError) as error:
        return TargetView(target, {}, obstacles=(obstacle_of(target, error),))
    known = {server.source_server_id: server for server in servers}
    return TargetView(target, known, jobs)


def _conflicts(resolution: Resolution, views: Mapping[Target, TargetView], deps: PreflightDeps) -> list[Finding]:
    keys = {found.server for wave in resolution.servers_by_wave.values() for found in wave}
    found = list(check_server_conflicts(deps.holders.holders(keys)))
    for target, view in views.items():
        ids = {key.source_server_id for key in keys if key.target == target}
        found.extend(running_job_conflicts(target, view.jobs, ids))
    return found


def _stale(resolution: Resolution, views: Mapping[Target, TargetView]) -> frozenset[ServerKey]:
    """The servers that do not replicate; an override of that launches them from the snapshots that they have."""
    return frozenset(
        member.server
        for wave in resolution.servers_by_wave.values()
        for member in wave
        if (server := views[member.server.target].servers.get(member.server.source_server_id)) is not None
        and launch_obstacle(server) is not None
    )


def _recovery_points(
    resolution: Resolution,
    point_in_time: datetime | None,
    stale: Collection[ServerKey],
    deps: PreflightDeps,
    left: PreflightTime,
) -> list[Finding]:
    if point_in_time is None:
        if not stale:
            return []
        left.one_more()
    seconds = min(CHECK_SECONDS, left.share())
    return check_recovery_points(
        resolution.servers_by_wave, point_in_time, deps.drs, stale=stale, workers=deps.workers, seconds=seconds
    )


def _quota_findings(
    plan: RecoveryPlan, resolution: Resolution, views: Mapping[Target, TargetView], deps: PreflightDeps
) -> list[Finding]:
    found: list[Finding] = []
    rows = deps.quotas.get_many(_launched_in(resolution))
    names = {wave.wave_number: wave.wave_name for wave in plan.waves}
    for target, view in views.items():
        found.extend(warn_of_unread(target, view.limits))
        sizes = {
            number: sum(member.server.target == target for member in wave)
            for number, wave in resolution.servers_by_wave.items()
        }
        largest = max(sizes.values(), default=0)
        if largest:
            reservations = rows[target].reservations
            found.extend(validate_wave_sizes(target, sizes, names, view.limits))
            found.extend(validate_concurrent_jobs(target, view.jobs, reservations, largest, view.limits))
    return found


def _launched_in(resolution: Resolution) -> Collection[Target]:
    return sorted({found.server.target for wave in resolution.servers_by_wave.values() for found in wave})


def _launch_rights(target: Target) -> Finding:
    message = f"whether the role in {target} may do all that a launch does in EC2, only a launch can prove"
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
