"""How the parts of the API are called and in which order they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from shared.operations import Operation, Route

_METHODS: Final = ("GET", "POST", "PUT", "DELETE")
_FIRST: Final = ("protection-groups", "recovery-plans", "executions", "drs", "accounts", "ec2", "config", "user")
"""The order of the contract; what is not here comes after it, by name."""

_WORDS: Final = {"drs": "DRS", "ec2": "EC2", "config": "Configuration"}


def tag_of(path: str) -> str:
    """The heading for a path: `/protection-groups/{groupId}` is among Protection groups."""
    first = path.split("/")[1]
    words = first.replace("-", " ")
    return _WORDS.get(first, words[:1].upper() + words[1:])


def in_order(operations: Iterable[Operation]) -> list[Operation]:
    """The operations as documents show them: by their place, then by path and method."""
    return sorted(operations, key=lambda each: _rank(each.routes[0]))


def by_tag(operations: Iterable[Operation]) -> Iterator[tuple[str, list[Operation]]]:
    """The operations under their headings."""
    found: dict[str, list[Operation]] = {}
    for each in in_order(operations):
        found.setdefault(tag_of(each.routes[0].path), []).append(each)
    yield from found.items()


def _rank(route: Route) -> tuple[int, str, list[str], int]:
    first, *rest = route.path.split("/")[1:]
    place = _FIRST.index(first) if first in _FIRST else len(_FIRST)
    return place, first, rest, _METHODS.index(route.method)
