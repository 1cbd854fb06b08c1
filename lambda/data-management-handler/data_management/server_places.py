"""Where source servers are looked for: every account that may be used, and of it every region that may hold some."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from shared.errors import CrossAccountError
from shared.models.account import AccountStatus, TargetAccount
from shared.models.targets import Target


def places_of(
    accounts: Mapping[str, TargetAccount | CrossAccountError],
    used: Iterable[Target],
    *,
    hub_account_id: str,
    drs_regions: Collection[str],
) -> dict[str, dict[str, bool]]:
    """The regions of the hub and of every active target account, and whether somebody names them: it, or groups there.

    Where an account itself names none, all regions of DRS are looked into, so that no server is missed that is in no
    group yet; an account that is inactive, or whose row cannot be read, is left out.
    """
    of_groups: dict[str, set[str]] = {}
    for target in used:
        of_groups.setdefault(target.account_id, set()).add(target.region)
    places = {}
    for account_id, hinted in _usable(accounts, hub_account_id):
        named = {*hinted, *of_groups.get(account_id, ())}
        places[account_id] = {region: region in named for region in sorted(named if hinted else {*named, *drs_regions})}
    return places


def _usable(
    accounts: Mapping[str, TargetAccount | CrossAccountError], hub_account_id: str
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The accounts with the regions that they name; the hub's own may be used whatever its row says, or without one."""
    known = {account_id: row for account_id, row in accounts.items() if isinstance(row, TargetAccount)}
    own = known.get(hub_account_id)
    yield hub_account_id, own.regions if own is not None else ()
    for account_id, account in known.items():
        if account_id != hub_account_id and account.status is AccountStatus.ACTIVE:
            yield account_id, account.regions
