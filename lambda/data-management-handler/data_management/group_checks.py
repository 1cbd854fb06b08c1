"""What the world must allow before a group is stored: its account, its servers, and what they are launched with.

And that nobody has any of it already.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from data_management.app import ConfigurationApp
from shared.account_rules import check_usable
from shared.models.protection_group import ProtectionGroup, ProtectionGroupFields
from shared.models.targets import Target
from shared.models.violation import Violation, refuse
from shared.said_settings import new_in
from shared.services.launch_config_checks import LaunchWorld, check_launch_config_in_world

FindServers = Callable[[Target, Sequence[str]], Collection[str]]
"""Those of the server ids that DRS knows in an account and region."""


@dataclass(frozen=True, slots=True)
class GroupWorld:
    """What a group is held against: the servers that DRS knows, and what there is to launch them with."""

    find_servers: FindServers
    launches: LaunchWorld


def world_now(app: ConfigurationApp) -> GroupWorld:
    """Asks DRS and EC2, each time."""
    return GroupWorld(drs_servers(app), LaunchWorld(ec2=app.ec2_choices, drs=app.drs, groups=app.groups))


def drs_servers(app: ConfigurationApp) -> FindServers:
    """Asks DRS, each time."""

    def find(target: Target, ids: Sequence[str]) -> Collection[str]:
        return {server.source_server_id for server in app.drs.source_servers(target, ids)}

    return find


def check_group_in_world(group: ProtectionGroup, app: ConfigurationApp, world: GroupWorld) -> None:
    """Raises ValidationError for a wrong account, servers or launch settings, ConflictError for what others hold.

    DrsServiceError and CrossAccountError pass through: what could not be checked is not stored.
    """
    check_account(group.target, app)
    check_what_is_new(group, None, world)
    app.groups.check_new(group)


def is_asked_about(new: ProtectionGroupFields, old: ProtectionGroup) -> bool:
    """Whether the world is asked about a changed group.

    It is to be elsewhere, or has servers or launch settings that are new to it.
    """
    moves = (new.account_id, new.region) != (old.account_id, old.region)
    return moves or not {*new.source_server_ids} <= {*old.source_server_ids} or bool(new_in(new, old))


def check_what_is_new(new: ProtectionGroup, old: ProtectionGroup | None, world: GroupWorld) -> None:
    """ValidationError names each server that DRS does not know, and all that is wrong with the launch settings.

    What the group of before has is not asked for, if it is in the same place.
    """
    known = set(old.source_server_ids) if old is not None and old.target == new.target else set[str]()
    unknown = tuple(_unknown_servers(new, world.find_servers, known))
    verdict = check_launch_config_in_world(new_in(new, old), new.target, world.launches, new.group_id)
    refuse((*unknown, *verdict.violations))


def check_account(target: Target, app: ConfigurationApp) -> None:
    """ValidationError if the account is neither the hub's own nor a registered, active one."""
    refuse(account_rules(target, app))


def account_rules(target: Target, app: ConfigurationApp) -> Iterator[Violation]:
    """The same as a violation."""
    return check_usable(target, app.accounts.find(target.account_id), app.hub_account_id)


def _unknown_servers(group: ProtectionGroup, find_servers: FindServers, known: Collection[str]) -> Iterator[Violation]:
    asked = [server_id for server_id in group.source_server_ids if server_id not in known]
    if not asked:
        return
    found = {*known, *find_servers(group.target, asked)}
    for position, server_id in enumerate(group.source_server_ids):
        if server_id not in found:
            reason = f"DRS in {group.target} does not know {server_id}"
            yield Violation(f"sourceServerIds[{position}]", reason, "SERVER_NOT_FOUND")
