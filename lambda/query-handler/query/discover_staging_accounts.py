"""GET /accounts/targets/{accountId}/staging-accounts/discover: which accounts replicate servers for it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from query.region_checks import ChecksRegions, RegionCheck, RegionState, Step, asked, failed_check, state_of
from query.target_accounts import OneTargetAccount
from shared.account_rules import check_regions
from shared.aws.extension_ports import ExtensionPort
from shared.errors import CrossAccountError, DrsServiceError, ErrorCode
from shared.ids import new_claim
from shared.models.account import Regions, TargetAccount
from shared.models.base import Model
from shared.models.drs import ExtensionStatus, SourceServer
from shared.models.finding import Finding
from shared.models.staging_sync import StagingSyncView
from shared.models.targets import NOBODY, AccountId, Region, SourceServerId, Target
from shared.models.violation import Violation, refuse
from shared.operations import Context, operation
from shared.patience import CALL_SECONDS
from shared.roles import Permission
from shared.services.judging import judge_by
from shared.services.reachability import Silence, ask_everywhere, obstacle_of
from shared.services.regions_in_use import regions_in_use
from shared.stores.staging_sync_store import StagingSyncStore

_WORKERS: Final = 28
"""As many regions as DRS has in the largest partition."""

MOST_FAULTS: Final = 20
"""So many extensions of a staging account that cannot be used are named; how many there are is told."""


class DiscoversStaging(ChecksRegions, Protocol):
    """What discovering staging accounts needs."""

    @property
    def extensions(self) -> ExtensionPort:
        """Extended source servers in all accounts and regions."""
        ...

    @property
    def staging_syncs(self) -> StagingSyncStore:
        """The last sync of each target account."""
        ...


class DiscoverStagingAccounts(OneTargetAccount):
    """A target account, and where it is asked; without `regions` where it is used, or in the hub's own region."""

    regions: Regions = ()


class UnusableExtension(Model):
    """An extended server that cannot be recovered, and why, as DRS says."""

    source_server_id: SourceServerId
    region: Region
    message: str


class FoundStagingAccount(Model):
    """An account that replicates servers for the target account, or is registered to do so.

    `registered_with` is another target account whose staging account it is. With `finding` the hub does not get into
    one that is registered here: its role was to be assumed just now.
    """

    account_id: AccountId
    account_name: str | None
    registered: bool
    registered_with: AccountId | None
    regions: tuple[Region, ...]
    extended_count: int
    unusable_count: int
    unusable: tuple[UnusableExtension, ...]
    finding: Finding | None = None


