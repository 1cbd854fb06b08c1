"""Which protection groups a server belongs to: those that list it, and those whose tags select it now."""

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum

from shared.drs_utils import matches_tags
from shared.models.base import Model
from shared.models.drs import SourceServer
from shared.models.protection_group import ProtectionGroup
from shared.models.targets import Target


class MemberBy(StrEnum):
    """How a server came into a group."""

    LIST = "LIST"
    TAGS = "TAGS"


class Membership(Model):
    """A group that a server belongs to."""

    group_id: str
    group_name: str
    by: MemberBy


class GroupMembership:
    """The groups as they are stored, asked by server."""

    def __init__(self, groups: Iterable[ProtectionGroup]) -> None:
        self._listing: dict[tuple[Target, str], list[Membership]] = defaultdict(list)
        self._selecting: dict[Target, list[ProtectionGroup]] = defaultdict(list)
        for group in groups:
            for server_id in group.source_server_ids:
                self._listing[group.target, server_id].append(_member(group, MemberBy.LIST))
            if group.server_selection_tags:
                self._selecting[group.target].append(group)

    def of(self, target: Target, server: SourceServer) -> tuple[Membership, ...]:
        """The groups of a server, by name; those that select it by tags have it when a plan starts."""
        found = [*self._listing.get((target, server.source_server_id), ())]
        for group in self._selecting.get(target, ()):
            if matches_tags(server.tags, group.server_selection_tags):
                found.append(_member(group, MemberBy.TAGS))
        return tuple(sorted(found, key=lambda one: (one.group_name, one.group_id)))


def _member(group: ProtectionGroup, by: MemberBy) -> Membership:
    return Membership(group_id=group.group_id, group_name=group.group_name, by=by)
