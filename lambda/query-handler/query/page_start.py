"""Where a page of what is read begins, and what is read with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.stores import page_token

Read_co = TypeVar("Read_co", covariant=True)
Begin_co = TypeVar("Begin_co", covariant=True)


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
