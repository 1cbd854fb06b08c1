"""Where a page of what is read begins, and what is read with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from shared.aws.choice_ports import SMALLEST_PAGE, After
from shared.stores import page_token

Read_co = TypeVar("Read_co", covariant=True)
Begin_co = TypeVar("Begin_co", covariant=True)

_OF_AWS: Final = ("aws", "skip")


@dataclass(frozen=True, slots=True)
class PageStart(Generic[Read_co, Begin_co]):
    """What is read, the filters that its page tokens hold for, and where the page begins."""

    of: Read_co
    filters: Mapping[str, Any]
    begin: Begin_co


def drs_page(token: str | None, list_name: str, filters: Mapping[str, Any]) -> str | None:
    """DRS's own token of the page to which ours leads; ValidationError if it is not of this list with these filters."""
    return None if token is None else page_token.decode(token, list_name, filters, {"drs"})["drs"]


def token_of_drs(following: str | None, list_name: str, filters: Mapping[str, Any]) -> str | None:
    """The token that leads to a page of DRS's own, if another follows."""
    return page_token.encode(list_name, filters, {"drs": following}) if following else None


def page_after(token: str | None, list_name: str, filters: Mapping[str, Any]) -> After:
    """Where in AWS's own pages ours begins; ValidationError if the token is not of this list with these filters."""
    if token is None:
        return After()
    start = page_token.decode(token, list_name, filters, (), maybe=_OF_AWS)
    skip = page_token.number_of(start["skip"]) if "skip" in start else 0
    if skip >= SMALLEST_PAGE:
        raise page_token.refused()
    return After(start.get("aws"), skip)


def token_after(following: After | None, list_name: str, filters: Mapping[str, Any]) -> str | None:
    """The token that leads there, if another page follows."""
    if following is None:
        return None
    begin = {"aws": following.token, "skip": str(following.skip) if following.skip else None}
    return page_token.encode(list_name, filters, {name: text for name, text in begin.items() if text})
