"""GET /recovery-plans/{planId}/check-existing-instances."""

import bisect
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol, TypeAlias

from query.instance_pages import InstancePosition, UnreadTarget, read_everywhere, read_instances
from query.ledger import instances_launched_into
from query.page_start import PageStart
from query.places import AsksDrs
from shared.aws.ports import DrsPort
from shared.drs_utils import EXECUTION_TAG
from shared.errors import ErrorCode, NotFoundError
from shared.models.base import Instant, Model
from shared.models.drs import Job, RecoveryInstance
from shared.models.finding import Finding
from shared.models.plan_check import ResolvedServer
from shared.models.recovery_plan import RecoveryPlan, WaveNumber
from shared.models.targets import AccountId, Region, ServerKey, Target
from shared.operations import Context, operation
from shared.patience import part_of_patience
from shared.roles import Permission
from shared.services.configuration_reads import ConfigurationReads, OnePlan
from shared.services.judging import ID, judge_by, token_of
from shared.services.preflight_places import look_at_servers
from shared.services.request_fields import Limit, NextToken
from shared.stores import page_token
from shared.stores.execution_store import ExecutionStore

_LIST: Final = "existing-instances"

_Listed: TypeAlias = tuple[WaveNumber, ResolvedServer]


class CheckExistingInstances(OnePlan):
    """A plan by its id."""

    limit: Limit = 50
    next_token: NextToken | None = None


class ExistingInstance(Model):
    """A recovery instance of a server of the plan; `execution_id` is that of ours whose job made it, if one did.

    Of such one it is known whether it was there before, and the server was `launched_into` it.
    """

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
    launched_into: bool | None = None


class ExistingInstances(Model):
    """A page of instances; what `unread` or `findings` name is missing from it.

    `server_count` counts the plan's servers when the first page was read; `findings` are of the waves from the first
    of the page on.
    """

    plan_id: str
    server_count: int
    items: tuple[ExistingInstance, ...]
    unread: tuple[UnreadTarget, ...] = ()
    findings: tuple[Finding, ...] = ()
    next_token: str | None = None


class ChecksInstances(AsksDrs, ConfigurationReads, Protocol):
    """Plans and groups, DRS, and what is known of executions."""

    @property
    def executions(self) -> ExecutionStore:
        """The executions."""
        ...


def _asked(
    request: CheckExistingInstances, context: Context[ConfigurationReads]
) -> PageStart[RecoveryPlan, Mapping[str, str]]:
    """NotFoundError; ValidationError if the page token is not of the plan as it is."""
    plan = context.app.plans.get(request.plan_id)
    filters = {"planId": plan.plan_id, "version": plan.version}
    return PageStart(plan, filters, _decoded(request.next_token, filters) if request.next_token else {})


@operation(
    "check_existing_instances",
    http="GET /recovery-plans/{planId}/check-existing-instances",
    permission=Permission.VIEW_RECOVERY_PLANS,
    raises=(ErrorCode.RESOURCE_NOT_FOUND,),
    judge=judge_by(CheckExistingInstances, token_of(_asked), stand_ins={"planId": ID}),
)
def check_existing_instances(request: CheckExistingInstances, context: Context[ChecksInstances]) -> ExistingInstances:
    """The recovery instances that the plan's servers have now, of whatever execution."""
    app = context.app
    asked = _asked(request, context)
    plan, start = asked.of, asked.begin
    waves = tuple(wave for wave in plan.waves if wave.wave_number >= int(start.get("wave", 0)))
    resolution = look_at_servers(plan.model_copy(update={"waves": waves}), app.preflight)
    servers = [(number, server) for number, wave in resolution.servers_by_wave.items() for server in wave]
    page = read_instances(
        servers, _place(servers, start), request.limit, app.drs, key_of=lambda one: one[1].server, is_last=False
    )
    unread = dict(page.unread)
    items = [_view(number, server, instance) for (number, server), instance in page.found]
    server_count = start.get("servers", str(len(servers)))
    return ExistingInstances(
        plan_id=request.plan_id,
        server_count=int(server_count),
        items=_with_instances(_with_executions(items, app.drs, unread), app.executions),
        unread=tuple(unread.values()),
        findings=resolution.findings,
        next_token=page_token.encode(_LIST, asked.filters, _start(servers, page.following, server_count))
        if page.following
        else None,
    )


def _decoded(token: str, filters: Mapping[str, Any]) -> Mapping[str, str]:
    start = page_token.decode(token, _LIST, filters, {"wave", "server", "servers"}, maybe={"after"})
    for name in ("wave", "servers"):
        page_token.number_of(start[name])
    return start


def _start(servers: Sequence[_Listed], place: InstancePosition, server_count: str) -> dict[str, str]:
    """Where the next page begins, by names and not by a position: servers may come and go meanwhile."""
    wave_number, server = servers[place.position]
    after = {"after": place.after} if place.after else {}
    return {"wave": str(wave_number), "server": str(server.server), "servers": server_count, **after}


def _place(servers: Sequence[_Listed], start: Mapping[str, str]) -> InstancePosition:
    """Where that is now: the servers are in the order of their waves, then of their keys."""
    if not start:
        return InstancePosition()
    first = int(start["wave"]), start["server"]
    names = [(number, str(server.server)) for number, server in servers]
    position = bisect.bisect_left(names, first)
    return InstancePosition(position, start.get("after", "") if names[position : position + 1] == [first] else "")


def _with_executions(
    items: Sequence[ExistingInstance], drs: DrsPort, unread: dict[Target, UnreadTarget]
) -> tuple[ExistingInstance, ...]:
    """With the executions that the tags of their jobs name; where those cannot be read, `unread` says so."""
    jobs: dict[Target, set[str]] = {}
    for item in items:
        if item.job_id is not None:
            jobs.setdefault(Target(account_id=item.account_id, region=item.region), set()).add(item.job_id)

    def read(target: Target) -> Sequence[Job]:
        return drs.jobs(target, ids=sorted(jobs[target])).jobs

    listed = read_everywhere(jobs, read, unread, part_of_patience(is_last=True))
    executions = {
        job.job_id: job.tags[EXECUTION_TAG] for found in listed.values() for job in found if EXECUTION_TAG in job.tags
    }
    return tuple(item.model_copy(update={"execution_id": executions.get(item.job_id or "")}) for item in items)


def _with_instances(items: Sequence[ExistingInstance], executions: ExecutionStore) -> tuple[ExistingInstance, ...]:
    """With what the executions know of them; of one that was deleted nothing is known."""
    known: dict[str, dict[ServerKey, str]] = {}
    for execution_id in {item.execution_id for item in items if item.execution_id is not None}:
        with suppress(NotFoundError):
            known[execution_id] = instances_launched_into(executions.find(execution_id), executions)
    return tuple(
        item.model_copy(update={"launched_into": known[item.execution_id].get(_key(item)) == item.ec2_instance_id})
        if item.execution_id in known
        else item
        for item in items
    )


def _key(item: ExistingInstance) -> ServerKey:
    return ServerKey(account_id=item.account_id, region=item.region, source_server_id=item.source_server_id)


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
