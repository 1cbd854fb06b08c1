"""How launch settings and what was applied of them stand: of a group, of a server, and of old."""

from collections.abc import Sequence
from typing import Any, Final, Protocol

from shared.aws.choice_ports import LaunchLookupsPort
from shared.aws.ports import DrsPort
from shared.errors import DrsServiceError, ErrorCode, NotFoundError
from shared.launch_config_records import written_address
from shared.launch_config_rules import effective_configs
from shared.models.base import Model
from shared.models.launch_config_state import ConfigDifference, ConfigOutcome, DriftPolicy, ServerConfigEvent
from shared.models.prepared_instance import LaunchIntoView
from shared.models.protection_group import ProtectionGroup
from shared.models.targets import ServerKey, SourceServerId, key_in
from shared.operations import Context, operation
from shared.roles import Permission
from shared.services.group_members import is_member, member_ids
from shared.services.judging import ID, judge_by, token_of
from shared.services.launch_config_bringing import bring
from shared.services.launch_config_orders import BringingDeps, How, Wanted
from shared.services.launch_config_views import (
    LaunchConfigRunView,
    ServerConfigView,
    ServerSettingsView,
    counts_of,
    settings_view,
    view_of_run,
    view_of_server,
    view_of_temporary,
)
from shared.services.launch_into import launch_into_views
from shared.services.request_fields import GroupId, Limit, NextToken
from shared.stores import page_token
from shared.stores.execution_store import ExecutionStore
from shared.stores.launch_configs import LaunchConfigStore
from shared.stores.paging import Listing
from shared.stores.protection_group_store import ProtectionGroupStore

_LIST: Final = "launch-config-status"
_READS: Final = (ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.DRS_SERVICE_ERROR, ErrorCode.CROSS_ACCOUNT_ERROR)


class KnowsLaunchConfigs(Protocol):
    """Groups, what is known of their launch configurations, and DRS."""

    @property
    def groups(self) -> ProtectionGroupStore:
        """The groups."""
        ...

    @property
    def launch_configs(self) -> LaunchConfigStore:
        """What is known of launch configurations."""
        ...

    @property
    def executions(self) -> ExecutionStore:
        """The executions, and what is there for one of them only."""
        ...

    @property
    def bringing(self) -> BringingDeps:
        """What looks at launch configurations."""
        ...

    @property
    def drs(self) -> DrsPort:
        """DRS in any account and region."""
        ...

    @property
    def ec2_choices(self) -> LaunchLookupsPort:
        """The instances that are there for launches, in any account and region."""
        ...


class GetLaunchConfigStatus(Model):
    """A page of the servers of a group."""

    group_id: GroupId
    limit: Limit = 50
    next_token: NextToken | None = None


class LaunchConfigStatus(Model):
    """How the servers of a group stand, a page of them by id; `counts` are of all, by status.

    `launch_into` of a server is the existing instance into which it would be launched now.

    `run` is the latest that applied the settings of the group.
    """

    group_id: str
    version: int
    server_count: int
    counts: dict[str, int]
    run: LaunchConfigRunView | None = None
    items: tuple[ServerConfigView, ...]
    next_token: str | None = None


class OneServer(Model):
    """A server of a group."""

    group_id: GroupId
    server_id: SourceServerId


class ServerLaunchConfigNow(ServerSettingsView):
    """The stored settings of a server, what DRS and its launch template hold now, and where the two differ.

    `launch_into` is the existing instance into which it would be launched.
    """

    status: ServerConfigView
    found: dict[str, Any]
    launch_template_id: str
    launch_template_version: int
    differences: tuple[ConfigDifference, ...] = ()
    launch_into: LaunchIntoView | None = None


class GetServerConfigHistory(OneServer):
    """A page of the history of a server's configuration, newest first."""

    limit: Limit = 50
    next_token: NextToken | None = None


class ConfigHistoryPage(Model):
    """A page of what happened to the configuration of a server, newest first."""

    items: tuple[ServerConfigEvent, ...]
    next_token: str | None = None


def _page_start(request: GetLaunchConfigStatus) -> str:
    """After which server the page begins; ValidationError."""
    if request.next_token is None:
        return ""
    return str(page_token.decode(request.next_token, _LIST, {"groupId": request.group_id}, {"after"})["after"])


def _status_page(request: GetLaunchConfigStatus, _context: Context[KnowsLaunchConfigs]) -> None:
    _page_start(request)


