"""GET /drs/source-server-inventory: the source servers of all accounts and regions."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Protocol

from pydantic import Field

from query.group_membership import GroupMembership, Membership
from query.page_start import PageStart
from query.server_filters import ServerFilters, passes
from query.server_views import ServerSeen, fields_seen
from shared.account_rules import check_region, check_usable
from shared.account_utils import get_account_name
from shared.capacity_rules import each_once
from shared.clock import Clock
from shared.cross_account import Sessions
from shared.errors import ErrorCode
from shared.models.base import Instant, Model
from shared.models.drs import SourceServer
from shared.models.finding import Finding
from shared.models.places import PlaceSeen
from shared.models.targets import AccountId, Region, Target
from shared.models.violation import Violation, refuse
from shared.operations import Context, operation
from shared.roles import Permission
from shared.services.inventory import Inventory, findings_of, not_entered
from shared.services.judging import judge_by, token_of
from shared.services.places_in_use import AccountsInUse, accounts_in_use
from shared.services.request_fields import Limit, NextToken
from shared.stores import page_token
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.target_account_store import TargetAccountStore

_LIST: Final = "source-server-inventory"


class GetSourceServerInventory(ServerFilters):
    """The servers that pass all filters, of all accounts and regions unless one is named.

    What was read within the last minute is answered again, with its age; `fresh` asks DRS anew, also where it was not
    in use. With a `nextToken` it says nothing: a list goes on in what its first page read.
    """

    account_id: AccountId | None = None
    region: Region | None = None
    fresh: bool = False
    limit: Limit = 50
    next_token: NextToken | None = None


class InventoryServer(ServerSeen):
    """A source server and the groups that it belongs to; without an obstacle it can be launched.

    `lag_duration` is DRS's, an ISO 8601 duration. `staging_account_id` is where an extended server is replicated.
    """

    account_name: str
    staging_account_id: str | None
    protection_groups: tuple[Membership, ...]
    read_at: Instant


class SourceServerInventory(Model):
    """A page of servers by account, region and id.

    A server that is extended into an account is listed there alone, unless its staging account is all that is read.

    `server_count` and `replication_states` are of all pages. `complete` is whether each account and region that was to
    be read was: the findings that are FAIL or UNKNOWN name those that were not, those of WARN where DRS is not in use.
    `read_at` is when the oldest of what is answered was read, `age_seconds` ago.
    """

    items: tuple[InventoryServer, ...]
    server_count: int
    replication_states: dict[str, int]
    places_read: int
    complete: bool
    read_at: Instant
    age_seconds: Annotated[int, Field(ge=0)]
    findings: tuple[Finding, ...]
    next_token: str | None = None


class ReadsEverywhere(Protocol):
    """The accounts of this system, and what DRS has in them."""

    @property
    def accounts(self) -> TargetAccountStore:
        """The registered target accounts."""
        ...

    @property
    def inventory(self) -> Inventory:
        """The servers of any accounts and regions."""
        ...

    @property
    def sessions(self) -> Sessions:
        """The way into other accounts."""
        ...

    @property
    def hub_account_id(self) -> str:
        """The account that this system runs in."""
        ...

    @property
    def region(self) -> str:
        """The region that this system runs in."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...


class ReadsInventory(ReadsEverywhere, Protocol):
    """The same, and who protects the servers."""

    @property
    def groups(self) -> ProtectionGroupStore:
        """The groups."""
        ...


@dataclass(frozen=True, slots=True)
class _Listed:
    """A server with its place and its groups; `key` is its place in the list."""

    key: str
    place: PlaceSeen
    server: SourceServer
    groups: tuple[Membership, ...]


def _rules(request: GetSourceServerInventory, app: ReadsEverywhere) -> Iterator[Violation]:
    if request.tag_value is not None and request.tag_key is None:
        yield Violation("tagKey", "required where a tagValue is asked for", "REQUIRED")
    if request.region is not None:
        yield from check_region(request.region, app.inventory.regions)
    if request.account_id is not None:
        target = Target(account_id=request.account_id, region=app.region)
        yield from check_usable(target, app.accounts.find(request.account_id), app.hub_account_id)