class StagingDiscovery(Model):
    """The staging accounts by id; `complete` if every region answered, so that no other account replicates any there.

    `last_sync` is the last time that servers were extended, or what is under way.
    """

    account_id: AccountId
    complete: bool
    items: tuple[FoundStagingAccount, ...]
    regions: tuple[RegionCheck, ...]
    last_sync: StagingSyncView | None


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one region said: its extended servers, and the accounts that DRS names."""

    check: RegionCheck
    servers: tuple[SourceServer, ...] = ()
    named: tuple[str, ...] = ()


_Told: TypeAlias = _Seen | Finding | None
"""Of a region what it said, of a staging account why it cannot be entered."""


def _regions(request: DiscoverStagingAccounts, context: Context[DiscoversStaging]) -> Iterator[Violation]:
    return check_regions(request.regions, context.app.drs_regions)


@operation(
    "discover_staging_accounts",
    http="GET /accounts/targets/{accountId}/staging-accounts/discover",
    permission=Permission.VIEW_ACCOUNTS,
    raises=(ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.CROSS_ACCOUNT_ERROR),
    judge=judge_by(DiscoverStagingAccounts, _regions, stand_ins={"accountId": NOBODY}),
)
def discover_staging_accounts(request: DiscoverStagingAccounts, context: Context[DiscoversStaging]) -> StagingDiscovery:
    """Ask the target account where it is used whose servers are extended into it, and which of these are registered."""
    app = context.app
    refuse(_regions(request, context))
    account = app.accounts.get(request.account_id)
    which = asked(
        request.account_id, request.regions, lambda: regions_in_use(request.account_id, account, app), app.region
    )

    doors = {Target(account_id=one.account_id, region=app.region) for one in account.staging_accounts}

    def ask(target: Target) -> _Told:
        if target in doors:
            return _closed(target, app)
        step = Step.ASK
        try:
            servers = tuple(server for server in app.drs.source_servers(target) if server.is_extension)
            step = Step.LIST
            named = app.extensions.staging_accounts(target)
        except (CrossAccountError, DrsServiceError) as error:
            failed = Step.ASSUME if isinstance(error, CrossAccountError) else step
            return _Seen(failed_check(which, target, failed, state_of(error), obstacle_of(target, error)))
        used_by = which.regions[target.region]
        return _Seen(
            RegionCheck(region=target.region, used_by=used_by, passed=True, state=RegionState.READY), servers, named
        )

    def silent(silence: Silence) -> _Told:
        if silence.target in doors:
            return silence.finding
        return _Seen(failed_check(which, silence.target, Step.ASK, RegionState.SILENT, silence.finding))

    told = ask_everywhere([*which.targets, *sorted(doors)], ask, silent, workers=_WORKERS, patience=CALL_SECONDS)
    seen = [one for target in which.targets if isinstance(one := told[target], _Seen)]
    closed = {target.account_id: one for target, one in told.items() if isinstance(one, Finding)}
    sync = app.staging_syncs.find(request.account_id)
    return StagingDiscovery(
        account_id=request.account_id,
        complete=all(one.check.passed for one in seen),
        items=tuple(
            one.model_copy(update={"finding": closed.get(one.account_id)}) for one in _found(account, seen, app)
        ),
        regions=tuple(one.check for one in seen),
        last_sync=None if sync is None else StagingSyncView.of(sync, app.staging_syncs.places(sync), app.clock.now()),
    )


def _closed(target: Target, app: DiscoversStaging) -> Finding | None:
    """Why the hub does not get into a staging account now; what was assumed an hour ago says nothing about it."""
    try:
        app.sessions.drop(app.sessions.session(target.account_id, f"discover-{new_claim()}"))
    except CrossAccountError as error:
        return obstacle_of(target, error)
    return None


def _found(account: TargetAccount, seen: Sequence[_Seen], app: DiscoversStaging) -> Iterator[FoundStagingAccount]:
    servers = [(one.check.region, server) for one in seen for server in one.servers]
    in_use = {server.staging_account_id for _, server in servers if server.staging_account_id}
    registered = {one.account_id: one for one in account.staging_accounts}
    ids = sorted({*registered, *in_use, *(each for one in seen for each in one.named)})
    owners = app.accounts.owners_of(each for each in ids if each not in registered)
    for each in ids:
        own = [(region, server) for region, server in servers if server.staging_account_id == each]
        faults = list(_faults(own))
        named_in = {one.check.region for one in seen if each in one.named}
        yield FoundStagingAccount(
            account_id=each,
            account_name=registered[each].account_name if each in registered else None,
            registered=each in registered,
            registered_with=owners.get(each),
            regions=tuple(sorted({*(region for region, _ in own), *named_in})),
            extended_count=len(own),
            unusable_count=len(faults),
            unusable=tuple(faults[:MOST_FAULTS]),
        )


def _faults(servers: Iterable[tuple[str, SourceServer]]) -> Iterator[UnusableExtension]:
    for region, server in servers:
        if server.extension_status is ExtensionStatus.EXTENSION_ERROR:
            message = server.extension_error or "DRS gives no reason"
            yield UnusableExtension(source_server_id=server.source_server_id, region=region, message=message)
