"""PUT and DELETE /protection-groups/{groupId}/servers/{serverId}/launch-config, and many servers at once."""

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import Field

from data_management.app import ConfigurationApp
from data_management.requests import Flag
from data_management.server_settings import (
    Named,
    OwnSettings,
    Saved,
    broken_rules,
    override,
    own_of,
    rests_on,
    save,
)
from data_management.uses import upon_version
from shared.errors import ErrorCode, NotFoundError
from shared.group_rules import STAND_IN_ADDRESS
from shared.launch_config_rules import effective_config
from shared.models.base import Model
from shared.models.launch_config import ServerLaunchConfig, ServerOverride
from shared.models.protection_group import ProtectionGroup
from shared.models.targets import SourceServerId
from shared.models.violation import Violation, refuse
from shared.operations import Context, Success, operation
from shared.roles import Permission
from shared.services.judging import CHANGE, ID, judge_by
from shared.services.launch_config_views import LaunchConfigRunView, ServerSettingsView, settings_view, view_of_run
from shared.services.request_fields import GroupId, Version
from shared.services.versions import check_version

_RAISES: Final = (
    ErrorCode.RESOURCE_NOT_FOUND,
    ErrorCode.CONFLICT_ERROR,
    ErrorCode.DRS_SERVICE_ERROR,
    ErrorCode.CROSS_ACCOUNT_ERROR,
)
_SERVER: Final = "s-" + "Z" * 17
_SERVERS: Final = 4_000


class UpdateServerLaunchConfig(Model):
    """All that a server is to have of its own; the rest is the group's.

    What it had and is left out is the group's again, and null leaves a field as DRS has it. What it has for drills
    stays if that is left out, and is gone with null. `use_group_defaults` may be sent as it is read, and says nothing.
    It is applied to DRS only with `apply_launch_configs`, or by a later call; settings for drills never are.
    """

    group_id: GroupId
    server_id: SourceServerId
    version: Version
    launch_template: ServerLaunchConfig
    drill_launch_template: ServerLaunchConfig | None = None
    use_group_defaults: Flag | None = None
    apply_launch_configs: Flag = False


class DeleteServerLaunchConfig(Model):
    """A server that is to have nothing of its own any more, whatever the group's version unless one is given."""

    group_id: GroupId
    server_id: SourceServerId
    version: Version | None = None


class BulkServerConfigs(Model):
    """What several servers are to have of their own, as if each were changed by itself; without settings nothing.

    What one is to have in drills stays if that is left out.

    All of it is stored, or none.
    """

    group_id: GroupId
    version: Version
    servers: Annotated[tuple[ServerOverride, ...], Field(min_length=1, max_length=_SERVERS)]
    apply_launch_configs: Flag = False


class ServerSettingsSaved(ServerSettingsView):
    """What is stored for a server now; `run` applies it, if that was asked for and no other run was faster."""

    run: LaunchConfigRunView | None = None


class BulkSaved(Model):
    """How many servers have other settings of their own than before; `run` applies them, as of a single one."""

    group_id: str
    version: int
    changed: int
    unchanged: int
    run: LaunchConfigRunView | None = None


def _named(_position: int, rest: str) -> str:
    return rest if rest.startswith(("launchTemplate", "drillLaunchTemplate")) else "serverId"


def _of_one(request: UpdateServerLaunchConfig, context: Context[ConfigurationApp]) -> Iterator[Violation]:
    group = context.app.groups.get(request.group_id)
    if _lists(group, request.server_id):
        own = own_of(group, request.server_id, request)
        yield from broken_rules(group, {request.server_id: own}, _named, context.app)


@operation(
    "update_server_launch_config",
    http="PUT /protection-groups/{groupId}/servers/{serverId}/launch-config",
    permission=Permission.MODIFY_PROTECTION_GROUPS,
    raises=_RAISES,
    judge=judge_by(
        UpdateServerLaunchConfig,
        _of_one,
        stand_ins={
            **CHANGE,
            "groupId": ID,
            "serverId": _SERVER,
            "launchTemplate": {},
            "launchTemplate.staticPrivateIp": str(STAND_IN_ADDRESS),
            "drillLaunchTemplate.staticPrivateIp": str(STAND_IN_ADDRESS),
        },
        rests_on={**rests_on(), "SERVER_NOT_IN_GROUP": ("serverId",)},
    ),
)
def update_server_launch_config(
    request: UpdateServerLaunchConfig, context: Context[ConfigurationApp]
) -> ServerSettingsSaved:
    """Give a server of a group launch settings of its own, which lie over the group's."""
    group = _group_of(request.group_id, request.server_id, request.version, context.app)
    own = {request.server_id: own_of(group, request.server_id, request)}
    saved = save(group, own, context, applies=request.apply_launch_configs, named=_named)
    return _view(saved, request.server_id)