def _begin(
    request: GetSourceServerInventory, context: Context[ReadsEverywhere]
) -> PageStart[GetSourceServerInventory, str]:
    """What is asked for and after which server the page begins; ValidationError."""
    refuse(_rules(request, context.app))
    filters = request.model_dump(mode="json", exclude={"fresh", "limit", "next_token"})
    token = request.next_token
    after = "" if token is None else page_token.decode(token, _LIST, filters, {"after"})["after"]
    return PageStart(request, filters, after)


@operation(
    "get_source_server_inventory",
    http="GET /drs/source-server-inventory",
    permission=Permission.VIEW_PROTECTION_GROUPS,
    judge=judge_by(
        GetSourceServerInventory,
        lambda request, context: _rules(request, context.app),
        token_of(_begin),
        rests_on={"REQUIRED": ("tagKey",)},
    ),
    raises=(ErrorCode.CROSS_ACCOUNT_ERROR,),
)
def get_source_server_inventory(
    request: GetSourceServerInventory, context: Context[ReadsInventory]
) -> SourceServerInventory:
    """The source servers of all accounts and regions with replication, lag and groups; what was not read is said."""
    start = _begin(request, context)
    app = context.app
    used = accounts_in_use(app.accounts, app.hub_account_id)
    seen = read_places(used, request.account_id, request.region, app, fresh=request.fresh and not start.begin)
    membership = GroupMembership(app.groups.every())
    listed = [one for one in _listed(seen, membership) if passes(one.server, one.groups, request)]
    page = [one for one in listed if one.key > start.begin][: request.limit]
    is_last = not page or page[-1] is listed[-1]
    faults = () if request.account_id else tuple(not_entered(*fault) for fault in used.faulty.items())
    return SourceServerInventory(
        items=tuple(_view(one, used) for one in page),
        server_count=len(listed),
        replication_states=dict(Counter(one.server.replication_state or "UNKNOWN" for one in listed)),
        places_read=sum(place.state.is_read for place in seen.values()),
        complete=not faults and all(place.state.is_known for place in seen.values()),
        **age_of(seen.values(), app.clock.now()),
        findings=(*faults, *findings_of(seen.values())),
        next_token=None if is_last else page_token.encode(_LIST, start.filters, {"after": page[-1].key}),
    )


def read_places(
    used: AccountsInUse,
    account_id: str | None,
    region: str | None,
    app: ReadsEverywhere,
    *,
    fresh: bool,
) -> dict[Target, PlaceSeen]:
    """What is known of the accounts in use, or one, in all regions or one."""
    regions = {region} if region else app.inventory.regions
    for account in used.accounts.values():
        if account is not None:
            app.sessions.believe(account)
    places = [target for target in used.places(regions) if account_id in (None, target.account_id)]
    return app.inventory.read(places, fresh=fresh)


def age_of(seen: Iterable[PlaceSeen], now: datetime) -> Mapping[str, Any]:
    """When the oldest of what is answered was read, and how long ago; now if nothing could be."""
    oldest = min((place.read_at for place in seen if place.state.is_read), default=now)
    return {"read_at": oldest, "age_seconds": max(0, int((now - oldest).total_seconds()))}


def _listed(seen: Mapping[Target, PlaceSeen], membership: GroupMembership) -> list[_Listed]:
    once = each_once({target: place.servers for target, place in seen.items()})
    return sorted(
        (
            _Listed(f"{target}/{server.source_server_id}", seen[target], server, membership.of(target, server))
            for target, servers in once.items()
            for server in servers
        ),
        key=lambda one: one.key,
    )


def _view(listed: _Listed, used: AccountsInUse) -> InventoryServer:
    server, target = listed.server, listed.place.target
    return InventoryServer(
        **fields_seen(target, server),
        account_name=get_account_name(target.account_id, used.accounts[target.account_id]),
        staging_account_id=server.staging_account_id if server.is_extension else None,
        protection_groups=listed.groups,
        read_at=listed.place.read_at,
    )
