"""Which servers of an inventory an operator asks for."""

from collections.abc import Collection
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from query.group_membership import Membership
from shared.models.base import Model
from shared.models.drs import SourceServer
from shared.models.forms import form


class ReplicationState(StrEnum):
    """The states of replication that DRS has for source servers."""

    STOPPED = "STOPPED"
    INITIATING = "INITIATING"
    INITIAL_SYNC = "INITIAL_SYNC"
    BACKLOG = "BACKLOG"
    CREATING_SNAPSHOT = "CREATING_SNAPSHOT"
    CONTINUOUS = "CONTINUOUS"
    PAUSED = "PAUSED"
    RESCAN = "RESCAN"
    STALLED = "STALLED"
    DISCONNECTED = "DISCONNECTED"


class ServerFilters(Model):
    """A server passes if all of these hold of it that are set.

    `hostname` is a part of its name, whatever the case. `tag_key` is a tag that it has, with `tag_value` if that is
    set. `unprotected_only` leaves out what is in a protection group, by its list or by its tags.
    """

    hostname: (
        Annotated[
            str, form(r"^[^\x00-\x1f\x7f]*$", "one line without control characters", min_length=1, max_length=256)
        ]
        | None
    ) = None
    replication_state: ReplicationState | None = None
    tag_key: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    tag_value: Annotated[str, Field(max_length=256)] | None = None
    unprotected_only: bool = False


def passes(server: SourceServer, groups: Collection[Membership], filters: ServerFilters) -> bool:
    """Whether the server, which is in these groups, is asked for."""
    return all(
        (
            filters.hostname is None or filters.hostname.casefold() in server.hostname.casefold(),
            filters.replication_state is None or filters.replication_state == server.replication_state,
            filters.tag_key is None or filters.tag_key in server.tags,
            filters.tag_value is None or server.tags.get(filters.tag_key or "") == filters.tag_value,
            not (filters.unprotected_only and groups),
        )
    )