@operation(
    "delete_server_launch_config",
    http="DELETE /protection-groups/{groupId}/servers/{serverId}/launch-config",
    permission=Permission.MODIFY_PROTECTION_GROUPS,
    success=Success.DELETED,
    raises=_RAISES,
)
def delete_server_launch_config(request: DeleteServerLaunchConfig, context: Context[ConfigurationApp]) -> None:
    """Let a server have the launch settings of its group and none of its own."""

    def end() -> None:
        group = _group_of(request.group_id, request.server_id, request.version, context.app)
        if request.server_id not in {one.source_server_id for one in group.servers}:
            raise NotFoundError(
                f"server {request.server_id} has no launch settings of its own",
                groupId=group.group_id,
                serverId=request.server_id,
            )
        save(group, {request.server_id: override(request.server_id)}, context, applies=False, named=_named)

    upon_version(request.version, end, f"the group {request.group_id}")


def _of_many(request: BulkServerConfigs, context: Context[ConfigurationApp]) -> Iterator[Violation]:
    seen: set[str] = set()
    for position, one in enumerate(request.servers):
        if one.source_server_id in seen:
            path = f"servers[{position}].sourceServerId"
            yield Violation(path, f"{one.source_server_id} is named twice", "DUPLICATE_SERVER")
        seen.add(one.source_server_id)
    group = context.app.groups.get(request.group_id)
    yield from broken_rules(group, _own(request, group), _of_position(request), context.app)


@operation(
    "bulk_update_server_configs",
    http="POST /protection-groups/{groupId}/servers/bulk-launch-config",
    permission=Permission.MODIFY_PROTECTION_GROUPS,
    raises=_RAISES,
    judge=judge_by(
        BulkServerConfigs,
        _of_many,
        stand_ins={
            **CHANGE,
            "groupId": ID,
            "servers[*].sourceServerId": _SERVER,
            "servers[*].launchTemplate.staticPrivateIp": str(STAND_IN_ADDRESS),
            "servers[*].drillLaunchTemplate.staticPrivateIp": str(STAND_IN_ADDRESS),
        },
        rests_on=rests_on("servers[=]."),
    ),
)
def bulk_update_server_configs(request: BulkServerConfigs, context: Context[ConfigurationApp]) -> BulkSaved:
    """Give several servers of a group launch settings of their own, all of them or none."""
    group = context.app.groups.get(request.group_id)
    check_version("protection group", group.group_name, group.group_id, group.version, request.version)
    refuse(_of_many(request, context))
    own = _own(request, group)
    saved = save(group, own, context, applies=request.apply_launch_configs, named=_of_position(request))
    return BulkSaved(
        group_id=saved.group.group_id,
        version=saved.group.version,
        changed=len(saved.changed),
        unchanged=len(own) - len(saved.changed),
        run=None if saved.run is None else view_of_run(saved.run),
    )


def _of_position(request: BulkServerConfigs) -> Named:
    """The paths of the request; of a server that is named twice the last."""
    positions = {one.source_server_id: number for number, one in enumerate(request.servers)}
    numbers = list(positions.values())
    return lambda position, rest: f"servers[{numbers[position]}].{rest}" if rest else "servers"


def _own(request: BulkServerConfigs, group: ProtectionGroup) -> OwnSettings:
    return {one.source_server_id: own_of(group, one.source_server_id, one) for one in request.servers}


def _group_of(group_id: str, server_id: str, version: int | None, app: ConfigurationApp) -> ProtectionGroup:
    """The group of that version with the server; NotFoundError, ConflictError."""
    group = app.groups.get(group_id)
    if not _lists(group, server_id):
        raise NotFoundError(
            f"server {server_id} is not in the group {group.group_name}", groupId=group_id, serverId=server_id
        )
    check_version("protection group", group.group_name, group.group_id, group.version, version)
    return group


def _lists(group: ProtectionGroup, server_id: str) -> bool:
    """Whether it may be one of the group's; of those that tags select DRS is asked when something is set of them."""
    return bool(group.server_selection_tags) or server_id in group.source_server_ids


def _view(saved: Saved, server_id: str) -> ServerSettingsSaved:
    view = settings_view(saved.group, server_id, effective_config(saved.group, server_id))
    return ServerSettingsSaved(**dict(view), run=None if saved.run is None else view_of_run(saved.run))
