"""What the world must allow before a group is stored: its account, its servers, its name, its tags."""

from collections.abc import Callable, Collection, Sequence

from data_management.app import ConfigurationApp
from shared.account_utils import validate_target_account
from shared.errors import ConflictError, ConflictReason
from shared.models.protection_group import ProtectionGroup
from shared.models.targets import Target
from shared.models.violation import Violation, refuse
from shared.services.configuration_reads import every_group

FindServers = Callable[[Target, Sequence[str]], Collection[str]]
"""Those of the server ids that DRS knows in an account and region."""


def drs_servers(app: ConfigurationApp) -> FindServers:
    """Asks DRS, each time."""

    def find(target: Target, ids: Sequence[str]) -> Collection[str]:
        return {server.source_server_id for server in app.drs.source_servers(target, ids)}

    return find


def check_group_in_world(group: ProtectionGroup, app: ConfigurationApp, find_servers: FindServers) -> None:
    """Raises ValidationError for a wrong account or unknown servers, ConflictError for what others hold.

    DrsServiceError and CrossAccountError pass through: what could not be checked is not stored.
    """
    target = group.target
    _check_account(target, app)
    _check_servers_exist(target, group, find_servers)
    app.groups.check_new(group)
    _check_tags(target, group, app)


def _check_account(target: Target, app: ConfigurationApp) -> None:
    obstacle = validate_target_account(target, app.accounts.find(target.account_id), app.hub_account_id)
    if obstacle is not None:
        refuse([Violation("accountId", obstacle.message, obstacle.code.value)])


def _check_servers_exist(target: Target, group: ProtectionGroup, find_servers: FindServers) -> None:
    if not group.source_server_ids:
        return
    known = find_servers(target, group.source_server_ids)
    refuse(
        Violation(f"sourceServerIds[{position}]", f"DRS in {target} does not know {server_id}", "SERVER_NOT_FOUND")
        for position, server_id in enumerate(group.source_server_ids)
        if server_id not in known
    )


def _check_tags(target: Target, group: ProtectionGroup, app: ConfigurationApp) -> None:
    if not group.server_selection_tags:
        return
    for other in every_group(app.groups):
        if other.target == target and other.server_selection_tags == group.server_selection_tags:
            raise _same_tags(other)


def _same_tags(other: ProtectionGroup) -> ConflictError:
    return ConflictError(
        f"group {other.group_name} already selects servers of {other.target} by the same tags",
        reason=ConflictReason.TAG_CONFLICT,
        groupId=other.group_id,
        groupName=other.group_name,
    )
