"""What a preflight asks once DRS has told the servers: no question needs another's answer, so all go side by side."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

from shared.check_table import Checked
from shared.drs_limits import DrsQuotas
from shared.drs_utils import replication_obstacle
from shared.launch_into_rules import wants_any
from shared.models.finding import Finding, FindingCode
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan
from shared.models.targets import ServerKey, Target
from shared.plan_resolution import Resolution, TargetView
from shared.services.declared_checks import check_declared
from shared.services.preflight_deps import PreflightDeps
from shared.services.preflight_launch_into import LaunchesInto, launches_into
from shared.services.preflight_launches import check_launches_of_plan, launched_anew, says_settings
from shared.services.preflight_quotas import quotas_everywhere
from shared.services.preflight_settings_looks import SettingsSeen, look_at_settings
from shared.services.preflight_staging import staging_findings
from shared.services.preflight_time import PreflightTime
from shared.services.recovery_points import CHECK_SECONDS, check_recovery_points

Answer = TypeVar("Answer")

_QUESTIONS: Final = 7


@dataclass(frozen=True, slots=True)
class SeenPlan:
    """A plan with its groups, and the servers of its waves as their accounts and regions told them."""

    plan: RecoveryPlan
    groups: Mapping[str, ProtectionGroup]
    views: Mapping[Target, TargetView]
    resolution: Resolution
    point_in_time: datetime | None
    is_drill: bool

    @property
    def keys(self) -> frozenset[ServerKey]:
        """The servers."""
        return frozenset(member.server for wave in self.resolution.servers_by_wave.values() for member in wave)

    @property
    def launched_in(self) -> tuple[Target, ...]:
        """The accounts and regions that they are in."""
        return tuple(sorted({key.target for key in self.keys}))

    @property
    def stale(self) -> frozenset[ServerKey]:
        """Those that do not replicate; an override of that launches them from the snapshots that they have."""
        servers = ((key, self.views[key.target].servers.get(key.source_server_id)) for key in self.keys)
        return frozenset(
            key for key, server in servers if server is not None and replication_obstacle(server) is not None
        )

    @property
    def into_instances(self) -> frozenset[Target]:
        """The accounts and regions in which servers may be launched into instances that are there already."""
        return frozenset(group.target for group in self.groups.values() if wants_any(group, is_drill=self.is_drill))

    @property
    def settled(self) -> frozenset[Target]:
        """The accounts and regions in which anything is said of how servers are launched."""
        return frozenset(group.target for group in self.groups.values() if says_settings(group, is_drill=self.is_drill))


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered, and what was not with why."""

    quotas: Mapping[Target, DrsQuotas]
    settings: SettingsSeen
    launches: Checked
    into: LaunchesInto
    points: Checked
    declared: Checked
    staging: tuple[Finding, ...]


def ask_about(seen: SeenPlan, deps: PreflightDeps, time: PreflightTime) -> Answered:
    """All that the plan gives reason to ask; each question has all the time that is left, and ends with it.

    With one worker they are asked one after the other.
    """
    with ThreadPoolExecutor(max_workers=min(_QUESTIONS, deps.workers)) as pool:

        def ask(question: Callable[[SeenPlan, PreflightDeps, PreflightTime], Answer]) -> Future[Answer]:
            return pool.submit(copy_context().run, partial(question, seen, deps, time))

        points, into, launches = ask(_points), ask(_into), ask(_launches)
        settings, declared, quotas, staging = ask(_settings), ask(_declared), ask(_quotas), ask(_staging)
    return Answered(
        quotas=quotas.result(),
        settings=settings.result(),
        launches=launches.result(),
        into=into.result(),
        points=points.result(),
        declared=declared.result(),
        staging=staging.result(),
    )


def _quotas(seen: SeenPlan, deps: PreflightDeps, time: PreflightTime) -> Mapping[Target, DrsQuotas]:
    reached = [target for target, view in seen.views.items() if view.servers]
    patience = min(deps.quota_patience, time.rest)
    return quotas_everywhere(reached, deps.limits, workers=deps.workers, patience=patience)


def _settings(seen: SeenPlan, deps: PreflightDeps, time: PreflightTime) -> SettingsSeen:
    places = [target for target, view in seen.views.items() if not view.obstacles]
    return look_at_settings(seen.groups, seen.resolution, deps, places, is_drill=seen.is_drill, time=time)


def _staging(seen: SeenPlan, deps: PreflightDeps, time: PreflightTime) -> tuple[Finding, ...]:
    return staging_findings(seen.resolution, deps, patience=time.rest)


def _launches(seen: SeenPlan, deps: PreflightDeps, time: PreflightTime) -> Checked:
    if not seen.settled:
        return Checked()
    meant = launched_anew(seen.groups, seen.resolution, is_drill=seen.is_drill)
    return check_launches_of_plan(seen.plan, seen.resolution, meant, seen.views, deps, patience=time.rest)


def _into(seen: SeenPlan, deps: PreflightDeps, time: PreflightTime) -> LaunchesInto:
    return launches_into(seen.groups, seen.resolution, seen.views, deps, is_drill=seen.is_drill, patience=time.rest)


def _points(seen: SeenPlan, deps: PreflightDeps, time: PreflightTime) -> Checked:
    stale = seen.stale
    places = seen.launched_in if seen.point_in_time is not None else sorted({key.target for key in stale})
    if not places:
        return Checked()
    found = check_recovery_points(
        seen.resolution.servers_by_wave,
        seen.point_in_time,
        deps.drs,
        stale=stale,
        workers=deps.workers,
        seconds=min(CHECK_SECONDS, time.rest),
    )
    codes = (FindingCode.SNAPSHOTS_NOT_CHECKED, FindingCode.SNAPSHOT_MISSING)
    return Checked(tuple(found), dict.fromkeys(places, codes))


def _declared(seen: SeenPlan, deps: PreflightDeps, time: PreflightTime) -> Checked:
    obstructed = {target: bool(view.obstacles) for target, view in seen.views.items()}
    return check_declared(seen.plan, seen.groups, obstructed, deps, patience=time.rest)
