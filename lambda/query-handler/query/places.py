"""Reads of one account and region: which is meant, and whether it may be asked."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from shared.account_rules import check_region
from shared.account_utils import ensure_default_account, validate_target_account
from shared.aws.ports import DrsPort
from shared.aws.regions import drs_regions
from shared.models.base import Model
from shared.models.targets import AccountId, Region, Target
from shared.models.violation import Violation, refuse
from shared.operations import Context
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
            *check_region(target.region, drs_regions()),
            *([] if obstacle is None else [Violation("accountId", obstacle.message, obstacle.code.value)]),
        ]
    )
    return target


def judge_place(fields: Mapping[str, Any], _refused: frozenset[str], _context: Context[AsksDrs]) -> Iterator[Violation]:
    """Whether DRS is in the region, whatever else is wrong."""
    if "region" in fields:
        yield from check_region(fields["region"], drs_regions())
