"""A plan and its servers of this moment, as the items of an execution."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from execution.start_models import StartExecution
from shared.alarm_places import with_places
from shared.engine.graph import dependencies
from shared.execution_utils import locked_with
from shared.group_changes import in_parts, members_of
from shared.launch_config_overlays import drill_overlays
from shared.launch_config_rules import effective_configs
from shared.models.execution import ExecutionHeader, ExecutionStatus, ExecutionType, WaveSummary
from shared.models.finding import AcceptedFinding, Finding, FindingCode, FindingReason
from shared.models.group_members import GroupMembers
from shared.models.lock import LockKey, LockOwner
from shared.models.plan_check import PlanCheck, ResolvedServer
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan
from shared.models.server_record import ServerRecord
from shared.models.targets import ServerKey, Target, key_in
from shared.models.wave_record import WaveRecord


@dataclass(frozen=True)
class NewExecution:
    """Everything of an execution that has not begun, as it will be written."""

    header: ExecutionHeader
    waves: tuple[WaveRecord, ...]
    servers: tuple[ServerRecord, ...]
    accepted: tuple[Finding, ...] = ()
    """What the operator took upon himself of what was found."""
    groups: tuple[ProtectionGroup, ...] = ()
    """The groups of its plan, as they were read."""
    members: tuple[GroupMembers, ...] = ()
    """Which servers came from which of them, for whoever asks at the next start."""

    @property
    def accepted_codes(self) -> tuple[str, ...]:
        """What the operator took upon himself of launch settings, whatever is found of them."""
        return tuple(sorted({code for wave in self.waves for code in wave.accepted_codes}))

    @property
    def server_keys(self) -> tuple[ServerKey, ...]:
        """Its servers in the order in which locks are taken."""
        return tuple(sorted(server.server for server in self.servers))

    @property
    def lock_keys(self) -> tuple[LockKey, ...]:
        """Its servers, and the instances into which they are launched, in the order in which locks are taken."""
        return tuple(sorted(locked_with(self.servers)))

    @property
    def account_ids(self) -> tuple[str, ...]:
        """The accounts that its servers and its alarms are in."""
        of_alarms = {alarm.account_id for wave in self.waves for alarm in wave.alarm_checks if alarm.account_id}
        return tuple(sorted({*self.header.account_ids, *of_alarms}))

    def restoring(self, left: Collection[ServerKey]) -> "NewExecution":
        """The same, with a look at the launch settings of these servers before they are launched.

        Something is left in DRS of an earlier execution, and nothing is launched before it is restored.
        """
        waves = {server.wave_number for server in self.servers if server.server in left}
        if not waves:
            return self
        groups, targets = dict[ServerKey, str](), {group.group_id: group.target for group in self.groups}
        for part in self.members:
            for group_id, ids in part.servers.items():
                groups |= {key_in(targets[group_id], server_id): group_id for server_id in ids}
        servers = tuple(
            server.model_copy(update={"settings_group_id": server.settings_group_id or groups[server.server]})
            if server.server in left
            else server
            for server in self.servers
        )
        summaries = tuple(
            wave.model_copy(update={"verifies_settings": True}) if wave.wave_number in waves else wave
            for wave in self.header.waves
        )
        return replace(self, header=self.header.model_copy(update={"waves": summaries}), servers=servers)

    @property
    def owner(self) -> LockOwner:
        """As whom it holds its servers."""
        return LockOwner.of_execution(self.header)


def compose(
    execution_id: str, request: StartExecution, plan: RecoveryPlan, check: PlanCheck, *, actor: str, now: datetime
) -> NewExecution:
    """The header, waves and servers of an execution of this plan, for the servers that were just resolved."""
    lent = _with_drill_settings(check) if request.execution_type is ExecutionType.DRILL else set[ServerKey]()
    lent |= {one.server for one in check.replaced_instances}
    settled = _with_settings(check) | lent | check.releasing
    accepted_codes = request.override.accepted_codes if request.override else ()
    override = request.override if check.overridden or accepted_codes else None
    header = ExecutionHeader(
        execution_id=execution_id,
        plan_id=plan.plan_id,
        plan_name=plan.plan_name,
        plan_version=plan.version,
        execution_type=request.execution_type,
        status=ExecutionStatus.PREPARING,
        status_reason="being started",
        started_at=now,
        initiated_by=actor,
        reason=request.reason,
        override_reason=override.reason if override else None,
        override_codes=override.named_codes if override else (),
        notification_email=plan.notification_email,
        rto_minutes=plan.rto_minutes,
        rpo_seconds=plan.rpo_seconds,
        point_in_time=request.point_in_time,
        targets=check.targets,
        waves=_summaries(plan, check, settled),
        wave_count=len(plan.waves),
        server_count=len(check.servers),
        launch_into_count=len({one.server for one in check.replaced_instances} | told_by_others(check).keys()),
    )
    accepted = check.overridden
    servers = _servers(header, plan, check, accepted, settled)
    members = _members(header, check)
    return NewExecution(header, _waves(header, plan, check, accepted_codes), servers, accepted, check.groups, members)


def _members(header: ExecutionHeader, check: PlanCheck) -> tuple[GroupMembers, ...]:
    parts = in_parts(members_of(check.servers_by_wave))
    return tuple(
        GroupMembers(
            execution_id=header.execution_id, plan_id=header.plan_id, part=number, parts=len(parts), servers=servers
        )
        for number, servers in enumerate(parts, start=1)
    )


def _summaries(plan: RecoveryPlan, check: PlanCheck, settled: Collection[ServerKey]) -> tuple[WaveSummary, ...]:
    depends = dependencies(plan.waves)
    return tuple(
        WaveSummary(
            wave_number=wave.wave_number,
            wave_name=wave.wave_name,
            depends_on_waves=tuple(sorted(depends[wave.wave_number])),
            pause_before_wave=wave.pause_before_wave,
            failure_policy=wave.failure_policy,
            server_count=len(check.servers_by_wave[wave.wave_number]),
            verifies_settings=any(found.server in settled for found in check.servers_by_wave[wave.wave_number]),
        )
        for wave in sorted(plan.waves, key=lambda wave: wave.wave_number)
    )


def _waves(
    header: ExecutionHeader, plan: RecoveryPlan, check: PlanCheck, accepted_codes: tuple[str, ...]
) -> tuple[WaveRecord, ...]:
    names = {group.group_id: group.group_name for group in check.groups}
    targets = {group.group_id: group.target for group in check.groups}
    return tuple(
        WaveRecord(
            execution_id=header.execution_id,
            plan_id=plan.plan_id,
            wave_number=wave.wave_number,
            wave_name=wave.wave_name,
            accepted_codes=accepted_codes,
            protection_group_ids=wave.protection_group_ids,
            protection_group_names=tuple(names[group_id] for group_id in wave.protection_group_ids),
            staging_places=_staging_places(check.servers_by_wave[wave.wave_number]),
            minimum_success=wave.minimum_success,
            wait_minutes=wave.wait_minutes,
            deadline_minutes=wave.deadline_minutes,
            drain_minutes=wave.drain_minutes,
            health_checks=with_places(
                wave.health_checks, {targets[group_id] for group_id in wave.protection_group_ids}
            ),
        )
        for wave in plan.waves
    )


def _servers(
    header: ExecutionHeader,
    plan: RecoveryPlan,
    check: PlanCheck,
    accepted: Iterable[Finding],
    settled: Collection[ServerKey],
) -> tuple[ServerRecord, ...]:
    accepted_of = _by_server(accepted)
    into = {one.server: one.instance_id for one in check.replaced_instances}
    told = told_by_others(check)
    optional = {wave.wave_number: frozenset(wave.optional_server_ids) for wave in plan.waves}
    return tuple(
        ServerRecord(
            execution_id=header.execution_id,
            plan_id=header.plan_id,
            wave_number=number,
            server=found.server,
            name=found.name,
            staging=found.staging,
            optional=found.server.source_server_id in optional[number],
            accepted_findings=accepted_of.get(found.server),
            settings_group_id=found.group_id if found.server in settled else None,
            launch_into=into.get(found.server),
            found_into=told.get(found.server),
            updated_at=header.started_at,
        )
        for number, wave_servers in sorted(check.servers_by_wave.items())
        for found in wave_servers
    )


def told_by_others(check: PlanCheck) -> dict[ServerKey, str]:
    """The instances into which DRS launches servers because others have told it to, as the start has accepted."""
    return {
        key_in(Target(account_id=finding.account_id or "", region=finding.region or ""), server_id): instance_id
        for finding in check.overridden
        if finding.reason is FindingReason.TOLD_BY_OTHERS
        for server_id, instance_id in finding.details["instances"].items()
    }


def _with_settings(check: PlanCheck) -> set[ServerKey]:
    """The servers for which their group has launch settings, of its own or of theirs."""
    settled = set[ServerKey]()
    for group, servers in _by_group(check):
        configs = effective_configs(group, [server.source_server_id for server in servers])
        settled.update(server for server in servers if configs[server.source_server_id].settings)
    return settled


def _with_drill_settings(check: PlanCheck) -> set[ServerKey]:
    """The servers that are otherwise in drills."""
    lent = set[ServerKey]()
    for group, servers in _by_group(check):
        overlays = drill_overlays(group, [server.source_server_id for server in servers])
        lent.update(server for server in servers if server.source_server_id in overlays)
    return lent


def _by_group(check: PlanCheck) -> list[tuple[ProtectionGroup, list[ServerKey]]]:
    groups = {group.group_id: group for group in check.groups}
    by_group: dict[str, list[ServerKey]] = {}
    for wave in check.servers_by_wave.values():
        for found in wave:
            by_group.setdefault(found.group_id, []).append(found.server)
    return [(groups[group_id], servers) for group_id, servers in by_group.items()]


def _staging_places(servers: Iterable[ResolvedServer]) -> tuple[Target, ...] | None:
    """Where the extended servers among these are replicated."""
    return tuple(sorted({found.staging.target for found in servers if found.staging is not None})) or None


def _by_server(accepted: Iterable[Finding]) -> dict[ServerKey, tuple[AcceptedFinding, ...]]:
    """The accepted findings of each server, a code once; each names its servers with their account and region."""
    found: dict[ServerKey, dict[FindingCode, AcceptedFinding]] = {}
    for finding in accepted:
        for server_id, kept in finding.accepted_by_server():
            key = ServerKey(
                account_id=finding.account_id or "", region=finding.region or "", source_server_id=server_id
            )
            found.setdefault(key, {})[finding.code] = kept
    return {key: tuple(by_code.values()) for key, by_code in found.items()}
