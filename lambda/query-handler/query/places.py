"""Reads of one account and region: which is meant, and whether it may be asked."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Protocol, TypeVar

from shared.account_rules import check_region
from shared.account_utils import ensure_default_account, validate_target_account
from shared.aws.ports import DrsPort
from shared.aws.regions import drs_regions
from shared.models.base import Model, read_strictly
from shared.models.targets import AccountId, Region, Target
from shared.models.violation import Violation, refuse
from shared.operations import Context, Judge
from shared.services.preflight import PreflightDeps
from shared.well_formed import well_formed


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


P = TypeVar("P", bound=Place)


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


def judge_place(model: type[P], rules: Callable[[P], Iterable[Violation]] = lambda _request: ()) -> Judge:
    """The judge of a read of a place: whether DRS is in the region, and the read's own `rules`."""

    def judge(fields: Mapping[str, Any], _context: Context[AsksDrs]) -> Iterator[Violation]:
        stand_ins = {"region": min(drs_regions()), "serverSelectionTags": {"?": "?"}}
        well = well_formed(partial(read_strictly, model), fields, stand_ins)
        if well is not None:
            yield from well.certain((*check_region(well.read.region, drs_regions()), *rules(well.read)), {})

    return judge
