"""Which accounts and regions this system looks after, and of which it is known that they have servers."""

from collections.abc import Iterable, Mapping
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
    used: dict[str, TargetAccount | None] = {hub_account_id: None}
    faulty: dict[str, CrossAccountError] = {}
    for one in accounts.every():
        if isinstance(one, CrossAccountError):
            faulty[str(one.details["accountId"])] = one
        elif one.status is AccountStatus.ACTIVE:
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
