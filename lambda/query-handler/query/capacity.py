"""GET /accounts/targets/{accountId}/capacity, and of all accounts: how much DRS still takes."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Protocol

from query.capacity_counting import Counting, Member
from query.capacity_models import AccountRole, AllCapacity, CombinedCapacity
from query.page_start import PageStart
from query.source_server_inventory import ReadsEverywhere, age_of
from shared.account_rules import check_region
from shared.account_utils import get_account_name
from shared.errors import CrossAccountError, ErrorCode
from shared.models.account import TargetAccount
from shared.models.base import Model
from shared.models.finding import Finding
from shared.models.places import PlaceSeen, PlaceState
from shared.models.targets import NOBODY, AccountId, Region, Target
from shared.models.violation import Violation, refuse
from shared.operations import Context, operation
from shared.roles import Permission
from shared.services.inventory import findings_of, not_entered
from shared.services.judging import judge_by, token_of
from shared.services.places_in_use import AccountsInUse, accounts_in_use
from shared.services.preflight_deps import PreflightDeps
from shared.services.preflight_quotas import quotas_everywhere
from shared.services.request_fields import Limit, NextToken
from shared.stores import page_token

_LIST: Final = "capacity"
_WORKERS: Final = 16

Accounts = Mapping[str, TargetAccount | None]


class GetCombinedCapacity(Model):
    """A target account or the hub, in all regions or one; `fresh` asks DRS also for what was read a minute ago."""

    account_id: AccountId
    region: Region | None = None
    fresh: bool = False


class GetAllCapacity(Model):
    """A page of the accounts; with a `nextToken` as without one, `fresh` asks DRS anew for those of the page."""

    fresh: bool = False
    limit: Limit = 50
    next_token: NextToken | None = None


class ReadsCapacity(ReadsEverywhere, Protocol):
    """Accounts and servers, and the quotas there."""

    @property
    def preflight(self) -> PreflightDeps:
        """Where the quotas are."""
        ...


def _rules(request: GetCombinedCapacity, context: Context[ReadsCapacity]) -> Iterator[Violation]:
    if request.region is not None:
        yield from check_region(request.region, context.app.inventory.regions)


@operation(
    "get_combined_capacity",
    http="GET /accounts/targets/{accountId}/capacity",
    permission=Permission.VIEW_ACCOUNTS,
    judge=judge_by(GetCombinedCapacity, _rules, stand_ins={"accountId": NOBODY}),
    raises=(ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.CROSS_ACCOUNT_ERROR),
)
def get_combined_capacity(request: GetCombinedCapacity, context: Context[ReadsCapacity]) -> CombinedCapacity:
    """How full a target account and its staging accounts are, by region and together, and in which bands that lies."""
    refuse(_rules(request, context))
    app, account_id = context.app, request.account_id
    is_hub = account_id == app.hub_account_id
    account = app.accounts.find(account_id) if is_hub else app.accounts.get(account_id)
    [capacity] = _capacities({account_id: account}, request.region, app, fresh=request.fresh)
    return capacity


def _begin(request: GetAllCapacity, _context: Context[ReadsCapacity]) -> PageStart[None, str]:
    """After which account the page begins; ValidationError."""
    token = request.next_token
    return PageStart(None, {}, "" if token is None else page_token.decode(token, _LIST, {}, {"after"})["after"])


@operation(
    "get_all_capacity",
    http="GET /accounts/capacity/all",
    permission=Permission.VIEW_ACCOUNTS,
    judge=judge_by(GetAllCapacity, token_of(_begin)),
)
def get_all_capacity(request: GetAllCapacity, context: Context[ReadsCapacity]) -> AllCapacity:
    """How full each account is, the hub and the active target accounts, with their staging accounts; by id."""
    start = _begin(request, context)
    used = accounts_in_use(context.app.accounts, context.app.hub_account_id)
    following = [account_id for account_id in used.accounts if account_id > start.begin]
    page = following[: request.limit]
    items = _capacities({each: used.accounts[each] for each in page}, None, context.app, fresh=request.fresh)
    return AllCapacity(
        items=tuple(items),
        complete=not used.faulty and all(one.complete for one in items),
        findings=_faults(used),
        next_token=page_token.encode(_LIST, start.filters, {"after": page[-1]}) if following[request.limit :] else None,
    )


def _faults(used: AccountsInUse) -> tuple[Finding, ...]:
    return tuple(not_entered(account_id, error) for account_id, error in used.faulty.items())


def _capacities(accounts: Accounts, region: str | None, app: ReadsCapacity, *, fresh: bool) -> list[CombinedCapacity]:
    """The capacity of each of these accounts; all places of all of them are read side by side."""
    regions = {region} if region else app.inventory.regions
    members = {account_id: _members(account_id, account) for account_id, account in accounts.items()}
    _believe(accounts, app)
    wanted = {
        Target(account_id=member.account_id, region=region)
        for group in members.values()
        for member in group
        for region in regions
    }
    seen = app.inventory.read(wanted, fresh=fresh)
    with_servers = [target for target, place in seen.items() if place.state is PlaceState.SERVERS]
    patience = app.preflight.quota_patience
    limits = quotas_everywhere(with_servers, app.preflight.limits, workers=_WORKERS, patience=patience)
    return [_combined(Counting(group, _of(group, seen), limits), regions, app) for group in members.values()]


def _members(account_id: str, account: TargetAccount | None) -> list[Member]:
    staging = () if account is None else account.staging_accounts
    return [
        Member(account_id, get_account_name(account_id, account), AccountRole.TARGET),
        *(Member(one.account_id, one.account_name, AccountRole.STAGING) for one in staging),
    ]


def _believe(accounts: Accounts, app: ReadsCapacity) -> None:
    """What was just read of the accounts: threads that ask their regions side by side need not read their rows again.

    A staging account that is a target account too is entered as that.
    """
    registered = [account for account in accounts.values() if account is not None]
    ways = {one.account_id: account.way_into(one) for account in registered for one in account.staging_accounts}
    own = app.accounts.find_many(ways.keys() - accounts.keys())
    found = {account_id: one for account_id, one in own.items() if not isinstance(one, CrossAccountError)}
    for account in (ways | found | {one.account_id: one for one in registered}).values():
        app.sessions.believe(account)


def _of(group: list[Member], seen: Mapping[Target, PlaceSeen]) -> dict[Target, PlaceSeen]:
    ids = {member.account_id for member in group}
    return {target: place for target, place in seen.items() if target.account_id in ids}


def _combined(counting: Counting, regions: Iterable[str], app: ReadsCapacity) -> CombinedCapacity:
    everywhere = sorted(regions)
    unread = [place for place in counting.seen.values() if not place.state.is_known]
    target = counting.members[0]
    return CombinedCapacity(
        account_id=target.account_id,
        account_name=target.account_name,
        server_count=counting.server_count,
        regions=counting.by_region(),
        replication=counting.replication(everywhere),
        recovery=counting.recovery(everywhere),
        complete=counting.is_complete,
        **age_of(counting.seen.values(), app.clock.now()),
        findings=(*findings_of(unread), *counting.findings()),
    )
