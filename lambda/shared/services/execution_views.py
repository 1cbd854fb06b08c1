"""How an execution looks from outside: never a task token, never the engine's own bookkeeping."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from shared.models.base import Instant, Model
from shared.models.execution import ExecutionHeader, ExecutionStatus, ExecutionType, WaveSummary
from shared.models.finding import AcceptedFinding
from shared.models.gate import PAUSE_SCOPE, Gate, GateKind, GateStatus
from shared.models.health_checks import AlarmStanding, CommandState, DeclaredChecks
from shared.models.launch import LaunchRecord
from shared.models.point_in_time import show_point_in_time
from shared.models.recovery_plan import FailurePolicy, MinimumSuccess
from shared.models.recovery_point import AchievedRpo, RecoveryPoint
from shared.models.recovery_time import RecoveryTime
from shared.models.server_record import HealthStatus, LaunchStatus, ServerRecord
from shared.models.staging_job import StagingJob, UnreadStaging, WaveStaging
from shared.models.targets import Target
from shared.models.termination import Termination, TerminationStatus
from shared.models.wave_record import WaveRecord, WaveStatus


class WaveView(Model):
    """A wave with its verdict; `approved_by` is whoever let it start, `continued_by` whoever went on without it.

    `draining`: it is judged, and a job of ours still runs; `drain_until` is when jobs of it are given up. `progress` is
    a percentage. `alarms` is how those of its health checks stand, once every server has its verdict.
    Whatever is found of its servers' launch settings under one of the `accepted_codes` was accepted by its start or a
    retry: they are launched as DRS has them. `accepted_by`, `accepted_at` and `override_reason` are of the last retry
    that has said so; without one the start did.
    `staging_jobs` are what staging accounts do for its extended servers, as DRS says now; `unread_staging` names those
    of which it does not say.
    """

    wave_number: int
    wave_name: str
    status: WaveStatus
    status_reason: str
    depends_on_waves: tuple[int, ...]
    pause_before_wave: bool
    failure_policy: FailurePolicy
    minimum_success: MinimumSuccess | None
    wait_minutes: int | None
    deadline_minutes: int | None
    drain_minutes: int | None
    accepted_codes: tuple[str, ...]
    accepted_by: str | None
    accepted_at: Instant | None
    override_reason: str | None
    protection_group_ids: tuple[str, ...]
    protection_group_names: tuple[str, ...]
    server_count: int
    launched_count: int
    failed_count: int
    progress: int
    draining: bool
    retries: int
    approved_by: str | None
    approved_at: Instant | None
    wait_until: Instant | None
    deadline_at: Instant | None
    drain_until: Instant | None
    continued_by: str | None
    health_checks: DeclaredChecks | None
    alarms: AlarmStanding | None
    staging_jobs: tuple[StagingJob, ...]
    unread_staging: tuple[UnreadStaging, ...]
    started_at: Instant | None
    ended_at: Instant | None


class GateView(Model):
    """A gate; `wave_number` is absent for the gate of the whole execution."""

    scope: str
    number: int
    kind: GateKind
    wave_number: int | None
    status: GateStatus
    reason: str
    opened_at: Instant
    expires_at: Instant
    notified_at: Instant | None
    decided_by: str | None
    decided_at: Instant | None


class CommandView(Model):
    """A command that was sent to a server's instance; `position` counts the commands of its wave from 0."""

    position: int
    state: CommandState
    detail: str
    command_id: str | None
    sent_at: Instant


class ServerView(Model):
    """A server with its two verdicts; an `optional` one never fails its wave.

    `accepted_findings` are the errors of the preflight that the start accepted for it; `settings_note` is what was
    repaired of its launch settings before its launch, or differs from those of its group. One with a
    `launch_into_instance_id` is launched into that instance, which was there before and which no termination ends.
    An extended one is replicated in a staging account, where it has an id of its own.
    `snapshot_id` is the recovery snapshot that it is launched from, if the execution names a point in time;
    `recovery_point` is what its instance was really recovered to, once it is launched.
    """

    wave_number: int
    source_server_id: str
    account_id: str
    region: str
    name: str
    optional: bool
    accepted_findings: tuple[AcceptedFinding, ...]
    staging_account_id: str | None
    staging_source_server_id: str | None
    settings_note: str | None
    launch_into_instance_id: str | None
    launch_status: LaunchStatus
    launch_reason: str
    health_status: HealthStatus
    health_reason: str
    attempt: int
    job_id: str | None
    recovery_instance_id: str | None
    snapshot_id: str | None
    snapshot_taken_at: Instant | None
    recovery_point: RecoveryPoint | None
    commands: tuple[CommandView, ...]
    launched_at: Instant | None
    updated_at: Instant


