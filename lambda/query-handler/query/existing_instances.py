"""GET /recovery-plans/{planId}/check-existing-instances."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from query.job_logs import read_failure
from query.ledger import Positions
from query.places import AsksDrs
from query.recovery_instances import UnreadTarget
from shared.aws.ports import DrsPort
from shared.drs_utils import EXECUTION_TAG
from shared.errors import CrossAccountError, DrsServiceError, ErrorCode
from shared.models.base import Instant, Model
from shared.models.drs import RecoveryInstance
from shared.models.finding import Finding
from shared.models.plan_check import ResolvedServer
from shared.models.recovery_plan import WaveNumber
from shared.models.targets import AccountId, Region, Target
from shared.operations import Context, operation
from shared.roles import Permission
from shared.services.configuration_reads import ConfigurationReads, OnePlan
from shared.services.preflight import look_at_servers
from shared.services.request_fields import Limit, NextToken

_SERVERS_AT_ONCE: Final = 200
"""DescribeRecoveryInstances takes 200 servers (DRS service model)."""

_SERVERS_PER_PAGE: Final = 1000
"""How many servers are looked for at most until a page is answered, full or not."""


class CheckExistingInstances(OnePlan):
    """A plan by its id."""

    limit: Limit = 50
    next_token: NextToken | None = None


class ExistingInstance(Model):
    """A recovery instance of a server of the plan; `execution_id` is that of ours whose job made it, if one did."""

    source_server_id: str
    server_name: str
    account_id: AccountId
    region: Region
    wave_number: WaveNumber
    group_id: str
    recovery_instance_id: str
    ec2_instance_id: str
    ec2_state: str | None
    is_drill: bool | None
    point_in_time: Instant | None
    job_id: str | None
    execution_id: str | None


class ExistingInstances(Model):
    """A page of instances, of `server_count` servers in all; what `unread` or `findings` name is missing from it."""

    plan_id: str
    server_count: int
    items: tuple[ExistingInstance, ...]
    unread: tuple[UnreadTarget, ...] = ()
    findings: tuple[Finding, ...] = ()
    next_token: str | None = None


class ChecksInstances(AsksDrs, ConfigurationReads, Protocol):
    """Plans and groups, and DRS."""


@operation(
    "check_existing_instances",
    http="GET /recovery-plans/{planId}/check-existing-instances",
    permission=Permission.VIEW_RECOVERY_PLANS,
    raises=(ErrorCode.RESOURCE_NOT_FOUND,),
)
def check_existing_instances(request: CheckExistingInstances, context: Context[ChecksInstances]) -> ExistingInstances:
    """The recovery instances that the plan's servers have now, of whatever execution."""
    app = context.app
    plan = app.plans.get(request.plan_id)
    resolution = look_at_servers(plan, app.preflight)
    servers = [(number, server) for number, wave in resolution.servers_by_wave.items() for server in wave]
    ordered = Positions("existing-instances", {"planId": request.plan_id, "version": plan.version}, servers)
    begin = position = ordered.begin(request.next_token)
    items: list[ExistingInstance] = []
    unread: dict[Target, UnreadTarget] = {}
    while position < min(len(servers), begin + _SERVERS_PER_PAGE) and len(items) < request.limit:
        part = servers[position : position + _SERVERS_AT_ONCE]
        found = _instances(part, app.drs, unread)
        for number, server in part:
            if len(items) >= request.limit:
                break
            position += 1
            items += [_view(number, server, instance) for instance in found.get(str(server.server), ())]
    return ExistingInstances(
        plan_id=request.plan_id,
        server_count=len(servers),
        items=_with_executions(items, app.drs, unread),
        unread=tuple(unread.values()),
        findings=resolution.findings,
        next_token=ordered.token_at(position),
    )


def _instances(
    servers: Sequence[tuple[int, ResolvedServer]], drs: DrsPort, unread: dict[Target, UnreadTarget]
) -> Mapping[str, list[RecoveryInstance]]:
    """The instances of these servers; who cannot be asked is noted in `unread`."""
    found: dict[str, list[RecoveryInstance]] = {}
    keys = {server.server for _, server in servers}
    for target in sorted({key.target for key in keys} - set(unread)):
        by_id = {key.source_server_id: key for key in keys if key.target == target}
        try:
            instances = drs.recovery_instances(target, source_server_ids=sorted(by_id))
        except (CrossAccountError, DrsServiceError) as error:
            unread[target] = _unread(target, error)
            continue
        for instance in instances:
            if instance.source_server_id in by_id:
                found.setdefault(str(by_id[instance.source_server_id]), []).append(instance)
    return found


def _with_executions(
    items: Sequence[ExistingInstance], drs: DrsPort, unread: dict[Target, UnreadTarget]
) -> tuple[ExistingInstance, ...]:
    """With the executions that the tags of their jobs name; where those cannot be read, `unread` says so."""
    jobs: dict[Target, set[str]] = {}
    for item in items:
        if item.job_id is not None:
            jobs.setdefault(Target(account_id=item.account_id, region=item.region), set()).add(item.job_id)
    executions: dict[str, str] = {}
    for target in sorted(jobs):
        try:
            listed = drs.jobs(target, ids=sorted(jobs[target])).jobs
        except (CrossAccountError, DrsServiceError) as error:
            unread[target] = _unread(target, error)
            continue
        executions |= {job.job_id: job.tags[EXECUTION_TAG] for job in listed if EXECUTION_TAG in job.tags}
    return tuple(item.model_copy(update={"execution_id": executions.get(item.job_id or "")}) for item in items)


def _unread(target: Target, error: CrossAccountError | DrsServiceError) -> UnreadTarget:
    failure = read_failure(error)
    return UnreadTarget(
        account_id=target.account_id, region=target.region, error=failure.error, message=failure.message
    )


def _view(wave_number: int, server: ResolvedServer, instance: RecoveryInstance) -> ExistingInstance:
    return ExistingInstance(
        source_server_id=server.server.source_server_id,
        server_name=server.name,
        account_id=server.server.account_id,
        region=server.server.region,
        wave_number=wave_number,
        group_id=server.group_id,
        recovery_instance_id=instance.recovery_instance_id,
        ec2_instance_id=instance.ec2_instance_id,
        ec2_state=instance.ec2_state,
        is_drill=instance.is_drill,
        point_in_time=instance.point_in_time,
        job_id=instance.job_id,
        execution_id=None,
    )
