"""POST /protection-groups/resolve."""

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import Field

from query.page_start import PageStart
from query.places import AsksDrs, ListOfPlace, judge_place, target_of
from query.source_servers import KnowsGroups, SourceServerView, view_of
from shared.conflict_detection import query_drs_servers_by_tags
from shared.errors import ErrorCode
from shared.group_rules import check_tags
from shared.models.base import Model
from shared.models.targets import Target
from shared.models.violation import Violation
from shared.operations import Context, operation
from shared.roles import Permission
from shared.stores import page_token

_LIST: Final = "resolve-tags"


class ResolveTags(ListOfPlace):
    """The tags of a group, all of which a server must carry."""

    server_selection_tags: Annotated[dict[str, str], Field(min_length=1)]


class ResolvedTags(Model):
    """A page of the servers that a start would take now, by id, and how many there are."""

    server_count: int
    items: tuple[SourceServerView, ...]
    next_token: str | None = None


def _tags(request: ResolveTags) -> Iterator[Violation]:
    return check_tags(request.server_selection_tags)


def _begin(request: ResolveTags, app: AsksDrs) -> PageStart[Target, str]:
    """Where DRS is asked, with which filters, and after which server the page begins; ValidationError."""
    target = target_of(request, app, _tags(request))
    filters = {"target": str(target), "tags": request.server_selection_tags}
    # after an id and not from a position: servers lose and gain tags between two pages
    after = page_token.decode(request.next_token, _LIST, filters, {"after"})["after"] if request.next_token else ""
    return PageStart(target, filters, after)


@operation(
    "resolve_protection_group_tags",
    http="POST /protection-groups/resolve",
    permission=Permission.VIEW_PROTECTION_GROUPS,
    judge=judge_place(ResolveTags, _begin, _tags, stand_ins={"serverSelectionTags": {"?": "?"}}),
    raises=(ErrorCode.DRS_SERVICE_ERROR, ErrorCode.CROSS_ACCOUNT_ERROR),
)
def resolve_protection_group_tags(request: ResolveTags, context: Context[KnowsGroups]) -> ResolvedTags:
    """The servers of an account and region that carry all the tags now, as a start would take them."""
    start = _begin(request, context.app)
    target = start.of
    found = query_drs_servers_by_tags(context.app.drs.source_servers(target), request.server_selection_tags)
    left = sorted((one for one in found if one.source_server_id > start.begin), key=lambda one: one.source_server_id)
    servers = left[: request.limit]
    owners = context.app.groups.owners_of(target, [server.source_server_id for server in servers])
    return ResolvedTags(
        server_count=len(found),
        items=tuple(view_of(target, server, owners.get(server.source_server_id)) for server in servers),
        next_token=page_token.encode(_LIST, start.filters, {"after": servers[-1].source_server_id})
        if len(left) > len(servers)
        else None,
    )
