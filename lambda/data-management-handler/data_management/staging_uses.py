"""What keeps a staging account from being forgotten: groups with servers that it replicates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from data_management.app import ConfigurationApp
from shared.drs_utils import matches_tags
from shared.errors import ConflictError, ConflictReason, CrossAccountError, DrsServiceError
from shared.models.account import TargetAccount
from shared.models.drs import SourceServer
from shared.models.protection_group import ProtectionGroup
from shared.models.targets import Target
from shared.services.regions_in_use import groups_in

NAMED: Final = 20
"""Of the groups that keep a staging account; there may be thousands."""


def check_recovers_nothing(target: TargetAccount, staging_account_id: str, app: ConfigurationApp) -> None:
    """ConflictError IN_USE names the groups of the target account that recover servers of the staging account.

    DrsServiceError or CrossAccountError if DRS does not say which servers these are.
    """
    by_region: dict[str, list[ProtectionGroup]] = {}
    for group in groups_in(target.account_id, app):
        by_region.setdefault(group.region, []).append(group)
    used = sorted(
        (group.group_name, group.group_id)
        for region, groups in by_region.items()
        for group in _recovering(Target(account_id=target.account_id, region=region), groups, staging_account_id, app)
    )
    if not used:
        return
    more = f" and {len(used) - NAMED} more" if len(used) > NAMED else ""
    raise ConflictError(
        f"the staging account {staging_account_id} replicates servers of the protection "
        f"group{'s' if len(used) > 1 else ''} {', '.join(name for name, _ in used[:NAMED])}{more}; "
        "say force to forget it all the same",
        reason=ConflictReason.IN_USE,
        groupCount=len(used),
        groups=[{"groupId": group_id, "groupName": name} for name, group_id in used[:NAMED]],
    )


def _recovering(
    place: Target, groups: list[ProtectionGroup], staging_account_id: str, app: ConfigurationApp
) -> Iterator[ProtectionGroup]:
    try:
        servers = app.drs.source_servers(place)
    except (DrsServiceError, CrossAccountError) as error:
        error.also("; so nobody can say which groups recover servers of it: say force to forget it all the same")
        raise
    theirs = [each for each in servers if each.is_extension and each.staging_account_id == staging_account_id]
    for group in groups:
        if any(_selects(group, server) for server in theirs):
            yield group


def _selects(group: ProtectionGroup, server: SourceServer) -> bool:
    return server.source_server_id in group.source_server_ids or matches_tags(server.tags, group.server_selection_tags)