class ServerPage(Model):
    """Servers in the order of waves, accounts, regions and ids."""

    items: tuple[ServerView, ...]
    next_token: str | None = None


class AbandonedJobView(Model):
    """A job that the execution ended without; it holds its servers until `ended_at`.

    `since` is when it was begun. Without `job_id` nobody could say whether its launch came about.
    """

    job_id: str | None
    launch_id: str
    wave_number: int
    account_id: str
    region: str
    server_ids: tuple[str, ...]
    since: Instant
    abandoned_at: Instant
    ended_at: Instant | None


class TerminationView(Model):
    """A termination of the execution's instances; it leaves `left_count` as they are that were there before."""

    number: int
    status: TerminationStatus
    status_reason: str
    requested_by: str
    requested_at: Instant
    ended_at: Instant | None
    server_count: int
    left_count: int
    found_count: int
    remaining_count: int


class ExecutionView(Model):
    """An execution with its waves, gates and one page of its servers; `abandoned_jobs` are those it ended without.

    `override_reason` is why it was started in spite of what its preflight had found, and `override_codes` are the codes
    that its start has named: none if it covered whatever can be overridden without that. Of
    `temporary_settings_count` servers DRS has launch settings that are for its time only; after its end, those that
    were not given back yet.
    """

    execution_id: str
    plan_id: str
    plan_name: str
    plan_version: int
    execution_type: ExecutionType
    status: ExecutionStatus
    status_reason: str
    progress: int
    initiated_by: str
    reason: str
    override_reason: str | None
    override_codes: tuple[str, ...]
    cancelled_by: str | None
    started_at: Instant
    ended_at: Instant | None
    targets: tuple[Target, ...]
    wave_count: int
    server_count: int
    point_in_time: str
    rto: RecoveryTime
    rpo: AchievedRpo
    waves: tuple[WaveView, ...]
    gates: tuple[GateView, ...]
    servers: ServerPage
    temporary_settings_count: int
    abandoned_jobs: tuple[AbandonedJobView, ...]
    termination: TerminationView | None


def execution_view(
    header: ExecutionHeader,
    waves: Mapping[int, WaveRecord],
    gates: Iterable[Gate],
    servers: ServerPage,
    *,
    launches: Iterable[LaunchRecord],
    termination: Termination | None,
    temporary_settings_count: int,
    staging: Mapping[int, WaveStaging],
    now: datetime,
) -> ExecutionView:
    """The whole view; counters are those of the header, which is committed last."""
    return ExecutionView(
        execution_id=header.execution_id,
        plan_id=header.plan_id,
        plan_name=header.plan_name,
        plan_version=header.plan_version,
        execution_type=header.execution_type,
        status=header.status,
        status_reason=header.status_reason,
        progress=header.progress,
        initiated_by=header.initiated_by,
        reason=header.reason,
        override_reason=header.override_reason,
        override_codes=header.override_codes,
        cancelled_by=header.cancelled_by,
        started_at=header.started_at,
        ended_at=header.ended_at,
        targets=header.targets,
        wave_count=header.wave_count,
        server_count=header.server_count,
        point_in_time=show_point_in_time(header.point_in_time),
        rto=RecoveryTime.of(header, now),
        rpo=AchievedRpo.of(header, waves.values()),
        waves=wave_views(header, waves, staging),
        gates=tuple(
            gate_view(gate) for gate in sorted(gates, key=lambda gate: (gate.opened_at, gate.scope, gate.number))
        ),
        servers=servers,
        temporary_settings_count=temporary_settings_count,
        abandoned_jobs=abandoned_views(launches),
        termination=None if termination is None else termination_view(termination),
    )


def wave_views(
    header: ExecutionHeader, waves: Mapping[int, WaveRecord], staging: Mapping[int, WaveStaging]
) -> tuple[WaveView, ...]:
    """The waves by number, each with what staging accounts do for it."""
    return tuple(
        _wave_view(summary, waves.get(summary.wave_number), staging.get(summary.wave_number, WaveStaging()))
        for summary in header.waves
    )


