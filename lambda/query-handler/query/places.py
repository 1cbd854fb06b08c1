"""Reads of one account and region: which is meant, and whether it may be asked."""

from typing import Protocol

from shared.account_utils import ensure_default_account, validate_target_account
from shared.aws.ports import DrsPort
from shared.aws.regions import drs_regions
from shared.models.base import Model
from shared.models.targets import AccountId, Region, Target
from shared.models.violation import Violation, refuse
from shared.services.preflight import PreflightDeps


class AsksDrs(Protocol):
    """What asking DRS in an account and region needs."""

    @property
    def drs(self) -> DrsPort:
        """DRS in all accounts and regions."""
        ...

    @property
    def preflight(self) -> PreflightDeps:
        """Where the target accounts are."""
        ...

    @property
    def hub_account_id(self) -> str:
        """The account that this system runs in."""
        ...


class Place(Model):
    """A region of an account, the hub's own unless another is named."""

    region: Region
    account_id: AccountId | None = None


def target_of(place: Place, app: AsksDrs) -> Target:
    """The account and region; ValidationError names what of it nobody may ask."""
    target = Target(account_id=ensure_default_account(place.account_id or "", app.hub_account_id), region=place.region)
    account = app.preflight.accounts.find(target.account_id)
    obstacle = validate_target_account(target, account, app.hub_account_id)
    refuse(
        [
            *([] if target.region in drs_regions() else [_unknown_region(target.region)]),
            *([] if obstacle is None else [Violation("accountId", obstacle.message, obstacle.code.value)]),
        ]
    )
    return target


def _unknown_region(region: str) -> Violation:
    return Violation("region", f"{region} is not a region of AWS DRS", "UNKNOWN_REGION")
