"""Judges of requests that their model refuses (well_formed), made of the rules with which the use case begins."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Protocol, Self, TypeAlias, TypeVar

from pydantic import BaseModel

from shared.models.base import read_strictly
from shared.models.violation import Violation, found_by
from shared.operations import Context, Judge, wire_names
from shared.well_formed import RestsOn, well_formed

ID: Final = "none"
"""A stand-in for the id of what must be there: there is nothing of that id, so nothing is told of it."""

NAME: Final = "?"
"""A stand-in for a name that must be given; no rule is about it."""

CHANGE: Final = MappingProxyType({"version": 1})
"""The stand-ins of every change."""

_OF_THE_PAGE: Final = frozenset({"limit", "nextToken"})


class Paged(Protocol):
    """A request for a page of a list."""

    @property
    def next_token(self) -> str | None:
        """Where the page before left off."""
        ...

    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Self:
        """The same with other fields."""
        ...


M = TypeVar("M", bound=BaseModel)
Asked = TypeVar("Asked")
P = TypeVar("P", bound=Paged)

Rule: TypeAlias = Callable[[Asked, Context[Any]], Iterable[Violation] | None]
"""Yields what a well-formed request breaks, or raises it as ValidationError, as a use case does."""


def judge_by(
    model: type[M],
    *rules: Rule[M],
    stand_ins: Mapping[str, Any] = MappingProxyType({}),
    rests_on: RestsOn = MappingProxyType({}),
) -> Judge:
    """The judge that tells what these rules find in as much of a request as is well-formed.

    That a page token is none of the list with its filters rests on all of them.
    """

    def judge(fields: Mapping[str, Any], context: Context[Any]) -> Iterator[Violation]:
        well = well_formed(partial(read_strictly, model), fields, stand_ins)
        if well is None:
            return
        filters = tuple(f"{name}…" for name in wire_names(model) - _OF_THE_PAGE)
        yield from well.refused
        found = dict.fromkeys(each for rule in rules for each in told(rule, well.read, context))
        yield from well.certain(found, {"INVALID_NEXT_TOKEN": filters, **rests_on})

    return judge


def told(rule: Rule[Asked], request: Asked, context: Context[Any]) -> list[Violation]:
    """What the rule finds; nothing more of what is not there, or cannot be read now."""
    return found_by(partial(rule, request, context))


def raised_by(read: Callable[[Asked, Context[Any]], object]) -> Rule[Asked]:
    """The rule of what a use case reads before it does anything, which raises what is wrong; the answer is dropped."""

    def rule(request: Asked, context: Context[Any]) -> None:
        read(request, context)

    return rule


def of_request(rule: Callable[[Asked], Iterable[Violation]]) -> Rule[Asked]:
    """A rule that needs no more than the request."""
    return lambda request, _context: rule(request)


def token_of(read: Callable[[P, Context[Any]], object]) -> Rule[P]:
    """The rule that the page token, if there is one, is of the list that `read` reads: a page of one item."""

    def rule(request: P, context: Context[Any]) -> None:
        if request.next_token is not None:
            read(request.model_copy(update={"limit": 1}), context)

    return rule