@operation(
    "get_launch_config_status",
    http="GET /protection-groups/{groupId}/launch-config-status",
    permission=Permission.VIEW_PROTECTION_GROUPS,
    raises=_READS,
    judge=judge_by(GetLaunchConfigStatus, token_of(_status_page), stand_ins={"groupId": ID}),
)
def get_launch_config_status(
    request: GetLaunchConfigStatus, context: Context[KnowsLaunchConfigs]
) -> LaunchConfigStatus:
    """How far the launch settings of a group are applied, of all its servers and of each."""
    after, app = _page_start(request), context.app
    group = app.groups.get(request.group_id)
    members, run = member_ids(group, app.drs), app.launch_configs.run(group.group_id)
    running = run.run_id if run is not None and run.is_running else None
    configs, keys = effective_configs(group, members), _keys(group, members)
    states = app.launch_configs.states(list(keys.values()))
    views = {
        server_id: view_of_server(group, server_id, configs[server_id], states.get(key), running)
        for server_id, key in keys.items()
    }
    into = launch_into_views(group, members, app.drs, app.ec2_choices)
    left = [server_id for server_id in members if server_id > after]
    shown = left[: request.limit]
    return LaunchConfigStatus(
        group_id=group.group_id,
        version=group.version,
        server_count=len(members),
        counts=counts_of(views),
        run=None if run is None else view_of_run(run),
        items=_with_temporary(group, [_going_into(views[each], into.get(each)) for each in shown], app),
        next_token=page_token.encode(_LIST, {"groupId": request.group_id}, {"after": shown[-1]})
        if len(left) > len(shown)
        else None,
    )


@operation(
    "get_server_launch_config",
    http="GET /protection-groups/{groupId}/servers/{serverId}/launch-config",
    permission=Permission.VIEW_PROTECTION_GROUPS,
    raises=_READS,
)
def get_server_launch_config(request: OneServer, context: Context[KnowsLaunchConfigs]) -> ServerLaunchConfigNow:
    """The launch settings of a server as they are stored and as DRS and EC2 hold them now."""
    app = context.app
    group = app.groups.get(request.group_id)
    members = member_ids(group, app.drs)
    _check_member(group, request.server_id, is_in=request.server_id in members)
    config = effective_configs(group, [request.server_id])[request.server_id]
    key, run = _key(group, request.server_id), app.launch_configs.run(group.group_id)
    state = app.launch_configs.states([key]).get(key)
    wanted = Wanted(config, written_address(state))
    seen = bring(group.target, {request.server_id: wanted}, How(DriftPolicy.WARN), app.bringing)
    now = seen[request.server_id]
    if now.outcome is ConfigOutcome.FAILED:
        raise now.error or DrsServiceError(now.reason, drsCode=now.code, region=group.region)
    running = run.run_id if run is not None and run.is_running else None
    return ServerLaunchConfigNow(
        **dict(settings_view(group, request.server_id, config)),
        status=_with_temporary(group, [view_of_server(group, request.server_id, config, state, running)], app)[0],
        found=dict(now.found),
        launch_template_id=now.template_id,
        launch_template_version=now.template_version,
        differences=now.differences,
        launch_into=launch_into_views(group, members, app.drs, app.ec2_choices).get(request.server_id),
    )


def _history(request: GetServerConfigHistory, context: Context[KnowsLaunchConfigs]) -> Listing[ServerConfigEvent]:
    group = context.app.groups.get(request.group_id)
    key = _key(group, request.server_id)
    return context.app.launch_configs.history(key, request.limit, request.next_token)


@operation(
    "get_server_config_history",
    http="GET /protection-groups/{groupId}/servers/{serverId}/audit-log",
    permission=Permission.VIEW_PROTECTION_GROUPS,
    raises=_READS,
    judge=judge_by(GetServerConfigHistory, token_of(_history), stand_ins={"groupId": ID, "serverId": "s-" + "Z" * 17}),
)
def get_server_config_history(
    request: GetServerConfigHistory, context: Context[KnowsLaunchConfigs]
) -> ConfigHistoryPage:
    """What was changed of a server's launch settings, what was applied, by whom, and what came of it.

    Also of one that has left the group, if this has a line in its history.
    """
    app = context.app
    group = app.groups.get(request.group_id)
    was_here = app.launch_configs.has_line_of(_key(group, request.server_id), group.group_id)
    _check_member(group, request.server_id, is_in=was_here or is_member(group, request.server_id, app.drs))
    page = _history(request, context)
    return ConfigHistoryPage(items=page.items, next_token=page.next_token)


def _check_member(group: ProtectionGroup, server_id: str, *, is_in: bool) -> None:
    if not is_in:
        raise NotFoundError(
            f"server {server_id} is not in the group {group.group_name}", groupId=group.group_id, serverId=server_id
        )


def _going_into(view: ServerConfigView, instance: LaunchIntoView | None) -> ServerConfigView:
    return view if instance is None else view.model_copy(update={"launch_into": instance})


def _with_temporary(
    group: ProtectionGroup, views: Sequence[ServerConfigView], app: KnowsLaunchConfigs
) -> tuple[ServerConfigView, ...]:
    keys = _keys(group, [view.source_server_id for view in views])
    rows = app.executions.temporary_settings_of(list(keys.values()))
    found = {server_id: view_of_temporary(rows[key]) for server_id, key in keys.items() if key in rows}
    return tuple(
        view.model_copy(update={"temporary": found[view.source_server_id]}) if view.source_server_id in found else view
        for view in views
    )


def _key(group: ProtectionGroup, server_id: str) -> ServerKey:
    return key_in(group.target, server_id)


def _keys(group: ProtectionGroup, server_ids: Sequence[str]) -> dict[str, ServerKey]:
    target = group.target
    return {server_id: key_in(target, server_id) for server_id in server_ids}
