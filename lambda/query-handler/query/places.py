"""Reads of one account and region: which is meant, and whether it may be asked."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from shared.account_rules import check_region, check_usable
from shared.account_utils import ensure_default_account
from shared.aws.ports import DrsPort
from shared.models.base import Model
from shared.models.targets import AccountId, Region, Target
from shared.models.violation import Violation, refuse
from shared.operations import Context, Judge, WrongField
from shared.services.judging import judge_by, token_of
from shared.services.preflight_deps import PreflightDeps
from shared.services.request_fields import Limit, NextToken


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
    def drs_regions(self) -> Collection[str]:
        """The regions of this partition in which DRS exists."""
        ...

    @property
    def hub_account_id(self) -> str:
        """The account that this system runs in."""
        ...


class ListOfPlace(Model):
    """A page of a list of a region of an account, the hub's own unless another is named."""

    region: Region
    account_id: AccountId | None = None
    limit: Limit = 50
    next_token: NextToken | None = None


P = TypeVar("P", bound=ListOfPlace)


def target_of(place: ListOfPlace, app: AsksDrs, broken: Iterable[Violation] = ()) -> Target:
    """The account and region; ValidationError names what of it nobody may ask, and what else is `broken`."""
    refuse((*_place_rules(place, app), *broken))
    return _named(place, app)


def judge_place(
    model: type[P],
    begin: Callable[[P, Any], object],
    rules: Callable[[P], Iterable[Violation]] = lambda _request: (),
    stand_ins: Mapping[str, Any] = MappingProxyType({}),
) -> Judge:
    """The judge of a read of a place: the place, the read's own `rules`, and its page token, to which `begin` comes."""

    def all_rules(request: P, context: Context[AsksDrs]) -> Iterator[Violation]:
        yield from rules(request)
        yield from _place_rules(request, context.app)

    def first_page(request: P, context: Context[AsksDrs]) -> None:
        begin(request, context.app)

    def judge(fields: Mapping[str, Any], context: Context[AsksDrs]) -> Iterable[WrongField]:
        known = {"region": min(context.app.drs_regions), **stand_ins}
        return judge_by(model, all_rules, token_of(first_page), stand_ins=known)(fields, context)

    return judge


def _place_rules(place: ListOfPlace, app: AsksDrs) -> Iterator[Violation]:
    yield from check_region(place.region, app.drs_regions)
    target = _named(place, app)
    yield from check_usable(target, app.preflight.accounts.find(target.account_id), app.hub_account_id)


def _named(place: ListOfPlace, app: AsksDrs) -> Target:
    return Target(account_id=ensure_default_account(place.account_id or "", app.hub_account_id), region=place.region)
