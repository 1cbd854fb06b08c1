"""The accounts and regions of a plan: what DRS in each of them says of its servers and jobs, all asked at once."""

from collections.abc import Iterable, Mapping

from shared.drs_limits import RUNNING_JOBS_SINCE
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.account import TargetAccount
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan
from shared.models.targets import Target
from shared.patience import PREFLIGHT_SECONDS
from shared.plan_resolution import Resolution, TargetView, resolve_waves
from shared.services.preflight_deps import PreflightDeps
from shared.services.reachability import ask_everywhere, obstacle_in, obstacle_of


def targets_of(plan: RecoveryPlan, deps: PreflightDeps) -> tuple[Target, ...]:
    """The accounts and regions that the plan uses, as far as its groups exist; nothing of them is asked."""
    return tuple(sorted(_by_target(groups_of(plan, deps).values())))


def look_at_servers(plan: RecoveryPlan, deps: PreflightDeps) -> Resolution:
    """The servers of each wave as they are now, and why places could not be asked; nothing else is checked."""
    groups = groups_of(plan, deps)
    views = look_everywhere(groups.values(), deps, min(deps.patience, PREFLIGHT_SECONDS), wants_jobs=False)
    resolution = resolve_waves(plan, groups, views)
    obstacles = tuple(finding for view in views.values() for finding in view.obstacles)
    return Resolution(resolution.servers_by_wave, (*obstacles, *resolution.findings))


def groups_of(plan: RecoveryPlan, deps: PreflightDeps) -> dict[str, ProtectionGroup]:
    """Those of the plan's groups that exist, in the order in which its waves name them."""
    group_ids = list(dict.fromkeys(each for wave in plan.waves for each in wave.protection_group_ids))
    found = {group.group_id: group for group in deps.groups.get_many(group_ids)}
    return {group_id: found[group_id] for group_id in group_ids if group_id in found}


def look_everywhere(
    groups: Iterable[ProtectionGroup], deps: PreflightDeps, patience: float, *, wants_jobs: bool = True
) -> dict[Target, TargetView]:
    """What every account and region of the groups says; a finding where DRS is silent for so many real seconds."""
    by_target = _by_target(groups)
    accounts = _accounts(by_target, deps)
    return ask_everywhere(
        by_target,
        lambda target: _look(target, by_target[target], accounts, deps, wants_jobs=wants_jobs),
        lambda silent: TargetView(silent.target, {}, obstacles=(silent.finding,)),
        workers=deps.workers,
        patience=patience,
    )


def _by_target(groups: Iterable[ProtectionGroup]) -> dict[Target, list[ProtectionGroup]]:
    by_target: dict[Target, list[ProtectionGroup]] = {}
    for group in groups:
        by_target.setdefault(group.target, []).append(group)
    return by_target


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
