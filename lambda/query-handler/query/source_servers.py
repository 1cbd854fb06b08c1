"""The source servers of an account and region, as DRS has them at this moment."""

from typing import Annotated, Final, Protocol

from pydantic import Field

from query.page_start import PageStart, drs_page, token_of_drs
from query.places import AsksDrs, ListOfPlace, judge_place, target_of
from query.server_views import ServerSeen, fields_seen
from shared.errors import ErrorCode
from shared.models.base import Instant, Model
from shared.models.drs import SourceServer
from shared.models.protection_group import ProtectionGroup
from shared.models.targets import SourceServerId, Target
from shared.operations import Context, operation
from shared.roles import Permission
from shared.stores.protection_group_store import ProtectionGroupStore

_LIST: Final = "source-servers"
_ANY_PLACE: Final = (ErrorCode.DRS_SERVICE_ERROR, ErrorCode.CROSS_ACCOUNT_ERROR)


class GetSourceServers(ListOfPlace):
    """All servers of a place, or those of these ids that DRS knows."""

    source_server_ids: Annotated[tuple[SourceServerId, ...], Field(min_length=1, max_length=200)] | None = None


class OwningGroup(Model):
    """The protection group that lists a server."""

    group_id: str
    group_name: str


class SourceServerView(ServerSeen):
    """A source server; without an obstacle it can be launched now.

    `lag_duration` is DRS's, an ISO 8601 duration. `protection_group` is the one that lists the server; groups that
    select by tags are resolved when a plan starts.
    """

    last_launch_job_id: str | None
    last_launch_initiated_at: Instant | None
    staging_account_id: str | None
    protection_group: OwningGroup | None = None


class SourceServerViews(Model):
    """A page of source servers, in DRS's order; it may be short although there is another."""

    items: tuple[SourceServerView, ...]
    next_token: str | None = None


class KnowsGroups(AsksDrs, Protocol):
    """DRS, and who lists its servers."""

    @property
    def groups(self) -> ProtectionGroupStore:
        """The groups."""
        ...


def _begin(request: GetSourceServers, app: AsksDrs) -> PageStart[Target, str | None]:
    """Where DRS is asked, with which filters, and from which page of DRS's own on; ValidationError."""
    target = target_of(request, app)
    filters = {"target": str(target), "ids": request.source_server_ids}
    return PageStart(target, filters, drs_page(request.next_token, _LIST, filters))


@operation(
    "get_drs_source_servers",
    http="GET /drs/source-servers",
    permission=Permission.VIEW_PROTECTION_GROUPS,
    judge=judge_place(GetSourceServers, _begin),
    raises=_ANY_PLACE,
)
def get_drs_source_servers(request: GetSourceServers, context: Context[KnowsGroups]) -> SourceServerViews:
    """The source servers of an account and region, read from DRS now, with the group that lists each."""
    start = _begin(request, context.app)
    target = start.of
    page = context.app.drs.source_server_page(
        target, ids=request.source_server_ids, limit=request.limit, token=start.begin
    )
    owners = context.app.groups.owners_of(target, [server.source_server_id for server in page.servers])
    return SourceServerViews(
        items=tuple(view_of(target, server, owners.get(server.source_server_id)) for server in page.servers),
        next_token=token_of_drs(page.next_token, _LIST, start.filters),
    )


def view_of(target: Target, server: SourceServer, owner: ProtectionGroup | None) -> SourceServerView:
    """The server as people see it."""
    return SourceServerView(
        **fields_seen(target, server),
        last_launch_job_id=server.last_launch_job_id,
        last_launch_initiated_at=server.last_launch_initiated_at,
        staging_account_id=server.staging_account_id,
        protection_group=None if owner is None else OwningGroup(group_id=owner.group_id, group_name=owner.group_name),
    )
