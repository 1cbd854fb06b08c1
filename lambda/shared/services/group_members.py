"""Which servers a group has at this moment."""

from collections.abc import Iterable, Iterator

from shared.aws.ports import DrsPort
from shared.conflict_detection import query_drs_servers_by_tags
from shared.models.protection_group import ProtectionGroup
from shared.models.violation import Violation


def member_ids(group: ProtectionGroup, drs: DrsPort) -> tuple[str, ...]:
    """The servers that it lists, or that carry its tags now, each once and by id; of tags DRS is asked."""
    if not group.server_selection_tags:
        return tuple(sorted(set(group.source_server_ids)))
    carrying = query_drs_servers_by_tags(drs.source_servers(group.target), group.server_selection_tags)
    return tuple(sorted(server.source_server_id for server in carrying))


def is_member(group: ProtectionGroup, server_id: str, drs: DrsPort) -> bool:
    """Whether the group lists the server, or it carries the group's tags now."""
    if not group.server_selection_tags:
        return server_id in group.source_server_ids
    return bool(query_drs_servers_by_tags(drs.source_servers(group.target, [server_id]), group.server_selection_tags))


def check_members(
    group: ProtectionGroup, asked: Iterable[tuple[str, str]], members: Iterable[str]
) -> Iterator[Violation]:
    """A violation for each path with a server that is none of the members, or that is named twice."""
    known, seen = set(members), set[str]()
    for path, server_id in asked:
        if server_id in seen:
            yield Violation(path, f"{server_id} is named twice", "DUPLICATE_SERVER")
        elif server_id not in known:
            yield Violation(path, f"{server_id} is not in the group {group.group_name}", "SERVER_NOT_IN_GROUP")
        seen.add(server_id)
