"""Which accounts and regions this system looks after, and of which it is known that they have servers."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.errors import CrossAccountError
from shared.models.account import AccountStatus, TargetAccount
from shared.models.places import PlaceState
from shared.models.targets import Target
from shared.stores.region_state_store import RegionStateStore


class ListsAccounts(Protocol):
    """Where the target accounts are."""

    def every(self) -> Iterable[TargetAccount | CrossAccountError]:
        """All accounts by id, in the place of a row that is no account the error that says so."""
        ...


@dataclass(frozen=True, slots=True)
class AccountsInUse:
    """The hub's own account and the active target accounts, with what is known of them; `faulty` rows are no accounts.

    Of the hub's own nothing need be registered.
    """

    accounts: Mapping[str, TargetAccount | None]
    faulty: Mapping[str, CrossAccountError]

    def places(self, regions: Iterable[str]) -> list[Target]:
        """Each of the accounts in each of these regions."""
        everywhere = sorted(regions)
        return [Target(account_id=account_id, region=region) for account_id in self.accounts for region in everywhere]


def accounts_in_use(accounts: ListsAccounts, hub_account_id: str) -> AccountsInUse:
    """Those that are in use now; the index of accounts lags behind by a moment."""
    return in_use_of(accounts.every(), hub_account_id)


def in_use_of(rows: Iterable[TargetAccount | CrossAccountError], hub_account_id: str) -> AccountsInUse:
    """The same of accounts that were read; the hub's own may be used whatever its row says, or without one."""
    used: dict[str, TargetAccount | None] = {hub_account_id: None}
    faulty: dict[str, CrossAccountError] = {}
    for one in rows:
        if isinstance(one, CrossAccountError):
            faulty[str(one.details["accountId"])] = one
        elif one.status is AccountStatus.ACTIVE or one.account_id == hub_account_id:
            used[one.account_id] = one
    return AccountsInUse({account_id: used[account_id] for account_id in sorted(used)}, faulty)


@dataclass(frozen=True, slots=True)
class KnownPlaces:
    """Of some accounts and regions those that have servers, and those of which it is not known; the rest has none."""

    with_servers: frozenset[Target]
    unknown: frozenset[Target]


def known_places(targets: Iterable[Target], states: RegionStateStore, now: datetime) -> KnownPlaces:
    """What reads of the inventory have left behind; AWS is not asked.

    A place that had servers counts until it was found without; one that had none is unknown again after an hour.
    """
    wanted = set(targets)
    memories = states.find_many(sorted({target.account_id for target in wanted}))
    believed = {target: one for target, one in memories.items() if target in wanted and one.holds(now)}
    having = frozenset(target for target, one in believed.items() if one.state is PlaceState.SERVERS)
    return KnownPlaces(with_servers=having, unknown=frozenset(wanted - believed.keys()))


def places_to_search(
    used: AccountsInUse, of_groups: Iterable[Target], regions: Collection[str], states: RegionStateStore, now: datetime
) -> dict[str, dict[str, bool]]:
    """The regions of each account in which servers are looked for, and whether they are named: by it, or by groups.

    Where an account itself names none all are searched, so that no server is missed that is in no group yet, but for
    those of which it is known that they have no servers.
    """
    named = {account_id: set[str](account.regions if account else ()) for account_id, account in used.accounts.items()}
    hinted = {account_id for account_id, hints in named.items() if hints}
    for target in of_groups:
        if target.account_id in named:
            named[target.account_id].add(target.region)
    known = known_places((one for one in used.places(regions) if one.account_id not in hinted), states, now)
    searched = {account_id: set(those) for account_id, those in named.items()}
    for target in known.with_servers | known.unknown:
        searched[target.account_id].add(target.region)
    return {
        account_id: {region: region in named[account_id] for region in sorted(those)}
        for account_id, those in searched.items()
    }
