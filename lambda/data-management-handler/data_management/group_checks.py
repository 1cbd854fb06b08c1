"""What the world must allow before a group is stored: its account, its servers, and what they are launched with.

And that nobody has any of it already.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from data_management.app import ConfigurationApp
from shared.account_rules import check_usable
from shared.drs_utils import matches_tags
from shared.models.protection_group import ProtectionGroup, ProtectionGroupFields
from shared.models.targets import Target
from shared.models.violation import Violation, refuse
from shared.said_settings import new_in
from shared.services.launch_config_checks import LaunchWorld, check_launch_config_in_world

FindServers = Callable[[Target, Sequence[str]], Mapping[str, Mapping[str, str]]]
"""The tags of those servers that DRS knows in an account and region, by the ids that are asked for."""


@dataclass(frozen=True, slots=True)
class GroupWorld:
    """What a group is held against: the servers that DRS knows, and what there is to launch them with.

    One that `takes_strangers` allows settings for servers that the tags of the group do not select.
    """

    find_servers: FindServers
    launches: LaunchWorld
    takes_strangers: bool = False


def world_now(app: ConfigurationApp) -> GroupWorld:
    """Asks DRS and EC2, each time."""
    return GroupWorld(drs_servers(app), LaunchWorld(ec2=app.ec2_choices, drs=app.drs, groups=app.groups))


def drs_servers(app: ConfigurationApp) -> FindServers:
    """Asks DRS, each time."""

    def find(target: Target, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        return {server.source_server_id: server.tags for server in app.drs.source_servers(target, ids)}

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
    if _moves(new, old) or not {*new.source_server_ids} <= {*old.source_server_ids}:
        return True
    return bool(new_in(new, old) or new_settings(new, old))


def new_settings(new: ProtectionGroupFields, old: ProtectionGroupFields | None) -> Mapping[int, str]:
    """The servers that have settings of their own in a group that selects by tags, and that it must be asked about.

    By their positions. Those that had the same in the same place under the same tags are not asked about.
    """
    if not new.server_selection_tags:
        return {}
    stays = old is not None and not _moves(new, old) and old.server_selection_tags == new.server_selection_tags
    known = {one.source_server_id: one for one in old.servers} if old is not None and stays else {}
    return {
        position: one.source_server_id
        for position, one in enumerate(new.servers)
        if known.get(one.source_server_id) != one
    }


def _moves(new: ProtectionGroupFields, old: ProtectionGroupFields) -> bool:
    return (new.account_id, new.region) != (old.account_id, old.region)


def check_what_is_new(new: ProtectionGroup, old: ProtectionGroup | None, world: GroupWorld) -> None:
    """ValidationError names each server that DRS does not know, and all that is wrong with the launch settings.

    And each that has settings of its own and carries not the tags of the group now, unless the world takes it. What the
    group of before has is not asked for, if it is in the same place.
    """
    known = set(old.source_server_ids) if old is not None and old.target == new.target else set[str]()
    unknown = tuple(_unknown_servers(new, world.find_servers, known))
    verdict = check_launch_config_in_world(new_in(new, old), new.target, world.launches, new.group_id)
    strange = tuple(strangers(new, old, world.find_servers))
    refuse((*unknown, *(() if world.takes_strangers else strange), *verdict.violations))


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


def strangers(
    group: ProtectionGroupFields, old: ProtectionGroup | None, find_servers: FindServers
) -> Iterator[Violation]:
    """The servers with settings of their own that the tags of the group do not select now."""
    asked = new_settings(group, old)
    found = find_servers(group.target, sorted(set(asked.values()))) if asked else {}
    for position, server_id in asked.items():
        path = f"servers[{position}].sourceServerId"
        if server_id not in found:
            yield Violation(path, f"DRS in {group.target} does not know {server_id}", "SERVER_NOT_IN_GROUP")
        elif not matches_tags(found[server_id], group.server_selection_tags):
            reason = f"{server_id} does not carry the tags of the group now"
            yield Violation(path, reason, "SERVER_NOT_IN_GROUP")
