"""GET /accounts/current."""

from collections.abc import Collection
from typing import Protocol

from shared.cross_account import partition_of
from shared.models.base import Model
from shared.models.targets import AccountId, Region
from shared.operations import Context, operation
from shared.roles import Permission


class GetCurrentAccount(Model):
    """Nothing."""


class CurrentAccount(Model):
    """The account that this system runs in, the hub, and where its partition has DRS."""

    account_id: AccountId
    region: Region
    partition: str
    drs_regions: tuple[Region, ...]


class KnowsTheHub(Protocol):
    """What is known of the hub."""

    @property
    def hub_account_id(self) -> str:
        """Its account."""
        ...

    @property
    def region(self) -> str:
        """Its region."""
        ...

    @property
    def drs_regions(self) -> Collection[str]:
        """The regions of its partition in which DRS exists."""
        ...


@operation("get_current_account", http="GET /accounts/current", permission=Permission.VIEW_ACCOUNTS)
def get_current_account(_request: GetCurrentAccount, context: Context[KnowsTheHub]) -> CurrentAccount:
    """The orchestrating account, its region, and the regions of its partition in which DRS exists."""
    app, partition = context.app, partition_of(context.app.region)
    regions = tuple(sorted(app.drs_regions))
    return CurrentAccount(account_id=app.hub_account_id, region=app.region, partition=partition, drs_regions=regions)
