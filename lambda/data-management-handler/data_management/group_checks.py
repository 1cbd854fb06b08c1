"""What the world must allow before a group is stored: its account, its servers, and that nobody has them already."""

from collections.abc import Callable, Collection, Iterator, Sequence

from data_management.app import ConfigurationApp
from shared.account_rules import check_usable
from shared.models.protection_group import ProtectionGroup, ProtectionGroupFields
from shared.models.targets import Target
from shared.models.violation import Violation, refuse

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
    check_account(group.target, app)
    check_servers_exist(group, find_servers)
    app.groups.check_new(group)


def is_asked_about(new: ProtectionGroupFields, old: ProtectionGroup) -> bool:
    """Whether the world is asked about a changed group: it is to be elsewhere, or has servers that are new to it."""
    moves = (new.account_id, new.region) != (old.account_id, old.region)
    return moves or not {*new.source_server_ids} <= {*old.source_server_ids}


def check_account(target: Target, app: ConfigurationApp) -> None:
    """ValidationError if the account is neither the hub's own nor a registered, active one."""
    refuse(account_rules(target, app))


def account_rules(target: Target, app: ConfigurationApp) -> Iterator[Violation]:
    """The same as a violation."""
    return check_usable(target, app.accounts.find(target.account_id), app.hub_account_id)


def check_servers_exist(group: ProtectionGroup, find_servers: FindServers, known: Collection[str] = ()) -> None:
    """ValidationError names each listed server that DRS does not know; those that are `known` are not asked for."""
    asked = [server_id for server_id in group.source_server_ids if server_id not in known]
    if not asked:
        return
    found = {*known, *find_servers(group.target, asked)}
    refuse(
        Violation(
            f"sourceServerIds[{position}]", f"DRS in {group.target} does not know {server_id}", "SERVER_NOT_FOUND"
        )
        for position, server_id in enumerate(group.source_server_ids)
        if server_id not in found
    )