def _wave_view(summary: WaveSummary, record: WaveRecord | None, staging: WaveStaging) -> WaveView:
    """Status and reason are both the record's; a wave without one, of a start that broke off, shows its summary."""
    return WaveView(
        wave_number=summary.wave_number,
        wave_name=summary.wave_name,
        status=record.status if record else summary.status,
        status_reason=record.present_reason if record else "",
        depends_on_waves=summary.depends_on_waves,
        pause_before_wave=summary.pause_before_wave,
        failure_policy=summary.failure_policy,
        minimum_success=record.minimum_success if record else None,
        accepted_codes=record.accepted_codes if record else (),
        accepted_by=record.accepted_by if record else None,
        accepted_at=record.accepted_at if record else None,
        override_reason=record.override_reason if record else None,
        wait_minutes=record.wait_minutes if record else None,
        deadline_minutes=record.deadline_minutes if record else None,
        drain_minutes=record.drain_minutes if record else None,
        protection_group_ids=record.protection_group_ids if record else (),
        protection_group_names=record.protection_group_names if record else (),
        server_count=summary.server_count,
        launched_count=summary.launched_count,
        failed_count=summary.failed_count,
        progress=record.progress if record else 0,
        draining=record.draining if record else False,
        retries=record.retries if record else 0,
        approved_by=record.approved_by if record else None,
        approved_at=record.approved_at if record else None,
        wait_until=record.wait_until if record else None,
        deadline_at=record.deadline_at if record else None,
        drain_until=record.drain_until if record else None,
        continued_by=record.continued_by if record else None,
        health_checks=record.health_checks.listed if record and record.health_checks else None,
        alarms=record.alarms if record else None,
        staging_jobs=staging.jobs,
        unread_staging=staging.unread,
        started_at=record.started_at if record else None,
        ended_at=record.ended_at if record else None,
    )


def gate_view(gate: Gate) -> GateView:
    """The gate without its token."""
    return GateView(
        scope=gate.scope,
        number=gate.number,
        kind=gate.kind,
        wave_number=None if gate.scope == PAUSE_SCOPE else int(gate.scope),
        status=gate.status,
        reason=gate.reason,
        opened_at=gate.opened_at,
        expires_at=gate.expires_at,
        notified_at=gate.notified_at,
        decided_by=gate.decided_by,
        decided_at=gate.decided_at,
    )


def server_view(header: ExecutionHeader, server: ServerRecord) -> ServerView:
    """The server, its key spread out."""
    return ServerView(
        wave_number=server.wave_number,
        source_server_id=server.server.source_server_id,
        account_id=server.server.account_id,
        region=server.server.region,
        name=server.name,
        optional=server.optional,
        accepted_findings=server.accepted_findings or (),
        settings_note=server.settings_note,
        launch_into_instance_id=server.into,
        staging_account_id=server.staging.account_id if server.staging else None,
        staging_source_server_id=server.staging.source_server_id if server.staging else None,
        launch_status=server.launch,
        launch_reason=server.launch_reason,
        health_status=server.health,
        health_reason=server.health_reason,
        attempt=server.attempt,
        job_id=server.job_id,
        recovery_instance_id=server.recovery_instance_id,
        snapshot_id=server.snapshot.snapshot_id if server.snapshot else None,
        snapshot_taken_at=server.snapshot.taken_at if server.snapshot else None,
        recovery_point=RecoveryPoint.of(header, server),
        commands=tuple(
            CommandView(
                position=command.index,
                state=command.state,
                detail=command.detail,
                command_id=command.command_id,
                sent_at=command.intent_at,
            )
            for command in server.commands
        ),
        launched_at=server.launched_at,
        updated_at=server.updated_at,
    )


def abandoned_views(launches: Iterable[LaunchRecord]) -> tuple[AbandonedJobView, ...]:
    """The jobs that were abandoned, those that have ended since included."""
    return tuple(
        AbandonedJobView(
            job_id=launch.job_id,
            launch_id=launch.launch_id,
            wave_number=launch.wave_number,
            account_id=launch.target.account_id,
            region=launch.target.region,
            server_ids=tuple(server.source_server_id for server in launch.held),
            since=launch.intent_at,
            abandoned_at=launch.abandoned_at,
            ended_at=None if launch.is_abandoned else launch.ended_at,
        )
        for launch in launches
        if launch.abandoned_at is not None
    )


def termination_view(termination: Termination) -> TerminationView:
    """The termination, its servers counted."""
    return TerminationView(
        number=termination.number,
        status=termination.status,
        status_reason=termination.status_reason,
        requested_by=termination.requested_by,
        requested_at=termination.requested_at,
        ended_at=termination.ended_at,
        server_count=termination.server_count,
        left_count=termination.left_count,
        found_count=termination.found_count,
        remaining_count=termination.remaining_count,
    )
