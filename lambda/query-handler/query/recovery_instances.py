"""The recovery instances of an execution, by job id, read from DRS at this moment."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from query.instance_pages import InstancePosition, UnreadTarget, read_instances
from query.job_logs import ReadsJobs
from query.ledger import LaunchedServer, instances_launched_into, jobs_of, position_of, servers_of
from query.page_start import PageStart
from shared.errors import ErrorCode
from shared.models.base import Instant, Model
from shared.models.drs import RecoveryInstance
from shared.models.recovery_plan import WaveNumber
from shared.operations import Context, operation
from shared.roles import Permission
from shared.services.judging import ID, judge_by, raised_by
from shared.services.request_fields import ExecutionId, Limit, NextToken
from shared.services.wave_naming import must_have_wave
from shared.stores import page_token

_LIST: Final = "recovery-instances"


class GetRecoveryInstances(Model):
    """The instances that an execution launched, all or a wave's."""

    execution_id: ExecutionId
    wave_number: WaveNumber | None = None
    limit: Limit = 50
    next_token: NextToken | None = None


class RecoveryInstanceView(Model):
    """An instance that exists, and which launch made it, or launched a server into it, which was there before."""

    recovery_instance_id: str
    ec2_instance_id: str
    source_server_id: str
    account_id: str
    region: str
    wave_number: int
    job_id: str
    launched_into: bool
    ec2_state: str | None
    is_drill: bool | None
    point_in_time: Instant | None


class RecoveryInstancePage(Model):
    """A page of instances; what `unread` names is missing from it."""

    items: tuple[RecoveryInstanceView, ...]
    unread: tuple[UnreadTarget, ...] = ()
    next_token: str | None = None


def _asked(
    request: GetRecoveryInstances, context: Context[ReadsJobs]
) -> PageStart[Sequence[LaunchedServer], InstancePosition]:
    """NotFoundError; ValidationError if there is no such wave, or the page token is not of this list."""
    executions = context.app.executions
    header = executions.find(request.execution_id)
    must_have_wave(header, request.wave_number)
    filters = {"executionId": request.execution_id, "waveNumber": request.wave_number}
    jobs = jobs_of(executions.launches(header), request.wave_number, None)
    servers = servers_of(jobs, instances_launched_into(header, executions))
    return PageStart(servers, filters, _place(request.next_token, filters, servers))


@operation(
    "get_recovery_instances",
    http="GET /executions/{executionId}/recovery-instances",
    permission=Permission.VIEW_EXECUTIONS,
    raises=(ErrorCode.RESOURCE_NOT_FOUND,),
    judge=judge_by(GetRecoveryInstances, raised_by(_asked), stand_ins={"executionId": ID}),
)
def get_recovery_instances(request: GetRecoveryInstances, context: Context[ReadsJobs]) -> RecoveryInstancePage:
    """The recovery instances whose job is one of this execution's, of any attempt, in every account and region."""
    asked = _asked(request, context)
    page = read_instances(
        asked.of,
        asked.begin,
        request.limit,
        context.app.drs,
        key_of=lambda server: server.key,
        is_theirs=lambda server, instance: instance.job_id == server.job_id,
    )
    return RecoveryInstancePage(
        items=tuple(_view(server, instance) for server, instance in page.found),
        unread=tuple(page.unread.values()),
        next_token=page_token.encode(_LIST, asked.filters, _start(asked.of, page.following))
        if page.following
        else None,
    )


def _start(servers: Sequence[LaunchedServer], place: InstancePosition) -> dict[str, str]:
    server = servers[place.position]
    after = {"after": place.after} if place.after else {}
    return {"launch": server.launch_id, "server": server.source_server_id, **after}


def _place(token: str | None, filters: Mapping[str, Any], servers: Sequence[LaunchedServer]) -> InstancePosition:
    if token is None:
        return InstancePosition()
    start = page_token.decode(token, _LIST, filters, {"launch", "server"}, maybe={"after"})
    names = [(server.launch_id, server.source_server_id) for server in servers]
    return InstancePosition(position_of((start["launch"], start["server"]), names), start.get("after", ""))


def _view(server: LaunchedServer, instance: RecoveryInstance) -> RecoveryInstanceView:
    return RecoveryInstanceView(
        recovery_instance_id=instance.recovery_instance_id,
        ec2_instance_id=instance.ec2_instance_id,
        source_server_id=server.source_server_id,
        account_id=server.target.account_id,
        region=server.target.region,
        wave_number=server.wave_number,
        job_id=server.job_id,
        launched_into=server.into == instance.ec2_instance_id,
        ec2_state=instance.ec2_state,
        is_drill=instance.is_drill,
        point_in_time=instance.point_in_time,
    )
