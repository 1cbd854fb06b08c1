"""The recovery instances of an execution, by job id, read from DRS at this moment."""

from collections.abc import Sequence
from typing import Final

from query.job_logs import ReadFailure, ReadsJobs, read_failure
from query.ledger import LaunchedServer, Positions, jobs_of, servers_of
from shared.aws.ports import DrsPort
from shared.errors import CrossAccountError, DrsServiceError, ErrorCode
from shared.models.base import Instant, Model
from shared.models.drs import RecoveryInstance
from shared.models.recovery_plan import WaveNumber
from shared.models.targets import Target
from shared.operations import Context, operation
from shared.roles import Permission
from shared.services.request_fields import ExecutionId, Limit, NextToken
from shared.services.wave_naming import must_have_wave

_SERVERS_AT_ONCE: Final = 200
"""DescribeRecoveryInstances takes 200 servers (DRS service model)."""

_SERVERS_PER_PAGE: Final = 1000
"""How many servers are looked for at most until a page is answered, full or not."""


class GetRecoveryInstances(Model):
    """The instances that an execution launched, all or a wave's."""

    execution_id: ExecutionId
    wave_number: WaveNumber | None = None
    limit: Limit = 50
    next_token: NextToken | None = None


class RecoveryInstanceView(Model):
    """An instance that exists, and which launch made it."""

    recovery_instance_id: str
    ec2_instance_id: str
    source_server_id: str
    account_id: str
    region: str
    wave_number: int
    job_id: str
    ec2_state: str | None
    is_drill: bool | None
    point_in_time: Instant | None


class UnreadTarget(ReadFailure):
    """An account and region that could not be asked: its instances are unknown, not absent."""

    account_id: str
    region: str


class RecoveryInstancePage(Model):
    """A page of instances; what `unread` names is missing from it."""

    items: tuple[RecoveryInstanceView, ...]
    unread: tuple[UnreadTarget, ...] = ()
    next_token: str | None = None


@operation(
    "get_recovery_instances",
    http="GET /executions/{executionId}/recovery-instances",
    permission=Permission.VIEW_EXECUTIONS,
    raises=(ErrorCode.RESOURCE_NOT_FOUND,),
)
def get_recovery_instances(request: GetRecoveryInstances, context: Context[ReadsJobs]) -> RecoveryInstancePage:
    """The recovery instances whose job is one of this execution's, of any attempt, in every account and region."""
    app = context.app
    header = app.executions.find(request.execution_id)
    must_have_wave(header, request.wave_number)
    filters = {"executionId": request.execution_id, "waveNumber": request.wave_number}
    launches = jobs_of(app.executions.launches(header), request.wave_number, None)
    ledger = Positions("recovery-instances", filters, servers_of(launches))
    begin = position = ledger.begin(request.next_token)
    items: list[RecoveryInstanceView] = []
    unread: dict[Target, UnreadTarget] = {}
    while position < min(len(ledger.entries), begin + _SERVERS_PER_PAGE) and len(items) < request.limit:
        servers = ledger.entries[position : position + _SERVERS_AT_ONCE]
        existing = _existing(servers, app.drs, unread)
        for server in servers:
            if len(items) == request.limit:
                break
            position += 1
            items.extend(_view(server, instance) for instance in existing.get(server, ()))
    return RecoveryInstancePage(items=tuple(items), unread=tuple(unread.values()), next_token=ledger.token_at(position))


def _existing(
    servers: Sequence[LaunchedServer], drs: DrsPort, unread: dict[Target, UnreadTarget]
) -> dict[LaunchedServer, list[RecoveryInstance]]:
    """The instances of each of these servers that its job made; what cannot be asked is noted in `unread`."""
    by_key = {(server.target, server.job_id, server.source_server_id): server for server in servers}
    found: dict[LaunchedServer, list[RecoveryInstance]] = {}
    for target in sorted({server.target for server in servers} - set(unread)):
        ids = sorted({server.source_server_id for server in servers if server.target == target})
        try:
            instances = drs.recovery_instances(target, source_server_ids=ids)
        except (CrossAccountError, DrsServiceError) as error:
            failure = read_failure(error)
            unread[target] = UnreadTarget(
                account_id=target.account_id, region=target.region, error=failure.error, message=failure.message
            )
            continue
        for instance in instances:
            server = by_key.get((target, instance.job_id or "", instance.source_server_id or ""))
            if server is not None:
                found.setdefault(server, []).append(instance)
    return found


def _view(server: LaunchedServer, instance: RecoveryInstance) -> RecoveryInstanceView:
    return RecoveryInstanceView(
        recovery_instance_id=instance.recovery_instance_id,
        ec2_instance_id=instance.ec2_instance_id,
        source_server_id=server.source_server_id,
        account_id=server.target.account_id,
        region=server.target.region,
        wave_number=server.wave_number,
        job_id=server.job_id,
        ec2_state=instance.ec2_state,
        is_drill=instance.is_drill,
        point_in_time=instance.point_in_time,
    )
